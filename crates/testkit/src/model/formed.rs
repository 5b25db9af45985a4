//! Campaigns that need a minimum, or interest first: formation, presale, and what becomes of them when
//! it isn't reached, or when they are cancelled.

use std::collections::BTreeSet;

use tuanzhang_core::campaign::{CancelCampaign, DecidePresale, DeclareFormed, ExpressInterest};
use tuanzhang_core::order::ExpireOrder;
use tuanzhang_core::refund::RefundUnformed;
use tuanzhang_core::{Actor, CampaignId, Time};

use super::{Campaign, Change, Code, Model, Order};

impl Campaign {
    /// Interest is still collected.
    pub(crate) fn in_presale(&self) -> bool {
        self.presale.is_some() && self.presale_open.is_none() && !self.cancelled
    }

    /// Takes no more orders, for good.
    pub(crate) fn is_over(&self) -> bool {
        self.closed || self.cancelled || self.presale_open == Some(false)
    }

    /// Its paid orders are owed back: closed unformed, or cancelled.
    pub(crate) fn gives_back(&self) -> bool {
        self.cancelled || self.closed && !self.closed_formed
    }
}

impl Model {
    /// Units and distinct buyers of paid orders, less refunded ones.
    pub fn formation(&self, campaign: CampaignId) -> (i128, i128) {
        let paid = self.orders.values().filter(|o| o.campaign == campaign && o.paid.is_some());
        let paid: Vec<&Order> = paid.filter(|order| order.units_left() > 0).collect();
        let buyers: BTreeSet<_> = paid.iter().filter_map(|order| order.buyer).collect();
        let buyers = buyers.iter().fold(0, |count, _| count + 1);
        let units = paid.iter().map(|order| order.units_left()).sum();
        (units, buyers)
    }

    /// Whether the minimum is reached; both must hold. Closed formed stays formed.
    pub(crate) fn is_formed(&self, campaign: &Campaign) -> bool {
        if campaign.closed {
            return campaign.closed_formed;
        }
        let Some((min_buyers, min_quantity)) = campaign.formation else { return true };
        let (units, buyers) = self.formation(campaign.id);
        campaign.declared
            || min_buyers.is_none_or(|least| buyers >= least)
                && min_quantity.is_none_or(|least| units >= least)
    }

    pub(crate) fn shipped_in(&self, campaign: CampaignId) -> bool {
        let mut orders = self.orders.values().filter(|order| order.campaign == campaign);
        orders.any(Order::anything_shipped)
    }

    /// How far a campaign is.
    pub fn campaign_status(&self, id: CampaignId) -> Option<&'static str> {
        let campaign = self.campaigns.get(&id)?;
        let orders: Vec<&Order> = self.orders.values().filter(|o| o.campaign == id).collect();
        let owed_back = orders.iter().any(|o| o.paid.is_some() && o.units_left() > 0);
        let settled = orders.iter().filter(|order| order.settled_at.is_some()).count();
        let ended = orders.iter().filter(|o| o.settled_at.is_some() || o.is_void()).count();
        Some(if campaign.presale_open == Some(false) {
            "dropped"
        } else if campaign.gives_back() && owed_back {
            "refunding"
        } else if campaign.cancelled {
            "cancelled"
        } else if campaign.gives_back() {
            "failed"
        } else if campaign.in_presale() {
            "presale"
        } else if !campaign.closed {
            "open"
        } else if settled > 0 && ended == orders.len() {
            "settled"
        } else {
            "closed_formed"
        })
    }

    pub(crate) fn express_interest(
        &self,
        actor: Actor,
        c: &ExpressInterest,
    ) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.authorise(actor, c.clone())?;
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        if campaign.presale.is_none() {
            return Err("bad_terms");
        }
        if !campaign.in_presale() {
            return Err("already_decided");
        }
        campaign.interested.insert(c.buyer);
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    pub(crate) fn decide_presale(
        &self,
        at: Time,
        actor: Actor,
        c: &DecidePresale,
    ) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.authorise(actor, c.clone())?;
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        let Some((min_interest, decide_at)) = campaign.presale else { return Err("bad_terms") };
        if at < decide_at {
            return Err("not_due");
        }
        let interested = i128::try_from(campaign.interested.len()).unwrap();
        campaign.presale_open = Some(interested >= min_interest);
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    pub(crate) fn declare_formed(&self, actor: Actor, c: &DeclareFormed) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.authorise(actor, c.clone())?;
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        if campaign.in_presale() {
            return Err("campaign_not_open");
        }
        campaign.declared = true;
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    /// From presale, open or closed formed; not once anything is shipped. All open requests are withdrawn.
    pub(crate) fn cancel_campaign(&self, actor: Actor, c: &CancelCampaign) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.authorise(actor, c.clone())?;
        if campaign.presale_open == Some(false) || campaign.gives_back() {
            return Err("campaign_closed");
        }
        if self.shipped_in(c.campaign) {
            return Err("already_shipped");
        }
        campaign.cancelled = true;
        let orders = self.orders.values().filter(|order| order.campaign == c.campaign);
        let refunds = orders.flat_map(|order| self.withdrawn(order.id)).collect();
        Ok(Change { campaign: Some(campaign), refunds, ..Change::default() })
    }

    pub(crate) fn expire_order(
        &self,
        at: Time,
        actor: Actor,
        c: &ExpireOrder,
    ) -> Result<Change, Code> {
        let mut order = self.order(c.order)?.clone();
        self.authorise(actor, c.clone())?;
        if order.cancelled {
            return Err("already_decided");
        }
        if order.paid.is_some() {
            return Err("already_paid");
        }
        let minutes = self.campaigns[&order.campaign].pay_within_minutes;
        let due = order.placed_at.micros().saturating_add(minutes.saturating_mul(60_000_000));
        if at.micros() < due {
            return Err("not_due");
        }
        order.expired = true;
        Ok(Change { order: Some(order), ..Change::default() })
    }

    pub(crate) fn refund_unformed(&self, actor: Actor, c: &RefundUnformed) -> Result<Change, Code> {
        let order = self.order(c.order)?.clone();
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        if !self.campaigns[&order.campaign].gives_back() {
            return Err("not_due");
        }
        let mut change = Change::default();
        change.order = Some(self.refund_everything(&mut change, order, actor, "unformed")?);
        Ok(change)
    }
}
