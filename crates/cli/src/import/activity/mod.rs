//! A file of what a community did, a fact a row, with a map of its columns.
//!
//! Read whole: every row is a fact, is skipped, or is rejected. Then the stream is shown, fact by fact
//! ([`Facts::find`]), and what is left ([`Facts::missing`]) is what the stream lacks: a fact that occurs m
//! times in the file and s times in the stream is missing max(0, m − s) times. So importing again adds
//! nothing, one that broke off is finished, and a file that has grown adds what is new.
//!
//! Cost: one pass over the rows; memory for each some 30 bytes for the fact and some 50 for counting it.

mod columns;
mod kind;
mod row;
mod times;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tuanzhang_core::activity::Happened;
use tuanzhang_core::{BatchId, Position, Time};
use tuanzhang_log::tree::leaf_hash;
use tuanzhang_wire::activity::{decode, encode_batch_into, identity};
use uuid::Uuid;

use super::file::{self, Lines, Meter};
use super::rejects::{Named, Reject};
use super::rows::{Rows, Unreadable};
use super::{ImportError, PROGRESS_ROWS, Progress, REJECTS_MAX, ROWS_MAX};
use columns::Columns;
use row::Found;

pub(crate) use columns::Field;
pub(crate) use kind::{Kind, Word};
pub(crate) use times::Times;

/// Facts that are kept together, and of one batch: so many always fit in a record.
pub(crate) const BATCH_ENTRIES: usize = 8_192;

/// How a file is read.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Column of each field: a name of the header, or a number from 1 on without one.
    pub(crate) map: Vec<(Field, String)>,
    /// Whether the first line names the columns.
    pub(crate) header: bool,
    /// What every row is, where no column says it.
    pub(crate) kind: Option<Kind>,
    /// What the words of the kind's column mean.
    pub(crate) words: Vec<Word>,
    /// How times are written.
    pub(crate) times: Times,
    /// In which ids become UUIDs that aren't.
    pub(crate) namespace: Option<Uuid>,
    /// Nothing happened later.
    pub(crate) now: Time,
}

/// Why a row can't be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Class {
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// A line beyond any limit.
    TooLong,
    /// Quotes, or the number of fields.
    BadCsv,
    /// A word that is no kind.
    UnknownKind,
    /// A field that its kind needs is empty.
    MissingField,
    /// A field that is no time, rating or source.
    BadField,
    /// A time that hasn't come yet.
    InTheFuture,
}

impl Named for Class {
    fn name(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "rejected_not_utf8",
            Self::TooLong => "rejected_too_long",
            Self::BadCsv => "rejected_bad_csv",
            Self::UnknownKind => "rejected_unknown_kind",
            Self::MissingField => "rejected_missing_field",
            Self::BadField => "rejected_bad_field",
            Self::InTheFuture => "rejected_in_the_future",
        }
    }
}

impl From<Unreadable> for Class {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NotUtf8 => Self::NotUtf8,
            Unreadable::TooLong => Self::TooLong,
            Unreadable::BadCsv => Self::BadCsv,
        }
    }
}

/// Rows of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Count {
    /// In the file.
    pub(crate) rows: u64,
    /// Of them, those that the stream has.
    pub(crate) there: u64,
}

/// Half of a SHA-256 over a fact: some 10^19 facts would be needed for two to share it by chance.
type Fingerprint = [u8; 16];

/// The facts of a file, and how many of each are to be found in the stream yet.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Records that are never stored, in the order of the file.
    packed: Vec<Vec<u8>>,
    /// Of the record that isn't full yet.
    last: Vec<Happened>,
    wanted: HashMap<Fingerprint, u32>,
    kinds: BTreeMap<Kind, Count>,
    rows: u64,
    skipped: u64,
    rejects: Vec<Reject<Class>>,
    scratch: Vec<u8>,
}

impl Facts {
    /// Reads a file, plain or gzipped. Writes nothing.
    ///
    /// # Errors
    /// See [`ImportError`]: the file can't be read whole, or not in this way. A row that can't be used is
    /// no error but a [`Reject`].
    pub(crate) fn read(
        path: &Path,
        settings: &Settings,
        progress: impl FnMut(Progress),
    ) -> Result<Self, ImportError> {
        Self::from_lines(file::open(path)?, settings, progress)
    }

