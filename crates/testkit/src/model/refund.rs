//! Refunds: asked for, approved or rejected, goods back.

use tuanzhang_core::command::{GoodsBorneBy, RefundKind, SkuQuantity};
use tuanzhang_core::refund::{ApproveRefund, ReceiveReturn, RejectRefund, RequestRefund};
use tuanzhang_core::{Actor, RefundId, Role, Time};

use super::order::Purpose;
use super::split::step;
use super::units::days_later;
use super::{Bearing, Change, Code, Model, Order, Refund, RefundStatus, Taken, form};

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
        // Cumulative: what is owed for all units refunded then, less what is refunded now.
        let basis = line.basis();
        let after = line.refunded() - basis.returned + units;
        let goods = (step(basis.paid, 0, after, basis.units) - line.refunded_paid).max(0);
        let listed = (step(basis.list, 0, after, basis.units) - line.refunded_list).max(0);
        line.refunded_paid += goods;
        line.refunded_list += listed;
        // A refund_only takes unshipped units first, an owed replacement is one; received units go before
        // units under way.
        let only = kind == RefundKind::RefundOnly;
        let unshipped = if only { units.min(line.unshipped()) } else { 0 };
        let owed = if only { (units - unshipped).min(line.replaceable()) } else { 0 };
        let in_hand = (units - unshipped - owed).min(line.in_hand());
        let underway = (units - unshipped - owed - in_hand).min(line.underway());
        line.refunded_unshipped += unshipped;
        line.refunded_received += in_hand;
        line.refunded_underway += underway;
        // The rest waits for its exchange: only giving everything back takes that.
        line.refunded_owed += units - unshipped - in_hand - underway;
        match bearing {
            Bearing::Goodwill(role) => self.post(change, role, Purpose::Goodwill, goods),
            Bearing::Reverse => {
                let parts_before = self.lines[at].parts.clone();
                let funded = self.funder.is_some();
                let line = &mut self.lines[at];
                line.value -= if funded { listed } else { goods };
                line.units_in_split -= units;
                let parts_after = self.parts(&self.lines[at]);
                for (role, before) in parts_before {
                    self.post(change, role, Purpose::Part, before - parts_after[&role]);
                }
                self.lines[at].parts = parts_after;
                if let Some(funder) = self.funder {
                    self.post(change, funder, Purpose::Discount, goods - listed);
                }
            }
        }
        goods
    }

    /// Units that are exchanged: they stay live, and wait for their replacement.
    pub(crate) fn exchange_units(&mut self, sku: &str, units: i128, waived: bool) {
        let line = self.lines.iter_mut().find(|line| line.sku == sku).unwrap();
        let in_hand = units.min(line.in_hand());
        line.exchanged_received += in_hand;
        line.exchanged_underway += units - in_hand;
        line.exchanged_back += if waived { units } else { 0 };
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
        let amount = c.amount.as_ref().map(|amount| form::money(amount, self.opened().decimals));
        let refund = Refund {
            id: c.refund,
            order: c.order,
            opened_for: None,
            kind: c.kind,
            lines,
            asked_by: actor.person(),
            claimed,
            amount: amount.transpose()?,
            approved_at: None,
            taken: None,
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
            if units > line.left() - refund_only - returns - (line.owed() - line.replaceable()) {
                return Err("nothing_to_refund");
            }
            lines.push((asked.sku.to_string(), units));
        }
        for (sku, units) in &lines {
            let line = order.line(sku).unwrap();
            let (refund_only, returns) = self.asked_back(order.id, sku);
            // Of what was shipped and is there, requests hold some.
            let shipped = line.underway() + line.in_hand();
            let held = returns + (refund_only - line.unshipped() - line.replaceable()).max(0);
            let goes_back = matches!(kind, RefundKind::Return | RefundKind::Exchange);
            if goes_back && *units > shipped - held {
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

    pub(crate) fn approve_refund(
        &self,
        at: Time,
        actor: Actor,
        c: &ApproveRefund,
    ) -> Result<Change, Code> {
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
        let compensates = refund.kind == RefundKind::Compensation;
        let compensation_borne_by = c.compensation_borne_by.unwrap_or(Role::Operator);
        let bears_goods = if let Bearing::Goodwill(role) = bearing { Some(role) } else { None };
        if bears_goods
            .into_iter()
            .chain([shipping_borne_by, compensation_borne_by])
            .any(|role| order.party(role).is_none())
        {
            return Err("bad_terms");
        }
        if !compensates && c.amount.is_some() {
            return Err("bad_terms");
        }
        let granted = match &c.return_shipping {
            None => refund.claimed,
            Some(amount) => form::money(amount, self.opened().decimals)?,
        };
        if granted > refund.claimed {
            return Err("bad_amount");
        }
        let mut change = Change::default();
        let before = order.lines.clone();
        let fee_was_back = order.shipping_returned;
        let mut owed = granted;
        if compensates {
            let asked = refund.amount.unwrap();
            let given = c.amount.as_ref().map(|given| form::money(given, self.opened().decimals));
            let given = given.transpose()?.unwrap_or(asked);
            if given > asked {
                return Err("bad_amount");
            }
            owed += given;
            order.post(&mut change, compensation_borne_by, Purpose::Compensation, given);
        }
        for (sku, units) in &refund.lines {
            if refund.kind == RefundKind::Exchange {
                order.exchange_units(sku, *units, c.waive_return == Some(true));
            } else {
                owed += order.refund_units(&mut change, sku, *units, refund.kind, bearing);
            }
        }
        order.post(&mut change, shipping_borne_by, Purpose::ReturnShipping, granted);
        let all_before_shipment = !order.anything_shipped() && order.units_left() == 0;
        if all_before_shipment || c.with_shipping_fee == Some(true) {
            owed += order.return_shipping_fee(&mut change);
        }
        change.post(order.refund_due(), -owed);
        refund.approved_at = Some(at);
        refund.taken = Some(Taken {
            before,
            after: order.lines.clone(),
            debits: change.debits.clone(),
            with_fee: order.shipping_returned && !fee_was_back,
        });
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
        if !refund.has_goods() {
            return Err("bad_terms");
        }
        match refund.status {
            RefundStatus::Requested
            | RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Lapsed => {
                return Err("not_approved");
            }
            RefundStatus::Approved | RefundStatus::Paid => {}
        }
        let mut order = self.orders[&refund.order].clone();
        if refund.kind == RefundKind::Exchange && !refund.waived {
            for (sku, units) in &refund.lines {
                let line = order.lines.iter_mut().find(|line| line.sku == *sku);
                line.unwrap().exchanged_back += units;
            }
        }
        refund.returned = true;
        Ok(Change { order: Some(order), refunds: vec![refund], ..Change::default() })
    }
}

impl Refund {
    /// Goods come back with it.
    pub(crate) fn has_goods(&self) -> bool {
        matches!(self.kind, RefundKind::Return | RefundKind::Exchange)
    }

    /// An approved return or exchange whose goods are awaited; one that owes nothing too.
    pub(crate) fn awaits_goods(&self) -> bool {
        matches!(self.status, RefundStatus::Approved | RefundStatus::Paid)
            && self.has_goods()
            && !self.waived
            && !self.returned
    }
}
