//! What the writer tells those who follow: that there is more, and that there will be no more.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tuanzhang_log::BookKey;

/// The writer's side and the followers' side of one handle.
#[derive(Debug)]
pub(crate) struct News {
    state: Mutex<State>,
    changed: Condvar,
}

/// What was known at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// Grows whenever the store may have more than before.
    pub(crate) count: u64,
    /// The book, once it is known.
    pub(crate) key: Option<BookKey>,
    /// Nobody else can append: the store has one writer, and this handle has appended.
    pub(crate) sole: bool,
    /// The handle is gone: it appends no more.
    pub(crate) closed: bool,
}

#[derive(Debug, Default)]
struct State {
    known: Known,
    /// Followers that wait; where there is none, a batch costs no wake-up.
    waiting: usize,
}

impl News {
    pub(crate) fn new(key: Option<BookKey>) -> Self {
        let known = Known { key, ..Known::default() };
        Self { state: Mutex::new(State { known, waiting: 0 }), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between two assignments can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Known {
        self.lock().known
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let mut state = self.lock();
        change(&mut state.known);
        state.known.count = state.known.count.wrapping_add(1);
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// This handle has made records durable.
    pub(crate) fn appended(&self, key: Option<BookKey>, many_writers: bool) {
        self.change(|known| {
            known.key = known.key.or(key);
            known.sole = !many_writers;
        });
    }

    /// There are records that this handle didn't append, or whose answer it lost.
    pub(crate) fn perhaps(&self, key: Option<BookKey>) {
        self.change(|known| {
            known.key = known.key.or(key);
            known.sole = false;
        });
    }

    /// Nothing is appended any more.
    pub(crate) fn close(&self) {
        self.change(|known| known.closed = true);
    }

    /// Wakes all that wait, to see whether they were stopped.
    pub(crate) fn wake(&self) {
        let _state = self.lock();
        self.changed.notify_all();
    }

    /// Blocks until something has changed since `seen`, the follower was stopped, or the time is over.
    pub(crate) fn wait(&self, seen: u64, stopped: impl Fn() -> bool, at_most: Option<Duration>) {
        let mut state = self.lock();
        state.waiting = state.waiting.saturating_add(1);
        let nothing = |state: &mut State| state.known.count == seen && !stopped();
        let mut state = match at_most {
            None => self.changed.wait_while(state, nothing).unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                let waited = self.changed.wait_timeout_while(state, time, nothing);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        state.waiting = state.waiting.saturating_sub(1);
    }
}
