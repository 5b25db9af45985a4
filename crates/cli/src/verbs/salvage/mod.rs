//! `tuanzhang salvage DAMAGED BOOK`: all that can be read of a damaged journal, into a book.
//!
//! BOOK is a directory without a book, or a backup of the same book. What follows on it without a gap
//! is taken over as it stands, byte for byte, so the roots stay what they were. Behind a gap nothing
//! can stand where it stood: what follows is sent again, each record's command with its own times and
//! actor, and the book decides anew; what it refuses is listed, and written as lines that `apply`
//! takes once a human has put right what is missing. Nothing is written to DAMAGED.

mod activity;
mod again;
mod report;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};

use clap::Args;
use tuanzhang_core::Position;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_journal::{Journal, Missing, Salvage as Wreck};
use tuanzhang_ledger::{Ledger, Options};
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{APPEND_BYTES_MAX, AppendError, BookKey, Hash, ReadError, Store, TreeHead};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, opened_by};
use crate::failure::{Failure, Outcome};
use crate::progress;
use crate::table;
use crate::writer::tell;
use again::Again;
use report::Report;

/// Records of one append, if they fit.
const BATCH_RECORDS: usize = 1_000;
/// Bytes after which an append is made.
const BATCH_BYTES: u64 = APPEND_BYTES_MAX / 8;

#[derive(Debug, Args)]
pub(crate) struct Salvage {
    #[arg(help = "PATH or file:PATH of the damaged journal directory; it is only read")]
    damaged: BookUrl,
    #[arg(help = "PATH or file:PATH to save into: no book yet, or a backup of this one")]
    book: BookUrl,
    /// Write the commands that were refused to this file, as lines for `tuanzhang apply`
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

/// What was there, and what was taken over as it stood.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// Records that BOOK had before.
    before: u64,
    /// Records that were appended as they stood.
    verbatim: u64,
    /// Whether BOOK's records are those of DAMAGED wherever both have one.
    same_history: bool,
}

impl Taken {
    /// The last position that BOOK has exactly as DAMAGED had it.
    fn common(self) -> u64 {
        if self.same_history { self.before.saturating_add(self.verbatim) } else { 0 }
    }

    /// The positions of a gap that BOOK didn't have before.
    fn still_missing(self, missing: &Missing) -> Option<RangeInclusive<u64>> {
        let had = if self.same_history { self.before } else { 0 };
        let (first, last) = (*missing.positions.start(), *missing.positions.end());
        let first = first.max(had.saturating_add(1));
        (first <= last).then_some(first..=last)
    }
}

impl Salvage {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let (damaged, into) = self.folders()?;
        // The book that is there may be a backup of the damaged one: then it names it.
        let there = Journal::read_only(into).ok().and_then(|journal| journal.books().ok());
        let keys = |first: Option<&[u8]>| {
            first.and_then(opened_by).into_iter().chain(there.iter().flatten().copied()).collect()
        };
        let wreck = Wreck::at(damaged, &keys).map_err(|error| self.damaged.not_opened(error))?;
        let refused = self.refused.as_deref().map(create).transpose()?;
        let journal = Journal::at(into).map_err(|error| self.book.not_opened(error))?;
        tell(into, journal.recovery());
        let books = journal.books()?;
        if let Some(other) = books.iter().find(|key| **key != wreck.key()) {
            return Err(Failure::input(format!(
                "{} holds book {other}, {} is one of {}; give a directory without a book",
                self.book,
                self.damaged,
                wreck.key()
            )));
        }
        let key = wreck.key();
        let mut book = Book::default();
        let mut folds = |position, bytes: &[u8]| {
            let record = wire::decode(bytes).ok().filter(|found| found.head.position == position);
            record.is_some_and(|record| apply(&mut book, &record).is_ok())
        };
        let taken = take_over(&wreck, &journal, key, &mut folds)?;
        let activity = activity::save(damaged, key, &*journal.activity()?)?;
        let ledger =
            Ledger::open(journal, Options::default()).map_err(|error| Failure::store(&error))?;
        let again = Again::send(&wreck, &ledger, &taken, refused)?;
        let head = ledger.store().head(key)?;
        let proven = proves(&wreck, ledger.store(), key)?;
        let report = Report { wreck, taken, again, head, proven, activity };
        if json {
            writeln!(out, "{}", serde_json::to_string(&report.node())?)?;
        } else {
            table::write_node(out, &report.node())?;
            writeln!(out, "{}", report.told(&self.book))?;
        }
        Ok(if report.is_whole() { Outcome::Done } else { Outcome::Found })
    }

    /// The two directories, which have to be two.
    fn folders(&self) -> Result<(&Path, &Path), Failure> {
        let (BookUrl::Journal(damaged), BookUrl::Journal(into)) = (&self.damaged, &self.book)
        else {
            return Err(Failure::input("salvage reads and writes journal directories"));
        };
        // What isn't there yet lies where the nearest folder above it lies.
        let to = into.ancestors().map(or_here).find_map(|above| above.canonicalize().ok());
        if let (Ok(from), Some(to)) = (damaged.canonicalize(), to)
            && to.starts_with(&from)
        {
            return Err(Failure::input(format!(
                "{} is where the damaged book is; save it into another directory",
                into.display()
            )));
        }
        Ok((damaged, into))
    }
}

