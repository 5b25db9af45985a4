//! A frame: the records of one append, whole or not at all. Frames follow each other without
//! gaps from offset 0 of the segment; behind the last one there are zeroes or nothing.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 4 | magic `TZF1` |
//! | 4 | 4 | length of the body |
//! | 8 | 4 | CRC-32C of the key, the 8 bytes before, and everything behind |
//! | 12 | 4 | number of records, at least 1 |
//! | 16 | 8 | position of the first record |
//! | 24 | 32 | root of the tree before the first record |
//! | 56 | | body: each record as its length (LEB128, shortest form, up to 3 bytes) and its bytes |

use std::ops::ControlFlow;

use tuanzhang_log::{APPEND_BYTES_MAX, APPEND_RECORDS_MAX, BookKey, Hash, RECORD_BYTES_MAX};

use super::checksum;
use crate::numbers::{array_at, long, short, u32_at, u64_at};

/// Start of every frame.
pub(crate) const MAGIC: &[u8; 4] = b"TZF1";
/// Bytes before the body.
pub(crate) const FRAME_HEADER_BYTES: usize = 56;
/// Most bytes of a body: the records of the largest append and three bytes of length for each.
const BODY_BYTES_MAX: u64 = APPEND_BYTES_MAX + 3 * APPEND_RECORDS_MAX;
/// Most bytes of a frame.
pub(crate) const FRAME_BYTES_MAX: u64 = 56 + BODY_BYTES_MAX;

/// What a frame says about itself before its checksum is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    /// Bytes of the whole frame.
    pub(crate) length: usize,
    pub(crate) count: u32,
    pub(crate) first: u64,
    pub(crate) root_before: Hash,
    crc: u32,
}

impl FrameHeader {
    /// Reads a header; `None` when no frame starts so.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let body = u64::from(u32_at(bytes, 4)?);
        let header = Self {
            length: FRAME_HEADER_BYTES.checked_add(short(body))?,
            crc: u32_at(bytes, 8)?,
            count: u32_at(bytes, 12)?,
            first: u64_at(bytes, 16)?,
            root_before: Hash(array_at(bytes, 24)?),
        };
        let plausible = bytes.starts_with(MAGIC)
            && body <= BODY_BYTES_MAX
            && (1..=APPEND_RECORDS_MAX).contains(&u64::from(header.count))
            // A record takes a byte at least: that of its length.
            && u64::from(header.count) <= body
            && header.first >= 1
            && header.first.checked_add(u64::from(header.count)).is_some();
        plausible.then_some(header)
    }

    /// The checksum that it states.
    pub(crate) const fn crc(&self) -> u32 {
        self.crc
    }
}

/// A frame whose checksum is right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'b> {
    pub(crate) header: FrameHeader,
    body: &'b [u8],
}

impl<'b> Frame<'b> {
    /// Reads the frame that starts with these bytes; `None` when it isn't whole.
    pub(crate) fn parse(key: BookKey, header: FrameHeader, bytes: &'b [u8]) -> Option<Self> {
        let bytes = bytes.get(..header.length)?;
        let crc = checksum(key, &[bytes.get(..8)?, bytes.get(12..)?]);
        let body = bytes.get(FRAME_HEADER_BYTES..)?;
        (crc == header.crc).then_some(Self { header, body })
    }

    /// Position behind the last record.
    pub(crate) fn end(&self) -> u64 {
        self.header.first.saturating_add(u64::from(self.header.count))
    }

    /// Visits the records with their positions.
    ///
    /// # Errors
    /// The body is not as many records as the header says, although the checksum is right.
    pub(crate) fn visit(
        &self,
        mut visit: impl FnMut(u64, &'b [u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, &'static str> {
        const MALFORMED: &str = "the body of the frame is not the records that its header counts";
        let mut rest = self.body;
        for position in self.header.first..self.end() {
            let (length, behind) = parse_length(rest).ok_or(MALFORMED)?;
            let (record, behind) = behind.split_at_checked(length).ok_or(MALFORMED)?;
            if visit(position, record).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            rest = behind;
        }
        if rest.is_empty() { Ok(ControlFlow::Continue(())) } else { Err(MALFORMED) }
    }
}

/// The first record of a body, whatever stands behind it.
pub(crate) fn first_of_body(body: &[u8]) -> Option<&[u8]> {
    let (length, behind) = parse_length(body)?;
    behind.get(..length)
}

/// Writes a frame into a buffer, replacing what it held. The limits were checked before.
pub(crate) fn encode_frame(
    buffer: &mut Vec<u8>,
    key: BookKey,
    first: u64,
    root_before: Hash,
    records: &[&[u8]],
) {
    buffer.clear();
    buffer.extend_from_slice(MAGIC);
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(&u32::try_from(records.len()).unwrap_or(u32::MAX).to_le_bytes());
    buffer.extend_from_slice(&first.to_le_bytes());
    buffer.extend_from_slice(&root_before.0);
    for record in records {
        push_length(buffer, record.len());
        buffer.extend_from_slice(record);
    }
    let body = u32::try_from(buffer.len().saturating_sub(FRAME_HEADER_BYTES)).unwrap_or(u32::MAX);
    put(buffer, 4, body.to_le_bytes());
    let (before, rest) = buffer.split_at_checked(8).unwrap_or_default();
    let crc = checksum(key, &[before, rest.get(4..).unwrap_or_default()]);
    put(buffer, 8, crc.to_le_bytes());
}

fn put(buffer: &mut [u8], offset: usize, bytes: [u8; 4]) {
    if let Some(place) = buffer.get_mut(offset..).and_then(<[u8]>::first_chunk_mut) {
        *place = bytes;
    }
}

/// Writes a length as LEB128.
fn push_length(buffer: &mut Vec<u8>, length: usize) {
    let mut rest = long(length);
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            buffer.push(low & 0x7f);
            return;
        }
        buffer.push(low | 0x80);
    }
}

/// Reads a length in its shortest form and gives what stands behind it.
fn parse_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    // Nearly all records are shorter than 128 or 16,384 bytes.
    let (length, rest) = match bytes {
        [low @ 0..0x80, rest @ ..] => (u32::from(*low), rest),
        [low, mid @ 1..0x80, rest @ ..] => (u32::from(low & 0x7f) | u32::from(*mid) << 7, rest),
        [low, mid @ 0x80..=0xff, high @ 1..0x80, rest @ ..] => {
            let low = u32::from(low & 0x7f) | u32::from(mid & 0x7f) << 7;
            (low | u32::from(*high) << 14, rest)
        }
        _ => return None,
    };
    let length = u64::from(length);
    (length <= RECORD_BYTES_MAX).then(|| (short(length), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_form() {
        for length in [0, 1, 127, 128, 300, 16_383, 16_384, 70_000, 1 << 20] {
            let mut bytes = Vec::new();
            push_length(&mut bytes, length);
            assert!(bytes.len() <= 3);
            assert_eq!(parse_length(&bytes), Some((length, &[][..])));
        }
        for wrong in [
            &[][..],
            &[0x80],
            &[0x80, 0],
            &[0x80, 0x80, 0],
            &[0x80, 0x80, 0x80, 1],
            &[0x81, 0x80, 0x40],
            &[0xff, 0xff, 0x7f],
        ] {
            assert_eq!(parse_length(wrong), None, "{wrong:?}");
        }
    }
}
