//! The app as a process of its own: this test program, started again. It sells, keeps its table beside
//! it, and waits to be killed where it was told to.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tuanzhang::Follow;
use tuanzhang::journal::Journal;
use tuanzhang::prelude::*;

use crate::shop;
use crate::table::{self, Table};

const DIR: &str = "TUANZHANG_READ_TABLE";
const KEEPING: &str = "TUANZHANG_READ_TABLE_KEEPING";
const AT: &str = "TUANZHANG_READ_TABLE_AT";

/// So that there are transactions of one record and of several.
const RECORDS_MAX: usize = 4;

/// How the position is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In one transaction with the rows, as the example does.
    Together,
    /// A control: in a transaction of its own, after the rows.
    PositionLater,
    /// A control: in a transaction of its own, before the rows.
    PositionFirst,
}

/// How a life of the app ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Killed,
    Done,
    /// Its table refused what it was fed.
    Failed,
}

/// Runs the app, to its end or until it is killed before the nth statement that it sends to its table's
/// database.
pub fn run(dir: &Path, keeping: Keeping, killed_at: Option<u32>) -> Ended {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child::an_app", "--nocapture"]);
    command.env(DIR, dir).env(KEEPING, format!("{keeping:?}"));
    command.env(AT, killed_at.unwrap_or(u32::MAX).to_string());
    if keeping != Keeping::Together {
        command.stderr(Stdio::null());
    }
    let mut app = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(app.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ended = lines.find_map(|line| match line.as_str() {
        "at" => Some(Ended::Killed),
        "done" => Some(Ended::Done),
        _ => None,
    });
    if ended == Some(Ended::Killed) {
        app.kill().unwrap();
    }
    lines.for_each(drop);
    let status = app.wait().unwrap();
    assert_eq!(status.success(), ended == Some(Ended::Done));
    ended.unwrap_or(Ended::Failed)
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Not a test: the app.
#[test]
fn an_app() {
    let (Some(dir), Ok(keeping), Ok(at)) =
        (std::env::var_os(DIR), std::env::var(KEEPING), std::env::var(AT))
    else {
        return;
    };
    let (dir, killed_at) = (Path::new(&dir), at.parse::<u32>().unwrap());
    let ledger = Ledger::open(Journal::at(dir.join("book")).unwrap(), Options::default()).unwrap();
    let mut table = Table::open(&dir.join("app.db")).unwrap();
    let mut seen = 0_u32;
    let wait_for_the_kill = move |_: TraceEvent<'_>| {
        seen += 1;
        if seen == killed_at {
            say("at");
            loop {
                thread::park();
            }
        }
    };
    table.db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(wait_for_the_kill)).unwrap();
    let follow = ledger.follow(table.next_position().unwrap());
    let keeper = thread::spawn(move || match keeping.as_str() {
        "Together" => table::keep(&mut table, &mut { follow }, RECORDS_MAX).unwrap(),
        "PositionLater" => keep_apart(table, follow, false).unwrap(),
        _ => keep_apart(table, follow, true).unwrap(),
    });
    for request in shop::requests(5).unwrap() {
        ledger.execute_request(request).unwrap();
    }
    drop(ledger);
    keeper.join().unwrap();
    say("done");
}

/// What the example must not do.
fn keep_apart(
    mut table: Table,
    follow: Follow,
    position_first: bool,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    for record in follow {
        let records = [record?];
        for its_turn in [position_first, !position_first] {
            let transaction = table.db.transaction()?;
            if its_turn {
                table::position(&transaction, &records)?;
            } else {
                table::rows(&transaction, &records)?;
            }
            transaction.commit()?;
        }
    }
    Ok(())
}
