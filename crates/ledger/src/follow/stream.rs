//! A follower for async code: a thread reads, a task takes.
//!
//! The thread stops reading while [`STREAM_RECORDS_MAX`] records wait to be taken, and ends when the
//! stream is dropped. Each side wakes the other: the thread by the task's waker, the task by a condition
//! that the thread waits for.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use tuanzhang_core::{Position, Record};
use tuanzhang_log::{Cause, ReadError};

use super::{Follow, Stopper};
use crate::error::RecordsError;

/// Most records that wait in a [`FollowStream`] to be taken.
pub const STREAM_RECORDS_MAX: usize = 256;

type Item = Result<Record, RecordsError>;

/// Where the thread puts records and the task takes them.
#[derive(Debug, Default)]
struct Pipe {
    state: Mutex<State>,
    /// There is room again, or nobody takes any more.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    items: VecDeque<Item>,
    waker: Option<Waker>,
    /// The thread puts nothing more.
    ended: bool,
    /// The task takes nothing more.
    gone: bool,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A queue, and assignments.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for room and puts an item; false when nobody takes any more.
    fn put(&self, item: Item) -> bool {
        let full = |state: &mut State| state.items.len() >= STREAM_RECORDS_MAX && !state.gone;
        let mut state =
            self.room.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        if state.gone {
            return false;
        }
        state.items.push_back(item);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Puts no more, but an error that says why.
    fn end(&self, why: Option<RecordsError>) {
        let mut state = self.lock();
        state.items.extend(why.map(Err));
        state.ended = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn take(&self, context: &Context<'_>) -> Poll<Option<Item>> {
        let mut state = self.lock();
        if let Some(item) = state.items.pop_front() {
            drop(state);
            self.room.notify_one();
            return Poll::Ready(Some(item));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The durable records of a book as a stream: those that are there, then each new one when it is
/// durable. For any async runtime; what it gives and how it ends is [`Follow`]'s.
///
/// A thread reads the store; where it can't be started, `Unavailable` is the only item. Dropping the
/// stream ends the thread, which lets go of the store once a read that is under way has returned.
///
/// # Examples
/// ```
/// use tuanzhang_core::Position;
/// use tuanzhang_ledger::{FollowStream, Ledger};
///
/// fn is_a_stream(_: &impl futures_core::Stream) {}
/// let stream: FollowStream = Ledger::in_memory().follow(Position::START).into_stream();
/// is_a_stream(&stream);
/// // while let Some(record) = stream.next().await { .. } with futures' or tokio-stream's `StreamExt`
/// ```
#[derive(Debug)]
#[must_use = "records are read ahead, but nobody takes them"]
pub struct FollowStream {
    pipe: Arc<Pipe>,
    stopper: Stopper,
    next: Position,
    /// `None` was given.
    terminated: bool,
}

impl FollowStream {
    pub(super) fn new(mut follow: Follow) -> Self {
        let pipe = Arc::new(Pipe::default());
        let (stopper, next) = (follow.stopper(), follow.next_position());
        let to = Arc::clone(&pipe);
        let read = move || {
            // A panic of the store's must not leave the task waiting.
            let read = AssertUnwindSafe(|| while follow.next().is_some_and(|item| to.put(item)) {});
            let panicked = catch_unwind(read).is_err();
            // The store is let go before the task can learn that this is the end.
            drop(follow);
            to.end(
                panicked.then(|| unavailable(Cause::new("the store panicked while it was read"))),
            );
        };
        let thread = thread::Builder::new().name("tuanzhang-follow".into()).spawn(read);
        if let Err(error) = thread {
            let cause = Cause::with("starting the thread that follows the book", error);
            pipe.end(Some(unavailable(cause)));
        }
        Self { pipe, stopper, next, terminated: false }
    }

    /// The position behind the last record that was taken: what to keep in order to go on from here
    /// another time.
    pub const fn next_position(&self) -> Position {
        self.next
    }

    /// A handle with which another thread or task can end it. Records that were read ahead are still
    /// given.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// How many items wait to be taken.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.pipe.lock().items.len()
    }
}

fn unavailable(cause: Cause) -> RecordsError {
    RecordsError::Store(ReadError::Unavailable(cause))
}

impl Stream for FollowStream {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let polled = self.pipe.take(context);
        match &polled {
            Poll::Ready(Some(Ok(record))) => self.next = record.head.position.next(),
            Poll::Ready(None) => self.terminated = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }
}

impl FusedStream for FollowStream {
    fn is_terminated(&self) -> bool {
        self.terminated
    }
}

impl Drop for FollowStream {
    fn drop(&mut self) {
        let (items, waker) = {
            let mut state = self.pipe.lock();
            state.gone = true;
            (std::mem::take(&mut state.items), state.waker.take())
        };
        self.pipe.room.notify_one();
        self.stopper.stop();
        drop((items, waker));
    }
}
