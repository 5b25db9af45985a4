//! Following a book: all its durable records from a position on, and each new one when it is durable.
//!
//! # Shape
//! A [`Follow`] reads the store, a chunk at a time, beside the writer and without the book's state. It
//! is told by the handle's writer that there is more; what others append it finds by looking at the
//! store at an interval. It is owned, so that it can live on a thread or in a task of its own: it shares
//! the store with the handle, not the handle itself.
//!
//! # Order and ends
//! Positions come in order, without a gap, each once. Records come from [`Store::read`], so none is
//! given before it is durable and none disappears later; whether the handle was answered doesn't matter.
//! When the last who could append through the handle is gone, a follower gives what the store has and
//! ends. Until then it keeps the store open.
//!
//! If the process dies at any step, nothing has been written; whoever follows goes on from the position
//! that it kept with what it did.
//!
//! # Cost
//! Catching up: one pass over the log from the position on. Live: one read of the store a batch, by the
//! follower's own thread; the writer takes one lock more. Memory: one chunk, 4,096 records or 4 MiB of
//! them.

mod news;
mod stream;

use std::collections::VecDeque;
use std::iter::FusedIterator;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tuanzhang_core::{Position, Record};
use tuanzhang_log::{BookKey, ReadError, Store};

pub(crate) use news::News;
pub use stream::{FollowStream, STREAM_RECORDS_MAX};

use crate::clock::Stopwatch;
use crate::error::RecordsError;
use crate::records::{CHUNK_BYTES_ENOUGH, CHUNK_RECORDS_MAX, visit};
use news::Known;

/// How often a follower looks at the store for others' records, unless it is told otherwise: 200 ms.
pub const FOLLOW_POLL_EVERY: Duration = Duration::from_millis(200);

/// The shortest interval between two looks that nothing was heard of.
const POLL_EVERY_LEAST: Duration = Duration::from_millis(1);

/// The durable records of a book from a position on: those that are there, then each new one when it is
/// durable. A blocking iterator; [`into_stream`](Self::into_stream) makes a stream for async code.
///
/// It is a handle of its own, `Send` and `'static`. `None` is its end: it was
/// [stopped](Self::stopper), an error ended it, or the ledger is gone and all that the store then had
/// was given. It keeps the store open until it has ended or is dropped, a journal's lock included.
///
/// A record is given when the store has it, which may be a moment before
/// [`Ledger::read`](crate::Ledger::read) shows it.
///
/// # Errors
/// [`ReadError::Unavailable`] is an item after which it can go on: the next call waits for the interval
/// or news, then reads again from the same position. All other errors end it, and so does every error
/// once the ledger is gone. Sound records before a bad one are given first.
///
/// # Examples
/// ```
/// use tuanzhang_core::{Actor, BookId, PartyId, Position, book::OpenBook};
/// use tuanzhang_ledger::Ledger;
///
/// let ledger = Ledger::in_memory();
/// let follower = ledger.follow(Position::START);
/// let seen = std::thread::spawn(move || {
///     follower.map(|record| record.map(|record| record.head.position)).collect::<Result<Vec<_>, _>>()
/// });
/// let (book, operator) = (BookId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
/// ledger.execute(Actor::Operator, OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator))?;
/// drop(ledger); // the follower gives what is durable, and ends
/// assert_eq!(seen.join().expect("no panic")?, [Position::new(1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "it follows only when it is asked for records"]
pub struct Follow {
    line: Arc<Line>,
    key: Option<BookKey>,
    next: Position,
    /// Records from `next` on that were read and not given yet.
    chunk: VecDeque<Record>,
    poll_every: Duration,
    /// What had been heard of before the last look, where that look has reached the store's end.
    looked_at: Option<u64>,
    /// The last call has given an error; what had been heard of before it.
    failed_at: Option<u64>,
    /// The last position to give, once nothing is appended through the handle any more.
    last: Option<u64>,
}

/// What a follower shares with its stoppers.
#[derive(Debug)]
struct Line {
    /// `None` once the follower has ended.
    store: Mutex<Option<Arc<dyn Store>>>,
    news: Arc<News>,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<dyn Store>>> {
        // It is cloned and taken out, nothing else.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.lock().is_none()
    }

    /// Lets go of the store.
    fn end(&self) {
        let store = self.lock().take();
        drop(store);
    }
}

/// Ends a follower from another thread. Clones end the same follower.
#[derive(Clone, Debug)]
pub struct Stopper {
    line: Arc<Line>,
}

impl Stopper {
    /// Ends the follower: whoever waits for its next record is woken and gets `None`. It lets go of the
    /// store at once, or as soon as a read that is under way has returned. Never blocks for long.
    pub fn stop(&self) {
        self.line.end();
        self.line.news.wake();
    }
}

/// How long a call may wait.
#[derive(Clone, Copy, Debug)]
enum Patience {
    None,
    Within(Stopwatch, Duration),
    Endless,
}

impl Patience {
    /// What is left of it; `None` without a limit.
    fn left(self) -> Option<Duration> {
        match self {
            Self::None => Some(Duration::ZERO),
            Self::Within(since, time) => {
                Some(time.saturating_sub(Duration::from_micros(since.micros())))
            }
            Self::Endless => None,
        }
    }
}

impl Follow {
    pub(crate) fn new(store: Arc<dyn Store>, news: Arc<News>, from: Position) -> Self {
        Self {
            line: Arc::new(Line { store: Mutex::new(Some(store)), news }),
            key: None,
            next: from.max(Position::START.next()),
            chunk: VecDeque::new(),
            poll_every: FOLLOW_POLL_EVERY,
            looked_at: None,
            failed_at: None,
            last: None,
        }
    }

