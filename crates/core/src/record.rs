//! Records: what one accepted command wrote.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::Event;
use crate::time::Time;

/// A record's place in its book: 1, 2, 3, … without gaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// The place before the first record.
    pub const START: Self = Self(0);

    /// The place of this number.
    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next place.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The version of the arithmetic (split, allocation, refund, tier, bearers) that a record followed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RulesVersion(pub u16);

impl RulesVersion {
    /// The arithmetic of this version of the library.
    pub const CURRENT: Self = Self(1);
}

/// What is known of a record besides its events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Head {
    /// Its place.
    pub position: Position,
    /// When it was recorded; never before the record before it.
    pub at: Time,
    /// When it happened outside, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Time>,
    /// Who sent the command.
    pub actor: Actor,
    /// Which arithmetic it followed.
    pub rules: RulesVersion,
}

impl Head {
    /// When it happened: `occurred_at` if that was said, else `at`.
    pub fn happened_at(&self) -> Time {
        self.occurred_at.unwrap_or(self.at)
    }
}

/// What one accepted command wrote, whole or not at all.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Record {
    /// Place, times, actor, rules version.
    pub head: Head,
    /// At least one.
    pub events: Vec<Event>,
}
