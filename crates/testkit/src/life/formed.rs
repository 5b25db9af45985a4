//! Campaigns that need a minimum, or interest first, and the duties around them.

use tuanzhang_core::campaign::{
    CancelCampaign, CloseCampaign, DecidePresale, DeclareFormed, ExpressInterest, FormationText,
    OpenCampaign, PresaleText,
};
use tuanzhang_core::command::Command;
use tuanzhang_core::order::ExpireOrder;
use tuanzhang_core::refund::RefundUnformed;
use tuanzhang_core::{Actor, CampaignId, OrderId, Time};

use super::{Life, SECOND};
use crate::model::{Campaign, Order};

impl Life {
    /// The campaign with a minimum, a presale, both or none.
    pub(super) fn with_minimum(&mut self, mut c: OpenCampaign) -> OpenCampaign {
        if self.rng.percent(50) {
            let min_buyers = self.rng.percent(60).then(|| self.rng.within(0, 5));
            let min_quantity = self.rng.percent(60).then(|| self.rng.within(0, 25));
            c = c.formation(FormationText { min_buyers, min_quantity });
        }
        if self.rng.percent(20) {
            let most = (c.closes_at.micros() - self.now) / 2;
            let decide_at = self.now + self.rng.within(0, most.max(1));
            let min_interest = self.rng.within(0, 4);
            c = c.presale(PresaleText { min_interest, decide_at: Time::from_micros(decide_at) });
        }
        c
    }

    fn campaign_where(&mut self, wanted: impl Fn(&Campaign) -> bool) -> Option<CampaignId> {
        let ids = self.campaigns.iter().filter(|id| wanted(&self.model.campaigns[id]));
        let ids: Vec<CampaignId> = ids.copied().collect();
        self.rng.late(&ids)
    }

    /// Interest, decisions and ends of campaigns.
    pub(super) fn minimum(&mut self) -> Option<(Actor, Command)> {
        let stray = self.rng.percent(12);
        match self.rng.below(20) {
            0..=7 => {
                let id = self.campaign_where(|c| stray || c.in_presale())?;
                let buyer = self.rng.one(&self.buyers);
                let actor = self.rng.one(&[Actor::Operator, Actor::Buyer(buyer)]);
                Some((actor, ExpressInterest::new(id, buyer).into()))
            }
            8..=11 => {
                let id = self.campaign_where(|c| stray || c.in_presale())?;
                if let (Some((_, decide_at)), true) =
                    (self.model.campaigns[&id].presale, self.rng.percent(60))
                {
                    self.now = self.now.max(decide_at.micros() - self.rng.within(0, 1));
                }
                Some((self.clock_or_operator(), DecidePresale::new(id).into()))
            }
            12..=13 => {
                let id = self.campaign_where(|c| stray || c.formation.is_some() && !c.is_over())?;
                let c = DeclareFormed::new(id);
                let c = if self.rng.percent(30) { c.reason("老板说成".into()) } else { c };
                Some((Actor::Operator, c.into()))
            }
            14..=15 => {
                let shipped = self.campaigns.iter().filter(|id| self.model.shipped_in(**id));
                let shipped: Vec<CampaignId> = shipped.copied().collect();
                let id =
                    self.campaign_where(|c| stray || !c.gives_back() && !shipped.contains(&c.id))?;
                let owner = Actor::Leader(self.model.campaigns[&id].owner);
                let c = CancelCampaign::new(id);
                let c = if self.rng.percent(30) { c.reason("缺货".into()) } else { c };
                Some((self.rng.one(&[Actor::Operator, owner]), c.into()))
            }
            _ => {
                let id = self.campaign_where(|c| stray || c.formation.is_some() && !c.is_over())?;
                let owner = Actor::Leader(self.model.campaigns[&id].owner);
                let actor = self.rng.one(&[Actor::Operator, owner, Actor::System]);
                Some((actor, CloseCampaign::new(id).into()))
            }
        }
    }

    /// Expires an order, near the end of its time.
    pub(super) fn expire(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(15) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|o| o.paid.is_none() && !o.cancelled && !o.expired)?,
        };
        let order = self.model.orders[&id].clone();
        if self.rng.percent(50) {
            let minutes = self.model.campaigns[&order.campaign].pay_within_minutes;
            let due = order.placed_at.micros() + minutes * 60 * SECOND;
            self.now = self.now.max(due - self.rng.within(0, 1));
        }
        Some((self.clock_or_operator(), ExpireOrder::new(id).into()))
    }

    /// Refunds an order of a campaign that wasn't formed, or was cancelled.
    pub(super) fn give_back(&mut self) -> Option<(Actor, Command)> {
        let owed = |order: &Order| {
            let campaign = &self.model.campaigns[&order.campaign];
            order.paid.is_some() && order.units_left() > 0 && campaign.gives_back()
        };
        let ids = self.orders.iter().filter(|id| owed(&self.model.orders[id]));
        let ids: Vec<OrderId> = ids.copied().collect();
        let id = match self.rng.percent(10) {
            true => self.order_where(|_| true)?,
            false => self.rng.late(&ids)?,
        };
        Some((self.clock_or_operator(), RefundUnformed::new(id).into()))
    }

    /// One of the commands here with one field altered.
    pub(super) fn altered_minimum(&mut self, mut command: Command) -> Command {
        let bytes = self.rng.id();
        let other = self.rng.percent(50);
        match &mut command {
            Command::ExpireOrder(c) => c.order = OrderId::from_bytes(bytes),
            Command::RefundUnformed(c) => c.order = OrderId::from_bytes(bytes),
            Command::CancelCampaign(c) if other => c.campaign = CampaignId::from_bytes(bytes),
            Command::CancelCampaign(c) => c.reason = Some(self.strange_text()),
            Command::DeclareFormed(c) if other => c.campaign = CampaignId::from_bytes(bytes),
            Command::DeclareFormed(c) => c.reason = Some(self.strange_text()),
            Command::ExpressInterest(c) if other => c.campaign = CampaignId::from_bytes(bytes),
            Command::ExpressInterest(c) => c.buyer = self.rng.one(&self.buyers),
            Command::DecidePresale(c) => c.campaign = CampaignId::from_bytes(bytes),
            _ => {}
        }
        command
    }
}
