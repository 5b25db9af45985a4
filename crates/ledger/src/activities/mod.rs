//! The handle on a book's activity stream: batches of community facts in, durable records out.
//!
//! No rule decides what happened, an app says what it saw: so there is no state but which batches are
//! recorded. The same batch sent again is answered with the position that it has, whatever was lost on
//! the way.
//!
//! # Cost and limits
//! Opening reads the stream once and keeps 24 bytes a batch (some 40 with the table's own room). One call
//! of `append` or `append_many`: one append. A batch that is recorded already: one read of its record. A
//! batch has at most 1 MiB as a record, some 30,000 visits; 8,192 facts of any kind always fit.
//!
//! If the process dies before the append returns, all batches of the call are recorded or none; the same
//! batches sent again find out.

mod error;
mod records;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard};

use tuanzhang_core::activity::{ActivityRecord, Happened};
use tuanzhang_core::{BatchId, BookId, Position, Time};
use tuanzhang_log::{BookKey, Cause, Store, TreeHead, Turn};
use tuanzhang_wire::activity::{self, ActivityHead};
use tuanzhang_wire::{EncodeError, book_key};

pub use error::{ActivityError, ActivityRefusal};
pub use records::ActivityRecords;

use crate::clock::{Clock, SystemClock};
use crate::error::{OpenError, RecordsError, shrunk};
use crate::execute::{RACES_BEFORE_TURN, RACES_MAX, append_behind};
use crate::records::{each, read_one, visit};

/// Facts that are recorded together, under an id that makes a retry safe.
#[derive(Clone, Copy, Debug)]
pub struct ActivityBatch<'e> {
    id: BatchId,
    recorded_at: Option<Time>,
    entries: &'e [Happened],
}

impl<'e> ActivityBatch<'e> {
    /// Facts under the id that their sender chose for them; recorded at the handle's time.
    pub const fn new(id: BatchId, entries: &'e [Happened]) -> Self {
        Self { id, recorded_at: None, entries }
    }

    /// Sets when it is recorded, in place of the handle's clock.
    #[must_use]
    pub const fn at(self, recorded_at: Time) -> Self {
        Self { recorded_at: Some(recorded_at), ..self }
    }

