//! What a factory may be able to do beyond opening stores, for the cases that need a fault.
//!
//! All three are optional and each is implemented on its own; what can't be done is said with a
//! reason ([`NotOffered`]) and stands in the report.

use crate::{BookKey, Damage, Store};

/// Why a fault can't be tried with a store, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not offered: {0}")]
pub struct NotOffered(pub &'static str);

/// What came of opening a place that a fault has been at.
#[derive(Debug)]
pub enum Opened {
    /// It opened and said nothing.
    Sound(Box<dyn Store>),
    /// It opened, says what it has noticed, and can do without those bytes, by a copy of them, or
    /// because no answered append needs them.
    Repaired(Box<dyn Store>, Damage),
    /// It did not open.
    Damaged(Damage),
}

/// Bytes that a store keeps, under the name of their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// File, or table, row and column.
    pub name: String,
    /// All that lies there.
    pub bytes: Vec<u8>,
}

/// The stored bytes can be taken out of a closed store, changed by the kit, and put back.
///
/// A store in files gives its files; one in a database may give the columns of its rows, and
/// `open` writes them anew. Every byte that is given is one that the store vouches for: the kit
/// wants a change to any of them noticed.
pub trait StoredBytes {
    /// Closes the store that this factory made or opened last, and gives what it keeps of the
    /// book, places without bytes left out.
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored>;

    /// Puts these bytes in a place of their own and opens it; a place that [`StoredBytes::close`]
    /// gave and that is missing here is missing there.
    fn open(&self, stored: &[Stored]) -> Opened;

    /// Most changes that one case tries, spread evenly over the bytes; a slow store wants fewer.
    fn tries(&self) -> usize {
        1_000
    }
}

/// The process or the machine can die in the middle of an append.
pub trait TornAppends {
    /// Appends, lets the process or the machine die before the answer, and opens what is left. The
    /// step says when and how: each is another death, and the kit tries them from 0 on. The store
    /// is the one that this factory made or opened last.
    ///
    /// `None` when this append has no such step: the kit then takes no higher one.
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened>;
}

/// Appends can be made to fail, before something is written, after it, or in between.
pub trait LostAnswers {
    /// What can go wrong, in words, one for each way.
    fn ways(&self) -> Vec<String>;

    /// Lets the next append of the store that this factory made or opened last go wrong in the
    /// way with this number, from 0. A store that copes without an error is right, too.
    fn lose_next(&self, way: usize);

    /// Lets nothing go wrong any more.
    fn heal(&self);
}
