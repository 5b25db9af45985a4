//! Stores that stand faults wrongly, over a store that keeps checked copies of its records.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use super::super::given::{head_of, read_all, slices};
use super::super::{
    BOOK, Capacity, FAULTS, Factory, LostAnswers, NotOffered, Opened, Stopped, Stored, StoredBytes,
    TornAppends, Verdict, check_all,
};
use crate::tree::leaf_hash;
use crate::{
    AppendError, BookKey, Cause, Coverage, Damage, Guarantees, MemoryStore, ReadError, Store,
    TreeHead, Turn, Visitor,
};

/// What a store does wrong once there is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// Nothing: the control.
    Nothing,
    /// Nothing, and looks at its bytes only when it reads them: another control.
    NothingLazily,
    /// A second handle shows the book as it was when it was opened.
    IsStaleBeside,
    /// A second handle appends wherever the end is.
    TakesEveryPositionBeside,
    /// Lets somebody else append within a turn.
    LetsOthersIntoATurn,
    /// Shows only the last record when a turn is taken.
    ShowsTheLastInATurn,
    /// Writes something when a turn is let go.
    WritesWhenATurnIsLetGo,
    /// Checks nothing.
    ServesWhatItFinds,
    /// Takes the first record that is missing or cut for the end of the book.
    TakesACutForTheEnd,
    /// Leaves a damaged record out of a read.
    SkipsTheDamaged,
    /// Knows of the damage when it reads, and not when it verifies.
    VerifiesNothing,
    /// Says that there is damage, and not where.
    NamesNoPlace,
    /// Says that it can't be reached when it is damaged.
    SaysUnavailableWhenDamaged,
    /// Opens with the first record of an append that was torn.
    KeepsAPartOfATornAppend,
    /// Reports an append that was torn as damage.
    TakesATornTailForDamage,
    /// Cuts the append before the torn one, too.
    CutsTooMuch,
    /// Loses what is appended after a torn append.
    AppendsBehindATornTail,
    /// Writes one record of an append whose answer it loses.
    WritesAPartOnUnknown,
    /// Says that nothing was written, but it was.
    SaysUnavailableAndHasWritten,
    /// Takes its own append, whose answer it lost, for another writer's.
    SaysRacedForALostAnswer,
    /// Shows an append whose answer it lost, and forgets it at the next opening.
    ShowsAndForgets,
    /// Takes appends after a failure and forgets them at the next opening.
    GoesOnInMemory,
    /// Never takes another append after a failure.
    StaysPoisoned,
}

/// Each wrong store and the case that is there for it.
const ALL: &[(Wrong, &str)] = &[
    (Wrong::IsStaleBeside, "another_handle_sees_what_was_answered"),
    (Wrong::TakesEveryPositionBeside, "another_writer_loses_its_races_openly"),
    (Wrong::LetsOthersIntoATurn, "a_turn_appends_before_any_other"),
    (Wrong::ShowsTheLastInATurn, "a_turn_appends_before_any_other"),
    (Wrong::ShowsTheLastInATurn, "a_turn_let_go_changes_nothing"),
    (Wrong::WritesWhenATurnIsLetGo, "a_turn_let_go_changes_nothing"),
    (Wrong::ServesWhatItFinds, "every_flipped_bit_is_noticed"),
    (Wrong::ServesWhatItFinds, "every_cut_is_noticed"),
    (Wrong::TakesACutForTheEnd, "every_cut_is_noticed"),
    (Wrong::SkipsTheDamaged, "every_flipped_bit_is_noticed"),
    (Wrong::VerifiesNothing, "every_flipped_bit_is_noticed"),
    (Wrong::NamesNoPlace, "every_flipped_bit_is_noticed"),
    (Wrong::NamesNoPlace, "every_cut_is_noticed"),
    (Wrong::SaysUnavailableWhenDamaged, "every_flipped_bit_is_noticed"),
    (Wrong::KeepsAPartOfATornAppend, "a_torn_append_is_there_whole_or_not_at_all"),
    (Wrong::TakesATornTailForDamage, "a_torn_append_is_there_whole_or_not_at_all"),
    (Wrong::CutsTooMuch, "a_torn_append_is_there_whole_or_not_at_all"),
    (Wrong::AppendsBehindATornTail, "a_torn_append_is_there_whole_or_not_at_all"),
    (Wrong::WritesAPartOnUnknown, "after_unknown_an_append_is_there_whole_or_not_at_all"),
    (Wrong::SaysRacedForALostAnswer, "after_unknown_an_append_is_there_whole_or_not_at_all"),
    (Wrong::ShowsAndForgets, "after_unknown_an_append_is_there_whole_or_not_at_all"),
    (Wrong::SaysUnavailableAndHasWritten, "after_unavailable_nothing_of_an_append_is_there"),
    (Wrong::GoesOnInMemory, "after_a_lost_answer_a_store_goes_on_or_refuses"),
    (Wrong::StaysPoisoned, "after_a_lost_answer_a_store_goes_on_or_refuses"),
];

