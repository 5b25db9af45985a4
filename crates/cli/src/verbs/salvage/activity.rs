//! The activity stream beside a damaged book: what follows without a gap as it stands, the rest as
//! batches of their own, since no batch depends on another.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use tuanzhang_core::Position;
use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_journal::{OpenError, Salvage as Wreck};
use tuanzhang_log::{BookKey, Damage, Store, TreeHead};
use tuanzhang_wire::activity;

use super::{Batch, Taken, proves, take_over};
use crate::failure::{Failure, chain};

/// What was saved of the stream.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) wreck: Wreck,
    pub(super) taken: Taken,
    /// Batches that were added behind a gap.
    pub(super) again: u64,
    /// Batches that were there already.
    pub(super) repeated: u64,
    /// Records that are no batch: position and why.
    pub(super) unreadable: Vec<(u64, String)>,
    pub(super) head: TreeHead,
    /// Whether all that the damaged stream's head vouches for is there.
    pub(super) proven: bool,
}

/// What the stream was found to be.
#[derive(Debug)]
pub(super) enum Activity {
    /// None was ever written.
    Absent,
    /// Nothing of it can be read.
    Lost(Damage),
    /// Saved.
    Saved(Box<Saved>),
}

/// Saves the stream of the damaged book into that of another.
pub(super) fn save(
    damaged: &Path,
    book: BookKey,
    streams: &dyn Store,
) -> Result<Activity, Failure> {
    let wreck = match Wreck::activity_at(damaged, book) {
        Ok(Some(wreck)) => wreck,
        Ok(None) => return Ok(Activity::Absent),
        Err(OpenError::Damaged(damage)) => return Ok(Activity::Lost(damage)),
        Err(error) => return Err(Failure::store(&error)),
    };
    let mut decodes = |position: Position, bytes: &[u8]| {
        activity::decode(bytes).is_ok_and(|record| record.position == position)
    };
    let taken = take_over(&wreck, streams, book, &mut decodes)?;
    let done = taken.common();
    let mut known = batches(streams, book)?;
    let head = streams.head(book)?;
    let mut batch =
        Batch { store: streams, key: book, size: head.size, bytes: 0, records: Vec::new() };
    let (mut again, mut repeated, mut unreadable) = (0_u64, 0_u64, Vec::new());
    let mut failure = None;
    wreck.visit(&mut |position, bytes| {
        if position <= done {
            return ControlFlow::Continue(());
        }
        let moved = match activity::decode(bytes) {
            Ok(record) if !known.insert(record.batch.to_bytes()) => {
                repeated = repeated.saturating_add(1);
                return ControlFlow::Continue(());
            }
            Ok(record) => {
                let record = ActivityRecord { position: Position::new(batch.next()), ..record };
                activity::encode(&record).map_err(|error| Failure::store(&error))
            }
            Err(error) => {
                unreadable.push((position, chain(&error)));
                return ControlFlow::Continue(());
            }
        };
        again = again.saturating_add(1);
        match moved.and_then(|bytes| batch.add(&bytes)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(()), Err)?;
    batch.append()?;
    let (head, proven) = (streams.head(book)?, proves(&wreck, streams, book)?);
    let saved = Saved { wreck, taken, again, repeated, unreadable, head, proven };
    Ok(Activity::Saved(Box::new(saved)))
}

/// The batches that a stream has.
fn batches(streams: &dyn Store, book: BookKey) -> Result<HashSet<[u8; 16]>, Failure> {
    let mut known = HashSet::new();
    let mut failure = None;
    streams.read(book, 1, &mut |_, bytes| match activity::decode_head(bytes) {
        Ok(head) => {
            known.insert(head.batch.to_bytes());
            ControlFlow::Continue(())
        }
        Err(error) => {
            failure = Some(Failure::store(&error));
            ControlFlow::Break(())
        }
    })?;
    failure.map_or(Ok(known), Err)
}
