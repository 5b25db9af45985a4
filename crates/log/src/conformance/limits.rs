//! The case of the limits.

use super::{BOOK, Factory, Outcome, answered, failure, same};
use crate::limits::{APPEND_BYTES_MAX, APPEND_RECORDS_MAX, RECORD_BYTES_MAX};
use crate::{AppendError, Store};

/// Offers the most that is said to be taken, and one more, of each limited thing.
pub(super) fn limits_are_where_they_are_said_to_be(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(0);
    let largest = vec![0xa5; size(RECORD_BYTES_MAX)];
    let too_large = vec![0xa5; size(RECORD_BYTES_MAX).saturating_add(1)];
    refused(&*store, 0, &[&too_large])?;
    refused(&*store, 9, &[&too_large])?;
    refused(&*store, 0, &vec![b"".as_slice(); size(APPEND_RECORDS_MAX).saturating_add(1)])?;
    let full = vec![largest.as_slice(); size(APPEND_BYTES_MAX / RECORD_BYTES_MAX)];
    let mut over = full.clone();
    over.push(b"x");
    refused(&*store, 0, &over)?;

    let mut next = 0;
    for taken in [vec![largest.as_slice()], full, vec![b"r".as_slice(); size(APPEND_RECORDS_MAX)]] {
        next = answered("append at a limit", store.append(BOOK, next, &taken))?.size;
    }
    let promised = 1 + APPEND_BYTES_MAX / RECORD_BYTES_MAX + APPEND_RECORDS_MAX;
    same("records", &promised, &next)?;
    let first = answered("read_one", store.read_one(BOOK, 1))?;
    same("the largest record comes back", &Some(true), &first.map(|record| record == largest))?;
    let last = answered("read_one", store.read_one(BOOK, next))?;
    same("the last record comes back", &Some(b"r".to_vec()), &last)
}

fn refused(store: &dyn Store, expected: u64, records: &[&[u8]]) -> Outcome {
    match store.append(BOOK, expected, records) {
        Err(AppendError::TooLarge { limit, actual, .. }) if actual > limit => Ok(()),
        other => Err(failure("append past a limit", "TooLarge", other)),
    }
}
