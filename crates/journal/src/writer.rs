//! The one path on which records get into a journal.
//!
//! An append encodes one frame, makes room for it where it must (a new segment where the last is
//! full, zeroes), writes the frame, syncs once, writes a head slot without a sync of its own, and
//! only then lets readers see the records. What is true if the process dies: before the sync has returned, the frame is
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
use crate::format::{HEAD, HEAD_NEW, NEXT, encode_frame, encode_head, segment_name};
use crate::numbers::long;
use crate::opening::{Files, write_slot};
use crate::place::{Place, Spot};
use crate::room::{Ahead, Sizes, zero};

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
    sizes: Sizes,
    /// Zeroes that the next step of growth adds.
    step: u64,
    /// Bytes of frames that this handle has added.
    added: u64,
    /// The segment after the last.
    ahead: Ahead,
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
    pub(crate) at: Spot,
    /// Where it ends.
    pub(crate) end: Spot,
    /// Head of the book with it.
    pub(crate) head: TreeHead,
}

impl Writer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        place: Place,
        lock: Box<dyn Lock>,
        sizes: Sizes,
        files: Option<Files>,
        fold: &Fold,
    ) -> Self {
        Self {
            disk,
            place,
            files,
            edge: fold.edge.clone(),
            head: fold.head,
            sizes,
            step: sizes.step(),
            added: 0,
            ahead: Ahead::Nothing,
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
        if self.head.size == 0 {
            self.files = Some(create(&*self.disk, book).map_err(self.unwritten(HEAD))?);
        }
        self.make_room(long(self.buffer.len()))?;
        let Some(files) = self.files.as_mut() else {
            return Err(AppendError::Unavailable(Cause::new("the journal has no files")));
        };
        let name = segment_name(files.number);
        let unknown =
            |error: io::Error| AppendError::Unknown(self.place.cause("writing", &name, error));
        let at = Spot { segment: files.number, offset: files.end };
        files.segment.write_at(&self.buffer, files.end).map_err(unknown)?;
        files.segment.sync().map_err(unknown)?;
        files.end = files.end.saturating_add(long(self.buffer.len()));
        let end = Spot { offset: files.end, ..at };
        write_slot(files, end, head).map_err(unknown)?;

        // A handle that adds little, as one command on a large book does, needs no segment more.
        self.added = self.added.saturating_add(long(self.buffer.len()));
        let size = self.sizes.of(files.number);
        let filling = files.end > size / 2 && self.added > size / 8;
        let next = files.number.saturating_add(1);
        (self.edge, self.head, self.state) = (edge, head, State::Sound);
        if filling && matches!(self.ahead, Ahead::Nothing) {
            self.ahead = Ahead::ask(&self.disk, self.sizes.of(next));
        }
        Ok(Some(Appended { first, at, end, head }))
    }

    /// A failure after which nothing of the records is written.
    fn unwritten<'a>(&'a self, file: &'a str) -> impl Fn(io::Error) -> AppendError + use<'a> {
        |error| AppendError::Unavailable(self.place.cause("making room in", file, error))
    }

    /// Makes room for a frame: a new segment where the last is full, zeroes where there are too few.
    fn make_room(&mut self, bytes: u64) -> Result<(), AppendError> {
        let sizes = self.sizes;
        let full = self.files.as_ref().is_some_and(|files| {
            files.end > 0 && files.end.saturating_add(bytes) > sizes.of(files.number)
        });
        if full {
            let made = self.ahead.take();
            self.roll(made).map_err(self.unwritten("the next segment"))?;
        }
        let Some(files) = self.files.as_mut() else { return Ok(()) };
        let end = files.end.saturating_add(bytes);
        if end > files.capacity {
            let (name, old) = (segment_name(files.number), files.capacity);
            let mut capacity = sizes.grown(files.number, old, self.step, end);
            let mut grown = zero(&*files.segment, old, capacity);
            if is_full(&grown) {
                // What was made ahead takes the room that is needed now, and less would do.
                drop(self.ahead.take());
                grown = self.disk.remove(NEXT).and_then(|()| zero(&*files.segment, old, end));
                capacity = files.segment.length().unwrap_or(end).max(end);
            }
            files.capacity = capacity;
            self.step = sizes.next_step(self.step);
            grown.map_err(self.unwritten(&name))?;
        }
        Ok(())
    }

    /// Goes on in a new segment.
    ///
    /// Order: the full one is cut to its frames, durably; then the new one gets its name, durably.
    /// So one that stands behind another says that the other is whole frames to its end.
    fn roll(&mut self, made: Option<Box<dyn DiskFile>>) -> io::Result<()> {
        let Some(files) = self.files.as_mut() else { return Ok(()) };
        // Also where it has that length: a writer that died may have left it in memory only.
        files.segment.set_length(files.end)?;
        files.segment.sync()?;
        let segment = made.map_or_else(|| self.disk.create(NEXT), Ok)?;
        let capacity = segment.length()?;
        let number = files.number.saturating_add(1);
        self.disk.rename(NEXT, &segment_name(number))?;
        self.disk.sync_names()?;
        (files.segment, files.number) = (Arc::from(segment), number);
        (files.end, files.capacity) = (0, capacity);
        Ok(())
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

    /// Gives back the room ahead and syncs everything; the next append makes room anew.
    pub(crate) fn trim(&mut self) -> Result<(), CloseError> {
        let asked = matches!(self.ahead, Ahead::Coming(_));
        // Waited for in every case: whoever has the lock next may make a file of the same name.
        drop(self.ahead.take());
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
                if asked {
                    self.disk.remove(NEXT)?;
                }
                if files.capacity > files.end {
                    files.segment.set_length(files.end)?;
                    files.capacity = files.end;
                }
                files.segment.sync()?;
                files.head.sync()
            };
            trim(files).map_err(|error| CloseError(self.place.cause("closing", HEAD, error)))?;
        }
        (self.state, self.dirty, self.step) = (State::Sound, false, self.sizes.step());
        Ok(())
    }

    /// Trims, and writes nothing any more; later calls do nothing.
    pub(crate) fn close(&mut self) -> Result<(), CloseError> {
        self.trim()?;
        self.state = State::Closed;
        Ok(())
    }
}

/// Whether a write failed because the disk has no room.
fn is_full(answer: &io::Result<()>) -> bool {
    answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull)
}

/// Creates the files of a book without records.
///
/// Order: the segment, its name durable; then the head file under another name, durable; then
/// its right name, durable. So a head file means that there is a segment, and before it gets
/// its name there is no book.
///
/// What a creation that failed has left is replaced: nobody knows what of it is durable.
fn create(disk: &dyn Disk, book: BookKey) -> io::Result<Files> {
    let segment: Arc<dyn DiskFile> = Arc::from(disk.create(NEXT)?);
    disk.rename(NEXT, &segment_name(1))?;
    disk.sync_names()?;
    let head = disk.create(HEAD_NEW)?;
    head.write_at(&encode_head(book), 0)?;
    head.sync()?;
    disk.rename(HEAD_NEW, HEAD)?;
    disk.sync_names()?;
    Ok(Files { key: book, head, segment, number: 1, end: 0, capacity: 0, sequence: 1 })
}
