//! Saving what can be read of a damaged book, through the program.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::kit::*;
use serde_json::Value;

/// A book of some orders, and a place to save it into.
struct Wreck {
    shop: Shop,
    lines: Vec<String>,
}

impl Wreck {
    /// Seven records that open the campaign, then eight orders of three lines each.
    fn new() -> Self {
        let shop = Shop::empty();
        let mut script = Script::at_minute(600);
        for n in 1..=8 {
            script = script.then(place(n, "dates", 1)).then(pay(n, "89.90")).then(ship(n));
        }
        let text = opening() + &script.text();
        shop.apply(&text).all_ok();
        Self { shop, lines: text.lines().map(str::to_owned).collect() }
    }

    fn records(&self) -> u64 {
        u64::try_from(self.lines.len()).unwrap()
    }

    fn segment(&self) -> PathBuf {
        self.shop.path().join("00000001.seg")
    }

    fn hurt(&self, change: impl FnOnce(&mut Vec<u8>)) {
        change_file(&self.segment(), change);
    }

    /// Breaks the frame of a record beyond repair.
    fn destroy(&self, position: usize) {
        self.hurt(|bytes| {
            let frame = frames(bytes)[position - 1].clone();
            bytes[frame.start + 60..frame.end].fill(0xee);
        });
    }

