//! Files that a verb writes: whole or not at all, and never over what somebody needs.
//!
//! A file is written beside its place and renamed, so that what was there is whole until the new one is. Not written
//! over: anything in the folder of a journal, a database of `SQLite`, a private key, a directory; a page also replaces
//! nothing but a page. A link is replaced, not followed. A device or a pipe (`/dev/stdout`) is written to as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tuanzhang_parquet::journal_around;

use crate::failure::Failure;

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A page, HTML.
    Page,
    /// A table, a receipt, a checkpoint and the like.
    Other,
}

/// Beginnings of files that nothing is written over.
const KEPT: &[(&[u8], &str)] = &[
    (b"SQLite format 3\0", "a SQLite database"),
    (b"\x37\x7f\x06\x82", "the log of a SQLite database"),
    (b"\x37\x7f\x06\x83", "the log of a SQLite database"),
    (b"TZJRNL\r\n", "the head of a journal"),
    (b"TZF1", "a segment of a journal"),
    (b"PRIVATE+KEY+", "a private key"),
];
const PAGE: &[u8] = b"<!DOCTYPE html";

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct OutFile {
    path: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    /// Beside its place.
    Beside(BufWriter<NamedTempFile>),
    /// What is no regular file.
    Straight(BufWriter<File>),
}

impl OutFile {
    /// Begins a file; what is there now stays until [`OutFile::finish`].
    pub(crate) fn create(path: &Path, kind: Kind) -> Result<Self, Failure> {
        let failed = |error: &io::Error| Failure::file(path, "write", error);
        if check(path, kind)? == Place::Straight {
            let file = OpenOptions::new().write(true).open(path).map_err(|e| failed(&e))?;
            return Ok(Self { path: path.into(), to: To::Straight(BufWriter::new(file)) });
        }
        let mut beside = tempfile::Builder::new();
        beside.prefix(".tuanzhang-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any file: what the user's mask leaves of it.
            beside.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = beside.tempfile_in(folder_of(path)).map_err(|e| failed(&e))?;
        Ok(Self { path: path.into(), to: To::Beside(BufWriter::new(file)) })
    }

    /// Gives the file its place, once all of it is on disk.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let failed = |error: &io::Error| Failure::file(&self.path, "write", error);
        match self.to {
            To::Straight(mut file) => file.flush().map_err(|e| failed(&e)),
            To::Beside(file) => {
                let file = file.into_inner().map_err(|e| failed(e.error()))?;
                file.as_file().sync_all().map_err(|e| failed(&e))?;
                file.persist(&self.path).map(drop).map_err(|e| failed(&e.error))
            }
        }
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Beside(file) => file.write(bytes),
            To::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Beside(file) => file.flush(),
            To::Straight(file) => file.flush(),
        }
    }
}

/// Writes a whole text.
pub(crate) fn write(path: &Path, kind: Kind, text: &str) -> Result<(), Failure> {
    let mut file = OutFile::create(path, kind)?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::file(path, "write", &error))?;
    file.finish()
}

/// How a file comes to its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Written beside it and renamed.
    Beside,
    /// A device or a pipe: written to as it is.
    Straight,
}

/// Whether a file may be written here; makes and changes nothing. A folder that isn't there yet is no hindrance.
pub(crate) fn check(path: &Path, kind: Kind) -> Result<Place, Failure> {
    let failed = |error: &io::Error| Failure::file(path, "write", error);
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(refused(path, "is a directory")),
        Ok(there) if !there.is_file() => return Ok(Place::Straight),
        Ok(_) => keep(path, kind)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&error)),
    }
    outside_journals(path, folder_of(path))?;
    Ok(Place::Beside)
}

/// Whether files may be written into this folder, be it there yet or not; makes and changes nothing.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Failure> {
    outside_journals(folder, folder)
}

/// Makes a folder for files, with those above it; not in the folder of a journal.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    check_folder(folder)?;
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, "make", &error))
}

/// Whether two paths lead to one file, by links too; they also do where none is there yet.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize()) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let place = |path: &Path| path.metadata().ok().map(|of| (of.dev(), of.ino()));
            if let (Some(one), Some(other)) = (place(&one), place(&other)) {
                return one == other;
            }
        }
        return one == other;
    }
    let place =
        |path: &Path| Some((folder_of(path).canonicalize().ok()?, path.file_name()?.to_owned()));
    place(one).is_some_and(|one| Some(one) == place(other))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn outside_journals(path: &Path, folder: &Path) -> Result<(), Failure> {
    let around = journal_around(folder).map_err(|error| Failure::file(path, "write", &error))?;
    around.map_or(Ok(()), |journal| {
        let what = format!("lies in {}, the journal of a book", journal.display());
        Err(refused(path, &what))
    })
}

/// Refuses to write over a file that somebody needs.
fn keep(path: &Path, kind: Kind) -> Result<(), Failure> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    read.map_err(|error| Failure::file(path, "look at", &error))?;
    if let Some((_, what)) = KEPT.iter().find(|(beginning, _)| start.starts_with(beginning)) {
        return Err(refused(path, &format!("is {what}")));
    }
    let is_page = start.is_empty() || start.starts_with(PAGE);
    if kind == Kind::Page && !is_page {
        return Err(refused(path, "is there and is no page"));
    }
    Ok(())
}

fn refused(path: &Path, why: &str) -> Failure {
    let path = path.display();
    Failure::input(format!("{path} {why}; nothing was written, name another file"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tuanzhang_log::Store as _;

    use super::*;

    fn refuses(path: &Path, kind: Kind, why: &str) {
        let before = fs::read(path).ok();
        let error = write(path, kind, "new").unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(fs::read(path).ok(), before, "untouched");
    }

    #[test]
    fn what_somebody_needs_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (start, what) in KEPT {
            fs::write(at("kept"), start).unwrap();
            refuses(&at("kept"), Kind::Other, what);
        }
        fs::write(at("r.json"), "{}").unwrap();
        refuses(&at("r.json"), Kind::Page, "no page");
        refuses(folder.path(), Kind::Other, "directory");
        let book = tuanzhang_journal::Journal::at(at("book")).unwrap();
        book.append(tuanzhang_log::BookKey([1; 16]), 0, &[b"a record"]).unwrap();
        drop(book);
        refuses(&at("book/head"), Kind::Other, "head of a journal");
        refuses(&at("book/new.csv"), Kind::Other, "journal of a book");
    }

    #[test]
    fn a_file_is_replaced_whole_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("page"), Kind::Page, "<!DOCTYPE html>1").unwrap();
        write(&at("page"), Kind::Page, "<!DOCTYPE html>2").unwrap();
        assert_eq!(fs::read_to_string(at("page")).unwrap(), "<!DOCTYPE html>2");
        let unfinished = OutFile::create(&at("page"), Kind::Page).unwrap();
        drop(unfinished);
        assert_eq!(fs::read_to_string(at("page")).unwrap(), "<!DOCTYPE html>2");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("page"), at("link")).unwrap();
            write(&at("link"), Kind::Other, "x").unwrap();
            assert_eq!(fs::read_to_string(at("page")).unwrap(), "<!DOCTYPE html>2");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), if cfg!(unix) { 2 } else { 1 });
    }
}
