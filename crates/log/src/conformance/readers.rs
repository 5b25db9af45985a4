//! Cases of readers that start somewhere, stop, and go on beside a writer.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::contention::{APPENDS, BATCH, together, write_batches};
use super::given::{answered, failure, record, same};
use super::{BOOK, Factory, Outcome};
use crate::Store;

/// Lets readers take a few records at a time beside a writer, each from where it stopped.
pub(super) fn a_reader_that_resumes_misses_nothing(factory: &dyn Factory) -> Outcome {
    beside_a_writer(factory, |store, done, few| {
        let mut next = 1;
        loop {
            let last_round = done.load(Ordering::Acquire);
            let before = next;
            read_few(store, &mut next, few)?;
            if next == before {
                if last_round {
                    return same("records at the end", &(APPENDS * BATCH), &next.saturating_sub(1));
                }
                thread::yield_now();
            }
        }
    })
}

/// Lets readers ask for positions that are not there yet, and wants these first or nothing.
pub(super) fn a_reader_ahead_of_the_head_waits_for_its_position(factory: &dyn Factory) -> Outcome {
    beside_a_writer(factory, |store, done, ahead| {
        loop {
            let last_round = done.load(Ordering::Acquire);
            let head = answered("head", store.head(BOOK))?.size;
            for from in [1, ahead, BATCH].map(|by| head.saturating_add(by)) {
                let found = answered("read_one", store.read_one(BOOK, from))?;
                if found.is_some_and(|found| found != record(from)) {
                    return Err(failure("read_one", format!("record {from} or none"), "another"));
                }
                let mut next = from;
                read_few(store, &mut next, BATCH)?;
            }
            if last_round {
                return Ok(());
            }
            thread::yield_now();
        }
    })
}

/// Reads at most `few` records from `next` on, and wants each in its turn.
fn read_few(store: &dyn Store, next: &mut u64, few: u64) -> Outcome {
    let from = *next;
    let mut outcome = Ok(());
    let answer = store.read(BOOK, from, &mut |position, found| {
        let promised = (*next, record(*next));
        outcome = same(&format!("read from {from}"), &promised, &(position, found.to_vec()));
        *next = next.saturating_add(1);
        if outcome.is_ok() && *next < from.saturating_add(few) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    answered("read", answer)?;
    outcome
}

/// Runs readers, each with its number, until a writer beside them is done.
fn beside_a_writer(
    factory: &dyn Factory,
    reader: impl Fn(&dyn Store, &AtomicBool, u64) -> Outcome + Sync,
) -> Outcome {
    let store = factory.fresh();
    let done = AtomicBool::new(false);
    let outcomes = together(|thread| {
        if thread == 0 {
            let outcome = write_batches(&*store);
            done.store(true, Ordering::Release);
            outcome
        } else {
            reader(&*store, &done, thread)
        }
    });
    outcomes.into_iter().collect()
}
