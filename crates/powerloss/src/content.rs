//! The bytes of a file: as programs see them, as the disk has them, and what lies between.

use crate::random::Random;

/// Bytes that a disk writes whole or not at all.
pub const SECTOR_BYTES: usize = 512;
/// Bytes that a system keeps or forgets together.
const PAGE_BYTES: usize = 4096;

/// The bytes of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// What was done since the last sync; `durable` with all of it is `now`.
    pending: Vec<Edit>,
}

#[derive(Clone, Debug)]
enum Edit {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

/// What a power loss does to the pending edits of one file.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Lost,
    /// Each write as a whole.
    Writes,
    /// Each piece of this many bytes of each write.
    Pieces(usize),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: written } => put(bytes, *offset, written),
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset.saturating_add(written.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(target) = bytes.get_mut(offset..end) {
        target.copy_from_slice(written);
    }
}

impl Content {
    pub(crate) fn length(&self) -> usize {
        self.now.len()
    }

    /// Edits that the next sync makes durable.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(crate) fn read(&self, offset: usize, length: usize) -> &[u8] {
        let start = offset.min(self.now.len());
        let end = offset.saturating_add(length).min(self.now.len());
        self.now.get(start..end).unwrap_or_default()
    }

    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.edit(Edit::Write { offset, bytes: bytes.to_vec() });
    }

    pub(crate) fn set_length(&mut self, length: usize) {
        if length != self.now.len() {
            self.edit(Edit::Length(length));
        }
    }

    fn edit(&mut self, edit: Edit) {
        edit.apply(&mut self.now);
        self.pending.push(edit);
    }

    /// Makes bytes and length durable.
    pub(crate) fn sync(&mut self) {
        for edit in self.pending.drain(..) {
            edit.apply(&mut self.durable);
        }
    }

    /// Loses power: what reached the disk is all that there is from now on.
    pub(crate) fn cut(&mut self, random: &mut Random) {
        if self.pending.is_empty() {
            return;
        }
        let fate = match random.below(8) {
            0 => Fate::Kept,
            1 => Fate::Lost,
            2 | 3 => Fate::Writes,
            4 => Fate::Pieces(PAGE_BYTES),
            _ => Fate::Pieces(SECTOR_BYTES),
        };
        match fate {
            Fate::Kept => self.sync(),
            Fate::Lost => {}
            Fate::Writes => self.durable = self.mixed(random, None),
            Fate::Pieces(bytes) => self.durable = self.mixed(random, Some(bytes)),
        }
        self.pending.clear();
        self.now = self.durable.clone();
    }

    /// What is on the disk if each write, or each piece of each write, had reached it or not.
    ///
    /// The system writes sectors, not calls: a sector on the disk is what it was in memory at
    /// some moment, so of two writes to one sector the later never comes without the earlier.
    /// Lengths change in order: those of the first edits are on the disk, of the others not.
    fn mixed(&self, random: &mut Random, pieces: Option<usize>) -> Vec<u8> {
        let edits = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        let lengths = random.below(edits.saturating_add(1));
        let often = [1, 4, 7].get(usize::try_from(random.below(3)).unwrap_or(0)).map_or(4, |n| *n);
        let (mut memory, mut disk) = (self.durable.clone(), self.durable.clone());
        let mut length = disk.len();
        for (nth, edit) in (0..).zip(&self.pending) {
            let before = memory.len();
            edit.apply(&mut memory);
            if nth < lengths && memory.len() != before {
                length = memory.len();
                // What was cut off doesn't come back when the file grows again.
                disk.truncate(length);
            }
            let Edit::Write { offset, bytes } = edit else { continue };
            let step = pieces.unwrap_or(SECTOR_BYTES).max(1);
            let end = offset.saturating_add(bytes.len());
            let first = offset.saturating_sub(offset.checked_rem(step).unwrap_or(0));
            let whole = random.eighths(often);
            for start in (first..end).step_by(step) {
                let reached = if pieces.is_some() { random.eighths(often) } else { whole };
                let piece = start..start.saturating_add(step).min(memory.len());
                if let Some(piece) = memory.get(piece).filter(|_| reached) {
                    put(&mut disk, start, piece);
                }
            }
        }
        disk.resize(length, 0);
        disk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synced(bytes: &[u8]) -> Content {
        let mut content = Content::default();
        content.write(0, bytes);
        content.sync();
        content
    }

    fn after_cut(content: &Content, seed: u64) -> Vec<u8> {
        let mut content = content.clone();
        content.cut(&mut Random::new(seed));
        content.now
    }

    #[test]
    fn what_was_synced_survives_every_cut() {
        let content = synced(&[7; 3000]);
        for seed in 0..1000 {
            assert_eq!(after_cut(&content, seed), [7; 3000]);
        }
    }

    #[test]
    fn a_write_is_kept_lost_and_torn_by_sectors() {
        let mut content = synced(&[1; 4096]);
        content.write(0, &[2; 4096]);
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for seed in 0..1000 {
            let bytes = after_cut(&content, seed);
            assert_eq!(bytes.len(), 4096);
            for sector in bytes.chunks(SECTOR_BYTES) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            }
            match bytes.iter().fold(0_u32, |sum, byte| sum + u32::from(*byte - 1)) {
                4096 => kept += 1,
                0 => lost += 1,
                _ => torn += 1,
            }
        }
        println!("1000 cuts: {kept} kept, {lost} lost, {torn} torn");
        assert!(kept > 200 && lost > 200 && torn > 200, "{kept} {lost} {torn}");
    }

    #[test]
    fn writes_are_reordered_but_not_within_a_sector() {
        let mut content = synced(&[0; 2048]);
        content.write(0, &[1; 10]);
        content.write(10, &[2; 10]);
        content.write(1024, &[3; 10]);
        let mut reordered = 0;
        for seed in 0..1000 {
            let bytes = after_cut(&content, seed);
            assert!(bytes[10] == 0 || bytes[0] == 1, "the later came without the earlier");
            reordered += usize::from(bytes[1024] == 3 && bytes[0] == 0);
        }
        assert!(reordered > 30, "{reordered}");
    }

    #[test]
    fn a_file_cut_and_grown_again_has_zeroes_or_is_as_it_was() {
        let mut content = synced(&[9; 1000]);
        content.set_length(100);
        content.set_length(1000);
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 0..1000 {
            let bytes = after_cut(&content, seed);
            lengths.insert((bytes.len(), bytes.get(500).copied()));
        }
        assert!(lengths.is_subset(&[(1000, Some(9)), (100, None), (1000, Some(0))].into()));
        assert_eq!(lengths.len(), 3, "{lengths:?}");
    }
}
