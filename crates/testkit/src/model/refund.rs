//! Refunds: asked for, approved or rejected, goods back.

use tuanzhang_core::command::{GoodsBorneBy, RefundKind, SkuQuantity};
use tuanzhang_core::refund::{ApproveRefund, ReceiveReturn, RejectRefund, RequestRefund};
use tuanzhang_core::{Actor, RefundId, Time};

use super::order::Purpose;
use super::split::step;
use super::units::days_later;
use super::{Bearing, Change, Code, Model, Order, Refund, RefundStatus, form};

impl Order {
    /// Refunds units of a line: what the buyer gets for them. Posts everything but the debt to the buyer.
    pub(crate) fn refund_units(
        &mut self,
        change: &mut Change,
        sku: &str,
        units: i128,
        kind: RefundKind,
        bearing: Bearing,
    ) -> i128 {
        let at = self.lines.iter().position(|line| line.sku == sku).unwrap();
        let line = &mut self.lines[at];
        let before = line.refunded();
        let goods = step(line.paid, before, units, line.quantity);
        let listed = step(line.list, before, units, line.quantity);
        // A refund_only takes unshipped units first; received units go before units under way.
        let unshipped =
            if kind == RefundKind::RefundOnly { units.min(line.unshipped()) } else { 0 };
        let in_hand = (units - unshipped).min(line.in_hand());
        line.refunded_unshipped += unshipped;
        line.refunded_received += in_hand;
        line.refunded_underway += units - unshipped - in_hand;
        match bearing {
            Bearing::Goodwill(role) => self.post(change, role, Purpose::Goodwill, goods),
            Bearing::Reverse => {
                let parts_before = self.parts(&self.lines[at]);
                let funded = self.funder.is_some();
                let line = &mut self.lines[at];
                line.value -= if funded { listed } else { goods };
                line.units_in_split -= units;
                let parts_after = self.parts(&self.lines[at]);
                for (role, before) in parts_before {
                    self.post(change, role, Purpose::Part, before - parts_after[&role]);
                }
                if let Some(funder) = self.funder {
                    self.post(change, funder, Purpose::Discount, goods - listed);
                }
            }
        }
        goods
    }

    /// Takes the shipping fee back from who earned it, once.
    pub(crate) fn return_shipping_fee(&mut self, change: &mut Change) -> i128 {
        if self.shipping_returned {
            return 0;
        }
        self.shipping_returned = true;
        self.post(change, self.shipping_to, Purpose::Shipping, self.shipping_fee);
        self.shipping_fee
    }
}

impl Model {
    pub(crate) fn refund(&self, id: RefundId) -> Result<&Refund, Code> {
        self.refunds.get(&id).ok_or("unknown_refund")
    }

    pub(crate) fn request_refund(
        &self,
        at: Time,
        actor: Actor,
        c: &RequestRefund,
    ) -> Result<Change, Code> {
        let order = self.order(c.order)?;
        let asked = c.lines.as_deref().unwrap_or_default();
        if asked.iter().any(|asked| order.line(&asked.sku).is_none()) {
            return Err("unknown_sku");
        }
        self.authorise(actor, c.clone())?;
        if order.paid.is_none() {
            return Err("not_paid");
        }
        if actor != Actor::Operator && self.window_ended(order).is_some_and(|end| at > end) {
            return Err("window_passed");
        }
        let lines = self.asked_units(order, c.kind, asked)?;
        let claimed = form::fee(c.return_shipping.as_ref(), self.opened().decimals)?;
        if claimed > self.campaigns[&order.campaign].return_cap {
            return Err("over_shipping_cap");
        }
        let refund = Refund {
            id: c.refund,
            order: c.order,
            kind: c.kind,
            lines,
            asked_by: actor.person(),
            claimed,
            status: RefundStatus::Requested,
            waived: false,
            returned: false,
            owed: 0,
            paid: 0,
        };
        Ok(Change { refunds: vec![refund], ..Change::default() })
    }

