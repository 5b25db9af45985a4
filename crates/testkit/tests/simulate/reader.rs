//! A process that reads along: it holds no lock, writes nothing, and folds what it reads.

use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_core::book::{Book, apply};
use tuanzhang_journal::simulation::SimulatedDisk;
use tuanzhang_journal::{Journal, OpenError};
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, ReadError, Store};

use crate::random::Random;

/// Reads beside the writer. What it has seen must stay for ever, whatever happens to the machine: it is
/// given out when it is durable.
#[derive(Debug)]
pub(crate) struct Reader {
    disk: SimulatedDisk,
    journal: Option<Journal>,
    random: Random,
    /// Every record that was seen, from the first on.
    pub(crate) seen: Vec<Vec<u8>>,
    edge: Edge,
    /// What was seen, folded.
    pub(crate) book: Book,
    /// Looks that gave an answer.
    pub(crate) looks: u64,
    /// Looks that failed.
    pub(crate) failed: u64,
    /// Something was made to fail since a writer has opened last: a look may fail too.
    pub(crate) excused: bool,
    /// Power was lost since a writer has opened last: the last frame may have to wait for that.
    pub(crate) waits: bool,
    /// What was wrong first.
    pub(crate) wrong: Option<String>,
}

/// Why a look gave no answer.
#[derive(Debug)]
enum Failed {
    /// The store says so.
    Store(String),
    /// It gave what it may not.
    Wrong(String),
}

impl From<OpenError> for Failed {
    fn from(error: OpenError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<ReadError> for Failed {
    fn from(error: ReadError) -> Self {
        Self::Store(error.to_string())
    }
}

fn wrong(what: impl Into<String>) -> Failed {
    Failed::Wrong(what.into())
}

impl Reader {
    pub(crate) fn new(disk: SimulatedDisk, seed: u64) -> Self {
        Self {
            disk,
            journal: None,
            random: Random(seed),
            seen: Vec::new(),
            edge: Edge::default(),
            book: Book::default(),
            looks: 0,
            failed: 0,
            excused: false,
            waits: false,
            wrong: None,
        }
    }

    /// The machine has another disk now: the process starts again, and knows what it has seen.
    pub(crate) fn move_to(&mut self, disk: SimulatedDisk) {
        self.disk = disk;
        self.journal = None;
    }

    /// Reads what is new, and something old.
    pub(crate) fn look(&mut self) {
        let journal = match self.journal.take() {
            Some(journal) => Ok(journal),
            None => Journal::read_only_on(Arc::new(self.disk.clone())).map_err(Failed::from),
        };
        let looked = journal.and_then(|journal| {
            self.follow(&journal)?;
            self.journal = Some(journal);
            Ok(())
        });
        let what = match looked {
            Ok(()) => {
                self.looks += 1;
                return;
            }
            Err(Failed::Store(_)) if self.excused => {
                self.failed += 1;
                return;
            }
            Err(Failed::Store(what)) => format!("the reader can't read: {what}"),
            Err(Failed::Wrong(what)) => format!("the reader: {what}"),
        };
        self.wrong.get_or_insert(what);
    }

    fn follow(&mut self, journal: &Journal) -> Result<(), Failed> {
        let seen = u64::try_from(self.seen.len()).unwrap();
        let Some(key) = journal.books()?.first().copied() else {
            return if seen == 0 || self.waits { Ok(()) } else { Err(wrong("the book is gone")) };
        };
        let size = journal.head(key)?.size;
        if size < seen && !self.waits {
            return Err(wrong(format!("{seen} records were seen, {size} are there")));
        }
        let mut misplaced = None;
        let mut new = Vec::new();
        journal.read(key, seen + 1, &mut |position, bytes| {
            if position != seen + 1 + u64::try_from(new.len()).unwrap() {
                misplaced = Some(position);
                return ControlFlow::Break(());
            }
            new.push(bytes.to_vec());
            ControlFlow::Continue(())
        })?;
        if let Some(position) = misplaced {
            return Err(wrong(format!("record {position} comes out of order")));
        }
        for bytes in new {
            self.take(bytes)?;
        }
        let head = journal.head(key)?;
        if head.size == self.edge.head().size && head.root != self.edge.root() {
            return Err(wrong(format!("the root of {} records is another", head.size)));
        }
        self.read_again(journal, key, head.size)
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<(), Failed> {
        let record = tuanzhang_wire::decode(&bytes).map_err(|error| wrong(error.to_string()))?;
        apply(&mut self.book, &record).map_err(|error| wrong(error.to_string()))?;
        self.edge.push(leaf_hash(&bytes));
        self.seen.push(bytes);
        Ok(())
    }

    /// One of the records that were seen, once more.
    fn read_again(&mut self, journal: &Journal, key: BookKey, size: u64) -> Result<(), Failed> {
        let number = self.random.index(self.seen.len());
        let position = u64::try_from(number).unwrap() + 1;
        if position > size {
            return Ok(());
        }
        let found = journal.read_one(key, position)?;
        if found.as_ref() == self.seen.get(number) {
            return Ok(());
        }
        Err(wrong(format!("record {position} is not the one that was seen")))
    }
}
