//! A walk over the frames of a segment, from an offset to a limit.
//!
//! It reads in chunks into one buffer, which grows to the largest frame met; a frame is checked
//! against its checksum before it is given out. What it doesn't check: positions and roots.

use std::io;

use tuanzhang_log::BookKey;

use crate::disk::{DiskFile, read_full};
use crate::format::{FRAME_HEADER_BYTES, Frame, FrameHeader};
use crate::numbers::long;

/// Bytes of a chunk where much is read.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;
/// Bytes of a chunk where one record is looked for.
pub(crate) const SMALL_CHUNK_BYTES: usize = 16 << 10;

/// A walk over frames.
#[derive(Debug)]
pub(crate) struct Frames<'f> {
    file: &'f dyn DiskFile,
    key: BookKey,
    /// Where the next frame starts.
    offset: u64,
    /// Nothing is read from here on.
    limit: u64,
    chunk: usize,
    buffer: Vec<u8>,
    /// Where `offset` lies in `buffer`.
    start: usize,
}

/// What a walk meets.
#[derive(Debug)]
pub(crate) enum Step<'b> {
    /// A frame with the right checksum, and where it starts.
    Frame(u64, Frame<'b>),
    /// The limit, exactly.
    End,
    /// No whole frame, and why.
    Broken(&'static str),
}

impl<'f> Frames<'f> {
    /// Starts a walk. A frame has to end at `limit` or before.
    pub(crate) fn new(file: &'f dyn DiskFile, key: BookKey, offset: u64, limit: u64) -> Self {
        Self { file, key, offset, limit, chunk: CHUNK_BYTES, buffer: Vec::new(), start: 0 }
    }

    /// Reads so many bytes at once.
    pub(crate) const fn in_chunks(mut self, bytes: usize) -> Self {
        self.chunk = bytes;
        self
    }

    /// Where the next frame starts, or where the walk stopped.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes to the next frame; stays where no whole frame is.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        self.fill(FRAME_HEADER_BYTES)?;
        let held = self.held();
        if held.is_empty() {
            return Ok(Step::End);
        }
        if held.len() < FRAME_HEADER_BYTES {
            return Ok(Step::Broken("the header of a frame is cut short"));
        }
        let Some(header) = FrameHeader::parse(held) else {
            return Ok(Step::Broken("no frame starts here"));
        };
        self.fill(header.length)?;
        if self.held().len() < header.length {
            return Ok(Step::Broken("the frame is cut short"));
        }
        let at = self.start;
        let bytes = self.buffer.get(at..).unwrap_or_default();
        let Some(frame) = Frame::parse(self.key, header, bytes) else {
            return Ok(Step::Broken("the checksum of the frame is wrong"));
        };
        let offset = self.offset;
        self.offset = offset.saturating_add(long(header.length));
        self.start = at.saturating_add(header.length);
        Ok(Step::Frame(offset, frame))
    }

    fn held(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Gets at least `wanted` bytes from `offset` on into the buffer, if there are so many.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.held().len() >= wanted {
            return Ok(());
        }
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        let held = self.buffer.len();
        let from = self.offset.saturating_add(long(held));
        let left = usize::try_from(self.limit.saturating_sub(from)).unwrap_or(usize::MAX);
        let more = wanted.max(self.chunk).saturating_sub(held).min(left);
        self.buffer.resize(held.saturating_add(more), 0);
        let space = self.buffer.get_mut(held..).unwrap_or_default();
        let read = read_full(self.file, space, from)?;
        self.buffer.truncate(held.saturating_add(read));
        Ok(())
    }
}
