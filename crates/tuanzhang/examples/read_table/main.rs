//! A table of the app's own, kept beside a book: every record reaches it exactly once, wherever the
//! process dies. `cargo run -p tuanzhang --example read_table [DIR]`; again on the same directory it
//! goes on where it stood.
#![allow(unreachable_pub, reason = "the modules are read by a test, too")]
#![allow(clippy::print_stdout, reason = "an example")]

mod shop;
mod table;

use std::path::PathBuf;
use std::thread;

use table::Table;
use tuanzhang::journal::Journal;
use tuanzhang::prelude::*;

/// Most records in one transaction of the table's.
const RECORDS_MAX: usize = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let dir = std::env::args_os().nth(1).map_or_else(|| scratch.path().into(), PathBuf::from);
    let ledger = Ledger::open(Journal::at(dir.join("book"))?, Options::default())?;

    // Where the table stands, the table says: its position came with its rows.
    let mut table = Table::open(&dir.join("app.db"))?;
    let mut follow = ledger.follow(table.next_position().map_err(|error| error.to_string())?);
    let keeper = thread::spawn(move || {
        let kept = table::keep(&mut table, &mut follow, RECORDS_MAX);
        kept.map(|()| table)
    });

    for request in shop::requests(9)? {
        ledger.execute_request(request)?;
    }
    // What is durable now reaches the table, then the follower ends. A server stops it with a stopper.
    drop(ledger);
    let table = keeper.join().map_err(|_| "the keeper panicked")?.map_err(|e| e.to_string())?;

    let sql = "SELECT id, orders, paid, paid_back FROM buyers ORDER BY id";
    let mut statement = table.db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, orders): (String, i64) = (row.get(0)?, row.get(1)?);
        let (paid, back): (i64, i64) = (row.get(2)?, row.get(3)?);
        println!("{id}: {orders} orders, {paid} fen paid, {back} fen paid back");
    }
    println!(
        "fed up to record {}",
        table.db.query_row("SELECT position FROM fed", [], |row| row.get::<_, i64>(0))?
    );
    Ok(())
}
