//! Following a book that others write: on a database file, beside a journal's writer.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../examples/read_table/shop.rs"]
mod shop;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tuanzhang::journal::Journal;
use tuanzhang::prelude::*;
use tuanzhang::sqlite::SqliteStore;

const AT: &str = "TUANZHANG_FOLLOWED";

/// A journal is a folder, a database a file that ends in `.db`.
fn is_database(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "db")
}

fn writer(path: &Path) -> Ledger {
    if is_database(path) {
        Ledger::open(SqliteStore::at(path).unwrap(), Options::default()).unwrap()
    } else {
        Ledger::open(Journal::at(path).unwrap(), Options::default()).unwrap()
    }
}

fn reader(path: &Path) -> Ledger {
    if is_database(path) {
        Ledger::open(SqliteStore::read_only(path).unwrap(), Options::default()).unwrap()
    } else {
        Ledger::open(Journal::read_only(path).unwrap(), Options::default()).unwrap()
    }
}

/// All records that a fresh handle reads.
fn whole(path: &Path) -> Vec<Record> {
    reader(path).records(Position::START).map(Result::unwrap).collect()
}

#[test]
fn two_handles_on_one_file_are_both_followed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shop.db");
    let (one, two) = (writer(&path), writer(&path));
    let (sender, given) = mpsc::channel();
    let followers = [&one, &two].map(|ledger| {
        let (follow, sender) = (ledger.follow(Position::START), sender.clone());
        let follow = follow.poll_every(Duration::from_millis(1));
        thread::spawn(move || {
            follow
                .map(|record| {
                    let record = record.unwrap();
                    sender.send(record.head.position).unwrap();
                    record
                })
                .collect::<Vec<_>>()
        })
    });
    for (number, request) in shop::requests(8).unwrap().into_iter().enumerate() {
        let ledger = if number % 2 == 0 { &one } else { &two };
        let done = ledger.execute_request(request).unwrap();
        // Both see it before the next one is sent.
        assert_eq!([given.recv().unwrap(), given.recv().unwrap()], [done.position; 2]);
    }
    drop((one, two));
    for follower in followers {
        assert_eq!(follower.join().unwrap(), whole(&path));
    }
}

#[test]
fn what_another_process_writes_is_followed_by_a_reader() {
    for name in ["shop.db", "journal"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        drop(writer(&path));
        let reader = reader(&path);
        let mut follow = reader.follow(Position::START).poll_every(Duration::from_millis(1));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_process", "--nocapture"]).env(AT, &path);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut followed = 0;
        for line in said.filter(|line| line.starts_with("durable ")) {
            let record = follow.next().unwrap().unwrap();
            assert_eq!(line, format!("durable {}", record.head.position));
            followed += 1;
            writeln!(input, "seen").unwrap();
        }
        assert!(child.wait().unwrap().success());
        println!("{name}: {followed} records of another process followed");
        assert_eq!(followed, whole(&path).len());
        assert!(followed > 20);
        // The reader's own state shows what was there when it was opened.
        assert_eq!(reader.position(), Position::START);
    }
}

#[test]
fn a_journal_is_free_again_when_its_followers_have_ended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let ledger = writer(&path);
    for request in shop::requests(2).unwrap() {
        ledger.execute_request(request).unwrap();
    }
    let (drained, idle) = (ledger.follow(Position::START), ledger.follow(Position::START));
    let stopper = idle.stopper();
    drop(ledger);
    Journal::at(&path).unwrap_err();
    assert_eq!(drained.map(Result::unwrap).collect::<Vec<_>>(), whole(&path));
    Journal::at(&path).unwrap_err();
    stopper.stop();
    drop(Journal::at(&path).unwrap());
    drop(idle);
}

/// Not a test: what runs in the other process. It goes on when each record was seen.
#[test]
fn a_process() {
    let Some(path) = std::env::var_os(AT) else { return };
    let ledger = writer(Path::new(&path));
    let mut lines = std::io::stdin().lock().lines();
    for request in shop::requests(8).unwrap() {
        let done = ledger.execute_request(request).unwrap();
        println!("\ndurable {}", done.position);
        assert_eq!(lines.next().unwrap().unwrap(), "seen");
    }
}
