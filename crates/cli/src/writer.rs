//! Opening a book for writing.

use std::io::{self, Write};
use std::path::Path;

use tuanzhang_core::book::BookHead;
use tuanzhang_core::money::Decimals;
use tuanzhang_journal::{Cut, Journal, Recovery};
use tuanzhang_ledger::{ExecuteError, Ledger, Options};
use tuanzhang_log::MemoryStore;

use crate::book_url::BookUrl;
use crate::failure::{Failure, chain};

impl BookUrl {
    /// Opens the book for writing; a journal that isn't there is made.
    pub(crate) fn ledger(&self) -> Result<Ledger, Failure> {
        let opened = match self {
            Self::Journal(path) if path.exists() && !path.is_dir() => {
                let place = path.display();
                return Err(Failure::Input(format!("{place} is a file; a book is a directory")));
            }
            Self::Journal(path) => {
                let journal = Journal::at(path).map_err(|error| self.not_opened(error))?;
                tell(path, journal.recovery());
                Ledger::open(journal, Options::default())
            }
            Self::Memory => Ledger::open(MemoryStore::new(), Options::default()),
        };
        opened.map_err(|error| Failure::store(&error))
    }
}

/// Says on standard error what an opening had to put right: nobody was answered for it, and it is
/// kept, but whoever runs the machine should know.
pub(crate) fn tell(path: &Path, recovery: &Recovery) {
    let mut err = io::stderr();
    // Whoever can't be told can't be told.
    if let Some(Cut { file, offset, bytes, kept_in }) = &recovery.cut {
        let place = path.display();
        let _ = writeln!(
            err,
            "tuanzhang: note: {place}/{file} at offset {offset}: {bytes} bytes of an append that was \
             never answered were cut; they are kept in {kept_in}"
        );
    }
    for damage in &recovery.repaired {
        let _ = writeln!(err, "tuanzhang: note: {damage}");
    }
}

/// The decimals of a book's currency; two before it is opened.
pub(crate) fn decimals(ledger: &Ledger) -> Decimals {
    ledger.read(|book| book.head().map_or(Decimals::USUAL, BookHead::decimals))
}

/// A store's failure while commands were carried out.
pub(crate) fn stopped(place: &str, error: &ExecuteError) -> Failure {
    Failure::Store(format!("{place} was not answered: {}", chain(error)))
}
