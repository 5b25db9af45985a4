//! `tuanzhang export`: a book as Parquet files, as its own commands, as journals that others judge.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_imports,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::*;
use tempfile::TempDir;
use tuanzhang_testkit::agree::json_lines;
use tuanzhang_testkit::judges::{Judge, Program, Verdict};
use tuanzhang_testkit::life::{Life, choices_of};

#[test]
fn an_export_says_what_it_wrote_and_writes_it_again() {
    let shop = Shop::open();
    let script = Script::at_minute(600).then(place(1, "mug", 1)).then(pay(1, "59.00"));
    shop.apply(&script.text()).all_ok();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("files");
    let arguments = ["export", &shop.book(), "--format", "parquet", to.to_str().unwrap(), "--json"];
    let ran = run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said = &ran.lines()[0];
    assert_eq!(said["timezone"], "Asia/Shanghai");
    let book = format!("book={}", said["book"].as_str().unwrap());
    let months = to.join("orders_paid").join(book);
    let month = std::fs::read_dir(&months).unwrap().next().unwrap().unwrap().path();
    assert!(month.join("part-0.parquet").is_file(), "{}", month.display());
    assert_eq!(run(&arguments).out, ran.out);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let shop = Shop::open();
    let ran = run(&["export", &shop.book(), "--format", "parquet", "/dev/null/files"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("/dev/null/files"), "{ran:?}");
}

/// Exports a book, and gives the only file that is there then.
fn exported(book: &str, format: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let to = folder.path().to_str().unwrap();
    let said = run(&["export", book, "--format", format, to, "--json"]).json();
    let file = folder.path().join(format!("{}.{format}", said["book"].as_str().unwrap()));
    assert_eq!(said["bytes"].as_u64().unwrap(), fs::metadata(&file).unwrap().len());
    assert_eq!(seen(folder.path()), [file.file_name().unwrap().to_str().unwrap()]);
    (folder, file)
}

/// The names in a folder that don't begin with a dot, and the temporary ones.
fn seen(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| !name.starts_with('.') || name.contains(".new")).collect()
}

/// What an audit of a sound book says of its root and size.
fn root(book: &str) -> (String, u64) {
    let audited = run(&["audit", book, "--json"]).json();
    assert_eq!(audited["sound"], true, "{audited:#}");
    let covered = &audited["covered"];
    (text(&covered["root"]), covered["records"].as_u64().unwrap())
}

/// The commands of a book make the same book, in a journal and in a database.
fn made_again(book: &str) -> u64 {
    let (folder, file) = exported(book, "jsonl");
    let expected = root(book);
    let database = format!("sqlite:{}", folder.path().join("again.db").display());
    for again in [folder.path().join("again").to_str().unwrap(), &database] {
        let ran = run(&["apply", again, file.to_str().unwrap(), "--durability", "batch"]);
        assert_eq!(ran.code, 0, "{}", ran.out.lines().last().unwrap_or(&ran.err));
        assert_eq!(root(again), expected, "{again}");
        let twice = exported(again, "jsonl");
        assert_eq!(fs::read(&twice.1).unwrap(), fs::read(&file).unwrap());
    }
    expected.1
}

fn judged(book: &str) -> u64 {
    let mut said = 0;
    for judge in Judge::all() {
        let format = match judge.tool {
            Program::Beancount => "beancount",
            Program::Hledger => "hledger",
        };
        let (folder, file) = exported(book, format);
        if let Verdict::Refused(why) = judge.judge(&file) {
            panic!("{format}: {why}");
        }
        // The control: the last fen of the last balance.
        let text = fs::read_to_string(&file).unwrap();
        let wrong = folder.path().join("wrong");
        fs::write(&wrong, last_balance_off(&text)).unwrap();
        assert!(matches!(judge.judge(&wrong), Verdict::Refused(_)), "{format}");
        said += 1;
    }
    said
}

/// A journal whose last asserted balance has another last digit.
fn last_balance_off(text: &str) -> String {
    let line =
        text.lines().rfind(|line| line.contains(" balance ") || line.contains("==")).unwrap();
    let (_, rest) = line.split_once(" == ").or_else(|| line.split_once("  ")).unwrap();
    let word = rest.split(' ').next().unwrap();
    let (before, last) = word.split_at(word.len() - 1);
    let other = if last == "1" { "2" } else { "1" };
    let at = text.rfind(line).unwrap() + line.rfind(word).unwrap();
    format!("{}{before}{other}{}", &text[..at], &text[at + word.len()..])
}

#[test]
fn the_commands_of_a_life_make_the_same_records() {
    let mut records = 0;
    for seed in 0..4 {
        let shop = Shop::empty();
        let life = Life::of_choices(choices_of(seed, 1_500));
        let ran = run_with(
            &["apply", &shop.book(), "--durability", "batch"],
            &json_lines(life.take(1_500)),
        );
        assert_eq!(ran.code, 0, "{}", ran.err);
        records += made_again(&shop.book());
        judged(&shop.book());
    }
    println!("{records} records made again");
    assert!(records > 1_000, "{records}");
}

