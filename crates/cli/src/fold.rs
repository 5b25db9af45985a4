//! Reading a book without writing it: its records in order, folded up to where was asked.
//!
//! One pass, no lock, beside a writer if there is one.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;

use clap::Args;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::event::BookOpened;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_core::{Event, Position, Record, Time};
use tuanzhang_statement::{AsHappened, LeftOut};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, ReadOnly};
use crate::failure::{Failure, chain};
use crate::node::Node;
use crate::progress;

/// As of when something was known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Args)]
pub(crate) struct Known {
    /// As known at this time, RFC 3339 with offset: records after it are left out
    #[arg(long, value_name = "TIME", conflicts_with = "position")]
    at: Option<Time>,
    /// As known after this record
    #[arg(long, value_name = "N")]
    position: Option<u64>,
}

impl Known {
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

/// As of when: what was known, and of it what had happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Args)]
pub(crate) struct AsOf {
    #[command(flatten)]
    pub(crate) known: Known,
    /// What had happened by this time, RFC 3339 with offset, whenever it was recorded
    #[arg(long, value_name = "TIME")]
    pub(crate) business: Option<Time>,
}

impl AsOf {
    /// All that is there.
    pub(crate) const NOW: Self = Self { known: Known::NOW, business: None };
}

/// A book's state at some record, or at some business time.
#[derive(Debug)]
pub(crate) struct Folded {
    /// The state; empty if it was asked for before the first record.
    pub(crate) book: Book,
    /// What was set when the book was opened, whatever state was asked for.
    pub(crate) opened: BookOpened,
    /// The last record that was read.
    pub(crate) position: Position,
    /// The time asked for, else that of the last record.
    pub(crate) as_of: Option<Time>,
    /// Balances that aren't zero, debits positive.
    pub(crate) balances: BTreeMap<Account, Total>,
    /// Set where a business time was asked for.
    pub(crate) business: Option<Business>,
}

/// What a business time leaves out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Business {
    time: Time,
    /// Known records that happened later.
    not_yet: u64,
    /// Records that had happened, and rest on one that hadn't: they are not in the state.
    left_out: Vec<LeftOut>,
    left_out_count: u64,
}

impl Business {
    fn of(time: Time, view: &AsHappened) -> Self {
        let (left_out, left_out_count) = view.left_out();
        Self { time, not_yet: view.not_yet(), left_out: left_out.to_vec(), left_out_count }
    }

    /// Fields beside those of what is shown.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Node)> {
        let left_out = self.left_out.iter().map(|left_out| {
            Node::Map(vec![
                ("position", left_out.position.get().into()),
                ("why", left_out.why.into()),
            ])
        });
        vec![
            ("business", Node::text(self.time)),
            ("records_not_yet_happened", self.not_yet.into()),
            ("records_left_out", self.left_out_count.into()),
            ("left_out", Node::list(left_out)),
        ]
    }

    /// The time, and how much is later, for people.
    pub(crate) fn write_time(&self, out: &mut impl Write) -> Result<(), Failure> {
        let (time, not_yet) = (self.time, self.not_yet);
        writeln!(out, "business time {time}: {not_yet} known records happened later")?;
        Ok(())
    }

    /// All of it, for people.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        self.write_time(out)?;
        if self.left_out_count > 0 {
            let count = self.left_out_count;
            writeln!(
                out,
                "{count} records had happened and rest on a later one; not in the state:"
            )?;
            for left_out in &self.left_out {
                writeln!(out, "  position {}: {}", left_out.position, left_out.why)?;
            }
        }
        Ok(())
    }
}

impl Folded {
    pub(crate) fn decimals(&self) -> Decimals {
        self.opened.currency.decimals
    }

    /// The balance of an account, debits positive.
    pub(crate) fn balance(&self, account: &Account) -> Total {
        self.balances.get(account).copied().unwrap_or_default()
    }
}

/// Folds a book up to where was asked.
pub(crate) fn fold(url: &BookUrl, as_of: AsOf) -> Result<Folded, Failure> {
    let source = url.read_only()?;
    let opened = opened(url, &source)?;
    let mut last = None;
    let (book, balances, business) = if let Some(time) = as_of.business {
        let mut view = AsHappened::new(time);
        walk_book(url, &source, as_of.known, &mut |record| {
            last = Some(record.head);
            view.record(record);
            Ok(())
        })?;
        let balances = view.balances().map(|(account, sum)| (account.clone(), sum)).collect();
        let business = Business::of(time, &view);
        (view.into_book(), balances, Some(business))
    } else {
        let mut book = Book::default();
        walk_book(url, &source, as_of.known, &mut |record| {
            last = Some(record.head);
            apply(&mut book, record).map_err(|error| Failure::store(&error))
        })?;
        let wide = |balance: tuanzhang_core::Money| Total::from_minor(balance.minor().into());
        let balances = book.balances().into_iter().map(|(account, of)| (account, wide(of)));
        let balances = balances.collect();
        (book, balances, None)
    };
    let as_of = as_of.known.at.or_else(|| last.map(|head| head.at));
    let position = last.map_or(Position::START, |head| head.position);
    Ok(Folded { book, opened, position, as_of, balances, business })
}

/// Shows each record that had happened and follows, up to where was asked; says what is left out.
pub(crate) fn walk_happened(
    url: &BookUrl,
    source: &ReadOnly,
    as_of: AsOf,
    seen: &mut dyn FnMut(&Record, Happened) -> Result<(), Failure>,
) -> Result<Option<Business>, Failure> {
    let Some(time) = as_of.business else {
        walk_book(url, source, as_of.known, &mut |record| seen(record, Happened::Yes))?;
        return Ok(None);
    };
    let mut view = AsHappened::new(time);
    walk_book(url, source, as_of.known, &mut |record| {
        let happened = match view.record(record) {
            tuanzhang_statement::Taken::Yes => Happened::Yes,
            tuanzhang_statement::Taken::NotYet | tuanzhang_statement::Taken::DoesntFollow(_) => {
                Happened::No
            }
        };
        seen(record, happened)
    })?;
    Ok(Some(Business::of(time, &view)))
}

/// Whether a record is part of what is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Happened {
    Yes,
    No,
}

/// Shows each record of a book, in order, up to where was asked.
pub(crate) fn walk_book(
    url: &BookUrl,
    source: &ReadOnly,
    as_of: Known,
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
    as_of: Known,
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
                if as_of.at.is_some_and(|at| record.recorded_at > at) {
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
