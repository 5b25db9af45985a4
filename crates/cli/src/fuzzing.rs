//! What fuzz targets and the replay of their seeds call: hostile bytes into what reads foreign input.
//!
//! Each panics where something is wrong that no input may cause.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "for tests only: a panic here is a failed test"
)]

use std::collections::HashSet;
use std::io::Write as _;
use std::ops::ControlFlow;

use chrono_tz::Tz;
use clap::Parser;
use flate2::Compression;
use flate2::write::GzEncoder;
use tuanzhang_core::activity::Happened;
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Command, Head, Record, RulesVersion, Time};

use crate::import::{Facts, ImportError, Named, Plan, Reject, write_rejects};
use crate::input::{Lines, Next};
use crate::verbs::import::activity::Columns;

/// The longest first line, which says how the rest is read.
const SETTINGS_BYTES_MAX: usize = 1_024;
/// What the clock says: 2022-01-01T00:00:00Z.
const NOW: Time = Time::from_micros(1_640_995_200_000_000);

/// Bytes as the lines that `tuanzhang apply` reads: each is a request or says why it is none, in few words;
/// a request that is printed reads as itself. Gives the number of requests.
pub fn json(bytes: &[u8]) -> u64 {
    let mut lines = Lines::new(bytes);
    let (mut requests, mut number) = (0_u64, 0);
    loop {
        let next = lines.next().expect("bytes in memory can be read");
        if !matches!(next, Next::End) {
            assert!(lines.number() > number, "line {number} is read twice");
            number = lines.number();
        }
        match next {
            Next::End => return requests,
            Next::Unreadable(why) => {
                // It repeats a word of the line, each byte escaped at the worst.
                let most = bytes.len().saturating_mul(10).saturating_add(2_000);
                assert!(!why.is_empty() && why.len() <= most, "{} bytes of reasons", why.len());
            }
            Next::Request(request) => {
                requests = requests.saturating_add(1);
                let line = serde_json::json!({
                    "at": request.at,
                    "occurred_at": request.occurred_at,
                    "actor": request.actor,
                    "command": request.command,
                });
                let printed = line.to_string();
                let Ok(Next::Request(again)) = Lines::new(printed.as_bytes()).next() else {
                    panic!("what was read can't be read again: {printed}");
                };
                assert_eq!(again.command, request.command, "{printed}");
                let rest = |of: &tuanzhang_ledger::Request| (of.at, of.occurred_at, of.actor);
                assert_eq!(rest(&again), rest(&request), "{printed}");
            }
        }
    }
}

/// How the rest of the bytes is read: `online-retail`, `activity --map kind=what --time-format unix`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Settings {
    format: String,
    #[command(flatten)]
    columns: Columns,
}

/// Bytes as a file to import, behind a line that names its format and, for activity, the options: every
/// row is used, skipped or rejected with a reason; the same file gzipped is the same; a ledger takes every
/// command; what was imported isn't missing. Gives the number of rows, none where the file is refused.
pub fn import(bytes: &[u8]) -> Option<u64> {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (first, file) = bytes.split_at_checked(line)?;
    let file = file.get(1..).unwrap_or_default();
    let first = std::str::from_utf8(first).ok().filter(|line| line.len() <= SETTINGS_BYTES_MAX)?;
    let settings = Settings::try_parse_from(first.split_whitespace()).ok()?;
    match settings.format.as_str() {
        "online-retail" => invoices(file),
        "activity" => {
            let settings = settings.columns.settings(NOW, || Ok(Tz::Asia__Shanghai)).ok()?;
            facts(file, &settings)
        }
        _ => None,
    }
}

fn facts(file: &[u8], settings: &crate::import::Settings) -> Option<u64> {
    let mut facts = read(Facts::from_bytes(file, settings))?;
    let rejected = check_rejects(facts.rejects());
    let total = facts.total().rows;
    let rows = total.checked_add(facts.skipped()).and_then(|sum| sum.checked_add(rejected));
    assert_eq!(rows, Some(facts.rows()), "each row is a fact, skipped or rejected");

    let mut zipped = read(Facts::from_bytes(&gzipped(file), settings)).expect("the same, gzipped");
    assert_eq!(zipped.rejects(), facts.rejects());
    assert!(zipped.kinds().eq(facts.kinds()));

    // All of them are missing, and none when the stream has them.
    let mut found: Vec<Happened> = Vec::new();
    let missing = facts.missing(|happened| {
        assert!(happened.at <= NOW, "{} hasn't come yet", happened.at);
        found.push(happened);
        Ok::<(), ImportError>(())
    });
    missing.expect("what was read is kept");
    assert_eq!(u64::try_from(found.len()), Ok(total));
    for happened in &found {
        zipped.find(happened);
    }
    let none = zipped.missing(|happened| panic!("{happened:?} is there, and missing"));
    none.unwrap_or_else(|error: ImportError| panic!("{error}"));
    Some(facts.rows())
}