    /// The same for a file in memory.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn from_bytes(bytes: &[u8], settings: &Settings) -> Result<Self, ImportError> {
        let bytes_total = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self::from_lines(file::lines(bytes, bytes_total)?, settings, |_| ())
    }

    fn from_lines(
        (lines, meter): (Lines<'_>, Meter),
        settings: &Settings,
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, ImportError> {
        let mut rows = Rows::as_wide_as_the_first(lines);
        let mut facts = Self::default();
        let mut columns = None;
        loop {
            let read = rows.read();
            let Some(row) =
                read.map_err(|source| ImportError::reading(rows.line(), source, meter.compressed))?
            else {
                break;
            };
            if columns.is_none() && (settings.header || row.problem.is_none()) {
                if let Some((_, reason)) = row.problem {
                    return Err(ImportError::BadHeader { reason });
                }
                columns = Some(Columns::of(settings, rows.fields())?);
                if settings.header {
                    continue;
                }
            }
            facts.rows = facts.rows.saturating_add(1);
            if facts.rows > ROWS_MAX || rows.is_too_large() {
                return Err(ImportError::TooLarge { line: row.line });
            }
            if facts.rows.checked_rem(PROGRESS_ROWS) == Some(0) {
                progress(meter.progress(facts.rows));
            }
            let found = match (row.problem, &columns) {
                (Some((unreadable, reason)), _) => Found::Rejected(unreadable.into(), reason),
                (None, Some(columns)) => row::parse(rows.fields(), columns, settings, row.line)?,
                (None, None) => Found::Skipped,
            };
            facts.take(found, row.line, rows.raw())?;
        }
        facts.pack()?;
        progress(meter.progress(facts.rows));
        Ok(facts)
    }

    fn take(&mut self, found: Found, line: u64, raw: &[u8]) -> Result<(), ImportError> {
        match found {
            Found::Fact(kind, happened) => self.add(kind, happened)?,
            Found::Skipped => self.skipped = self.skipped.saturating_add(1),
            Found::Rejected(_, reason) if self.rejects.len() >= REJECTS_MAX => {
                return Err(ImportError::TooManyRejects { line, reason });
            }
            Found::Rejected(class, reason) => {
                self.rejects.push(Reject::new(line, class, reason, raw));
            }
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, happened: Happened) -> Result<(), ImportError> {
        let count = self.kinds.entry(kind).or_default();
        count.rows = count.rows.saturating_add(1);
        let wanted = self.wanted.entry(fingerprint(&mut self.scratch, &happened)).or_default();
        *wanted = wanted.saturating_add(1);
        self.last.push(happened);
        if self.last.len() >= BATCH_ENTRIES { self.pack() } else { Ok(()) }
    }

    fn pack(&mut self) -> Result<(), ImportError> {
        if !self.last.is_empty() {
            self.packed.push(packed(&self.last).map_err(ImportError::Lost)?);
            self.last.clear();
        }
        Ok(())
    }

    /// Takes note of a fact of the stream.
    pub(crate) fn find(&mut self, happened: &Happened) {
        if self.wanted.is_empty() {
            return;
        }
        let fingerprint = fingerprint(&mut self.scratch, happened);
        if let Some(wanted) = self.wanted.get_mut(&fingerprint).filter(|wanted| **wanted > 0) {
            *wanted = wanted.saturating_sub(1);
            let count = self.kinds.entry(Kind::of(&happened.activity)).or_default();
            count.there = count.there.saturating_add(1);
        }
    }

    /// Hands out what the stream lacks, in the order of the file, once.
    ///
    /// # Errors
    /// What `see` answers.
    pub(crate) fn missing<E: From<ImportError>>(
        &mut self,
        mut see: impl FnMut(Happened) -> Result<(), E>,
    ) -> Result<(), E> {
        for bytes in std::mem::take(&mut self.packed) {
            let record = decode(&bytes).map_err(|error| ImportError::Lost(error.to_string()))?;
            for happened in record.entries {
                let fingerprint = fingerprint(&mut self.scratch, &happened);
                let wanted = self.wanted.get_mut(&fingerprint).filter(|wanted| **wanted > 0);
                if let Some(wanted) = wanted {
                    *wanted = wanted.saturating_sub(1);
                    see(happened)?;
                }
            }
        }
        Ok(())
    }

    /// Rows of the file, its header left out.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows whose word says that they are none of these facts.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The facts, kind by kind.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (Kind, Count)> {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// All of them.
    pub(crate) fn total(&self) -> Count {
        self.kinds.values().fold(Count::default(), |sum, count| Count {
            rows: sum.rows.saturating_add(count.rows),
            there: sum.there.saturating_add(count.there),
        })
    }

    /// The rows that can't be used, in the order of the file.
    pub(crate) fn rejects(&self) -> &[Reject<Class>] {
        &self.rejects
    }
}

/// Facts as the bytes of a record that stands nowhere.
pub(crate) fn packed(entries: &[Happened]) -> Result<Vec<u8>, String> {
    let (mut bytes, nowhere) = (Vec::new(), Position::START);
    let (no_time, no_batch) = (Time::from_micros(0), BatchId::from_bytes([0; 16]));
    encode_batch_into(&mut bytes, nowhere, no_time, no_batch, entries)
        .map_err(|error| error.to_string())?;
    bytes.shrink_to_fit();
    Ok(bytes)
}

fn fingerprint(scratch: &mut Vec<u8>, happened: &Happened) -> Fingerprint {
    scratch.clear();
    identity(scratch, happened);
    leaf_hash(scratch).0.first_chunk().copied().unwrap_or_default()
}
