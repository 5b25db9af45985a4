//! Price tiers: campaigns that have them, their end, what is paid, adjusted and refunded after it; and the
//! clock that does what is due.

use tuanzhang_core::campaign::{CloseCampaign, OpenCampaign, TierText};
use tuanzhang_core::command::{Command, GoodsBorneBy, Way};
use tuanzhang_core::order::{AdjustPrice, ArriveAtPickup, ShipOrder};
use tuanzhang_core::refund::{ApproveRefund, LapseReturn, ReceiveReturn, WithdrawRefund};
use tuanzhang_core::{Actor, OrderId, RefundId, Role, Time};

use super::{DAY, Life, SECOND};
use crate::model::{Campaign, Line, Order, Refund, RefundStatus};

impl Life {
    /// One to three tiers below a price, if it leaves room for them; now and then none at all.
    pub(super) fn tiers(&mut self, price: i128) -> Vec<TierText> {
        let mut tiers = Vec::new();
        let mut at_quantity = 0;
        let mut most = price;
        if self.rng.percent(3) {
            return tiers;
        }
        for _ in 0..self.rng.within(1, 3) {
            at_quantity += self.rng.one(&[1, 2, 4, 8, 12, 20]);
            let lower = most * i128::from(self.rng.within(70, 99)) / 100;
            let lower = match self.rng.below(20) {
                0 => 0,
                1 => most - 1,
                2 if tiers.is_empty() => most,
                _ => lower,
            };
            if lower < 0 || lower >= most && !tiers.is_empty() {
                break;
            }
            tiers.push(TierText { at_quantity, price: self.money(lower) });
            most = lower;
        }
        tiers
    }

    /// One of the campaign's tiers made hostile.
    pub(super) fn altered_tiers(&mut self, c: &mut OpenCampaign) {
        let amount = self.bad_amount();
        let quantity = self.rng.one(&[0, -1, i64::MIN, i64::MAX, 1_000_000_000_001, 1, 5]);
        let item = self.rng.below(u64::try_from(c.items.len()).unwrap_or(0));
        let Some(item) = c.items.get_mut(usize::try_from(item).unwrap_or(0)) else { return };
        let own = TierText { at_quantity: 1, price: item.price.clone() };
        let tiers = item.tiers.get_or_insert_with(|| vec![own]);
        let again = tiers.first().cloned();
        match self.rng.below(5) {
            0 => tiers.extend(again),
            1 => tiers.reverse(),
            2 => tiers.clear(),
            3 => tiers.iter_mut().take(1).for_each(|tier| tier.price = amount.clone()),
            _ => tiers.iter_mut().take(1).for_each(|tier| tier.at_quantity = quantity),
        }
    }

    /// Closes a campaign with tiers, mostly one with paid orders.
    pub(super) fn end_of_tiers(&mut self) -> Option<(Actor, Command)> {
        let tiered = |c: &Campaign| c.items.iter().any(|item| !item.tiers.is_empty());
        let open = |c: &Campaign| !c.is_over() && !c.in_presale();
        let falls = |c: &Campaign| {
            let locked = self.model.prices_to_lock(c);
            let lower = |line: &Line| locked.get(&line.sku).is_some_and(|p| *p < line.price);
            let orders = self.model.orders.values().filter(|o| o.campaign == c.id);
            orders.filter(|o| o.paid.is_some() && o.lines.iter().any(lower)).count() >= 2
        };
        let any = self.rng.percent(30);
        let campaigns = self.campaigns.iter().map(|id| &self.model.campaigns[id]);
        let ripe = campaigns.filter(|c| tiered(c) && open(c) && (any || falls(c)));
        let ripe: Vec<_> = ripe.map(|c| c.id).collect();
        let id = self.rng.late(&ripe)?;
        let campaign = &self.model.campaigns[&id];
        let (owner, closes_at) = (Actor::Leader(campaign.owner), campaign.closes_at.micros());
        let actor = self.rng.one(&[Actor::Operator, owner, owner, Actor::System]);
        if actor == Actor::System && self.rng.percent(80) {
            self.now = self.now.max(closes_at - self.rng.within(0, 1));
        }
        Some((actor, CloseCampaign::new(id).into()))
    }

