//! Cases of several threads on one store. No sleeps: a barrier starts all at once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::given::{answered, failure, read_all, record, records, same, slices};
use super::{BOOK, Factory, Failure, Outcome};
use crate::limits::length;
use crate::{AppendError, Store};

/// Threads in each case.
const THREADS: u64 = 4;
/// New books that are fought over.
const CREATIONS: u64 = 8;
/// Records that each thread wants to append.
pub(super) const APPENDS: u64 = 50;
/// Records in each append beside which is read.
pub(super) const BATCH: u64 = 5;

/// Lets threads create the same book at once.
pub(super) fn creation_has_one_winner(factory: &dyn Factory) -> Outcome {
    for _ in 0..CREATIONS {
        let store = factory.fresh();
        let answers = together(|thread| store.append(BOOK, 0, &[&record(thread)]));
        let mut winners = Vec::new();
        for (thread, answer) in (0..).zip(answers) {
            match answer {
                Ok(head) => {
                    same("size after creation", &1, &head.size)?;
                    winners.push((1, record(thread)));
                }
                Err(AppendError::Raced { expected: 0, actual: 1 }) => {}
                Err(other) => {
                    return Err(failure("creation", "one wins, others Raced 0, 1", other));
                }
            }
        }
        same("number of winners", &1, &winners.len())?;
        same("records", &winners, &read_all(&*store, BOOK)?)?;
    }
    Ok(())
}

/// Lets threads append one record after the other, each trying again after a lost race.
pub(super) fn each_position_has_one_winner(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let mut won = BTreeMap::new();
    for positions in together(|thread| append_each(&*store, thread)) {
        for (position, record) in positions? {
            if let Some(other) = won.insert(position, record) {
                return Err(failure("winners of a position", "one", (position, other)));
            }
        }
    }
    same("records", &won.into_iter().collect(), &read_all(&*store, BOOK)?)?;
    let size = answered("head", store.head(BOOK))?.size;
    same("size", &(THREADS * APPENDS), &size)
}

/// Appends a thread's records; gives the position that each was told.
fn append_each(store: &dyn Store, thread: u64) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
    let mut won = Vec::new();
    let mut expected = 0;
    let first = thread.saturating_mul(APPENDS);
    for record in records(first, APPENDS) {
        loop {
            match store.append(BOOK, expected, &[&record]) {
                Ok(head) => {
                    same("size after a won append", &expected.saturating_add(1), &head.size)?;
                    expected = head.size;
                    break;
                }
                Err(AppendError::Raced { expected: told, actual })
                    if told == expected && actual > expected && actual <= THREADS * APPENDS =>
                {
                    expected = actual;
                }
                Err(other) => return Err(failure("append", "won, or Raced further on", other)),
            }
        }
        won.push((expected, record));
    }
    Ok(won)
}

/// Reads beside a writer until it is done, and compares with what came before.
pub(super) fn readers_beside_a_writer_see_whole_appends(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let done = AtomicBool::new(false);
    let outcomes = together(|thread| {
        if thread == 0 {
            let outcome = write_batches(&*store);
            done.store(true, Ordering::Release);
            outcome
        } else {
            read_beside(&*store, &done)
        }
    });
    outcomes.into_iter().collect()
}

pub(super) fn write_batches(store: &dyn Store) -> Outcome {
    for number in 0..APPENDS {
        let expected = number.saturating_mul(BATCH);
        let batch = records(expected.saturating_add(1), BATCH);
        answered("append", store.append(BOOK, expected, &slices(&batch)))?;
    }
    Ok(())
}

fn read_beside(store: &dyn Store, done: &AtomicBool) -> Outcome {
    let mut before = 0;
    loop {
        let last_round = done.load(Ordering::Acquire);
        let head = answered("head", store.head(BOOK))?.size;
        let seen = read_all(store, BOOK)?;
        let size = length(seen.len());
        same("positions and records", &(1..).zip(records(1, size)).collect(), &seen)?;
        if head < before || size < head {
            return Err(failure("size", "never less than before", (before, head, size)));
        }
        same("records beyond a whole append", &(0, 0), &(head % BATCH, size % BATCH))?;
        before = size;
        if last_round {
            return same("records at the end", &(APPENDS * BATCH), &size);
        }
    }
}

/// Runs a job in each of the threads, started at once; gives the answers by thread.
pub(super) fn together<T: Send>(job: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(usize::try_from(THREADS).unwrap_or(1));
    let run = |thread| {
        start.wait();
        job(thread)
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || run(thread))).collect();
        let answers = threads.into_iter().map(thread::ScopedJoinHandle::join);
        answers
            .map(|answer| answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
