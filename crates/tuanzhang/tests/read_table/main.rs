//! The example's table, killed before every statement that it sends to its database: started again, it
//! has every record exactly once. With two controls, whose position is kept apart from the rows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    unreachable_pub,
    reason = "tests"
)]

mod child;
#[path = "../../examples/read_table/shop.rs"]
mod shop;
#[path = "../../examples/read_table/table.rs"]
mod table;

use std::cmp::Ordering;
use std::path::Path;

use child::{Ended, Keeping, run};
use rusqlite::types::Value;
use table::Table;
use tuanzhang::journal::Journal;
use tuanzhang::prelude::*;

/// All rows of the app's tables.
fn rows(table: &Table) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for (name, columns) in [("orders", 3), ("buyers", 4), ("fed", 1)] {
        let mut statement = table.db.prepare(&format!("SELECT * FROM {name} ORDER BY 1")).unwrap();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        let rows = statement.query_map([], row).unwrap();
        all.extend(rows.map(|row: rusqlite::Result<Vec<Value>>| row.unwrap()));
    }
    all
}

fn totals(table: &Table) -> (i64, i64) {
    let sql = "SELECT sum(orders), sum(paid) FROM buyers";
    table.db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// What the app's tables are, and what they are when fed all of the book in one go.
fn compared(dir: &Path) -> (Table, Table) {
    let ledger = Ledger::open(Journal::at(dir.join("book")).unwrap(), Options::default()).unwrap();
    let records: Vec<_> = ledger.records(Position::START).map(Result::unwrap).collect();
    let mut whole = Table::open(&dir.join("whole.db")).unwrap();
    whole.feed(&records).unwrap();
    (Table::open(&dir.join("app.db")).unwrap(), whole)
}

#[test]
fn killed_before_any_statement_it_has_every_record_once() {
    let mut killed = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        if run(dir.path(), Keeping::Together, Some(killed + 1)) == Ended::Done {
            break;
        }
        killed += 1;
        assert_eq!(run(dir.path(), Keeping::Together, None), Ended::Done);
        let (kept, whole) = compared(dir.path());
        assert_eq!(rows(&kept), rows(&whole), "killed before statement {killed}");
    }
    println!("killed before each of {killed} statements: 0 lost, 0 doubled");
    assert!(killed > 30, "{killed}");
}

#[test]
fn killed_again_and_again_it_has_every_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut lives = 1;
    // Each life gets a little further than the one before.
    while run(dir.path(), Keeping::Together, Some(lives)) == Ended::Killed {
        lives += 1;
    }
    let (kept, whole) = compared(dir.path());
    assert_eq!(rows(&kept), rows(&whole));
    println!("killed in {} lives one after the other: 0 lost, 0 doubled", lives - 1);
    assert!(lives > 5, "{lives}");
}

#[test]
fn the_controls_double_and_lose() {
    let later = control(Keeping::PositionLater);
    assert!(later.doubled > 0 && later.stuck > 0 && later.lost == 0, "{later:?}");
    let first = control(Keeping::PositionFirst);
    assert!(first.lost > 0 && first.doubled == 0, "{first:?}");
}

/// What kills have done to a table.
#[derive(Debug, Default)]
struct Harm {
    killed: u32,
    doubled: u32,
    lost: u32,
    /// The table refuses the record that it has already, for ever.
    stuck: u32,
}

fn control(keeping: Keeping) -> Harm {
    let mut harm = Harm::default();
    loop {
        let dir = tempfile::tempdir().unwrap();
        if run(dir.path(), keeping, Some(harm.killed + 1)) != Ended::Killed {
            break;
        }
        harm.killed += 1;
        if run(dir.path(), keeping, None) == Ended::Failed {
            harm.stuck += 1;
            continue;
        }
        let (kept, whole) = compared(dir.path());
        match totals(&kept).cmp(&totals(&whole)) {
            Ordering::Less => harm.lost += 1,
            Ordering::Equal => {}
            Ordering::Greater => harm.doubled += 1,
        }
        // Enough is seen.
        if harm.lost > 2 || harm.doubled > 2 {
            break;
        }
    }
    println!("{keeping:?}: {harm:?}");
    harm
}

#[test]
fn two_who_feed_one_table_are_told() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(dir.path(), Keeping::Together, None), Ended::Done);
    let (_, whole) = compared(dir.path());
    let ledger =
        Ledger::open(Journal::at(dir.path().join("book")).unwrap(), Options::default()).unwrap();
    let records: Vec<_> = ledger.records(Position::START).map(Result::unwrap).collect();
    let path = dir.path().join("shared.db");
    let (mut one, mut two) = (Table::open(&path).unwrap(), Table::open(&path).unwrap());
    one.feed(&records[..5]).unwrap();
    let error = two.feed(&records[..5]).unwrap_err();
    assert_eq!(error.to_string(), "record 1 is not the next one");
    two.feed(&records[5..]).unwrap();
    assert_eq!(rows(&one), rows(&whole));
}
