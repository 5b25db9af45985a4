//! The pass over a book's records: read once, looked at by several threads.
//!
//! ```text
//! store.verify ──────────────────────────────┐ every stored byte, its checksums, frames and roots
//! read ─> chunks ─> prepare (a thread a core) ─┴> replay ─> invariants, to look at (the caller's thread)
//! ```
//!
//! Preparing (leaf, decoding, encoding again) needs nothing of what stands before, so chunks are prepared side
//! by side and taken in their order. Bytes are read from the disk once; the store's own check finds them in the
//! page cache again. Memory: for each core some six chunks of at most 1 MiB (or one record), beside the state.

mod chunk;
pub(crate) mod prepare;
mod replay;

use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use tuanzhang_core::Record;
use tuanzhang_log::{BookKey, Coverage, ReadError, Store, TreeHead};

use crate::against::Against;
use crate::error::AuditError;
use crate::finding::{Finding, Findings};
use chunk::{Chunk, Reader};
use prepare::Prepared;
use replay::Replay;

/// Most threads that prepare records.
const PREPARING_MAX: usize = 8;
/// Chunks that wait between two threads.
const WAITING: usize = 2;

/// What a pass saw.
#[derive(Debug)]
pub(crate) struct Passed {
    /// What the store has read of its own bytes; none where it found damage.
    pub(crate) stored: Option<Coverage>,
    pub(crate) head: TreeHead,
    pub(crate) record_bytes: u64,
    pub(crate) events: u64,
    pub(crate) replayed: u64,
    pub(crate) decided: u64,
    pub(crate) ended: Option<u64>,
    pub(crate) findings: Findings,
    pub(crate) against: Against,
}

/// What the replay hands on.
struct Step {
    prepared: Arc<Prepared>,
    /// The replay ended at this record.
    ended: Option<u64>,
}

/// What reading came to.
struct HasRead {
    stored: Result<Coverage, ReadError>,
    read: Result<(), ReadError>,
}

/// Goes over all records of a book. `seen` gets each record that the replay took, in order, the one that it ended
/// with too; `went_on` how many more records were looked at.
pub(crate) fn pass(
    store: &dyn Store,
    key: BookKey,
    against: Against,
    seen: &mut dyn FnMut(u64, &Record),
    went_on: &mut dyn FnMut(u64),
) -> Result<Passed, AuditError> {
    pass_with(Prepared::of, store, key, against, seen, went_on)
}

/// Prepares a chunk, with room of its thread's.
type Prepare = fn(&Chunk, &mut Vec<u8>) -> Prepared;

fn pass_with(
    prepare_chunk: Prepare,
    store: &dyn Store,
    key: BookKey,
    against: Against,
    seen: &mut dyn FnMut(u64, &Record),
    went_on: &mut dyn FnMut(u64),
) -> Result<Passed, AuditError> {
    // Before the store's check begins: a writer beside it may go on, and the check has to come as far.
    let size = store.head(key).map(|head| head.size);
    let preparing = thread::available_parallelism().map_or(1, NonZero::get).min(PREPARING_MAX);
    thread::scope(|scope| {
        let mut preparers = Vec::new();
        let (chunks, prepared): (Vec<_>, Vec<_>) = (0..preparing)
            .map(|_| {
                let (send_chunk, chunks) = sync_channel::<Chunk>(WAITING);
                let (send_prepared, prepared) = sync_channel(WAITING);
                preparers
                    .push(scope.spawn(move || prepare(prepare_chunk, &chunks, &send_prepared)));
                (send_chunk, prepared)
            })
            .unzip();
        let reading = scope.spawn(move || read(store, key, size, &chunks));
        let (hand_on, steps) = sync_channel(WAITING);
        let replaying = scope.spawn(move || {
            let mut replay = Replay::new(key, against);
            let mut passed = (0_u64, 0_u64, Findings::default());
            take_in_order(&prepared, &mut |prepared| {
                replay.take(&prepared);
                passed.0 = passed.0.saturating_add(prepared.record_bytes);
                passed.1 = passed.1.saturating_add(prepared.events);
                if !prepared.findings.is_empty() {
                    passed.2.merge(prepared.findings.clone());
                }
                // Who looks on has gone only where it panicked.
                let _ = hand_on.send(Step { prepared, ended: replay.ended });
            });
            (replay, passed)
        });
        for Step { prepared, ended } in steps {
            went_on(u64::try_from(prepared.records.len()).unwrap_or(u64::MAX));
            for (position, record) in &prepared.records {
                if let Some(record) = record.as_ref()
                    && ended.is_none_or(|ended| *position <= ended)
                {
                    seen(*position, record);
                }
            }
        }
        // Each is waited for before any answer: the scope itself panics for one that nobody asked.
        let (read, replayed) = (reading.join(), replaying.join());
        let prepared: Vec<_> = preparers.into_iter().map(ScopedJoinHandle::join).collect();
        if prepared.iter().any(Result::is_err) {
            return Err(AuditError::Panicked("preparing"));
        }
        let read = read.map_err(|_| AuditError::Panicked("reading"))?;
        let (replay, counted) = replayed.map_err(|_| AuditError::Panicked("replaying"))?;
        conclude(read, replay, counted)
    })
}

