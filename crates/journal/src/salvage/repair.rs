//! A frame with one flipped bit: its checksum says which.
//!
//! CRC-32C is linear, and in words of less than 2^31 bits no two single flips change it by the same
//! difference. So the difference between the checksum that is stated and the one that follows names
//! the bit, and the frame is what was written if it was only one. Whether it is, the tree says.

use tuanzhang_log::BookKey;

use crate::format::{FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Frame, FrameHeader, checksum};
use crate::numbers::{long, short, u32_at};

/// One bit of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flip {
    /// Offset of its byte in the frame.
    pub(super) byte: usize,
    /// The bit in it.
    pub(super) mask: u8,
}

impl Flip {
    pub(super) fn apply(self, bytes: &mut [u8]) {
        if let Some(byte) = bytes.get_mut(self.byte) {
            *byte ^= self.mask;
        }
    }
}

/// The bytes of a frame that its checksum doesn't cover: the checksum.
const STATED: std::ops::Range<usize> = 8..12;

/// Finds the bit whose flip makes these bytes start with a whole frame of the book. Looks through at
/// most `search` bytes, and takes from it what it has looked through.
pub(super) fn single_bit(
    key: BookKey,
    bytes: &[u8],
    search: &mut usize,
) -> Option<(Flip, FrameHeader)> {
    // With a bit of magic or length flipped nobody knows where the frame ends: try each.
    let start = (0..8_usize).flat_map(|byte| (0..8).map(move |bit| Flip { byte, mask: 1 << bit }));
    let mut by_start =
        start.filter_map(|flip| whole(key, bytes, flip, search).map(|header| (flip, header)));
    if let Some(found) = by_start.next() {
        return Some(found);
    }
    let flip = located(key, bytes, search)?;
    whole(key, bytes, flip, search).map(|header| (flip, header))
}

/// The header of the frame that stands there once a bit is flipped, if it is whole then.
fn whole(key: BookKey, bytes: &[u8], flip: Flip, search: &mut usize) -> Option<FrameHeader> {
    let mut frame = bytes.get(..FRAME_HEADER_BYTES)?.to_vec();
    flip.apply(&mut frame);
    let length = FrameHeader::parse(&frame)?.length;
    if length > bytes.len() {
        return None;
    }
    *search = search.checked_sub(length)?;
    let mut frame = bytes.get(..length)?.to_vec();
    flip.apply(&mut frame);
    let header = FrameHeader::parse(&frame)?;
    Frame::parse(key, header, &frame).map(|frame| frame.header)
}

/// The bit behind magic and length that the checksum points at.
fn located(key: BookKey, bytes: &[u8], search: &mut usize) -> Option<Flip> {
    let body = u64::from(u32_at(bytes, 4)?);
    let length = FRAME_HEADER_BYTES.checked_add(short(body))?;
    if long(length) > FRAME_BYTES_MAX {
        return None;
    }
    let frame = bytes.get(..length)?;
    *search = search.checked_sub(length)?;
    let (before, stated, behind) =
        (frame.get(..STATED.start)?, u32_at(frame, STATED.start)?, frame.get(STATED.end..)?);
    let difference = checksum(key, &[before, behind]) ^ stated;
    if difference.is_power_of_two() {
        let [a, b, c, d] = difference.to_le_bytes();
        let at = [a, b, c, d].iter().position(|byte| *byte != 0)?;
        let mask = [a, b, c, d].into_iter().find(|byte| *byte != 0)?;
        return Some(Flip { byte: STATED.start.checked_add(at)?, mask });
    }
    let table = Table::new();
    // What a flip of each bit of a byte comes to, after the bytes that follow it: from the last on.
    let mut flips = [0_u32; 8];
    for (bit, flip) in flips.iter_mut().enumerate() {
        *flip = table.step(1_u32.checked_shl(u32::try_from(bit).ok()?)?);
    }
    for byte in (STATED.end..length).rev() {
        if let Some(bit) = flips.iter().position(|flip| *flip == difference) {
            return Some(Flip { byte, mask: 1_u8.checked_shl(u32::try_from(bit).ok()?)? });
        }
        flips = flips.map(|flip| table.step(flip));
    }
    None
}

/// Differences of CRC-32C after one more byte.
struct Table([u32; 256]);

impl Table {
    fn new() -> Self {
        let none = crc32c::crc32c(&[0]);
        let mut table = [0; 256];
        for (byte, difference) in (0..=u8::MAX).zip(table.iter_mut()) {
            *difference = crc32c::crc32c(&[byte]) ^ none;
        }
        Self(table)
    }

    /// What a difference becomes when a byte follows that doesn't differ.
    fn step(&self, difference: u32) -> u32 {
        let [low, ..] = difference.to_le_bytes();
        (difference >> 8) ^ self.0.get(usize::from(low)).copied().unwrap_or(0)
    }
}
