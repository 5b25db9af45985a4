//! The figures of books: folded, and printed as JSON, CSV or tables.

mod csv;
mod json;
mod people;

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use tuanzhang_analytics::{Day, Facts, Report, Settings, Table, Zone};
use tuanzhang_core::{Event, Record, Time};

pub(crate) use self::csv::write_csv;
pub(crate) use json::node;
pub(crate) use people::write;

use crate::book_url::BookUrl;
use crate::failure::{Failure, chain};
use crate::fold::{walk_activity, walk_book};

/// Days of a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local(Tz);

impl Local {
    /// The zone of an IANA name; none where this program doesn't know it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }
}

impl Zone for Local {
    fn name(&self) -> &str {
        self.0.name()
    }

    /// An instant beyond the calendar counts as the first of 1970.
    fn day(&self, at: Time) -> Day {
        let instant = DateTime::<Utc>::from_timestamp_micros(at.micros()).unwrap_or_default();
        let local = instant.with_timezone(&self.0);
        let date = NaiveDate::from_ymd_opt(local.year(), local.month(), local.day());
        Day::of(date.unwrap_or_default())
    }
}

/// Folds a book and its activity with the days of a zone: the one asked for, else the book's own.
pub(crate) fn facts(url: &BookUrl, zone: Option<&Local>) -> Result<Facts, Failure> {
    let mut facts = zone.map(|zone| Facts::new(Arc::new(*zone)));
    walk_book(url, &mut |record| {
        let facts = facts.get_or_insert_with(|| Facts::new(own_zone(record)));
        facts.record(record).map_err(|error| Failure::Store(format!("{url}: {}", chain(&error))))
    })?;
    let nothing = || Failure::Input(format!("{url} holds no record; nothing to report on"));
    let mut facts = facts.ok_or_else(nothing)?;
    walk_activity(url, &mut |record| {
        let taken = facts.activity(record.position, &record.entries);
        taken.map_err(|error| Failure::Store(format!("{url}, activity: {}", chain(&error))))
    })?;
    Ok(facts)
}

/// The zone that a book was opened with; UTC, and a word on it, where this program doesn't know it.
fn own_zone(first: &Record) -> Arc<dyn Zone> {
    let asked = first.events.iter().find_map(|event| {
        if let Event::BookOpened(opened) = event { Some(opened.timezone.as_str()) } else { None }
    });
    let asked = asked.unwrap_or("UTC");
    Arc::new(Local::named(asked).unwrap_or_else(|| {
        use std::io::Write;
        let text = "is not known to this program; days are counted in UTC";
        let _ = writeln!(std::io::stderr(), "tuanzhang: the book's time zone {asked} {text}");
        Local(Tz::UTC)
    }))
}

/// The facts of books, all with the same days.
pub(crate) fn facts_of(urls: &[BookUrl], zone: Option<&Local>) -> Result<Vec<Facts>, Failure> {
    let mut books: Vec<Facts> = Vec::with_capacity(urls.len());
    for url in urls {
        // The first book's zone is that of the others' days, too: one report has one kind of day.
        let first = books.first().and_then(|first| Local::named(first.zone()));
        books.push(facts(url, zone.or(first.as_ref()))?);
    }
    Ok(books)
}

/// The report of books, together and side by side.
pub(crate) fn report(books: &[Facts], settings: &Settings) -> Result<Report, Failure> {
    Report::of_books(books, settings).map_err(|error| Failure::Input(error.to_string()))
}

/// Every buyer of books.
pub(crate) fn buyers(books: &[Facts], settings: &Settings) -> Result<Table, Failure> {
    Report::buyers(books, settings).map_err(|error| Failure::Input(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_books_zone() {
        let at: Time = "2021-11-30T16:30:00Z".parse().unwrap();
        assert_eq!(Local(Tz::Asia__Shanghai).day(at).to_string(), "2021-12-01");
        assert_eq!(Local(Tz::UTC).day(at).to_string(), "2021-11-30");
    }
}
