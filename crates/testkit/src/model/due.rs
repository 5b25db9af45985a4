//! Duties (section 6): what the clock demands. A plain scan by the contract's conditions; no handler is
//! asked whether it would accept.

use tuanzhang_core::campaign::{CloseCampaign, DecidePresale};
use tuanzhang_core::command::Command;
use tuanzhang_core::order::{AdjustPrice, ExpireOrder, MaturePayable, ReceiveOrder, SettleOrder};
use tuanzhang_core::refund::{LapseReturn, RefundUnformed};
use tuanzhang_core::{Actor, Time};

use super::tiers::price_cause;
use super::units::days_later;
use super::{AMOUNT_MAX, Campaign, Line, Model, Order, Refund, RefundStatus};

impl Model {
    /// Every command that the clock demands at `now`: those that `system` could send next and that would be
    /// recorded. By kind; then as campaigns were opened, orders placed (their lines in order), refunds asked.
    pub fn due(&self, now: Time) -> Vec<Command> {
        // Nothing is recorded before the last record, or inside a sealed period.
        if self.book.is_none()
            || self.last_at.is_some_and(|last| now < last)
            || self.sealed.is_some_and(|sealed| now <= sealed)
        {
            return Vec::new();
        }
        let (campaigns, orders, refunds) = self.in_their_order();
        let mut due: Vec<Command> = Vec::new();
        let expired = orders.iter().filter(|order| self.is_expired(order, now));
        due.extend(expired.map(|order| ExpireOrder::new(order.id).into()));
        let decided = campaigns.iter().filter(|campaign| {
            campaign.in_presale() && campaign.presale.is_some_and(|(_, at)| now >= at)
        });
        due.extend(decided.map(|campaign| DecidePresale::new(campaign.id).into()));
        let over = campaigns.iter().filter(|campaign| {
            !campaign.is_over() && !campaign.in_presale() && now >= campaign.closes_at
        });
        due.extend(over.map(|campaign| CloseCampaign::new(campaign.id).into()));
        let given_back = orders.iter().filter(|order| self.is_given_back(order));
        due.extend(given_back.map(|order| RefundUnformed::new(order.id).into()));
        for order in orders.iter().filter(|order| order.paid.is_some() && !self.awaits(order)) {
            let lines = order.lines.iter().filter(|line| self.is_adjusted(order, line));
            due.extend(lines.map(|line| AdjustPrice::new(order.id, (&line.sku).into()).into()));
        }
        let received = orders.iter().filter(|order| self.is_received(order, now));
        due.extend(received.map(|order| ReceiveOrder::new(order.id).into()));
        let lapsed = refunds.iter().filter(|refund| self.is_lapsed(refund, now));
        due.extend(lapsed.map(|refund| LapseReturn::new(refund.id).into()));
        let settled = orders.iter().filter(|order| self.is_settled(order, now));
        due.extend(settled.map(|order| SettleOrder::new(order.id).into()));
        let matured = orders.iter().filter(|order| self.is_matured(order, now));
        due.extend(matured.map(|order| MaturePayable::new(order.id).into()));
        due.retain(|command| self.balances_bear(now, command));
        due
    }

    /// Campaigns as they were opened, orders as they were placed, refunds as they were asked for.
    fn in_their_order(&self) -> (Vec<&Campaign>, Vec<&Order>, Vec<&Refund>) {
        let (mut campaigns, mut orders, mut refunds) = (Vec::new(), Vec::new(), Vec::new());
        for (_, command) in &self.accepted {
            match command {
                Command::OpenCampaign(c) => campaigns.push(&self.campaigns[&c.campaign]),
                Command::PlaceOrder(c) => orders.push(&self.orders[&c.order]),
                Command::RequestRefund(c) => refunds.push(&self.refunds[&c.refund]),
                _ => {}
            }
        }
        (campaigns, orders, refunds)
    }

    fn is_expired(&self, order: &Order, now: Time) -> bool {
        let minutes = self.campaigns[&order.campaign].pay_within_minutes;
        let until = order.placed_at.micros().saturating_add(minutes.saturating_mul(60_000_000));
        order.paid.is_none() && !order.cancelled && !order.expired && now.micros() >= until
    }

    /// Owed back whole, and not given back before: the refund's id is the order's only one of its kind.
    fn is_given_back(&self, order: &Order) -> bool {
        order.paid.is_some()
            && self.campaigns[&order.campaign].gives_back()
            && order.units_left() > 0
            && self.own_refund(order.id, "unformed").is_none()
    }

    /// A line of a paid order is.
    fn is_adjusted(&self, order: &Order, line: &Line) -> bool {
        self.price_to_adjust(order, line).is_some()
            && self.own_refund(order.id, &price_cause(&line.sku)).is_none()
    }

    /// Goods of an approved return or exchange are on their way back.
    fn awaits(&self, order: &Order) -> bool {
        self.refunds.values().any(|refund| refund.order == order.id && refund.awaits_goods())
    }

    /// Something is under way, the last of it shipped long enough ago.
    fn is_received(&self, order: &Order, now: Time) -> bool {
        let days = self.campaigns[&order.campaign].auto_receive_days;
        let long_ago = order.last_shipped_at.is_some_and(|last| now >= days_later(last, days));
        let under_way: i128 = order.lines.iter().map(Line::underway).sum();
        order.paid.is_some() && long_ago && under_way > 0
    }

