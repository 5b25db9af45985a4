//! Books in a `SQLite` database: in a file of their own, or in the one that an app has anyway.
//!
//! ```
//! use tuanzhang_log::{BookKey, Store};
//! use tuanzhang_sqlite::SqliteStore;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("shop.db");
//! let store = SqliteStore::at(&path)?;
//! println!("{}", store.guarantees().text);
//! let (liu, chen) = (BookKey(*b"the book of liu."), BookKey(*b"the book of chen"));
//! let head = store.append(liu, 0, &[b"first", b"second"])?;
//! assert_eq!(head.size, 2);
//! store.append(chen, 0, &[b"another book"])?;
//!
//! let reader = SqliteStore::read_only(&path)?; // beside the writer
//! assert_eq!(reader.read_one(liu, 2)?, Some(b"second".to_vec()));
//! assert_eq!(reader.books()?.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shape
//! Five tables, `tuanzhang_streams` (a book's records or its activity, with their head),
//! `tuanzhang_records`, `tuanzhang_appends` (which records came together, and the root behind them),
//! `tuanzhang_kinds` (names for people), `tuanzhang_schema` (the tables' version); and views for the
//! `sqlite3` shell. An app's other tables, `user_version` and `application_id` are left alone.
//! docs/sqlite.md shows how to set it up, back it up and look into it.
//!
//! A handle has one connection that appends, behind a lock, and some that read. Appends take
//! `BEGIN IMMEDIATE`, so any number of handles and processes of one machine share a book; who was late
//! is `Raced`. A turn is such a transaction that is begun before anybody decides (in memory there is
//! none). Reads take no lock and hold no snapshot while a visitor looks: it may append, and the
//! log can be written back meanwhile.
//!
//! # What makes it durable
//! `journal_mode=wal` and `synchronous=FULL`, set at every opening and read back: the engine syncs its
//! log before `COMMIT` answers. [`guarantees`] names what was read back, and says less where the engine
//! does. Opening for writing syncs what a killed process may have left in the log unsynced.
//!
//! # Damage
//! Every row has a CRC-32C over all its columns, the book's key and whether it is a record or a visit,
//! so a row that was changed, or moved to another place, is noticed where it is read; a missing one
//! leaves a gap, since the head says how many there are. [`verify`] reads all rows of a book,
//! computes the root behind every append, and has the engine check the whole file. `UPDATE` and
//! `DELETE` of what a book has are refused by triggers.
//!
//! # What a fault leaves
//! - A killed process, a power loss: every answered append, and of the one that was not answered all or
//!   nothing.
//! - `SQLITE_BUSY`, a full disk, a failed read or write before `COMMIT`: rolled back, `Unavailable`; the
//!   handle goes on.
//! - An error of `COMMIT` itself: `Unknown`. The appending connection is opened anew before the next
//!   append.
//!
//! # Cost and limits
//! An append: one transaction, one sync, one row a record and two more; every 1,000 pages of log the
//! engine writes them back, in the append that fills it, with two syncs more. `read_one`: two rows. A
//! look for a book that isn't there reads the list of books. [`verify`] lets the engine check the whole
//! file, other books too. Positions up to 2^63 − 1. Network file systems don't keep the locks and the
//! shared memory that the log needs; nothing here notices them.
//!
//! The feature `bundled` (on by default) compiles `SQLite` in; without it the system's library is
//! linked, which must know strict tables (3.37).
//!
//! [`guarantees`]: tuanzhang_log::Store::guarantees
//! [`verify`]: tuanzhang_log::Store::verify

mod append;
mod connection;
mod error;
mod identity;
mod place;
mod read;
mod rows;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod turn;

pub use error::OpenError;
pub use store::{Options, SqliteStore};
