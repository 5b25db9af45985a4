//! Several processes with a ledger each, on one book.

use std::collections::BTreeMap;

use tuanzhang_core::Position;
use tuanzhang_log::Store;
use tuanzhang_postgres::PostgresStore;

use crate::app::App;
use crate::child::Process;
use crate::given::{BOOK, number, server};

const PROCESSES: u64 = 4;
/// Commands of each process where the environment says nothing.
const COMMANDS: u64 = 200;

#[test]
fn processes_share_a_book_without_a_gap_and_none_is_told_of_a_race() {
    let Some(server) = server("several processes") else { return };
    let url = server.database("processes").unwrap();
    let commands = number("PROCESS_COMMANDS").unwrap_or(COMMANDS);
    drop(App::open(PostgresStore::connect(&url).unwrap()));
    let start = |app| Process::start(&url, app, commands);
    let mut processes: Vec<_> = (1..=PROCESSES).map(start).collect();
    processes.iter_mut().for_each(Process::go);
    let mut sums = BTreeMap::new();
    for process in processes {
        for (word, number) in process.until_its_end() {
            *sums.entry(word).or_insert(0) += number;
        }
    }
    println!(
        "{PROCESSES} processes, {commands} commands each, through the ledger: {} answered, {} answered with a \
         race, {} with anything else; {} races lost and tried again",
        sums["answered"], sums["raced"], sums["away"], sums["races"]
    );
    assert_eq!(sums["answered"], PROCESSES * commands);
    assert_eq!((sums["raced"], sums["away"]), (0, 0));
    assert!(sums["races"] > 0, "nobody met");
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(
        store.verify(BOOK).unwrap().records,
        PROCESSES * commands + 1,
        "gapless, none doubled"
    );
    let app = App::open(store);
    assert_eq!(app.0.position(), Position::new(PROCESSES * commands + 1));
    for process in 1..=PROCESSES {
        for from in (0..commands).step_by(500) {
            let answers = app.execute(process, from..commands.min(from + 500)).unwrap();
            assert!(answers.iter().all(|done| done.repeated), "process {process}");
        }
    }
}
