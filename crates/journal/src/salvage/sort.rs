//! Puts the frames in order of their positions and asks the tree what they are worth.

use std::ops::ControlFlow;

use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{Damage, Hash, ReadError};

use super::{Missing, Salvage, Saved, scan};
use crate::format::{Frame, Slot, segment_name};

/// Why positions are missing.
const NOT_FOUND: &str = "no whole frame holds them";
const ALTERED: &str = "their frame has a right checksum, but not the root that was recorded";
const AT_THE_END: &str = "the head vouches for them, and no whole frame holds them";

impl Salvage {
    /// Orders the frames, drops those that can't be what was written, and says what is missing.
    pub(super) fn sort(&mut self, slots: &[Slot]) -> Result<(), ReadError> {
        self.frames.sort_by_key(|saved| saved.header.first);
        self.drop_doubles();
        let altered = self.prove(slots)?.map(|at| self.frames.remove(at));
        if let Some(altered) = &altered {
            let what = "altered: its checksum is right, the root over its records is not";
            self.damages.push(self.damage_at(altered, what.into()));
        }
        self.list_missing(altered.as_ref());
        Ok(())
    }

    /// Of two frames that hold the same position, the one that stood first stays.
    fn drop_doubles(&mut self) {
        let mut last = 0;
        for saved in std::mem::take(&mut self.frames) {
            if saved.header.first > last {
                last = saved.last();
                self.frames.push(saved);
            } else {
                let what = format!("another frame holds position {} as well", saved.header.first);
                self.damages.push(self.damage_at(&saved, what));
            }
        }
    }

    /// Compares the frames without a gap before them with the roots that frames and slots state, and
    /// sets how far they are proven. Gives the place of a frame that was altered, if one was.
    ///
    /// Every frame states the root before it, so the first that is contradicted and not confirmed by
    /// a later root names the frame just before.
    fn prove(&mut self, slots: &[Slot]) -> Result<Option<usize>, ReadError> {
        let mut edge = Edge::new();
        let mut contradicted = Vec::new();
        for (number, saved) in self.frames.iter().enumerate() {
            let size = edge.size();
            if saved.header.first != size.saturating_add(1) {
                break;
            }
            if saved.header.root_before == edge.root() {
                self.proven = size;
            } else {
                contradicted.push((size, number.checked_sub(1)));
            }
            self.push(saved, &mut edge)?;
            let here = |slot: &&Slot| slot.head.size == edge.size();
            let stated: Vec<Hash> = slots.iter().filter(here).map(|slot| slot.head.root).collect();
            if stated.contains(&edge.root()) {
                self.proven = edge.size();
            } else if !stated.is_empty() {
                contradicted.push((edge.size(), Some(number)));
            }
        }
        let unproven = contradicted.iter().find(|(size, _)| *size > self.proven);
        Ok(unproven.and_then(|(_, frame)| *frame))
    }

    fn push(&self, saved: &Saved, edge: &mut Edge) -> Result<(), ReadError> {
        let bytes = scan::frame_bytes(&self.segments, saved)?;
        if let Some(frame) = Frame::parse(self.key, saved.header, &bytes) {
            // Whether its body is what its header counts was looked at when it was found.
            let _ = frame.visit(|_, record| {
                edge.push(leaf_hash(record));
                ControlFlow::Continue(())
            });
        }
        Ok(())
    }

    fn list_missing(&mut self, altered: Option<&Saved>) {
        let mut next = 1;
        let mut missing = Vec::new();
        let mut gap = |from: u64, to: u64, why| {
            if from <= to {
                missing.push(Missing { positions: from..=to, why });
            }
        };
        let mut all: Vec<_> = self.frames.iter().map(|saved| (saved.positions(), None)).collect();
        all.extend(altered.map(|saved| (saved.positions(), Some(ALTERED))));
        all.sort_by_key(|(positions, _)| *positions.start());
        for (positions, why) in all {
            gap(next, positions.start().saturating_sub(1), NOT_FOUND);
            if let Some(why) = why {
                gap(*positions.start(), *positions.end(), why);
            }
            next = positions.end().saturating_add(1);
        }
        gap(next, self.acknowledged.unwrap_or(0), AT_THE_END);
        self.missing = missing;
    }

    fn damage_at(&self, saved: &Saved, what: String) -> Damage {
        let place = self.segments.place();
        place.damage(&segment_name(saved.at.segment), saved.at.offset, what)
    }
}
