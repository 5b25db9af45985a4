//! The record around the events: fixed-width, little-endian. docs/format.md has the table.

use tuanzhang_core::id::{BuyerId, PartyId};
use tuanzhang_core::record::{Head, Position, Record, RulesVersion};
use tuanzhang_core::{Actor, Time};
use tuanzhang_log::RECORD_BYTES_MAX;

use crate::error::{DecodeError, EncodeError};
use crate::upcast::{self, Stamp};

const RECORD_VERSION: u8 = 1;
/// The upper half of the flags changes the layout, so a reader must know each bit; the lower half
/// may be ignored. None of the lower half is defined.
pub(crate) const FLAGS_A_READER_MUST_KNOW: u16 = 0xff00;
const FLAG_OCCURRED_AT: u16 = 0x0100;
/// Kind, schema and length.
const EVENT_HEAD_BYTES: usize = 7;
/// Room for this many events is made before the first is read.
const EVENTS_AT_FIRST: usize = 16;

/// The record's bytes.
///
/// # Errors
/// [`EncodeError`]; nothing else can go wrong.
pub fn encode(record: &Record) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(512);
    encode_into(&mut bytes, record)?;
    Ok(bytes)
}

/// Appends the record's bytes to a buffer, which is as it was on an error. Allocates only what the
/// buffer grows by and the lists of the event at hand.
///
/// # Errors
/// [`EncodeError`].
pub fn encode_into(bytes: &mut Vec<u8>, record: &Record) -> Result<(), EncodeError> {
    let start = bytes.len();
    let written = append(bytes, record, 0).and_then(|()| {
        let length = length(bytes.len().saturating_sub(start));
        if length > RECORD_BYTES_MAX {
            return Err(EncodeError::TooLarge { bytes: length, limit: RECORD_BYTES_MAX });
        }
        Ok(())
    });
    if written.is_err() {
        bytes.truncate(start);
    }
    written
}

