//! The conformance kit: what every storage adapter has to pass.
//!
//! A case is a function over a [`Factory`], with a name that is a claim and a line that says
//! what it protects. [`CASES`] run against every store; [`FAULTS`] want a fault that only the
//! adapter can make, and are reported as *not offered* where it can't.
//!
//! # How to hold an adapter to it, step by step
//!
//! 1. Add `tuanzhang-log` with the feature `conformance` to the dev-dependencies.
//! 2. Implement [`Factory`]: a new store in a place of its own, the same place opened again, and
//!    how many books it holds. Run [`check_all`] and print the report: a new adapter starts with
//!    all cases failing, and they stand in the order in which they are best got to pass.
//! 3. Offer a second handle ([`Factory::another`]): most cases use one, and a lock in it may hide
//!    what two processes would do. Then faults, one ability after the other: [`StoredBytes`] (bytes change, are cut or are
//!    missing), [`TornAppends`] (the process dies in an append), [`LostAnswers`] (an append fails
//!    and may have been written). Implement the trait for the factory and return `Ok(self)`.
//! 4. Of what can't be offered, say why: the reason stands in the report. Let the test want the
//!    number of cases that were not offered, so that none is lost unseen.
//! 5. Make sure that the faults do harm: take a sync, a checksum or a transaction out of the
//!    adapter and see the case fail.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use tuanzhang_log::conformance::{
//!     Capacity, Factory, LostAnswers, NotOffered, StoredBytes, TornAppends, check_all,
//! };
//! use tuanzhang_log::testing::{AppendFault, FailingStore, Moment};
//! use tuanzhang_log::{MemoryStore, Store};
//!
//! /// Stores in memory; the newest can be made to fail.
//! #[derive(Default)]
//! struct Memory(Mutex<Option<Arc<FailingStore<MemoryStore>>>>);
//!
//! impl Factory for Memory {
//!     fn fresh(&self) -> Box<dyn Store> {
//!         let store = Arc::new(FailingStore::new(MemoryStore::new()));
//!         *self.0.lock().unwrap() = Some(Arc::clone(&store));
//!         Box::new(store)
//!     }
//!     fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
//!         store // memory has nothing to open again
//!     }
//!     fn capacity(&self) -> Capacity {
//!         Capacity::ManyBooks
//!     }
//!     fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
//!         let newest = self.0.lock().unwrap().as_ref().map(Arc::clone);
//!         Ok(Box::new(newest.unwrap())) // memory has no second handle but this
//!     }
//!     fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
//!         Err(NotOffered("memory has no stored bytes"))
//!     }
//!     fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
//!         Err(NotOffered("memory dies with its process"))
//!     }
//!     fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
//!         Ok(self)
//!     }
//! }
//!
//! impl LostAnswers for Memory {
//!     fn ways(&self) -> Vec<String> {
//!         vec!["unknown, written".into(), "unavailable, not written".into()]
//!     }
//!     fn lose_next(&self, way: usize) {
//!         let ways = [
//!             (AppendFault::Unknown, Moment::After),
//!             (AppendFault::Unavailable, Moment::Before),
//!         ];
//!         let (fault, moment) = ways[way];
//!         self.0.lock().unwrap().as_ref().unwrap().fail_next_append(fault, moment);
//!     }
//!     fn heal(&self) {} // one append fails, no more
//! }
//!
//! let report = check_all(&Memory::default());
//! println!("{report}");
//! assert!(report.conforms());
//! assert_eq!(report.not_offered().count(), 3); // flipped bits, cuts, torn appends
//! ```
//!
//! The kit is itself tested with deliberately wrong stores: each case is failed by at least
//! one of them.

mod abilities;
mod activity;
mod another;
mod append;
mod bytes;
mod contention;
mod copies;
mod given;
mod limits;
mod lost;
mod read;
mod readers;
mod report;
mod torn;
mod turns;
#[cfg(test)]
mod wrong;

use std::fmt;

use crate::{BookKey, Store};

pub use abilities::{LostAnswers, NotOffered, Opened, Stored, StoredBytes, TornAppends};
pub use report::{Failure, Line, Outcome, Report, Stopped, Trial, Verdict};

/// The book that most cases write.
pub const BOOK: BookKey = BookKey(*b"conformance book");
/// A second book.
pub const OTHER_BOOK: BookKey = BookKey(*b"another book....");

/// How many books one store of an adapter can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// One; appending to another is refused with `OtherBook`.
    OneBook,
    /// Any number.
    ManyBooks,
}

/// Why an ability is missing where a factory doesn't say.
const UNSAID: NotOffered = NotOffered("the factory doesn't say how to");

/// Makes the stores that the cases run against. It may panic when it can't.
pub trait Factory: Sync {
    /// Makes an empty store in a place of its own.
    fn fresh(&self) -> Box<dyn Store>;

    /// Closes the store that this factory made or opened last, in whatever way, and opens the
    /// same place again.
    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store>;

    /// Says how many books one store can hold.
    fn capacity(&self) -> Capacity;

    /// Opens the place of the store that this factory made or opened last once more, beside it, as
    /// another process would: for appending where the store lets several write, else for reading.
    /// Its own handle, not a clone of the first.
    ///
    /// # Errors
    /// It can't be done, and why.
    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        Err(UNSAID)
    }

    /// Gives access to the bytes that a closed store keeps.
    ///
    /// # Errors
    /// It can't be done, and why.
    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Err(UNSAID)
    }

    /// Lets appends die half-way.
    ///
    /// # Errors
    /// It can't be done, and why.
    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Err(UNSAID)
    }

    /// Lets appends fail.
    ///
    /// # Errors
    /// It can't be done, and why.
    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Err(UNSAID)
    }
}

