//! A second computation inside the model: what each party holds, from the list of accepted commands and
//! the closed forms of section 3, not from the running balances.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::command::{Command, GoodsBorneBy, RefundKind};
use tuanzhang_core::refund::ApproveRefund;
use tuanzhang_core::{RefundId, Role};

use super::split::split;
use super::{Line, Model, Order, RefundStatus, form};

type Holdings = BTreeMap<String, i128>;

impl Model {
    /// Compares what the balances say that each party holds (pending, term, available, in transit) with
    /// what the accepted commands amount to; and that the book sums to zero.
    ///
    /// # Errors
    /// Says who differs and by how much.
    pub fn check(&self) -> Result<(), String> {
        let sum: i128 = self.balances.values().sum();
        if sum != 0 {
            return Err(format!("the balances sum to {sum}"));
        }
        let Some(book) = &self.book else { return Ok(()) };
        let mut held = Holdings::new();
        for (account, amount) in &self.balances {
            let (kind, rest) = account.split_once(':').unwrap_or((account, ""));
            if ["pending", "term", "available", "in_transit"].contains(&kind) {
                *held.entry(rest.to_string()).or_insert(0) -= amount;
            }
        }
        let mut again = self.holdings_again();
        let operator = book.operator.to_string();
        for holdings in [&mut held, &mut again] {
            holdings.retain(|party, amount| *amount != 0 && *party != operator);
        }
        if held == again { Ok(()) } else { Err(format!("held {held:?}, computed again {again:?}")) }
    }

    fn holdings_again(&self) -> Holdings {
        let mut holdings = Holdings::new();
        for order in self.orders.values().filter(|order| order.paid.is_some()) {
            self.order_again(order, &mut holdings);
        }
        let decimals = self.opened().decimals;
        let mut unmatched = BTreeSet::new();
        for (_, command) in &self.accepted {
            match command {
                Command::RecordPayout(c) => {
                    let payout = &self.payouts[&c.payout];
                    *holdings.entry(payout.party.to_string()).or_insert(0) -= payout.amount;
                }
                Command::Adjust(c) => {
                    for posting in &c.postings {
                        if let Some(party) = posting.account.strip_prefix("available:") {
                            let amount = form::money(&posting.amount, decimals).unwrap();
                            *holdings.entry(party.to_string()).or_insert(0) -= amount;
                        }
                    }
                }
                Command::WriteOff(c) => {
                    let amount = form::money(&c.amount, decimals).unwrap();
                    *holdings.entry(c.party.to_string()).or_insert(0) += amount;
                }
                Command::RecordUnmatched(c) => {
                    unmatched.insert(c.unmatched.uuid());
                }
                Command::ResolveUnmatched(c) => {
                    if let ResolveTo::Account(account) = &c.to
                        && let Some(party) = account.strip_prefix("available:")
                    {
                        // Unmatched money that took a payment's id after this is other money.
                        let id = c.unmatched.uuid();
                        let money = match unmatched.contains(&id) {
                            true => &self.unmatched[&id],
                            false => &self.payments[&id],
                        };
                        *holdings.entry(party.to_string()).or_insert(0) += money.amount;
                    }
                }
                _ => {}
            }
        }
        holdings
    }

    fn order_again(&self, order: &Order, holdings: &mut Holdings) {
        let mut give = |role: Role, amount: i128| {
            let party = order.party(role).unwrap_or(order.operator);
            *holdings.entry(party.to_string()).or_insert(0) += amount;
        };
        if let Some(funder) = order.funder {
            give(funder, -order.discount);
        }
        if !order.shipping_returned {
            give(order.shipping_to, order.shipping_fee);
        }
        let paid = order.paid.as_ref().unwrap();
        if !paid.fee_by_operator {
            give(self.opened().fee_borne_by, paid.fee_returned - paid.fee);
        }
        let campaign = &self.campaigns[&order.campaign];
        let steps = self.steps(order);
        for (id, step) in &steps {
            let refund = &self.refunds[id];
            let undone = matches!(refund.status, RefundStatus::Lapsed | RefundStatus::Withdrawn);
            let Step::Approved(Some(c)) = step else { continue };
            if undone {
                continue;
            }
            let decimals = self.opened().decimals;
            let granted = form::fee(c.return_shipping.as_ref(), decimals).unwrap();
            let bearer = c.return_shipping_borne_by.unwrap_or(campaign.return_borne_by);
            give(bearer, -granted);
            debug_assert!(granted <= refund.claimed);
            if refund.kind == RefundKind::Compensation {
                let granted = form::fee(c.amount.as_ref(), decimals).unwrap();
                give(c.compensation_borne_by.unwrap_or(Role::Operator), -granted);
            }
        }
        for line in &order.lines {
            for (role, amount) in self.line_again(order, line, &steps) {
                give(role, amount);
            }
        }
    }

