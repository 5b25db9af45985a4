//! Refunds of both kinds, partial and repeated, before and after settlement.

use tuanzhang_core::command::{By, Command, GoodsBorneBy, ReasonCode, RefundKind};
use tuanzhang_core::refund::{
    ApproveRefund, LapseReturn, ReceiveReturn, RecordRefundPayment, RejectRefund, RequestRefund,
    WithdrawRefund,
};
use tuanzhang_core::{Actor, OrderId, RefundId, RefundPaymentId, Role};

use super::Life;
use crate::model::{Line, Refund, RefundStatus};

impl Life {
    pub(super) fn request(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(5) {
            true => self.order_where(|_| true)?,
            false => self.order_where(|order| order.paid.is_some() && order.units_left() > 0)?,
        };
        Some(self.request_of(id))
    }

    /// An id for a refund; now and then one that the book would derive for its own, of this order or another.
    fn refund_id(&mut self, order: OrderId) -> RefundId {
        if !self.rng.percent(2) {
            return RefundId::from_bytes(self.rng.id());
        }
        let order = if self.rng.percent(50) { self.order_where(|_| true) } else { Some(order) };
        let order = order.unwrap_or(OrderId::from_bytes([1; 16]));
        let sku = self.model.orders.get(&order).map_or("", |order| &order.lines[0].sku);
        let price = format!("price/{sku}");
        let name = self.rng.one(&["cancelled", "unformed", price.as_str(), "cancelled/2"]);
        RefundId::derived(order.uuid(), name)
    }

    /// Asks back something of an order.
    pub(super) fn request_of(&mut self, id: OrderId) -> (Actor, Command) {
        let order = self.model.orders[&id].clone();
        let goes_back = order.anything_shipped() && self.rng.percent(60);
        let kind = if goes_back { RefundKind::Return } else { RefundKind::RefundOnly };
        let kind = match self.rng.below(20) {
            0..=3 => RefundKind::Exchange,
            4..=5 => RefundKind::Compensation,
            _ => kind,
        };
        let lines = match goes_back {
            true => self.some_lines(id, |line| line.underway() + line.in_hand()),
            false => self.some_lines(id, Line::left),
        };
        let mut c = RequestRefund::new(self.refund_id(id), id, kind);
        if kind != RefundKind::Compensation || self.rng.percent(3) {
            c = c.lines(lines);
        } else if self.rng.percent(30) {
            c = c.lines(Vec::new());
        }
        if (kind == RefundKind::Compensation) != self.rng.percent(2) {
            // An amount where none belongs is a fault of form already; among two the contract names no first.
            let least = i128::from(kind != RefundKind::Compensation);
            let minor = self.minor().max(least);
            c = c.amount(self.money(minor));
        }
        let goes_back = matches!(kind, RefundKind::Return | RefundKind::Exchange);
        if goes_back && self.rng.percent(60) {
            let cap = self.model.campaigns[&order.campaign].return_cap;
            let more = cap + i128::from(self.rng.percent(30));
            let minor = self.rng.one(&[cap, cap / 2, 0, more]);
            c = c.return_shipping(self.money(minor));
        }
        if self.rng.percent(40) {
            c = c.reason_code(self.rng.one(&[ReasonCode::Damaged, ReasonCode::Late]));
        }
        let mut actors = vec![Actor::Operator, Actor::Leader(order.seller)];
        actors.extend(order.buyer.map(Actor::Buyer).iter().flat_map(|buyer| [*buyer; 3]));
        (self.rng.one(&actors), c.into())
    }

    fn refund_where(&mut self, wanted: impl Fn(&Refund) -> bool) -> Option<RefundId> {
        let refunds = self.refunds.iter().filter(|id| wanted(&self.model.refunds[id]));
        let refunds: Vec<RefundId> = refunds.copied().collect();
        self.rng.late(&refunds)
    }

