//! The handle that apps hold: commands in, durable records out.
//!
//! ```
//! use tuanzhang_core::{Actor, BookId, PartyId, book::OpenBook};
//! use tuanzhang_ledger::{Ledger, ManualClock, Options};
//!
//! let clock = ManualClock::at("2026-01-05T09:00:00+08:00".parse()?);
//! let ledger = Ledger::in_memory_with(Options::new(clock));
//! let (book, operator) = (BookId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
//! let open = OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator);
//!
//! let done = ledger.execute(Actor::Operator, open.clone())?;
//! assert!(!done.repeated);
//! let again = ledger.execute(Actor::Operator, open)?;
//! assert!(again.repeated && again.position == done.position);
//! assert_eq!(ledger.read(|book| book.position()), done.position);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shape
//! [`Ledger`] holds a [`Store`], the state of one book in memory ([`Book`]) and a queue. Whoever sends a
//! command while nobody writes runs it on its own thread; whoever comes meanwhile waits in the queue, and
//! the next writer takes all that wait as one batch: one append, one sync, many answers. The whole path
//! of a command is one function, `execute.rs`.
//!
//! [`Activities`] is the handle on the activity stream beside the book: visits, reviews and the like, in
//! batches, without rules and without state.
//!
//! [`Follow`] gives the durable records to whoever keeps something of his own from them: those that are
//! there, then each new one; a blocking iterator, or a stream.
//!
//! # Promises
//! - Nothing is answered, and nothing can be read, before the store has it.
//! - A batch is decided on an overlay over the durable state; when its append fails, the overlay is
//!   dropped, and state and answers are as if it had never been tried.
//! - The same command sent again is answered with the record that it had, whatever was lost on the way.
//! - Errors say what to do by their type: [`ExecuteError`].
//!
//! # Cost and limits
//! One command alone: one append. A batch: one append for up to [`BATCH_RECORDS_MAX`] records or
//! `log::APPEND_BYTES_MAX` bytes. A command that is known already: one read of that record.
//! Memory: the book's state; opening folds the whole log once.

mod activities;
mod batch;
mod clock;
mod due;
mod error;
mod execute;
mod follow;
mod ledger;
mod open;
mod options;
mod queue;
mod records;
mod request;
mod slot;
mod stats;

#[cfg(test)]
mod tests;

pub use activities::{
    Activities, ActivityBatch, ActivityError, ActivityRecords, ActivityRefusal, Recorded,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{ExecuteError, ManyError, OpenError, RecordsError};
pub use execute::{BATCH_RECORDS_MAX, CLOCK_LEAP_DAYS_MAX, RACES_MAX};
pub use follow::{FOLLOW_POLL_EVERY, Follow, FollowStream, STREAM_RECORDS_MAX, Stopper};
pub use ledger::Ledger;
pub use options::{CLOCK_SLACK_MICROS, Options, QUEUE_COMMANDS_MAX};
pub use records::Records;
pub use request::{Done, Request};
pub use slot::Submitted;
pub use stats::{Health, Stats};

pub use tuanzhang_core::book::Book;
pub use tuanzhang_log::{BookKey, Cause, Damage, MemoryStore, ReadError, Store};
