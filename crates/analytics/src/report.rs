//! The report: every family's tables, and what they cover.

use std::borrow::Cow;
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
    /// The days that are counted.
    pub window: Window,
    /// The day as of which lifecycle, recency and exposure are told; none before the first event.
    pub as_of: Option<Day>,
    /// The day of the first paid order of a known buyer up to then: what tells how long buyers could have come
    /// again. None where nobody has bought.
    pub first_bought: Option<Day>,
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
            first_bought: view.firsts().map(|first| first.day).min(),
            tables,
        }
    }

    /// Every family's figures of several books together, and the books side by side.
    ///
    /// # Errors
    /// [`MergeError`]: the books have no figures together.
    pub fn of_books(books: &[Facts], settings: &Settings) -> Result<Self, MergeError> {
        let Some(all) = merged(books)? else { return Ok(Self::of(&nothing(), settings)) };
        let mut report = Self::of(&all, settings);
        if books.len() > 1 {
            report.tables.insert(0, figures::groups(books, settings));
        }
        Ok(report)
    }

    /// Every buyer with their orders, net, first and last day, lifecycle and scores: as long as the group,
    /// so no part of a report.
    ///
    /// # Errors
    /// [`MergeError`]: the books have no figures together.
    pub fn buyers(books: &[Facts], settings: &Settings) -> Result<Table, MergeError> {
        let all = merged(books)?;
        let nothing = nothing();
        Ok(figures::by_buyer(&View::new(all.as_deref().unwrap_or(&nothing), settings)))
    }

    /// The table of a key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.key == key)
    }
}

fn nothing() -> Facts {
    Facts::new(Arc::new(Utc))
}

/// All books together; a single one as it is.
fn merged(books: &[Facts]) -> Result<Option<Cow<'_, Facts>>, MergeError> {
    let [first, others @ ..] = books else { return Ok(None) };
    let mut all = Cow::Borrowed(first);
    for other in others {
        all.to_mut().merge(other)?;
    }
    Ok(Some(all))
}
