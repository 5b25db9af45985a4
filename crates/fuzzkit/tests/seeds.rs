//! Every seed of the repository through its target, on any toolchain; and that targets can fail.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod write;

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tuanzhang_core::{Event, Record};
use tuanzhang_fuzzkit::{TARGETS, Target, frame, records};
use tuanzhang_journal::Journal;
use tuanzhang_journal::simulation::SimulatedDisk;
use tuanzhang_log::{
    AppendError, BookKey, Coverage, Guarantees, ReadError, Store, TreeHead, Visitor,
};
use tuanzhang_wire as wire;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Runs a target on every file of a folder, and gives how many there are and what they came to.
///
/// # Errors
/// No file, the names of those on which it panicked, or that all of them are refused.
fn replay(target: &Target, folder: &Path) -> Result<(usize, u64), String> {
    let files = names(folder);
    let mut broken = Vec::new();
    let mut sum = 0;
    for file in &files {
        let bytes = fs::read(folder.join(file)).unwrap();
        match catch_unwind(|| (target.run)(&bytes)) {
            Ok(came_to) => sum += came_to,
            Err(_) => broken.push(format!("{}/{file}", target.name)),
        }
    }
    match (files.len(), broken.as_slice()) {
        (0, _) => Err(format!("{} has no seeds", target.name)),
        (_, []) if sum == 0 => Err(format!("{}: all seeds are refused", target.name)),
        (seeds, []) => Ok((seeds, sum)),
        (seeds, broken) => Err(format!("{} of {seeds} break: {}", broken.len(), broken.join(", "))),
    }
}

#[test]
fn every_seed_runs_through_its_target() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        match replay(target, &fuzz().join("seeds").join(target.name)) {
            Ok((seeds, sum)) => println!("{}: {seeds} seeds come to {sum}", target.name),
            Err(what) => wrong.push(what),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn targets_programs_and_seeds_are_the_same_ones() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&fuzz().join("seeds")), targets);
    let programs = names(&fuzz().join("fuzz_targets"));
    let programs = programs.iter().map(|name| name.trim_end_matches(".rs").to_owned());
    assert_eq!(programs.collect::<BTreeSet<_>>(), targets);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &targets {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no program");
        let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("run(\"{name}\", bytes)")), "{name} runs another target");
    }
}

#[test]
fn a_seed_that_breaks_is_named_and_none_at_all_is_an_error() {
    let folder = fuzz().join("seeds/activity");
    let planted = |bytes: &[u8]| {
        assert!(bytes.len() < 80, "planted");
        1
    };
    let broken = Target { name: "activity", run: planted };
    let said = replay(&broken, &folder).unwrap_err();
    assert!(said.contains("activity/visited") && !said.contains("activity/reviewed"), "{said}");
    let none = replay(&broken, &folder.join("nowhere")).unwrap_err();
    assert_eq!(none, "activity has no seeds");
    let refused = replay(&Target { name: "activity", run: |_| 0 }, &folder).unwrap_err();
    assert_eq!(refused, "activity: all seeds are refused");
}

fn panics(run: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

/// A store with a fault planted into what it reads.
#[derive(Debug)]
struct Faulty {
    inner: Journal,
    drops: Option<u64>,
    alters: bool,
}

impl Store for Faulty {
    fn guarantees(&self) -> Guarantees {
        self.inner.guarantees()
    }
    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        self.inner.books()
    }
    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        self.inner.head(book)
    }
    fn append(&self, book: BookKey, at: u64, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        self.inner.append(book, at, records)
    }
    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let mut found = self.inner.read_one(book, position)?;
        if let Some(byte) = found.as_mut().and_then(|found| found.last_mut()) {
            *byte ^= u8::from(self.alters);
        }
        Ok(found)
    }
    fn read(&self, book: BookKey, from: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
        self.inner.read(book, from, &mut |position, record| {
            let is_dropped = self.drops == Some(position);
            if is_dropped { ControlFlow::Continue(()) } else { visit(position, record) }
        })
    }
    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        self.inner.verify(book)
    }
    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        self.inner.activity()
    }
}

#[test]
fn the_frame_target_finds_planted_faults() {
    let book = BookKey([3; 16]);
    let check = |drops, alters| {
        let inner = Journal::on(Arc::new(SimulatedDisk::new())).unwrap();
        inner.append(book, 0, &[b"one", b"two"]).unwrap();
        inner.append(book, 2, &[b"three"]).unwrap();
        let store = Faulty { inner, drops, alters };
        panics(|| drop(frame::served(&store, Some(book)).size.to_string()))
    };
    assert!(!check(None, false), "a store without a fault");
    assert!(check(None, true), "a read of one record is altered");
    assert!(check(Some(2), false) && check(Some(3), false), "a record is left out");
}

#[test]
fn what_the_switches_repair_opens() {
    let seeds = write::frames();
    let opens = |bytes: &[u8]| {
        let files = frame::files(bytes);
        Journal::on(Arc::new(SimulatedDisk::with_files(files))).is_ok()
    };
    let (name, raw) = &seeds[0];
    assert!(opens(raw), "{name}: as it was written");
    for at in [frame::PREFIX_BYTES + 8, frame::PREFIX_BYTES + 30, frame::PREFIX_BYTES + 70] {
        let mut changed = raw.clone();
        changed[at] ^= 1;
        assert!(!opens(&changed), "byte {at} is stopped by a checksum");
        changed[0] = frame::HEAD | frame::SLOTS | frame::FRAMES | frame::TREE | frame::VOUCHED;
        assert!(opens(&changed), "byte {at} gets past it");
    }
}

#[test]
fn the_record_targets_find_planted_faults() {
    let payout = fs::read(fuzz().join("seeds/record/128_payout_requested_full")).unwrap();
    assert!(!panics(|| drop(records::check(&payout, wire::decode, wire::encode))));
    // An amount is lost on its way.
    let loses = |record: &Record| {
        let mut record = record.clone();
        if let [Event::PayoutRequested(requested)] = record.events.as_mut_slice() {
            requested.amount = tuanzhang_core::Money::ZERO;
        }
        wire::encode(&record)
    };
    assert!(panics(|| drop(records::check(&payout, wire::decode, loses))));
    // A decoder that reads past the end of the last event.
    let trusting = |bytes: &[u8]| wire::decode(bytes.get(..payout.len()).unwrap_or(bytes));
    let longer = [&payout[..], &[0]].concat();
    assert!(panics(|| drop(records::check(&longer, trusting, wire::encode))));
}
