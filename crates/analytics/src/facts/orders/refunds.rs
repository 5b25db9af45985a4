//! What approvals, price adjustments and what undoes an approval do to an order, and how they are noted.

use tuanzhang_core::event::{
    Base, ExchangedUnits, PriceAdjusted, RefundApproved, RefundLine as EventLine, Reopened,
};
use tuanzhang_core::money::allocate;
use tuanzhang_core::text::Name;
use tuanzhang_core::{Money, OrderId, RefundId, Role};

use super::{Orders, Refund, RefundLine, number};
use crate::calendar::Day;
use crate::facts::ids::Index;
use crate::facts::shop::Shop;

impl Orders {
    pub(crate) fn approved(&mut self, refund: &RefundApproved, day: Day, shop: &mut Shop) {
        let Some(order) = self.find(refund.order) else { return };
        let back = refund.moved.parts.iter().find(|part| part.base == Base::ReturnShipping);
        let bearer = back.and_then(|part| refund.moved.party(part));
        let role = back.map_or(refund.return_shipping_borne_by, |part| part.role);
        let units = units_of(&refund.lines, &refund.exchanged);
        let lines =
            self.refunded(refund.order, &refund.lines, &units, refund.return_shipping, 1, shop);
        self.came_back(refund.order, &refund.lines, &refund.exchanged, 1, shop);
        let goods = refund.lines.iter().map(|line| line.paid.minor()).fold(0, i64::saturating_add);
        self.push(
            Some(refund.refund),
            Refund {
                order,
                day,
                undone: false,
                goods,
                shipping_fee: refund.shipping_fee.minor(),
                return_shipping: refund.return_shipping.minor(),
                compensation: refund.compensation.map_or(0, Money::minor),
                role,
                bearer: bearer.and_then(|party| shop.parties.place(&party)),
                lines,
            },
        );
        self.hold(refund.order, &refund.moved);
    }

    pub(crate) fn adjusted(&mut self, adjusted: &PriceAdjusted, day: Day, shop: &Shop) {
        let Some(order) = self.find(adjusted.order) else { return };
        let paid = adjusted.paid.minor();
        let first = number(self.refund_lines.len());
        let mut item = None;
        if let Some(line) = self.line_of(adjusted.order, &adjusted.sku, shop) {
            line.refunded = line.refunded.saturating_add(paid);
            item = line.item;
        }
        self.refund_lines.push(RefundLine { item, units: 0, paid, return_shipping: 0 });
        self.push(
            Some(adjusted.refund),
            Refund {
                order,
                day,
                undone: false,
                goods: paid,
                shipping_fee: 0,
                return_shipping: 0,
                compensation: 0,
                role: Role::Operator,
                bearer: None,
                lines: (first, 1),
            },
        );
        self.hold(adjusted.order, &adjusted.moved);
    }

    /// Takes back an approval: its return lapsed, or was withdrawn.
    pub(crate) fn reopened(
        &mut self,
        refund: RefundId,
        reopened: &Reopened,
        day: Day,
        shop: &Shop,
    ) {
        let approval = self.approved.find(&refund);
        let approval = approval.and_then(|place| self.approvals.get(place.get()));
        let Some(undone) = approval.and_then(|at| self.refunds.get(at.get())).cloned() else {
            return;
        };
        let back = Money::from_minor(undone.return_shipping).unwrap_or(Money::ZERO);
        let units = units_of(&reopened.lines, &reopened.exchanged);
        let lines = self.refunded(reopened.order, &reopened.lines, &units, back, -1, shop);
        self.came_back(reopened.order, &reopened.lines, &reopened.exchanged, -1, shop);
        self.push(
            None,
            Refund {
                day,
                undone: true,
                goods: undone.goods.saturating_neg(),
                shipping_fee: undone.shipping_fee.saturating_neg(),
                return_shipping: undone.return_shipping.saturating_neg(),
                compensation: undone.compensation.saturating_neg(),
                lines,
                ..undone
            },
        );
        self.hold(reopened.order, &reopened.moved);
    }

    fn push(&mut self, id: Option<RefundId>, refund: Refund) {
        let Some(place) = Index::new(self.refunds.len()) else { return };
        self.refunds.push(refund);
        let known = id.and_then(|id| self.approved.place(&id));
        if known.is_some_and(|known| known.get() == self.approvals.len()) {
            self.approvals.push(place);
        }
    }

    /// Counts a refund's lines on the order's, and notes them with their parts of the return shipping.
    fn refunded(
        &mut self,
        order: OrderId,
        lines: &[EventLine],
        units: &[(Name, u32)],
        return_shipping: Money,
        sign: i64,
        shop: &Shop,
    ) -> (u32, u32) {
        for refunded in lines {
            let Some(line) = self.line_of(order, &refunded.sku, shop) else { continue };
            let paid = refunded.paid.minor().saturating_mul(sign);
            line.refunded = line.refunded.saturating_add(paid);
            line.refunded_units = if sign < 0 {
                line.refunded_units.saturating_sub(refunded.quantity)
            } else {
                line.refunded_units.saturating_add(refunded.quantity)
            };
        }
        let weights = units.iter().map(|(_, units)| Money::from_minor(i64::from(*units)));
        let weights: Vec<_> = weights.map(|weight| weight.unwrap_or(Money::ZERO)).collect();
        let parts = allocate(return_shipping, &weights).unwrap_or_default();
        let first = number(self.refund_lines.len());
        for (at, (sku, _)) in units.iter().enumerate() {
            let item = self.line_of(order, sku, shop).and_then(|line| line.item);
            let line = lines.get(at);
            let own = parts.get(at).copied().unwrap_or(Money::ZERO);
            self.refund_lines.push(RefundLine {
                item,
                units: line.map_or(0, |line| i64::from(line.quantity)).saturating_mul(sign),
                paid: line.map_or(0, |line| line.paid.minor()).saturating_mul(sign),
                return_shipping: own.minor().saturating_mul(sign),
            });
        }
        (first, number(units.len()))
    }

    /// Takes received units that are refunded or exchanged from the buyer, or gives them back to her.
    fn came_back(
        &mut self,
        order: OrderId,
        lines: &[EventLine],
        exchanged: &[ExchangedUnits],
        sign: i64,
        shop: &Shop,
    ) {
        let refunded = lines.iter().map(|line| (&line.sku, line.received));
        let exchanged = exchanged.iter().map(|line| (&line.sku, line.received));
        for (sku, received) in refunded.chain(exchanged) {
            let Some(line) = self.line_of(order, sku, shop) else { continue };
            line.with_buyer = if sign < 0 {
                line.with_buyer.saturating_add(received)
            } else {
                line.with_buyer.saturating_sub(received)
            };
        }
    }
}

/// The units of a refund by line: those that go back, else those that are exchanged.
fn units_of(lines: &[EventLine], exchanged: &[ExchangedUnits]) -> Vec<(Name, u32)> {
    if lines.is_empty() {
        exchanged.iter().map(|line| (line.sku.clone(), line.quantity)).collect()
    } else {
        lines.iter().map(|line| (line.sku.clone(), line.quantity)).collect()
    }
}
