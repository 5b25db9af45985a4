//! The little that a journal asks of a file system: one folder of plain files.
//!
//! It is a trait so that tests can put a disk under the journal that loses, tears and fails
//! (module `simulation`); programs use [`Folder`] through `Journal::at`. Every call is one
//! system call or a few; nothing is buffered or retried here.

mod folder;
mod network;

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

pub use folder::{Access, Folder};
pub(crate) use network::network_kind;

/// A folder that holds one journal.
pub trait Disk: Debug + Send + Sync {
    /// Names the folder in messages.
    fn place(&self) -> String;

    /// Takes the writer's lock; `None` when another handle has it. Dropping it lets it go.
    ///
    /// # Errors
    /// The file system's.
    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>>;

    /// Whether a handle has the writer's lock. Asking may, for its moment, keep a writer out that
    /// opens at the same time.
    ///
    /// # Errors
    /// The file system's.
    fn is_locked(&self) -> io::Result<bool>;

    /// Lists the names of the files.
    ///
    /// # Errors
    /// The file system's.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file; `None` when there is none.
    ///
    /// # Errors
    /// The file system's.
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>>;

    /// Creates a file without bytes; one of the same name loses its bytes.
    ///
    /// # Errors
    /// The file system's.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name; one that has it already is replaced in one step.
    ///
    /// # Errors
    /// The file system's.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file away; one that isn't there is none to take away.
    ///
    /// # Errors
    /// The file system's.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Does a job beside the caller, or at once where there is no beside. A job that can't be
    /// started is dropped.
    fn beside(&self, job: Box<dyn FnOnce() + Send>);

    /// How many threads may read at once with advantage; 1 where the caller reads alone.
    fn readers(&self) -> usize;

    /// Makes the names durable.
    ///
    /// # Errors
    /// The file system's; it is not known then which names are durable.
    fn sync_names(&self) -> io::Result<()>;

    /// Names a folder within this one, with the same access; nothing is created or looked at.
    fn within(&self, name: &str) -> Arc<dyn Disk>;

    /// Whether the folder itself is there.
    ///
    /// # Errors
    /// The file system's.
    fn exists(&self) -> io::Result<bool>;

    /// Creates the folder itself, durably; one that is there stays as it is.
    ///
    /// # Errors
    /// The file system's.
    fn create_folder(&self) -> io::Result<()>;
}

/// A file of the folder, read and written at offsets.
pub trait DiskFile: Debug + Send + Sync {
    /// Length in bytes.
    ///
    /// # Errors
    /// The file system's.
    fn length(&self) -> io::Result<u64>;

    /// Reads some bytes; 0 only at the end of the file or into no space.
    ///
    /// # Errors
    /// The file system's.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes, growing the file where needed.
    ///
    /// # Errors
    /// The file system's; some of the bytes may be written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file, or grows it with zeroes.
    ///
    /// # Errors
    /// The file system's.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes bytes and length durable.
    ///
    /// # Errors
    /// The file system's; it is not known then what is durable, and asking again won't tell.
    fn sync(&self) -> io::Result<()>;
}

/// The writer's lock, held until it is dropped.
pub trait Lock: Debug + Send + Sync {}

/// Reads until the buffer is full or the file ends; gives the number of bytes read.
pub(crate) fn read_full(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(crate::numbers::long(filled));
        match file.read_at(rest, at) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
