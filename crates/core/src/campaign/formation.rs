//! How far a campaign is (`domain.md` §5): what counts towards its formation, and what it waits for.

use super::find;
use crate::book::apply::Broken;
use crate::book::{Campaign, CampaignCount, CampaignStatus, Member, Read, State};
use crate::id::{BuyerId, CampaignId, OrderId, RefundId};
use crate::record::Position;
use crate::rejection::Rejection;
use crate::time::Time;

impl Campaign {
    /// Whether interest is still collected.
    pub fn in_presale(&self) -> bool {
        self.terms.presale.is_some() && self.presale_decided.is_none() && self.cancelled.is_none()
    }

    /// Where and when it ended, so that it takes no orders ever more: dropped, closed or cancelled.
    pub fn ended(&self) -> Option<(Position, Time)> {
        self.dropped().or(self.closed).or(self.cancelled)
    }

    /// Where and when it was dropped.
    pub fn dropped(&self) -> Option<(Position, Time)> {
        self.presale_decided.filter(|decided| !decided.open).map(|decided| decided.when)
    }

    /// Where and when its paid orders began to be owed back: closed unformed, or cancelled.
    pub fn gives_back(&self) -> Option<(Position, Time)> {
        self.cancelled.or(self.closed.filter(|_| !self.closed_formed))
    }

    /// Whether it was closed formed, and not cancelled since: the prices that it closed at count.
    pub fn is_closed_formed(&self) -> bool {
        self.closed_formed && self.cancelled.is_none()
    }

    /// Whether its minimum is reached: both counts, or by declaration. Closed formed stays formed.
    /// `domain.md` §11 *Live*.
    pub fn is_formed(&self, count: &CampaignCount) -> bool {
        if self.closed.is_some() {
            return self.closed_formed;
        }
        let Some(formation) = self.terms.formation else { return true };
        self.declared.is_some()
            || formation.min_buyers.is_none_or(|least| count.buyers() >= u64::from(least))
                && formation.min_quantity.is_none_or(|least| count.units() >= least)
    }

    /// How far it is.
    pub fn status(&self, count: &CampaignCount) -> CampaignStatus {
        if self.dropped().is_some() {
            CampaignStatus::Dropped
        } else if self.gives_back().is_some() && count.paid_orders() > 0 {
            CampaignStatus::Refunding
        } else if self.cancelled.is_some() {
            CampaignStatus::Cancelled
        } else if self.gives_back().is_some() {
            CampaignStatus::Failed
        } else if self.in_presale() {
            CampaignStatus::Presale
        } else if self.closed.is_none() {
            CampaignStatus::Open
        } else if count.settled > 0 && count.waiting() == 0 {
            CampaignStatus::Settled
        } else {
            CampaignStatus::ClosedFormed
        }
    }
}

/// A campaign's counters.
pub(crate) fn count_of<S: Read>(state: &S, campaign: CampaignId) -> CampaignCount {
    state.get::<CampaignCount>(&campaign).copied().unwrap_or_default()
}

/// Refuses a campaign that is still collecting interest.
pub(crate) fn not_in_presale(campaign: &Campaign) -> Result<(), Rejection> {
    match campaign.terms.presale {
        Some(presale) if campaign.in_presale() => {
            let opens_at = campaign.terms.opens_at.max(presale.decide_at);
            Err(Rejection::CampaignNotOpen { opens_at })
        }
        Some(_) | None => Ok(()),
    }
}

/// Shipping starts only once formation is reached; never in a cancelled campaign.
pub(crate) fn shipping_only<S: Read>(state: &S, id: CampaignId) -> Result<(), Rejection> {
    let campaign = find(state, id)?;
    if let Some((_, closed_at)) = campaign.cancelled {
        return Err(Rejection::CampaignClosed { closed_at });
    }
    let count = count_of(state, id);
    if campaign.is_formed(&count) {
        return Ok(());
    }
    let formation = campaign.terms.formation;
    Err(Rejection::NotFormed {
        buyers: count.buyers(),
        min_buyers: formation.and_then(|formation| formation.min_buyers).unwrap_or(0),
        units: count.units(),
        min_quantity: formation.and_then(|formation| formation.min_quantity).unwrap_or(0),
    })
}

/// A campaign's counters, to be changed.
pub(crate) fn counting<S: State>(
    state: &mut S,
    campaign: CampaignId,
) -> Result<&mut CampaignCount, Broken> {
    if state.get::<CampaignCount>(&campaign).is_none() {
        state.put(campaign, CampaignCount::default());
    }
    state.edit::<CampaignCount>(&campaign).ok_or(Broken("a campaign without counters"))
}

/// The units of a paid order that are not refunded went from `before` to `after`: none before it was
/// paid, fewer after each refund, more again where a refund is undone.
pub(crate) fn recount<S: State>(
    state: &mut S,
    campaign: CampaignId,
    buyer: Option<BuyerId>,
    before: u64,
    after: u64,
) -> Result<(), Broken> {
    if before == after {
        return Ok(());
    }
    let (came, went) = (after.saturating_sub(before), before.saturating_sub(after));
    let terms = &state.get::<Campaign>(&campaign).ok_or(Broken("an unknown campaign"))?.terms;
    let buyer = buyer.filter(|_| terms.formation.is_some());
    let (mut joined, mut left) = (0, 0);
    if let Some(buyer) = buyer {
        let key = (campaign, buyer);
        let mut member = state.get::<Member>(&key).copied().unwrap_or_default();
        let had = member.units();
        member.paid = member.paid.saturating_add(came);
        member.refunded = member.refunded.saturating_add(went);
        joined = u64::from(had == 0 && member.units() > 0);
        left = u64::from(had > 0 && member.units() == 0);
        state.put(key, member);
    }
    let count = counting(state, campaign)?;
    count.units_paid = count.units_paid.saturating_add(came);
    count.units_refunded = count.units_refunded.saturating_add(went);
    count.orders_paid = count.orders_paid.saturating_add(u64::from(before == 0));
    count.orders_refunded = count.orders_refunded.saturating_add(u64::from(after == 0));
    count.buyers_joined = count.buyers_joined.saturating_add(joined);
    count.buyers_left = count.buyers_left.saturating_add(left);
    Ok(())
}

/// An order of the campaign is on its way: it can't be cancelled any more.
pub(crate) fn remember_shipment<S: State>(
    state: &mut S,
    campaign: CampaignId,
    order: OrderId,
) -> Result<(), Broken> {
    if count_of(state, campaign).shipped.is_none() {
        counting(state, campaign)?.shipped = Some(order);
    }
    Ok(())
}

/// A refund of the campaign was asked for: cancelling the campaign looks at it again.
pub(crate) fn remember_request<S: State>(
    state: &mut S,
    campaign: CampaignId,
    refund: RefundId,
) -> Result<(), Broken> {
    let count = counting(state, campaign)?;
    let number = count.requests;
    count.requests = number.saturating_add(1);
    state.put((campaign, number), crate::book::Asked(refund));
    Ok(())
}
