//! Settlement: pending money becomes available; suppliers' terms mature.

use tuanzhang_core::order::{MaturePayable, SettleOrder};
use tuanzhang_core::{Actor, Role, Time};

use super::order::Purpose;
use super::units::days_later;
use super::{Change, Code, Model, Order, Refund, RefundStatus};

impl Model {
    pub(crate) fn settle_order(
        &self,
        at: Time,
        actor: Actor,
        c: &SettleOrder,
    ) -> Result<Change, Code> {
        let mut order = self.order(c.order)?.clone();
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        if order.units_not_received() > 0 {
            return Err("not_received");
        }
        // Without units there is nothing to wait for but its refunds.
        if order.units_left() > 0 && self.window_ended(&order).is_some_and(|end| at <= end) {
            return Err("not_due");
        }
        let open = |refund: &Refund| {
            matches!(refund.status, RefundStatus::Requested | RefundStatus::Approved)
        };
        if self.refunds.values().any(|refund| refund.order == order.id && open(refund)) {
            return Err("refund_open");
        }
        if order.units_left() > 0 && self.waits_for_price(&order) {
            return Err("not_due");
        }
        let mut change = Change::default();
        settle(&mut order, at, &mut change);
        change.order = Some(order);
        Ok(change)
    }

    pub(crate) fn mature_payable(
        &self,
        at: Time,
        actor: Actor,
        c: &MaturePayable,
    ) -> Result<Change, Code> {
        let mut order = self.order(c.order)?.clone();
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        if order.terms_days == 0 {
            return Err("nothing_left");
        }
        let Some(settled_at) = order.settled_at else { return Err("not_due") };
        if at < days_later(settled_at, order.terms_days) {
            return Err("not_due");
        }
        if self.refunds.values().any(|refund| refund.order == order.id && refund.awaits_goods()) {
            return Err("refund_open");
        }
        let mut change = Change::default();
        let term = order.account(Role::Supplier, Purpose::Part);
        order.matured = true;
        let available = order.account(Role::Supplier, Purpose::Part);
        move_all(&mut order, &mut change, &term, &available);
        change.order = Some(order);
        Ok(change)
    }
}

/// Each party's pending money of this order goes where it belongs from now on.
fn settle(order: &mut Order, at: Time, change: &mut Change) {
    let pending = |order: &Order, role| format!("pending:{}", order.party(role).unwrap());
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|r| order.party(*r).is_some()).collect();
    let shipping_is_operators = order.party(order.shipping_to) == Some(order.operator);
    let held_fee = if order.shipping_returned { 0 } else { order.shipping_fee };
    order.settled_at = Some(at);
    if shipping_is_operators {
        let from = pending(order, Role::Operator);
        let to = order.account(Role::Operator, Purpose::Shipping);
        move_some(order, change, &from, &to, -held_fee);
    }
    for role in roles {
        let from = pending(order, role);
        let to = order.account(role, Purpose::Part);
        move_all(order, change, &from, &to);
    }
}

fn move_all(order: &mut Order, change: &mut Change, from: &str, to: &str) {
    let held = order.buckets.get(from).copied().unwrap_or(0);
    move_some(order, change, from, to, held);
}

/// Moves a balance, debit positive, from one account to another.
fn move_some(order: &mut Order, change: &mut Change, from: &str, to: &str, amount: i128) {
    for (account, amount) in [(from, -amount), (to, amount)] {
        *order.buckets.entry(account.into()).or_insert(0) += amount;
        change.post(account, amount);
    }
}
