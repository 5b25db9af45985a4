//! Reading a book without writing it: its records in order, folded up to where was asked.
//!
//! One pass, no lock, beside a writer if there is one.

use std::ops::ControlFlow;

use clap::Args;
use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::event::BookOpened;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Event, Record, Time};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, ReadOnly};
use crate::failure::{Failure, chain};
use crate::progress;

/// As of when.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct AsOf {
    /// The state as of this time, RFC 3339 with offset: records after it are left out
    #[arg(long, value_name = "TIME", conflicts_with = "position")]
    at: Option<Time>,
    /// The state after this record
    #[arg(long, value_name = "N")]
    position: Option<u64>,
}

impl AsOf {
    /// All that is there.
    pub(crate) const NOW: Self = Self { at: None, position: None };

    /// The time that was asked for.
    pub(crate) const fn time(&self) -> Option<Time> {
        self.at
    }

    fn is_before(&self, record: &Record) -> bool {
        self.at.is_some_and(|at| record.head.at > at)
            || self.position.is_some_and(|position| record.head.position.get() > position)
    }
}

/// A book's state at some record.
#[derive(Debug)]
pub(crate) struct Folded {
    /// The state; empty if it was asked for before the first record.
    pub(crate) book: Book,
    /// What was set when the book was opened, whatever state was asked for.
    pub(crate) opened: BookOpened,
    /// The time asked for, else that of the last record.
    pub(crate) as_of: Option<Time>,
}

impl Folded {
    pub(crate) fn decimals(&self) -> Decimals {
        self.opened.currency.decimals
    }
}

/// Folds a book up to where was asked.
pub(crate) fn fold(url: &BookUrl, as_of: AsOf) -> Result<Folded, Failure> {
    let source = url.read_only()?;
    let opened = opened(url, &source)?;
    let mut book = Book::default();
    walk_book(url, &source, as_of, &mut |record| {
        apply(&mut book, record).map_err(|error| Failure::store(&error))
    })?;
    let as_of = as_of.at.or_else(|| book.head().map(|head| head.at));
    Ok(Folded { book, opened, as_of })
}

/// Shows each record of a book, in order, up to where was asked.
pub(crate) fn walk_book(
    url: &BookUrl,
    source: &ReadOnly,
    as_of: AsOf,
    seen: &mut dyn FnMut(&Record) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let bar = progress::bar("reading", Some(source.store.head(source.key)?.size));
    let mut reached = 0;
    walk(source, &mut |record| {
        if as_of.is_before(record) {
            return Ok(ControlFlow::Break(()));
        }
        bar.inc(1);
        reached = record.head.position.get();
        seen(record).map(ControlFlow::Continue)
    })?;
    bar.finish_and_clear();
    match as_of.position.filter(|asked| *asked > reached) {
        Some(asked) => {
            Err(Failure::input(format!("{url} ends at position {reached}, not {asked}")))
        }
        None => Ok(()),
    }
}

/// Shows each record of the activity stream beside a book, in order; none where there is no activity. Of a time
/// that was asked for, what was recorded by then.
pub(crate) fn walk_activity(
    source: &ReadOnly,
    at: Option<Time>,
    seen: &mut dyn FnMut(&ActivityRecord) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let streams = source.store.activity()?;
    let bar = progress::bar("reading activity", Some(streams.head(source.key)?.size));
    let mut failed = Ok(());
    streams.read(source.key, 1, &mut |position, bytes| {
        bar.inc(1);
        let step = wire::activity::decode(bytes)
            .map_err(|error| {
                Failure::Store(format!("activity record {position}: {}", chain(&error)))
            })
            .and_then(|record| {
                if at.is_some_and(|at| record.recorded_at > at) {
                    return Ok(ControlFlow::Break(()));
                }
                seen(&record).map(ControlFlow::Continue)
            });
        step.unwrap_or_else(|failure| {
            failed = Err(failure);
            ControlFlow::Break(())
        })
    })?;
    bar.finish_and_clear();
    failed
}

/// What was set when a book was opened.
pub(crate) fn opened(url: &BookUrl, source: &ReadOnly) -> Result<BookOpened, Failure> {
    let bytes = source.store.read_one(source.key, 1)?.unwrap_or_default();
    let first = wire::decode(&bytes)
        .map_err(|error| Failure::Store(format!("record 1: {}", chain(&error))))?;
    match first.events.into_iter().next() {
        Some(Event::BookOpened(opened)) => Ok(opened),
        Some(_) | None => {
            Err(Failure::Store(format!("the first record of {url} opens no book; run an audit")))
        }
    }
}

/// Shows each record of a book, in order, until the visitor breaks or fails.
fn walk(
    source: &ReadOnly,
    visit: &mut dyn FnMut(&Record) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let mut failed = Ok(());
    source.store.read(source.key, 1, &mut |position, bytes| {
        let step = wire::decode(bytes)
            .map_err(|error| Failure::Store(format!("record {position}: {}", chain(&error))))
            .and_then(|record| visit(&record));
        step.unwrap_or_else(|failure| {
            failed = Err(failure);
            ControlFlow::Break(())
        })
    })?;
    failed
}
