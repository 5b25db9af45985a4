//! Who writes, and who waits.
//!
//! One thread at a time has the writer's turn. It takes all commands that wait, runs them as one batch,
//! answers them and gives the turn on: to the thread of the first that waits, or to the serving thread
//! where that is a submitted command. Order of arrival is kept, nobody is overtaken.
//!
//! Always true: when nobody has the turn, the queue is empty.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::request::Request;
use crate::slot::{Slot, Ticket};

/// A command that waits.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) ticket: Ticket,
    sender: Sender,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    /// A blocked thread, which can write itself.
    Thread,
    /// A future.
    Task,
}

#[derive(Debug)]
enum Waiting {
    Command(Box<Job>),
    /// A thread with many requests of its own waits for its turn.
    Turn(Arc<Slot>),
}

/// Who runs a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// A thread of the app.
    Caller,
    /// The thread that serves submitted commands.
    Serving,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Somebody has the turn, or was just given it.
    taken: bool,
    /// The serving thread was given the turn and has not seen it yet.
    serve: bool,
    /// The handle is gone; the serving thread ends when nothing waits.
    closed: bool,
}

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// The queue was full and is not any more.
    room: Condvar,
    /// `serve` or `closed` was set.
    serving: Condvar,
    commands_max: usize,
}

/// What becomes of a thread that wants to write.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once; a box would cost an allocation a command"
)]
pub(crate) enum Entry {
    /// It has the turn: with its own requests.
    Turn(Request),
    /// It waits here.
    Wait(Arc<Slot>),
}

impl Queue {
    pub(crate) fn new(commands_max: usize) -> Self {
        Self {
            state: Mutex::default(),
            room: Condvar::new(),
            serving: Condvar::new(),
            commands_max,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between two assignments can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Takes the turn where nobody has it, else puts the command into the queue, waiting for room.
    pub(crate) fn enter(&self, request: Request) -> Entry {
        let mut state = self.lock();
        loop {
            if !state.taken {
                state.taken = true;
                return Entry::Turn(request);
            }
            if state.waiting.len() < self.commands_max {
                let slot = Arc::new(Slot::default());
                let ticket = Ticket::new(Arc::clone(&slot));
                let sender = Sender::Thread;
                state.waiting.push_back(Waiting::Command(Box::new(Job {
                    request,
                    ticket,
                    sender,
                })));
                return Entry::Wait(slot);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes the turn where nobody has it (`None`), else says where to wait for it.
    pub(crate) fn enter_turn(&self) -> Option<Arc<Slot>> {
        let mut state = self.lock();
        if !state.taken {
            state.taken = true;
            return None;
        }
        let slot = Arc::new(Slot::default());
        state.waiting.push_back(Waiting::Turn(Arc::clone(&slot)));
        Some(slot)
    }

    /// Puts a command into the queue without waiting; `Err` when it is full, with its limit.
    pub(crate) fn submit(&self, request: Request) -> Result<Arc<Slot>, usize> {
        let mut state = self.lock();
        if state.waiting.len() >= self.commands_max {
            return Err(self.commands_max);
        }
        let slot = Arc::new(Slot::default());
        let (ticket, sender) = (Ticket::new(Arc::clone(&slot)), Sender::Task);
        state.waiting.push_back(Waiting::Command(Box::new(Job { request, ticket, sender })));
        if !state.taken {
            state.taken = true;
            state.serve = true;
            self.serving.notify_one();
        }
        Ok(slot)
    }

    /// Takes what waits, at most so many, up to the next thread that waits for a turn of its own.
    pub(crate) fn take(&self, at_most: usize) -> Vec<Job> {
        let mut state = self.lock();
        let mut jobs = Vec::new();
        while jobs.len() < at_most {
            match state.waiting.pop_front() {
                Some(Waiting::Command(job)) => jobs.push(*job),
                Some(turn @ Waiting::Turn(_)) => {
                    state.waiting.push_front(turn);
                    break;
                }
                None => break,
            }
        }
        if !jobs.is_empty() {
            self.room.notify_all();
        }
        jobs
    }

    /// Gives the turn on.
    pub(crate) fn give_on(&self, runner: Runner) {
        let mut state = self.lock();
        match state.waiting.front() {
            None => state.taken = false,
            Some(Waiting::Command(job))
                if job.sender == Sender::Thread && runner == Runner::Caller =>
            {
                job.ticket.give_turn();
            }
            Some(Waiting::Command(_)) => {
                state.serve = true;
                self.serving.notify_one();
            }
            Some(Waiting::Turn(slot)) => {
                slot.give_turn();
                state.waiting.pop_front();
                self.room.notify_all();
            }
        }
    }

    /// Blocks the serving thread until it has the turn; false when the handle is gone.
    pub(crate) fn await_turn(&self) -> bool {
        let mut state = self.lock();
        loop {
            if std::mem::take(&mut state.serve) {
                return true;
            }
            if state.closed {
                return false;
            }
            state = self.serving.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the serving thread end once nothing waits.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.serving.notify_all();
    }
}
