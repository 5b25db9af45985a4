//! The report: every family's tables, and what they cover.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{BookId, Position, Time};

use crate::calendar::{Day, Utc, Window};
use crate::facts::Facts;
use crate::figures;
use crate::projection::MergeError;
use crate::settings::Settings;
use crate::table::Table;
use crate::view::View;

/// Up to where a report covers one book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
    /// Every family's figures.
    pub fn of(facts: &Facts, settings: &Settings) -> Self {
        let view = View::new(facts, settings);
        let tables = figures::tables(&view);
        let (currency, decimals) = facts.currency();
        Self {
            books: facts.covered().to_vec(),
            currency: currency.to_owned(),
            decimals,
            zone: facts.zone().to_owned(),
            window: settings.window,
            as_of: facts.last_day().map(|_| view.as_of),
            tables,
        }
    }

    /// Every family's figures of several books together, and the books side by side.
    ///
    /// # Errors
    /// [`MergeError`]: the books have no figures together.
    pub fn of_books(books: &[Facts], settings: &Settings) -> Result<Self, MergeError> {
        let [first, others @ ..] = books else {
            return Ok(Self::of(&Facts::new(Arc::new(Utc)), settings));
        };
        if others.is_empty() {
            return Ok(Self::of(first, settings));
        }
        let mut all = first.clone();
        others.iter().try_for_each(|other| all.merge(other))?;
        let mut report = Self::of(&all, settings);
        report.tables.insert(0, figures::groups(books, settings));
        Ok(report)
    }

    /// Every buyer with their orders, net, first and last day, lifecycle and scores: as long as the group,
    /// so no part of a report.
    pub fn buyers(facts: &Facts, settings: &Settings) -> Table {
        figures::by_buyer(&View::new(facts, settings))
    }

    /// The table of a key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.key == key)
    }
}
