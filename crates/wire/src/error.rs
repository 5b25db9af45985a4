//! Why a record is not written, or bytes are not a record.

/// A record that can't be written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// There is nothing to record.
    #[error("the record has no events; record nothing instead")]
    NoEvents,
    /// A batch of nothing.
    #[error("the batch has no entries; record nothing instead")]
    NoEntries,
    /// More events than a record can count.
    #[error("the record has {events} events, at most {limit} fit; ask for less in one command")]
    TooManyEvents {
        /// So many.
        events: usize,
        /// At most.
        limit: u16,
    },
    /// Larger than any store takes.
    #[error(
        "the record would have {bytes} bytes, at most {limit} fit; put less into one command or batch"
    )]
    TooLarge {
        /// So many bytes.
        bytes: u64,
        /// At most.
        limit: u64,
    },
    /// The payload codec refused, which it has no reason to.
    #[error(
        "the payload of {event} was not encoded ({what}); nothing was written, report this as a bug"
    )]
    Codec {
        /// The event's name.
        event: &'static str,
        /// The codec's words.
        what: String,
    },
}

/// Bytes that are not a record of this version.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end early.
    #[error(
        "the record ends inside its {place}: the bytes are damaged, restore the book from a copy"
    )]
    Truncated {
        /// What they end in.
        place: &'static str,
    },
    /// There are bytes after the last event or entry.
    #[error(
        "{bytes} bytes follow the record's end: the bytes are damaged, restore the book from a copy"
    )]
    TrailingBytes {
        /// So many.
        bytes: usize,
    },
    /// Larger than any record.
    #[error(
        "the record has {bytes} bytes, at most {limit} are written: the bytes are damaged, restore the book from a copy"
    )]
    TooLarge {
        /// So many bytes.
        bytes: u64,
        /// At most.
        limit: u64,
    },
    /// The record layout is of another version.
    #[error(
        "the record has version {version}, this program knows 1: use a newer one, or the bytes are no record"
    )]
    UnknownRecordVersion {
        /// The first byte.
        version: u8,
    },
    /// A flag that changes the layout and that this version doesn't know.
    #[error("the record has flags {bits:#06x} that this program doesn't know: use a newer one")]
    UnknownFlags {
        /// The unknown bits.
        bits: u16,
    },
    /// The actor's number is unknown.
    #[error(
        "the record's actor has number {number}, 0 to 4 are known: use a newer program, or the bytes are damaged"
    )]
    UnknownActor {
        /// The number.
        number: u8,
    },
    /// There is no event.
    #[error("the record has no events: the bytes are damaged, restore the book from a copy")]
    NoEvents,
    /// There is no entry.
    #[error("the activity record has no entries: the bytes are damaged, restore them from a copy")]
    NoEntries,
    /// A kind of activity, or a schema of it, that this version doesn't read.
    #[error(
        "needs_newer_version: activity kind {kind} in schema {schema} is unknown to this program: use a newer one"
    )]
    NeedsNewerActivity {
        /// The activity's number.
        kind: u64,
        /// Its schema.
        schema: u8,
    },
    /// An entry that no program writes.
    #[error(
        "{field} of entry {number} of the activity record {what}: the bytes are damaged, restore them from a copy"
    )]
    BadEntry {
        /// The entry in the record, from 0.
        number: u32,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A kind of event, or a schema of it, that this version doesn't read.
    #[error(
        "needs_newer_version: event kind {kind} in schema {schema} is unknown to this program: use a newer one"
    )]
    NeedsNewerVersion {
        /// The event's number.
        kind: u16,
        /// Its schema.
        schema: u8,
    },
    /// The book is above what this version knows.
    #[error(
        "needs_newer_version: the book has level {level}, this program knows {known}: use a newer one"
    )]
    NeedsNewerLevel {
        /// The book's level.
        level: u16,
        /// The highest level that is known.
        known: u16,
    },
    /// A payload doesn't have the shape of its schema.
    #[error("the payload of {event} {what}: the bytes are damaged, restore the book from a copy")]
    BadPayload {
        /// The event's name.
        event: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A value is outside its range.
    #[error("{field} of {event} {what}: the bytes are damaged, restore the book from a copy")]
    BadValue {
        /// The event's name.
        event: &'static str,
        /// The field: `lines[3].sku`.
        field: String,
        /// What is wrong with it.
        what: String,
    },
}

impl DecodeError {
    /// Whether a newer program may read the bytes; otherwise they are damaged.
    pub const fn needs_newer_version(&self) -> bool {
        match self {
            Self::UnknownRecordVersion { .. }
            | Self::UnknownFlags { .. }
            | Self::UnknownActor { .. }
            | Self::NeedsNewerVersion { .. }
            | Self::NeedsNewerActivity { .. }
            | Self::NeedsNewerLevel { .. } => true,
            Self::Truncated { .. }
            | Self::TrailingBytes { .. }
            | Self::TooLarge { .. }
            | Self::NoEvents
            | Self::NoEntries
            | Self::BadEntry { .. }
            | Self::BadPayload { .. }
            | Self::BadValue { .. } => false,
        }
    }
}
