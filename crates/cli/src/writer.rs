//! Opening a book for writing.

use std::io::{self, Write};
use std::path::Path;

use tuanzhang_core::book::BookHead;
use tuanzhang_core::money::Decimals;
use tuanzhang_journal::{ActivityStream, Cut, Journal, Recovery};
use tuanzhang_ledger::{ExecuteError, Ledger, Options};
use tuanzhang_log::{AppendError, BookKey, MemoryStore, Store};
use tuanzhang_sqlite::SqliteStore;
use tuanzhang_wire as wire;

use crate::book_url::BookUrl;
use crate::failure::{Failure, chain};

impl BookUrl {
    /// Opens the book for writing; a journal or database that isn't there is made.
    pub(crate) fn ledger(&self) -> Result<Ledger, Failure> {
        let store = self.writable()?;
        let opened = match self {
            Self::Sqlite { book: Some(key), .. } | Self::Postgres { book: Some(key), .. } => {
                Ledger::open_book(store, wire::book_id(*key), Options::default())
            }
            Self::Sqlite { book: None, .. } | Self::Postgres { book: None, .. } => {
                let books = store.books()?;
                if books.len() > 1 {
                    return Err(self.several(&books));
                }
                Ledger::open(store, Options::default())
            }
            Self::Journal(_) | Self::Memory => Ledger::open(store, Options::default()),
        };
        opened.map_err(|error| Failure::store(&error))
    }

    /// Opens the store for writing, whatever is in it; one that isn't there is made.
    pub(crate) fn writable(&self) -> Result<Box<dyn Store>, Failure> {
        match self {
            Self::Journal(path) if path.exists() && !path.is_dir() => {
                let place = path.display();
                Err(Failure::Input(format!(
                    "{place} is a file; a book is a directory, or sqlite:{place} for a database"
                )))
            }
            Self::Journal(path) => {
                let journal = Journal::at(path).map_err(|error| self.not_opened(error))?;
                tell(path, journal.recovery());
                Ok(Box::new(journal))
            }
            Self::Sqlite { path, .. } if path.is_dir() => {
                let place = path.display();
                Err(Failure::Input(format!("{place} is a directory; a database is a file")))
            }
            Self::Sqlite { path, .. } => {
                let store = SqliteStore::at(path).map_err(|error| self.not_opened_in(error))?;
                let kinds = wire::SHIPPED.iter().map(|(kind, _, name)| (*kind, *name));
                store.name_kinds(kinds).map_err(|error: AppendError| Failure::store(&error))?;
                Ok(Box::new(store))
            }
            Self::Postgres { url, .. } => url.writable(),
            Self::Memory => Ok(Box::new(MemoryStore::new())),
        }
    }

    /// Opens the activity streams beside a book that is there for writing, without the book.
    pub(crate) fn writable_activity(&self) -> Result<Box<dyn Store>, Failure> {
        match self {
            Self::Journal(path) => {
                let streams = ActivityStream::at(path);
                Ok(Box::new(streams.map_err(|error| self.not_opened(error))?))
            }
            Self::Sqlite { .. } | Self::Postgres { .. } => Ok(self.writable()?.activity()?),
            Self::Memory => Err(Failure::input(
                "activity stands beside a book that is there, and memory: has none; name a place",
            )),
        }
    }

    /// Refuses to take one book for another.
    pub(crate) fn must_name(&self, key: BookKey) -> Result<(), Failure> {
        match self.named() {
            Some(named) if named != key => Err(Failure::input(format!(
                "{self} names another book than {}",
                wire::book_id(key)
            ))),
            _ => Ok(()),
        }
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
