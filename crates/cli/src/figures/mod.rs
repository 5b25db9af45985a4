//! The figures of books: folded, and printed as JSON, CSV or tables.

mod csv;
mod json;
mod names;
mod people;

use std::io::{self, Write};
use std::sync::Arc;

use tuanzhang_analytics::{Facts, Report, Settings, Table};
use tuanzhang_core::activity::Happened as Happening;

pub(crate) use self::csv::write_csv;
pub(crate) use json::node;
pub(crate) use names::Names;
pub(crate) use people::write;

use crate::book_url::BookUrl;
use crate::failure::{Failure, chain};
use crate::fold::{AsOf, Business, Happened, walk_activity, walk_happened};
use crate::zone::Local;

/// Folds a book and its activity with the days of a zone: the one asked for, else the book's own. Says what a business
/// time leaves out.
pub(crate) fn facts(
    url: &BookUrl,
    as_of: AsOf,
    zone: Option<&Local>,
) -> Result<(Facts, Option<Business>), Failure> {
    let mut facts = zone.map(|zone| Facts::new(Arc::new(*zone)));
    let source = url.read_only()?;
    let business = walk_happened(url, &source, as_of, &mut |record, happened| {
        let facts = facts.get_or_insert_with(|| Facts::new(Arc::new(Local::of_book(record))));
        let taken = match happened {
            Happened::Yes => facts.record(record),
            Happened::No if facts.covered().is_empty() => {
                let text = "wasn't open yet at that business time; nothing to report on";
                return Err(Failure::input(format!("{url} {text}")));
            }
            Happened::No => facts.pass_by(&record.head),
        };
        taken.map_err(|error| Failure::Store(format!("{url}: {}", chain(&error))))
    })?;
    let nothing = || Failure::Input(format!("{url} holds no record; nothing to report on"));
    let mut facts = facts.ok_or_else(nothing)?;
    walk_activity(&source, as_of.known, &mut |record| {
        let happened = |entry: &&Happening| as_of.business.is_none_or(|until| entry.at <= until);
        let entries: Vec<_> = record.entries.iter().filter(happened).cloned().collect();
        let taken = facts.activity(record.position, &entries);
        taken.map_err(|error| Failure::Store(format!("{url}, activity: {}", chain(&error))))
    })?;
    Ok((facts, business))
}

/// The facts of books, all with the same days; what a business time leaves out of each is said on standard error.
pub(crate) fn facts_of(
    urls: &[BookUrl],
    as_of: AsOf,
    zone: Option<&Local>,
) -> Result<Vec<Facts>, Failure> {
    let mut books: Vec<Facts> = Vec::with_capacity(urls.len());
    for url in urls {
        // The first book's zone is that of the others' days, too: one report has one kind of day.
        let first = books.first().and_then(|first| Local::named(first.zone()));
        let (facts, business) = facts(url, as_of, zone.or(first.as_ref()))?;
        if let Some(business) = business {
            let mut said = Vec::new();
            business.write(&mut said)?;
            let _ = write!(io::stderr(), "tuanzhang: {url}: {}", String::from_utf8_lossy(&said));
        }
        books.push(facts);
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
