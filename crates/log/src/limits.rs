//! Limits of every store, each with its unit in the name; refused before anything is written.

use crate::AppendError;

/// Most bytes of one record: 1 MiB.
pub const RECORD_BYTES_MAX: u64 = 1 << 20;
/// Most records of one append.
pub const APPEND_RECORDS_MAX: u64 = 16_384;
/// Most bytes of all records of one append: 32 MiB.
pub const APPEND_BYTES_MAX: u64 = 32 << 20;

/// Checks the limits of one append; every store calls it before it looks at anything else.
///
/// # Errors
/// `TooLarge` names the limit that would be passed.
pub fn check(records: &[&[u8]]) -> Result<(), AppendError> {
    at_most("records of an append", APPEND_RECORDS_MAX, length(records.len()))?;
    let mut bytes = 0_u64;
    for record in records {
        at_most("bytes of a record", RECORD_BYTES_MAX, length(record.len()))?;
        bytes = bytes.saturating_add(length(record.len()));
    }
    at_most("bytes of an append", APPEND_BYTES_MAX, bytes)
}

fn at_most(what: &'static str, limit: u64, actual: u64) -> Result<(), AppendError> {
    if actual > limit {
        return Err(AppendError::TooLarge { what, limit, actual });
    }
    Ok(())
}

/// Gives a length in memory as a plain number.
pub(crate) fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
