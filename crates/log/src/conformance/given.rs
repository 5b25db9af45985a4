//! What the cases share: records that can be told apart, looks at a store, and comparisons.

use std::fmt;
use std::ops::ControlFlow;

use super::{BOOK, Failure, Outcome};
use crate::limits::length;
use crate::tree::{leaf_hash, root_of};
use crate::{BookKey, Store, TreeHead};

/// Fails unless the two are equal.
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, promised: &T, found: &T) -> Outcome {
    if promised == found { Ok(()) } else { Err(failure(what, promised, found)) }
}

pub(super) fn failure(what: &str, promised: impl fmt::Debug, found: impl fmt::Debug) -> Failure {
    Failure { what: what.into(), promised: shown(promised), found: shown(found) }
}

pub(super) fn shown(value: impl fmt::Debug) -> String {
    let mut text = format!("{value:?}");
    let cut = text.char_indices().nth(400).map_or(text.len(), |(at, _)| at);
    text.truncate(cut);
    text
}

/// Unwraps an answer that no store has a reason to refuse.
pub(super) fn answered<T, E: fmt::Display>(what: &str, answer: Result<T, E>) -> Result<T, Failure> {
    answer.map_err(|error| Failure {
        what: what.into(),
        promised: "an answer".into(),
        found: error.to_string(),
    })
}

/// A record that differs from every other one: its number and some filling.
pub(super) fn record(number: u64) -> Vec<u8> {
    let mut record = format!("record {number} ").into_bytes();
    let filling = usize::try_from(number.wrapping_mul(37) % 200).unwrap_or(0);
    record.resize(record.len().saturating_add(filling), 0xf0);
    record
}

/// The records with the numbers `from..from + count`.
pub(super) fn records(from: u64, count: u64) -> Vec<Vec<u8>> {
    (from..from.saturating_add(count)).map(record).collect()
}

pub(super) fn slices(records: &[Vec<u8>]) -> Vec<&[u8]> {
    records.iter().map(Vec::as_slice).collect()
}

/// The head that follows from a list of records.
pub(super) fn head_of(records: &[Vec<u8>]) -> TreeHead {
    let leaves: Vec<_> = records.iter().map(|record| leaf_hash(record)).collect();
    TreeHead { size: length(leaves.len()), root: root_of(&leaves) }
}

/// Appends in batches of 1, 2, 3, 7, 1, 40 records to [`BOOK`]; gives all of them.
pub(super) fn write_some(store: &dyn Store) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for batch in [1, 2, 3, 7, 1, 40] {
        let expected = length(all.len());
        let new = records(expected.saturating_add(1), batch);
        answered("append", store.append(BOOK, expected, &slices(&new)))?;
        all.extend(new);
    }
    Ok(all)
}

/// Reads all records of a book, with the positions that the store gave.
pub(super) fn read_all(store: &dyn Store, book: BookKey) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    read_from(store, book, 1)
}

pub(super) fn read_from(
    store: &dyn Store,
    book: BookKey,
    from: u64,
) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    let mut seen = Vec::new();
    let answer = store.read(book, from, &mut |position, record| {
        seen.push((position, record.to_vec()));
        ControlFlow::Continue(())
    });
    answered("read", answer)?;
    Ok(seen)
}

/// Fails unless a book has exactly these records, by head and by reading.
pub(super) fn holds(store: &dyn Store, book: BookKey, promised: &[Vec<u8>]) -> Outcome {
    let numbered: Vec<_> = (1..).zip(promised.iter().cloned()).collect();
    same("records", &numbered, &read_all(store, book)?)?;
    same("head", &head_of(promised), &answered("head", store.head(book))?)
}

/// Fails unless a book has exactly these records, by head, by reading and by the store's own check.
pub(super) fn holds_verified(store: &dyn Store, book: BookKey, promised: &[Vec<u8>]) -> Outcome {
    holds(store, book, promised)?;
    let coverage = answered("verify", store.verify(book))?;
    same("head that verify comes to", &head_of(promised), &coverage.head)
}

/// Appends numbered records behind those that a book has, wants them answered and there.
pub(super) fn goes_on(
    store: &dyn Store,
    book: BookKey,
    all: &mut Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
) -> Outcome {
    let told = store.append(book, length(all.len()), &slices(&new));
    all.extend(new);
    same("head that append answers", &head_of(all), &answered("append", told)?)?;
    holds_verified(store, book, all)
}
