//! Judges what stands behind the last whole frame, in the last segment: nothing, a torn append, or damage.
//!
//! An append begins only when the one before is durable, so a crash leaves at most one torn
//! frame, at the end, which nobody was told about. Everything else is damage: bytes that a
//! head slot vouches for (checked before this), the start of a later frame behind the torn one, or
//! more bytes than that one append can leave.

use std::io;

use tuanzhang_log::ReadError;

use crate::disk::{DiskFile, read_full};
use crate::fold::Halt;
use crate::format::{FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, FrameHeader, segment_name};
use crate::frames::CHUNK_BYTES;
use crate::numbers::{long, short};
use crate::place::Place;

/// The bytes behind the last whole frame that are not zero: what a torn append has left.
/// Empty when there is nothing but zeroes.
pub(crate) fn torn(
    segment: &dyn DiskFile,
    size: u64,
    halt: Halt,
    place: &Place,
) -> Result<Vec<u8>, ReadError> {
    let name = segment_name(halt.at.segment);
    let (start, why) = (halt.at.offset, halt.why);
    let next = size.saturating_add(1);
    let length = segment.length().map_err(place.unreadable(&name))?;
    let behind = behind_last_byte(segment, start, length).map_err(place.unreadable(&name))?;
    let left = behind.saturating_sub(start);
    if left > FRAME_BYTES_MAX {
        let what = format!("{why}, and {left} bytes follow, more than one append can leave");
        return Err(place.damaged_from(halt.at, next, what));
    }
    let mut bytes = vec![0; short(left)];
    let read = read_full(segment, &mut bytes, start).map_err(place.unreadable(&name))?;
    bytes.truncate(read);
    // One append is torn at most, so nothing can stand behind the frame that a whole header states.
    let stated = FrameHeader::parse(&bytes).filter(|header| header.first == next);
    if let Some(header) = stated.filter(|header| header.length < bytes.len()) {
        let what = format!(
            "{why}, and bytes stand behind the {} that its header states: more than one append",
            header.length
        );
        return Err(place.damaged_from(halt.at, next, what));
    }
    if let Some((at, position)) = successor(next, &bytes) {
        let offset = start.saturating_add(long(at));
        let what =
            format!("{why}, but a later frame starts at offset {offset} (position {position})");
        return Err(place.damaged_from(halt.at, next, what));
    }
    Ok(bytes)
}

/// The offset behind the last byte that is not zero, or `from`.
pub(crate) fn behind_last_byte(segment: &dyn DiskFile, from: u64, length: u64) -> io::Result<u64> {
    let mut behind = from;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut at = from;
    while at < length {
        let space = buffer.get_mut(..short(length.saturating_sub(at)).min(CHUNK_BYTES));
        let space = space.unwrap_or_default();
        let read = read_full(segment, space, at)?;
        if read == 0 {
            break;
        }
        let chunk = space.get(..read).unwrap_or_default();
        if !crate::numbers::is_blank(chunk)
            && let Some(last) = chunk.iter().rposition(|byte| *byte != 0)
        {
            behind = at.saturating_add(long(last)).saturating_add(1);
        }
        at = at.saturating_add(long(read));
    }
    Ok(behind)
}

/// Zeroes that a last record may end with, and that then are not among the bytes that are looked at.
const ZEROES_MAX: usize = 4096;

/// Looks at every offset behind a broken frame's start for the header of a frame that comes later
/// than the position that would be next, and that ends where another starts or where the bytes end;
/// gives its offset and position. It needn't be whole: where more than one frame is hurt, the
/// bytes are no torn append either.
fn successor(next: u64, bytes: &[u8]) -> Option<(usize, u64)> {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate().skip(1);
    starts.filter(|(_, start)| start == FRAME_MAGIC).find_map(|(at, _)| {
        let header = header_at(bytes, at)?;
        let end = at.saturating_add(header.length);
        let is_last = (bytes.len()..bytes.len().saturating_add(ZEROES_MAX)).contains(&end);
        let fits = is_last || header_at(bytes, end).is_some();
        // The records between take a byte each at least.
        let reached = header.first.saturating_sub(next) <= long(at);
        (header.first > next && reached && fits).then_some((at, header.first))
    })
}

/// The header at an offset, whose last bytes may be zeroes that `bytes` has not.
fn header_at(bytes: &[u8], at: usize) -> Option<FrameHeader> {
    let rest = bytes.get(at..)?;
    let mut header = rest.get(..FRAME_HEADER_BYTES).unwrap_or(rest).to_vec();
    header.resize(FRAME_HEADER_BYTES, 0);
    FrameHeader::parse(&header)
}