    /// What each role has of a line: the parts that its approvals left, and what it bears. An approval
    /// that was undone takes its own amounts out again; the next one counts from what is left.
    fn line_again(&self, order: &Order, line: &Line, steps: &Steps<'_>) -> Vec<(Role, i128)> {
        let filled = |role| order.party(role).is_some();
        let parts = |value, units| split(&line.split, value, units, line.supply_price, filled);
        let at = |amount: i128, units: i128| (amount * units).div_euclid(line.quantity);
        let whole = if order.funder.is_some() { line.list } else { line.paid };
        let mut had = parts(whole, line.quantity);
        let mut done: BTreeMap<RefundId, Done> = BTreeMap::new();
        for (id, step) in steps {
            let refund = &self.refunds[id];
            let Step::Approved(approval) = step else {
                if let Some(undone) = done.remove(id) {
                    for (role, amount) in undone.parts {
                        *had.get_mut(&role).unwrap() -= amount;
                    }
                }
                continue;
            };
            let asked = refund.lines.iter().filter(|l| l.0 == line.sku);
            let units: i128 = asked.map(|l| l.1).sum();
            if units == 0 || refund.kind == RefundKind::Exchange {
                continue;
            }
            let sum = |of: fn(&Done) -> i128| done.values().map(of).sum::<i128>();
            let returned = sum(|done| done.units) + units;
            let goods = (at(line.paid, returned) - sum(|done| done.goods)).max(0);
            let listed = (at(line.list, returned) - sum(|done| done.listed)).max(0);
            let mut new = Done { units, goods, listed, ..Done::default() };
            if let Some(GoodsBorneBy::Role(role)) = approval.and_then(|c| c.goods_borne_by) {
                new.borne = vec![(role, -goods)];
            } else {
                new.reversed = units;
                new.value = if order.funder.is_some() { listed } else { goods };
                new.borne = order.funder.iter().map(|role| (*role, listed - goods)).collect();
                let value = whole - sum(|done| done.value) - new.value;
                let now = parts(value, line.quantity - sum(|done| done.reversed) - units);
                new.parts = now.iter().map(|(role, part)| (*role, part - had[role])).collect();
                had = now;
            }
            done.insert(*id, new);
        }
        had.into_iter().chain(done.into_values().flat_map(|done| done.borne)).collect()
    }

    /// The order's approvals and their undoing, in their order; an approval without a command is the one
    /// that cancelling opened.
    fn steps(&self, order: &Order) -> Steps<'_> {
        let mut steps = Vec::new();
        let ours = |id: &RefundId| self.refunds[id].order == order.id;
        for (_, command) in &self.accepted {
            match command {
                Command::ApproveRefund(c) if ours(&c.refund) => {
                    steps.push((c.refund, Step::Approved(Some(c))));
                }
                Command::WithdrawRefund(c) if ours(&c.refund) => {
                    steps.push((c.refund, Step::Undone));
                }
                Command::LapseReturn(c) if ours(&c.refund) => {
                    steps.push((c.refund, Step::Undone));
                }
                Command::CancelOrder(c) if c.order == order.id => {
                    let id = RefundId::derived(order.id.uuid(), "cancelled");
                    steps.push((id, Step::Approved(None)));
                }
                Command::RefundUnformed(c) if c.order == order.id => {
                    let id = RefundId::derived(order.id.uuid(), "unformed");
                    steps.push((id, Step::Approved(None)));
                }
                _ => {}
            }
        }
        steps
    }
}

type Steps<'a> = Vec<(RefundId, Step<'a>)>;

enum Step<'a> {
    Approved(Option<&'a ApproveRefund>),
    Undone,
}

/// What one approval did to a line.
#[derive(Default)]
struct Done {
    units: i128,
    goods: i128,
    listed: i128,
    value: i128,
    reversed: i128,
    parts: BTreeMap<Role, i128>,
    borne: Vec<(Role, i128)>,
}