    /// What can be said without a look at the stream.
    fn check(&self, now: Time) -> Result<(), ActivityRefusal> {
        let (batch, recorded_at) = (self.id, self.recorded_at.unwrap_or(now));
        if self.entries.is_empty() {
            return Err(ActivityRefusal::Empty { batch });
        }
        match self.entries.iter().enumerate().find(|(_, happened)| happened.at > recorded_at) {
            Some((entry, &Happened { at, .. })) => {
                Err(ActivityRefusal::NotYet { batch, entry, at, recorded_at })
            }
            None => Ok(()),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Where it stands in the stream.
    pub position: Position,
    /// Whether it stood there before.
    pub repeated: bool,
}

/// The activity stream of one book, open. `Send + Sync`; share it by reference or in an `Arc`.
#[derive(Debug)]
pub struct Activities {
    store: Box<dyn Store>,
    key: BookKey,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

/// Which batches the store has, as far as this handle has read.
#[derive(Debug, Default)]
struct Known {
    size: u64,
    batches: HashMap<[u8; 16], u64>,
    /// The store may have more: an answer was lost.
    behind: bool,
}

/// Records of one append, encoded.
#[derive(Debug, Default)]
struct Encoded {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The batches: the number of each one's record, and its place in the call.
    batches: HashMap<[u8; 16], (usize, usize)>,
}

impl Activities {
    /// Opens the activity stream beside the books of a store, with the machine's clock.
    ///
    /// # Errors
    /// The store can't be read, or holds what isn't a record.
    pub fn of(store: &dyn Store, book: BookId) -> Result<Self, OpenError> {
        Self::with_clock(store.activity()?, book, Arc::new(SystemClock))
    }

    /// Opens the activity stream of a book in a store that keeps activity streams, like the journal's
    /// `ActivityStream`, with the machine's clock.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn open(streams: impl Store + 'static, book: BookId) -> Result<Self, OpenError> {
        Self::with_clock(Box::new(streams), book, Arc::new(SystemClock))
    }

    pub(crate) fn with_clock(
        store: Box<dyn Store>,
        book: BookId,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let key = book_key(book);
        let mut known = Known::default();
        known.read_on(&*store, key)?;
        Ok(Self { store, key, clock, known: Mutex::new(known) })
    }

    /// Records a batch at the handle's time and returns when it is durable.
    ///
    /// # Errors
    /// By type what to do next: [`ActivityError`].
    pub fn append(&self, batch: BatchId, entries: &[Happened]) -> Result<Recorded, ActivityError> {
        let recorded = self.append_many(&[ActivityBatch::new(batch, entries)])?;
        recorded.first().copied().ok_or_else(|| ActivityError::damaged("append", "no answer"))
    }

    /// Records several batches in one append and returns when all are durable: one answer for each. They
    /// are recorded together or not at all, those apart that are recorded already; a refusal of one
    /// refuses all.
    ///
    /// # Errors
    /// By type what to do next: [`ActivityError`].
    pub fn append_many(
        &self,
        batches: &[ActivityBatch<'_>],
    ) -> Result<Vec<Recorded>, ActivityError> {
        let now = self.clock.now();
        batches.iter().try_for_each(|batch| batch.check(now))?;
        let mut known = self.known();
        for races in 0..=RACES_MAX {
            if known.behind {
                known.read_on(&*self.store, self.key)?;
                known.behind = false;
            }
            let turn = if races < RACES_BEFORE_TURN {
                None
            } else {
                known.take_turn(&*self.store, self.key)?
            };
            let (answers, encoded) = self.prepare(&known, batches, now)?;
            if encoded.ends.is_empty() {
                // What the turn has shown is then as durable as the store promises.
                turn.map_or(Ok(TreeHead::EMPTY), |turn| turn.append(&[]))?;
                return Ok(answers);
            }
            // Until the answer is there, the store may have what this handle doesn't know.
            known.behind = true;
            let slices = encoded.slices();
            if let Some(head) = append_behind(&*self.store, turn, self.key, known.size, &slices)? {
                known.take(&encoded, head);
                return Ok(answers);
            }
        }
        let cause = format!("lost {RACES_MAX} races in a row against other writers of this stream");
        Err(ActivityError::unavailable(Cause::new(cause)))
    }

    /// Answers each batch as if the append had succeeded, and encodes those that are new.
    fn prepare(
        &self,
        known: &Known,
        batches: &[ActivityBatch<'_>],
        now: Time,
    ) -> Result<(Vec<Recorded>, Encoded), ActivityError> {
        let mut encoded = Encoded::default();
        let mut answers = Vec::with_capacity(batches.len());
        for (place, batch) in batches.iter().enumerate() {
            let id = batch.id.to_bytes();
            if let Some(position) = known.batches.get(&id).copied() {
                let position = Position::new(position);
                self.must_be_the_same(batch, position)?;
                answers.push(Recorded { position, repeated: true });
                continue;
            }
            if let Some((number, first)) = encoded.batches.get(&id).copied() {
                let position = Position::new(known.position(number));
                let same = batches.get(first).is_some_and(|first| first.entries == batch.entries);
                if !same {
                    return Err(ActivityRefusal::IdReused { batch: batch.id, position }.into());
                }
                answers.push(Recorded { position, repeated: true });
                continue;
            }
            let position = Position::new(known.position(encoded.ends.len()));
            encoded.add(batch, position, now, place)?;
            answers.push(Recorded { position, repeated: false });
        }
        Ok((answers, encoded))
    }

    /// The batch that stands at a position has these entries.
    fn must_be_the_same(
        &self,
        batch: &ActivityBatch<'_>,
        position: Position,
    ) -> Result<(), ActivityError> {
        let found = read_one::<ActivityRecord>(&*self.store, self.key, position)?;
        match found {
            Some(record) if record.entries == batch.entries => Ok(()),
            Some(_) => Err(ActivityRefusal::IdReused { batch: batch.id, position }.into()),
            None => {
                let place = format!("activity record {position}");
                Err(ActivityError::damaged(place, "it was read before and is gone"))
            }
        }
    }

    /// The durable records from a position on, beside the writer.
    pub fn records(&self, from: Position) -> ActivityRecords<'_> {
        ActivityRecords::new(&*self.store, self.key, from)
    }

    /// The last durable record that this handle knows of; [`Position::START`] before the first.
    pub fn position(&self) -> Position {
        Position::new(self.known().size)
    }

    /// The store beneath, to verify it or to look at its guarantees.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|poisoned| {
            // A panic of the store's cut a call short: the store may have its batches.
            self.known.clear_poison();
            let mut known = poisoned.into_inner();
            known.behind = true;
            known
        })
    }
}

