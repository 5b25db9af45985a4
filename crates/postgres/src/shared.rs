//! What the stores of a handle have in common, and what they may show of a stream.

use tuanzhang_log::{AppendError, BookKey, Durability, Guarantees, ReadError, TreeHead};

use crate::doubt::{fence, settle};
use crate::known::{Doubts, Heads, another, goes_on};
use crate::place::Place;
use crate::pool::Pool;
use crate::read;
use crate::rows::{Kind, Owner, Stream};

/// How often a stream is made sure of in a row.
const ATTEMPTS_MAX: u32 = 16;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) guarantees: Guarantees,
    /// `None` for reading only.
    pub(crate) writer: Option<Writer>,
}

/// What a handle that appends remembers.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) least: Durability,
    pub(crate) heads: Heads,
    pub(crate) doubts: Doubts,
}

impl Shared {
    pub(crate) fn writer(&self) -> Result<&Writer, AppendError> {
        self.writer.as_ref().ok_or(AppendError::ReadOnly)
    }

    pub(crate) fn place(&self) -> &Place {
        self.pool.place()
    }

    /// What an append must be as durable as.
    pub(crate) fn least(&self) -> Result<Durability, AppendError> {
        Ok(self.writer()?.least)
    }

    /// Takes note of a stream as it surely is.
    pub(crate) fn remember(&self, stream: Stream) {
        if let Some(writer) = &self.writer {
            writer.heads.remember(stream);
        }
    }

    /// How far a stream is sure.
    pub(crate) fn sure(&self, owner: Owner) -> TreeHead {
        self.writer.as_ref().map_or(TreeHead::EMPTY, |writer| writer.heads.sure(owner))
    }

    /// Makes sure of an append of the stream whose answer was lost, if there was one.
    pub(crate) fn clear(&self, owner: Owner) -> Result<(), ReadError> {
        let Some(writer) = &self.writer else { return Ok(()) };
        for _ in 0..ATTEMPTS_MAX {
            let Some(doubt) = writer.doubts.about(owner) else { return Ok(()) };
            let before = writer.heads.sure(owner);
            writer.heads.remember(fence(&self.pool, owner, before, writer.least)?);
            writer.doubts.resolve(owner, doubt);
        }
        let what = "answers are lost all the time";
        Err(self.place().unavailable("making sure of appends", what))
    }

    /// Says so if what a look has found isn't what was sure before the look, or that with more behind it.
    pub(crate) fn goes_on(
        &self,
        owner: Owner,
        before: TreeHead,
        found: TreeHead,
    ) -> Result<(), ReadError> {
        goes_on(self.place(), owner, before, found)?;
        if before.size == 0 || found.size == before.size {
            return Ok(());
        }
        let then = read::head_behind(&self.pool, owner, before.size)?;
        if then == before { Ok(()) } else { Err(another(self.place(), owner, before, then)) }
    }

    /// What a look has found may be shown up to a position: it goes on from what was sure before the look,
    /// and is replicated where that is required, for which is waited.
    pub(crate) fn vouch(
        &self,
        owner: Owner,
        before: TreeHead,
        found: TreeHead,
        shown: u64,
    ) -> Result<(), ReadError> {
        let Some(writer) = &self.writer else { return Ok(()) };
        self.goes_on(owner, before, found)?;
        if shown > before.size {
            if writer.least >= Durability::Replicated {
                settle(&self.pool, writer.least)?;
            }
            writer.heads.reach(owner, found);
        }
        Ok(())
    }

    /// A stream of which all may be shown.
    pub(crate) fn seen(&self, owner: Owner) -> Result<Stream, ReadError> {
        self.clear(owner)?;
        let before = self.sure(owner);
        let found = read::find(&self.pool, owner)?.unwrap_or_else(|| Stream::absent(owner));
        self.vouch(owner, before, found.head, found.head.size)?;
        Ok(found)
    }

    /// The books with records that may be shown.
    pub(crate) fn books(&self, kind: Kind) -> Result<Vec<BookKey>, ReadError> {
        let before = self.writer.as_ref().map(|writer| writer.heads.all()).unwrap_or_default();
        let found = read::streams(&self.pool, kind)?;
        if let Some(writer) = &self.writer {
            let sure = |owner: &Owner| before.get(owner).copied().unwrap_or(TreeHead::EMPTY);
            for stream in &found {
                self.goes_on(stream.owner, sure(&stream.owner), stream.head)?;
            }
            let is_there = |owner: &Owner| {
                found.binary_search_by_key(&owner.0, |stream| stream.owner.0).is_ok()
            };
            for owner in before.keys().filter(|owner| owner.1 == kind && !is_there(owner)) {
                goes_on(self.place(), *owner, sure(owner), TreeHead::EMPTY)?;
            }
            let new = |stream: &&Stream| stream.head.size > sure(&stream.owner).size;
            let replicated = writer.least >= Durability::Replicated;
            if replicated && found.iter().any(|stream| new(&stream)) {
                settle(&self.pool, writer.least)?;
            }
            let known = |stream: &&Stream| replicated || before.contains_key(&stream.owner);
            for stream in found.iter().filter(new).filter(known) {
                writer.heads.reach(stream.owner, stream.head);
            }
        }
        Ok(found.into_iter().map(|stream| stream.owner.0).collect())
    }
}
