//! Leaders and suppliers: who takes part in a book besides its operator and its buyers.

mod register_leader;
mod register_supplier;

pub use register_leader::RegisterLeader;
pub use register_supplier::RegisterSupplier;

use crate::book::{Party, PartyKind, Read};
use crate::id::PartyId;
use crate::rejection::Rejection;

/// A registered leader, and who recruited her.
pub(crate) fn leader<S: Read>(state: &S, party: PartyId) -> Result<Option<PartyId>, Rejection> {
    match state.get::<Party>(&party).map(|party| party.kind) {
        Some(PartyKind::Leader { upline }) => Ok(upline),
        Some(PartyKind::Supplier { .. }) | None => {
            Err(Rejection::UnknownParty { role: "leader", party })
        }
    }
}

/// A registered supplier, and its payment terms in days.
pub(crate) fn supplier<S: Read>(state: &S, party: PartyId) -> Result<u32, Rejection> {
    match state.get::<Party>(&party).map(|party| party.kind) {
        Some(PartyKind::Supplier { terms_days }) => Ok(terms_days),
        Some(PartyKind::Leader { .. }) | None => {
            Err(Rejection::UnknownParty { role: "supplier", party })
        }
    }
}