    /// Adjusts a line, mostly one that needs it.
    pub(super) fn adjust_price(&mut self) -> Option<(Actor, Command)> {
        let model = &self.model;
        let needs = |line: &Line, order: &Order| model.price_to_adjust(order, line).is_some();
        let orders = self.orders.iter().map(|id| &model.orders[id]);
        let orders = orders.filter(|order| order.paid.is_some());
        let lines = orders.flat_map(|order| order.lines.iter().map(move |line| (order, line)));
        let lines = lines.filter(|(order, line)| needs(line, order));
        let lines: Vec<(OrderId, String)> =
            lines.map(|(order, line)| (order.id, line.sku.clone())).collect();
        let tiered = |order: &Order| {
            let campaign = &model.campaigns[&order.campaign];
            order.lines.iter().any(|line| campaign.has_tiers(&line.sku))
        };
        let tiered: Vec<OrderId> =
            self.orders.iter().filter(|id| tiered(&model.orders[id])).copied().collect();
        let (id, sku) = match self.rng.below(20) {
            0 => {
                let id = self.order_where(|_| true)?;
                (id, self.rng.one(&self.model.orders[&id].lines).sku)
            }
            1..=3 => {
                let id = self.rng.late(&tiered)?;
                (id, self.rng.one(&self.model.orders[&id].lines).sku)
            }
            4 => (self.rng.late(&tiered)?, "item-9".into()),
            _ => self.rng.late(&lines)?,
        };
        let mut actor = self.clock_or_operator();
        if self.rng.percent(5) {
            let order = &self.model.orders[&id];
            let others = [Some(Actor::Leader(order.owner)), order.buyer.map(Actor::Buyer)];
            actor = others[usize::from(self.rng.percent(50))].unwrap_or(actor);
        }
        Some((actor, AdjustPrice::new(id, sku.as_str().into()).into()))
    }

    /// Pays what an order with tiers owes while its campaign is open, so that tiers are reached.
    pub(super) fn pay_towards_tier(&mut self) -> Option<(Actor, Command)> {
        let model = &self.model;
        let counts = |order: &Order| {
            let campaign = &model.campaigns[&order.campaign];
            let tiered = order.lines.iter().any(|line| campaign.has_tiers(&line.sku));
            let open = order.paid.is_none() && !order.cancelled && !order.expired;
            tiered && open && !campaign.is_over()
        };
        let ids: Vec<OrderId> =
            self.orders.iter().filter(|id| counts(&model.orders[id])).copied().collect();
        let id = self.rng.late(&ids)?;
        let minor = self.model.orders[&id].due();
        Some((Actor::Operator, self.payment(id, minor)))
    }

    /// Pays an order whose price fell when its campaign closed: what it owes now, or what it owed.
    pub(super) fn pay_late(&mut self) -> Option<(Actor, Command)> {
        let model = &self.model;
        let fell = |order: &Order| {
            let open = order.paid.is_none() && !order.cancelled && !order.expired;
            open && model.owes(order) < order.due()
        };
        let fallen: Vec<OrderId> =
            self.orders.iter().filter(|id| fell(&model.orders[id])).copied().collect();
        let id = self.rng.late(&fallen)?;
        let order = &self.model.orders[&id];
        let (before, now) = (order.due(), self.model.owes(order));
        let minor = self.rng.one(&[before, now, now, now, now]);
        Some((Actor::Operator, self.payment(id, minor)))
    }

    /// What happens to an order that paid too much before it is adjusted: shipped, asked back, given back.
    pub(super) fn before_adjusting(&mut self) -> Option<(Actor, Command)> {
        let model = &self.model;
        let needs = |order: &Order| {
            let falls = |line: &Line| model.price_to_adjust(order, line).is_some();
            order.paid.is_some() && order.lines.iter().any(falls)
        };
        let ids: Vec<OrderId> =
            self.orders.iter().filter(|id| needs(&model.orders[id])).copied().collect();
        let id = self.rng.late(&ids)?;
        let order = &self.model.orders[&id];
        let asked = self.model.refunds.values().filter(|refund| refund.order == id);
        let asked = asked.filter(|refund| refund.status == RefundStatus::Requested).map(|r| r.id);
        let asked: Vec<_> = asked.collect();
        if let (Some(refund), true) = (self.rng.late(&asked), self.rng.percent(80)) {
            let mut c = ApproveRefund::new(refund);
            if self.rng.percent(50) {
                c = c.goods_borne_by(GoodsBorneBy::Role(self.rng.one(&Role::ALL)));
            }
            if self.rng.percent(40) {
                c = c.waive_return(true);
            }
            return Some((Actor::Operator, c.into()));
        }
        let mut awaited = self.model.refunds.values().filter(|refund| refund.order == id);
        if let (Some(refund), true) = (awaited.find(|r| r.awaits_goods()), self.rng.percent(70)) {
            let days = self.model.campaigns[&order.campaign].return_within_days;
            let due = refund.approved_at.map_or(0, Time::micros) + days * DAY;
            if self.rng.percent(50) {
                return Some((Actor::Operator, ReceiveReturn::new(refund.id).into()));
            }
            self.now = self.now.max(due);
            return Some((Actor::System, LapseReturn::new(refund.id).into()));
        }
        let waived = |refund: &Refund| {
            refund.order == id && refund.waived && refund.status == RefundStatus::Approved
        };
        if self.model.refunds.values().any(waived) && self.rng.percent(70) {
            let sku = self.rng.one(&order.lines).sku;
            return Some((Actor::System, AdjustPrice::new(id, sku.as_str().into()).into()));
        }
        if order.anything_shipped() || self.rng.percent(20) {
            return Some(self.request_of(id));
        }
        let command = match order.way {
            Way::Pickup => ArriveAtPickup::new(id).into(),
            Way::Courier | Way::LeaderDelivery => ShipOrder::new(id).into(),
        };
        Some((Actor::Operator, command))
    }

