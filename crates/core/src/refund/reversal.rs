//! What a refund takes out of an order, and from whom. `domain.md` §3.3 to §3.6.
//!
//! The buyer's side is cumulative: for k of n units floor(paid x k / n), each refund pays the
//! difference. The split follows with what remains: its new parts are those of §3.1 on the remaining
//! value and units, and the event records the differences.

use crate::book::decide::Context;
use crate::book::{Campaign, Line, Order, Read, Seller};
use crate::command::{GoodsBorneBy, RefundKind};
use crate::event::{Base, ExchangedUnits, LineUnits, RefundApproved, RefundCause, RefundLine};
use crate::id::{OrderId, RefundId};
use crate::money::{Money, OutOfRange, share_of};
use crate::order::delivery::line_of;
use crate::order::moving::{Leaving, Mover, line_place};
use crate::rejection::Rejection;
use crate::role::Role;

/// What an approval decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Approval {
    pub(super) goods_borne_by: GoodsBorneBy,
    pub(super) return_shipping: Money,
    pub(super) return_shipping_borne_by: Role,
    pub(super) with_shipping_fee: bool,
    pub(super) waive_return: bool,
    /// Granted of a compensation; none of other kinds.
    pub(super) compensation: Option<Money>,
    pub(super) compensation_borne_by: Role,
}

/// The order that a refund is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    pub(super) refund: RefundId,
    pub(super) id: OrderId,
    pub(super) order: &'a Order,
    pub(super) campaign: &'a Campaign,
    pub(super) seller: Option<&'a Seller>,
}

/// The event of an approved refund: what is owed to the buyer, and who bears it.
pub(super) fn approved<S: Read>(
    cx: &Context<'_, S>,
    of: Of<'_>,
    kind: RefundKind,
    units: &[LineUnits],
    approval: Approval,
    cause: Option<RefundCause>,
) -> Result<RefundApproved, Rejection> {
    let mut mover = Mover::new(cx.head, of.campaign, of.order);
    let mut due = Money::ZERO;
    let exchanged =
        if kind == RefundKind::Exchange { exchanged(of.order, units)? } else { Vec::new() };
    let units = if kind == RefundKind::Exchange { &[] } else { units };
    let mut lines = Vec::with_capacity(units.len());
    for (index, units) in units.iter().enumerate() {
        let place = line_place(index)?;
        let line = line_of(of.order, units)?;
        let refunded = refund_line(line, kind, units)?;
        due = due.plus(refunded.paid)?;
        match approval.goods_borne_by {
            GoodsBorneBy::Reverse => {
                let RefundLine { quantity, list, paid, .. } = refunded;
                mover.take_out(of.seller, line, place, Leaving { units: quantity, list, paid })?;
            }
            GoodsBorneBy::Role(role) => mover.bear(Base::Goodwill, place, role, refunded.paid),
        }
        lines.push(refunded);
    }
    let shipping_fee = shipping_fee(of.order, units, approval.with_shipping_fee);
    if !shipping_fee.is_zero() {
        mover.earn(Base::Shipping, 0, of.campaign.terms.shipping.to, shipping_fee.negated());
    }
    if !approval.return_shipping.is_zero() {
        mover.bear(
            Base::ReturnShipping,
            0,
            approval.return_shipping_borne_by,
            approval.return_shipping,
        );
    }
    let compensation = approval.compensation.unwrap_or(Money::ZERO);
    if !compensation.is_zero() {
        mover.bear(Base::Compensation, 0, approval.compensation_borne_by, compensation);
    }
    let due = due.plus(shipping_fee)?.plus(approval.return_shipping)?.plus(compensation)?;
    Ok(RefundApproved {
        refund: of.refund,
        order: of.id,
        buyer: of.order.buyer,
        cause,
        goods_borne_by: approval.goods_borne_by,
        return_shipping: approval.return_shipping,
        return_shipping_borne_by: approval.return_shipping_borne_by,
        with_shipping_fee: approval.with_shipping_fee,
        waive_return: approval.waive_return,
        compensation: approval.compensation,
        compensation_borne_by: approval.compensation_borne_by,
        shipping_fee,
        due,
        lines,
        exchanged,
        moved: mover.finish()?,
        withdrawn: Vec::new(),
    })
}

/// The units of an exchange: received ones before those under way. `domain.md` §11 *Units*.
fn exchanged(order: &Order, units: &[LineUnits]) -> Result<Vec<ExchangedUnits>, Rejection> {
    let taken = |units: &LineUnits| {
        let received = units.quantity.min(line_of(order, units)?.with_buyer());
        Ok(ExchangedUnits { sku: units.sku.clone(), quantity: units.quantity, received })
    };
    units.iter().map(taken).collect()
}

/// Where a line's refunds count from: its placing, or the adjustment of its price. `domain.md` §3.3, §3.4.
struct Counted {
    units: u32,
    returned: u32,
    refunded: Money,
    list_refunded: Money,
}

