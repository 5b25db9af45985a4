//! A store that fails on demand, to test whoever holds a store.
//!
//! It counts the appends that reach it (from 1) and answers the chosen ones with the chosen
//! error, either before anything is written or after the store beneath has written
//! everything: the second is the answer that was lost on the way. Its activity store follows the same
//! plan, and its appends are counted with the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    AppendError, BookKey, Cause, Coverage, Damage, Guarantees, ReadError, Store, TreeHead, Turn,
    Visitor,
};

/// The error that a chosen append is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFault {
    /// [`AppendError::Raced`], with an actual position one past the expected.
    Raced,
    /// [`AppendError::Unknown`].
    Unknown,
    /// [`AppendError::Unavailable`].
    Unavailable,
    /// [`AppendError::Damaged`].
    Damaged,
    /// [`AppendError::TooLarge`].
    TooLarge,
}

impl AppendFault {
    /// All of them, for tests that try each.
    pub const ALL: [Self; 5] =
        [Self::Raced, Self::Unknown, Self::Unavailable, Self::Damaged, Self::TooLarge];

    fn error(self, expected: u64) -> AppendError {
        match self {
            Self::Raced => AppendError::Raced { expected, actual: expected.saturating_add(1) },
            Self::Unknown => AppendError::Unknown(Cause::new("answer lost on demand")),
            Self::Unavailable => AppendError::Unavailable(Cause::new("unavailable on demand")),
            Self::Damaged => AppendError::Damaged(on_demand()),
            Self::TooLarge => AppendError::TooLarge { what: "on demand", limit: 0, actual: 1 },
        }
    }
}

/// The error that reads are answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFault {
    /// [`ReadError::Unavailable`].
    Unavailable,
    /// [`ReadError::Damaged`].
    Damaged,
}

/// When a chosen append fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing is written.
    Before,
    /// Everything is written and durable; only the answer is an error.
    After,
}

fn on_demand() -> Damage {
    Damage::new("nowhere", "damaged on demand")
}

/// A store that fails on demand; all else goes to the store beneath.
#[derive(Debug, Default)]
pub struct FailingStore<S> {
    inner: S,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    /// Appends seen so far.
    seen: u64,
    /// Chosen appends, by their number from 1.
    appends: BTreeMap<u64, (AppendFault, Moment)>,
    reads: Option<ReadFault>,
}

impl Plan {
    /// Counts an append; answers it as planned.
    fn next(
        plan: &Mutex<Self>,
        expected: u64,
        append: impl FnOnce() -> Result<TreeHead, AppendError>,
    ) -> Result<TreeHead, AppendError> {
        let chosen = {
            let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan.seen = plan.seen.saturating_add(1);
            let seen = plan.seen;
            plan.appends.remove(&seen)
        };
        match chosen {
            None => append(),
            Some((fault, Moment::Before)) => Err(fault.error(expected)),
            Some((fault, Moment::After)) => append().and(Err(fault.error(expected))),
        }
    }
}

/// A turn whose append goes by the plan.
struct FailingTurn<'s> {
    inner: Box<dyn Turn + 's>,
    plan: &'s Mutex<Plan>,
}

impl Turn for FailingTurn<'_> {
    fn head(&self) -> TreeHead {
        self.inner.head()
    }

    fn append(self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        let Self { inner, plan } = *self;
        Plan::next(plan, inner.head().size, || inner.append(records))
    }
}

impl<S: Store> FailingStore<S> {
    /// Wraps a store; nothing fails yet.
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// Chooses the append with this number (the first that this wrapper sees is 1).
    pub fn fail_append(&self, number: u64, fault: AppendFault, moment: Moment) {
        self.with(|plan| plan.appends.insert(number, (fault, moment)));
    }

    /// Chooses the append that comes next.
    pub fn fail_next_append(&self, fault: AppendFault, moment: Moment) {
        self.with(|plan| plan.appends.insert(plan.seen.saturating_add(1), (fault, moment)));
    }

    /// Lets every read fail (`head`, `books` and `verify` too) until it is called with `None`.
    pub fn fail_reads(&self, fault: Option<ReadFault>) {
        self.with(|plan| plan.reads = fault);
    }

    /// Number of appends seen so far, those that failed included.
    pub fn appends(&self) -> u64 {
        self.with(|plan| plan.seen)
    }

    /// The store beneath.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// Unwraps the store beneath.
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn with<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> T {
        change(&mut self.plan.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn readable(&self) -> Result<&S, ReadError> {
        match self.with(|plan| plan.reads) {
            None => Ok(&self.inner),
            Some(ReadFault::Unavailable) => {
                Err(ReadError::Unavailable(Cause::new("unavailable on demand")))
            }
            Some(ReadFault::Damaged) => Err(ReadError::Damaged(on_demand())),
        }
    }
}

impl<S: Store> Store for FailingStore<S> {
    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.readable()?.books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.readable()?.head(book)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let append = || self.inner.append(book, expected, records);
        Plan::next(&self.plan, expected, append)
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        let turn = self.readable()?.turn(book, from, visit)?;
        Ok(turn.map(|inner| -> Box<dyn Turn> { Box::new(FailingTurn { inner, plan: &self.plan }) }))
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.readable()?.read_one(book, position)
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.readable()?.read(book, from, visit)
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.readable()?.verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        let inner = self.readable()?.activity()?;
        Ok(Box::new(FailingStore { inner, plan: Arc::clone(&self.plan) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    const BOOK: BookKey = BookKey([7; 16]);

    #[test]
    fn a_chosen_append_fails_before_or_after_it_was_written() {
        for fault in AppendFault::ALL {
            for (moment, size) in [(Moment::Before, 1), (Moment::After, 2)] {
                let store = FailingStore::new(MemoryStore::new());
                store.fail_append(2, fault, moment);
                store.append(BOOK, 0, &[b"one"]).unwrap();
                let error = store.append(BOOK, 1, &[b"two"]).unwrap_err();
                assert_eq!(
                    std::mem::discriminant(&error),
                    std::mem::discriminant(&fault.error(1)),
                    "{fault:?} {moment:?}"
                );
                assert_eq!(store.head(BOOK).unwrap().size, size, "{fault:?} {moment:?}");
                store.append(BOOK, size, &[b"three"]).unwrap();
                assert_eq!(store.appends(), 3);
            }
        }
    }

    #[test]
    fn its_activity_fails_by_the_same_plan() {
        let store = FailingStore::new(MemoryStore::new());
        store.fail_append(2, AppendFault::Unknown, Moment::After);
        store.append(BOOK, 0, &[b"one"]).unwrap();
        let activity = store.activity().unwrap();
        assert!(matches!(activity.append(BOOK, 0, &[b"seen"]), Err(AppendError::Unknown(_))));
        assert_eq!(activity.head(BOOK).unwrap().size, 1);
        assert_eq!(store.appends(), 2);
    }

    #[test]
    fn reads_fail_until_told_otherwise() {
        let store = FailingStore::new(MemoryStore::new());
        store.fail_reads(Some(ReadFault::Damaged));
        assert!(matches!(store.head(BOOK), Err(ReadError::Damaged(_))));
        store.fail_reads(Some(ReadFault::Unavailable));
        assert!(matches!(store.read_one(BOOK, 1), Err(ReadError::Unavailable(_))));
        store.fail_reads(None);
        assert_eq!(store.head(BOOK).unwrap(), TreeHead::EMPTY);
    }
}
