//! Several processes on one book, and one that is killed again and again.

use std::collections::BTreeMap;

use tuanzhang_log::Store;

use super::child::{Job, Process, Setting};
use super::given::{BOOK, all, number, place, record};
use crate::SqliteStore;

const PROCESSES: u64 = 4;
/// Records of each process where the environment says nothing.
const RECORDS: u64 = 200;
/// Kills where the environment says nothing.
const KILLS: u64 = 25;

#[test]
fn processes_share_a_book_without_a_gap_and_none_is_lost() {
    let (_folder, path) = place();
    let records = number("PROCESS_RECORDS").unwrap_or(RECORDS);
    let start = |writer| Process::start(&path, Job::Share { writer, records });
    let mut processes: Vec<_> = (0..PROCESSES).map(start).collect();
    processes.iter_mut().for_each(Process::go);
    let (mut raced, mut busy, mut finished) = (0, 0, 0);
    for mut process in processes {
        while let Some((word, rest)) = process.said() {
            match word.as_str() {
                "raced" => raced += rest.parse::<u64>().unwrap(),
                "busy" => busy += rest.parse::<u64>().unwrap(),
                "answered" => finished += 1,
                _ => panic!("{word} {rest}"),
            }
        }
        assert!(process.child.wait().unwrap().success());
    }
    assert_eq!(finished, PROCESSES);
    let store = SqliteStore::read_only(&path).unwrap();
    let coverage = store.verify(BOOK).unwrap();
    assert_eq!(coverage.records, PROCESSES * records, "gapless");
    // Each process's records are there once, in its order.
    let mut next = BTreeMap::new();
    for (_, record) in all(&store, BOOK).unwrap() {
        let text = String::from_utf8(record).unwrap();
        let (writer, number) = text.split_once(' ').unwrap();
        let next = next.entry(writer.to_owned()).or_insert(0_u64);
        assert_eq!(number.parse::<u64>().unwrap(), *next, "writer {writer}");
        *next += 1;
    }
    assert!(next.values().all(|next| *next == records), "{next:?}");
    println!(
        "{PROCESSES} processes, {records} records each: gapless, 0 lost, {raced} lost races tried \
         again, {busy} waits that were too long"
    );
    assert!(raced > 0, "nobody met");
}

#[test]
fn a_killed_process_loses_no_answer() {
    let (_folder, path) = place();
    let kills = number("KILLS").unwrap_or(KILLS);
    let (mut answered, mut unanswered) = (0, 0);
    for kill in 0..kills {
        let mut process = Process::start(&path, Job::Write(Setting::Full, u64::MAX));
        process.go();
        // At once, in the middle of making the file, or after some answers.
        for _ in 0..kill * 7 % 23 {
            let (word, rest) = process.said().unwrap();
            assert_eq!(word, "answered", "{rest}");
            answered = rest.parse().unwrap();
        }
        process.child.kill().unwrap();
        answered = process.until_its_end().0.unwrap_or(answered);
        let store = SqliteStore::at(&path).unwrap();
        let size = store.verify(BOOK).unwrap().records;
        assert!((answered..=answered + 3).contains(&size), "kill {kill}: {answered}, {size}");
        let promised: Vec<_> = (1..=size).map(|position| (position, record(position))).collect();
        assert_eq!(all(&store, BOOK).unwrap(), promised, "kill {kill}");
        unanswered += u64::from(size > answered);
        answered = size;
    }
    println!(
        "{kills} kills, {answered} records, 0 lost; {unanswered} times the append under way was there"
    );
    assert!(answered > kills);
}
