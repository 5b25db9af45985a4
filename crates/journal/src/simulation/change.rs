//! Changes of a simulated disk that aren't durable yet, and what of them a power loss leaves.

use std::collections::BTreeMap;

use crate::numbers::{long, short};

/// Bytes that a disk writes whole or not at all.
pub const SECTOR_BYTES: u64 = 512;
/// Bytes that the system keeps or forgets together.
const PAGE_BYTES: u64 = 4096;

/// What happens to a change that was not durable when power was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never reached the disk.
    Lost,
    /// All of it did.
    Kept,
    /// Of a write, the first bytes did; of anything else, nothing.
    Prefix(u64),
    /// Of a write, the sectors whose bit is set did (the 64 bits repeat); of anything else,
    /// all of it if bit 0 is set.
    Sectors(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) what: What,
    pub(super) stage: Stage,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Name {
        name: String,
        file: usize,
    },
    /// The new name stands for the file, whether or not the old one ever reached the disk.
    Rename {
        from: String,
        to: String,
        file: usize,
    },
    Removal {
        name: String,
    },
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    Length {
        file: usize,
        length: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// In memory; the next sync writes it.
    Unsynced,
    /// In memory, and no sync knows of it any more.
    Forgotten,
    Durable,
}

impl What {
    /// The file that a sync has to be about; `None` for names.
    pub(super) fn file(&self) -> Option<usize> {
        match self {
            Self::Write { file, .. } | Self::Length { file, .. } => Some(*file),
            Self::Name { .. } | Self::Rename { .. } | Self::Removal { .. } => None,
        }
    }

    /// The first page and the last that a change touches.
    pub(super) fn pages(&self) -> Option<(usize, u64, u64)> {
        match self {
            Self::Write { file, offset, bytes } => {
                let last = offset.saturating_add(long(bytes.len()).saturating_sub(1));
                Some((*file, offset / PAGE_BYTES, last / PAGE_BYTES))
            }
            Self::Name { .. }
            | Self::Rename { .. }
            | Self::Removal { .. }
            | Self::Length { .. } => None,
        }
    }

    pub(super) fn apply(
        &self,
        fate: Fate,
        names: &mut BTreeMap<String, usize>,
        files: &mut [Vec<u8>],
    ) {
        match self {
            Self::Write { file, offset, bytes } => {
                if let Some(content) = files.get_mut(*file) {
                    write(content, *offset, bytes, fate);
                }
            }
            _ if !fate.is_whole() => {}
            Self::Length { file, length } => {
                if let Some(content) = files.get_mut(*file) {
                    content.resize(short(*length), 0);
                }
            }
            Self::Name { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Rename { from, to, file } => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
            Self::Removal { name } => {
                names.remove(name);
            }
        }
    }
}

impl Fate {
    fn is_whole(self) -> bool {
        match self {
            Self::Kept => true,
            Self::Lost | Self::Prefix(_) => false,
            Self::Sectors(bits) => bits & 1 == 1,
        }
    }

    /// Whether the byte at this offset, the nth of the write, reaches the disk.
    fn reaches(self, nth: u64, offset: u64) -> bool {
        match self {
            Self::Kept => true,
            Self::Lost => false,
            Self::Prefix(bytes) => nth < bytes,
            Self::Sectors(bits) => {
                let bit = u32::try_from((offset / SECTOR_BYTES) % 64).unwrap_or(0);
                bits.checked_shr(bit).unwrap_or(0) & 1 == 1
            }
        }
    }
}

fn write(content: &mut Vec<u8>, offset: u64, bytes: &[u8], fate: Fate) {
    if fate == Fate::Kept {
        let (start, end) = (short(offset), short(offset).saturating_add(bytes.len()));
        content.resize(content.len().max(end), 0);
        if let Some(target) = content.get_mut(start..end) {
            target.copy_from_slice(bytes);
        }
        return;
    }
    for (nth, byte) in (0..).zip(bytes) {
        let at = offset.saturating_add(nth);
        if fate.reaches(nth, at) {
            let place = short(at);
            if content.len() <= place {
                content.resize(place.saturating_add(1), 0);
            }
            if let Some(target) = content.get_mut(place) {
                *target = *byte;
            }
        }
    }
}
