//! A clock that can hold a batch, so that it is known which commands wait together; and how to wait for
//! futures without a runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use tuanzhang_core::Time;
use tuanzhang_ledger::{Clock, Done, ExecuteError, Ledger, ManualClock, Request, Submitted};

/// What a submitted command is answered with.
pub(crate) type Answered = Result<Done, ExecuteError>;

/// A clock for tests; each batch asks it once, and may be held there.
#[derive(Clone, Debug)]
pub(crate) struct GateClock {
    time: ManualClock,
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The next batch is to be held.
    armed: bool,
    /// A batch is held.
    held: bool,
    /// A future was woken.
    woken: bool,
}

impl Gate {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    fn wait(&self, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.changed.wait_while(self.state.lock().unwrap(), |state| !until(state)).unwrap()
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.change(|state| state.woken = true);
    }
}

impl Clock for GateClock {
    fn now(&self) -> Time {
        let is_held = {
            let mut state = self.gate.state.lock().unwrap();
            state.held |= std::mem::take(&mut state.armed);
            state.held
        };
        if is_held {
            self.gate.changed.notify_all();
            drop(self.gate.wait(|state| !state.held));
        }
        self.time.now()
    }
}

impl GateClock {
    pub(crate) fn at(time: Time) -> Self {
        Self { time: ManualClock::at(time), gate: Arc::default() }
    }

    pub(crate) fn set(&self, time: Time) {
        self.time.set(time);
    }

    pub(crate) fn time(&self) -> Time {
        self.time.now()
    }

    fn poll(&self, future: &mut Submitted) -> Poll<Answered> {
        self.gate.change(|state| state.woken = false);
        let waker = Waker::from(Arc::clone(&self.gate));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    fn wait_for(&self, mut future: Submitted) -> Answered {
        loop {
            if let Poll::Ready(answer) = self.poll(&mut future) {
                return answer;
            }
            drop(self.gate.wait(|state| state.woken));
        }
    }

    /// Submits commands: the first alone, the others while it is on its way, so that they are one batch.
    /// Where the first didn't come so far, one after the other. Gives the answers, batch by batch.
    pub(crate) fn submit(&self, ledger: &Ledger, requests: &[Request]) -> Vec<Vec<Answered>> {
        let Some((first, others)) = requests.split_first() else { return Vec::new() };
        self.gate.change(|state| state.armed = true);
        let mut first = ledger.submit_request(first.clone());
        loop {
            if let Poll::Ready(answer) = self.poll(&mut first) {
                self.gate.change(|state| state.armed = false);
                let alone =
                    |request: &Request| vec![self.wait_for(ledger.submit_request(request.clone()))];
                return std::iter::once(vec![answer]).chain(others.iter().map(alone)).collect();
            }
            if self.gate.wait(|state| state.held || state.woken).held {
                break;
            }
        }
        let others: Vec<_> =
            others.iter().map(|request| ledger.submit_request(request.clone())).collect();
        self.gate.change(|state| state.held = false);
        let first = vec![self.wait_for(first)];
        vec![first, others.into_iter().map(|future| self.wait_for(future)).collect()]
    }
}
