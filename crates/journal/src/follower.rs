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
use crate::format::{HEAD, Slot, segment_name, slot_offset};
use crate::frames::{Frames, Step};
use crate::opening::{open_head, read_head, vouching, without_head};
use crate::place::{Place, Spot};
use crate::segments::Segments;

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
    pub(crate) head: Box<dyn DiskFile>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) fold: Fold,
}

impl Follower {
    pub(crate) const fn new(disk: Arc<dyn Disk>, place: Place) -> Self {
        Self { disk, place, followed: None }
    }

    /// Takes in what was added since the last refresh.
    pub(crate) fn refresh(&mut self) -> Result<(), OpenError> {
        if self.followed.is_none() {
            let segments = Segments::new(Arc::clone(&self.disk), self.place.clone());
            let last = segments.last()?;
            let found = match open_head(&*self.disk, &self.place)? {
                Some(found) => Some(found),
                None => match without_head(&segments, last) {
                    Ok(()) => None,
                    // A creation writes the head before the first frame: it may be at it.
                    Err(error) => match open_head(&*self.disk, &self.place)? {
                        Some(found) => Some(found),
                        None => return Err(error.into()),
                    },
                },
            };
            let Some((head, parsed)) = found else { return Ok(()) };
            segments.get(1)?;
            let segments = Arc::new(segments);
            let followed = Followed { key: parsed.key, head, segments, fold: Fold::new() };
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
        // A writer that opens puts another file in the place of a segment without a frame.
        self.segments.forget();
        let limit = self.vouched_end(newest)?;
        self.fold.walk(&self.segments, self.key, limit, &slots)?;
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

    /// The place up to which frames are vouched for: by a slot, by a whole frame behind, or by a
    /// segment behind, which is made when the one before is full and durable.
    fn vouched_end(&self, newest: Slot) -> Result<Spot, ReadError> {
        let mut vouched = newest.end.max(self.fold.end);
        loop {
            let Some(file) = self.segments.find(vouched.segment)? else { return Ok(vouched) };
            let mut frames = Frames::new(&*file, self.key, vouched.offset, u64::MAX);
            let name = segment_name(vouched.segment);
            while let Step::Frame(offset, _) =
                frames.step().map_err(self.segments.place().unreadable(&name))?
            {
                vouched.offset = offset;
            }
            let behind = Spot { segment: vouched.segment.saturating_add(1), offset: 0 };
            if self.segments.find(behind.segment)?.is_none() {
                return Ok(vouched);
            }
            vouched = behind;
        }
    }
}
