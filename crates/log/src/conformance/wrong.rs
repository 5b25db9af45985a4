//! Deliberately wrong stores: the kit must notice each, and each case must notice one.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests with small numbers, and faults that most methods don't have"
)]

mod faults;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::given::{read_all, slices};
use super::{CASES, Capacity, Factory, check_all};
use crate::tree::leaf_hash;
use crate::{
    AppendError, BookKey, Coverage, Guarantees, MemoryStore, ReadError, Store, TreeHead, Visitor,
};

/// What a wrong store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Nothing: the control.
    Nothing,
    /// Appends at the end, whatever was expected.
    TakesEveryPosition,
    /// Takes an append that it has for a new one that it has taken.
    AnswersARepeatedAppend,
    /// Says `Raced` but has written.
    WritesThenRaces,
    /// Writes what came before the record that is too large.
    WritesThePartBeforeARefusal,
    /// Writes a batch one record at a time, with the lock let go in between.
    WritesOneByOne,
    /// Knows no limits.
    KnowsNoLimits,
    /// Counts no records of an append.
    KnowsNoLimitOfRecords,
    /// Adds up no bytes of an append.
    KnowsNoLimitOfBytes,
    /// Looks at the race first.
    LooksAtTheRaceFirst,
    /// Answers the hash of the last record as root.
    AnswersTheLastLeaf,
    /// Loses the last record at the next opening.
    ForgetsTheLastRecord,
    /// Skips the second record of a read.
    SkipsARecord,
    /// Starts every read at 1.
    IgnoresFrom,
    /// Starts a read behind the last record at the last record.
    StartsAtTheLast,
    /// Shows the last record of an append before the one in front of it.
    ShowsTheLastFirst,
    /// Visits on after a break.
    IgnoresBreak,
    /// `read_one` counts from 0.
    CountsFromZero,
    /// Cuts a record at its first zero byte.
    StopsAtZero,
    /// Ignores the book.
    MixesBooks,
    /// `verify` believes the head and reads nothing.
    VerifiesNothing,
    /// Says that an unwritten book is damaged.
    FearsTheEmptyBook,
    /// Takes an append of nothing for a creation.
    CreatesFromNothing,
    /// Keeps activity in the book itself.
    KeepsActivityInTheBook,
    /// Lists what has activity as a book.
    ListsActivity,
    /// Gives a new activity store at each opening.
    ForgetsActivity,
}

const ALL: &[Wrong] = &[
    Wrong::TakesEveryPosition,
    Wrong::AnswersARepeatedAppend,
    Wrong::WritesThenRaces,
    Wrong::WritesThePartBeforeARefusal,
    Wrong::WritesOneByOne,
    Wrong::KnowsNoLimits,
    Wrong::KnowsNoLimitOfRecords,
    Wrong::KnowsNoLimitOfBytes,
    Wrong::LooksAtTheRaceFirst,
    Wrong::AnswersTheLastLeaf,
    Wrong::ForgetsTheLastRecord,
    Wrong::SkipsARecord,
    Wrong::IgnoresFrom,
    Wrong::StartsAtTheLast,
    Wrong::ShowsTheLastFirst,
    Wrong::IgnoresBreak,
    Wrong::CountsFromZero,
    Wrong::StopsAtZero,
    Wrong::MixesBooks,
    Wrong::VerifiesNothing,
    Wrong::FearsTheEmptyBook,
    Wrong::CreatesFromNothing,
    Wrong::KeepsActivityInTheBook,
    Wrong::ListsActivity,
    Wrong::ForgetsActivity,
];

#[derive(Debug)]
struct WrongStore {
    wrong: Wrong,
    /// Last position that was hidden once.
    shown: AtomicU64,
    inner: Arc<MemoryStore>,
}

impl WrongStore {
    fn new(wrong: Wrong) -> Self {
        Self { wrong, shown: AtomicU64::new(0), inner: Arc::default() }
    }

    fn book(&self, book: BookKey) -> BookKey {
        if self.wrong == Wrong::MixesBooks { super::BOOK } else { book }
    }

