//! What follows from the frames of a book: its tree, its end and a sparse index.
//!
//! Opening, verifying and following go through [`Fold::walk`], the only place that believes
//! frames: each has to continue the positions and the root before it, and what a head slot
//! says of a size has to be what the frames come to at that size.

use std::ops::ControlFlow;

use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, ReadError, TreeHead};

use crate::disk::DiskFile;
use crate::format::{Frame, SEGMENT, Slot};
use crate::frames::{Frames, Step};
use crate::place::Place;

/// Bytes between two entries of the index: how much is read, at most, to find a frame.
const INDEX_STRIDE_BYTES: u64 = 16 << 10;

/// Where some of the frames start: one entry for each 16 KiB or more of frames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Position of a frame's first record and the frame's offset, both ascending.
    marks: Vec<(u64, u64)>,
}

impl Index {
    /// Learns of a frame behind all others.
    pub(crate) fn note(&mut self, position: u64, offset: u64) {
        let last = self.marks.last().map(|(_, offset)| offset.saturating_add(INDEX_STRIDE_BYTES));
        if last.is_none_or(|next| offset >= next) {
            self.marks.push((position, offset));
        }
    }

    /// A frame that starts at or before a position, and its offset.
    pub(crate) fn before(&self, position: u64) -> (u64, u64) {
        let behind = self.marks.partition_point(|(first, _)| *first <= position);
        let mark = behind.checked_sub(1).and_then(|at| self.marks.get(at));
        mark.copied().unwrap_or((1, 0))
    }
}

/// What follows from the frames that were walked over.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) edge: Edge,
    /// Head that follows from `edge`.
    pub(crate) head: TreeHead,
    /// Offset behind the last frame.
    pub(crate) end: u64,
    /// Offset of the last frame; 0 where there is none.
    pub(crate) last: u64,
    /// Number of frames.
    pub(crate) frames: u64,
    pub(crate) index: Index,
}

/// How a walk ended, where nothing contradicts what was found before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// At the limit.
    End,
    /// Before it, where no whole frame stands, and why.
    Broken(&'static str),
}

impl Fold {
    /// What follows from no frame.
    pub(crate) fn new() -> Self {
        Self {
            edge: Edge::new(),
            head: TreeHead::EMPTY,
            end: 0,
            last: 0,
            frames: 0,
            index: Index::default(),
        }
    }

    /// Walks from its end to the limit and takes in every whole frame. Every slot has to agree
    /// with the frames, and the walk has to come as far as each of them.
    pub(crate) fn walk(
        &mut self,
        segment: &dyn DiskFile,
        key: BookKey,
        limit: u64,
        slots: &[Slot],
        place: &Place,
    ) -> Result<Stop, ReadError> {
        let mut frames = Frames::new(segment, key, self.end, limit);
        let mut ahead = slots.to_vec();
        ahead.retain(|slot| slot.head.size >= self.head.size);
        self.agree(&mut ahead, place)?;
        let stop = loop {
            match frames.step().map_err(place.unreadable(SEGMENT))? {
                Step::Frame(offset, frame) => {
                    self.take(offset, &frame)
                        .map_err(|what| place.damaged(SEGMENT, offset, what))?;
                }
                Step::End => break Stop::End,
                Step::Broken(why) => break Stop::Broken(why),
            }
            self.end = frames.offset();
            self.agree(&mut ahead, place)?;
        };
        ahead.first().map_or(Ok(stop), |slot| Err(self.contradiction(slot, stop, place)))
    }

    fn take(&mut self, offset: u64, frame: &Frame<'_>) -> Result<(), String> {
        let (header, head) = (&frame.header, self.head);
        let next = head.size.saturating_add(1);
        if header.first != next {
            let found = header.first;
            return Err(format!("the frame starts at position {found}, {next} would follow"));
        }
        if header.root_before != head.root {
            let stated = header.root_before;
            return Err(format!(
                "the frame states the root {stated} for the {} records before it, whose root is {}",
                head.size, head.root
            ));
        }
        let edge = &mut self.edge;
        let all = frame.visit(|_, record| {
            edge.push(leaf_hash(record));
            ControlFlow::Continue(())
        })?;
        debug_assert!(all.is_continue(), "the visitor never breaks");
        self.head = self.edge.head();
        self.last = offset;
        self.frames = self.frames.saturating_add(1);
        self.index.note(header.first, offset);
        Ok(())
    }

    /// Compares with the slots that speak of this size, and is done with them.
    fn agree(&self, ahead: &mut Vec<Slot>, place: &Place) -> Result<(), ReadError> {
        let here = |slot: &Slot| slot.head.size == self.head.size;
        if let Some(slot) = ahead.iter().find(|slot| here(slot)) {
            if (slot.head.root, slot.end) != (self.head.root, self.end) {
                let what = format!(
                    "{} records end at {} with the root {}; {} and {} were acknowledged",
                    self.head.size, self.end, self.head.root, slot.end, slot.head.root
                );
                return Err(place.damaged(SEGMENT, self.last, what));
            }
            ahead.retain(|slot| !here(slot));
        }
        Ok(())
    }

    /// A slot speaks of something that the walk has not met.
    fn contradiction(&self, slot: &Slot, stop: Stop, place: &Place) -> ReadError {
        let why = match stop {
            Stop::End => "the segment ends here",
            Stop::Broken(why) => why,
        };
        let what = format!(
            "{why}, after {} records; {} records up to offset {} were acknowledged",
            self.head.size, slot.head.size, slot.end
        );
        place.damaged(SEGMENT, self.end, what)
    }
}
