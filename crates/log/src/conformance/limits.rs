//! The case of the limits.

use super::given::{answered, failure, holds, record, same};
use super::{BOOK, Factory, Outcome};
use crate::limits::{APPEND_BYTES_MAX, APPEND_RECORDS_MAX, RECORD_BYTES_MAX};
use crate::{AppendError, Store};

/// Offers the most that is said to be taken, and one more, of each limited thing: bytes of a record,
/// records of an append, bytes of an append.
pub(super) fn limits_are_where_they_are_said_to_be(factory: &dyn Factory) -> Outcome {
    let mut store = factory.fresh();
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(0);
    let largest = vec![0xa5; size(RECORD_BYTES_MAX)];
    let too_large = vec![0xa5; size(RECORD_BYTES_MAX).saturating_add(1)];
    let full = vec![largest.as_slice(); size(APPEND_BYTES_MAX / RECORD_BYTES_MAX)];
    let mut over = full.clone();
    over.push(b"x");
    let many = vec![b"r".as_slice(); size(APPEND_RECORDS_MAX)];
    let mut too_many = many.clone();
    too_many.push(b"");
    // Positions that are right and wrong: the race is looked at later.
    let refuses = |right: u64| {
        for expected in [right, 9] {
            refused(&*store, expected, &[&too_large], RECORD_BYTES_MAX)?;
            refused(&*store, expected, &[b"first", &too_large, b"last"], RECORD_BYTES_MAX)?;
            refused(&*store, expected, &too_many, APPEND_RECORDS_MAX)?;
            refused(&*store, expected, &over, APPEND_BYTES_MAX)?;
        }
        Ok(())
    };
    refuses(0)?;
    holds(&*store, BOOK, &[])?;
    answered("append", store.append(BOOK, 0, &[&record(1)]))?;
    refuses(1)?;
    holds(&*store, BOOK, &[record(1)])?;

    let mut next = 1;
    for taken in [vec![largest.as_slice()], full, many] {
        next = answered("append at a limit", store.append(BOOK, next, &taken))?.size;
    }
    let promised = 2 + APPEND_BYTES_MAX / RECORD_BYTES_MAX + APPEND_RECORDS_MAX;
    same("records", &promised, &next)?;
    for (position, promised) in [(2, largest.as_slice()), (3, &largest), (next, b"r")] {
        let found = answered("read_one", store.read_one(BOOK, position))?;
        same("a record at a limit comes back", &Some(true), &found.map(|it| it == promised))?;
    }
    // What was taken can be opened and checked again.
    let head = answered("head", store.head(BOOK))?;
    store = factory.reopen(store);
    same("head after a reopen", &head, &answered("head", store.head(BOOK))?)?;
    same("verified", &head, &answered("verify", store.verify(BOOK))?.head)
}

fn refused(store: &dyn Store, expected: u64, records: &[&[u8]], passed: u64) -> Outcome {
    match store.append(BOOK, expected, records) {
        Err(AppendError::TooLarge { limit, actual, .. }) => same(
            "limit and what was offered",
            &(passed, passed.saturating_add(1)),
            &(limit, actual),
        ),
        other => Err(failure("append past a limit", format!("TooLarge, at most {passed}"), other)),
    }
}
