//! What the clock demands, carried out by the handle.

use std::sync::Arc;

use tuanzhang_core::Rejection;
use tuanzhang_core::book::Order;

use super::*;

/// Two orders that nobody pays.
fn unpaid() -> (Ledger, ManualClock) {
    let clock = clock();
    let ledger = Ledger::open(memory(), Options::new(clock.clone())).unwrap();
    let orders = [1, 2].map(|n| Request::new(Actor::Buyer(buyer(n)), place(n, 1)));
    for answer in ledger.execute_many(&[setup(), orders.to_vec()].concat()).unwrap() {
        answer.unwrap();
    }
    (ledger, clock)
}

#[test]
fn what_is_due_is_done_once() {
    let (ledger, clock) = unpaid();
    assert_eq!(ledger.run_due(None, |command, _| panic!("{command:?}")).unwrap(), 0);
    clock.advance_seconds(3600);
    let mut done = Vec::new();
    let written = ledger.run_due(None, |command, answer| {
        done.push(command.name());
        assert!(!answer.as_ref().unwrap().repeated);
    });
    assert_eq!((written.unwrap(), done), (2, vec!["expire_order"; 2]));
    assert_eq!(ledger.run_due(None, |command, _| panic!("{command:?}")).unwrap(), 0);
    assert!(ledger.read(|book| book.get::<Order>(&order(1)).unwrap().expired.is_some()));
}

#[test]
fn a_time_that_is_given_counts_and_is_recorded() {
    let (ledger, _clock) = unpaid();
    let at = time("2026-01-06T10:00:00+08:00");
    let mut times = Vec::new();
    let seen = |_: &Command, answer: &Result<crate::Done, Rejection>| {
        times.push(answer.as_ref().unwrap().record.head.at);
    };
    assert_eq!(ledger.run_due(Some(at), seen).unwrap(), 2);
    assert_eq!(times, [at; 2]);
}

#[test]
fn a_clock_that_leaps_is_told_and_nothing_is_done() {
    let (ledger, clock) = unpaid();
    clock.advance_days(31);
    let error = ledger.run_due(None, |_, _| ()).unwrap_err();
    assert!(matches!(error.rejection(), Some(Rejection::ClockAhead { .. })), "{error}");
    assert_eq!(ledger.position().get(), 6);
}

#[test]
fn two_handles_on_one_book_do_it_once() {
    let store = memory();
    let (first, clock) = (shop(Arc::clone(&store)), clock());
    first.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    let second = Ledger::open(Arc::clone(&store), Options::new(clock.clone())).unwrap();
    let at = time("2026-01-06T10:00:00+08:00");
    assert_eq!(first.run_due(Some(at), |_, _| ()).unwrap(), 1);
    let mut repeated = 0;
    let seen = |_: &Command, answer: &Result<crate::Done, Rejection>| {
        repeated += u64::from(answer.as_ref().unwrap().repeated);
    };
    assert_eq!(second.run_due(Some(at), seen).unwrap(), 0);
    assert_eq!((repeated, second.position().get()), (1, 6));
}
