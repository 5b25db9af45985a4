//! The head file: three blocks of 4 KiB, which no sector of a disk shares.
//!
//! | offset | bytes | header block |
//! |---|---|---|
//! | 0 | 8 | magic `TZJRNL` CR LF |
//! | 8 | 4 | format version |
//! | 12 | 4 | CRC-32C of the 12 bytes before (no key): holds for all versions to come |
//! | 16 | 16 | the book's key |
//! | 32 | 4060 | zero |
//! | 4092 | 4 | CRC-32C of the key and the 4092 bytes before |
//!
//! | offset | bytes | slot block (at 4096 and 8192) |
//! |---|---|---|
//! | 0 | 8 | sequence, one more at each write; slot `sequence % 2` is written |
//! | 8 | 8 | size: records of the book |
//! | 16 | 8 | end: offset behind the last frame, in the segment that holds it |
//! | 24 | 4 | number of that segment, 1 where there is no frame |
//! | 28 | 4 | zero |
//! | 32 | 32 | root over the records |
//! | 64 | 4 | CRC-32C of the key, the slot's number as one byte and the 64 bytes before |
//! | 68 | 4028 | zero |

use tuanzhang_log::{BookKey, Hash, TreeHead};

use super::checksum;
use crate::numbers::{array_at, is_blank, long, u32_at, u64_at};
use crate::place::Spot;

/// Length of the head file.
pub(crate) const HEAD_BYTES: usize = 12_288;
/// Newest format version that this code reads, and the one it writes.
pub(crate) const VERSION: u32 = 1;
/// The numbers of the slots.
const SLOTS: [u8; 2] = [0, 1];

const MAGIC: &[u8; 8] = b"TZJRNL\r\n";
/// Bytes of a block.
pub(crate) const BLOCK_BYTES: usize = 4096;
/// Bytes of a slot, at the start of its block.
pub(crate) const SLOT_BYTES: usize = 68;

/// What a slot says: up to here everything is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// One more at each write.
    pub(crate) sequence: u64,
    /// Behind the last frame.
    pub(crate) end: Spot,
    /// Head of the book.
    pub(crate) head: TreeHead,
}

/// What the head file says.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) key: BookKey,
    /// By number; `None` where the block is not what was written.
    pub(crate) slots: [Option<Slot>; 2],
}

/// Why a head file says nothing.
#[derive(Debug)]
pub(crate) enum HeadFault {
    /// Another format, whose version is known.
    Newer { found: u32 },
    /// Not what was written.
    Damaged { offset: u64, what: String },
}

impl Head {
    /// Reads a head file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeadFault> {
        let damaged = |offset, what: &str| HeadFault::Damaged { offset, what: what.into() };
        let short = || HeadFault::Damaged {
            offset: long(bytes.len().min(HEAD_BYTES)),
            what: format!("the file has {} bytes, not {HEAD_BYTES}", bytes.len()),
        };
        let start = bytes.get(..12).ok_or_else(short)?;
        if !start.starts_with(MAGIC) {
            return Err(damaged(0, "this is no head file of a journal"));
        }
        if u32_at(bytes, 12) != Some(crc32c::crc32c(start)) {
            return Err(damaged(8, "the checksum of the format version is wrong"));
        }
        let version = u32_at(bytes, 8).ok_or_else(short)?;
        if version > VERSION {
            return Err(HeadFault::Newer { found: version });
        }
        if version != VERSION {
            return Err(damaged(8, "there is no such format version"));
        }
        if bytes.len() != HEAD_BYTES {
            return Err(short());
        }
        let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
        let [header, first, second] = blocks else { return Err(short()) };
        let key = BookKey(array_at(header, 16).ok_or_else(short)?);
        let covered = header.split_last_chunk::<4>().ok_or_else(short)?;
        if u32::from_le_bytes(*covered.1) != checksum(key, &[covered.0]) {
            return Err(damaged(16, "the checksum of the header is wrong"));
        }
        Ok(Self { key, slots: [parse_slot(key, 0, first), parse_slot(key, 1, second)] })
    }

    /// The slots of a book in a head file, whatever its header says.
    pub(crate) fn slots_of(key: BookKey, bytes: &[u8]) -> [Option<Slot>; 2] {
        let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
        let slot = |number: u8| {
            let block = blocks.get(usize::from(number).saturating_add(1))?;
            parse_slot(key, number, block)
        };
        [slot(0), slot(1)]
    }

    /// The numbers of the slots that can't be read.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = u8> {
        SLOTS.into_iter().zip(&self.slots).filter(|(_, slot)| slot.is_none()).map(|(n, _)| n)
    }

    /// The slot that was written last, of those that can be read.
    pub(crate) fn newest(&self) -> Option<Slot> {
        self.slots.iter().flatten().copied().max_by_key(|slot| slot.sequence)
    }
}

fn parse_slot(key: BookKey, number: u8, block: &[u8]) -> Option<Slot> {
    let covered = block.get(..64)?;
    let sound = u32_at(block, 64)? == checksum(key, &[&[number], covered])
        && is_blank(block.get(SLOT_BYTES..)?)
        && u32_at(block, 24)? > 0
        && u32_at(block, 28)? == 0;
    let slot = Slot {
        sequence: u64_at(block, 0)?,
        end: Spot { segment: u32_at(block, 24)?, offset: u64_at(block, 16)? },
        head: TreeHead { size: u64_at(block, 8)?, root: Hash(array_at(block, 32)?) },
    };
    (sound && slot.number() == number).then_some(slot)
}

impl Slot {
    /// Which of the two blocks it belongs in.
    pub(crate) fn number(&self) -> u8 {
        Self::number_of(self.sequence)
    }

    /// Which block the slot of a sequence belongs in.
    pub(crate) fn number_of(sequence: u64) -> u8 {
        u8::from(sequence % 2 == 1)
    }
}

/// Offset of a slot within the head file.
pub(crate) fn slot_offset(number: u8) -> u64 {
    let blocks = usize::from(number).saturating_add(1);
    long(blocks.saturating_mul(BLOCK_BYTES))
}

/// Writes a slot as bytes; they belong at its [`slot_offset`].
pub(crate) fn encode_slot(key: BookKey, slot: &Slot) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend_from_slice(&slot.sequence.to_le_bytes());
    bytes.extend_from_slice(&slot.head.size.to_le_bytes());
    bytes.extend_from_slice(&slot.end.offset.to_le_bytes());
    bytes.extend_from_slice(&slot.end.segment.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&slot.head.root.0);
    let crc = checksum(key, &[&[slot.number()], &bytes]);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// Writes the head file of a book without records: both slots say so.
pub(crate) fn encode_head(key: BookKey) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.extend_from_slice(&key.0);
    bytes.resize(BLOCK_BYTES.saturating_sub(4), 0);
    let crc = checksum(key, &[&bytes]);
    bytes.extend_from_slice(&crc.to_le_bytes());
    for sequence in [0, 1] {
        let block = bytes.len().saturating_add(BLOCK_BYTES);
        let slot = Slot { sequence, end: Spot::START, head: TreeHead::EMPTY };
        bytes.extend_from_slice(&encode_slot(key, &slot));
        bytes.resize(block, 0);
    }
    bytes
}