fn invoices(file: &[u8]) -> Option<u64> {
    let plan = read(Plan::from_bytes(file, |_| ()))?;
    let rejected = check_rejects(plan.rejects());
    let classes = plan.classes();
    let of_rejects = classes.iter().filter(|(class, _)| class.name().starts_with("rejected"));
    assert_eq!(of_rejects.map(|(_, total)| total.rows).sum::<u64>(), rejected);
    let zipped = read(Plan::from_bytes(&gzipped(file), |_| ())).expect("the same, gzipped");
    assert_eq!(zipped.classes(), classes);

    let mut book = Book::default();
    let (mut steps, mut last) = (0_usize, Time::from_micros(i64::MIN));
    for step in plan.commands() {
        steps = steps.saturating_add(1);
        assert!(step.at >= last, "line {}: time goes back", step.line);
        last = step.at;
        let accepted = decided(&mut book, &step.command, &step);
        assert!(accepted.is_continue(), "line {}: {:?} is no news", step.line, step.command);
    }
    assert_eq!(steps, plan.len_hint(), "as many commands as were counted");
    assert_eq!(book.balances().values().map(|money| i128::from(money.minor())).sum::<i128>(), 0);

    let mut again = zipped;
    read(again.check_against(&book)).expect("the book takes its own file");
    for step in again.commands() {
        let accepted = decided(&mut book, &step.command, &step);
        assert!(accepted.is_break(), "line {}: {:?} is done twice", step.line, step.command);
    }
    Some(classes.total().rows)
}

/// Whether a command was news to the book, which takes it in.
fn decided(book: &mut Book, command: &Command, step: &crate::import::Step) -> ControlFlow<()> {
    let (at, occurred_at, actor) = (step.at, step.occurred_at, step.actor);
    match decide(book, at, occurred_at, actor, command) {
        Decision::Known(_) => ControlFlow::Break(()),
        Decision::Rejected(why) => panic!("line {}: {command:?} is refused: {why}", step.line),
        Decision::Accepted(events) => {
            let position = book.position().next();
            let head = Head { position, at, occurred_at, actor, rules: RulesVersion::CURRENT };
            apply(book, &Record { head, events }).expect("what was decided applies");
            ControlFlow::Continue(())
        }
    }
}

/// None where the file as a whole is refused, in words.
fn read<T>(read: Result<T, ImportError>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(ImportError::Lost(what)) => panic!("what was read is lost: {what}"),
        Err(error) => {
            let said = error.to_string();
            assert!(!said.is_empty() && said.len() < 10_000, "{said}");
            None
        }
    }
}

/// Every reject has its own line and a reason, and they can be written.
fn check_rejects<C: Named>(rejects: &[Reject<C>]) -> u64 {
    let mut lines = HashSet::new();
    for Reject { line, reason, raw, .. } in rejects {
        assert!(*line > 0 && lines.insert(*line), "two rejects in line {line}");
        // What is no UTF-8 takes three bytes for each.
        assert!(!reason.is_empty() && reason.len() < 2_000 && raw.len() <= 6_000, "{reason}");
    }
    let mut written = Vec::new();
    write_rejects(&mut written, rejects).expect("memory can be written to");
    u64::try_from(rejects.len()).unwrap_or(u64::MAX)
}

/// The file, gzipped if it isn't.
fn gzipped(file: &[u8]) -> Vec<u8> {
    if file.starts_with(&[0x1f, 0x8b]) {
        return file.to_vec();
    }
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(file).expect("memory can be written to");
    zipped.finish().expect("memory can be written to")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::import::Class;

    fn panics(run: impl FnOnce()) -> bool {
        catch_unwind(AssertUnwindSafe(run)).is_err()
    }

    const SOLD: &[u8] =
        b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
        536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n";

    #[test]
    fn the_checks_find_planted_faults() {
        let reject = |line, reason: &str| Reject::new(line, Class::BadCsv, reason.into(), b"raw");
        assert!(!panics(|| drop(check_rejects(&[reject(2, "bad"), reject(3, "bad")]).to_string())));
        for wrong in [[reject(2, "bad"), reject(2, "bad")], [reject(2, "bad"), reject(3, "")]] {
            assert!(panics(|| drop(check_rejects(&wrong).to_string())), "{wrong:?}");
        }
        let lost = || read::<()>(Err(ImportError::Lost("planted".into())));
        assert!(panics(|| drop(lost().is_some().to_string())));

        let plan = Plan::from_bytes(SOLD, |_| ()).unwrap();
        let steps: Vec<_> = plan.commands().collect();
        let mut book = Book::default();
        let mut refused =
            || decided(&mut book, &steps[1].command, &steps[1]).is_break().to_string();
        assert!(panics(|| drop(refused())), "a command before the one that it needs");
    }

    #[test]
    fn files_are_read_as_their_first_line_says() {
        assert_eq!(import(&[b"online-retail\n", SOLD].concat()), Some(1));
        let activity = b"activity --kind left\nat,member\n,\n";
        assert_eq!(import(activity), Some(1));
        for refused in ["", "activity --kind flown\nat,member\n", "parquet\n"] {
            assert_eq!(import(refused.as_bytes()), None, "{refused}");
        }
        assert_eq!(json(b"{}\n\n"), 0);
    }
}
