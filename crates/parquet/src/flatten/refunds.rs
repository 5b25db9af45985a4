//! Refunds: approved, adjusted, undone, paid. What is undone has rows of its own with the sign changed.

use tuanzhang_core::command::GoodsBorneBy;
use tuanzhang_core::event::{
    Base, ExchangedUnits, Moved, PriceAdjusted, RefundApproved, RefundCause, RefundLine,
    RefundPaid, Reopened,
};
use tuanzhang_core::money::allocate;
use tuanzhang_core::text::Name;
use tuanzhang_core::{Money, OrderId, PartyId, RefundId, Role};

use super::{Flatten, put};
use crate::error::ExportError;
use crate::tables::{RefundLineRow, RefundRow};

/// An approval, or its undoing: what both have.
struct Change<'a> {
    name: &'a str,
    refund: RefundId,
    order: OrderId,
    step: &'a str,
    cause: Option<&'a str>,
    undone: bool,
    goods_borne_by: Option<&'a str>,
    lines: &'a [RefundLine],
    exchanged: &'a [ExchangedUnits],
    shipping_fee: Money,
    due: Money,
    moved: &'a Moved,
}

/// One line of a change: what is taken back of it, units exchanged.
struct ChangedLine<'a> {
    place: i32,
    sku: &'a Name,
    units: i64,
    unshipped: i64,
    exchanged: i64,
    /// Of either, received before.
    received: i64,
    list: Money,
    paid: Money,
}

impl Change<'_> {
    /// An amount of an approval has its sign, one of an undoing the other.
    const fn signed(&self, amount: Money) -> Money {
        if self.undone { amount.negated() } else { amount }
    }

    const fn units(&self, units: i64) -> i64 {
        if self.undone { units.saturating_neg() } else { units }
    }

    /// Who bears a base, and how much: parts debit them when it is approved, credit them when undone.
    fn borne(&self, base: Base) -> Option<(Role, PartyId, Money)> {
        let mut parts = self.moved.parts.iter().filter(|part| part.base == base);
        let part = parts.find(|part| !part.amount.is_zero())?;
        Some((part.role, self.moved.party(part)?, part.amount.negated()))
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    // Amounts of one order: in range, since their total was.
    Money::sum(amounts).unwrap_or(Money::ZERO)
}

