//! The one path on which records get into a journal.
//!
//! An append encodes one frame, grows the segment by zeroes where it must, writes the frame,
//! syncs once, writes a head slot without a sync of its own, and only then lets readers see
//! the records. What is true if the process dies: before the sync has returned, the frame is
//! there whole or not at all (a torn one is cut at the next opening); after it, it is there.
//!
//! After any failed write, sync or rename nothing is written any more through this handle: a
//! page that failed to reach the disk may be marked as if it had, so only a new handle, which
//! reads everything again, can tell. A sync is never tried twice.

use std::io;
use std::sync::Arc;

use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{AppendError, BookKey, Cause, TreeHead, check_limits};

use crate::CloseError;
use crate::disk::{Disk, DiskFile, Lock};
use crate::fold::Fold;
use crate::format::{HEAD, HEAD_NEW, SEGMENT, encode_frame, encode_head};
use crate::numbers::{long, short};
use crate::opening::{Files, write_slot};
use crate::place::Place;

/// Zeroes that the first growth of a handle adds, and the unit that all growth is rounded to.
const GROWTH_BYTES_MIN: u64 = 64 << 10;
/// Most zeroes that a growth adds beyond what an append needs: bounds how long it takes.
const GROWTH_BYTES_MAX: u64 = 1 << 20;

/// Whether the handle may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Everything that was tried has worked.
    Sound,
    /// Something failed, or an append has not come to its end.
    Poisoned,
    /// Closed and trimmed.
    Closed,
}

/// Appends to one journal.
#[derive(Debug)]
pub(crate) struct Writer {
    disk: Arc<dyn Disk>,
    place: Place,
    /// `None` until the first append to a new journal.
    files: Option<Files>,
    /// What is durable. Its index is kept by the readers.
    edge: Edge,
    head: TreeHead,
    end: u64,
    /// Zeroes that the next growth adds.
    growth: u64,
    state: State,
    /// Something was written that a clean close has to sync.
    dirty: bool,
    /// The frame being written; kept for its memory.
    buffer: Vec<u8>,
    /// Held as long as the handle.
    _lock: Box<dyn Lock>,
}

/// A frame that has become durable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// Position of its first record.
    pub(crate) first: u64,
    /// Where it starts.
    pub(crate) offset: u64,
    /// Where it ends.
    pub(crate) end: u64,
    /// Head of the book with it.
    pub(crate) head: TreeHead,
}