    /// Withdraws a return that needn't come, approved before its line was adjusted.
    pub(super) fn withdraw_adjusted(&mut self) -> Option<(Actor, Command)> {
        let adjusted = |id: &&RefundId| {
            let refund = &self.model.refunds[id];
            let order = &self.model.orders[&refund.order];
            let approved = refund.status == RefundStatus::Approved && refund.waived;
            approved && refund.has_goods() && order.adjusted_since(refund)
        };
        let ids: Vec<RefundId> = self.refunds.iter().filter(adjusted).copied().collect();
        Some((Actor::Operator, WithdrawRefund::new(self.rng.late(&ids)?).into()))
    }

    /// Asks back units of an order that was adjusted.
    pub(super) fn request_adjusted(&mut self) -> Option<(Actor, Command)> {
        let adjusted = |line: &Line| line.adjusted.is_some() && line.left() > 0;
        let id = self.order_where(|order| order.lines.iter().any(adjusted))?;
        Some(self.request_of(id))
    }

    /// The clock jumps, and for some steps does what is due.
    pub(super) fn on_duty(&mut self) -> Option<(Actor, Command)> {
        self.now += self.rng.one(&[0, 0, 3_600 * SECOND, DAY, 3 * DAY, 20 * DAY]);
        self.duties = self.rng.one(&[1, 4, 8, 12, 30]);
        self.duty()
    }

    /// The first thing that is due, or one of any kind; none when all is done.
    pub(super) fn duty(&mut self) -> Option<(Actor, Command)> {
        let due = self.model.due(Time::from_micros(self.now));
        let first = due.first()?.clone();
        let mut kinds: Vec<&str> = due.iter().map(Command::name).collect();
        kinds.dedup();
        let kind = self.rng.one(&kinds);
        let of_kind: Vec<_> = due.iter().filter(|command| command.name() == kind).collect();
        let command = match self.rng.percent(15) {
            true => first,
            false => self.rng.one(&of_kind).clone(),
        };
        let actor = if self.rng.percent(95) { Actor::System } else { Actor::Operator };
        Some((actor, command))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::life::Sent;
    use crate::model::Outcome;

    fn word(outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Repeated { .. } => "repeated",
            Outcome::Rejected { code } => code,
        }
    }