    /// What is asked for, if so much is left unasked in all lines, and shipped where goods come back.
    fn asked_units(
        &self,
        order: &Order,
        kind: RefundKind,
        asked: &[SkuQuantity],
    ) -> Result<Vec<(String, i128)>, Code> {
        let mut lines = Vec::new();
        for asked in asked {
            let line = order.line(&asked.sku).unwrap();
            let units = i128::from(asked.quantity);
            let (refund_only, returns) = self.asked_back(order.id, &asked.sku);
            if units > line.left() - refund_only - returns {
                return Err("nothing_to_refund");
            }
            lines.push((asked.sku.to_string(), units));
        }
        for (sku, units) in &lines {
            let line = order.line(sku).unwrap();
            let (refund_only, returns) = self.asked_back(order.id, sku);
            // Of what was shipped and is there, requests hold some.
            let shipped = line.underway() + line.in_hand();
            let held = returns + (refund_only - line.unshipped()).max(0);
            if kind == RefundKind::Return && *units > shipped - held {
                return Err("not_shipped");
            }
        }
        Ok(lines)
    }

    /// When the after-sales window ended or will end: counted from the last receipt, once every unit left
    /// is received.
    pub(crate) fn window_ended(&self, order: &Order) -> Option<Time> {
        let days = self.campaigns[&order.campaign].after_sales_days;
        if order.units_not_received() > 0 {
            return None;
        }
        order.last_received_at.map(|last| days_later(last, days))
    }

    pub(crate) fn approve_refund(&self, actor: Actor, c: &ApproveRefund) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        let mut order = self.orders[&refund.order].clone();
        let campaign = &self.campaigns[&order.campaign];
        self.authorise(actor, c.clone())?;
        if refund.status != RefundStatus::Requested {
            return Err("already_decided");
        }
        let bearing = match c.goods_borne_by {
            None | Some(GoodsBorneBy::Reverse) => Bearing::Reverse,
            Some(GoodsBorneBy::Role(role)) => Bearing::Goodwill(role),
        };
        let shipping_borne_by = c.return_shipping_borne_by.unwrap_or(campaign.return_borne_by);
        let bears_goods = if let Bearing::Goodwill(role) = bearing { Some(role) } else { None };
        if bears_goods
            .into_iter()
            .chain([shipping_borne_by])
            .any(|role| order.party(role).is_none())
        {
            return Err("bad_terms");
        }
        let granted = match &c.return_shipping {
            None => refund.claimed,
            Some(amount) => form::money(amount, self.opened().decimals)?,
        };
        if granted > refund.claimed || c.amount.is_some() {
            return Err("bad_amount");
        }
        let mut change = Change::default();
        let mut owed = granted;
        for (sku, units) in &refund.lines {
            owed += order.refund_units(&mut change, sku, *units, refund.kind, bearing);
        }
        order.post(&mut change, shipping_borne_by, Purpose::ReturnShipping, granted);
        let all_before_shipment = !order.anything_shipped() && order.units_left() == 0;
        if all_before_shipment || c.with_shipping_fee == Some(true) {
            owed += order.return_shipping_fee(&mut change);
        }
        change.post(order.refund_due(), -owed);
        refund.waived = c.waive_return == Some(true);
        refund.owed = owed;
        refund.status = if owed == 0 { RefundStatus::Paid } else { RefundStatus::Approved };
        change.order = Some(order);
        change.refunds = vec![refund];
        Ok(change)
    }

    pub(crate) fn reject_refund(&self, actor: Actor, c: &RejectRefund) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        self.authorise(actor, c.clone())?;
        if refund.status != RefundStatus::Requested {
            return Err("already_decided");
        }
        refund.status = RefundStatus::Rejected;
        Ok(Change { refunds: vec![refund], ..Change::default() })
    }

    pub(crate) fn receive_return(&self, actor: Actor, c: &ReceiveReturn) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        self.authorise(actor, c.clone())?;
        if refund.kind != RefundKind::Return {
            return Err("bad_terms");
        }
        match refund.status {
            RefundStatus::Requested | RefundStatus::Rejected | RefundStatus::Withdrawn => {
                return Err("not_approved");
            }
            RefundStatus::Approved | RefundStatus::Paid => {}
        }
        refund.returned = true;
        Ok(Change { refunds: vec![refund], ..Change::default() })
    }
}

impl Refund {
    /// An approved return whose goods are awaited. One that is paid already waits for nothing.
    pub(crate) fn awaits_goods(&self) -> bool {
        self.status == RefundStatus::Approved
            && self.kind == RefundKind::Return
            && !self.waived
            && !self.returned
    }
}