impl Flatten<'_> {
    pub(super) fn refund_approved(&mut self, approved: &RefundApproved) -> Result<(), ExportError> {
        self.state.refund(approved.refund, approved.order);
        let goods_borne_by = match approved.goods_borne_by {
            GoodsBorneBy::Reverse => "reverse",
            GoodsBorneBy::Role(role) => role.word(),
        };
        self.change(&Change {
            name: "refund_approved",
            refund: approved.refund,
            order: approved.order,
            step: "approved",
            cause: approved.cause.map(RefundCause::word),
            undone: false,
            goods_borne_by: Some(goods_borne_by),
            lines: &approved.lines,
            exchanged: &approved.exchanged,
            shipping_fee: approved.shipping_fee,
            due: approved.due,
            moved: &approved.moved,
        })
    }

    pub(super) fn undone(
        &mut self,
        name: &str,
        refund: RefundId,
        step: &str,
        reopened: &Reopened,
    ) -> Result<(), ExportError> {
        let mut parts = reopened.moved.parts.iter();
        let goodwill = parts.find(|part| part.base == Base::Goodwill);
        let goods_borne_by =
            if reopened.reversed { Some("reverse") } else { goodwill.map(|part| part.role.word()) };
        self.change(&Change {
            name,
            refund,
            order: reopened.order,
            step,
            cause: None,
            undone: true,
            goods_borne_by,
            lines: &reopened.lines,
            exchanged: &reopened.exchanged,
            shipping_fee: reopened.shipping_fee,
            due: reopened.due,
            moved: &reopened.moved,
        })
    }

    fn change(&mut self, change: &Change<'_>) -> Result<(), ExportError> {
        let order = self.state.sale(change.order, self.moment.position)?.order;
        let goods = sum(change.lines.iter().map(|line| line.paid));
        let return_shipping = change.borne(Base::ReturnShipping);
        let compensation = change.borne(Base::Compensation);
        let goodwill = change.borne(Base::Goodwill);
        let units = change.lines.iter().map(|line| i64::from(line.quantity)).sum();
        let exchanged = change.exchanged.iter().map(|line| i64::from(line.quantity)).sum();
        let amount = |borne: Option<(Role, PartyId, Money)>| borne.map_or(Money::ZERO, |it| it.2);
        let row = RefundRow {
            refund: change.refund,
            order_id: change.order,
            campaign: order.campaign,
            buyer: order.buyer,
            seller: order.seller,
            step: change.step,
            cause: change.cause,
            refunds: change.units(1),
            units: change.units(units),
            exchanged: change.units(exchanged),
            goods_minor: change.signed(goods),
            shipping_fee_minor: change.signed(change.shipping_fee),
            return_shipping_minor: amount(return_shipping),
            compensation_minor: amount(compensation),
            due_minor: change.signed(change.due),
            goods_borne_by: change.goods_borne_by,
            goods_bearer: goodwill.map(|(_, party, _)| party),
            return_shipping_borne_by: return_shipping.map(|(role, _, _)| role.word()),
            return_shipping_bearer: return_shipping.map(|(_, party, _)| party),
            compensation_borne_by: compensation.map(|(role, _, _)| role.word()),
            compensation_bearer: compensation.map(|(_, party, _)| party),
        };
        put(self.sheets, &self.moment, &row)?;
        self.changed_lines(change, row.return_shipping_minor)?;
        let skus: Vec<&Name> = change.lines.iter().map(|line| &line.sku).collect();
        self.parts(change.name, change.order, Some(change.refund), &skus, change.moved)
    }

    /// A row a line. `return_shipping` is signed already.
    fn changed_lines(
        &mut self,
        change: &Change<'_>,
        return_shipping: Money,
    ) -> Result<(), ExportError> {
        let position = self.moment.position;
        let sale = self.state.sale(change.order, position)?;
        let refunded = change.lines.iter().map(|line| {
            let (place, _) = sale.line(&line.sku)?;
            Some(ChangedLine {
                place,
                sku: &line.sku,
                units: i64::from(line.quantity),
                unshipped: i64::from(line.unshipped),
                exchanged: 0,
                received: i64::from(line.received),
                list: line.list,
                paid: line.paid,
            })
        });
        let exchanged = change.exchanged.iter().map(|line| {
            let (place, _) = sale.line(&line.sku)?;
            Some(ChangedLine {
                place,
                sku: &line.sku,
                units: 0,
                unshipped: 0,
                exchanged: i64::from(line.quantity),
                received: i64::from(line.received),
                list: Money::ZERO,
                paid: Money::ZERO,
            })
        });
        let lines: Option<Vec<ChangedLine<'_>>> = refunded.chain(exchanged).collect();
        let unknown = ExportError::Unknown { position, what: "a line of an order" };
        let lines = lines.ok_or(unknown)?;
        let weight = |line: &ChangedLine<'_>| {
            Money::from_minor(line.units.saturating_add(line.exchanged)).unwrap_or(Money::ZERO)
        };
        let weights: Vec<Money> = lines.iter().map(weight).collect();
        let shares = allocate(change.signed(return_shipping), &weights).unwrap_or_default();
        let shares = shares.into_iter().chain(std::iter::repeat(Money::ZERO));
        for (line, share) in lines.iter().zip(shares) {
            let row = RefundLineRow {
                refund: change.refund,
                order_id: change.order,
                campaign: sale.order.campaign,
                buyer: sale.order.buyer,
                seller: sale.order.seller,
                step: change.step,
                line: line.place,
                sku: line.sku.as_str(),
                units: change.units(line.units),
                unshipped: change.units(line.unshipped),
                exchanged: change.units(line.exchanged),
                list_minor: change.signed(line.list),
                paid_minor: change.signed(line.paid),
                return_shipping_minor: change.signed(share),
                received: change.units(line.received),
            };
            put(self.sheets, &self.moment, &row)?;
        }
        Ok(())
    }

    /// A refund of money only: units stay.
    pub(super) fn price_adjusted(&mut self, adjusted: &PriceAdjusted) -> Result<(), ExportError> {
        self.state.refund(adjusted.refund, adjusted.order);
        let lines = [RefundLine {
            sku: adjusted.sku.clone(),
            quantity: 0,
            unshipped: 0,
            received: 0,
            unreplaced: 0,
            list: adjusted.list,
            paid: adjusted.paid,
        }];
        self.change(&Change {
            name: "price_adjusted",
            refund: adjusted.refund,
            order: adjusted.order,
            step: "price_adjusted",
            cause: Some("price"),
            undone: false,
            goods_borne_by: Some("reverse"),
            lines: &lines,
            exchanged: &[],
            shipping_fee: Money::ZERO,
            due: adjusted.paid,
            moved: &adjusted.moved,
        })
    }

    /// The fee that a channel gave back; the money itself is in `postings`.
    pub(super) fn refund_paid(&mut self, paid: &RefundPaid) -> Result<(), ExportError> {
        let order = self.state.order_of(paid.refund);
        let order = order.ok_or_else(|| self.unknown("a refund"))?;
        self.parts("refund_paid", order, Some(paid.refund), &[], &paid.moved)
    }
}
