//! Refunds: asked for, approved, rejected or withdrawn, goods back or lapsed, paid.

mod approve;
mod lapse;
pub(crate) mod pay;
mod receive_return;
mod reject;
mod reopen;
mod request;
mod reversal;
mod unformed;
mod withdraw;

pub use approve::ApproveRefund;
pub use lapse::LapseReturn;
pub use pay::RecordRefundPayment;
pub use receive_return::ReceiveReturn;
pub use reject::RejectRefund;
pub use request::RequestRefund;
pub use unformed::RefundUnformed;
pub use withdraw::WithdrawRefund;

pub use reversal::Returning;
pub(crate) use reversal::everything;

use crate::book::apply::{Broken, known};
use crate::book::{Order, Read, Refund, RefundStatus, State};
use crate::command::RefundKind;
use crate::id::{OrderId, RefundId};
use crate::record::Position;
use crate::rejection::Rejection;

/// The refund of an id.
pub(crate) fn find<S: Read>(state: &S, refund: RefundId) -> Result<&Refund, Rejection> {
    state.get::<Refund>(&refund).ok_or(Rejection::UnknownRefund { refund })
}

/// The id of a refund that the book opens itself: UUIDv5(order, `name`). Where somebody took that id for
/// a refund of their own, the first of UUIDv5(order, `name/2`), `name/3`, … that is free: nobody can stand in
/// the way of a cancellation by naming its refund first. `domain.md` §5.
pub(crate) fn own_id<S: Read>(state: &S, order: OrderId, name: &str) -> RefundId {
    let mut id = RefundId::derived(order.uuid(), name);
    let mut number = 1_u64;
    while state.get::<Refund>(&id).is_some() {
        number = number.saturating_add(1);
        id = RefundId::derived(order.uuid(), &format!("{name}/{number}"));
    }
    id
}

/// Whether a refund is asked for and not decided.
pub(crate) fn is_open<S: Read>(state: &S, refund: RefundId) -> bool {
    state.get::<Refund>(&refund).is_some_and(|refund| refund.status == RefundStatus::Requested)
}

/// The requests of an order that are open.
pub(crate) fn open_requests<S: Read>(state: &S, order: &Order) -> Vec<RefundId> {
    order.refunds.iter().copied().filter(|refund| is_open(state, *refund)).collect()
}

/// Refuses a refund that was decided already.
pub(crate) fn requested_only(refund: &Refund) -> Result<(), Rejection> {
    match (refund.status, refund.ended.or(refund.decided)) {
        (RefundStatus::Requested, _) => Ok(()),
        (_, position) => Err(Rejection::AlreadyDecided {
            field: "status",
            position: position.unwrap_or(refund.position),
        }),
    }
}

/// A request was answered: its units are no longer under an open request.
pub(crate) fn answer_request<S: State>(
    state: &mut S,
    id: RefundId,
    status: RefundStatus,
    position: Position,
) -> Result<(), Broken> {
    let refund = known::<Refund, _>(state, &id, "an unknown refund")?;
    if refund.status != RefundStatus::Requested {
        return Err(Broken("a refund is decided twice"));
    }
    refund.status = status;
    refund.decided = Some(position);
    let (order, kind, lines) = (refund.order, refund.kind, refund.lines.clone());
    let order = known::<Order, _>(state, &order, "an unknown order")?;
    for (place, units) in lines {
        let line = usize::try_from(place).ok().and_then(|place| order.lines.get_mut(place));
        let line = line.ok_or(Broken("an unknown line"))?;
        let answered = match kind {
            RefundKind::RefundOnly => &mut line.answered,
            RefundKind::Return | RefundKind::Exchange => &mut line.answered_return,
            RefundKind::Compensation => continue,
        };
        *answered = answered.saturating_add(u64::from(units));
    }
    Ok(())
}
