//! The conformance kit: what every storage adapter has to pass.
//!
//! A case is a function over a [`Factory`], with a name that is a claim and a line that says
//! what it protects. An adapter's test makes a factory and calls [`check_all`]; a new adapter
//! starts with all cases failing:
//!
//! ```
//! use tuanzhang_log::conformance::{Capacity, Factory, check_all};
//! use tuanzhang_log::{MemoryStore, Store};
//!
//! struct Memory;
//! impl Factory for Memory {
//!     fn fresh(&self) -> Box<dyn Store> {
//!         Box::new(MemoryStore::new())
//!     }
//!     fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
//!         store // memory has nothing to open again
//!     }
//!     fn capacity(&self) -> Capacity {
//!         Capacity::ManyBooks
//!     }
//! }
//! assert!(check_all(&Memory).is_empty());
//! ```
//!
//! The kit is itself tested with deliberately wrong stores: each case is failed by at least
//! one of them.

mod activity;
mod append;
mod contention;
mod limits;
mod read;
#[cfg(test)]
mod wrong;

use std::fmt;

use crate::tree::{leaf_hash, root_of};
use crate::{BookKey, Store, TreeHead};

/// The book that most cases write.
pub const BOOK: BookKey = BookKey(*b"conformance book");
/// A second book.
pub const OTHER_BOOK: BookKey = BookKey(*b"another book....");

/// How many books one store of an adapter can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// One; appending to another is refused with `OtherBook`.
    OneBook,
    /// Any number.
    ManyBooks,
}

/// Makes the stores that the cases run against. It may panic when it can't.
pub trait Factory: Sync {
    /// Makes an empty store in a place of its own.
    fn fresh(&self) -> Box<dyn Store>;
    /// Closes a store that [`Factory::fresh`] made and opens the same place again.
    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store>;
    /// Says how many books one store can hold.
    fn capacity(&self) -> Capacity;
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was looked at.
    pub what: String,
    /// What the promise says.
    pub promised: String,
    /// What the store did.
    pub found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: promised {}, found {}", self.what, self.promised, self.found)
    }
}

/// Whether a promise was kept.
pub type Outcome = Result<(), Failure>;

/// A test that every adapter has to pass.
#[derive(Clone, Copy)]
pub struct Case {
    /// Name of the function: a claim.
    pub name: &'static str,
    /// What it protects, in a line.
    pub protects: &'static str,
    /// Runs it.
    pub run: fn(&dyn Factory) -> Outcome,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.protects)
    }
}

macro_rules! cases {
    ($($(#[doc = $protects:literal])+ $module:ident::$name:ident,)*) => {
        /// All cases, in the order in which a new adapter gets them to pass.
        pub const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            protects: concat!($($protects),+).trim_ascii(),
            run: $module::$name,
        }),*];
    };
}

cases! {
    /// A reader of a book that nobody has written meets no error and no record.
    read::an_unwritten_book_is_empty,
    /// Every record comes back as the bytes that were given.
    append::records_come_back_as_they_were,
    /// The root that an auditor keeps is the RFC 6962 root, however the records were batched.
    append::every_head_has_the_root_of_its_records,
    /// An append without records is harmless, and a record without bytes is a record.
    append::nothing_and_an_empty_record_are_told_apart,
    /// A fold that starts anywhere sees every record behind it, once and in order.
    read::reads_are_gapless_from_every_position,
    /// A reader that has seen enough is not called again.
    read::a_visitor_that_breaks_is_not_called_again,
    /// Rebuilding one command reads the same bytes as replaying all.
    read::read_one_agrees_with_read,
    /// A decision on an old state changes nothing, and its owner learns both positions.
    append::a_raced_append_changes_nothing,
    /// A refused append leaves no part of itself.
    append::an_append_is_all_or_nothing,
    /// Records at the limits are taken, past them refused, before the race is looked at.
    limits::limits_are_where_they_are_said_to_be,
    /// What was answered is there after a restart, and the book goes on.
    append::a_reopened_store_has_the_same_head,
    /// Books don't mix, or a second one is refused.
    append::books_are_kept_apart,
    /// An audit covers every record and comes to the head that writers were told.
    read::verify_covers_every_record,
    /// Two that open the same new book at once don't both create it.
    contention::creation_has_one_winner,
    /// Concurrent writers get every position exactly once, and each its own.
    contention::each_position_has_one_winner,
    /// Readers beside a writer see whole appends only, and nothing that they saw goes away.
    contention::readers_beside_a_writer_see_whole_appends,
    /// Visits never stand among the audited records, nor these among visits.
    activity::activity_is_kept_apart_from_the_book,
    /// Each stream counts its own positions and has its own races; appending to one moves no other.
    activity::book_and_activity_have_positions_of_their_own,
    /// What was answered of both is there after a restart, and both go on.
    activity::book_and_activity_survive_a_reopen,
}

