//! Approvals undone: returns whose goods never came, approved returns withdrawn (section 11, *Reopened
//! orders*); and requests withdrawn.

use tuanzhang_core::command::RefundKind;
use tuanzhang_core::refund::{LapseReturn, WithdrawRefund};
use tuanzhang_core::{Actor, Time};

use super::units::days_later;
use super::{Change, Code, Line, Model, Order, Refund, RefundStatus, Taken};

impl Line {
    /// Takes out what an approval did, whatever happened since.
    fn take_out(&mut self, before: &Self, after: &Self) {
        self.refunded_received -= after.refunded_received - before.refunded_received;
        self.refunded_underway -= after.refunded_underway - before.refunded_underway;
        self.exchanged_received -= after.exchanged_received - before.exchanged_received;
        self.exchanged_underway -= after.exchanged_underway - before.exchanged_underway;
        self.exchanged_back -= after.exchanged_back - before.exchanged_back;
        // Units given back in money while their exchange was open stay given back, where they are.
        let beyond = (-self.owed()).max(0);
        let in_hand = beyond.min(self.in_hand());
        self.refunded_owed -= beyond;
        self.refunded_received += in_hand;
        self.refunded_underway += beyond - in_hand;
        self.refunded_paid -= after.refunded_paid - before.refunded_paid;
        self.refunded_list -= after.refunded_list - before.refunded_list;
        self.value -= after.value - before.value;
        self.units_in_split -= after.units_in_split - before.units_in_split;
        for (role, part) in &mut self.parts {
            *part -= after.parts[role] - before.parts[role];
        }
    }
}

impl Order {
    /// Entries opposite to an approval's, role by role, in the buckets of this moment.
    fn reopen(&mut self, change: &mut Change, refund: &Refund) {
        let Taken { before, after, debits, with_fee } = refund.taken.clone().unwrap();
        for (role, purpose, amount) in debits {
            self.post(change, role, purpose, -amount);
        }
        for (line, (before, after)) in self.lines.iter_mut().zip(before.iter().zip(&after)) {
            line.take_out(before, after);
        }
        if with_fee {
            self.shipping_returned = false;
        }
        change.post(self.refund_due(), refund.owed);
    }

    /// One of the refund's lines had its price adjusted after the approval.
    pub(crate) fn adjusted_since(&self, refund: &Refund) -> bool {
        let approved = &refund.taken.as_ref().unwrap().after;
        let lines = self.lines.iter().zip(approved);
        let mut lines =
            lines.filter(|(line, _)| refund.lines.iter().any(|(sku, _)| *sku == line.sku));
        lines.any(|(line, then)| line.adjusted.is_some() && then.adjusted.is_none())
    }
}

impl Model {
    pub(crate) fn withdraw_refund(&self, actor: Actor, c: &WithdrawRefund) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        self.authorise(actor, c.clone())?;
        let mut change = Change::default();
        match refund.status {
            RefundStatus::Requested => {}
            RefundStatus::Approved | RefundStatus::Paid => {
                let untouched = refund.paid == 0 && !refund.returned;
                if actor != Actor::Operator || !refund.has_goods() || !untouched {
                    return Err("already_decided");
                }
                let mut order = self.orders[&refund.order].clone();
                if refund.kind == RefundKind::Return && order.adjusted_since(&refund) {
                    return Err("already_decided");
                }
                if refund.kind == RefundKind::Exchange && refund.waived {
                    // Its replacement may be gone, or refunded, or about to be.
                    for (sku, units) in &refund.lines {
                        let line = order.line(sku).unwrap();
                        if *units > line.replaceable() {
                            return Err("already_decided");
                        }
                        if *units > self.free_replacements(&order, line) {
                            return Err("refund_open");
                        }
                    }
                }
                order.reopen(&mut change, &refund);
                change.order = Some(order);
            }
            RefundStatus::Rejected | RefundStatus::Withdrawn | RefundStatus::Lapsed => {
                return Err("already_decided");
            }
        }
        refund.status = RefundStatus::Withdrawn;
        change.refunds = vec![refund];
        Ok(change)
    }

    pub(crate) fn lapse_return(
        &self,
        at: Time,
        actor: Actor,
        c: &LapseReturn,
    ) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        self.authorise(actor, c.clone())?;
        if !refund.has_goods() {
            return Err("bad_terms");
        }
        match refund.status {
            RefundStatus::Approved | RefundStatus::Paid => {}
            RefundStatus::Requested
            | RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Lapsed => return Err("not_approved"),
        }
        if !refund.awaits_goods() {
            return Err("already_decided");
        }
        let mut order = self.orders[&refund.order].clone();
        let days = self.campaigns[&order.campaign].return_within_days;
        if at < days_later(refund.approved_at.unwrap(), days) {
            return Err("not_due");
        }
        let mut change = Change::default();
        order.reopen(&mut change, &refund);
        refund.status = RefundStatus::Lapsed;
        change.order = Some(order);
        change.refunds = vec![refund];
        Ok(change)
    }
}
