use crate::command::command;
use crate::id::CampaignId;
use smol_str::SmolStr;

command! {
    /// Cancels a campaign before anything of it is shipped; its paid orders are refunded one by one. By the operator or its owner.
    CancelCampaign {
        /// The campaign.
        campaign: CampaignId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::formation::count_of;
use super::{authorise_owner, find};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Asked, Campaign, Read, RefundStatus, State};
use crate::event::{CampaignCancelled, Event};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for CancelCampaign {
    type Form = Option<Text>;
    type Found<'a> = &'a Campaign;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let (position, at) = state.get::<Campaign>(&self.campaign)?.cancelled?;
        Some(Known::closed(position, at))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        authorise_owner(cx, campaign)?;
        Ok(campaign)
    }

    /// From presale, open or closed formed; requests that are open are withdrawn. `domain.md` §11
    /// *Cancelling, unformed*.
    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        campaign: &Campaign,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if let Some((_, closed_at)) = campaign.dropped().or(campaign.gives_back()) {
            return Err(Rejection::CampaignClosed { closed_at });
        }
        let count = count_of(cx.state, self.campaign);
        if let Some(order) = count.shipped {
            return Err(Rejection::AlreadyShipped { order });
        }
        let asked = (0..count.requests)
            .filter_map(|number| cx.state.get::<Asked>(&(self.campaign, number)))
            .map(|asked| asked.0);
        let open = |refund: &_| crate::refund::is_open(cx.state, *refund);
        let withdrawn = asked.filter(open).collect();
        Ok(vec![CampaignCancelled { campaign: self.campaign, reason, withdrawn }.into()])
    }
}

impl Fold for CampaignCancelled {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        for refund in &self.withdrawn {
            crate::refund::answer_request(state, *refund, RefundStatus::Withdrawn, head.position)?;
        }
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        campaign.cancelled = Some((head.position, head.at));
        Ok(())
    }
}