    fn has(&self, book: BookKey, before: u64, records: &[&[u8]]) -> Result<bool, ReadError> {
        for (nth, record) in (1..).zip(records) {
            if self.inner.read_one(book, before.saturating_add(nth))?.as_deref() != Some(*record) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write_one_by_one(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let mut head = self.inner.head(book)?;
        for (at, record) in (expected..).zip(records) {
            head = self.inner.append(book, at, &[record])?;
            std::thread::yield_now();
        }
        Ok(head)
    }
}

impl Store for WrongStore {
    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        if self.wrong == Wrong::ListsActivity {
            return self.inner.activity()?.books();
        }
        self.inner.books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.inner.head(self.book(book))
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        let book = self.book(book);
        let actual = self.inner.head(book)?.size;
        match self.wrong {
            Wrong::TakesEveryPosition => self.inner.append(book, actual, records),
            Wrong::WritesThenRaces if actual != expected => {
                let _ = self.inner.append(book, actual, records);
                Err(AppendError::Raced { expected, actual })
            }
            Wrong::WritesThePartBeforeARefusal => {
                let fits = records.iter().take_while(|record| record.len() <= 1 << 20).count();
                if fits < records.len() {
                    let _ = self.inner.append(book, actual, &records[..fits]);
                }
                self.inner.append(book, expected, records)
            }
            Wrong::WritesOneByOne if actual == expected => {
                crate::check_limits(records)?;
                self.write_one_by_one(book, expected, records)
            }
            Wrong::KnowsNoLimits if crate::check_limits(records).is_err() => {
                self.inner.append(book, expected, &[])
            }
            Wrong::KnowsNoLimitOfRecords if records.len() > 16_384 => {
                self.inner.append(book, expected, &[])
            }
            Wrong::KnowsNoLimitOfBytes if records.concat().len() > 32 << 20 => {
                self.inner.append(book, expected, &[])
            }
            Wrong::AnswersARepeatedAppend
                if !records.is_empty() && self.has(book, expected, records)? =>
            {
                self.inner.head(book).map_err(Into::into)
            }
            Wrong::LooksAtTheRaceFirst if actual != expected => {
                Err(AppendError::Raced { expected, actual })
            }
            Wrong::AnswersTheLastLeaf => {
                let head = self.inner.append(book, expected, records)?;
                Ok(TreeHead { root: leaf_hash(records.last().unwrap_or(&&b""[..])), ..head })
            }
            Wrong::CreatesFromNothing if records.is_empty() => {
                self.inner.append(book, expected, &[b""])
            }
            Wrong::StopsAtZero => {
                let cut = |record: &&[u8]| record.split(|byte| *byte == 0).next().unwrap().to_vec();
                let cut: Vec<_> = records.iter().map(cut).collect();
                self.inner.append(book, expected, &slices(&cut))
            }
            _ => self.inner.append(book, expected, records),
        }
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let shift = u64::from(self.wrong == Wrong::CountsFromZero);
        self.inner.read_one(self.book(book), position.saturating_add(shift))
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let size = self.inner.head(book)?.size;
        let from = match self.wrong {
            Wrong::IgnoresFrom => 1,
            Wrong::StartsAtTheLast => from.min(size),
            _ => from,
        };
        let mut nth = 0_u32;
        self.inner.read(self.book(book), from, &mut |position, record| {
            nth += 1;
            if self.wrong == Wrong::SkipsARecord && nth == 2 {
                return ControlFlow::Continue(());
            }
            // Not the last of an append of five.
            let may_hide = self.wrong == Wrong::ShowsTheLastFirst && position % 5 == 4;
            if may_hide && self.shown.fetch_max(position, Ordering::Relaxed) < position {
                return ControlFlow::Continue(());
            }
            let flow = visit(position, record);
            if self.wrong == Wrong::IgnoresBreak { ControlFlow::Continue(()) } else { flow }
        })
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        let head = self.head(book)?;
        match self.wrong {
            Wrong::VerifiesNothing => Ok(Coverage { head, ..Coverage::EMPTY }),
            Wrong::FearsTheEmptyBook if head.size == 0 => {
                Err(ReadError::Damaged(crate::Damage::new("book", "empty")))
            }
            _ => self.inner.verify(book),
        }
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        match self.wrong {
            Wrong::KeepsActivityInTheBook => Ok(Box::new(Arc::clone(&self.inner))),
            _ => self.inner.activity(),
        }
    }
}

struct Wrongs(Wrong);

impl Factory for Wrongs {
    fn fresh(&self) -> Box<dyn Store> {
        Box::new(WrongStore::new(self.0))
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        let forgotten = match self.0 {
            Wrong::ForgetsTheLastRecord => 1,
            Wrong::ForgetsActivity => 0,
            _ => return store,
        };
        // All but what is forgotten again.
        let fresh = WrongStore::new(self.0);
        let all = read_all(&*store, super::BOOK).unwrap();
        for (position, record) in all.iter().take(all.len().saturating_sub(forgotten)) {
            fresh.append(super::BOOK, position - 1, &[record]).unwrap();
        }
        Box::new(fresh)
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }
}

#[test]
fn the_store_that_does_nothing_wrong_passes() {
    let report = check_all(&Wrongs(Wrong::Nothing));
    assert!(report.conforms(), "{report}");
}

#[test]
fn every_wrong_store_fails_and_every_case_is_failed() {
    let mut failed = BTreeSet::new();
    for wrong in ALL {
        let report = check_all(&Wrongs(*wrong));
        assert!(!report.conforms(), "{wrong:?} passes");
        failed.extend(report.failed().map(|line| line.name));
    }
    let idle: Vec<_> = CASES.iter().filter(|case| !failed.contains(case.name)).collect();
    assert!(idle.is_empty(), "no wrong store fails {idle:?}");
}

#[test]
fn cases_fail_the_stores_that_they_are_for() {
    let mut listed = BTreeSet::new();
    for (wrong, name) in [
        (Wrong::TakesEveryPosition, "a_raced_append_changes_nothing"),
        (Wrong::TakesEveryPosition, "creation_has_one_winner"),
        (Wrong::AnswersARepeatedAppend, "an_append_sent_again_is_raced_and_changes_nothing"),
        (Wrong::WritesThenRaces, "an_append_sent_again_is_raced_and_changes_nothing"),
        (Wrong::WritesThenRaces, "a_raced_append_changes_nothing"),
        (Wrong::WritesThePartBeforeARefusal, "an_append_is_all_or_nothing"),
        (Wrong::KnowsNoLimits, "limits_are_where_they_are_said_to_be"),
        (Wrong::KnowsNoLimitOfRecords, "limits_are_where_they_are_said_to_be"),
        (Wrong::KnowsNoLimitOfBytes, "limits_are_where_they_are_said_to_be"),
        (Wrong::LooksAtTheRaceFirst, "limits_are_where_they_are_said_to_be"),
        (Wrong::AnswersTheLastLeaf, "every_head_has_the_root_of_its_records"),
        (Wrong::ForgetsTheLastRecord, "a_reopened_store_has_the_same_head"),
        (Wrong::SkipsARecord, "reads_are_gapless_from_every_position"),
        (Wrong::IgnoresFrom, "reads_are_gapless_from_every_position"),
        (Wrong::IgnoresFrom, "a_reader_that_resumes_misses_nothing"),
        (Wrong::ShowsTheLastFirst, "a_reader_that_resumes_misses_nothing"),
        (Wrong::StartsAtTheLast, "a_reader_ahead_of_the_head_waits_for_its_position"),
        (Wrong::IgnoresBreak, "a_visitor_that_breaks_is_not_called_again"),
        (Wrong::CountsFromZero, "read_one_agrees_with_read"),
        (Wrong::StopsAtZero, "records_come_back_as_they_were"),
        (Wrong::MixesBooks, "books_are_kept_apart"),
        (Wrong::VerifiesNothing, "verify_covers_every_record"),
        (Wrong::FearsTheEmptyBook, "an_unwritten_book_is_empty"),
        (Wrong::CreatesFromNothing, "nothing_and_an_empty_record_are_told_apart"),
        (Wrong::SkipsARecord, "a_copy_has_the_same_root"),
        (Wrong::AnswersTheLastLeaf, "a_copy_has_the_same_root"),
        (Wrong::ForgetsTheLastRecord, "a_copy_goes_on_where_it_stopped"),
        (Wrong::TakesEveryPosition, "an_append_sent_again_is_raced_and_changes_nothing"),
        (Wrong::ShowsTheLastFirst, "readers_beside_a_writer_see_whole_appends"),
        (Wrong::TakesEveryPosition, "each_position_has_one_winner"),
        (Wrong::KeepsActivityInTheBook, "activity_is_kept_apart_from_the_book"),
        (Wrong::KeepsActivityInTheBook, "book_and_activity_have_positions_of_their_own"),
        (Wrong::ListsActivity, "activity_is_kept_apart_from_the_book"),
        (Wrong::ForgetsActivity, "book_and_activity_survive_a_reopen"),
    ] {
        let case = CASES.iter().find(|case| case.name == name).unwrap();
        assert!((case.run)(&Wrongs(wrong)).is_err(), "{wrong:?} passes {name}");
        listed.insert(name);
    }
    let unlisted: Vec<_> = CASES.iter().filter(|case| !listed.contains(case.name)).collect();
    assert!(unlisted.is_empty(), "no wrong store is named for {unlisted:?}");
}
