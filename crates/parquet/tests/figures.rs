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
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use common::{Lived, export_in, lived, python, rows_of, shanghai, sql};
use serde_json::{Map, Value as Json, json};
use tuanzhang_analytics::{
    Day, Facts, Period, Report, Settings, Table, Total, Value, Window, Zone,
};
use tuanzhang_core::activity::{Happened, Visited};
use tuanzhang_core::{BookId, BuyerId, Event, Money, PartyId, Position, Record, Time};

/// A zone that says the day of an instant.
type Days = fn(Time) -> NaiveDate;

#[derive(Debug)]
struct Place(Days);

impl Zone for Place {
    fn name(&self) -> &'static str {
        "of the test"
    }
    fn day(&self, at: Time) -> Day {
        Day::of((self.0)(at))
    }
}

/// The day in New York, where clocks are changed.
fn new_york(at: Time) -> NaiveDate {
    let utc = chrono::DateTime::from_timestamp_micros(at.micros()).unwrap();
    utc.with_timezone(&chrono_tz::America::New_York).date_naive()
}

fn facts(life: &Lived, days: Days) -> Facts {
    let mut facts = Facts::new(Arc::new(Place(days)));
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
    tables: &[Table],
    views: &Json,
    rows_compared: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let mut all = Vec::new();
    for table in tables {
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

/// What is asked for, of the report and of the views.
#[derive(Clone)]
struct Asked {
    settings: Settings,
    sql: String,
}

impl Asked {
    fn nothing() -> Self {
        Self { settings: Settings::default(), sql: String::new() }
    }

    fn with(mut self, sql: &str, change: impl Fn(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.sql.push_str("UPDATE settings SET ");
        self.sql.push_str(sql);
        self.sql.push_str("; ");
        self
    }

    /// A window, and a target in it.
    fn within(self, from: Option<Day>, through: Option<Day>) -> Self {
        let text = |day: Option<Day>| day.map_or("NULL".to_owned(), |day| format!("DATE '{day}'"));
        let sql = format!(
            "window_from = {}, window_through = {}, target_minor = 1000000",
            text(from),
            text(through)
        );
        self.with(&sql, |settings| {
            settings.window = window(from, through);
            settings.target = Some(Money::from_minor(1_000_000).unwrap());
        })
    }

    fn weeks(self) -> Self {
        self.with("cohorts = 'week'", |settings| settings.cohorts = Period::Week)
    }

    fn pk(self, left: PartyId, right: PartyId) -> Self {
        let sql = format!("pk_left = '{left}', pk_right = '{right}'");
        self.with(&sql, |settings| settings.pk = Some((left, right)))
    }
}

fn window(from: Option<Day>, through: Option<Day>) -> Window {
    Window { from, through }
}

/// The days that cut a life into thirds.
fn thirds(life: &Lived) -> (Day, Day) {
    let (first, last) = (life.records.first().unwrap(), life.records.last().unwrap());
    let (first, last) = (Day::of(shanghai(first.head.at)), Day::of(shanghai(last.head.at)));
    let third = first.until(last) / 3;
    (first.plus(third), first.plus(2 * third))
}

/// Every table of the report and the list of buyers, beside the views; what differs is added to `wrong`.
fn compare(
    (python, what): (&Path, &str),
    life: &Lived,
    days: Days,
    all_asked: &[Asked],
    compared: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    export_in(days, folder.path(), &life.records, &life.facts);
    let facts = facts(life, days);
    let mut wrong = Vec::new();
    for Asked { settings, sql } in all_asked {
        let mut tables = Report::of(&facts, settings).tables;
        tables.push(Report::buyers(std::slice::from_ref(&facts), settings).unwrap());
        let keys: Vec<&str> = tables.iter().map(|table| table.key).collect();
        let views = rows_of(python, folder.path(), sql, &keys);
        let found = differences(&tables, &views, compared);
        wrong.extend(found.into_iter().map(|found| format!("{what}, {sql:?}: {found}")));
    }
    wrong
}

#[test]
fn every_table_of_the_report_agrees_with_its_view() {
    let Some(python) = python() else { return };
    let (mut wrong, mut compared) = (Vec::new(), BTreeMap::new());
    for (seed, chosen) in [(1, false), (2, true), (3, false)] {
        let life = lived(seed, chosen, 4_000);
        let (from, through) = thirds(&life);
        let mut leaders =
            life.records.iter().flat_map(|record| &record.events).filter_map(|event| {
                if let Event::OrderPlaced(placed) = event { Some(placed.seller) } else { None }
            });
        let left = leaders.next().unwrap();
        let right = leaders.find(|right| *right != left).unwrap();
        let all = [
            Asked::nothing(),
            Asked::nothing().within(Some(from), Some(through)).weeks().pk(left, right),
            Asked::nothing().within(Some(from), None).pk(right, PartyId::from_bytes([77; 16])),
            Asked::nothing().within(None, Some(through)),
            // It hasn't begun; it still runs.
            Asked::nothing().within(Some(through.plus(90_000)), Some(through.plus(90_001))),
            Asked::nothing().within(Some(from), Some(through.plus(90_000))),
        ];
        let what = format!("seed {seed}");
        wrong.extend(compare((&python, &what), &life, shanghai, &all, &mut compared));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    let empty: Vec<_> = compared.iter().filter(|(_, rows)| **rows == 0).collect();
    assert!(empty.is_empty(), "nothing was compared of {empty:?}");
}

/// A life in which much happens in the same instant: the clock stands still for so many hours.
fn with_ties(mut life: Lived, hours: i64) -> Lived {
    let step = hours * 3_600_000_000;
    let floor = |at: Time| Time::from_micros(at.micros().div_euclid(step) * step);
    life.records.iter_mut().for_each(|record| record.head.at = floor(record.head.at));
    life.facts.iter_mut().for_each(|fact| fact.at = floor(fact.at));
    life
}

/// A life in which nobody says who they are.
fn of_walk_ins(mut life: Lived) -> Lived {
    for event in life.records.iter_mut().flat_map(|record| &mut record.events) {
        if let Event::OrderPlaced(placed) = event {
            placed.buyer = None;
        }
    }
    life
}

/// Only the book's opening, and so many of the community's facts.
fn opened(mut life: Lived, facts: usize) -> Lived {
    life.records.truncate(1);
    life.facts.truncate(facts);
    life
}

#[test]
fn they_agree_at_the_edges_too() {
    let Some(python) = python() else { return };
    let life = || lived(1, false, 2_000);
    let without_facts = |life: Lived| Lived { facts: Vec::new(), ..life };
    let (from, through) = thirds(&life());
    let within = Asked::nothing().within(Some(from), Some(through));
    let mut ancient = opened(life(), 200);
    let visitor = BuyerId::from_bytes([7; 16]);
    let visit = Visited { visitor, campaign: None, source: None };
    let at = "0000-03-01T00:00:00Z".parse().unwrap();
    ancient.facts.push(Happened { at, activity: visit.into() });
    let cases: [(&str, Lived, Days); 8] = [
        ("ties", with_ties(life(), 6), shanghai),
        // Who bought again in that instant didn't within 7 or 30 days.
        ("ties of many days", with_ties(life(), 40 * 24), shanghai),
        ("walk-ins only", without_facts(of_walk_ins(life())), shanghai),
        ("walk-ins and visits", of_walk_ins(life()), shanghai),
        ("without activity", without_facts(life()), shanghai),
        ("nothing", opened(life(), 0), shanghai),
        ("activity only, since the year 0", ancient, shanghai),
        ("New York", life(), new_york),
    ];
    let mut wrong = Vec::new();
    for (what, life, days) in cases {
        let all = [Asked::nothing().weeks(), within.clone()];
        wrong.extend(compare((&python, what), &life, days, &all, &mut BTreeMap::new()));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// The same book under another id.
fn renamed(records: &mut [Record], book: BookId) {
    for event in records.iter_mut().flat_map(|record| &mut record.events) {
        if let Event::BookOpened(opened) = event {
            opened.book = book;
        }
    }
}

#[test]
fn several_books_together_are_counted_as_the_page_shows() {
    let Some(python) = python() else { return };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let page = std::fs::read_to_string(page).unwrap();
    let query = page.split("<!-- all books -->").nth(1).unwrap();
    let query = query.split("```sql").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut books = Vec::new();
    for (commands, number) in [(2_000, 1), (700, 2)] {
        let mut life = lived(1, false, commands);
        renamed(&mut life.records, BookId::from_bytes([number; 16]));
        export_in(shanghai, folder.path(), &life.records, &life.facts);
        books.push(facts(&life, shanghai));
    }
    let query = format!("({}) AS all_books", query.trim().trim_end_matches(';'));
    let report = Report::of_books(&books, &Settings::default()).unwrap();
    let sales = report.table("sales").unwrap();
    let found = rows_of(&python, folder.path(), "", &[query.as_str(), "sales"]);
    let theirs = found[&query].as_array().unwrap();
    let ours = row(sales, &sales.rows[0], theirs);
    assert_eq!(theirs.len(), 1);
    for key in ["buyers", "repeat_buyers", "gmv_paid"] {
        assert_eq!(theirs[0][key], ours[key], "{key}");
    }
    // Some bought in both.
    let each = found["sales"].as_array().unwrap().iter();
    let sum: i64 = each.map(|row| row["buyers"].as_i64().unwrap()).sum();
    assert!(sum > theirs[0]["buyers"].as_i64().unwrap());
    assert!(sql("metrics.sql").contains("Every view is per book"));
}