impl Known {
    /// The position of the nth record behind what is known, from 0.
    fn position(&self, nth: usize) -> u64 {
        let nth = u64::try_from(nth).unwrap_or(u64::MAX);
        self.size.saturating_add(nth).saturating_add(1)
    }

    /// Takes in what the store has and the handle doesn't know: of each record its head only.
    fn read_on(&mut self, store: &dyn Store, key: BookKey) -> Result<(), RecordsError> {
        visit(store, key, self.next(), |head: ActivityHead, _| Ok(self.see(head)))
    }

    /// Waits until no other process appends, and reads on; `None` where the store gives no turns.
    fn take_turn<'s>(
        &mut self,
        store: &'s dyn Store,
        key: BookKey,
    ) -> Result<Option<Box<dyn Turn + 's>>, ActivityError> {
        let from = self.next();
        let see = |head: ActivityHead, _: &[u8]| Ok::<_, RecordsError>(self.see(head));
        let taken = each(from, see, |visitor| store.turn(key, from.get(), visitor))??;
        match taken {
            Some(turn) if turn.head().size != self.size => {
                Err(shrunk(key, self.size, turn.head().size).into())
            }
            taken => Ok(taken),
        }
    }

    fn next(&self) -> Position {
        Position::new(self.size).next()
    }

    fn see(&mut self, head: ActivityHead) -> ControlFlow<()> {
        self.size = head.position.get();
        self.batches.entry(head.batch.to_bytes()).or_insert(self.size);
        ControlFlow::Continue(())
    }

    /// Takes in what was just appended.
    fn take(&mut self, encoded: &Encoded, head: TreeHead) {
        for (batch, (number, _)) in &encoded.batches {
            let position = self.position(*number);
            self.batches.insert(*batch, position);
        }
        self.size = head.size;
        self.behind = false;
    }
}

impl Encoded {
    fn add(
        &mut self,
        batch: &ActivityBatch<'_>,
        position: Position,
        now: Time,
        place: usize,
    ) -> Result<(), ActivityError> {
        let recorded_at = batch.recorded_at.unwrap_or(now);
        let (bytes, entries) = (&mut self.bytes, batch.entries);
        let done = activity::encode_batch_into(bytes, position, recorded_at, batch.id, entries);
        if let Err(EncodeError::TooLarge { bytes: actual, limit }) = done {
            let what = "bytes of a batch as a record";
            return Err(ActivityRefusal::TooLarge { what, limit, actual }.into());
        }
        done.map_err(|error| ActivityError::unavailable(Cause::with("encoding a batch", error)))?;
        self.batches.insert(batch.id.to_bytes(), (self.ends.len(), place));
        self.ends.push(self.bytes.len());
        Ok(())
    }

    fn slices(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(*start..*end)).collect()
    }
}
