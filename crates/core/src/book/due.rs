//! Duties (待办): what the clock obliges the book to do. `domain.md` §6.
//!
//! A duty is due exactly when its command, sent by `system` at that time, would be accepted: the rule
//! itself is asked. What stands here is where to look, and what rules an entity out at a glance, never
//! more than the rule does: times come from the same functions, and testkit's model lists the same. One pass over the orders for each kind that concerns them, a few nanoseconds for one that is
//! done with; nothing is collected.

use super::decide::{Decision, decide};
use super::{Book, Campaign, Order, Refund};
use crate::actor::Actor;
use crate::campaign::{CloseCampaign, DecidePresale};
use crate::command::Command;
use crate::id::{CampaignId, OrderId};
use crate::order::{AdjustPrice, ExpireOrder, MaturePayable, ReceiveOrder, SettleOrder};
use crate::refund::{LapseReturn, RefundUnformed};
use crate::time::Time;

impl Book {
    /// The commands that the clock demands at `now`, lazily: expire unpaid orders, decide presales, close
    /// campaigns, refund unformed or cancelled ones order by order, adjust prices line by line, receive
    /// orders, let returns lapse, settle orders, mature suppliers' terms; within each in the order in
    /// which the campaign was opened, the order placed, the refund asked for.
    ///
    /// Each is an ordinary command, to be sent by [`Actor::System`]: done twice, it is repeated; a crash
    /// between any two loses nothing. Carrying one out may make another due (a close lets prices be
    /// adjusted), or overtake one: list again until nothing is left. Nothing is due before the time of
    /// the last record.
    ///
    /// ```
    /// use tuanzhang_core::{book::Book, Time};
    /// let book = Book::default();
    /// assert_eq!(book.due("2026-01-01T00:00:00Z".parse::<Time>().unwrap()).count(), 0);
    /// ```
    pub fn due(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        self.expiring(now)
            .chain(self.presales(now))
            .chain(self.closing(now))
            .chain(self.unformed())
            .chain(self.prices())
            .chain(self.receiving(now))
            .chain(self.lapsing(now))
            .chain(self.settling(now))
            .chain(self.maturing(now))
            .filter(move |command| {
                let decision = decide(self, now, None, Actor::System, command);
                matches!(decision, Decision::Accepted(_))
            })
    }

    fn expiring(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let unpaid = |order: &Order| {
            order.paid.is_none() && order.cancelled.is_none() && order.expired.is_none()
        };
        self.orders_with(unpaid, move |order, campaign| order.expires_at(campaign) <= now)
            .map(|(order, _)| ExpireOrder::new(order).into())
    }

    fn presales(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let due = move |campaign: &Campaign| {
            let decide_at = campaign.terms.presale.map(|presale| presale.decide_at);
            campaign.in_presale() && decide_at.is_some_and(|decide_at| decide_at <= now)
        };
        self.campaigns_with(due).map(|campaign| DecidePresale::new(campaign).into())
    }

    fn closing(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        self.campaigns_with(move |campaign| {
            campaign.ended().is_none() && campaign.terms.closes_at <= now
        })
        .map(|campaign| CloseCampaign::new(campaign).into())
    }

    fn unformed(&self) -> impl Iterator<Item = Command> + '_ {
        let kept = |order: &Order| order.paid.is_some() && order.live() > 0;
        self.orders_with(kept, |_, campaign| campaign.gives_back().is_some())
            .map(|(order, _)| RefundUnformed::new(order).into())
    }

    fn prices(&self) -> impl Iterator<Item = Command> + '_ {
        let tiers = self.campaigns().any(|(_, campaign)| !campaign.locked.is_empty());
        let orders = self.orders_with(
            move |order| tiers && order.paid.is_some(),
            |_, campaign| campaign.is_closed_formed() && !campaign.locked.is_empty(),
        );
        orders.flat_map(|(id, order)| {
            let lines = order.lines.iter().filter(|line| line.adjusted.is_none());
            lines.map(move |line| AdjustPrice::new(id, line.sku.as_str().into()).into())
        })
    }

    fn receiving(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let under_way = |order: &Order| order.lines.iter().any(|line| line.under_way() > 0);
        self.orders_with(under_way, move |order, campaign| {
            order.auto_received_at(campaign).is_some_and(|due| due <= now)
        })
        .map(|(order, _)| ReceiveOrder::new(order).into())
    }

    fn lapsing(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let late = move |refund: &Refund| {
            refund.awaits_goods() && refund.approved.is_some_and(|(_, at)| at <= now)
        };
        let refunds = self.refunds().filter(move |(_, refund)| late(refund));
        refunds.map(|(refund, _)| LapseReturn::new(*refund).into())
    }

    fn settling(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let unsettled = |order: &Order| order.paid.is_some() && order.settled.is_none();
        self.orders_with(unsettled, move |order, campaign| {
            order.live() == 0 || order.window_end(campaign).is_some_and(|end| end < now)
        })
        .map(|(order, _)| SettleOrder::new(order).into())
    }

    fn maturing(&self, now: Time) -> impl Iterator<Item = Command> + '_ {
        let settled = |order: &Order| order.settled.is_some() && order.matured.is_none();
        self.orders_with(settled, move |order, campaign| {
            campaign.supplier_terms_days > 0
                && order.matures_at(campaign).is_some_and(|due| due <= now)
        })
        .map(|(order, _)| MaturePayable::new(order).into())
    }

    /// The orders that a glance doesn't rule out, the order first, then its campaign.
    fn orders_with<'b>(
        &'b self,
        may_be_due: impl Fn(&Order) -> bool + 'b,
        in_its_campaign: impl Fn(&Order, &Campaign) -> bool + 'b,
    ) -> impl Iterator<Item = (OrderId, &'b Order)> + 'b {
        self.orders().filter(move |(_, order)| may_be_due(order)).filter_map(move |(id, order)| {
            let campaign = self.get::<Campaign>(&order.campaign)?;
            in_its_campaign(order, campaign).then_some((*id, order))
        })
    }

    fn campaigns_with<'b>(
        &'b self,
        may_be_due: impl Fn(&Campaign) -> bool + 'b,
    ) -> impl Iterator<Item = CampaignId> + 'b {
        let due = self.campaigns().filter(move |(_, campaign)| may_be_due(campaign));
        due.map(|(id, _)| *id)
    }
}
