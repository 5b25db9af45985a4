//! The report and the SQL over the export: every table of the report, every row, every column, to the fen and
//! to the count; over whole lives, with and without a window.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::{Lived, export, lived, python, rows_of, shanghai};
use serde_json::{Map, Value as Json, json};
use tuanzhang_analytics::{Day, Facts, Report, Settings, Table, Total, Value, Window, Zone};
use tuanzhang_core::{Money, Position, Time};

#[derive(Debug)]
struct Shanghai;

impl Zone for Shanghai {
    fn name(&self) -> &'static str {
        "Asia/Shanghai"
    }
    fn day(&self, at: Time) -> Day {
        Day::of(shanghai(at))
    }
}

fn facts(life: &Lived) -> Facts {
    let mut facts = Facts::new(Arc::new(Shanghai));
    for record in &life.records {
        facts.record(record).unwrap();
    }
    for (entry, position) in life.facts.chunks(3).zip(1..) {
        facts.activity(Position::new(position), entry).unwrap();
    }
    facts
}

fn number(wide: i128) -> Json {
    json!(i64::try_from(wide).unwrap())
}

/// Whether a view has a pair under this key.
fn views_pair(found: &[Json], key: &str) -> bool {
    found.first().is_some_and(|row| row.get(format!("{key}_numerator")).is_some())
}

/// A row of the report, with the columns that the SQL has: a ratio is a pair.
fn row(table: &Table, values: &[Value], found: &[Json]) -> Map<String, Json> {
    let mut row = Map::new();
    for (column, value) in table.columns.iter().zip(values) {
        let value = match value {
            Value::None if views_pair(found, column.key) => {
                row.insert(format!("{}_numerator", column.key), Json::Null);
                row.insert(format!("{}_denominator", column.key), Json::Null);
                continue;
            }
            Value::None => Json::Null,
            Value::Text(text) => json!(text),
            Value::Count(count) => json!(count),
            Value::Money(total) => number(Total::minor(*total)),
            Value::Average(ratio)
            | Value::Share(ratio)
            | Value::MoneyShare(ratio)
            | Value::Rate(ratio) => {
                row.insert(format!("{}_numerator", column.key), number(ratio.numerator));
                let denominator = number(ratio.denominator);
                row.insert(format!("{}_denominator", column.key), denominator);
                continue;
            }
        };
        row.insert(column.key.to_owned(), value);
    }
    row
}

/// The same columns of a row of a view; what it lacks is said.
fn picked(found: &Json, like: &Map<String, Json>) -> Map<String, Json> {
    let absent = || json!("no such column");
    like.keys().map(|key| (key.clone(), found.get(key).cloned().unwrap_or_else(absent))).collect()
}

/// Where the report and the views differ: a line for each table and its first row that differs.
fn differences(
    report: &Report,
    views: &Json,
    rows_compared: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let mut all = Vec::new();
    for table in &report.tables {
        let Some(found) = views[table.key].as_array() else {
            all.push(format!("{}: no such view", table.key));
            continue;
        };
        let ours: Vec<_> = table.rows.iter().map(|values| row(table, values, found)).collect();
        let text = |row: Map<String, Json>| Json::Object(row).to_string();
        let like = ours.iter().find(|row| !row.is_empty()).cloned().unwrap_or_default();
        let mut theirs: Vec<_> = found.iter().map(|row| text(picked(row, &like))).collect();
        let mut ours: Vec<_> = ours.into_iter().map(text).collect();
        *rows_compared.entry(table.key.to_owned()).or_default() += ours.len();
        ours.sort();
        theirs.sort();
        if ours != theirs {
            let (a, b): (BTreeSet<_>, BTreeSet<_>) =
                (ours.iter().collect(), theirs.iter().collect());
            let (only, other) = (a.difference(&b).next(), b.difference(&a).next());
            let (ours, theirs) = (ours.len(), theirs.len());
            all.push(format!("{}: {ours} and {theirs} rows\n  {only:?}\n  {other:?}", table.key));
        }
    }
    all
}

#[test]
fn every_table_of_the_report_agrees_with_its_view() {
    let Some(python) = python() else { return };
    let (mut wrong, mut compared) = (Vec::new(), BTreeMap::new());
    for (seed, chosen) in [(1, false), (2, true), (3, false)] {
        let life = lived(seed, chosen, 4_000);
        let folder = tempfile::tempdir().unwrap();
        export(folder.path(), &life.records, &life.facts);
        let facts = facts(&life);
        let (first, last) = (life.records.first().unwrap(), life.records.last().unwrap());
        let (first, last) = (Day::of(shanghai(first.head.at)), Day::of(shanghai(last.head.at)));
        let third = first.until(last) / 3;
        let window = Window { from: first.plus(third), through: first.plus(2 * third) };
        let asked = format!(
            "UPDATE settings SET window_from = DATE '{}', window_through = DATE '{}', target_minor = 1000000;",
            window.from, window.through
        );
        let target = Some(Money::from_minor(1_000_000).unwrap());
        let windowed = Settings { window: Some(window), target, ..Settings::default() };
        for (settings, more) in [(Settings::default(), ""), (windowed, asked.as_str())] {
            let report = Report::of(&facts, &settings);
            let keys: Vec<&str> = report.tables.iter().map(|table| table.key).collect();
            let views = rows_of(&python, folder.path(), more, &keys);
            let found = differences(&report, &views, &mut compared);
            wrong.extend(found.into_iter().map(|what| format!("seed {seed}, {more:?}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    let empty: Vec<_> = compared.iter().filter(|(_, rows)| **rows == 0).collect();
    assert!(empty.is_empty(), "nothing was compared of {empty:?}");
}