fn bundled() -> Shop {
    let shop = Shop::empty();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/online_retail_2010-12.csv.gz");
    let ran = run(&["import", &shop.book(), "--format", "online-retail", file, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    shop
}

#[test]
fn the_month_of_the_demo_is_made_again_and_judged() {
    let shop = bundled();
    assert_eq!(made_again(&shop.book()), 7_196);
    judged(&shop.book());
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is printed")]
#[test]
#[ignore = "minutes with both judges; .ci/long runs it"]
fn the_whole_file_is_made_again_and_judged() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let data = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let file = data.join("uci_online_retail/online_retail.csv.gz");
    if !file.is_file() {
        println!("skipped: {} is not there; set TUANZHANG_DATA", file.display());
        return;
    }
    let shop = Shop::empty();
    let file = file.to_str().unwrap();
    let ran = run(&["import", &shop.book(), "--format", "online-retail", file, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut timed = Vec::new();
    let mut time = |what: &'static str, act: &dyn Fn() -> u64| {
        let begun = std::time::Instant::now();
        timed.push(format!("{what}: {} in {:.1?}", act(), begun.elapsed()));
    };
    time("records exported, applied twice, audited three times", &|| made_again(&shop.book()));
    for format in ["jsonl", "beancount", "hledger"] {
        time(format, &|| fs::metadata(exported(&shop.book(), format).1).unwrap().len());
    }
    time("judges, each twice, exports with them", &|| judged(&shop.book()));
    println!("{}", timed.join("\n"));
}

#[test]
fn activity_is_told_to_be_left_out_of_the_commands() {
    let shop = Shop::open();
    let visits = shop.dir.path().join("visits.csv");
    let row = format!("at,visitor\n2021-12-01T08:00:00+08:00,{}\n", buyer(1));
    fs::write(&visits, row).unwrap();
    let ran = run(&[
        "import",
        &shop.book(),
        "--format",
        "activity",
        visits.to_str().unwrap(),
        "--kind",
        "visited",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let folder = TempDir::new().unwrap();
    let to = folder.path().to_str().unwrap();
    let said = run(&["export", &shop.book(), "--format", "jsonl", to]);
    assert!(said.out.contains("activity_records_left_out 1"), "{said:?}");
}

#[test]
fn an_export_that_breaks_off_leaves_the_file_as_it_was() {
    let shop = bundled();
    for format in ["jsonl", "beancount", "hledger"] {
        let (folder, file) = exported(&shop.book(), format);
        let whole = fs::read(&file).unwrap();
        let place = folder.path().to_str().unwrap();
        // A file may have 256 KiB: the program is killed by the system in the middle of one.
        let cut = Command::new("bash")
            .args(["-c", "ulimit -f 256; exec \"$0\" export \"$1\" --format \"$2\" \"$3\""])
            .args([env!("CARGO_BIN_EXE_tuanzhang"), &shop.book(), format, place])
            .output()
            .unwrap();
        assert!(!cut.status.success(), "{format}: {cut:?}");
        let left = folder.path().join(format!(".{}.new", file.file_name().unwrap().display()));
        assert_eq!(fs::metadata(&left).unwrap().len(), 256 << 10, "the control: it was cut");
        assert_eq!(fs::read(&file).unwrap(), whole, "{format}");
        // Where there was none there is none.
        fs::remove_file(&file).unwrap();
        assert_eq!(run(&["export", &shop.book(), "--format", format, place]).code, 0);
        assert_eq!(fs::read(&file).unwrap(), whole, "the next export writes over what was left");
        assert!(!left.exists());
    }
}

#[test]
fn one_export_of_a_file_at_a_time() {
    let shop = Shop::open();
    let (folder, file) = exported(&shop.book(), "jsonl");
    let lock = folder.path().join(format!(".{}.lock", file.file_name().unwrap().display()));
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let place = folder.path().to_str().unwrap();
    let ran = run(&["export", &shop.book(), "--format", "jsonl", place]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("by another process"), "{ran:?}");
    drop(held);
    assert_eq!(run(&["export", &shop.book(), "--format", "jsonl", place]).code, 0);
}

#[test]
fn no_text_is_written_into_a_journal_or_where_nothing_can_be() {
    let shop = Shop::open();
    let within = shop.path().join("files");
    for format in ["jsonl", "beancount", "hledger"] {
        for folder in [within.to_str().unwrap(), "/dev/null/files"] {
            let ran = run(&["export", &shop.book(), "--format", format, folder]);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.err.contains(folder), "{ran:?}");
        }
    }
    assert!(!within.exists());
}
