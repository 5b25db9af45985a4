//! Group commit: whoever waits while a batch is appended shares the next append.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use tuanzhang_core::Actor;

use super::stores::Gated;
use super::*;

/// Spins until so many commands wait in the queue.
fn await_queue(ledger: &Ledger, commands: usize) {
    while ledger.stats().queue < commands {
        thread::yield_now();
    }
}

#[test]
fn commands_that_wait_share_one_append_and_positions_are_gapless() {
    let store = Gated::new();
    let ledger = shop(Arc::clone(&store));
    let before = ledger.stats().appends;
    store.close();
    let positions: BTreeSet<u64> = thread::scope(|scope| {
        let ledger = &ledger;
        let send = move |number| {
            move || ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap()
        };
        let first = scope.spawn(send(0));
        store.await_append();
        let others: Vec<_> = (1..=32).map(|number| scope.spawn(send(number))).collect();
        await_queue(ledger, 32);
        assert_eq!(ledger.position().get(), 4, "nothing is read before it is durable");
        store.open();
        std::iter::once(first).chain(others).map(|t| t.join().unwrap().position.get()).collect()
    });
    assert_eq!(positions, (5..=37).collect());
    let stats = ledger.stats();
    assert_eq!(stats.appends - before, 2, "one alone, 32 together");
    assert_eq!((stats.records_an_append_max, stats.queue), (32, 0));
}

#[test]
fn many_threads_lose_nothing_and_double_nothing() {
    const THREADS: u32 = 8;
    const EACH: u32 = 100;
    let memory = memory();
    let ledger = shop(Arc::clone(&memory));
    let positions: Vec<u64> = thread::scope(|scope| {
        let ledger = &ledger;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let send = |n| {
                        let number = thread * EACH + n;
                        ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap()
                    };
                    (0..EACH).map(|n| send(n).position.get()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let distinct: BTreeSet<u64> = positions.iter().copied().collect();
    assert_eq!(distinct, (5..=4 + u64::from(THREADS * EACH)).collect());
    assert_eq!(positions.len(), distinct.len());
    assert_eq!(seen(&open(memory)), seen(&ledger));
}

#[test]
fn many_requests_and_single_ones_share_the_turn() {
    let store = Gated::new();
    let ledger = shop(Arc::clone(&store));
    let before = ledger.stats().appends;
    store.close();
    thread::scope(|scope| {
        let ledger = &ledger;
        let first = scope.spawn(|| ledger.execute(Actor::Buyer(buyer(0)), place(0, 1)).unwrap());
        store.await_append();
        let many = scope.spawn(|| {
            let requests: Vec<_> = (100..110)
                .map(|number| Request::new(Actor::Buyer(buyer(number)), place(number, 1)))
                .collect();
            ledger.execute_many(&requests).unwrap()
        });
        await_queue(ledger, 1);
        let single = scope.spawn(|| ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap());
        await_queue(ledger, 2);
        store.open();
        assert_eq!(first.join().unwrap().position.get(), 5);
        let many = many.join().unwrap();
        let positions: Vec<_> = many.iter().map(|a| a.as_ref().unwrap().position.get()).collect();
        assert_eq!(positions, (6..=15).collect::<Vec<_>>());
        assert_eq!(single.join().unwrap().position.get(), 16);
    });
    assert_eq!(ledger.stats().appends - before, 2);
}

#[test]
fn a_full_queue_makes_callers_wait_and_loses_nobody() {
    let store = Gated::new();
    let options = Options::new(clock()).queue_commands_max(2);
    let ledger = Ledger::open(Arc::clone(&store), options).unwrap();
    ledger.execute_many(&setup()).unwrap();
    store.close();
    let positions: BTreeSet<u64> = thread::scope(|scope| {
        let ledger = &ledger;
        let send = move |number| {
            move || ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap()
        };
        let first = scope.spawn(send(0));
        store.await_append();
        let others: Vec<_> = (1..=10).map(|number| scope.spawn(send(number))).collect();
        await_queue(ledger, 2);
        assert_eq!(ledger.stats().queue, 2);
        store.open();
        std::iter::once(first).chain(others).map(|t| t.join().unwrap().position.get()).collect()
    });
    assert_eq!(positions, (5..=15).collect());
}
