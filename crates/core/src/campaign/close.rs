use crate::command::command;
use crate::id::CampaignId;
use smol_str::SmolStr;

command! {
    /// Closes a campaign: no more orders. By the operator, its owner, or the clock from `closes_at` on.
    CloseCampaign {
        /// The campaign.
        campaign: CampaignId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use std::sync::Arc;

use hashbrown::HashMap;

use super::find;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, Read, State};
use crate::event::{CampaignClosed, Event};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for CloseCampaign {
    type Form = Option<Text>;
    type Found<'a> = &'a Campaign;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let (position, at) = state.get::<Campaign>(&self.campaign)?.closed?;
        Some(Known::closed(position, at))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        match cx.actor {
            Actor::Operator | Actor::System => Ok(campaign),
            Actor::Leader(leader) if leader == campaign.owner => Ok(campaign),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) => {
                cx.not_allowed("only the operator, the campaign's owner and the clock may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        campaign: &Campaign,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        super::open_only(campaign)?;
        super::not_in_presale(campaign)?;
        let due = campaign.terms.closes_at;
        if cx.actor == Actor::System && cx.at < due {
            return Err(Rejection::NotDue { due: Some(due), at: cx.at });
        }
        let formed = campaign.is_formed(&super::formation::count_of(cx.state, self.campaign));
        let locked = if formed {
            super::tiers::locked(cx.state, self.campaign, campaign)
        } else {
            Vec::new()
        };
        Ok(vec![CampaignClosed { campaign: self.campaign, reason, formed, locked }.into()])
    }
}

impl Fold for CampaignClosed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        campaign.closed = Some((head.position, head.at));
        campaign.closed_formed = self.formed;
        let mut locked = HashMap::with_capacity(self.locked.len());
        for item in &self.locked {
            let place = campaign.by_sku.get(&item.sku).ok_or(Broken("an unknown item"))?;
            locked.insert(*place, item.price);
        }
        campaign.locked = Arc::new(locked);
        Ok(())
    }
}
