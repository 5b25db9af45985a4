//! The bytes of a journal, version 1: file names, the head file and frames.
//!
//! All numbers are little-endian. Every checksum is CRC-32C and starts with the book's key, so
//! that bytes of another book never pass. `docs/format.md` says the same for readers in other
//! languages; a golden file holds both.

mod frame;
mod head;
mod sums;

pub(crate) use frame::{
    FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Frame, FrameHeader, MAGIC as FRAME_MAGIC, encode_frame,
    first_of_body,
};
pub(crate) use head::{
    BLOCK_BYTES, HEAD_BYTES, Head, HeadFault, SLOT_BYTES, Slot, VERSION, encode_head, encode_slot,
    slot_offset,
};

use crate::place::Spot;

pub(crate) use sums::Sums;

/// The head file: version, book, and the two slots that vouch for the last frame.
pub(crate) const HEAD: &str = "head";
/// The head file while it is being created.
pub(crate) const HEAD_NEW: &str = "head.new";
/// A segment that is being zeroed ahead, before it gets its name.
pub(crate) const NEXT: &str = "next";
/// Most bytes of a segment: a longer one was not written by any writer.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 128 << 20;
/// Ending of a segment's name.
const SEGMENT_ENDING: &str = ".seg";

/// Name of a segment: its number, from 1, as eight digits.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:08}{SEGMENT_ENDING}")
}

/// Whether a name ends like that of a segment.
pub(crate) fn is_segment(name: &str) -> bool {
    name.ends_with(SEGMENT_ENDING)
}

/// The number in a segment's name.
pub(crate) fn segment_number(name: &str) -> Option<u32> {
    let number = name.strip_suffix(SEGMENT_ENDING)?.parse().ok()?;
    (number > 0 && segment_name(number) == name).then_some(number)
}

/// Name of the file that keeps bytes which were cut from a segment's end.
pub(crate) fn cut_name(at: Spot, number: u32) -> String {
    format!("{}.cut-{}-{number}", segment_name(at.segment), at.offset)
}

/// Checksum over parts, as if they stood side by side, with a book's key before them.
pub(crate) fn checksum(key: tuanzhang_log::BookKey, parts: &[&[u8]]) -> u32 {
    parts.iter().fold(crc32c::crc32c(&key.0), |crc, part| crc32c::crc32c_append(crc, part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tuanzhang_log::BookKey;

    use super::checksum;

    proptest! {
        /// The checksum is linear, so one example would do; these say so.
        #[test]
        fn no_bytes_are_right_for_a_book_and_its_activity(
            key: [u8; 16], bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let book = BookKey(key);
            prop_assert_ne!(checksum(book, &[&bytes]), checksum(book.of_activity(), &[&bytes]));
        }
    }
}
