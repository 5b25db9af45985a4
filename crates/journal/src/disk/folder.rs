//! A folder of the machine's own file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{io, thread};

use super::{Disk, DiskFile, Lock};
use crate::format::HEAD;

/// Name of the file whose lock keeps a second writer out.
const LOCK: &str = "lock";

/// What may be done in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing.
    Write,
    /// Reading; nothing is created or changed.
    Read,
}

/// A folder of the machine's own file system.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    access: Access,
}

impl Folder {
    /// Names a folder that exists.
    pub fn new(path: impl Into<PathBuf>, access: Access) -> Self {
        Self { path: path.into(), access }
    }

    /// Creates a folder and those above it where they are missing, all durably.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut missing = Vec::new();
        let mut at = Some(path);
        while let Some(folder) = at.filter(|folder| !as_folder(folder).is_dir()) {
            missing.push(folder);
            at = folder.parent();
        }
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                // Another process may be creating the same journal.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => sync_folder(as_folder(folder.parent().unwrap_or(Path::new(""))))?,
            }
        }
        // One that is there may be what a process left that died before it could sync the name.
        if !path.join(HEAD).exists() {
            sync_folder(as_folder(path.parent().unwrap_or(Path::new(""))))?;
        }
        Ok(Self::new(path, Access::Write))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// The empty path means here.
fn as_folder(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Makes the names in a folder durable, where the system has a way to.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

impl Disk for Folder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>> {
        let path = self.file(LOCK);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        // The file may be deleted by somebody who thinks that it was left behind; the folder stays.
        let folder = if cfg!(unix) { Some(File::open(&self.path)?) } else { None };
        if let Some(folder) = &folder
            && !try_lock(folder)?
        {
            return Ok(None);
        }
        Ok(Some(Box::new(Held { _file: file, _folder: folder })))
    }

    fn is_locked(&self) -> io::Result<bool> {
        let path = if cfg!(unix) { self.path.clone() } else { self.file(LOCK) };
        match File::open(path) {
            // Shared, and let go at once: two that ask don't take each other for a writer.
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Ok(false),
                Err(TryLockError::WouldBlock) => Ok(true),
                Err(TryLockError::Error(error)) => Err(error),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(&self.path)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>> {
        let write = self.access == Access::Write;
        match OpenOptions::new().read(true).write(write).open(self.file(name)) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true);
        Ok(Box::new(file.open(self.file(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.file(from), self.file(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            answer => answer,
        }
    }

    fn beside(&self, job: Box<dyn FnOnce() + Send>) {
        // Where the system has no thread left, the writer does without.
        let _ = thread::Builder::new().name("tuanzhang-journal".into()).spawn(job);
    }

    fn readers(&self) -> usize {
        thread::available_parallelism().map_or(1, NonZero::get)
    }

    fn sync_names(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn within(&self, name: &str) -> Arc<dyn Disk> {
        Arc::new(Self { path: self.file(name), access: self.access })
    }

    fn exists(&self) -> io::Result<bool> {
        match fs::metadata(&self.path) {
            Ok(found) => Ok(found.is_dir()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn create_folder(&self) -> io::Result<()> {
        Self::create(&self.path).map(drop)
    }
}

/// The locks of a writer.
#[derive(Debug)]
struct Held {
    _file: File,
    _folder: Option<File>,
}

impl Lock for Held {}

/// Takes a lock; `false` where another handle has it.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }

    #[cfg(unix)]
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    #[cfg(windows)]
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut rest, mut at) = (bytes, offset);
        while !rest.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(self, rest, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = rest.get(written..).unwrap_or_default();
            at = at.saturating_add(crate::numbers::long(written));
        }
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