    /// Approves, seldom rejects.
    pub(super) fn decide(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(8) {
            true => self.refund_where(|_| true)?,
            false => self.refund_where(|refund| refund.status == RefundStatus::Requested)?,
        };
        let refund = self.model.refunds[&id].clone();
        let order = self.model.orders[&refund.order].clone();
        let owner = Actor::Leader(order.owner);
        if self.rng.percent(12) {
            let c = RejectRefund::new(id);
            let c = if self.rng.percent(50) { c.reason("没有凭证".into()) } else { c };
            return Some((self.rng.one(&[Actor::Operator, owner]), c.into()));
        }
        let mut c = ApproveRefund::new(id);
        let mut actors = vec![Actor::Operator, Actor::Operator, owner, owner];
        match self.rng.below(10) {
            0..=5 => {}
            6 => c = c.goods_borne_by(GoodsBorneBy::Reverse),
            7 => {
                c = c.goods_borne_by(GoodsBorneBy::Role(Role::Seller));
                actors.push(Actor::Leader(order.seller));
            }
            _ => c = c.goods_borne_by(GoodsBorneBy::Role(self.rng.one(&Role::ALL))),
        }
        if refund.claimed > 0 && self.rng.percent(40) {
            let more = refund.claimed + i128::from(self.rng.percent(10));
            let granted = self.rng.one(&[0, refund.claimed / 2, refund.claimed, more]);
            c = c.return_shipping(self.money(granted));
        }
        if refund.claimed > 0 && self.rng.percent(40) {
            c = c.return_shipping_borne_by(self.rng.one(&Role::ALL));
        }
        if let Some(asked) = refund.amount {
            if self.rng.percent(40) {
                let more = asked + i128::from(self.rng.percent(20));
                let granted = self.rng.one(&[1, asked / 2, asked, more]);
                c = c.amount(self.money(granted));
            }
            if self.rng.percent(60) {
                let bearer = self.rng.one(&Role::ALL);
                let bearer = self.rng.one(&[bearer, Role::Owner, Role::Seller]);
                c = c.compensation_borne_by(bearer);
            }
        } else if self.rng.percent(1) {
            c = c.amount(self.money(1));
        }
        if self.rng.percent(15) {
            c = c.with_shipping_fee(self.rng.percent(80));
        }
        if self.rng.percent(20) {
            c = c.waive_return(self.rng.percent(80));
        }
        Some((self.rng.one(&actors), c.into()))
    }

    pub(super) fn goods_back(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(10) {
            true => self.refund_where(|_| true)?,
            false => self.refund_where(Refund::awaits_goods)?,
        };
        let order = self.model.orders[&self.model.refunds[&id].order].clone();
        let mut actors = vec![Actor::Operator, Actor::Leader(order.owner)];
        actors.extend(order.supplier.map(Actor::Supplier));
        let c = ReceiveReturn::new(id);
        let c = if self.rng.percent(20) { c.reason("完好".into()) } else { c };
        Some((self.rng.one(&actors), c.into()))
    }

    /// Lets a return lapse, mostly once it may.
    pub(super) fn lapse(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(10) {
            true => self.refund_where(|_| true)?,
            false => self.refund_where(Refund::awaits_goods)?,
        };
        let refund = self.model.refunds[&id].clone();
        let campaign = self.model.orders[&refund.order].campaign;
        let days = self.model.campaigns[&campaign].return_within_days;
        if let (Some(approved), true) = (refund.approved_at, self.rng.percent(60)) {
            let due = approved.micros() + days * super::DAY;
            self.now = self.now.max(due - self.rng.within(0, 1));
        }
        let actor = self.rng.one(&[Actor::System, Actor::System, Actor::Operator]);
        Some((actor, LapseReturn::new(id).into()))
    }

    /// Withdraws a request, or as the operator an approved return.
    pub(super) fn withdraw(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.below(10) {
            0 => self.refund_where(|_| true)?,
            1..=4 => self.refund_where(|refund| {
                refund.approved_at.is_some() && refund.has_goods() && !refund.returned
            })?,
            _ => self.refund_where(|refund| refund.status == RefundStatus::Requested)?,
        };
        let refund = self.model.refunds[&id].clone();
        let buyer = self.model.orders[&refund.order].buyer.map(Actor::Buyer);
        let mut actors = vec![Actor::Operator];
        if refund.status == RefundStatus::Requested || self.rng.percent(5) {
            actors.extend(buyer);
        }
        let c = WithdrawRefund::new(id);
        let c = if self.rng.percent(20) { c.reason("不退了".into()) } else { c };
        Some((self.rng.one(&actors), c.into()))
    }

    pub(super) fn refund_payment(&mut self) -> Option<(Actor, Command)> {
        let id = match self.rng.percent(8) {
            true => self.refund_where(|_| true)?,
            false => self.refund_where(|refund| {
                refund.status == RefundStatus::Approved && !refund.awaits_goods()
            })?,
        };
        let refund = self.model.refunds[&id].clone();
        let order = self.model.orders[&refund.order].clone();
        let due = (refund.owed - refund.paid).max(1);
        let minor = match self.rng.below(10) {
            0 => due + 1,
            1..=3 => i128::from(self.rng.within(1, i64::try_from(due).unwrap_or(1))),
            _ => due,
        };
        let own = order.paid.as_ref().and_then(|paid| paid.channel.clone());
        let mut channel = own.unwrap_or_else(|| "wechat".into());
        if self.rng.percent(6) {
            channel = self.channel().into();
        }
        let by = if self.rng.percent(75) { By::Channel } else { By::Transfer };
        let payment = RefundPaymentId::from_bytes(self.rng.id());
        let amount = self.money(minor);
        let mut c = RecordRefundPayment::new(payment, id, by, channel.into(), amount, "r".into());
        if by == By::Channel && self.rng.percent(25) {
            let fee = order.paid.as_ref().map_or(0, |paid| paid.fee - paid.fee_returned);
            let more = fee + i128::from(self.rng.percent(20));
            let fee = self.rng.one(&[0, fee, fee / 2, more]);
            c = c.fee_returned(self.money(fee));
        }
        Some((Actor::Operator, c.into()))
    }
}
