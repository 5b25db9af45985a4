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
use crate::format::{
    FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, FrameHeader, Sums, segment_name,
};
use crate::frames::CHUNK_BYTES;
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
    if let Some((at, position)) = successor(key, next, &bytes, short(length.saturating_sub(start)))
    {
        let offset = start.saturating_add(long(at));
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
/// the position that would be next; gives its offset and position. There are `room` bytes, zeroes
/// behind those that are given.
fn successor(key: BookKey, next: u64, bytes: &[u8], room: usize) -> Option<(usize, u64)> {
    let starts = bytes.windows(FRAME_MAGIC.len()).enumerate().skip(1);
    let starts = starts.filter(|(_, start)| start == FRAME_MAGIC);
    let later: Vec<(usize, FrameHeader)> = starts
        .filter_map(|(at, _)| {
            // The header's last bytes may be zeroes, too.
            let rest = bytes.get(at..)?;
            let mut header = rest.get(..FRAME_HEADER_BYTES).unwrap_or(rest).to_vec();
            header.resize(FRAME_HEADER_BYTES, 0);
            Some((at, FrameHeader::parse(&header)?))
        })
        .filter(|(at, header)| header.first > next && at.saturating_add(header.length) <= room)
        .collect();
    // A frame's last bytes may be zeroes, which `bytes` has not.
    let end = later.iter().map(|(at, header)| at.saturating_add(header.length)).max()?;
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().max(end), 0);
    let sums = Sums::new(&bytes);
    let found = later.into_iter().find(|(at, header)| sums.is_whole(key, *at, header));
    found.map(|(at, header)| (at, header.first))
}