fn conclude(
    HasRead { stored, read }: HasRead,
    mut replay: Replay,
    (record_bytes, events, mut findings): (u64, u64, Findings),
) -> Result<Passed, AuditError> {
    let stored = damage_is_a_finding(stored, &mut findings)?;
    // The same damage is hit by both readings; it is one finding.
    if stored.is_some() {
        damage_is_a_finding(read, &mut findings)?;
    }
    replay.check_end(stored.as_ref());
    let head = replay.tree.head();
    replay.against.end(head, stored.is_some());
    let Replay { ended, replayed, decided, against, findings: replays, .. } = replay;
    findings.merge(replays);
    Ok(Passed { stored, head, record_bytes, events, replayed, decided, ended, findings, against })
}

/// What was read; none where the store is damaged, which is a finding.
pub(crate) fn damage_is_a_finding<T>(
    read: Result<T, ReadError>,
    findings: &mut Findings,
) -> Result<Option<T>, AuditError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(ReadError::Damaged(damage)) => {
            findings.add(Finding::damage(&damage));
            Ok(None)
        }
        Err(error @ ReadError::Unavailable(_)) => Err(error.into()),
    }
}

/// Reads the records, chunk by chunk, each to the next thread, while the store checks its own bytes.
fn read(
    store: &dyn Store,
    key: BookKey,
    size: Result<u64, ReadError>,
    to: &[SyncSender<Chunk>],
) -> HasRead {
    let size = match size {
        Ok(size) => size,
        Err(error) => return HasRead { stored: Err(error), read: Ok(()) },
    };
    let mut threads = to.iter().cycle();
    let mut take = |chunk| match threads.next().map(|thread| thread.send(chunk)) {
        Some(Ok(())) => ControlFlow::Continue(()),
        Some(Err(_)) | None => ControlFlow::Break(()),
    };
    thread::scope(|scope| {
        let verifying = scope.spawn(|| store.verify(key));
        let mut reader = Reader::new(store, key);
        let mut read = reader.read(size, &mut take);
        let stored = verifying.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // A writer may have gone on between the two: the same records are looked at by both.
        if let Ok(stored) = &stored
            && read.is_ok()
        {
            read = reader.read(stored.head.size, &mut take);
        }
        if let Some(rest) = reader.rest() {
            let _ = take(rest);
        }
        HasRead { stored, read }
    })
}

fn prepare(prepare: Prepare, chunks: &Receiver<Chunk>, to: &SyncSender<Arc<Prepared>>) {
    let mut scratch = Vec::new();
    for chunk in chunks {
        if to.send(Arc::new(prepare(&chunk, &mut scratch))).is_err() {
            return;
        }
    }
}

/// Takes what the threads have prepared, in the order in which they got it: one after the other, round and round.
fn take_in_order(from: &[Receiver<Arc<Prepared>>], take: &mut dyn FnMut(Arc<Prepared>)) {
    for thread in from.iter().cycle() {
        match thread.recv() {
            Ok(prepared) => take(prepared),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use tuanzhang_log::MemoryStore;

    use super::*;

    #[test]
    fn a_panic_of_a_thread_is_an_error_and_no_panic() {
        let (store, key) = (MemoryStore::new(), BookKey([1; 16]));
        let records: Vec<&[u8]> = vec![b"no record"; 3_000];
        for some in records.chunks(1_000) {
            store.append(key, store.head(key).unwrap().size, some).unwrap();
        }
        let pass = |prepare| {
            let against = Against::new(key, Vec::new());
            pass_with(prepare, &store, key, against, &mut |_, _| (), &mut |_| ())
        };
        let said = pass(|_, _| panic!("on demand")).unwrap_err().to_string();
        assert!(said.starts_with("preparing panicked"), "{said}");
        assert_eq!(pass(Prepared::of).unwrap().head.size, 3_000, "without it");
    }
}
