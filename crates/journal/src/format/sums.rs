//! Checksums of any part of some bytes, each in a few microseconds.
//!
//! Bytes that nobody vouches for may look like the start of a frame at every 28th byte, each of a
//! frame of many megabytes: to compute each one's checksum anew would take hours. The sums from the
//! start up to every page are kept, and that of a part follows from two of them.

use tuanzhang_log::BookKey;

use super::checksum;
use super::frame::FrameHeader;

/// Bytes between two sums that are kept.
const PAGE_BYTES: usize = 4096;

/// Bytes, and the sums over them.
#[derive(Debug)]
pub(crate) struct Sums<'b> {
    bytes: &'b [u8],
    /// The checksum of the bytes before each page.
    pages: Vec<u32>,
    shifts: Shifts,
}

impl<'b> Sums<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        let mut pages = vec![0];
        let mut sum = 0;
        for page in bytes.chunks(PAGE_BYTES) {
            sum = crc32c::crc32c_append(sum, page);
            pages.push(sum);
        }
        Self { bytes, pages, shifts: Shifts::new() }
    }

    /// Whether the frame that a header speaks of stands whole at an offset. Its body isn't looked at.
    pub(crate) fn is_whole(&self, key: BookKey, at: usize, header: &FrameHeader) -> bool {
        let sum = || {
            let end = at.checked_add(header.length)?;
            let head = self.bytes.get(at..at.checked_add(8)?)?;
            let behind = at.checked_add(12)?;
            let length = end.checked_sub(behind)?;
            let rest = self.before(end)? ^ self.shifts.shift(self.before(behind)?, length);
            Some(self.shifts.shift(checksum(key, &[head]), length) ^ rest)
        };
        sum() == Some(header.crc())
    }

    /// The checksum of the bytes before an offset.
    fn before(&self, offset: usize) -> Option<u32> {
        let page = offset / PAGE_BYTES;
        let start = page.checked_mul(PAGE_BYTES)?;
        let sum = *self.pages.get(page)?;
        Some(crc32c::crc32c_append(sum, self.bytes.get(start..offset)?))
    }
}

/// What a checksum contributes to one over more bytes behind: linear in the checksum, so 32 numbers
/// say it for each power of two of bytes.
#[derive(Debug)]
struct Shifts(Vec<[u32; 32]>);

impl Shifts {
    fn new() -> Self {
        let mut byte = [0; 32];
        for (bit, shifted) in (0..32).zip(&mut byte) {
            *shifted = crc32c::crc32c_combine(1 << bit, 0, 1);
        }
        let doubled = |shifts: &[u32; 32]| Some(shifts.map(|shifted| apply(shifts, shifted)));
        let powers = usize::try_from(usize::BITS).unwrap_or(64);
        Self(std::iter::successors(Some(byte), doubled).take(powers).collect())
    }

    fn shift(&self, sum: u32, bytes: usize) -> u32 {
        let powers = self.0.iter().enumerate().filter(|(power, _)| (bytes >> power) & 1 == 1);
        powers.fold(sum, |sum, (_, shifts)| apply(shifts, sum))
    }
}

fn apply(shifts: &[u32; 32], sum: u32) -> u32 {
    let bits = shifts.iter().enumerate().filter(|(bit, _)| (sum >> bit) & 1 == 1);
    bits.fold(0, |sum, (_, shifted)| sum ^ shifted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tuanzhang_log::{BookKey, Hash};

    use super::*;
    use crate::format::{Frame, encode_frame};

    proptest! {
        #[test]
        fn a_frame_is_whole_by_its_sums_just_when_it_is(
            before in prop::collection::vec(any::<u8>(), 0..9_000),
            record in prop::collection::vec(any::<u8>(), 0..9_000),
            behind in prop::collection::vec(any::<u8>(), 0..50),
            flip in prop::option::of((any::<prop::sample::Index>(), 0_u32..8)),
        ) {
            let key = BookKey([5; 16]);
            let mut frame = Vec::new();
            encode_frame(&mut frame, key, 3, Hash([1; 32]), &[&record]);
            if let Some((byte, bit)) = flip {
                let byte = byte.index(frame.len());
                frame[byte] ^= 1 << bit;
            }
            let at = before.len();
            let bytes = [before, frame, behind].concat();
            if let Some(header) = FrameHeader::parse(&bytes[at..]) {
                let whole = Frame::parse(key, header, &bytes[at..]).is_some();
                prop_assert_eq!(Sums::new(&bytes).is_whole(key, at, &header), whole);
                prop_assert!(flip.is_none() == whole);
                prop_assert!(!Sums::new(&bytes).is_whole(BookKey([6; 16]), at, &header));
            } else {
                prop_assert!(flip.is_some());
            }
        }
    }
}
