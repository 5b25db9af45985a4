//! Reading every byte: the frames, the head file, and what stands behind the last frame.

use tuanzhang_log::{BookKey, Coverage, ReadError, TreeHead};

use crate::Journal;
use crate::fold::Fold;
use crate::format::{HEAD, HEAD_BYTES, Slot, segment_name, slot_offset};
use crate::journal::{Role, locked, read_error};
use crate::numbers::long;
use crate::opening::{Files, read_head, vouching};
use crate::place::Spot;
use crate::tail::{behind_last_byte, torn};

impl Journal {
    /// Reads every byte of the book; see [`Store::verify`](tuanzhang_log::Store::verify).
    pub(crate) fn check(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.catch_up()?;
        // An append between the two looks would make them disagree: hold it off for the
        // small files, not for the frames, which don't change any more.
        let look = || self.with(book, |now| (now.head, now.end));
        let ((head, end), room) = match &self.role {
            Role::Writer(writer) => {
                let writer = locked(writer);
                let Some(seen) = look() else { return Ok(Coverage::EMPTY) };
                let files = writer.files().filter(|_| writer.is_sound());
                files.map_or(Ok(()), |files| self.verify_around(files, seen.0, seen.1))?;
                let room = files.map_or(0, |files| files.capacity.saturating_sub(files.end));
                (seen, room)
            }
            Role::Follower(_) => {
                let Some(seen) = look() else { return Ok(Coverage::EMPTY) };
                (seen, 0)
            }
        };
        let mut fold = Fold::new();
        let halt = fold.walk(&self.segments, book, end, &[])?;
        if (fold.end, fold.head) != (end, head) {
            let what = format!("{} after {} of {} records", halt.why, fold.head.size, head.size);
            return Err(self.segments.place().damaged_from(halt.at, fold.next(), what));
        }
        let unvouched = self.judge_tail(book, &fold)?;
        let bytes = self.bytes_up_to(end)?.saturating_add(room);
        Ok(Coverage { records: head.size, frames: fold.frames, bytes, unvouched, head })
    }

    /// Checks the head file and the zeroes behind the last frame, of a writer that is sound.
    fn verify_around(&self, files: &Files, head: TreeHead, end: Spot) -> Result<(), ReadError> {
        let place = self.segments.place();
        let parsed = read_head(&*files.head, place).map_err(read_error)?;
        if let Some(number) = parsed.unreadable().next() {
            let offset = slot_offset(number);
            return Err(place.damaged(HEAD, offset, "this head slot is not what was written"));
        }
        let (newest, _) = vouching(&parsed, place)?;
        if parsed.key != files.key || (newest.end, newest.head) != (end, head) {
            let what = format!("the slot states {:?}, the journal has {head:?}", newest.head);
            return Err(place.damaged(HEAD, slot_offset(newest.number()), what));
        }
        let name = segment_name(files.number);
        let length = files.segment.length().map_err(place.unreadable(&name))?;
        let behind = behind_last_byte(&*files.segment, files.end, length)
            .map_err(place.unreadable(&name))?;
        if behind > files.end {
            let what = "a byte behind the last frame is not zero";
            return Err(place.damaged(&name, behind.saturating_sub(1), what));
        }
        if length != files.capacity {
            let what = format!("the segment has {length} bytes, not {}", files.capacity);
            return Err(place.damaged(&name, length, what));
        }
        Ok(())
    }

    /// Looks at what stands behind the frames that a reader has, if nobody writes: bytes that no crash
    /// leaves are damage; gives the number of the others.
    fn judge_tail(&self, key: BookKey, fold: &Fold) -> Result<u64, ReadError> {
        let Role::Follower(follower) = &self.role else { return Ok(0) };
        let quiet = || -> Result<Option<Slot>, ReadError> {
            let place = self.segments.place();
            if self.disk.is_locked().map_err(place.unreadable(""))? {
                return Ok(None);
            }
            let state = locked(follower);
            let Some(book) = &state.followed else { return Ok(None) };
            let head = read_head(&*book.head, place).map_err(read_error)?;
            Ok(Some(vouching(&head, place)?.0))
        };
        let Some(before) = quiet()? else { return Ok(0) };
        let judged = self.behind(key, fold);
        // A writer that came meanwhile may have moved what was looked at.
        if quiet()? == Some(before) { judged } else { Ok(0) }
    }

    /// Bytes behind the frames of a fold: a last frame that nobody vouches for, a torn append.
    fn behind(&self, key: BookKey, fold: &Fold) -> Result<u64, ReadError> {
        let number = self.segments.last()?.max(fold.end.segment);
        let limit = Spot { segment: number, offset: self.segments.length(number)? };
        let mut beyond = fold.clone();
        let halt = beyond.walk(&self.segments, key, limit, &[])?;
        let segment = self.segments.get(number)?;
        let torn = torn(&*segment, beyond.head.size, halt, self.segments.place())?;
        let frames = self.bytes_up_to(beyond.end)?.saturating_sub(self.bytes_up_to(fold.end)?);
        Ok(frames.saturating_add(long(torn.len())))
    }

    /// Bytes of the head file and of all segments up to a place.
    fn bytes_up_to(&self, end: Spot) -> Result<u64, ReadError> {
        let mut bytes = long(HEAD_BYTES).saturating_add(end.offset);
        for number in 1..end.segment {
            bytes = bytes.saturating_add(self.segments.length(number)?);
        }
        Ok(bytes)
    }
}
