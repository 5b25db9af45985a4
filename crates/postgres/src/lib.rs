//! Books in a `PostgreSQL` database: one of their own, or the one that an app has anyway.
//!
//! ```no_run
//! use tuanzhang_log::{BookKey, Store};
//! use tuanzhang_postgres::PostgresStore;
//!
//! let url = "postgres://shop@db.example/shop?sslrootcert=/etc/ssl/db.pem";
//! let store = PostgresStore::connect(url)?;
//! println!("{}", store.guarantees().text);
//! let (liu, chen) = (BookKey(*b"the book of liu."), BookKey(*b"the book of chen"));
//! let head = store.append(liu, 0, &[b"first", b"second"])?;
//! assert_eq!(head.size, 2);
//! store.append(chen, 0, &[b"another book"])?;
//!
//! let reader = PostgresStore::read_only(url)?; // beside the writer, or on a standby
//! assert_eq!(reader.read_one(liu, 2)?, Some(b"second".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shape
//! A schema `tuanzhang` with five tables, always written with its name, so that an app's own tables and
//! its `search_path` play no part: `streams` (a book's records or its activity, with their head),
//! `records`, `appends` (which records came together, and the root behind them), `kinds` (names for
//! people), `schema` (the tables' version); and views for `psql`. docs/postgres.md shows how to set it
//! up, back it up and look into it.
//!
//! A handle has some connections, driven by one thread of its own, and calls block the thread that makes
//! them, also where an app's runtime runs. Each statement that isn't part of a turn or of `verify` is a
//! transaction of its own, sent in one message and without a name; nothing is set for longer than a
//! transaction: so a pooler that lends connections by the transaction may stand between.
//!
//! An append is **one statement in one round trip**: it changes the stream's row where that is the one that
//! the handle knows, and inserts the records from what that returned. Any number of processes share a
//! book; who was late is `Raced`. A turn keeps the row in a transaction until its append.
//!
//! # What makes it durable
//! Each append sets `synchronous_commit` for itself (`on`, or `remote_apply` where that is the default) and
//! reads back in the same statement what the server says of `fsync`, `full_page_writes` and
//! `synchronous_standby_names`. What it found at opening is what [`guarantees`] names; where the server
//! later says less, or less than [`Options::require`] wants, the append writes nothing and is
//! `Unavailable`. A commit that stops waiting for its standby is answered by `PostgreSQL` as done, behind
//! a warning: that is `Unknown` here.
//!
//! # Damage
//! Every row has a CRC-32C over all its columns, so a row that was changed, or moved to another place, is
//! noticed where it is read; a missing one leaves a gap, since the head says how many there are.
//! [`verify`] reads all rows of a book in one snapshot and computes the root behind every append. `UPDATE`,
//! `DELETE` and `TRUNCATE` of what a book has are refused by triggers.
//!
//! # What a fault leaves
//! - The server answers `ERROR`: rolled back, `Unavailable`; the handle goes on.
//! - The connection is lost after an append was sent, or the answer doesn't come in time: `Unknown`. The
//!   statement may still be run. So the next call about the book raises the epoch of its row first, which
//!   every append compares: then the append is there, or can never come. Until that is done, the call
//!   is `Unavailable`.
//! - A call that gives up has its statement cancelled, so that it doesn't go on waiting for a lock; not on a
//!   server that names standbys, where a commit that is broken off in its wait would be shown unreplicated.
//! - Several hosts in the URL: they are tried one by one, each with its share of the wait; a handle that appends goes to the one that takes writes.
//!
//! # Cost and limits
//! An append: one round trip, a row a record and two more; one more trip where the handle doesn't know the
//! head. `read_one`, `head`: one. A turn: four and one for each megabyte of records. [`verify`] doesn't
//! look at other books, nor at what `PostgreSQL` keeps beside the rows (`pg_amcheck`, `pg_checksums` do).
//! Positions up to 2^63 − 1. A read shows what is committed on the server that answers: behind a primary
//! that was restarted in the middle of waiting for a standby that may be more than is replicated, until
//! the next append or opening for writing.
//!
//! The feature `tls` (on by default) has rustls compiled in. Servers elsewhere are met over TLS and their
//! certificates looked at unless the URL says otherwise.
//!
//! [`guarantees`]: tuanzhang_log::Store::guarantees
//! [`verify`]: tuanzhang_log::Store::verify

mod address;
mod append;
mod doubt;
mod error;
mod known;
mod link;
mod place;
mod pool;
mod read;
mod rows;
mod runtime;
mod schema;
mod server;
mod shared;
mod store;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod tls;
mod turn;
mod verify;

pub use error::OpenError;
pub use store::{Options, PostgresStore};