/// Copies the first records of a store's book.
fn first_records(store: &dyn Store, count: usize) -> Arc<MemoryStore> {
    let copy = Arc::new(MemoryStore::new());
    let all: Vec<_> =
        read_all(store, BOOK).unwrap().into_iter().map(|(_, record)| record).collect();
    copy.append(BOOK, 0, &slices(&all[..count.min(all.len())])).unwrap();
    copy
}

fn size(store: &dyn Store) -> usize {
    read_all(store, BOOK).unwrap().len()
}

/// A store with records that are whole, and perhaps damage behind them.
#[derive(Debug)]
struct Shelf {
    wrong: Wrong,
    memory: Arc<MemoryStore>,
    /// Position of the first record that is damaged.
    damage: Option<(u64, Damage)>,
    /// The way in which the next append goes wrong.
    next: Mutex<Option<usize>>,
    /// What the next opening finds, where that is something else.
    after: Mutex<Option<Arc<MemoryStore>>>,
}

impl Shelf {
    fn of(wrong: Wrong, memory: Arc<MemoryStore>) -> Self {
        Self { wrong, memory, damage: None, next: Mutex::default(), after: Mutex::default() }
    }

    fn sound(&self) -> Result<(), ReadError> {
        match &self.damage {
            Some(_) if self.wrong == Wrong::SaysUnavailableWhenDamaged => {
                Err(ReadError::Unavailable(Cause::new("checksum")))
            }
            Some((_, damage)) => Err(ReadError::Damaged(damage.clone())),
            None => Ok(()),
        }
    }

    fn fail(&self, way: usize, expected: u64, all: &[&[u8]]) -> Result<TreeHead, AppendError> {
        let unknown = Err(AppendError::Unknown(Cause::new("lost")));
        match (way, self.wrong) {
            (0, Wrong::GoesOnInMemory) => {
                *self.after.lock().unwrap() = Some(first_records(&self.memory, size(&self.memory)));
                unknown
            }
            (0, _) => unknown,
            (1, Wrong::WritesAPartOnUnknown) => {
                self.memory.append(BOOK, expected, &all[..1])?;
                unknown
            }
            (1, Wrong::SaysRacedForALostAnswer) => {
                let actual = self.memory.append(BOOK, expected, all)?.size;
                Err(AppendError::Raced { expected, actual })
            }
            (1, _) => {
                if self.wrong == Wrong::ShowsAndForgets {
                    *self.after.lock().unwrap() =
                        Some(first_records(&self.memory, size(&self.memory)));
                }
                self.memory.append(BOOK, expected, all)?;
                unknown
            }
            (2, _) => {
                if self.wrong == Wrong::SaysUnavailableAndHasWritten {
                    self.memory.append(BOOK, expected, all)?;
                }
                Err(AppendError::Unavailable(Cause::new("no space")))
            }
            _ => self.memory.append(BOOK, expected, all),
        }
    }
}

impl Store for Shelf {
    fn guarantees(&self) -> Guarantees {
        self.memory.guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.memory.books()
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.sound()?;
        self.memory.head(book)
    }

    fn append(
        &self,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        self.sound()?;
        let actual = self.memory.head(book)?.size;
        let beside = self.wrong == Wrong::TakesEveryPositionBeside;
        let expected = if beside { actual } else { expected };
        let mut next = self.next.lock().unwrap();
        match *next {
            None => self.memory.append(book, expected, records),
            // Poisoned.
            Some(usize::MAX) => Err(AppendError::Unavailable(Cause::new("poisoned"))),
            Some(way) => {
                *next = (self.wrong == Wrong::StaysPoisoned).then_some(usize::MAX);
                self.fail(way, expected, records)
            }
        }
    }

