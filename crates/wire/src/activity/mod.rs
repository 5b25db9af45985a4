//! Activity records: one batch of community facts as bytes. docs/format-record.md has the table.
//!
//! - [`encode`], [`encode_into`], [`encode_batch_into`], [`decode`], [`decode_head`], [`reencodes`], [`is_encoding_of`]: as for
//!   the book's records.
//! - [`identity`]: what makes two facts the same.
//!
//! Shape: a fixed-width head, then the entries, each a kind, a schema, the time since the entry before it
//! and its fields. An id or a name is written out where it first stands in the record and referred to by
//! number after that, so a visit has some 25 bytes. Cost: one pass each way and a look-up for each id.
//! Limits: 1 MiB a record. Nothing is skipped, and memory follows the bytes that are there, not the counts
//! that they declare.
//!
//! ```
//! use tuanzhang_core::activity::{ActivityRecord, Happened, Left};
//! use tuanzhang_core::{BatchId, BuyerId, Position};
//! use tuanzhang_wire::activity;
//!
//! let at = "2021-12-01T08:00:00+08:00".parse()?;
//! let left = Left { member: BuyerId::from_bytes([1; 16]) };
//! let entries = vec![Happened { at, activity: left.into() }];
//! let (position, batch) = (Position::new(1), BatchId::from_bytes([7; 16]));
//! let record = ActivityRecord { position, recorded_at: at, batch, entries };
//!
//! let bytes = activity::encode(&record)?;
//! assert_eq!(bytes.len(), 39 + 20);
//! assert_eq!(activity::decode(&bytes)?, record);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod read;
mod write;

use tuanzhang_core::activity::{ActivityRecord, Happened};
use tuanzhang_core::{BatchId, Position, Time};
use tuanzhang_log::RECORD_BYTES_MAX;

use crate::error::{DecodeError, EncodeError};
use crate::record::{FLAGS_A_READER_MUST_KNOW, Input, length};
use read::Reader;
use write::{Seen, Writer};

const RECORD_VERSION: u8 = 1;
/// Room for this many entries is made before the first is read.
const ENTRIES_AT_FIRST: usize = 1024;

/// What an activity record's first bytes say of it, without its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ActivityHead {
    /// Its place in the stream.
    pub position: Position,
    /// When it was recorded.
    pub recorded_at: Time,
    /// The batch.
    pub batch: BatchId,
    /// How many entries it says that it has.
    pub entries: u32,
}

/// The record's bytes.
///
/// # Errors
/// [`EncodeError`]: no entries, or more than 1 MiB.
pub fn encode(record: &ActivityRecord) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    encode_into(&mut bytes, record)?;
    Ok(bytes)
}

/// Appends the record's bytes to a buffer, which is as it was on an error.
///
/// # Errors
/// As [`encode`].
pub fn encode_into(bytes: &mut Vec<u8>, record: &ActivityRecord) -> Result<(), EncodeError> {
    let ActivityRecord { position, recorded_at, batch, entries } = record;
    encode_batch_into(bytes, *position, *recorded_at, *batch, entries)
}

/// As [`encode_into`], for a record that isn't put together.
///
/// # Errors
/// As [`encode`].
pub fn encode_batch_into(
    bytes: &mut Vec<u8>,
    position: Position,
    recorded_at: Time,
    batch: BatchId,
    entries: &[Happened],
) -> Result<(), EncodeError> {
    let start = bytes.len();
    let written = append(bytes, position, recorded_at, batch, entries, 0);
    if written.is_err() {
        bytes.truncate(start);
    }
    written
}