/// The empty path means here.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The file for what is refused: never one that is there.
fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = File::create_new(path).map_err(|error| Failure::file(path, "create", &error))?;
    Ok(BufWriter::new(file))
}

/// Whether a stream has, up to the position that the wreck's head vouches for, the records over which
/// that states the root, and nothing stands in the wreck behind them.
fn proves(wreck: &Wreck, store: &dyn Store, own: BookKey) -> Result<bool, ReadError> {
    let Some(vouched) = wreck.vouched().filter(|_| wreck.tail() == 0) else { return Ok(false) };
    let behind = wreck.records() > 0 && wreck.last() > vouched.size;
    let mut edge = Edge::new();
    store.read(own, 1, &mut |position, record| {
        if position > vouched.size {
            return ControlFlow::Break(());
        }
        edge.push(leaf_hash(record));
        ControlFlow::Continue(())
    })?;
    Ok(!behind && edge.head() == vouched)
}

/// Appends to a stream what follows on it without a gap, if both are of one history. `own` is the
/// name of the stream in the store; `folds` says of each record of it, in order, whether it is one
/// that follows, for nothing else may stand in it.
fn take_over(
    wreck: &Wreck,
    store: &dyn Store,
    own: BookKey,
    folds: &mut dyn FnMut(Position, &[u8]) -> bool,
) -> Result<Taken, Failure> {
    let before = store.head(own)?;
    let mut taken = Taken {
        before: before.size,
        verbatim: 0,
        same_history: same_history(wreck, store, own, before, folds)?,
    };
    if !taken.same_history {
        return Ok(taken);
    }
    let bar = progress::bar("saving", Some(wreck.records()));
    let mut batch = Batch { store, key: own, size: before.size, bytes: 0, records: Vec::new() };
    let mut failure = None;
    wreck.visit(&mut |position, record| {
        bar.inc(1);
        if position <= before.size {
            return ControlFlow::Continue(());
        }
        if position != batch.next() || !folds(Position::new(position), record) {
            return ControlFlow::Break(());
        }
        match batch.add(record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    bar.finish_and_clear();
    failure.map_or(Ok(()), Err)?;
    batch.append()?;
    taken.verbatim = batch.size.saturating_sub(before.size);
    Ok(taken)
}

/// Whether the records of a stream are those of the wreck wherever both have one.
fn same_history(
    wreck: &Wreck,
    store: &dyn Store,
    own: BookKey,
    before: TreeHead,
    folds: &mut dyn FnMut(Position, &[u8]) -> bool,
) -> Result<bool, ReadError> {
    let mut leaves: Vec<Hash> = Vec::new();
    let mut same = true;
    store.read(own, 1, &mut |position, record| {
        leaves.push(leaf_hash(record));
        same = folds(Position::new(position), record);
        if same && position < before.size {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    if !same {
        return Ok(false);
    }
    wreck.visit(&mut |position, record| {
        let place = position.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        let Some(own) = place.and_then(|place| leaves.get(place)) else {
            return ControlFlow::Break(());
        };
        same = *own == leaf_hash(record);
        if same { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(same)
}

/// Records on their way into a stream.
struct Batch<'s> {
    store: &'s dyn Store,
    key: BookKey,
    size: u64,
    bytes: u64,
    records: Vec<Vec<u8>>,
}

impl Batch<'_> {
    /// The position of the next record.
    fn next(&self) -> u64 {
        let waiting = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        self.size.saturating_add(waiting).saturating_add(1)
    }

    fn add(&mut self, record: &[u8]) -> Result<(), Failure> {
        let bytes = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if self.records.len() >= BATCH_RECORDS || self.bytes.saturating_add(bytes) > BATCH_BYTES {
            self.append()?;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.records.push(record.to_vec());
        Ok(())
    }

    fn append(&mut self) -> Result<(), Failure> {
        let records: Vec<&[u8]> = self.records.iter().map(Vec::as_slice).collect();
        let appended = self.store.append(self.key, self.size, &records);
        self.size = appended.map_err(|error: AppendError| Failure::store(&error))?.size;
        (self.bytes, self.records) = (0, Vec::new());
        Ok(())
    }
}
