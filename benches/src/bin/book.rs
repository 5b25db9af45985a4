//! `book ORDERS DIR`: makes a journal in DIR of the lifecycle mix, 1,000 records an append; for measuring what reads
//! a whole book: `tuanzhang audit DIR`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use tuanzhang_benches::{Step, lifecycle};
use tuanzhang_journal::Journal;
use tuanzhang_ledger::{Ledger, Options, Request};

const GROUP: usize = 1_000;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [orders, directory] = given.as_slice() else {
        eprintln!("book ORDERS DIR");
        return ExitCode::from(2);
    };
    let parsed = orders.parse().map_err(|_| format!("{orders} is no number of orders").into());
    match parsed.and_then(|orders| make(orders, Path::new(directory))) {
        Ok(records) => {
            println!("{records} records of {orders} orders in {directory}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn make(orders: u64, directory: &Path) -> Result<u64, Box<dyn Error>> {
    let ledger = Ledger::open(Journal::at(directory)?, Options::default())?;
    let mut steps = lifecycle(orders);
    loop {
        let group: Vec<Request> = steps.by_ref().take(GROUP).map(request).collect();
        if group.is_empty() {
            return Ok(ledger.read(|book| book.position().get()));
        }
        for done in ledger.execute_many(&group)? {
            done.map_err(|rejection| format!("refused: {rejection}"))?;
        }
    }
}

fn request(step: Step) -> Request {
    let mut request = Request::new(step.actor, step.command);
    request.at = Some(step.at);
    request
}
