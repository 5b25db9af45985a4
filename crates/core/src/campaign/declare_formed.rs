use crate::command::command;
use crate::id::CampaignId;
use smol_str::SmolStr;

command! {
    /// Declares an open campaign formed (虚拟成团): it adds no buyer and no sales; shipping may start. By the operator.
    DeclareFormed {
        /// The campaign.
        campaign: CampaignId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::formation::not_in_presale;
use super::{find, open_only};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, Read, State};
use crate::event::{Event, FormedDeclared};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for DeclareFormed {
    type Form = Option<Text>;
    type Found<'a> = &'a Campaign;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Campaign>(&self.campaign)?.declared.map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        cx.operator_only()?;
        Ok(campaign)
    }

    /// It stays open, and closing it is then formed.
    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        campaign: &Campaign,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        open_only(campaign)?;
        not_in_presale(campaign)?;
        Ok(vec![FormedDeclared { campaign: self.campaign, reason }.into()])
    }
}

impl Fold for FormedDeclared {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        campaign.declared = Some(head.position);
        Ok(())
    }
}