/// What returning units of a line comes to: the floor of what all of them that are returned come to, less what
/// was refunded. `domain.md` §3.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Returning {
    /// The amount that all units came to: P.
    pub amount: Money,
    /// All units: n.
    pub units: u32,
    /// Units returned, these included: k.
    pub returned: u32,
    /// floor(P x k / n).
    pub in_all: Money,
    /// Of it refunded before.
    pub before: Money,
    /// The difference; nothing where an approval that was undone had left more behind.
    pub step: Money,
}

impl Line {
    /// What returning so many more units takes off what the buyer paid for the line, and off its list amount.
    ///
    /// # Errors
    /// [`OutOfRange`] only for amounts or units that no line has.
    pub fn returning(&self, units: u32) -> Result<(Returning, Returning), OutOfRange> {
        let after = self.returned().saturating_add(units);
        let counted = self.counted();
        Ok((
            counted.step(self.paid(), after, self.refunded, counted.refunded)?,
            counted.step(self.list, after, self.list_refunded, counted.list_refunded)?,
        ))
    }

    fn counted(&self) -> Counted {
        let basis = self.adjusted.as_deref();
        let returned = basis.map_or(0, |basis| basis.returned);
        Counted {
            units: self.quantity.saturating_sub(returned),
            returned,
            refunded: basis.map_or(Money::ZERO, |basis| basis.refunded),
            list_refunded: basis.map_or(Money::ZERO, |basis| basis.list_refunded),
        }
    }
}

impl Counted {
    /// What `after` units returned in all come to, less what was refunded; nothing where an approval that
    /// was undone had left more behind. `domain.md` §3.3, §11 *Reopened orders*.
    fn step(
        &self,
        of: Money,
        after: u32,
        refunded: Money,
        before: Money,
    ) -> Result<Returning, OutOfRange> {
        let returned = after.saturating_sub(self.returned);
        let (amount, units) = (of.minus(before)?, self.units);
        let in_all = share_of(amount, returned, units)?;
        let before = refunded.minus(before)?;
        let step = in_all.minus(before)?.max(Money::ZERO);
        Ok(Returning { amount, units, returned, in_all, before, step })
    }
}

/// The buyer's side of one line, and where its units are: unshipped ones first and replacements not
/// sent (unless they come back), then received ones, then those under way. `domain.md` §3.3, §11 *Units*, *Before shipment*.
fn refund_line(line: &Line, kind: RefundKind, units: &LineUnits) -> Result<RefundLine, Rejection> {
    let quantity = units.quantity;
    let (paid, list) = line.returning(quantity)?;
    let (paid, list) = (paid.step, list.step);
    let unshipped = match kind {
        RefundKind::RefundOnly | RefundKind::Compensation => quantity.min(line.unshipped()),
        RefundKind::Return | RefundKind::Exchange => 0,
    };
    let rest = quantity.saturating_sub(unshipped);
    let replaceable = match kind {
        RefundKind::RefundOnly | RefundKind::Compensation => rest.min(line.replaceable()),
        RefundKind::Return | RefundKind::Exchange => 0,
    };
    let received = rest.saturating_sub(replaceable).min(line.with_buyer());
    // Beyond those under way only a refund of everything goes: what an exchange still awaits.
    let shipped = received.saturating_add(line.under_way());
    let unreplaced = replaceable.max(rest.saturating_sub(shipped));
    let sku = line.sku.clone();
    Ok(RefundLine { sku, quantity, unshipped, received, unreplaced, list, paid })
}

/// The shipping fee goes back once: with the last unit when nothing was shipped, or when the approval
/// says so. `domain.md` §3.5, §11 *Shipping fee*.
fn shipping_fee(order: &Order, units: &[LineUnits], asked: bool) -> Money {
    let refunded = units.iter().fold(0_u64, |sum, line| sum.saturating_add(line.quantity.into()));
    // Without a live unit it went back with the last one.
    let last_unit = order.shipped.is_none() && refunded == order.live();
    if !order.shipping_returned && (asked || last_unit) { order.shipping } else { Money::ZERO }
}

/// The refund of everything that is left of an order, opened by the book itself and approved at once.
/// `domain.md` §5, §11 *Cancelling, unformed*.
pub(crate) fn everything<S: Read>(
    cx: &Context<'_, S>,
    order: &Order,
    id: OrderId,
    cause: RefundCause,
) -> Result<RefundApproved, Rejection> {
    let units = crate::order::units::all_left(order, Line::left);
    if units.is_empty() {
        return Err(Rejection::NothingToRefund { left: 0, requested: 0 });
    }
    let campaign = crate::campaign::find(cx.state, order.campaign)?;
    let seller = cx.state.get::<Seller>(&(order.campaign, order.seller));
    let refund = super::own_id(cx.state, id, cause.word());
    let approval = Approval {
        goods_borne_by: GoodsBorneBy::Reverse,
        return_shipping: Money::ZERO,
        return_shipping_borne_by: campaign.terms.return_shipping.borne_by,
        with_shipping_fee: true,
        waive_return: false,
        compensation: None,
        compensation_borne_by: Role::Operator,
    };
    let of = Of { refund, id, order, campaign, seller };
    approved(cx, of, RefundKind::RefundOnly, &units, approval, Some(cause))
}
