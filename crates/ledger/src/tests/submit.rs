//! `submit`: the same queue, from async code in any runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tuanzhang_core::{Actor, Position, Rejection};

use super::stores::Gated;
use super::*;
use crate::ExecuteError;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest async runtime.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_submitted_command_is_answered_when_durable() {
    let ledger = shop(memory());
    let done = block_on(ledger.submit(Actor::Buyer(buyer(1)), place(1, 1))).unwrap();
    assert_eq!((done.position.get(), done.repeated), (5, false));
    assert_eq!(ledger.position(), done.position);
    let again = block_on(ledger.submit(Actor::Buyer(buyer(1)), place(1, 1))).unwrap();
    assert!(again.repeated);
    let refused = block_on(ledger.submit(Actor::Buyer(buyer(2)), place(1, 1))).unwrap_err();
    assert_eq!(refused.rejection().map(Rejection::code), Some("not_allowed"));
}

#[test]
fn submitted_commands_share_appends() {
    let store = Gated::new();
    let ledger = shop(Arc::clone(&store));
    let before = ledger.stats().appends;
    store.close();
    let first = ledger.submit(Actor::Buyer(buyer(0)), place(0, 1));
    store.await_append();
    let others: Vec<_> = (1..=256)
        .map(|number| ledger.submit(Actor::Buyer(buyer(number)), place(number, 1)))
        .collect();
    store.open();
    let answers = std::iter::once(first).chain(others).map(|future| block_on(future).unwrap());
    assert!(answers.map(|done| done.position.get()).eq(5..=261));
    assert_eq!(ledger.stats().appends - before, 2);
}

#[test]
fn a_dropped_future_does_not_withdraw_the_command() {
    let memory = memory();
    let ledger = shop(Arc::clone(&memory));
    drop(ledger.submit(Actor::Buyer(buyer(1)), place(1, 1)));
    // Dropping the handle waits for what was submitted.
    drop(ledger);
    let reopened = open(memory);
    assert_eq!(reopened.position(), Position::new(5));
    assert!(reopened.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap().repeated);
}

#[test]
fn a_full_queue_answers_unavailable_and_never_blocks() {
    let store = Gated::new();
    let options = Options::new(clock()).queue_commands_max(3);
    let ledger = Ledger::open(Arc::clone(&store), options).unwrap();
    ledger.execute_many(&setup()).unwrap();
    store.close();
    let mut futures = vec![ledger.submit(Actor::Buyer(buyer(0)), place(0, 1))];
    store.await_append();
    futures.extend((1..=3).map(|n| ledger.submit(Actor::Buyer(buyer(n)), place(n, 1))));
    let shed = block_on(ledger.submit(Actor::Buyer(buyer(9)), place(9, 1)));
    assert!(matches!(shed, Err(ExecuteError::Unavailable { .. })));
    store.open();
    for future in futures {
        block_on(future).unwrap();
    }
    assert_eq!(ledger.position().get(), 8);
    block_on(ledger.submit(Actor::Buyer(buyer(9)), place(9, 1))).unwrap();
}

#[test]
fn blocking_and_submitted_commands_go_on_side_by_side() {
    let memory = memory();
    let ledger = shop(Arc::clone(&memory));
    thread::scope(|scope| {
        let ledger = &ledger;
        for thread in 0..4_u32 {
            scope.spawn(move || {
                for n in 0..50 {
                    let number = thread * 100 + n;
                    let (actor, command) = (Actor::Buyer(buyer(number)), place(number, 1));
                    if thread % 2 == 0 {
                        ledger.execute(actor, command).unwrap();
                    } else {
                        block_on(ledger.submit(actor, command)).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(ledger.position(), Position::new(204));
    assert_eq!(seen(&open(memory)), seen(&ledger));
}

#[test]
fn the_handle_and_its_futures_can_cross_threads() {
    fn crosses<T: Send + 'static>(_: &T) {}
    let ledger = Arc::new(shop(memory()));
    crosses(&ledger);
    crosses(&ledger.submit(Actor::Buyer(buyer(1)), place(1, 1)));
}
