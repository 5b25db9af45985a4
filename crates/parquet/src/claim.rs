//! What makes an export the only one of its book in a folder, and says when its files are whole.
//!
//! `DIR/manifest/book=UUID.lock` is held with the system's lock while an export runs, and stays; the
//! system lets go of it if the process dies. `DIR/manifest/book=UUID.json` names the files; it is away
//! while names change, so files of two exports never stand beside a manifest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use tuanzhang_core::BookId;

use crate::error::ExportError;

/// A journal's file of this name begins with [`JOURNAL_MAGIC`].
const JOURNAL_HEAD: &str = "head";
const JOURNAL_MAGIC: &[u8; 8] = b"TZJRNL\r\n";

/// The right to write one book below one folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    manifest: PathBuf,
    /// Locked; the lock ends with the file.
    _lock: File,
}

impl Claim {
    /// Takes it, or says who has it.
    pub(crate) fn take(root: &Path, book: BookId) -> Result<Self, ExportError> {
        refuse_journal(root)?;
        let folder = root.join("manifest");
        fs::create_dir_all(&folder).map_err(|source| io_error(&folder, source))?;
        let path = folder.join(format!("book={book}.lock"));
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = opened.map_err(|source| io_error(&path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ExportError::Busy { folder: root.to_owned(), book });
            }
            Err(TryLockError::Error(source)) => return Err(io_error(&path, source)),
        }
        Ok(Self { manifest: folder.join(format!("book={book}.json")), _lock: lock })
    }

    /// Removes the manifest: from now on names change.
    pub(crate) fn withdraw(&self) -> Result<(), ExportError> {
        match fs::remove_file(&self.manifest) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(io_error(&self.manifest, source))
            }
            _ => Ok(()),
        }
    }

    /// Puts the manifest there: every name is what it says.
    pub(crate) fn publish(&self, text: &str) -> Result<(), ExportError> {
        let temporary = self.manifest.with_extension("json.new");
        fs::write(&temporary, text).map_err(|source| io_error(&temporary, source))?;
        fs::rename(&temporary, &self.manifest).map_err(|source| io_error(&self.manifest, source))
    }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> ExportError {
    ExportError::Io { path: path.to_owned(), source }
}

fn refuse_journal(root: &Path) -> Result<(), ExportError> {
    match journal_around(root).map_err(|source| io_error(root, source))? {
        Some(journal) => Err(ExportError::Journal { folder: root.to_owned(), journal }),
        None => Ok(()),
    }
}

/// The journal that a folder is, or lies in, by what is on disk; links are followed. Only its book's files may
/// be there, so nothing is exported into it.
///
/// # Errors
/// Where the folder is relative and the working directory is gone.
pub fn journal_around(folder: &Path) -> io::Result<Option<PathBuf>> {
    let whole = std::path::absolute(folder)?;
    let there = whole.ancestors().find_map(|folder| fs::canonicalize(folder).ok());
    let mut around = there.iter().flat_map(|there| there.ancestors());
    Ok(around.find(|folder| is_journal(folder)).map(Path::to_owned))
}

/// Whether a journal lies here. What can't be read is none of ours.
fn is_journal(folder: &Path) -> bool {
    let Ok(mut head) = File::open(folder.join(JOURNAL_HEAD)) else { return false };
    let mut start = [0; JOURNAL_MAGIC.len()];
    head.read_exact(&mut start).is_ok() && start == *JOURNAL_MAGIC
}