/// A test that every adapter has to pass; with `R = Trial` one that needs a fault.
pub struct Case<R = Outcome> {
    /// Name of the function: a claim.
    pub name: &'static str,
    /// What it protects, in a line.
    pub protects: &'static str,
    /// Runs it.
    pub run: fn(&dyn Factory) -> R,
}

impl<R> fmt::Debug for Case<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.protects)
    }
}

macro_rules! cases {
    ($($(#[doc = $protects:literal])+ $module:ident::$name:ident,)*) => {
        &[$(Case {
            name: stringify!($name),
            protects: concat!($($protects),+).trim_ascii(),
            run: $module::$name,
        }),*]
    };
}

/// The cases that run against every store, in the order in which a new adapter gets them to pass.
pub const CASES: &[Case] = cases! {
    /// A reader of a book that nobody has written meets no error and no record.
    read::an_unwritten_book_is_empty,
    /// Every record comes back as the bytes that were given.
    append::records_come_back_as_they_were,
    /// The root that an auditor keeps is the RFC 6962 root, however the records were batched.
    append::every_head_has_the_root_of_its_records,
    /// An append without records is harmless, and a record without bytes is a record.
    append::nothing_and_an_empty_record_are_told_apart,
    /// A fold that starts anywhere sees every record behind it, once and in order.
    read::reads_are_gapless_from_every_position,
    /// A reader that has seen enough is not called again.
    read::a_visitor_that_breaks_is_not_called_again,
    /// Rebuilding one command reads the same bytes as replaying all.
    read::read_one_agrees_with_read,
    /// A decision on an old state changes nothing, and its owner learns both positions.
    append::a_raced_append_changes_nothing,
    /// A caller that never got its answer may send the append again and doubles nothing.
    append::an_append_sent_again_is_raced_and_changes_nothing,
    /// A refused append leaves no part of itself.
    append::an_append_is_all_or_nothing,
    /// Records at the limits are taken, past them refused, before the race is looked at.
    limits::limits_are_where_they_are_said_to_be,
    /// What was answered is there after a restart, and the book goes on.
    append::a_reopened_store_has_the_same_head,
    /// Books don't mix, or a second one is refused.
    append::books_are_kept_apart,
    /// An audit covers every record and comes to the head that writers were told.
    read::verify_covers_every_record,
    /// Two that open the same new book at once don't both create it.
    contention::creation_has_one_winner,
    /// Concurrent writers get every position exactly once, and each its own.
    contention::each_position_has_one_winner,
    /// Readers beside a writer see whole appends only, and nothing that they saw goes away.
    contention::readers_beside_a_writer_see_whole_appends,
    /// A projection that takes a few records at a time beside a writer skips none and gets none twice.
    readers::a_reader_that_resumes_misses_nothing,
    /// A projection that waits for a position is never given another one first.
    readers::a_reader_ahead_of_the_head_waits_for_its_position,
    /// A book moves between stores, and its new home has the root that auditors keep.
    copies::a_copy_has_the_same_root,
    /// A move that was interrupted goes on, and never on top of another book.
    copies::a_copy_goes_on_where_it_stopped,
    /// Visits never stand among the audited records, nor these among visits.
    activity::activity_is_kept_apart_from_the_book,
    /// Each stream counts its own positions and has its own races; appending to one moves no other.
    activity::book_and_activity_have_positions_of_their_own,
    /// What was answered of both is there after a restart, and both go on.
    activity::book_and_activity_survive_a_reopen,
};

/// The cases that need a fault, by the ability that makes it.
pub const FAULTS: &[Case<Trial>] = cases! {
    /// An auditor in another process sees every record that was answered, and none before.
    another::another_handle_sees_what_was_answered,
    /// Of two processes that write one book each learns when the other was first.
    another::another_writer_loses_its_races_openly,
    /// Who lost races gets a turn, sees what the others wrote, and can't lose another.
    turns::a_turn_appends_before_any_other,
    /// A turn that is let go, or appends nothing, leaves the book as it was and others free to write.
    turns::a_turn_let_go_changes_nothing,
    /// A bit that turns on the disk is named with its place and never served as somebody's money.
    bytes::every_flipped_bit_is_noticed,
    /// Bytes or files that go missing are named with their place, not taken for a shorter book.
    bytes::every_cut_is_noticed,
    /// A process that dies while it appends leaves the book before or the book after, and no damage.
    torn::a_torn_append_is_there_whole_or_not_at_all,
    /// Who is told that nobody knows finds all of the append or nothing, and can tell which.
    lost::after_unknown_an_append_is_there_whole_or_not_at_all,
    /// Who is told that nothing was written may send it again as something new.
    lost::after_unavailable_nothing_of_an_append_is_there,
    /// A failure ends neither the book nor the truth: the handle goes on or refuses, a new one goes on.
    lost::after_a_lost_answer_a_store_goes_on_or_refuses,
};

/// Runs all cases; says of each what it came to.
pub fn check_all(factory: &dyn Factory) -> Report {
    let plain = CASES.iter().map(|case| {
        let verdict = match (case.run)(factory) {
            Ok(()) => Verdict::Passed,
            Err(failure) => Verdict::Failed(failure),
        };
        Line { name: case.name, protects: case.protects, verdict }
    });
    let faults = FAULTS.iter().map(|case| {
        let verdict = match (case.run)(factory) {
            Ok(tried) => Verdict::Stood(tried),
            Err(Stopped::Failed(failure)) => Verdict::Failed(failure),
            Err(Stopped::NotOffered(reason)) => Verdict::NotOffered(reason),
        };
        Line { name: case.name, protects: case.protects, verdict }
    });
    Report { lines: plain.chain(faults).collect() }
}
