//! The figures of books: folded, and printed as JSON, CSV or tables.

mod csv;
mod json;
mod names;
mod people;

use std::sync::Arc;

use tuanzhang_analytics::{Facts, Report, Settings, Table};

pub(crate) use self::csv::write_csv;
pub(crate) use json::node;
pub(crate) use names::Names;
pub(crate) use people::write;

use crate::book_url::BookUrl;
use crate::failure::{Failure, chain};
use crate::fold::{AsOf, walk_activity, walk_book};
use crate::zone::Local;

/// Folds a book and its activity with the days of a zone: the one asked for, else the book's own.
pub(crate) fn facts(url: &BookUrl, as_of: AsOf, zone: Option<&Local>) -> Result<Facts, Failure> {
    let mut facts = zone.map(|zone| Facts::new(Arc::new(*zone)));
    let source = url.read_only()?;
    walk_book(url, &source, as_of, &mut |record| {
        let facts = facts.get_or_insert_with(|| Facts::new(Arc::new(Local::of_book(record))));
        facts.record(record).map_err(|error| Failure::Store(format!("{url}: {}", chain(&error))))
    })?;
    let nothing = || Failure::Input(format!("{url} holds no record; nothing to report on"));
    let mut facts = facts.ok_or_else(nothing)?;
    walk_activity(&source, as_of.time(), &mut |record| {
        let taken = facts.activity(record.position, &record.entries);
        taken.map_err(|error| Failure::Store(format!("{url}, activity: {}", chain(&error))))
    })?;
    Ok(facts)
}

/// The facts of books, all with the same days.
pub(crate) fn facts_of(
    urls: &[BookUrl],
    as_of: AsOf,
    zone: Option<&Local>,
) -> Result<Vec<Facts>, Failure> {
    let mut books: Vec<Facts> = Vec::with_capacity(urls.len());
    for url in urls {
        // The first book's zone is that of the others' days, too: one report has one kind of day.
        let first = books.first().and_then(|first| Local::named(first.zone()));
        books.push(facts(url, as_of, zone.or(first.as_ref()))?);
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
