//! Following a book from async code, in any runtime.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_core::Stream;
use futures_core::stream::FusedStream;
use tuanzhang_core::{Actor, Position, Record};
use tuanzhang_log::testing::{FailingStore, ReadFault};

use super::follow::{numbers, registrations};
use super::stores::Watched;
use super::submit::block_on;
use super::*;
use crate::{FollowStream, RecordsError, STREAM_RECORDS_MAX};

async fn next(stream: &mut FollowStream) -> Option<Result<Record, RecordsError>> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

async fn all(mut stream: FollowStream) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some(record) = next(&mut stream).await {
        records.push(record.unwrap());
        assert_eq!(stream.next_position(), records.last().unwrap().head.position.next());
    }
    assert!(stream.is_terminated());
    records
}

#[test]
fn a_stream_gives_what_is_there_and_then_what_comes() {
    let ledger = Arc::new(shop(memory()));
    let stream = ledger.follow(Position::new(2)).into_stream();
    let task = thread::spawn(move || block_on(all(stream)));
    for n in 0..50 {
        block_on(ledger.submit(Actor::Buyer(buyer(n)), place(n, 1))).unwrap();
    }
    drop(ledger);
    assert_eq!(numbers(&task.join().unwrap()), (2..=54).collect::<Vec<_>>());
}

#[test]
fn a_task_that_waits_is_woken() {
    let ledger = shop(memory());
    let mut stream = ledger.follow(Position::new(5)).into_stream();
    let mut context = Context::from_waker(Waker::noop());
    // A waker that is replaced is of no more use.
    assert!(Pin::new(&mut stream).poll_next(&mut context).is_pending());
    for n in 0..50 {
        let (ledger, next_one) = (&ledger, &mut stream);
        thread::scope(|scope| {
            let task = scope.spawn(move || block_on(next(next_one)).unwrap().unwrap());
            ledger.execute(Actor::Buyer(buyer(n)), place(n, 1)).unwrap();
            assert_eq!(task.join().unwrap().head.position.get(), u64::from(n) + 5);
        });
    }
}

#[test]
fn a_slow_task_holds_the_reader_back_and_misses_nothing() {
    let ledger = shop(memory());
    ledger.execute_many(&registrations(0, 6_000)).unwrap();
    let stream = ledger.follow(Position::START).into_stream();
    while stream.waiting() < STREAM_RECORDS_MAX {
        thread::yield_now();
    }
    drop(ledger);
    assert_eq!(numbers(&block_on(all(stream))), (1..=6_004).collect::<Vec<_>>());
}

#[test]
fn a_dropped_stream_ends_its_thread_and_lets_go_of_the_store() {
    // Once while the thread waits for records, once while it waits for room.
    for count in [0, 1_000] {
        let (store, watch) = Watched::over(memory());
        let ledger = shop(store);
        ledger.execute_many(&registrations(0, count)).unwrap();
        let mut stream = ledger.follow(Position::START).into_stream();
        assert_eq!(block_on(next(&mut stream)).unwrap().unwrap().head.position.get(), 1);
        drop(stream);
        drop(ledger);
        watch.let_go.recv().unwrap();
    }
}

#[test]
fn a_stopped_stream_gives_what_was_read_ahead_and_ends() {
    let ledger = shop(memory());
    let mut stream = ledger.follow(Position::START).into_stream();
    let first = block_on(next(&mut stream)).unwrap().unwrap();
    stream.stopper().stop();
    let rest = numbers(&block_on(all(stream)));
    assert_eq!(first.head.position.get(), 1);
    assert!(rest.iter().copied().eq(2..2 + u64::try_from(rest.len()).unwrap()), "{rest:?}");
}

#[test]
fn errors_are_items_and_unavailable_is_not_the_end() {
    let store = Arc::new(FailingStore::new(memory()));
    let ledger = shop(Arc::clone(&store));
    store.fail_reads(Some(ReadFault::Unavailable));
    let follow = ledger.follow(Position::START).poll_every(std::time::Duration::ZERO);
    let mut stream = follow.into_stream();
    block_on(next(&mut stream)).unwrap().unwrap_err();
    store.fail_reads(None);
    let mut given = Vec::new();
    while given.len() < 4 {
        // Those errors that were read ahead come first.
        given.extend(block_on(next(&mut stream)).unwrap().ok());
    }
    assert_eq!(numbers(&given), [1, 2, 3, 4]);
    store.fail_reads(Some(ReadFault::Damaged));
    block_on(next(&mut stream)).unwrap().unwrap_err();
    assert!(block_on(next(&mut stream)).is_none());
}

#[test]
fn a_store_that_panics_leaves_no_task_waiting() {
    let (store, watch) = Watched::over(memory());
    let ledger = shop(store);
    watch.panics.store(true, Ordering::SeqCst);
    let mut stream = ledger.follow(Position::START).into_stream();
    let error = block_on(next(&mut stream)).unwrap().unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(block_on(next(&mut stream)).is_none());
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(Pin::new(&mut stream).poll_next(&mut context), Poll::Ready(None)));
}
