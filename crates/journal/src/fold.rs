//! What follows from the frames of a book: its tree, its end and a sparse index.
//!
//! Opening, verifying and following go through [`Fold::walk`], the only place that believes
//! frames: each has to continue the positions and the root before it, a segment with another
//! behind it has to be whole frames to its end, and what a head slot says of a size has to be what
//! the frames come to at that size.

use tuanzhang_log::tree::Edge;
use tuanzhang_log::{BookKey, ReadError, TreeHead};

use crate::digest::{Digest, Stop, Stretch, digest_all};
use crate::format::{FrameHeader, Slot};
use crate::place::{Place, Spot};
use crate::segments::Segments;

/// Bytes between two entries of the index: how much is read, at most, to find a frame.
const INDEX_STRIDE_BYTES: u64 = 16 << 10;

/// Where some of the frames start: one entry for each 16 KiB or more of frames of a segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Position of a frame's first record and where the frame starts, both ascending.
    marks: Vec<(u64, Spot)>,
}

impl Index {
    /// Learns of a frame behind all others.
    pub(crate) fn note(&mut self, position: u64, at: Spot) {
        let near = |mark: &Spot| {
            mark.segment == at.segment && at.offset < mark.offset.saturating_add(INDEX_STRIDE_BYTES)
        };
        if !self.marks.last().is_some_and(|(_, mark)| near(mark)) {
            self.marks.push((position, at));
        }
    }

    /// A frame that starts at or before a position, and where it stands.
    pub(crate) fn before(&self, position: u64) -> (u64, Spot) {
        let behind = self.marks.partition_point(|(first, _)| *first <= position);
        let mark = behind.checked_sub(1).and_then(|at| self.marks.get(at));
        mark.copied().unwrap_or((1, Spot::START))
    }
}

/// What follows from the frames that were walked over.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) edge: Edge,
    /// Head that follows from `edge`.
    pub(crate) head: TreeHead,
    /// Behind the last frame.
    pub(crate) end: Spot,
    /// The last frame; the start where there is none.
    pub(crate) last: Spot,
    /// Position of its first record; 1 where there is none.
    pub(crate) last_first: u64,
    /// Number of frames.
    pub(crate) frames: u64,
    pub(crate) index: Index,
}

/// Where a walk has come to, and why it went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halt {
    pub(crate) at: Spot,
    pub(crate) why: Stop,
}

impl Fold {
    /// What follows from no frame.
    pub(crate) fn new() -> Self {
        Self {
            edge: Edge::new(),
            head: TreeHead::EMPTY,
            end: Spot::START,
            last: Spot::START,
            last_first: 1,
            frames: 0,
            index: Index::default(),
        }
    }

    /// Walks from its end to the limit and takes in every whole frame. Every slot has to agree
    /// with the frames, and the walk has to come as far as each of them.
    pub(crate) fn walk(
        &mut self,
        segments: &Segments,
        key: BookKey,
        limit: Spot,
        slots: &[Slot],
    ) -> Result<Halt, ReadError> {
        let place = segments.place();
        let mut ahead = slots.to_vec();
        ahead.retain(|slot| slot.head.size >= self.head.size);
        self.agree(&mut ahead, place)?;
        let mut stretches = Vec::new();
        for number in self.end.segment..=limit.segment {
            // A slot may speak of any number: what is not there ends the list.
            segments.get(number)?;
            let from = if number == self.end.segment { self.end.offset } else { 0 };
            let to = if number == limit.segment { limit.offset } else { u64::MAX };
            stretches.push(Stretch { number, from, to });
        }
        let mut halt = Halt { at: self.end, why: Stop::End };
        digest_all(&stretches, segments, key, segments.readers(), &mut |stretch, digest| {
            self.take_all(stretch.number, &digest, &mut ahead, place)?;
            halt.at = Spot { segment: stretch.number, offset: digest.end };
            match digest.stop {
                Some(Stop::Broken(why)) if stretch.number < limit.segment => {
                    let what = format!("{why}, and a segment stands behind");
                    Err(place.damaged_from(halt.at, self.next(), what))
                }
                Some(why) => {
                    halt.why = why;
                    Ok(())
                }
                None => Ok(()),
            }
        })?;
        if let Some(slot) = ahead.first() {
            return Err(self.contradiction(slot, halt, place));
        }
        if self.head.size == 0 && limit.segment > 1 {
            // The first append would make the first segment anew, and nobody would expect the others.
            let behind = Spot { segment: 2, offset: 0 };
            return Err(place.damaged_at(behind, "no record stands before this segment"));
        }
        Ok(halt)
    }

