//! A file that is there whole or not at all.
//!
//! It is written as `.NAME.new`, made durable, and renamed. `.NAME.lock` is held with the system's lock
//! meanwhile and stays, empty; the system lets go of it if the process dies. What was there before is whole
//! until the rename, and what a dead process left is written over by the next.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tuanzhang_parquet::journal_around;

use crate::failure::Failure;

/// A file that is being written.
#[derive(Debug)]
pub(super) struct WholeFile {
    folder: PathBuf,
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    /// Locked; the lock ends with the file.
    _lock: File,
}

impl WholeFile {
    /// Begins a file of a name in a folder, which is made where there is none.
    pub(super) fn begin(folder: &Path, name: &str) -> Result<Self, Failure> {
        let around = journal_around(folder).map_err(|error| not_written(folder, &error))?;
        if let Some(journal) = around {
            return Err(Failure::input(format!(
                "{} is or lies in {}, the journal of a book; choose another folder",
                folder.display(),
                journal.display()
            )));
        }
        fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
        let path = folder.join(name);
        let held = folder.join(format!(".{name}.lock"));
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&held);
        let lock = opened.map_err(|error| not_written(&held, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::Store(format!(
                    "{} is being written by another process; wait for it, or choose another folder",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(not_written(&held, &error)),
        }
        let temporary = folder.join(format!(".{name}.new"));
        let file = File::create(&temporary).map_err(|error| not_written(&temporary, &error))?;
        Ok(Self { folder: folder.to_owned(), path, temporary, file, _lock: lock })
    }

    /// Where to write.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, once all of it is on disk; its path and its bytes.
    pub(super) fn publish(self) -> Result<(PathBuf, u64), Failure> {
        let publish = || {
            self.file.sync_all()?;
            let bytes = self.file.metadata()?.len();
            fs::rename(&self.temporary, &self.path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(bytes)
        };
        let bytes = publish().map_err(|error| not_written(&self.path, &error))?;
        Ok((self.path, bytes))
    }
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!(
        "can't write {}: {error}; make room or choose another folder, and export again",
        path.display()
    ))
}
