//! A file of rows, plain or gzipped (told by its first bytes), and how far it is read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use super::{ImportError, Progress};

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The lines of a file.
pub(super) type Lines<'f> = Box<dyn BufRead + 'f>;

/// How far a file is read, and whether it is compressed.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) compressed: bool,
    count: Rc<Cell<u64>>,
    bytes_total: u64,
}

impl Meter {
    pub(super) fn progress(&self, rows: u64) -> Progress {
        Progress { rows, bytes: self.count.get(), bytes_total: self.bytes_total }
    }
}

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<(Lines<'static>, Meter), ImportError> {
    let failed = |source| ImportError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let bytes_total = file.metadata().map_err(failed)?.len();
    lines(file, bytes_total)
}

/// The same for anything that can be read.
pub(super) fn lines<'f>(
    from: impl Read + 'f,
    bytes_total: u64,
) -> Result<(Lines<'f>, Meter), ImportError> {
    let count = Rc::new(Cell::new(0));
    let mut from = BufReader::new(Counted { from, count: Rc::clone(&count) });
    let first = from.fill_buf().map_err(|source| ImportError::Read { line: 1, source })?;
    let compressed = first.starts_with(&GZIP);
    let lines: Lines<'f> = if compressed {
        Box::new(BufReader::new(MultiGzDecoder::new(from)))
    } else {
        Box::new(from)
    };
    Ok((lines, Meter { compressed, count, bytes_total }))
}

/// Counts the bytes that are read.
struct Counted<R> {
    from: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        let wide = u64::try_from(read).unwrap_or(u64::MAX);
        self.count.set(self.count.get().saturating_add(wide));
        Ok(read)
    }
}
