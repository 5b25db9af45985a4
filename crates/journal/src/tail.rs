//! Judges what stands behind the last whole frame, in the last segment: nothing, a torn append, or damage.
//!
//! An append begins only when the one before is durable, so a crash leaves at most one torn
//! frame, at the end, which nobody was told about. Everything else is damage: bytes that a
//! head slot vouches for (checked before this), a whole frame behind the torn one, or more
//! bytes than one append can leave.

use std::io;

use tuanzhang_log::{BookKey, ReadError};

use crate::disk::{DiskFile, read_full};
use crate::fold::Halt;
use crate::format::{FRAME_BYTES_MAX, FRAME_MAGIC, FrameHeader, segment_name};
use crate::frames::{CHUNK_BYTES, Frames, SMALL_CHUNK_BYTES, Step};
use crate::numbers::{long, short};
use crate::place::Place;

/// The bytes behind the last whole frame that are not zero: what a torn append has left.
/// Empty when there is nothing but zeroes.
pub(crate) fn torn(
    segment: &dyn DiskFile,
    key: BookKey,
    size: u64,
    halt: Halt,
    place: &Place,
) -> Result<Vec<u8>, ReadError> {
    let name = segment_name(halt.at.segment);
    let (start, why) = (halt.at.offset, halt.why);
    let length = segment.length().map_err(place.unreadable(&name))?;
    let behind = behind_last_byte(segment, start, length).map_err(place.unreadable(&name))?;
    let left = behind.saturating_sub(start);
    if left > FRAME_BYTES_MAX {
        let what = format!("{why}, and {left} bytes follow, more than one append can leave");
        return Err(place.damaged_at(halt.at, what));
    }
    let mut bytes = vec![0; short(left)];
    let read = read_full(segment, &mut bytes, start).map_err(place.unreadable(&name))?;
    bytes.truncate(read);
    let next = size.saturating_add(1);
    let found = successor(segment, key, next, start, &bytes).map_err(place.unreadable(&name))?;
    if let Some((offset, position)) = found {
        let what = format!(
            "{why}, but a later frame stands whole at offset {offset} (position {position})"
        );
        return Err(place.damaged_at(halt.at, what));
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

/// Looks at every offset behind a broken frame's start for a whole frame that comes later than
/// the position that would be next.
fn successor(
    segment: &dyn DiskFile,
    key: BookKey,
    next: u64,
    start: u64,
    bytes: &[u8],
) -> io::Result<Option<(u64, u64)>> {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate().skip(1);
    for (at, _) in starts.filter(|(_, start)| start == FRAME_MAGIC) {
        // The frame's last bytes may be zeroes, which `bytes` has not.
        let header = bytes.get(at..).and_then(FrameHeader::parse);
        if header.is_some_and(|header| header.first <= next) {
            continue;
        }
        let offset = start.saturating_add(long(at));
        let mut frames = Frames::new(segment, key, offset, u64::MAX).in_chunks(SMALL_CHUNK_BYTES);
        if let Step::Frame(_, frame) = frames.step()?
            && frame.header.first > next
        {
            return Ok(Some((offset, frame.header.first)));
        }
    }
    Ok(None)
}