/// Runs all cases; gives those that failed.
pub fn check_all(factory: &dyn Factory) -> Vec<(Case, Failure)> {
    let failed = |case: &Case| Some((*case, (case.run)(factory).err()?));
    CASES.iter().filter_map(failed).collect()
}

/// Fails unless the two are equal.
fn same<T: PartialEq + fmt::Debug>(what: &str, promised: &T, found: &T) -> Outcome {
    if promised == found { Ok(()) } else { Err(failure(what, promised, found)) }
}

fn failure(what: &str, promised: impl fmt::Debug, found: impl fmt::Debug) -> Failure {
    Failure { what: what.into(), promised: shown(promised), found: shown(found) }
}

fn shown(value: impl fmt::Debug) -> String {
    let mut text = format!("{value:?}");
    let cut = text.char_indices().nth(400).map_or(text.len(), |(at, _)| at);
    text.truncate(cut);
    text
}

/// Unwraps an answer that no store has a reason to refuse.
fn answered<T, E: fmt::Display>(what: &str, answer: Result<T, E>) -> Result<T, Failure> {
    answer.map_err(|error| Failure {
        what: what.into(),
        promised: "an answer".into(),
        found: error.to_string(),
    })
}

/// A record that differs from every other one: its number and some filling.
fn record(number: u64) -> Vec<u8> {
    let mut record = format!("record {number} ").into_bytes();
    let filling = usize::try_from(number.wrapping_mul(37) % 200).unwrap_or(0);
    record.resize(record.len().saturating_add(filling), 0xf0);
    record
}

/// The records with the numbers `from..from + count`.
fn records(from: u64, count: u64) -> Vec<Vec<u8>> {
    (from..from.saturating_add(count)).map(record).collect()
}

fn slices(records: &[Vec<u8>]) -> Vec<&[u8]> {
    records.iter().map(Vec::as_slice).collect()
}

/// The head that follows from a list of records.
fn head_of(records: &[Vec<u8>]) -> TreeHead {
    let leaves: Vec<_> = records.iter().map(|record| leaf_hash(record)).collect();
    TreeHead { size: crate::limits::length(leaves.len()), root: root_of(&leaves) }
}

/// Appends in batches of 1, 2, 3, 7, 1, 40 records to [`BOOK`]; gives all of them.
fn write_some(store: &dyn Store) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for batch in [1, 2, 3, 7, 1, 40] {
        let expected = crate::limits::length(all.len());
        let new = records(expected.saturating_add(1), batch);
        answered("append", store.append(BOOK, expected, &slices(&new)))?;
        all.extend(new);
    }
    Ok(all)
}

/// Reads all records of a book, with the positions that the store gave.
fn read_all(store: &dyn Store, book: BookKey) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    read_from(store, book, 1)
}

fn read_from(store: &dyn Store, book: BookKey, from: u64) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    let mut seen = Vec::new();
    let answer = store.read(book, from, &mut |position, record| {
        seen.push((position, record.to_vec()));
        std::ops::ControlFlow::Continue(())
    });
    answered("read", answer)?;
    Ok(seen)
}

/// Fails unless a book has exactly these records, by head and by reading.
fn holds(store: &dyn Store, book: BookKey, promised: &[Vec<u8>]) -> Outcome {
    let numbered: Vec<_> = (1..).zip(promised.iter().cloned()).collect();
    same("records", &numbered, &read_all(store, book)?)?;
    same("head", &head_of(promised), &answered("head", store.head(book))?)
}
