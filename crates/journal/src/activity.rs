//! The activity stream of a book: a journal of its own in the folder `activity` within the book's.
//!
//! Its key is [`BookKey::of_activity`] of the book's, so that no frame of the one passes in the
//! other; callers name it by the book's own key. It has its own lock: a process that writes visits
//! runs beside the one that writes the book. The folder is created by the first append.
//!
//! Cost: until there is a folder, one look whether there is; then as a journal.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tuanzhang_log::{
    AppendError, BookKey, Cause, Coverage, Guarantees, ReadError, Store, TreeHead, Visitor,
    check_limits,
};

use crate::disk::{Access, Disk, Folder};
use crate::journal::{activity_unopened, exists, guarantees, local, locked};
use crate::opening::{open_head, vouching};
use crate::place::Place;
use crate::{CloseError, Journal, OpenError};

/// Name of the folder within the book's.
pub(crate) const FOLDER: &str = "activity";

/// The activity stream of the book in one directory, without the book. See
/// [`Store::activity`].
#[derive(Debug)]
pub struct ActivityStream {
    /// The book's folder: whose activity may be written is what stands there.
    book: Arc<dyn Disk>,
    disk: Arc<dyn Disk>,
    access: Access,
    /// `None` while there is no folder.
    opened: Mutex<Option<Arc<Journal>>>,
}

impl ActivityStream {
    /// Opens the activity stream of the book in a directory for writing, beside whoever writes
    /// the book. Creates nothing before the first append.
    ///
    /// # Errors
    /// As [`Journal::open_existing`].
    pub fn at(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        local(path)?;
        Self::beside(Arc::new(Folder::new(path, Access::Write)), Access::Write)
    }

    /// Opens the activity stream of the book in a directory for reading, beside a writer or
    /// without one.
    ///
    /// # Errors
    /// As [`Journal::read_only`].
    pub fn read_only(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        exists(path)?;
        Self::beside(Arc::new(Folder::new(path, Access::Read)), Access::Read)
    }

    /// Opens the stream within a book's folder.
    pub(crate) fn beside(book: Arc<dyn Disk>, access: Access) -> Result<Self, OpenError> {
        let disk = book.within(FOLDER);
        let stream = Self { book, disk, access, opened: Mutex::default() };
        stream.open()?;
        Ok(stream)
    }

    /// Closes the stream: cuts the zeroes behind the last frame and makes the head slots
    /// durable. Dropping does the same and can't tell when it fails.
    ///
    /// # Errors
    /// The file system refuses, or an append has failed before; nothing is lost by it.
    pub fn close(self) -> Result<(), CloseError> {
        locked(&self.opened).take().map_or(Ok(()), |journal| journal.finish())
    }

    /// The journal, if there is a folder for it.
    fn open(&self) -> Result<Option<Arc<Journal>>, OpenError> {
        let mut opened = locked(&self.opened);
        if opened.is_none() {
            let place = Place(self.disk.place());
            let unreadable = |error| OpenError::Unavailable(place.cause("looking for", "", error));
            if !self.disk.exists().map_err(unreadable)? {
                return Ok(None);
            }
            let disk = Arc::clone(&self.disk);
            let journal = match self.access {
                Access::Write => Journal::on(disk)?,
                Access::Read => Journal::read_only_on(disk)?,
            };
            *opened = Some(Arc::new(journal));
        }
        Ok(opened.clone())
    }

    fn journal(&self) -> Result<Option<Arc<Journal>>, ReadError> {
        self.open().map_err(activity_unopened)
    }

    /// The journal, its folder created where there is none.
    fn created(&self) -> Result<Arc<Journal>, AppendError> {
        let place = Place(self.disk.place());
        self.disk
            .create_folder()
            .map_err(|error| AppendError::Unavailable(place.cause("creating", "", error)))?;
        let missing = || AppendError::Unavailable(Cause::new("the folder has gone again"));
        self.journal()?.ok_or_else(missing)
    }

    /// The book that lives in the folder; its name is looked at, its records aren't.
    fn owner(&self) -> Result<Option<BookKey>, ReadError> {
        let place = Place(self.book.place());
        let head = open_head(&*self.book, &place).map_err(activity_unopened)?;
        let Some((_, head)) = head else { return Ok(None) };
        let (newest, _) = vouching(&head, &place)?;
        Ok((newest.head.size > 0).then_some(head.key))
    }
}

impl Store for ActivityStream {
    fn guarantees(&self) -> Guarantees {
        guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        let Some(journal) = self.journal()? else { return Ok(Vec::new()) };
        Ok(journal.books()?.into_iter().map(BookKey::of_activity).collect())
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.journal()?.map_or(Ok(TreeHead::EMPTY), |journal| journal.head(book.of_activity()))
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        if self.access == Access::Read {
            return Err(AppendError::ReadOnly);
        }
        check_limits(records)?;
        let journal = self.journal()?;
        if journal.is_none() && expected != 0 {
            return Err(AppendError::Raced { expected, actual: 0 });
        }
        if journal.is_none() && records.is_empty() {
            return Ok(TreeHead::EMPTY);
        }
        if expected == 0
            && let Some(holds) = self.owner()?.filter(|owner| *owner != book)
        {
            return Err(AppendError::OtherBook { holds, asked: book });
        }
        let journal = journal.map_or_else(|| self.created(), Ok)?;
        journal.append(book.of_activity(), expected, records).map_err(|error| match error {
            AppendError::OtherBook { holds, asked } => {
                AppendError::OtherBook { holds: holds.of_activity(), asked: asked.of_activity() }
            }
            error @ (AppendError::Raced { .. }
            | AppendError::Unknown(_)
            | AppendError::Unavailable(_)
            | AppendError::Damaged(_)
            | AppendError::TooLarge { .. }
            | AppendError::ReadOnly) => error,
        })
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(journal) = self.journal()? else { return Ok(None) };
        journal.read_one(book.of_activity(), position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let Some(journal) = self.journal()? else { return Ok(()) };
        journal.read(book.of_activity(), from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        let Some(journal) = self.journal()? else { return Ok(Coverage::EMPTY) };
        journal.verify(book.of_activity())
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        let text = "an activity stream has no activity of its own; ask the book's store";
        Err(ReadError::Unavailable(Cause::new(text)))
    }
}