    fn is_lapsed(&self, refund: &Refund, now: Time) -> bool {
        let days = self.campaigns[&self.orders[&refund.order].campaign].return_within_days;
        let due = refund.approved_at.map(|approved| days_later(approved, days));
        refund.awaits_goods() && due.is_some_and(|due| now >= due)
    }

    fn is_settled(&self, order: &Order, now: Time) -> bool {
        let open = |refund: &Refund| {
            matches!(refund.status, RefundStatus::Requested | RefundStatus::Approved)
        };
        let refunds_open = self.refunds.values().any(|r| r.order == order.id && open(r));
        let days = self.campaigns[&order.campaign].after_sales_days;
        let window_passed = order.last_received_at.is_some_and(|last| now > days_later(last, days));
        let waits = order.units_left() > 0 && (!window_passed || self.waits_for_price(order));
        order.paid.is_some()
            && order.settled_at.is_none()
            && order.units_not_received() == 0
            && !refunds_open
            && !waits
    }

    fn is_matured(&self, order: &Order, now: Time) -> bool {
        let due = order.settled_at.map(|settled| days_later(settled, order.terms_days));
        order.terms_days > 0
            && !order.matured
            && due.is_some_and(|due| now >= due)
            && !self.awaits(order)
    }

    /// No balance leaves its limit. Only what the command posts is taken from its handler, not whether.
    fn balances_bear(&self, now: Time, command: &Command) -> bool {
        let Ok(change) = self.handle(now, None, Actor::System, command) else { return true };
        let mut balances = self.balances.clone();
        for (account, amount) in change.postings {
            *balances.entry(account).or_default() += amount;
        }
        balances.values().all(|balance| balance.abs() <= AMOUNT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::life::Life;
    use crate::model::Outcome;

    const KINDS: [&str; 9] = [
        "expire_order",
        "decide_presale",
        "close_campaign",
        "refund_unformed",
        "adjust_price",
        "receive_order",
        "lapse_return",
        "settle_order",
        "mature_payable",
    ];

    /// Every command that could be a duty, in the order of duties, found from what was accepted.
    fn candidates(model: &Model) -> Vec<Command> {
        let mut of_kind: BTreeMap<usize, Vec<Command>> = BTreeMap::new();
        let mut add =
            |kind: usize, command: Command| of_kind.entry(kind).or_default().push(command);
        for (_, command) in &model.accepted {
            match command {
                Command::OpenCampaign(c) => {
                    add(1, DecidePresale::new(c.campaign).into());
                    add(2, CloseCampaign::new(c.campaign).into());
                }
                Command::PlaceOrder(c) => {
                    add(0, ExpireOrder::new(c.order).into());
                    add(3, RefundUnformed::new(c.order).into());
                    for line in &c.lines {
                        add(4, AdjustPrice::new(c.order, line.sku.clone()).into());
                    }
                    add(5, ReceiveOrder::new(c.order).into());
                    add(7, SettleOrder::new(c.order).into());
                    add(8, MaturePayable::new(c.order).into());
                }
                Command::RequestRefund(c) => add(6, LapseReturn::new(c.refund).into()),
                _ => {}
            }
        }
        of_kind.into_values().flatten().collect()
    }

    /// Exactly the candidates that `system` could send, in their order.
    fn is_complete(model: &Model, now: Time, counts: &mut BTreeMap<&str, u64>) {
        let due = model.due(now);
        let mut expected = Vec::new();
        let mut copy = model.clone();
        for command in candidates(model) {
            let outcome = copy.submit(now, None, Actor::System, &command);
            if matches!(outcome, Outcome::Accepted { .. }) {
                copy = model.clone();
                *counts.entry(command.name()).or_default() += 1;
                expected.push(command);
            }
        }
        assert_eq!(due, expected);
    }

    /// Does what is due until nothing is: the first of it, or the last.
    fn run(model: &Model, now: Time, first: bool) {
        let mut copy = model.clone();
        let most = 10 * candidates(model).len();
        for _ in 0..=most {
            let due = copy.due(now);
            let Some(command) = (if first { due.first() } else { due.last() }) else {
                return is_complete(&copy, now, &mut BTreeMap::new());
            };
            let outcome = copy.submit(now, None, Actor::System, command);
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{command:?} {outcome:?}");
        }
        panic!("after {most} commands something is due");
    }

    #[test]
    fn what_is_due_is_what_the_clock_could_send_and_ends() {
        let mut counts = BTreeMap::new();
        for seed in 100..112 {
            let mut life = Life::new(seed);
            for number in 1..=600 {
                life.step();
                if number % 60 != 0 {
                    continue;
                }
                let model = life.model();
                let Some(last) = model.last_at else { continue };
                assert_eq!(model.due(Time::from_micros(last.micros() - 1)), []);
                for hours in [0, 1, 24, 24 * 9, 24 * 90] {
                    let now = Time::from_micros(last.micros() + hours * 3_600_000_000);
                    is_complete(model, now, &mut counts);
                    run(model, now, hours != 24);
                }
            }
        }
        println!("{counts:?}");
        assert!(KINDS.iter().all(|kind| counts.get(kind).is_some_and(|n| *n > 10)), "{counts:?}");
    }
}
