//! The report: every family's tables, and what they cover.

use tuanzhang_core::money::Decimals;
use tuanzhang_core::{BookId, Position, Time};

use crate::calendar::{Day, Window};
use crate::table::Table;

/// Up to where a report covers one book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Covered {
    /// The book.
    pub book: BookId,
    /// The last record of the book that is in it.
    pub position: Position,
    /// The time of that record; none of a book without records.
    pub at: Option<Time>,
    /// The last record of the book's activity stream that is in it; [`Position::START`] for none.
    pub activity: Position,
}

/// Every family's tables, and what they cover.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The books, in the order in which they were given.
    pub books: Vec<Covered>,
    /// ISO 4217 code of the one currency of all books.
    pub currency: String,
    /// Its decimals.
    pub decimals: Decimals,
    /// IANA name of the zone in which days and months are counted.
    pub zone: String,
    /// The days that are counted; none for all.
    pub window: Option<Window>,
    /// The day as of which lifecycle, recency and exposure are told; none before the first event.
    pub as_of: Option<Day>,
    /// In the order in which they are to be read.
    pub tables: Vec<Table>,
}

impl Report {
    /// The table of a key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.key == key)
    }
}