    fn turn<'s>(
        &'s self,
        book: BookKey,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Option<Box<dyn Turn + 's>>, AppendError> {
        self.sound()?;
        let from = match self.wrong {
            Wrong::ShowsTheLastInATurn => self.memory.head(book)?.size,
            _ => from,
        };
        let wrong = |inner: Box<dyn Turn + 's>| -> Box<dyn Turn + 's> {
            match self.wrong {
                Wrong::LetsOthersIntoATurn | Wrong::WritesWhenATurnIsLetGo => {
                    let written = self.wrong == Wrong::WritesWhenATurnIsLetGo;
                    Box::new(NoTurn { shelf: self, size: inner.head().size, written })
                }
                _ => inner,
            }
        };
        Ok(self.memory.turn(book, from, visit)?.map(wrong))
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        match &self.damage {
            Some((first, _)) if position < *first => self.memory.read_one(book, position),
            _ => self.sound().and_then(|()| self.memory.read_one(book, position)),
        }
    }

    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        let mut broken = false;
        self.memory.read(book, from, &mut |position, record| {
            broken = visit(position, record).is_break();
            if broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if broken || self.wrong == Wrong::SkipsTheDamaged { Ok(()) } else { self.sound() }
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        if self.wrong != Wrong::VerifiesNothing {
            self.sound()?;
        }
        self.memory.verify(book)
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.memory.activity()
    }
}

/// A turn that holds nothing.
struct NoTurn<'s> {
    shelf: &'s Shelf,
    size: u64,
    /// Whether letting it go writes.
    written: bool,
}

impl Turn for NoTurn<'_> {
    fn head(&self) -> TreeHead {
        self.shelf.memory.head(BOOK).unwrap()
    }

    fn append(mut self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        self.written = false;
        if self.shelf.wrong == Wrong::LetsOthersIntoATurn {
            self.shelf.memory.append(BOOK, self.size, &[b"another"])?;
        }
        self.shelf.memory.append(BOOK, self.size, records)
    }
}

impl Drop for NoTurn<'_> {
    fn drop(&mut self) {
        if self.written {
            self.shelf.memory.append(BOOK, self.size, &[b"let go"]).unwrap();
        }
    }
}

/// Makes shelves and their faults.
struct Faulty {
    wrong: Wrong,
    last: Mutex<Arc<Shelf>>,
}

impl Faulty {
    fn new(wrong: Wrong) -> Self {
        let last = Mutex::new(Arc::new(Shelf::of(wrong, Arc::default())));
        Self { wrong, last }
    }

    fn put(&self, made: Shelf) -> Box<dyn Store> {
        let made = Arc::new(made);
        *self.last.lock().unwrap() = Arc::clone(&made);
        Box::new(made)
    }

    fn last(&self) -> Arc<Shelf> {
        Arc::clone(&self.last.lock().unwrap())
    }
}

impl Factory for Faulty {
    fn fresh(&self) -> Box<dyn Store> {
        self.put(Shelf::of(self.wrong, Arc::default()))
    }

    fn reopen(&self, _store: Box<dyn Store>) -> Box<dyn Store> {
        let last = self.last();
        let after = last.after.lock().unwrap().take();
        let made = Shelf::of(self.wrong, after.unwrap_or_else(|| Arc::clone(&last.memory)));
        if self.wrong == Wrong::StaysPoisoned {
            *made.next.lock().unwrap() = *last.next.lock().unwrap();
        }
        self.put(made)
    }

    fn capacity(&self) -> Capacity {
        Capacity::ManyBooks
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        let memory = Arc::clone(&self.last().memory);
        Ok(match self.wrong {
            Wrong::IsStaleBeside => Box::new(first_records(&memory, size(&memory))),
            _ => Box::new(Shelf::of(self.wrong, memory)),
        })
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Ok(self)
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Ok(self)
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Ok(self)
    }
}

fn place(position: u64) -> String {
    format!("record {position}")
}

impl StoredBytes for Faulty {
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored> {
        let mut stored = vec![Stored { name: "head".into(), bytes: Vec::new() }];
        for (position, record) in (1..).zip(read_all(&*store, BOOK).unwrap()) {
            let bytes = [leaf_hash(&record.1).0.as_slice(), &record.1].concat();
            stored.push(Stored { name: place(position), bytes });
        }
        let head = store.head(BOOK).unwrap();
        stored[0].bytes = [head.size.to_le_bytes().as_slice(), &head.root.0].concat();
        stored
    }

