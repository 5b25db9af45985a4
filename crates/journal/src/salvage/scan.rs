//! Finds every whole frame of the segments, and the bytes between them that are none.

use std::ops::ControlFlow;

use tuanzhang_log::ReadError;

use super::repair::single_bit;
use super::{Salvage, Saved};
use crate::disk::read_full;
use crate::format::{FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameHeader, Sums, segment_name};
use crate::numbers::{is_blank, long, short};
use crate::place::Spot;
use crate::segments::Segments;

/// Bytes of a segment's frames in which a flipped bit is looked for, all searches together: a bound
/// for bytes that only look like large frames.
const SEARCH_BYTES: usize = 512 << 20;

impl Salvage {
    /// Takes in the frames of all segments, in the order in which they stand.
    pub(super) fn scan(&mut self, numbers: &[u32]) -> Result<(), ReadError> {
        for number in 1..=numbers.last().copied().unwrap_or(0) {
            if numbers.binary_search(&number).is_ok() {
                let bytes = content(&self.segments, number)?;
                self.scan_segment(number, &bytes);
            } else {
                let name = segment_name(number);
                let damage = self.segments.place().damage(&name, 0, "the segment is missing");
                self.damages.push(damage);
            }
        }
        Ok(())
    }

    fn scan_segment(&mut self, segment: u32, bytes: &[u8]) {
        let mut at = 0_usize;
        let mut sums = None;
        let mut search = SEARCH_BYTES;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if is_blank(rest) {
                return;
            }
            let spot = Spot { segment, offset: long(at) };
            let whole = self.whole(rest).map(|header| (None, header));
            let found = whole.or_else(|| {
                let found = single_bit(self.key, rest, &mut search);
                found.map(|(flip, header)| (Some(flip), header))
            });
            if let Some((flip, header)) = found {
                if let Some(flip) = flip {
                    let offset = spot.offset.saturating_add(long(flip.byte));
                    let what = format!(
                        "a bit has flipped (mask {:#04x}) in the frame of positions {} to {}; it was put right",
                        flip.mask,
                        header.first,
                        header.first.saturating_add(u64::from(header.count)).saturating_sub(1)
                    );
                    let place = self.segments.place();
                    self.repaired.push(place.damage(&segment_name(segment), offset, what));
                }
                self.frames.push(Saved { at: spot, header, flip });
                at = at.saturating_add(header.length);
                continue;
            }
            let sums = sums.get_or_insert_with(|| Sums::new(bytes));
            let skipped = self.to_next_frame(sums, bytes, at);
            let what = format!("{skipped} bytes are no whole frame");
            let name = segment_name(segment);
            self.damages.push(self.segments.place().damage(&name, spot.offset, what));
            at = at.saturating_add(skipped);
        }
    }

    fn whole(&self, bytes: &[u8]) -> Option<FrameHeader> {
        let header = FrameHeader::parse(bytes)?;
        let frame = Frame::parse(self.key, header, bytes)?;
        frame.visit(|_, _| ControlFlow::Continue(())).is_ok().then_some(header)
    }

    /// How many bytes there are before the next whole frame, or before nothing but zeroes.
    fn to_next_frame(&self, sums: &Sums<'_>, bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        let starts = rest.windows(FRAME_MAGIC.len()).enumerate().skip(1);
        let next = starts.filter(|(_, start)| start == FRAME_MAGIC).find(|(skipped, _)| {
            let at = from.saturating_add(*skipped);
            let start = bytes.get(at..).unwrap_or_default();
            FrameHeader::parse(start).is_some_and(|header| sums.is_whole(self.key, at, &header))
                && self.whole(start).is_some()
        });
        let end = || rest.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
        next.map_or_else(end, |(at, _)| at).max(1)
    }
}

/// All bytes of a segment.
fn content(segments: &Segments, number: u32) -> Result<Vec<u8>, ReadError> {
    let (file, length) = (segments.get(number)?, segments.length(number)?);
    let mut bytes = vec![0; short(length)];
    let read = read_full(&*file, &mut bytes, 0)
        .map_err(segments.place().unreadable(&segment_name(number)))?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The bytes of a frame that was found, put right.
pub(super) fn frame_bytes(segments: &Segments, saved: &Saved) -> Result<Vec<u8>, ReadError> {
    let file = segments.get(saved.at.segment)?;
    let mut bytes = vec![0; saved.header.length];
    let name = segment_name(saved.at.segment);
    let read = read_full(&*file, &mut bytes, saved.at.offset)
        .map_err(segments.place().unreadable(&name))?;
    bytes.truncate(read);
    if let Some(flip) = saved.flip {
        flip.apply(&mut bytes);
    }
    Ok(bytes)
}

/// The bytes of the record that stands first, whatever its frame's checksum says.
pub(super) fn first_record(
    segments: &Segments,
    numbers: &[u32],
) -> Result<Option<Vec<u8>>, ReadError> {
    if numbers.first() != Some(&1) {
        return Ok(None);
    }
    let bytes = content(segments, 1)?;
    let body = bytes.get(FRAME_HEADER_BYTES..).unwrap_or_default();
    Ok(crate::format::first_of_body(body).map(<[u8]>::to_vec))
}
