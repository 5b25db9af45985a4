//! Where one waiting command gets its answer: by a blocked thread or by a future.
//!
//! A [`Ticket`] is the obligation to answer; dropped without an answer (the writer panicked), it
//! answers `Unknown`, so nobody waits for ever.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tuanzhang_log::Cause;

use crate::error::ExecuteError;
use crate::request::Done;

type Answered = Result<Done, ExecuteError>;

/// What a waiting thread is woken for.
#[derive(Debug)]
pub(crate) enum Woken {
    /// It is this thread's turn to write.
    Turn,
    /// Another writer has run the command.
    Answered(Answered),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Waiting,
    Woken(Waker),
    Turn,
    Answered(Answered),
}

/// Where an answer is put and waited for.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, to: State) {
        let before = std::mem::replace(&mut *self.lock(), to);
        self.changed.notify_one();
        if let State::Woken(waker) = before {
            waker.wake();
        }
    }

    /// Gives the waiting thread the turn to write.
    pub(crate) fn give_turn(&self) {
        self.set(State::Turn);
    }

    /// Blocks until it is this thread's turn, or the answer is there.
    pub(crate) fn wait(&self) -> Woken {
        let mut state = self.lock();
        loop {
            match std::mem::take(&mut *state) {
                State::Turn => return Woken::Turn,
                State::Answered(answer) => return Woken::Answered(answer),
                State::Waiting | State::Woken(_) => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Blocks until it is this thread's turn.
    pub(crate) fn wait_for_turn(&self) {
        while let Woken::Answered(_) = self.wait() {}
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Answered> {
        let mut state = self.lock();
        if let State::Answered(answer) = &*state {
            return Poll::Ready(answer.clone());
        }
        *state = State::Woken(context.waker().clone());
        Poll::Pending
    }
}

/// The obligation to answer one command.
#[derive(Debug)]
pub(crate) struct Ticket {
    slot: Option<Arc<Slot>>,
}

impl Ticket {
    pub(crate) fn new(slot: Arc<Slot>) -> Self {
        Self { slot: Some(slot) }
    }

    /// Gives the waiting thread the turn to write; it will answer itself.
    pub(crate) fn give_turn(&self) {
        if let Some(slot) = &self.slot {
            slot.give_turn();
        }
    }

    pub(crate) fn answer(mut self, answer: Answered) {
        if let Some(slot) = self.slot.take() {
            slot.set(State::Answered(answer));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            let cause = Cause::new("the writer of the batch panicked");
            slot.set(State::Answered(Err(ExecuteError::unknown(cause))));
        }
    }
}

/// The answer to a submitted command, in any async runtime. The command is in the queue already;
/// dropping this doesn't withdraw it.
#[derive(Debug)]
#[must_use = "the command is recorded all the same, but nobody looks at its answer"]
pub struct Submitted {
    pub(crate) slot: Arc<Slot>,
}

impl Submitted {
    pub(crate) fn answered(answer: Answered) -> Self {
        Self {
            slot: Arc::new(Slot {
                state: Mutex::new(State::Answered(answer)),
                changed: Condvar::new(),
            }),
        }
    }
}

impl Future for Submitted {
    type Output = Answered;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answered> {
        self.slot.poll(context)
    }
}
