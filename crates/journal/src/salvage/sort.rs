//! Puts the frames in order of their positions and asks the tree what they are worth.

use std::ops::ControlFlow;

use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{Hash, ReadError};

use super::{Missing, Salvage, Saved, scan};
use crate::format::{Frame, HEAD, segment_name, slot_offset};
use crate::numbers::long;
use crate::place::Spot;

/// Why positions are missing.
const NOT_FOUND: &str = "no whole frame holds them";
const ALTERED: &str = "their frame has a right checksum, but not the root that was recorded";
const UNPROVEN: &str = "a flipped bit would explain their frame, but no root proves it";
const AT_THE_END: &str = "the head vouches for them, and no whole frame holds them";

impl Salvage {
    /// Orders the frames, drops those that can't be what was written, and says what is missing.
    pub(super) fn sort(&mut self) -> Result<(), ReadError> {
        self.note_disorder();
        self.frames.sort_by_key(|saved| saved.header.first);
        self.drop_doubles();
        let mut dropped = Vec::new();
        if let Some(at) = self.prove()? {
            let altered = self.frames.remove(at);
            let why = if altered.flip.is_some() { UNPROVEN } else { ALTERED };
            dropped.push((altered, why));
        }
        // A checksum that a flip explains is a guess until a root says so.
        let (kept, guessed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.frames)
            .into_iter()
            .partition(|saved| saved.flip.is_none() || saved.last() <= self.proven);
        self.frames = kept;
        dropped.extend(guessed.into_iter().map(|saved| (saved, UNPROVEN)));
        for (saved, why) in &dropped {
            self.damage_at(saved.at, format!("not given out: {why}"));
        }
        self.list_repaired();
        self.list_missing(&dropped);
        self.note_slots();
        Ok(())
    }

    /// Frames that stand behind later ones: segments that were swapped, files of two times.
    fn note_disorder(&mut self) {
        let pairs = self.frames.iter().zip(self.frames.iter().skip(1));
        let behind = pairs.filter(|(before, after)| after.header.first <= before.header.first);
        let behind: Vec<(Spot, u64)> =
            behind.map(|(_, after)| (after.at, after.header.first)).collect();
        for (at, first) in behind {
            self.damage_at(at, format!("position {first} stands behind later ones"));
        }
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
                self.damage_at(saved.at, what);
            }
        }
    }

    /// Compares the frames without a gap before them with the roots that frames and slots state, and
    /// sets how far they are proven. Gives the place of a frame that was altered, if one was.
    ///
    /// Every frame states the root before it, so the first that is contradicted and not confirmed by
    /// a later root names the frame just before.
    fn prove(&mut self) -> Result<Option<usize>, ReadError> {
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
            let slots = self.slots.iter().flatten();
            let here = slots.filter(|slot| slot.head.size == edge.size());
            let stated: Vec<Hash> = here.map(|slot| slot.head.root).collect();
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

    fn list_repaired(&mut self) {
        for saved in &self.frames {
            let Some(flip) = saved.flip else { continue };
            let offset = saved.at.offset.saturating_add(long(flip.byte));
            let (first, last, mask) = (saved.header.first, saved.last(), flip.mask);
            let what = format!(
                "a bit has flipped (mask {mask:#04x}) in the frame of positions {first} to {last}; it \
                 was put right, and the root proves it"
            );
            let name = segment_name(saved.at.segment);
            self.repaired.push(self.segments.place().damage(&name, offset, what));
        }
    }

    fn list_missing(&mut self, dropped: &[(Saved, &'static str)]) {
        let mut all: Vec<_> = self.frames.iter().map(|saved| (saved.positions(), None)).collect();
        all.extend(dropped.iter().map(|(saved, why)| (saved.positions(), Some(*why))));
        all.sort_by_key(|(positions, _)| *positions.start());
        let mut next = 1;
        let mut missing = Vec::new();
        let mut gap = |from: u64, to: u64, why| {
            if from <= to {
                missing.push(Missing { positions: from..=to, why });
            }
        };
        for (positions, why) in all {
            gap(next, positions.start().saturating_sub(1), NOT_FOUND);
            if let Some(why) = why {
                gap(*positions.start(), *positions.end(), why);
            }
            next = positions.end().saturating_add(1);
        }
        gap(next, self.acknowledged().unwrap_or(0), AT_THE_END);
        self.missing = missing;
    }

    /// A slot whose size is reached, and at which no frame ends.
    fn note_slots(&mut self) {
        let last = self.frames.last().map_or(0, Saved::last);
        for slot in self.slots.into_iter().flatten() {
            let size = slot.head.size;
            let met = size == 0 || self.frames.iter().any(|saved| saved.last() == size);
            if !met && size <= last {
                let what = format!("this slot speaks of {size} records, and no frame ends there");
                let offset = slot_offset(slot.number());
                let damage = self.segments.place().damage(HEAD, offset, what);
                self.damages.push(damage);
            }
        }
    }
}
