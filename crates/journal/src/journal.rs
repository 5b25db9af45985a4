//! The handle: opening, and the store's methods over a writer or a follower.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use tuanzhang_log::{
    AppendError, BookKey, Cause, Coverage, Durability, Guarantees, ReadError, Store, TreeHead,
    Visitor, Writers,
};

use crate::activity::ActivityStream;
use crate::disk::{Access, Disk, Folder, network_kind};
use crate::fold::{Fold, Index};
use crate::follower::Follower;
use crate::format::segment_name;
use crate::frames::{CHUNK_BYTES, Frames, SMALL_CHUNK_BYTES, Step};
use crate::opening::{self, Recovery};
use crate::place::{Place, Spot};
use crate::room::Sizes;
use crate::segments::Segments;
use crate::writer::{Appended, Writer};
use crate::{CloseError, OpenError};

/// One book in one directory. See the head of the crate.
#[derive(Debug)]
pub struct Journal {
    pub(crate) role: Role,
    pub(crate) segments: Arc<Segments>,
    /// What readers may see; changed after the sync only. `None` while there is no record.
    readable: RwLock<Option<Readable>>,
    recovery: Recovery,
    pub(crate) disk: Arc<dyn Disk>,
    /// The activity stream while somebody holds it: one handle, since one may write.
    activity: Mutex<Weak<ActivityStream>>,
}

#[derive(Debug)]
pub(crate) enum Role {
    Writer(Mutex<Box<Writer>>),
    Follower(Mutex<Box<Follower>>),
}

/// The durable part of the book.
#[derive(Debug)]
pub(crate) struct Readable {
    pub(crate) key: BookKey,
    pub(crate) head: TreeHead,
    /// Behind the last frame.
    pub(crate) end: Spot,
    index: Index,
}

/// The part of [`Readable`] that one read needs.
#[derive(Debug)]
struct View {
    book: BookKey,
    /// Position of the first record of the frame at `from`.
    first: u64,
    from: Spot,
    end: Spot,
}

