use crate::command::command;
use crate::id::RefundId;
use smol_str::SmolStr;

command! {
    /// Withdraws a refund that is only requested; the operator also an approved return or exchange while nothing is paid or back. By the operator or the order's buyer.
    WithdrawRefund {
        /// The refund.
        refund: RefundId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::reopen::reopened;
use super::{answer_request, find, requested_only};
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Read, Refund, RefundStatus, State};
use crate::event::{Event, LineUnits, RefundApproved, RefundWithdrawn};
use crate::money::Decimals;
use crate::order::delivery::open_refund;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for WithdrawRefund {
    type Form = Option<Text>;
    type Found<'a> = &'a Refund;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let refund = state.get::<Refund>(&self.refund)?;
        refund.ended.filter(|_| refund.status == RefundStatus::Withdrawn).map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Refund, Rejection> {
        let refund = find(cx.state, self.refund)?;
        let order = crate::order::units::find(cx.state, refund.order)?;
        match cx.actor {
            Actor::Operator => Ok(refund),
            Actor::Buyer(buyer) if Some(buyer) == order.buyer => Ok(refund),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator and the order's buyer may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        refund: &Refund,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let reopened = match refund.approval.as_deref().filter(|_| cx.is_operator()) {
            None => {
                requested_only(refund)?;
                None
            }
            Some(approval) => {
                check_replacements(approval, refund, cx)?;
                check_prices(approval, refund, cx)?;
                Some(reopened(cx, approval)?)
            }
        };
        Ok(vec![RefundWithdrawn { refund: self.refund, reason, reopened }.into()])
    }
}

/// A waived exchange can't be undone once its replacement was sent, refunded, or is asked back.
fn check_replacements<S: Read>(
    approval: &RefundApproved,
    refund: &Refund,
    cx: &Context<'_, S>,
) -> Result<(), Rejection> {
    if !refund.waived {
        return Ok(());
    }
    let order = crate::order::units::find(cx.state, refund.order)?;
    for taken in &approval.exchanged {
        let Some(line) = order.line(taken.sku.as_str()) else { continue };
        if taken.quantity > line.replaceable() {
            let position = refund.decided.unwrap_or(refund.position);
            return Err(Rejection::AlreadyDecided { field: "replacement", position });
        }
        if taken.quantity > line.sendable_again() {
            let units = LineUnits { sku: taken.sku.clone(), quantity: taken.quantity };
            let refund = open_refund(cx.state, order, &units)?;
            return Err(Rejection::RefundOpen { refund });
        }
    }
    Ok(())
}

/// A waived return can't be undone once what was left of its line was adjusted to another price.
fn check_prices<S: Read>(
    approval: &RefundApproved,
    refund: &Refund,
    cx: &Context<'_, S>,
) -> Result<(), Rejection> {
    let order = crate::order::units::find(cx.state, refund.order)?;
    for refunded in &approval.lines {
        let basis = order.line(refunded.sku.as_str()).and_then(|line| line.adjusted.as_deref());
        if let Some(basis) = basis.filter(|basis| Some(basis.position) > refund.decided) {
            return Err(Rejection::AlreadyDecided { field: "price", position: basis.position });
        }
    }
    Ok(())
}

impl Fold for RefundWithdrawn {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let status = RefundStatus::Withdrawn;
        if let Some(reopened) = &self.reopened {
            return reopened.fold(state, self.refund, status, head.position);
        }
        answer_request(state, self.refund, status, head.position)?;
        if let Some(refund) = state.edit::<Refund>(&self.refund) {
            refund.ended = Some(head.position);
        }
        Ok(())
    }
}