fn append(bytes: &mut Vec<u8>, record: &Record, notes: u16) -> Result<(), EncodeError> {
    let Head { position, at, occurred_at, actor, rules } = record.head;
    let events = record.events.len();
    if events == 0 {
        return Err(EncodeError::NoEvents);
    }
    let count = u16::try_from(events)
        .map_err(|_| EncodeError::TooManyEvents { events, limit: u16::MAX })?;
    let flags = notes | if occurred_at.is_some() { FLAG_OCCURRED_AT } else { 0 };
    bytes.push(RECORD_VERSION);
    bytes.extend_from_slice(&flags.to_le_bytes());
    bytes.extend_from_slice(&position.get().to_le_bytes());
    bytes.extend_from_slice(&at.micros().to_le_bytes());
    if let Some(occurred_at) = occurred_at {
        bytes.extend_from_slice(&occurred_at.micros().to_le_bytes());
    }
    append_actor(bytes, actor);
    bytes.extend_from_slice(&rules.0.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    for event in &record.events {
        let head = bytes.len();
        bytes.extend_from_slice(&[0; EVENT_HEAD_BYTES]);
        let payload = bytes.len();
        let Stamp { kind, schema } = upcast::write(event, bytes)?;
        let payload = bytes.len().saturating_sub(payload);
        let payload = u32::try_from(payload).map_err(|_| EncodeError::TooLarge {
            bytes: length(payload),
            limit: RECORD_BYTES_MAX,
        })?;
        if let Some(head) = bytes.get_mut(head..).and_then(<[u8]>::first_chunk_mut) {
            *head = event_head(kind, schema, payload);
        }
    }
    Ok(())
}

fn event_head(kind: u16, schema: u8, length: u32) -> [u8; EVENT_HEAD_BYTES] {
    let [kind_low, kind_high] = kind.to_le_bytes();
    let [a, b, c, d] = length.to_le_bytes();
    [kind_low, kind_high, schema, a, b, c, d]
}

fn append_actor(bytes: &mut Vec<u8>, actor: Actor) {
    let (number, id) = match actor {
        Actor::Operator => (0, None),
        Actor::System => (1, None),
        Actor::Leader(id) => (2, Some(id.to_bytes())),
        Actor::Supplier(id) => (3, Some(id.to_bytes())),
        Actor::Buyer(id) => (4, Some(id.to_bytes())),
    };
    bytes.push(number);
    if let Some(id) = id {
        bytes.extend_from_slice(&id);
    }
}

/// The record that the bytes are.
///
/// Whatever the bytes say, this ends, doesn't panic and claims at most 16 MiB for a list that they
/// only declare. Every name, range and choice is checked; that a record fits those before it is
/// for core to say.
///
/// # Errors
/// [`DecodeError`]: the bytes are damaged, or of a newer version; never a part of a record.
pub fn decode(bytes: &[u8]) -> Result<Record, DecodeError> {
    let mut input = Input(bytes);
    let (head, _notes) = read_head(&mut input)?;
    let count = usize::from(u16::from_le_bytes(input.take("number of events")?));
    if count == 0 {
        return Err(DecodeError::NoEvents);
    }
    let mut events = Vec::with_capacity(count.min(EVENTS_AT_FIRST));
    for _ in 0..count {
        let kind = u16::from_le_bytes(input.take("event's kind")?);
        let [schema] = input.take("event's schema")?;
        let length = u32::from_le_bytes(input.take("event's length")?);
        let payload = input.take_slice(length, "event's payload")?;
        events.push(upcast::read(Stamp { kind, schema }, payload)?);
    }
    match input.0.len() {
        0 => Ok(Record { head, events }),
        bytes => Err(DecodeError::TrailingBytes { bytes }),
    }
}

/// What the record's first bytes say of it, without its events; for looking for a place or a time.
///
/// # Errors
/// As [`decode`], as far as the head goes.
pub fn decode_head(bytes: &[u8]) -> Result<Head, DecodeError> {
    read_head(&mut Input(bytes)).map(|(head, _notes)| head)
}

fn read_head(input: &mut Input<'_>) -> Result<(Head, u16), DecodeError> {
    let bytes = length(input.0.len());
    if bytes > RECORD_BYTES_MAX {
        return Err(DecodeError::TooLarge { bytes, limit: RECORD_BYTES_MAX });
    }
    let [version] = input.take("version")?;
    if version != RECORD_VERSION {
        return Err(DecodeError::UnknownRecordVersion { version });
    }
    let flags = u16::from_le_bytes(input.take("flags")?);
    let unknown = flags & FLAGS_A_READER_MUST_KNOW & !FLAG_OCCURRED_AT;
    if unknown != 0 {
        return Err(DecodeError::UnknownFlags { bits: unknown });
    }
    let position = Position::new(u64::from_le_bytes(input.take("position")?));
    let at = Time::from_micros(i64::from_le_bytes(input.take("time")?));
    let occurred_at = if flags & FLAG_OCCURRED_AT == 0 {
        None
    } else {
        Some(Time::from_micros(i64::from_le_bytes(input.take("time of occurrence")?)))
    };
    let actor = read_actor(input)?;
    let rules = RulesVersion(u16::from_le_bytes(input.take("rules version")?));
    Ok((Head { position, at, occurred_at, actor, rules }, flags & !FLAGS_A_READER_MUST_KNOW))
}

fn read_actor(input: &mut Input<'_>) -> Result<Actor, DecodeError> {
    let [number] = input.take("actor")?;
    match number {
        0 => Ok(Actor::Operator),
        1 => Ok(Actor::System),
        2 => input.take("actor's id").map(|id| Actor::Leader(PartyId::from_bytes(id))),
        3 => input.take("actor's id").map(|id| Actor::Supplier(PartyId::from_bytes(id))),
        4 => input.take("actor's id").map(|id| Actor::Buyer(BuyerId::from_bytes(id))),
        number => Err(DecodeError::UnknownActor { number }),
    }
}

/// Whether the bytes are the only ones that this record has: the codec reads more than it writes, an
/// integer in more bytes than it needs for instance, so audits ask.
///
/// Ignorable flags that this version doesn't know are taken as they are.
///
/// # Errors
/// As [`decode`].
pub fn reencodes(bytes: &[u8]) -> Result<bool, DecodeError> {
    let record = decode(bytes)?;
    Ok(is_encoding_of(bytes, &record, &mut Vec::with_capacity(bytes.len())))
}

/// As [`reencodes`], for a record that was decoded from the bytes, with a buffer to use again.
pub fn is_encoding_of(bytes: &[u8], record: &Record, scratch: &mut Vec<u8>) -> bool {
    scratch.clear();
    let notes = read_head(&mut Input(bytes)).map_or(0, |(_, notes)| notes);
    append(scratch, record, notes).is_ok() && scratch.as_slice() == bytes
}

/// What is left to read.
#[derive(Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn take<const N: usize>(
        &mut self,
        place: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let (taken, left) = self.0.split_first_chunk().ok_or(DecodeError::Truncated { place })?;
        self.0 = left;
        Ok(*taken)
    }

    pub(crate) fn take_slice(
        &mut self,
        length: u32,
        place: &'static str,
    ) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(length).map_err(|_| DecodeError::Truncated { place })?;
        let (taken, left) =
            self.0.split_at_checked(length).ok_or(DecodeError::Truncated { place })?;
        self.0 = left;
        Ok(taken)
    }
}

pub(crate) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