    /// Sets how often it looks at the store where others may append to it, and after an error that may
    /// pass; at least 1 ms. What is appended through its own handle is heard of at once.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll_every = interval.max(POLL_EVERY_LEAST);
        self
    }

    /// The position that comes next: what to keep in order to go on from here another time.
    pub const fn next_position(&self) -> Position {
        self.next
    }

    /// A handle with which another thread can end it.
    pub fn stopper(&self) -> Stopper {
        Stopper { line: Arc::clone(&self.line) }
    }

    /// Whether it gives nothing any more.
    pub fn has_ended(&self) -> bool {
        self.line.has_ended()
    }

    /// The next record if it is durable now. Doesn't wait: `None` is the end for now, or the end where
    /// [`has_ended`](Self::has_ended) says so.
    ///
    /// # Errors
    /// As an item, see [`Follow`].
    pub fn try_next(&mut self) -> Option<Result<Record, RecordsError>> {
        self.step(Patience::None)
    }

    /// The next record, waited for no longer than this. `None` is the end for now, or the end where
    /// [`has_ended`](Self::has_ended) says so.
    ///
    /// # Errors
    /// As an item, see [`Follow`].
    pub fn next_within(&mut self, time: Duration) -> Option<Result<Record, RecordsError>> {
        self.step(Patience::Within(Stopwatch::start(), time))
    }

    /// A stream of the same records for async code, in any runtime. A thread of its own reads, since
    /// reading a store blocks; it hands over at most [`STREAM_RECORDS_MAX`] records ahead.
    pub fn into_stream(self) -> FollowStream {
        FollowStream::new(self)
    }

    fn step(&mut self, patience: Patience) -> Option<Result<Record, RecordsError>> {
        if let Some(seen) = self.failed_at.take() {
            self.wait(seen, Some(self.poll_every), patience);
        }
        loop {
            if self.line.has_ended() {
                return None;
            }
            if let Some(record) = self.chunk.pop_front() {
                self.next = self.next.next();
                return Some(Ok(record));
            }
            let known = self.line.news.now();
            if !known.sole || known.closed || self.looked_at != Some(known.count) {
                match self.look(known) {
                    Ok(()) if !self.chunk.is_empty() => continue,
                    Ok(()) if known.closed => {
                        self.line.end();
                        return None;
                    }
                    Ok(()) => {}
                    Err(error) => {
                        self.failed_at = Some(known.count);
                        if known.closed || !may_pass(&error) {
                            self.line.end();
                        }
                        return Some(Err(error));
                    }
                }
            }
            let interval = (!known.sole).then_some(self.poll_every);
            if !self.wait(known.count, interval, patience) {
                return None;
            }
        }
    }

    /// Waits for news, at most so long; false when no time was left to wait.
    fn wait(&self, seen: u64, interval: Option<Duration>, patience: Patience) -> bool {
        let left = patience.left();
        if left == Some(Duration::ZERO) {
            return false;
        }
        let at_most = left.into_iter().chain(interval).min();
        self.line.news.wait(seen, || self.line.has_ended(), at_most);
        true
    }

    /// Reads a chunk, if the store has more.
    fn look(&mut self, known: Known) -> Result<(), RecordsError> {
        self.looked_at = None;
        let Some(store) = self.line.lock().clone() else { return Ok(()) };
        let Some(key) = self.key(&store, known)? else {
            self.looked_at = Some(known.count);
            return Ok(());
        };
        if known.closed && self.last.is_none() {
            // Others may go on for ever: what is there now is the end.
            self.last = Some(store.head(key).map_err(RecordsError::Store)?.size);
        }
        let last = self.last.unwrap_or(u64::MAX);
        if self.next.get() > last {
            return Ok(());
        }
        let (chunk, mut size, mut full) = (&mut self.chunk, 0_usize, false);
        let read = visit(&store, key, self.next, |record: Record, bytes| {
            let position = record.head.position;
            size = size.saturating_add(bytes.len());
            chunk.push_back(record);
            full = chunk.len() >= CHUNK_RECORDS_MAX || size >= CHUNK_BYTES_ENOUGH;
            let enough = full || position.get() >= last;
            let on = if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            Ok::<_, RecordsError>(on)
        });
        match read {
            Ok(()) if full => Ok(()),
            Ok(()) => {
                self.looked_at = Some(known.count);
                Ok(())
            }
            // What was read before it is sound; the next look meets the error again.
            Err(_) if !self.chunk.is_empty() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The book: the handle's, or the store's only one where the handle doesn't know it yet.
    fn key(&mut self, store: &dyn Store, known: Known) -> Result<Option<BookKey>, RecordsError> {
        if self.key.is_none() {
            self.key = known.key;
        }
        if self.key.is_none()
            && let [key] = store.books().map_err(RecordsError::Store)?.as_slice()
        {
            self.key = Some(*key);
        }
        Ok(self.key)
    }
}

fn may_pass(error: &RecordsError) -> bool {
    matches!(error, RecordsError::Store(ReadError::Unavailable(_)))
}

/// Blocks until the next record is durable; `None` is the end.
impl Iterator for Follow {
    type Item = Result<Record, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Patience::Endless)
    }
}

impl FusedIterator for Follow {}

impl Drop for Follow {
    fn drop(&mut self) {
        // A stopper that outlives it must not keep the store.
        self.line.end();
    }
}
