//! The bytes of a journal, version 1: file names, the head file and frames.
//!
//! All numbers are little-endian. Every checksum is CRC-32C and starts with the book's key, so
//! that bytes of another book never pass. `docs/format.md` says the same for readers in other
//! languages; a golden file holds both.

mod frame;
mod head;

pub(crate) use frame::{
    FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Frame, FrameHeader, MAGIC as FRAME_MAGIC, encode_frame,
};
pub(crate) use head::{
    HEAD_BYTES, Head, HeadFault, Slot, VERSION, encode_head, encode_slot, slot_offset,
};

/// The head file: version, book, and the two slots that vouch for the last frame.
pub(crate) const HEAD: &str = "head";
/// The head file while it is being created.
pub(crate) const HEAD_NEW: &str = "head.new";
/// The segment that holds the frames; version 1 has this one.
pub(crate) const SEGMENT: &str = "00000001.seg";
/// Ending of a segment's name.
pub(crate) const SEGMENT_ENDING: &str = ".seg";

/// Name of the file that keeps bytes which were cut from a segment's end.
pub(crate) fn cut_name(offset: u64, number: u32) -> String {
    format!("{SEGMENT}.cut-{offset}-{number}")
}

/// Checksum over parts, as if they stood side by side, with a book's key before them.
fn checksum(key: tuanzhang_log::BookKey, parts: &[&[u8]]) -> u32 {
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
