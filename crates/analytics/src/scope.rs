//! What a figure is about, and in which local month an instant falls.

use tuanzhang_core::{PartyId, Time};

/// A calendar month of some time zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Month {
    /// Its year.
    pub year: i32,
    /// 1 ..= 12.
    pub month: u32,
}

impl std::fmt::Display for Month {
    /// `2021-12`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A time zone: says in which local month an instant falls. Any `Fn(Time) -> Month` is one.
pub trait Zone {
    /// The local calendar month of an instant.
    fn month(&self, at: Time) -> Month;
}

impl<F: Fn(Time) -> Month> Zone for F {
    fn month(&self, at: Time) -> Month {
        self(at)
    }
}

/// What a figure is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// The whole book.
    Book,
    /// One local month of the records.
    Month(Month),
    /// The orders that came through one leader.
    Leader(PartyId),
}