    fn take_all(
        &mut self,
        segment: u32,
        digest: &Digest,
        ahead: &mut Vec<Slot>,
        place: &Place,
    ) -> Result<(), ReadError> {
        let mut leaves = digest.leaves.iter();
        let ends = digest.frames.iter().skip(1).map(|(start, _)| *start).chain([digest.end]);
        for ((start, header), end) in digest.frames.iter().zip(ends) {
            let at = Spot { segment, offset: *start };
            self.continues(header).map_err(|(position, what)| {
                place.damaged_from(self.where_missing(at), position, what)
            })?;
            for leaf in leaves.by_ref().take(crate::numbers::short(u64::from(header.count))) {
                self.edge.push(*leaf);
            }
            self.head = self.edge.head();
            self.last = at;
            self.last_first = header.first;
            self.end = Spot { segment, offset: end };
            self.frames = self.frames.saturating_add(1);
            self.index.note(header.first, at);
            self.agree(ahead, place)?;
        }
        Ok(())
    }

    /// Where to look when a frame doesn't follow: what a segment lacks at its end shows in the next.
    fn where_missing(&self, at: Spot) -> Spot {
        match at.segment.checked_sub(1) {
            Some(before) if at.offset == 0 && before > 0 => {
                let here = self.end.segment == before;
                Spot { segment: before, offset: if here { self.end.offset } else { 0 } }
            }
            _ => at,
        }
    }

    /// Position of the first record that was not taken in.
    pub(crate) fn next(&self) -> u64 {
        self.head.size.saturating_add(1)
    }

    /// Whether a frame follows on what was taken in; else the first record that is in doubt, and why.
    fn continues(&self, header: &FrameHeader) -> Result<(), (u64, String)> {
        let next = self.next();
        if header.first != next {
            let found = header.first;
            return Err((
                next,
                format!("the frame starts at position {found}, {next} would follow"),
            ));
        }
        if header.root_before != self.head.root {
            let stated = header.root_before;
            let what = format!(
                "the frame states the root {stated} for the {} records before it, whose root is {}: {} not what \
                 was written, or the frame's own head isn't",
                self.head.size,
                self.head.root,
                self.unproven()
            );
            return Err((self.last_first, what));
        }
        Ok(())
    }

    /// The records of the last frame: the root that it states itself has proven all before them.
    fn unproven(&self) -> String {
        let (first, last) = (self.last_first, self.head.size);
        if first >= last {
            format!("record {last} is")
        } else {
            format!("a record of {first} to {last} is")
        }
    }

    /// Compares with the slots that speak of this size, and is done with them.
    fn agree(&self, ahead: &mut Vec<Slot>, place: &Place) -> Result<(), ReadError> {
        let here = |slot: &Slot| slot.head.size == self.head.size;
        let meets = |slot: &Slot| (slot.head.root, slot.end) == (self.head.root, self.end);
        if let Some(slot) = ahead.iter().find(|slot| here(slot) && !meets(slot)) {
            let what = format!(
                "{} records end at {} with the root {}; {} and {} were acknowledged: {} not what was written, or \
                 the head file isn't",
                self.head.size,
                self.end,
                self.head.root,
                slot.end,
                slot.head.root,
                self.unproven()
            );
            return Err(place.damaged_from(self.last, self.last_first, what));
        }
        ahead.retain(|slot| !here(slot));
        Ok(())
    }

    /// A slot speaks of something that the walk has not met.
    fn contradiction(&self, slot: &Slot, halt: Halt, place: &Place) -> ReadError {
        let what = format!(
            "{}, after {} records; {} records up to offset {} were acknowledged",
            halt.why, self.head.size, slot.head.size, slot.end
        );
        place.damaged_from(halt.at, self.next(), what)
    }
}