fn append(
    bytes: &mut Vec<u8>,
    position: Position,
    recorded_at: Time,
    batch: BatchId,
    entries: &[Happened],
    notes: u16,
) -> Result<(), EncodeError> {
    if entries.is_empty() {
        return Err(EncodeError::NoEntries);
    }
    let start = bytes.len();
    let too_large =
        |bytes: usize| EncodeError::TooLarge { bytes: length(bytes), limit: RECORD_BYTES_MAX };
    let count = u32::try_from(entries.len()).map_err(|_| too_large(entries.len()))?;
    bytes.push(RECORD_VERSION);
    bytes.extend_from_slice(&notes.to_le_bytes());
    bytes.extend_from_slice(&position.get().to_le_bytes());
    bytes.extend_from_slice(&recorded_at.micros().to_le_bytes());
    bytes.extend_from_slice(&batch.to_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    let mut seen = Seen::default();
    let mut before = recorded_at;
    for happened in entries {
        entry::write(&mut Writer::new(bytes, Some(&mut seen)), before, happened);
        before = happened.at;
        // Checked at each, so that a batch beyond all bounds ends soon.
        let written = bytes.len().saturating_sub(start);
        if length(written) > RECORD_BYTES_MAX {
            return Err(too_large(written));
        }
    }
    Ok(())
}

/// The record that the bytes are.
///
/// Whatever the bytes say, this ends and doesn't panic, and what it holds is some times their length.
///
/// # Errors
/// [`DecodeError`]: the bytes are damaged, or of a newer version; never a part of a record.
pub fn decode(bytes: &[u8]) -> Result<ActivityRecord, DecodeError> {
    let mut input = Input(bytes);
    let (head, _notes) = read_head(&mut input)?;
    let ActivityHead { position, recorded_at, batch, entries: count } = head;
    if count == 0 {
        return Err(DecodeError::NoEntries);
    }
    let room = usize::try_from(count).unwrap_or(usize::MAX).min(ENTRIES_AT_FIRST);
    let mut entries = Vec::with_capacity(room);
    let mut reader = Reader::new(input);
    let mut before = recorded_at;
    for number in 0..count {
        let happened = entry::read(&mut reader, before).map_err(|fault| fault.of_entry(number))?;
        before = happened.at;
        entries.push(happened);
    }
    match reader.left() {
        0 => Ok(ActivityRecord { position, recorded_at, batch, entries }),
        bytes => Err(DecodeError::TrailingBytes { bytes }),
    }
}

/// What the record's first bytes say of it; for looking for a batch or a time.
///
/// # Errors
/// As [`decode`], as far as the head goes.
pub fn decode_head(bytes: &[u8]) -> Result<ActivityHead, DecodeError> {
    read_head(&mut Input(bytes)).map(|(head, _notes)| head)
}

fn read_head(input: &mut Input<'_>) -> Result<(ActivityHead, u16), DecodeError> {
    let bytes = length(input.0.len());
    if bytes > RECORD_BYTES_MAX {
        return Err(DecodeError::TooLarge { bytes, limit: RECORD_BYTES_MAX });
    }
    let [version] = input.take("version")?;
    if version != RECORD_VERSION {
        return Err(DecodeError::UnknownRecordVersion { version });
    }
    let flags = u16::from_le_bytes(input.take("flags")?);
    let unknown = flags & FLAGS_A_READER_MUST_KNOW;
    if unknown != 0 {
        return Err(DecodeError::UnknownFlags { bits: unknown });
    }
    let position = Position::new(u64::from_le_bytes(input.take("position")?));
    let recorded_at = Time::from_micros(i64::from_le_bytes(input.take("time")?));
    let batch = BatchId::from_bytes(input.take("batch")?);
    let entries = u32::from_le_bytes(input.take("number of entries")?);
    Ok((ActivityHead { position, recorded_at, batch, entries }, flags))
}

/// Whether the bytes are the only ones that this record has: one may write out an id a second time, for
/// instance, so audits ask. Ignorable flags that this version doesn't know are taken as they are.
///
/// # Errors
/// As [`decode`].
pub fn reencodes(bytes: &[u8]) -> Result<bool, DecodeError> {
    let record = decode(bytes)?;
    Ok(is_encoding_of(bytes, &record, &mut Vec::with_capacity(bytes.len())))
}

/// As [`reencodes`], for a record that was decoded from the bytes, with a buffer to use again.
pub fn is_encoding_of(bytes: &[u8], record: &ActivityRecord, scratch: &mut Vec<u8>) -> bool {
    scratch.clear();
    let notes = read_head(&mut Input(bytes)).map_or(0, |(_, notes)| notes);
    let ActivityRecord { position, recorded_at, batch, entries } = record;
    append(scratch, *position, *recorded_at, *batch, entries, notes).is_ok()
        && scratch.as_slice() == bytes
}

/// Appends bytes that two facts have in common exactly if they are the same: kind, ids, names and time.
/// For comparing and counting; they are never stored.
pub fn identity(bytes: &mut Vec<u8>, happened: &Happened) {
    entry::write(&mut Writer::new(bytes, None), Time::from_micros(0), happened);
}
