//! Who sent a command. The app authenticates; the book authorises. `domain.md` §7.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{BuyerId, PartyId};

/// The sender of a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Who runs the book.
    Operator,
    /// The clock: duties only.
    System,
    /// A leader.
    Leader(PartyId),
    /// A supplier.
    Supplier(PartyId),
    /// A buyer.
    Buyer(BuyerId),
}

impl Actor {
    /// The id behind the actor, whatever its role; none for operator and system.
    pub const fn person(self) -> Option<Uuid> {
        match self {
            Self::Operator | Self::System => None,
            Self::Leader(id) | Self::Supplier(id) => Some(id.uuid()),
            Self::Buyer(id) => Some(id.uuid()),
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
            Self::Leader(id) => write!(f, "leader:{id}"),
            Self::Supplier(id) => write!(f, "supplier:{id}"),
            Self::Buyer(id) => write!(f, "buyer:{id}"),
        }
    }
}