impl Journal {
    /// Opens the journal in a directory for writing; creates the directory if there is none.
    ///
    /// Reads all frames and checks their checksums and tree. The book gets its key with the
    /// first append.
    ///
    /// # Errors
    /// See [`OpenError`]; no record is changed by an opening that fails.
    pub fn at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let place = Place(path.display().to_string());
        let folder = Folder::create(path)
            .map_err(|error| OpenError::Unavailable(place.cause("creating", "", error)))?;
        local(path)?;
        Self::on(Arc::new(folder))
    }

    /// Opens the journal in a directory that exists for writing.
    ///
    /// # Errors
    /// As [`Journal::at`], and `Missing`.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        local(path)?;
        Self::on(Arc::new(Folder::new(path, Access::Write)))
    }

    /// Opens the journal in a directory for reading, beside a writer or without one.
    ///
    /// Takes no lock, writes nothing, repairs nothing, and sees what is vouched for as
    /// durable; each call sees what was added before it.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        Self::read_only_on(Arc::new(Folder::new(path, Access::Read)))
    }

    /// Opens the journal on a disk of the caller's for writing.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn on(disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        Self::sized(disk, Sizes::USUAL)
    }

    /// Opens the journal on a disk of the caller's for writing, with segments of other sizes: the
    /// first and the largest, in bytes, each at least 1. What is written is read like any other.
    ///
    /// # Errors
    /// See [`OpenError`].
    #[cfg(any(test, feature = "simulation"))]
    pub fn with_segments(disk: Arc<dyn Disk>, first: u64, largest: u64) -> Result<Self, OpenError> {
        Self::sized(disk, Sizes::new(first, largest))
    }

    fn sized(disk: Arc<dyn Disk>, sizes: Sizes) -> Result<Self, OpenError> {
        let place = Place(disk.place());
        let lock = disk
            .lock()
            .map_err(|error| OpenError::Unavailable(place.cause("locking", "lock", error)))?;
        let lock = lock.ok_or_else(|| OpenError::Locked { place: place.0.clone() })?;
        let segments = Arc::new(Segments::new(Arc::clone(&disk), place.clone()));
        let opened = opening::open(&*disk, &segments)?;
        let readable = opened.files.as_ref().and_then(|files| readable(files.key, &opened.fold));
        let writer = Writer::new(Arc::clone(&disk), place, lock, sizes, opened.files, &opened.fold);
        Ok(Self {
            role: Role::Writer(Mutex::new(Box::new(writer))),
            segments,
            readable: RwLock::new(readable),
            recovery: opened.recovery,
            disk,
            activity: Mutex::default(),
        })
    }

    /// Opens the journal on a disk of the caller's for reading.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_only_on(disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        let place = Place(disk.place());
        let mut follower = Follower::new(Arc::clone(&disk), place.clone());
        follower.refresh()?;
        Ok(Self {
            readable: RwLock::new(followed(&follower)),
            role: Role::Follower(Mutex::new(Box::new(follower))),
            segments: Arc::new(Segments::new(Arc::clone(&disk), place)),
            recovery: Recovery::default(),
            disk,
            activity: Mutex::default(),
        })
    }

    /// What opening had to repair.
    pub const fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Gives back the room ahead: the zeroes behind the last frame and the segment made in advance,
    /// for a book that nobody writes for a while. The next append makes room anew.
    ///
    /// # Errors
    /// The file system refuses, or an append has failed before; nothing is lost by it.
    pub fn trim(&self) -> Result<(), CloseError> {
        match &self.role {
            Role::Writer(writer) => locked(writer).trim(),
            Role::Follower(_) => Ok(()),
        }
    }

    /// Closes the journal: cuts the zeroes behind the last frame and makes the head slots
    /// durable. Dropping does the same and can't tell when it fails.
    ///
    /// # Errors
    /// The file system refuses, or an append has failed before; nothing is lost by it.
    pub fn close(self) -> Result<(), CloseError> {
        self.finish()
    }

    pub(crate) fn finish(&self) -> Result<(), CloseError> {
        match &self.role {
            Role::Writer(writer) => locked(writer).close(),
            Role::Follower(_) => Ok(()),
        }
    }

    /// Lets a follower catch up; a writer's readers are always up to date.
    pub(crate) fn catch_up(&self) -> Result<(), ReadError> {
        let Role::Follower(follower) = &self.role else { return Ok(()) };
        let mut follower = locked(follower);
        let outcome = follower.refresh();
        self.segments.forget();
        let size = follower.followed.as_ref().map(|followed| followed.fold.head.size);
        let mut readable = self.readable.write().unwrap_or_else(PoisonError::into_inner);
        if size != readable.as_ref().map(|readable| readable.head.size) {
            *readable = followed(&follower);
        }
        outcome.map_err(read_error)
    }

    pub(crate) fn with<T>(&self, book: BookKey, look: impl FnOnce(&Readable) -> T) -> Option<T> {
        let readable = self.readable.read().unwrap_or_else(PoisonError::into_inner);
        readable.as_ref().filter(|readable| readable.key == book).map(look)
    }

    fn view(&self, book: BookKey, position: u64) -> Option<View> {
        self.with(book, |readable| {
            let (first, from) = readable.index.before(position);
            let reached = position <= readable.head.size;
            reached.then_some(View { book, first, from, end: readable.end })
        })?
    }

    fn publish(&self, key: BookKey, appended: &Appended) {
        let mut readable = self.readable.write().unwrap_or_else(PoisonError::into_inner);
        let readable = readable.get_or_insert_with(|| Readable {
            key,
            head: TreeHead::EMPTY,
            end: Spot::START,
            index: Index::default(),
        });
        readable.index.note(appended.first, appended.at);
        readable.head = appended.head;
        readable.end = appended.end;
    }

    /// Walks the frames of a view; the visitor gets every record from the view's first on.
    fn walk(&self, view: &View, chunk: usize, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let (place, mut next) = (self.segments.place(), view.first);
        for number in view.from.segment..=view.end.segment {
            let name = segment_name(number);
            let file = self.segments.get(number)?;
            let from = if number == view.from.segment { view.from.offset } else { 0 };
            let to = if number == view.end.segment { view.end.offset } else { u64::MAX };
            let mut frames = Frames::new(&*file, view.book, from, to).in_chunks(chunk);
            loop {
                let at = frames.offset();
                let spot = Spot { segment: number, offset: at };
                match frames.step().map_err(place.unreadable(&name))? {
                    Step::Frame(offset, frame) => {
                        let (at, first) = (Spot { segment: number, offset }, next);
                        let damaged = |what: &str| place.damaged_from(at, first, what);
                        if frame.header.first != next {
                            return Err(damaged("the frame starts at another position"));
                        }
                        next = frame.end();
                        if frame.visit(&mut *visit).map_err(damaged)?.is_break() {
                            return Ok(());
                        }
                    }
                    Step::End if at >= to || number < view.end.segment => break,
                    Step::End => {
                        return Err(place.damaged_from(spot, next, "the segment ends here"));
                    }
                    Step::Broken(why) => return Err(place.damaged_from(spot, next, why)),
                }
            }
        }
        Ok(())
    }
}

