use crate::command::command;
use crate::id::CampaignId;

command! {
    /// Decides a presale: enough interest opens the campaign, too little drops it. A duty; by the clock or the operator.
    DecidePresale {
        /// The campaign.
        campaign: CampaignId,
    }
}

use super::formation::count_of;
use super::{find, open_only};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Campaign, Decided, Read, State};
use crate::event::{Event, PresaleDecided};
use crate::money::Decimals;
use crate::order::settle::duty;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for DecidePresale {
    type Form = ();
    type Found<'a> = &'a Campaign;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let decided = state.get::<Campaign>(&self.campaign)?.presale_decided?;
        Some(Known::done(decided.when.0))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        duty(cx)?;
        Ok(campaign)
    }

    fn decide<S: Read>(
        &self,
        (): (),
        campaign: &Campaign,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        open_only(campaign)?;
        let Some(presale) = campaign.terms.presale else {
            let problem = "it has no presale to decide";
            return Err(Rejection::BadTerms { field: "campaign", problem });
        };
        let due = presale.decide_at;
        if cx.at < due {
            return Err(Rejection::NotDue { due: Some(due), at: cx.at });
        }
        let interested = count_of(cx.state, self.campaign).interested;
        let open = interested >= u64::from(presale.min_interest);
        Ok(vec![PresaleDecided { campaign: self.campaign, interested, open }.into()])
    }
}

impl Fold for PresaleDecided {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        let when = (head.position, head.at);
        campaign.presale_decided = Some(Decided { when, open: self.open });
        Ok(())
    }
}