    fn saved(&self, name: &str) -> String {
        self.shop.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn salvage(&self, into: &str, more: &[&str]) -> (i32, Value) {
        let (book, into) = (self.shop.book(), self.saved(into));
        let ran = run(&[&["salvage", &book, &into, "--json"], more].concat());
        let report = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        (ran.code, report)
    }
}

fn change_file(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Where the frames of a segment lie: one a record here.
fn frames(segment: &[u8]) -> Vec<Range<usize>> {
    let mut frames: Vec<Range<usize>> = Vec::new();
    loop {
        let at = frames.last().map_or(0, |frame| frame.end);
        let Some(header) = segment.get(at..at + 8).filter(|bytes| bytes.starts_with(b"TZF1"))
        else {
            return frames;
        };
        let length = u32::from_le_bytes(header[4..].try_into().unwrap());
        frames.push(at..at + 56 + usize::try_from(length).unwrap());
    }
}

fn audited(book: &str) -> Value {
    run(&["audit", book, "--json"]).json()
}

fn root(book: &str) -> (u64, String) {
    let covered = &audited(book)["covered"];
    (covered["records"].as_u64().unwrap(), text(&covered["root"]))
}

fn balances(book: &str) -> Value {
    run(&["balances", book, "--json"]).json()["balances"].clone()
}

#[test]
fn a_flipped_bit_costs_nothing() {
    let wreck = Wreck::new();
    let before = root(&wreck.shop.book());
    wreck.hurt(|bytes| {
        let frame = frames(bytes)[9].clone();
        bytes[frame.start + 70] ^= 0x20;
    });
    assert_eq!(run(&["audit", &wreck.shop.book()]).code, 1);
    let (code, report) = wreck.salvage("saved", &[]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["whole"], true);
    assert_eq!(report["verbatim"], wreck.records());
    assert_eq!(report["proven_to"], wreck.records());
    assert_eq!(report["repaired"].as_array().unwrap().len(), 1);
    assert_eq!(root(&wreck.saved("saved")), before);
    // Again: all is there.
    let (code, report) = wreck.salvage("saved", &[]);
    assert_eq!((code, &report["verbatim"]), (0, &Value::from(0)));
    assert_eq!(report["before"], wreck.records());
    assert_eq!(root(&wreck.saved("saved")), before);
}

#[test]
fn behind_a_gap_commands_are_sent_again_and_what_is_refused_can_be_sent_later() {
    let wreck = Wreck::new();
    let all = balances(&wreck.shop.book());
    // The order whose payment and shipment stand behind it.
    let lost = 7 + 3 * 3 + 1;
    wreck.destroy(lost);
    let refused = wreck.saved("refused.jsonl");
    let (code, report) = wreck.salvage("saved", &["--refused", &refused]);
    assert_eq!(code, 1, "{report:#}");
    let (count, lost_position) = (wreck.records(), u64::try_from(lost).unwrap());
    assert_eq!(report["missing"][0]["from"], lost_position);
    assert_eq!(report["missing"][0]["to"], lost_position);
    assert_eq!((&report["missing_total"], &report["readable"]), (&1.into(), &(count - 1).into()));
    assert_eq!(report["verbatim"], lost_position - 1);
    // The money is there and waits for its order; the shipment of no order is refused.
    assert_eq!(report["other"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["other"][0]["was"], lost_position + 1);
    assert_eq!(report["other"][0]["command"], "record_payment");
    assert_eq!(report["refused"].as_array().unwrap().len(), 1);
    assert_eq!(report["refused"][0]["was"], lost_position + 2);
    assert_eq!(report["refused"][0]["command"], "ship_order");
    assert_eq!(report["again"], count - lost_position - 2);
    let saved = wreck.saved("saved");
    assert_eq!(audited(&saved)["sound"], true);
    assert_ne!(balances(&saved), all);
    // The owner finds the order's message in her chat and sends it, then what was refused.
    let later = Script::at_minute(1400).then(place(4, "dates", 1)).then(serde_json::json!({
        "resolve_unmatched": { "unmatched": id("payment", 4), "to": { "order": order(4) },
            "reason": "the order was lost with the disk" } }));
    run_with(&["apply", &saved], &later.text()).all_ok();
    let text = fs::read_to_string(&refused).unwrap();
    assert_eq!(text.lines().count(), 1);
    // Its time is the book's last at the salvage; the order's came later now.
    let text = text.replace("\"at\":\"2021-12-01T", "\"at\":\"2021-12-02T");
    run_with(&["apply", &saved], &text).all_ok();
    assert_eq!(balances(&saved), all);
    // A second salvage adds nothing.
    let (_, report) = wreck.salvage("saved", &[]);
    assert_eq!((&report["verbatim"], &report["again"]), (&0.into(), &0.into()), "{report:#}");
    assert_eq!(balances(&saved), all);
    // What was refused is never written over another file.
    let (book, into) = (wreck.shop.book(), wreck.saved("third"));
    let ran = run(&["salvage", &book, &into, "--refused", &refused]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(!Path::new(&into).exists(), "nothing is made before");
}

#[test]
fn a_backup_fills_the_gap_and_the_roots_are_the_same() {
    let wreck = Wreck::new();
    let before = root(&wreck.shop.book());
    // A backup of the first sixteen records.
    let backup = wreck.saved("backup");
    run_with(&["apply", &backup], &wreck.lines[..16].join("\n")).all_ok();
    wreck.destroy(10);
    wreck.destroy(13);
    let (code, report) = wreck.salvage("backup", &[]);
    assert_eq!(report["before"], 16, "{report:#}");
    assert_eq!(report["verbatim"], wreck.records() - 16);
    assert_eq!((&report["refused_total"], &report["again"]), (&Value::from(0), &Value::from(0)));
    assert_eq!(root(&backup), before);
    // The damaged book lacks two; the backup had them.
    assert_eq!((&report["unreadable_total"], &report["missing_total"]), (&2.into(), &0.into()));
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["whole"], true);
}

#[test]
fn a_lost_head_is_no_loss_of_records() {
    for bytes in [None, Some(&b"rubbish"[..])] {
        let wreck = Wreck::new();
        let before = root(&wreck.shop.book());
        let head = wreck.shop.path().join("head");
        match bytes {
            None => fs::remove_file(&head).unwrap(),
            Some(bytes) => fs::write(&head, bytes).unwrap(),
        }
        let (code, report) = wreck.salvage("saved", &[]);
        assert_eq!(code, 1, "nobody can tell where the end was");
        assert_eq!(report["acknowledged_to"], Value::Null);
        assert_eq!(report["verbatim"], wreck.records());
        assert_eq!(root(&wreck.saved("saved")), before);
    }
}

#[test]
fn activity_is_saved_too() {
    let wreck = Wreck::new();
    let book = wreck.shop.book();
    let file = wreck.saved("visits.csv");
    let visit = |n: u32| format!("2021-12-01T09:{n:02}:00+08:00,left,{}\n", buyer(n));
    for part in 0..4 {
        let rows: String = (part * 5..part * 5 + 5).map(visit).collect();
        fs::write(&file, "at,kind,member\n".to_owned() + &rows).unwrap();
        let ran = run(&["import", &book, "--format", "activity", &file, "--json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let entries = |book: &str| audited(book)["covered"]["activity"]["entries"].as_u64().unwrap();
    assert_eq!(entries(&book), 20);
    let segment = wreck.shop.path().join("activity/00000001.seg");
    change_file(&segment, |bytes| {
        let frame = frames(bytes)[1].clone();
        bytes[frame.start + 60..frame.end].fill(0xee);
    });
    let (code, report) = wreck.salvage("saved", &[]);
    assert_eq!(code, 1, "{report:#}");
    let activity = &report["activity"];
    assert_eq!(report["missing_total"], 0, "of the book");
    assert_eq!(
        (&activity["missing"][0]["from"], &activity["missing"][0]["to"]),
        (&2.into(), &2.into())
    );
    assert_eq!((&activity["verbatim"], &activity["again"]), (&1.into(), &2.into()));
    let saved = wreck.saved("saved");
    assert_eq!(entries(&saved), 15);
    let (_, report) = wreck.salvage("saved", &[]);
    assert_eq!(report["activity"]["again"], 0);
    assert_eq!(report["activity"]["repeated"], 3);
    assert_eq!(entries(&saved), 15);
}

#[test]
fn where_it_may_not_save_it_says_so_and_changes_nothing() {
    let wreck = Wreck::new();
    wreck.destroy(9);
    let before = fs::read(wreck.segment()).unwrap();
    let book = wreck.shop.book();
    let inside = format!("{book}/saved");
    let other = Shop::empty();
    let opening = opening().replace(&id("book", 1), &id("book", 2));
    other.apply(&opening).all_ok();
    for (damaged, into) in [
        (book.as_str(), book.as_str()),
        (&book, &inside),
        (&book, &other.book()),
        (&book, "memory:"),
        (&wreck.saved("nothing"), &wreck.saved("saved")),
    ] {
        let ran = run(&["salvage", damaged, into]);
        assert_eq!(ran.code, 2, "{damaged} into {into}: {ran:?}");
        assert!(!ran.err.is_empty());
    }
    assert_eq!(fs::read(wreck.segment()).unwrap(), before);
    assert!(!Path::new(&wreck.saved("saved")).exists());
    let (_, report) = wreck.salvage("saved", &[]);
    assert_eq!(report["missing_total"], 1);
    assert_eq!(fs::read(wreck.segment()).unwrap(), before, "the damaged book is only read");
}

/// For people: what is missing stands in a table, and what to do next.
#[test]
fn people_are_told_what_is_missing_and_what_to_do() {
    let wreck = Wreck::new();
    wreck.destroy(17);
    let ran = run(&["salvage", &wreck.shop.book(), &wreck.saved("saved")]);
    assert_eq!(ran.code, 1);
    for said in ["missing", "17", "refused", "not whole", "tuanzhang audit"] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
}

/// A slot that lags, and answered frames behind it that are hurt: nobody may say that all is there.
#[test]
fn what_stands_behind_a_lagging_head_makes_a_book_not_whole() {
    let wreck = Wreck::new();
    let head = wreck.shop.path().join("head");
    let old = fs::read(&head).unwrap();
    let more = Script::at_minute(900).then(place(9, "dates", 1)).text();
    wreck.shop.apply(&more).all_ok();
    let count = wreck.records() + 1;
    fs::write(&head, &old).unwrap();
    let (code, report) = wreck.salvage("lagging", &[]);
    assert_eq!(report["verbatim"], count, "{report:#}");
    assert_eq!(
        (code, &report["whole"]),
        (1, &false.into()),
        "its checksum alone vouches for the last"
    );
    wreck.hurt(|bytes| {
        let frame = frames(bytes).pop().unwrap();
        bytes[frame.end - 3] ^= 0x92;
    });
    let (code, report) = wreck.salvage("saved", &[]);
    assert_eq!((code, &report["whole"]), (1, &false.into()), "{report:#}");
    assert!(report["tail_bytes"].as_u64().unwrap() > 0);
    assert_eq!(report["verbatim"], count - 1);
}

/// Bytes with a right checksum that are no record never get into the book that is saved into.
#[test]
fn what_is_no_record_is_listed_and_never_appended() {
    let wreck = Wreck::new();
    let backup = wreck.saved("backup");
    run_with(&["apply", &backup], &wreck.lines[..9].join("\n")).all_ok();
    let before = root(&backup);
    // The tenth record, changed in its version byte, its frame's checksum repaired.
    wreck.hurt(|bytes| {
        let frame = frames(bytes)[9].clone();
        let body = frame.start + 56;
        let record = body + if bytes[body] & 0x80 == 0 { 1 } else { 2 };
        bytes[record] = 53;
        let key = book_key();
        let sum = crc32c(&[
            &key,
            &bytes[frame.start..frame.start + 8],
            &bytes[frame.start + 12..frame.end],
        ]);
        bytes[frame.start + 8..frame.start + 12].copy_from_slice(&sum.to_le_bytes());
    });
    // Nothing states the root over it any more but the frames behind, which say that it is altered.
    let (code, report) = wreck.salvage("backup", &[]);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!((&report["before"], &report["verbatim"]), (&before.0.into(), &0.into()));
    assert_eq!(report["missing"][0]["from"], 10);
    assert_eq!(audited(&backup)["sound"], true);
}

fn book_key() -> Vec<u8> {
    let hex = id("book", 1).replace('-', "");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..32).step_by(2).map(byte).collect()
}

/// CRC-32C bit by bit: the test shares no code with what it tests.
fn crc32c(parts: &[&[u8]]) -> u32 {
    let mut crc = !0_u32;
    for byte in parts.concat() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn an_opening_that_cuts_says_so() {
    let wreck = Wreck::new();
    wreck.hurt(|bytes| bytes.extend(b"half of an append"));
    let audit = run(&["audit", &wreck.shop.book(), "--json"]).json();
    assert_eq!(audit["covered"]["unvouched_bytes"], 17);
    let ran = wreck.shop.apply("");
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("17 bytes of an append that was never answered were cut"), "{ran:?}");
    assert_eq!(wreck.shop.apply("").err, "");
}

#[test]
fn a_copy_is_the_same_book_and_goes_on() {
    let wreck = Wreck::new();
    let (book, to) = (wreck.shop.book(), wreck.saved("copy"));
    let copy = |to: &str| run(&["copy", &book, to, "--json"]);
    let copied = copy(&to).json();
    assert_eq!(
        (&copied["records"]["before"], &copied["records"]["copied"]),
        (&0.into(), &wreck.records().into())
    );
    assert_eq!(root(&to), root(&book));
    assert_eq!(text(&copied["records"]["root"]), root(&book).1);
    wreck.shop.apply(&Script::at_minute(900).then(place(9, "dates", 1)).text()).all_ok();
    let copied = copy(&to).json();
    assert_eq!(
        (&copied["records"]["before"], &copied["records"]["copied"]),
        (&wreck.records().into(), &1.into())
    );
    assert_eq!(root(&to), root(&book));
    // A copy that has gone its own way is not written over, nor is another book.
    run_with(&["apply", &to], &Script::at_minute(901).then(place(10, "dates", 1)).text()).all_ok();
    assert_eq!(copy(&to).code, 2);
    wreck.shop.apply(&Script::at_minute(902).then(place(11, "dates", 1)).text()).all_ok();
    assert_eq!(copy(&to).code, 2);
    let other = Shop::empty();
    other.apply(&opening().replace(&id("book", 1), &id("book", 2))).all_ok();
    let before = root(&other.book());
    assert_eq!(copy(&other.book()).code, 2);
    assert_eq!(root(&other.book()), before);
    assert_eq!(copy("memory:").code, 2);
}
