//! A second computation inside the model: what each party holds, from the list of accepted commands and
//! the closed forms of section 3, not from the running balances.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::command::{Command, GoodsBorneBy, RefundKind};
use tuanzhang_core::refund::ApproveRefund;
use tuanzhang_core::{RefundId, Role};

use super::line_again::LineAgain;
use super::prices_again::Prices;
use super::{Model, Order, RefundStatus, form};

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
        let prices = self.prices_again();
        for order in self.orders.values().filter(|order| order.paid.is_some()) {
            self.order_again(order, &prices, &mut holdings);
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

    fn order_again(&self, order: &Order, prices: &Prices, holdings: &mut Holdings) {
        let mut give = |role: Role, amount: i128| {
            let party = order.party(role).unwrap_or(order.operator);
            *holdings.entry(party.to_string()).or_insert(0) += amount;
        };
        let charged = &prices.charged[&order.id];
        if let Some(funder) = order.funder {
            give(funder, charged.values().map(|line| line.paid() - line.list()).sum());
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
            let locked = prices.locked.get(&(order.campaign, line.sku.clone())).copied();
            let again = LineAgain::new(order, line, charged[&line.sku], locked);
            for (role, amount) in self.line_again(again, &steps) {
                give(role, amount);
            }
        }
    }

    /// What each role has of a line: the parts that its approvals left, and what it bears.
    fn line_again(&self, mut again: LineAgain<'_>, steps: &Steps<'_>) -> Vec<(Role, i128)> {
        for (id, step) in steps {
            match step {
                Step::Undone => again.undo(*id),
                Step::Adjusted(sku) => again.adjust(sku),
                Step::Approved(approval) => {
                    let bearer = match approval.and_then(|c| c.goods_borne_by) {
                        None | Some(GoodsBorneBy::Reverse) => None,
                        Some(GoodsBorneBy::Role(role)) => Some(role),
                    };
                    again.approve(&self.refunds[id], bearer);
                }
            }
        }
        again.held()
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
                    let id = self.own_refund(order.id, "cancelled").unwrap().id;
                    steps.push((id, Step::Approved(None)));
                }
                Command::RefundUnformed(c) if c.order == order.id => {
                    let id = self.own_refund(order.id, "unformed").unwrap().id;
                    steps.push((id, Step::Approved(None)));
                }
                Command::AdjustPrice(c) if c.order == order.id => {
                    let id =
                        self.own_refund(order.id, &super::tiers::price_cause(&c.sku)).unwrap().id;
                    steps.push((id, Step::Adjusted(&c.sku)));
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
    /// The line of this sku.
    Adjusted(&'a str),
}
