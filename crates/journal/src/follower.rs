//! Reading beside the writer, without its lock and without writing anything.
//!
//! A frame is given out when it is vouched for: by a head slot, which is written after the
//! sync, or by a whole frame behind it, which is written after that too. The last frame of a
//! journal whose machine lost power waits until a writer has opened it. Each refresh reads the
//! head file and what was added since.

use std::sync::Arc;

use tuanzhang_log::{BookKey, ReadError};

use crate::OpenError;
use crate::disk::{Disk, DiskFile};
use crate::fold::Fold;
use crate::format::{HEAD, SEGMENT, Slot, slot_offset};
use crate::frames::{Frames, Step};
use crate::opening::{check_names, open_head, open_segment, read_head, vouching, without_head};
use crate::place::Place;

/// How often the head file is read when a slot looks torn: a writer may be at it.
const HEAD_READS_MAX: u32 = 16;

/// Follows a journal that another handle writes.
#[derive(Debug)]
pub(crate) struct Follower {
    disk: Arc<dyn Disk>,
    place: Place,
    /// `None` until the book has a record.
    pub(crate) followed: Option<Followed>,
}

/// The files of a book that exists, and what follows from the frames that are vouched for.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) key: BookKey,
    head: Box<dyn DiskFile>,
    pub(crate) segment: Arc<dyn DiskFile>,
    pub(crate) fold: Fold,
}

impl Follower {
    pub(crate) const fn new(disk: Arc<dyn Disk>, place: Place) -> Self {
        Self { disk, place, followed: None }
    }

    /// Takes in what was added since the last refresh.
    pub(crate) fn refresh(&mut self) -> Result<(), OpenError> {
        if self.followed.is_none() {
            check_names(&*self.disk, &self.place)?;
            let Some((head, parsed)) = open_head(&*self.disk, &self.place)? else {
                // A creation writes the head before the first frame, so a writer at work can't be
                // what is seen here.
                return Ok(without_head(&*self.disk, &self.place)?);
            };
            let segment = Arc::from(open_segment(&*self.disk, &self.place)?);
            let followed = Followed { key: parsed.key, head, segment, fold: Fold::new() };
            self.followed = Some(followed);
        }
        let Some(followed) = self.followed.as_mut() else { return Ok(()) };
        let outcome = followed.refresh(&self.place);
        if outcome.is_err() || followed.fold.head.size == 0 {
            // A creation that was not finished may be done again with other files; after an
            // error nothing is believed.
            self.followed = None;
        }
        outcome
    }
}

impl Followed {
    fn refresh(&mut self, place: &Place) -> Result<(), OpenError> {
        let (newest, slots) = self.slots(place)?;
        let limit = self.vouched_end(newest, place)?;
        self.fold.walk(&*self.segment, self.key, limit, &slots, place)?;
        Ok(())
    }

    /// Reads the slots. Both have to be readable: the newer one may be what alone vouches for
    /// the last frame, and a reader doesn't repair.
    fn slots(&self, place: &Place) -> Result<(Slot, Vec<Slot>), OpenError> {
        let mut reads = 1;
        loop {
            let head = read_head(&*self.head, place)?;
            let Some(number) = head.unreadable().next() else {
                return Ok(vouching(&head, place)?);
            };
            if reads >= HEAD_READS_MAX {
                let what = "this head slot is torn; opening for writing repairs it";
                return Err(place.damaged(HEAD, slot_offset(number), what).into());
            }
            reads = reads.saturating_add(1);
        }
    }

    /// The offset up to which frames are vouched for by a slot or by a whole frame behind.
    fn vouched_end(&self, newest: Slot, place: &Place) -> Result<u64, ReadError> {
        let start = newest.end.max(self.fold.end);
        let mut frames = Frames::new(&*self.segment, self.key, start, u64::MAX);
        let mut vouched = start;
        while let Step::Frame(offset, _) = frames.step().map_err(place.unreadable(SEGMENT))? {
            vouched = offset;
        }
        Ok(vouched)
    }
}