    /// What was adjusted in which circumstances.
    fn adjusted(life: &Life, c: &AdjustPrice) -> Vec<&'static str> {
        let order = &life.model.orders[&c.order];
        let of = order.line(&c.sku).unwrap();
        let returned = of.basis().returned > 0;
        let refunds = life.model.refunds.values();
        let lapsed = |r: &Refund| r.status == RefundStatus::Lapsed;
        let circumstances = [
            ("adjusted", true),
            ("adjusted, funded", order.funder.is_some()),
            ("adjusted, shared", order.discount > 0 && order.funder.is_none()),
            ("adjusted, to nothing", of.basis().paid == 0),
            ("adjusted after returns", returned),
            ("adjusted after goodwill", returned && of.units_in_split > of.left()),
            ("adjusted after a lapse", refunds.clone().any(|r| r.order == c.order && lapsed(r))),
            ("adjusted, shipped", order.anything_shipped()),
            ("adjusted, had to form", life.model.campaigns[&order.campaign].formation.is_some()),
        ];
        circumstances.into_iter().filter_map(|(what, is)| is.then_some(what)).collect()
    }

    /// Whether a refund has a line that is adjusted.
    fn of_adjusted(life: &Life, id: RefundId) -> bool {
        let Some(refund) = life.model.refunds.get(&id) else { return false };
        let order = &life.model.orders[&refund.order];
        let mut lines = refund.lines.iter().filter_map(|(sku, _)| order.line(sku));
        lines.any(|line| line.adjusted.is_some())
    }

    /// What a step was, as far as tiers go. `placed` has what orders owed at first.
    fn seen(life: &Life, sent: &Sent, placed: &mut BTreeMap<OrderId, i128>) -> Vec<&'static str> {
        let accepted = matches!(sent.outcome, Outcome::Accepted { .. });
        let (orders, refunds) = (&life.model.orders, &life.model.refunds);
        match &sent.command {
            Command::PlaceOrder(c) if accepted => {
                placed.insert(c.order, orders[&c.order].due());
            }
            Command::AdjustPrice(c) if accepted => return adjusted(life, c),
            Command::ApproveRefund(c) if accepted && of_adjusted(life, c.refund) => {
                let funded = orders[&refunds[&c.refund].order].funder.is_some();
                return vec![if funded { "refund after, funded" } else { "refund after" }];
            }
            Command::LapseReturn(c) if accepted && of_adjusted(life, c.refund) => {
                return vec!["lapse after"];
            }
            Command::WithdrawRefund(c) if of_adjusted(life, c.refund) => {
                let refund = &refunds[&c.refund];
                let untouched = refund.paid == 0 && !refund.returned && refund.waived;
                if untouched && word(sent.outcome) == "already_decided" {
                    return vec!["withdrawal refused, adjusted since"];
                }
            }
            Command::RecordPayment(c) if accepted && orders.contains_key(&c.order) => {
                let order = &orders[&c.order];
                let fits = !life.model.payments[&c.payment.uuid()].suspended;
                if fits && order.due() < placed[&c.order] {
                    return vec!["paid at the locked price"];
                }
                if !fits && order.paid.is_none() && life.model.owes(order) < order.due() {
                    return vec!["suspended after the price fell"];
                }
            }
            Command::SettleOrder(c)
                if word(sent.outcome) == "not_due"
                    && life.model.waits_for_price(&orders[&c.order]) =>
            {
                return vec!["settling waits for the price"];
            }
            _ => {}
        }
        Vec::new()
    }

    /// What 20,000 commands must show, and how often at least. `--nocapture` prints how often they do.
    const ENOUGH: &[(&str, u64)] = &[
        ("adjust_price accepted", 60),
        ("adjust_price bad_lines", 1),
        ("adjust_price bad_terms", 5),
        ("adjust_price not_allowed", 5),
        ("adjust_price not_due", 5),
        ("adjust_price not_paid", 5),
        ("adjust_price nothing_to_refund", 5),
        ("adjust_price refund_open", 3),
        ("adjust_price repeated", 3),
        ("adjust_price unknown_order", 3),
        ("adjust_price unknown_sku", 5),
        ("adjusted, funded", 10),
        ("adjusted, shared", 10),
        ("adjusted, to nothing", 3),
        ("adjusted after returns", 5),
        ("adjusted after goodwill", 1),
        ("adjusted after a lapse", 1),
        ("adjusted, shipped", 20),
        ("adjusted, had to form", 20),
        ("refund after", 40),
        ("refund after, funded", 3),
        ("lapse after", 1),
        ("withdrawal refused, adjusted since", 1),
        ("paid at the locked price", 10),
        ("suspended after the price fell", 10),
        ("settling waits for the price", 20),
        ("on duty: adjust_price accepted", 20),
        ("on duty: refund_unformed accepted", 10),
        ("on duty: settle_order accepted", 50),
    ];

    #[test]
    fn lives_see_enough_of_tiers() {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for seed in 1..=10 {
            let mut life = Life::new(seed);
            let mut placed = BTreeMap::new();
            for _ in 0..2_000 {
                let on_duty = life.duties > 0;
                let sent = life.step();
                let answer = format!("{} {}", sent.command.name(), word(sent.outcome));
                if on_duty {
                    *counts.entry(format!("on duty: {answer}")).or_default() += 1;
                }
                *counts.entry(answer).or_default() += 1;
                for kind in seen(&life, &sent, &mut placed) {
                    *counts.entry(kind.into()).or_default() += 1;
                }
            }
            assert_eq!(life.model.check(), Ok(()), "{seed}");
        }
        for (kind, count) in &counts {
            println!("{count:>6} {kind}");
        }
        for (kind, least) in ENOUGH {
            let count = counts.get(*kind).copied().unwrap_or(0);
            assert!(count >= *least, "{count} {kind}");
        }
    }
}