impl Writer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        place: Place,
        lock: Box<dyn Lock>,
        files: Option<Files>,
        fold: &Fold,
    ) -> Self {
        Self {
            disk,
            place,
            files,
            edge: fold.edge.clone(),
            head: fold.head,
            end: fold.end,
            growth: GROWTH_BYTES_MIN,
            state: State::Sound,
            // A killed process leaves zeroes to trim and slots to sync.
            dirty: true,
            buffer: Vec::new(),
            _lock: lock,
        }
    }

    /// The files, once the first append has made them.
    pub(crate) const fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    /// Whether nothing has failed: then files and memory say the same.
    pub(crate) fn is_sound(&self) -> bool {
        self.state != State::Poisoned
    }

    /// Appends records; `None` when there were none and nothing was to be done.
    pub(crate) fn append(
        &mut self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<Option<Appended>, AppendError> {
        check_limits(records)?;
        self.may_write(book, expected)?;
        if records.is_empty() {
            return Ok(None);
        }
        let first = expected.saturating_add(1);
        let mut edge = self.edge.clone();
        for record in records {
            edge.push(leaf_hash(record));
        }
        let head = edge.head();
        encode_frame(&mut self.buffer, book, first, self.head.root, records);

        // From here on anything but the end of this function poisons, a panic included.
        self.state = State::Poisoned;
        self.dirty = true;
        let unwritten = |error: io::Error| {
            AppendError::Unavailable(self.place.cause("making room in", SEGMENT, error))
        };
        let unknown =
            |error: io::Error| AppendError::Unknown(self.place.cause("writing", SEGMENT, error));
        if self.head.size == 0 {
            let created = create(&*self.disk, book).map_err(unwritten)?;
            self.files = Some(created);
            self.end = 0;
        }
        let Some(files) = self.files.as_mut() else {
            return Err(AppendError::Unavailable(Cause::new("the journal has no files")));
        };
        let (offset, end) = (self.end, self.end.saturating_add(long(self.buffer.len())));
        if end > files.capacity {
            grow(files, end, self.growth).map_err(unwritten)?;
            self.growth = self.growth.saturating_mul(2).min(GROWTH_BYTES_MAX);
        }
        files.segment.write_at(&self.buffer, offset).map_err(unknown)?;
        files.segment.sync().map_err(unknown)?;
        write_slot(files, end, head).map_err(unknown)?;

        (self.edge, self.head, self.end, self.state) = (edge, head, end, State::Sound);
        Ok(Some(Appended { first, offset, end, head }))
    }

    fn may_write(&self, book: BookKey, expected: u64) -> Result<(), AppendError> {
        match self.state {
            State::Sound => {}
            State::Poisoned => {
                let text = "poisoned by an earlier failure; drop this handle and open it again";
                return Err(AppendError::Unavailable(Cause::new(text)));
            }
            State::Closed => return Err(AppendError::Unavailable(Cause::new("closed"))),
        }
        // Without a record the book doesn't exist: a crash has left its files only.
        if let Some(files) = self.files.as_ref().filter(|_| self.head.size > 0)
            && files.key != book
        {
            return Err(AppendError::OtherBook { holds: files.key, asked: book });
        }
        if expected != self.head.size {
            return Err(AppendError::Raced { expected, actual: self.head.size });
        }
        Ok(())
    }

    /// Trims the segment to its frames and syncs everything; later calls do nothing.
    pub(crate) fn close(&mut self) -> Result<(), CloseError> {
        match self.state {
            State::Closed => return Ok(()),
            State::Poisoned => {
                return Err(CloseError(Cause::new("poisoned by an earlier failure")));
            }
            State::Sound => {}
        }
        self.state = State::Poisoned;
        if let Some(files) = self.files.as_mut().filter(|_| self.dirty) {
            let trim = |files: &mut Files| {
                if files.capacity > self.end {
                    files.segment.set_length(self.end)?;
                    files.capacity = self.end;
                }
                files.segment.sync()?;
                files.head.sync()
            };
            trim(files).map_err(|error| CloseError(self.place.cause("closing", HEAD, error)))?;
        }
        self.state = State::Closed;
        Ok(())
    }
}

/// Creates the files of a book without records.
///
/// Order: the segment, its name durable; then the head file under another name, durable; then
/// its right name, durable. So a head file means that there is a segment, and before it gets
/// its name there is no book.
fn create(disk: &dyn Disk, book: BookKey) -> io::Result<Files> {
    let segment: Arc<dyn DiskFile> = Arc::from(disk.create(SEGMENT)?);
    disk.sync_names()?;
    let head = disk.create(HEAD_NEW)?;
    head.write_at(&encode_head(book), 0)?;
    head.sync()?;
    disk.rename(HEAD_NEW, HEAD)?;
    disk.sync_names()?;
    Ok(Files { key: book, head, segment, capacity: 0, sequence: 1 })
}

/// Adds zeroes, so that the syncs to come need not write the file's length.
fn grow(files: &mut Files, end: u64, growth: u64) -> io::Result<()> {
    const ZEROES: &[u8] = &[0; 64 << 10];
    let wanted = files.capacity.saturating_add(growth) / GROWTH_BYTES_MIN;
    let capacity = wanted.max(end.div_ceil(GROWTH_BYTES_MIN)).saturating_mul(GROWTH_BYTES_MIN);
    let mut at = files.capacity;
    while at < capacity {
        let zeroes = ZEROES.get(..short(capacity.saturating_sub(at))).unwrap_or(ZEROES);
        files.segment.write_at(zeroes, at)?;
        at = at.saturating_add(long(zeroes.len()));
    }
    files.capacity = capacity;
    Ok(())
}
