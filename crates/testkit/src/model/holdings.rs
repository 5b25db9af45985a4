//! A second computation inside the model: what each party holds, from the list of accepted commands and
//! the closed forms of section 3, not from the running balances.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::Role;
use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::command::{Command, GoodsBorneBy};
use tuanzhang_core::refund::ApproveRefund;

use super::split::split;
use super::{Model, Order, form};

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
        let approvals = self.approvals(order);
        for (refund, approval) in &approvals {
            let granted = approval.and_then(|c| c.return_shipping.as_ref());
            let granted = form::fee(granted, self.opened().decimals).unwrap();
            let bearer = approval.and_then(|c| c.return_shipping_borne_by);
            give(bearer.unwrap_or(campaign.return_borne_by), -granted);
            debug_assert!(granted <= self.refunds[refund].claimed);
        }
        for line in &order.lines {
            let (mut returned, mut kept_units) = (0, 0);
            let mut value = if order.funder.is_some() { line.list } else { line.paid };
            let at = |amount: i128, units: i128| (amount * units).div_euclid(line.quantity);
            for (refund, approval) in &approvals {
                let units = self.refunds[refund].lines.iter().filter(|l| l.0 == line.sku);
                let units: i128 = units.map(|l| l.1).sum();
                let goods = at(line.paid, returned + units) - at(line.paid, returned);
                let listed = at(line.list, returned + units) - at(line.list, returned);
                returned += units;
                if let Some(GoodsBorneBy::Role(role)) = approval.and_then(|c| c.goods_borne_by) {
                    give(role, -goods);
                    kept_units += units;
                } else if let Some(funder) = order.funder {
                    give(funder, listed - goods);
                    value -= listed;
                } else {
                    value -= goods;
                }
            }
            let units = line.quantity - returned + kept_units;
            let filled = |role| order.party(role).is_some();
            for (role, part) in split(&line.split, value, units, line.supply_price, filled) {
                give(role, part);
            }
        }
    }

    /// The order's approved refunds in their order; none for the one that cancelling opened.
    fn approvals(&self, order: &Order) -> Vec<(tuanzhang_core::RefundId, Option<&ApproveRefund>)> {
        let mut approvals = Vec::new();
        for (_, command) in &self.accepted {
            match command {
                Command::ApproveRefund(c) if self.refunds[&c.refund].order == order.id => {
                    approvals.push((c.refund, Some(c)));
                }
                Command::CancelOrder(c) if c.order == order.id => {
                    let id = tuanzhang_core::RefundId::derived(order.id.uuid(), "cancelled");
                    approvals.push((id, None));
                }
                Command::RefundUnformed(c) if c.order == order.id => {
                    let id = tuanzhang_core::RefundId::derived(order.id.uuid(), "unformed");
                    approvals.push((id, None));
                }
                _ => {}
            }
        }
        approvals
    }
}