    fn open(&self, stored: &[Stored]) -> Opened {
        let bytes = |name: &str| stored.iter().find(|it| it.name == name).map(|it| &*it.bytes);
        let (mut records, mut damage) = (Vec::new(), None);
        for position in 1..=12_u64 {
            let name = place(position);
            let found = bytes(&name).and_then(|bytes| bytes.split_first_chunk::<32>());
            let whole = found.filter(|(hash, record)| leaf_hash(record).0 == **hash);
            match (whole, found) {
                (Some((_, record)), _) => records.push(record.to_vec()),
                (None, Some((_, record))) if self.wrong == Wrong::ServesWhatItFinds => {
                    records.push(record.to_vec());
                }
                (None, None) if self.wrong == Wrong::ServesWhatItFinds => {}
                (None, _) if self.wrong == Wrong::SkipsTheDamaged => {}
                (None, _) => {
                    damage = Some((position, Damage::new(name, "checksum")));
                    break;
                }
            }
        }
        let head = head_of(&records);
        let stated = [head.size.to_le_bytes().as_slice(), &head.root.0].concat();
        if damage.is_none() && bytes("head") != Some(&stated) {
            damage = Some((head.size + 1, Damage::new("head", "another")));
        }
        match self.wrong {
            Wrong::ServesWhatItFinds | Wrong::TakesACutForTheEnd => damage = None,
            Wrong::NamesNoPlace => {
                damage = damage.map(|(at, _)| (at, Damage::new("", "something")));
            }
            Wrong::Nothing => {
                if let Some((_, damage)) = damage {
                    return Opened::Damaged(damage);
                }
            }
            _ => {}
        }
        let memory = Arc::new(MemoryStore::new());
        memory.append(BOOK, 0, &slices(&records)).unwrap();
        Opened::Sound(self.put(Shelf { damage, ..Shelf::of(self.wrong, memory) }))
    }

    fn tries(&self) -> usize {
        200
    }
}

impl TornAppends for Faulty {
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened> {
        let kept = size(&*store);
        store.append(book, expected, records).unwrap();
        let left = match (step, self.wrong) {
            (0, Wrong::KeepsAPartOfATornAppend) => kept + 1,
            (0, Wrong::CutsTooMuch) => kept.saturating_sub(2),
            (0, _) => kept,
            (1, Wrong::TakesATornTailForDamage) => {
                return Some(Opened::Damaged(Damage::new("tail", "torn")));
            }
            (1, _) => kept + records.len(),
            _ => return None,
        };
        let made = Shelf::of(self.wrong, first_records(&*store, left));
        if self.wrong == Wrong::AppendsBehindATornTail {
            *made.after.lock().unwrap() = Some(first_records(&*store, left));
        }
        Some(Opened::Sound(self.put(made)))
    }
}

impl LostAnswers for Faulty {
    fn ways(&self) -> Vec<String> {
        ["unknown before", "unknown after", "unavailable", "copes"].map(String::from).into()
    }

    fn lose_next(&self, way: usize) {
        *self.last().next.lock().unwrap() = Some(way);
    }

    fn heal(&self) {}
}

#[test]
fn the_stores_that_stand_faults_rightly_pass() {
    for wrong in [Wrong::Nothing, Wrong::NothingLazily] {
        let report = check_all(&Faulty::new(wrong));
        println!("{report}");
        assert!(report.conforms() && report.not_offered().count() == 0, "{wrong:?}\n{report}");
    }
}

#[test]
fn each_case_fails_the_stores_that_are_wrong_about_its_fault() {
    for (wrong, name) in ALL {
        let case = FAULTS.iter().find(|case| case.name == *name).unwrap();
        let outcome = (case.run)(&Faulty::new(*wrong));
        assert!(matches!(outcome, Err(Stopped::Failed(_))), "{wrong:?} passes {name}: {outcome:?}");
    }
    for case in FAULTS {
        assert!(ALL.iter().any(|(_, name)| *name == case.name), "no wrong store for {case:?}");
    }
}

#[test]
fn what_is_not_offered_is_never_passed() {
    let report = check_all(&super::Wrongs(super::Wrong::Nothing));
    assert_eq!(report.not_offered().count(), FAULTS.len());
    assert_eq!(report.passed().count(), report.lines.len() - FAULTS.len());
    let text = report.to_string();
    for case in FAULTS {
        let line = text.lines().find(|line| line.contains(case.name)).unwrap();
        assert!(line.starts_with("not offered") && line.contains(case.protects), "{line}");
    }
    assert!(text.ends_with("24 passed, 0 failed, 10 not offered"), "{text}");
}

#[test]
fn a_failure_stands_in_the_table() {
    let report = check_all(&Faulty::new(Wrong::KeepsAPartOfATornAppend));
    assert!(!report.conforms());
    let failed: Vec<_> = report.failed().collect();
    assert_eq!(failed.len(), 1);
    let Verdict::Failed(failure) = &failed[0].verdict else { panic!("{failed:?}") };
    let text = report.to_string();
    assert!(text.contains("FAILED") && text.contains(&failure.to_string()), "{text}");
}
