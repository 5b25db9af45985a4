//! Finds every whole frame of the segments, and the bytes between them that are none.

use std::io;
use std::ops::ControlFlow;

use tuanzhang_log::ReadError;

use super::repair::single_bit;
use super::{Salvage, Saved};
use crate::disk::read_full;
use crate::format::{
    FRAME_HEADER_BYTES, FRAME_MAGIC, Frame, FrameHeader, SEGMENT_BYTES_MAX, Sums, first_of_body,
    segment_name,
};
use crate::numbers::{is_blank, long, short};
use crate::place::Spot;
use crate::segments::Segments;

/// Bytes of a segment's frames in which a flipped bit is looked for, all searches together: a bound
/// for bytes that only look like large frames.
const SEARCH_BYTES: usize = 512 << 20;

/// Bytes that are read at once, and given up where the disk refuses.
const BLOCK_BYTES: usize = 4096;
/// Most bytes of a first record that is asked for the book's name.
const FIRST_BYTES: usize = 1 << 20;

impl Salvage {
    /// Takes in the frames of all segments, in the order in which they stand.
    pub(super) fn scan(&mut self) -> Result<(), ReadError> {
        let numbers = self.segments.numbers()?;
        let mut wanted = 1_u32;
        for number in &numbers {
            if wanted < *number {
                let until = segment_name(number.saturating_sub(1));
                let what = format!("it and those up to {until} are missing");
                let damage = self.segments.place().damage(&segment_name(wanted), 0, what);
                self.damages.push(damage);
            }
            wanted = number.saturating_add(1);
            let bytes = self.content(*number)?;
            self.scan_segment(*number, &bytes, numbers.last() != Some(number));
        }
        Ok(())
    }

    /// `sealed`: another segment stands behind it.
    fn scan_segment(&mut self, segment: u32, bytes: &[u8], sealed: bool) {
        let mut at = 0_usize;
        let mut sums = None;
        let mut search = SEARCH_BYTES;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let spot = Spot { segment, offset: long(at) };
            if is_blank(rest) {
                if sealed && !rest.is_empty() {
                    let what = format!("{} zeroes, and a segment stands behind", rest.len());
                    self.damage_at(spot, what);
                }
                return;
            }
            let whole = self.whole(rest).map(|header| (None, header));
            let found = whole.or_else(|| {
                let found = single_bit(self.key, rest, &mut search);
                found.map(|(flip, header)| (Some(flip), header))
            });
            if let Some((flip, header)) = found {
                self.frames.push(Saved { at: spot, header, flip });
                self.tail = 0;
                at = at.saturating_add(header.length);
                continue;
            }
            let sums = sums.get_or_insert_with(|| Sums::new(bytes));
            let skipped = self.to_next_frame(sums, bytes, at);
            self.tail = self.tail.saturating_add(long(skipped));
            self.damage_at(spot, format!("{skipped} bytes are no whole frame"));
            at = at.saturating_add(skipped);
        }
    }

    pub(super) fn damage_at(&mut self, at: Spot, what: String) {
        let damage = self.segments.place().damage(&segment_name(at.segment), at.offset, what);
        self.damages.push(damage);
    }

    /// All bytes of a segment that can be read: zeroes where the disk refuses, which is damage.
    fn content(&mut self, number: u32) -> Result<Vec<u8>, ReadError> {
        let file = match self.segments.get(number) {
            Ok(file) => file,
            Err(ReadError::Unavailable(cause)) => {
                let at = Spot { segment: number, offset: 0 };
                self.damage_at(at, format!("it can't be opened: {cause}"));
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let name = segment_name(number);
        let length = file.length().map_err(self.segments.place().unreadable(&name))?;
        if length > SEGMENT_BYTES_MAX {
            let at = Spot { segment: number, offset: SEGMENT_BYTES_MAX };
            let left = length.saturating_sub(SEGMENT_BYTES_MAX);
            self.damage_at(at, format!("{left} bytes more than a segment can have, not looked at"));
        }
        let mut bytes = vec![0; short(length.min(SEGMENT_BYTES_MAX))];
        let mut hole: Option<(u64, u64, io::Error)> = None;
        let mut holes = Vec::new();
        for (offset, block) in (0..).step_by(BLOCK_BYTES).zip(bytes.chunks_mut(BLOCK_BYTES)) {
            let length = long(block.len());
            match (read_full(&*file, block, offset), hole.take()) {
                (Ok(_), before) => holes.extend(before),
                (Err(_), Some((from, bytes, error))) => {
                    hole = Some((from, bytes.saturating_add(length), error));
                }
                (Err(error), None) => hole = Some((offset, length, error)),
            }
        }
        for (offset, bytes, error) in holes.into_iter().chain(hole) {
            let at = Spot { segment: number, offset };
            self.damage_at(at, format!("{bytes} bytes can't be read: {error}"));
        }
        Ok(bytes)
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
pub(super) fn first_record(segments: &Segments) -> Option<Vec<u8>> {
    let file = segments.find(1).ok()??;
    let mut bytes = vec![0; FRAME_HEADER_BYTES.saturating_add(FIRST_BYTES)];
    let read = read_full(&*file, &mut bytes, 0).ok()?;
    bytes.truncate(read);
    first_of_body(bytes.get(FRAME_HEADER_BYTES..)?).map(<[u8]>::to_vec)
}
