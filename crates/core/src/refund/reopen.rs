//! Undoing an approval whose goods never came: entries opposite to its own. `domain.md` §11 *Reopened
//! orders*.
//!
//! Reads the refund, its approval as it was recorded, the order and its campaign. The amounts are the
//! approval's, with the sign changed; only the accounts are those of this moment. Nothing is rounded
//! here: the next refund of the line moves the split from what the parts hold to what §3.1 asks.

use crate::book::apply::{Broken, add, count, known};
use crate::book::decide::Context;
use crate::book::{Line, Order, Read, Refund, RefundStatus, State};
use crate::command::GoodsBorneBy;
use crate::event::{Base, Part, RefundApproved, Reopened};
use crate::id::RefundId;
use crate::money::Money;
use crate::order::moving::{Mover, fold_parts, hold};
use crate::order::place::redo_paid;
use crate::record::Position;
use crate::rejection::Rejection;

/// What undoes an approval.
pub(super) fn reopened<S: Read>(
    cx: &Context<'_, S>,
    approval: &RefundApproved,
) -> Result<Reopened, Rejection> {
    let order = crate::order::units::find(cx.state, approval.order)?;
    let campaign = crate::campaign::find(cx.state, order.campaign)?;
    let mut mover = Mover::new(cx.head, campaign, order);
    for Part { base, line, role, amount, .. } in approval.moved.parts.iter().copied() {
        match base {
            Base::Goods | Base::Shipping | Base::Balance => {
                mover.earn(base, line, role, amount.negated());
            }
            Base::Discount
            | Base::Goodwill
            | Base::ReturnShipping
            | Base::Compensation
            | Base::Fee => mover.bear(base, line, role, amount),
        }
    }
    Ok(Reopened {
        order: approval.order,
        buyer: approval.buyer,
        due: approval.due,
        shipping_fee: approval.shipping_fee,
        reversed: approval.goods_borne_by == GoodsBorneBy::Reverse,
        lines: approval.lines.clone(),
        exchanged: approval.exchanged.clone(),
        moved: mover.finish()?,
    })
}

impl Reopened {
    /// Ends the refund and takes out of its order what the approval had added.
    pub(super) fn fold<S: State>(
        &self,
        state: &mut S,
        id: RefundId,
        status: RefundStatus,
        position: Position,
    ) -> Result<(), Broken> {
        let refund = known::<Refund, _>(state, &id, "an unknown refund")?;
        if refund.approval.take().is_none() || refund.order != self.order {
            return Err(Broken("an approval is undone that can't be"));
        }
        refund.status = status;
        refund.ended = Some(position);
        refund.due = Money::ZERO;
        let waived = refund.waived;
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        let (campaign, buyer, before) = (order.campaign, order.buyer, order.live());
        let mut live_again = Vec::with_capacity(self.lines.len());
        for (refunded, place) in self.lines.iter().zip(0_u16..) {
            let line = line_mut(order, refunded.sku.as_str())?;
            less(&mut line.refunded_received, refunded.received)?;
            less(&mut line.refunded_under_way, rest(refunded.quantity, refunded.received)?)?;
            add(&mut line.refunded, refunded.paid.negated())?;
            add(&mut line.list_refunded, refunded.list.negated())?;
            if self.reversed {
                count(&mut line.split_quantity, refunded.quantity)?;
            }
            fold_parts(line, &self.moved, place)?;
            live_again.push((line.item, refunded.quantity));
        }
        for taken in &self.exchanged {
            let line = line_mut(order, taken.sku.as_str())?;
            less(&mut line.exchanged_received, taken.received)?;
            less(&mut line.exchanged_under_way, rest(taken.quantity, taken.received)?)?;
            if waived {
                less(&mut line.exchanged_back, taken.quantity)?;
            }
            line.refunded_where_they_are()?;
        }
        if !self.shipping_fee.is_zero() {
            order.shipping_returned = false;
        }
        hold(order, &self.moved)?;
        let after = order.live();
        crate::campaign::recount(state, campaign, buyer, before, after)?;
        for (item, units) in live_again {
            redo_paid(state, campaign, buyer, item, units)?;
        }
        Ok(())
    }
}

impl Line {
    /// Units whose replacement was refunded in money are refunded where they are, once nothing replaces them:
    /// with the buyer, else under way.
    fn refunded_where_they_are(&mut self) -> Result<(), Broken> {
        let exchanged = self.exchanged_received.saturating_add(self.exchanged_under_way);
        let excess =
            self.refunded_unreplaced.saturating_add(self.replaced).saturating_sub(exchanged);
        let received = excess.min(self.with_buyer());
        less(&mut self.refunded_unreplaced, excess)?;
        count(&mut self.refunded_received, received)?;
        count(&mut self.refunded_under_way, excess.saturating_sub(received))
    }
}

fn line_mut<'o>(order: &'o mut Order, sku: &str) -> Result<&'o mut Line, Broken> {
    order.lines.iter_mut().find(|line| line.sku.as_str() == sku).ok_or(Broken("an unknown line"))
}

fn rest(quantity: u32, received: u32) -> Result<u32, Broken> {
    quantity.checked_sub(received).ok_or(Broken("more units than were refunded"))
}

fn less(from: &mut u32, units: u32) -> Result<(), Broken> {
    *from = from.checked_sub(units).ok_or(Broken("more units undone than were refunded"))?;
    Ok(())
}