impl Store for Journal {
    fn guarantees(&self) -> Guarantees {
        guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.catch_up()?;
        let readable = self.readable.read().unwrap_or_else(PoisonError::into_inner);
        Ok(readable.iter().map(|readable| readable.key).collect())
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.catch_up()?;
        Ok(self.with(book, |readable| readable.head).unwrap_or(TreeHead::EMPTY))
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let Role::Writer(writer) = &self.role else { return Err(AppendError::ReadOnly) };
        let mut writer = locked(writer);
        match writer.append(book, expected, records)? {
            None => Ok(self.with(book, |readable| readable.head).unwrap_or(TreeHead::EMPTY)),
            Some(appended) => {
                if appended.first == 1 {
                    // The first append has made the segment anew.
                    self.segments.forget();
                }
                self.publish(book, &appended);
                Ok(appended.head)
            }
        }
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.catch_up()?;
        let mut found = None;
        if position == 0 {
            return Ok(None);
        }
        let Some(view) = self.view(book, position) else { return Ok(None) };
        self.walk(&view, SMALL_CHUNK_BYTES, &mut |at, record| {
            if at < position {
                return ControlFlow::Continue(());
            }
            found = Some(record.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.catch_up()?;
        let from = from.max(1);
        let Some(view) = self.view(book, from) else { return Ok(()) };
        self.walk(&view, CHUNK_BYTES, &mut |position, record| {
            if position < from { ControlFlow::Continue(()) } else { visit(position, record) }
        })
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.check(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        let mut held = locked(&self.activity);
        if let Some(stream) = held.upgrade() {
            return Ok(Box::new(stream));
        }
        let access = match self.role {
            Role::Writer(_) => Access::Write,
            Role::Follower(_) => Access::Read,
        };
        let stream = ActivityStream::beside(Arc::clone(&self.disk), access);
        let stream = Arc::new(stream.map_err(activity_unopened)?);
        *held = Arc::downgrade(&stream);
        Ok(Box::new(stream))
    }
}

/// What every journal promises on this system.
pub(crate) const fn guarantees() -> Guarantees {
    let (durability, text) = if cfg!(target_os = "linux") {
        (
            Durability::Disk,
            "synced to the local disk (fdatasync) before the answer; survives power loss if \
             the disk keeps what it has confirmed; one writing handle, any number of readers",
        )
    } else if cfg!(unix) {
        (
            Durability::Disk,
            "synced to the local disk before the answer; fault-tested on Linux only; one \
             writing handle, any number of readers",
        )
    } else {
        (
            Durability::Process,
            "synced to the local disk before the answer, but names of new files can't be \
             synced here and nothing was fault-tested; one writing handle",
        )
    };
    Guarantees { durability, writers: Writers::One, text }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Nothing is lost when it fails: the next opening finds every answered record.
        let _ = self.finish();
    }
}

fn readable(key: BookKey, fold: &Fold) -> Option<Readable> {
    let Fold { head, end, index, .. } = fold;
    (head.size > 0).then(|| Readable { key, head: *head, end: *end, index: index.clone() })
}

fn followed(follower: &Follower) -> Option<Readable> {
    follower.followed.as_ref().and_then(|followed| readable(followed.key, &followed.fold))
}

/// A lock that a panic can't make useless: the writer poisons itself before it changes.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn read_error(error: OpenError) -> ReadError {
    unopened("the journal was replaced", error)
}

/// An activity stream that was not opened, as the answer of a read.
pub(crate) fn activity_unopened(error: OpenError) -> ReadError {
    unopened("opening the activity stream", error)
}

fn unopened(attempt: &str, error: OpenError) -> ReadError {
    match error {
        OpenError::Damaged(damage) => ReadError::Damaged(damage),
        OpenError::Unavailable(cause) => ReadError::Unavailable(cause),
        other @ (OpenError::Locked { .. }
        | OpenError::Missing { .. }
        | OpenError::NeedsNewerVersion { .. }
        | OpenError::NetworkFileSystem { .. }) => {
            ReadError::Unavailable(Cause::with(attempt, other))
        }
    }
}

pub(crate) fn exists(path: &Path) -> Result<(), OpenError> {
    if path.is_dir() { Ok(()) } else { Err(OpenError::Missing { path: path.to_owned() }) }
}

pub(crate) fn local(path: &Path) -> Result<(), OpenError> {
    network_kind(path)
        .map_or(Ok(()), |kind| Err(OpenError::NetworkFileSystem { path: path.to_owned(), kind }))
}
