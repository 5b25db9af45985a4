//! The catalogue and docs/analytics.md: a key has one definition in two languages, every column and table of a report
//! is in the catalogue and nothing else is, and the page's lists are what the code says.
//!
//! `BLESS=1 cargo test -p tuanzhang-analytics --test definitions_page` writes the lists anew.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tuanzhang_analytics::{
    Column, DEFINITIONS, Facts, HEADINGS, Report, Settings, Shape, Table, Utc,
};
use tuanzhang_core::{Money, PartyId};

/// Every table: of two books, with a target and two leaders to compare; and the list of buyers.
fn tables() -> Vec<Table> {
    let books = [Facts::new(Arc::new(Utc)), Facts::new(Arc::new(Utc))];
    let settings = Settings {
        target: Money::from_minor(1).ok(),
        pk: Some((PartyId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]))),
        ..Settings::default()
    };
    let mut tables = Report::of_books(&books, &settings).unwrap().tables;
    tables.push(Report::buyers(&books, &settings).unwrap());
    tables
}

#[test]
fn a_key_has_one_definition_in_two_languages() {
    let keys: BTreeSet<_> = DEFINITIONS.iter().map(|column| column.key).collect();
    assert_eq!(keys.len(), DEFINITIONS.len(), "a key twice");
    let keys: BTreeSet<_> = HEADINGS.iter().map(|heading| heading.key).collect();
    assert_eq!(keys.len(), HEADINGS.len(), "a table twice");
    let columns = DEFINITIONS
        .iter()
        .map(|of| (of.key, [of.english, of.meaning], [of.chinese, of.chinese_meaning]));
    let headings = HEADINGS
        .iter()
        .map(|of| (of.key, [of.english, of.meaning], [of.chinese, of.chinese_meaning]));
    for (key, english, chinese) in columns.chain(headings) {
        for text in english.iter().chain(&chinese) {
            assert!(!text.trim().is_empty() && *text == text.trim(), "{key}: {text:?}");
            assert!(!text.contains(['|', '\n']), "{key}: {text:?} breaks a table");
        }
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(!english.iter().any(|text| is_chinese(text)), "{key}: {english:?}");
        assert!(is_chinese(chinese[1]), "{key}: {chinese:?}");
        // Half-width punctuation between Chinese characters is a slip.
        assert!(!chinese[1].contains([',', ';']), "{key}: {chinese:?}");
    }
}

#[test]
fn every_column_of_a_table_is_in_the_catalogue_and_nothing_else_is() {
    let known: BTreeMap<&str, &Column> = DEFINITIONS.iter().map(|of| (of.key, of)).collect();
    let mut used = BTreeSet::new();
    for table in tables() {
        let mut own = BTreeSet::new();
        for column in &table.columns {
            assert_eq!(known.get(column.key), Some(&column), "{}.{}", table.key, column.key);
            assert!(own.insert(column.key), "{} has {} twice", table.key, column.key);
        }
        used.extend(own);
    }
    let unused: Vec<_> = known.keys().filter(|key| !used.contains(**key)).collect();
    assert!(unused.is_empty(), "in no table: {unused:?}");
    let of_tables: BTreeSet<_> = tables().iter().map(|table| table.key).collect();
    let of_headings: BTreeSet<_> = HEADINGS.iter().map(|heading| heading.key).collect();
    assert_eq!(of_tables, of_headings);
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/analytics.md")
}

/// The tables in reading order, as the page lists them.
fn list_of_tables() -> String {
    let mut list =
        "| key | 中文 | English | rows | 一行是 | a row is |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for of in tables() {
        let rows = if of.shape == Shape::One { "1" } else { "n" };
        let (key, meaning) = (of.key, of.meaning);
        writeln!(
            list,
            "| `{key}` | {} | {} | {rows} | {} | {meaning} |",
            of.chinese, of.english, of.chinese_meaning
        )
        .unwrap();
    }
    list
}

/// The definitions, as the page lists them.
fn list_of_definitions() -> String {
    let mut list =
        "| key | 中文 | English | 口径 | definition |\n|---|---|---|---|---|\n".to_owned();
    for of in DEFINITIONS {
        let Column { key, english, chinese, meaning, chinese_meaning } = of;
        writeln!(list, "| `{key}` | {chinese} | {english} | {chinese_meaning} | {meaning} |")
            .unwrap();
    }
    list
}

/// The page with a list put between its marks.
fn with(page: &str, name: &str, list: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{begin}\n{list}\n{end}{after}")
}

#[test]
fn the_pages_lists_are_what_the_code_says() {
    let written = std::fs::read_to_string(page()).unwrap();
    let fresh = with(&written, "tables", &list_of_tables());
    let fresh = with(&fresh, "definitions", &list_of_definitions());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(page(), &fresh).unwrap();
        return;
    }
    for (written, fresh) in written.lines().zip(fresh.lines()) {
        assert_eq!(written, fresh, "docs/analytics.md is behind; see the head of this file");
    }
    assert_eq!(written.lines().count(), fresh.lines().count());
}
