//! Opening a book for writing.

use tuanzhang_core::book::BookHead;
use tuanzhang_core::money::Decimals;
use tuanzhang_journal::Journal;
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
                Ledger::open(journal, Options::default())
            }
            Self::Memory => Ledger::open(MemoryStore::new(), Options::default()),
        };
        opened.map_err(|error| Failure::store(&error))
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
