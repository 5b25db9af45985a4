//! Payouts (提现): asked for by a party, then paid or failed.

mod fail;
mod record;
mod request;

pub use fail::FailPayout;
pub use record::RecordPayout;
pub use request::RequestPayout;

use crate::book::apply::{Broken, known};
use crate::book::decide::{Context, Known};
use crate::book::{Payout, PayoutStatus, Read, State};
use crate::id::PayoutId;
use crate::record::Position;
use crate::rejection::Rejection;

/// Where a payout was decided this way.
pub(crate) fn decided<S: Read>(state: &S, id: PayoutId, status: PayoutStatus) -> Option<Known> {
    let payout = state.get::<Payout>(&id)?;
    payout.decided.filter(|_| payout.status == status).map(Known::decided)
}

/// The payout, for the operator; nobody decides on a payout that they asked for.
pub(crate) fn find<'a, S: Read>(
    cx: &Context<'a, S>,
    id: PayoutId,
) -> Result<&'a Payout, Rejection> {
    let payout = cx.state.get::<Payout>(&id).ok_or(Rejection::UnknownPayout { payout: id })?;
    cx.operator_only()?;
    if payout.asked_by == cx.actor {
        return Err(Rejection::SamePerson { actor: cx.actor });
    }
    Ok(payout)
}

/// Refuses a payout that was decided already.
pub(crate) fn requested_only(payout: &Payout) -> Result<(), Rejection> {
    match payout.decided {
        None => Ok(()),
        Some(position) => Err(Rejection::AlreadyDecided { field: "status", position }),
    }
}

/// A payout was decided.
pub(crate) fn decide<S: State>(
    state: &mut S,
    id: PayoutId,
    status: PayoutStatus,
    position: Position,
) -> Result<(), Broken> {
    let payout = known::<Payout, _>(state, &id, "an unknown payout")?;
    if payout.decided.is_some() {
        return Err(Broken("a payout is decided twice"));
    }
    payout.status = status;
    payout.decided = Some(position);
    Ok(())
}
