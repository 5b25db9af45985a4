//! What stands in the text, without a judge.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod common;

use chrono::NaiveDate;
use common::{Lived, journal, lived, shanghai};
use tuanzhang_core::accounting::postings;
use tuanzhang_core::{Actor, Command, Position, Record, RulesVersion, Time};
use tuanzhang_plaintext::{CommandLines, ExportError, Journal, Tool};

fn dates(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains(" * ")).map(|line| &line[..10]).collect()
}

#[test]
fn there_is_a_transaction_for_each_event_that_moves_money_and_no_other() {
    let life = lived(1, true, 800);
    let events = life.records.iter().flat_map(|record| &record.events);
    let moved = events.filter(|event| !postings(event).is_empty()).count();
    for tool in [Tool::Beancount, Tool::Hledger] {
        let (text, written) = journal(tool, &life.records);
        assert_eq!(written.transactions, u64::try_from(moved).unwrap());
        assert_eq!(written.position, life.book.position());
        let end = format!("; end: position {}, {moved} transactions", written.position);
        assert!(text.lines().last().unwrap().starts_with(&end), "{tool:?}");
        assert_eq!(journal(tool, &life.records).0, text, "the same book gives the same text");
    }
}

#[test]
fn a_clock_that_goes_back_over_midnight_moves_no_date_back() {
    let life = lived(1, true, 300);
    let back = |at: Time| if at.micros() % 2 == 0 { shanghai(at) } else { NaiveDate::MIN };
    let mut text = Journal::new(Tool::Hledger, Vec::new(), back);
    for record in &life.records {
        text.record(record).unwrap();
    }
    let text = String::from_utf8(text.finish().unwrap().0).unwrap();
    let dates = dates(&text);
    assert!(dates.is_sorted() && dates.len() > 20, "{dates:?}");
}

#[test]
fn a_record_that_no_tool_can_date_is_refused() {
    let life = lived(1, true, 40);
    for at in [i64::MIN, -62_135_510_400_000_001, 253_402_128_000_000_000, i64::MAX] {
        let mut first = life.records[0].clone();
        first.head.at = Time::from_micros(at);
        let mut text = Journal::new(Tool::Beancount, Vec::new(), |_| NaiveDate::MIN);
        let refused = text.record(&first).unwrap_err();
        assert!(matches!(refused, ExportError::Undated { .. }), "{refused}");
    }
}

#[test]
fn records_come_in_order_and_from_the_first() {
    let life = lived(1, true, 40);
    let mut text = Journal::new(Tool::Beancount, Vec::new(), shanghai);
    let refused = text.record(&life.records[1]).unwrap_err();
    assert!(matches!(refused, ExportError::OutOfOrder { .. }), "{refused}");
    let refused = Journal::new(Tool::Hledger, Vec::new(), shanghai).finish().unwrap_err();
    assert!(matches!(refused, ExportError::NoBook), "{refused}");
    let mut lines = CommandLines::new(Vec::new());
    let refused = lines.record(&life.records[1]).unwrap_err();
    assert!(matches!(refused, ExportError::OutOfOrder { .. }), "{refused}");
    assert!(matches!(lines.finish().unwrap_err(), ExportError::NoBook));
}

/// A line, read without the code that wrote it.
#[derive(serde::Deserialize)]
struct Line {
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

#[test]
fn the_commands_of_a_life_make_the_same_records() {
    let mut records = 0;
    for seed in 0..8 {
        let life = lived(seed, seed % 2 == 1, 2_000);
        let mut lines = CommandLines::new(Vec::new());
        for record in &life.records {
            lines.record(record).unwrap();
        }
        let text = String::from_utf8(lines.finish().unwrap().0).unwrap();
        let mut again = Lived::default();
        for line in text.lines() {
            let Line { at, occurred_at, actor, command } = serde_json::from_str(line).unwrap();
            assert!(again.send(at, occurred_at, actor, &command), "{line}");
        }
        assert_eq!(again.records, life.records, "seed {seed}");
        records += again.records.len();
    }
    println!("{records} records made again");
    assert!(records > 2_000, "{records}");
}

fn second(change: impl Fn(&mut Record)) -> ExportError {
    let life = lived(1, true, 40);
    let mut lines = CommandLines::new(Vec::new());
    lines.record(&life.records[0]).unwrap();
    let mut second = life.records[1].clone();
    change(&mut second);
    assert_eq!(second.head.position, Position::new(2));
    lines.record(&second).unwrap_err()
}

#[test]
fn what_json_cannot_say_is_refused_and_not_lost() {
    let refused = second(|record| record.head.at = Time::from_micros(i64::MAX));
    assert!(matches!(refused, ExportError::NotALine { .. }), "{refused}");
    let refused = second(|record| record.head.occurred_at = Some(Time::from_micros(i64::MIN)));
    assert!(matches!(refused, ExportError::NotALine { .. }), "{refused}");
    let refused = second(|record| record.events.clear());
    assert!(matches!(refused, ExportError::NotALine { .. }), "{refused}");
    let refused = second(|record| record.head.rules = RulesVersion(2));
    assert!(matches!(refused, ExportError::OtherRules { .. }), "{refused}");
}

/// Takes so many bytes, then fails.
struct Full(usize);

impl std::io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told() {
    let life = lived(1, true, 300);
    for room in [0, 100, 5_000] {
        let mut text = Journal::new(Tool::Hledger, Full(room), shanghai);
        let failed = life.records.iter().find_map(|record| text.record(record).err()).unwrap();
        assert!(matches!(failed, ExportError::Io(_)), "{failed}");
        let mut lines = CommandLines::new(Full(room));
        let failed = life.records.iter().find_map(|record| lines.record(record).err()).unwrap();
        assert!(matches!(failed, ExportError::Io(_)), "{failed}");
    }
}
