//! The files of an export: the same book gives the same bytes, past months stay, exporting again replaces; and
//! docs/export.md says what is in them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use common::{export, lived, shanghai};
use tuanzhang_core::Position;
use tuanzhang_parquet::{COMMON, Column, ExportError, Exporter, TABLES};

/// Every file below a folder, by its path in it.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(root, &mut found);
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), bytes)
    };
    found.into_iter().map(read).collect()
}

#[test]
fn the_same_book_gives_the_same_bytes_and_past_months_stay() {
    let life = lived(1, false, 3_000);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let half = life.records.len() / 2;
    let exported = export(two.path(), &life.records[..half], &[]);
    let before = files(two.path());
    assert_eq!(exported.files.len(), before.len());
    let bytes: usize = before.values().map(Vec::len).sum();
    assert_eq!(exported.bytes, u64::try_from(bytes).unwrap());
    assert_eq!(exported.position, life.records[half - 1].head.position);

    export(one.path(), &life.records, &life.facts);
    export(two.path(), &life.records, &life.facts);
    let (one, two) = (files(one.path()), files(two.path()));
    assert!(one == two, "not the same bytes, or files of the shorter export are left");
    let month = shanghai(life.records[half - 1].head.at).format("month=%Y-%m").to_string();
    let past = |path: &Path| path.iter().nth(2).is_some_and(|name| *name < *month);
    let past: Vec<_> = before.iter().filter(|(path, _)| past(path)).collect();
    assert!(past.len() > 100, "{} files of past months", past.len());
    for (path, bytes) in past.into_iter().filter(|(path, _)| !path.starts_with("activity")) {
        assert!(two[path] == *bytes, "{} changed", path.display());
    }
}

#[test]
fn a_longer_or_broken_export_before_leaves_nothing() {
    let life = lived(1, false, 2_000);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    export(one.path(), &life.records, &life.facts);
    // Another one that ends in the middle.
    let mut broken = Exporter::new(one.path(), shanghai);
    life.records[..200].iter().for_each(|record| broken.record(record).unwrap());
    drop(broken);
    let left = files(one.path());
    assert!(left.keys().any(|path| path.extension().is_some_and(|end| end == "new")));
    export(one.path(), &life.records[..300], &life.facts[..30]);
    export(two.path(), &life.records[..300], &life.facts[..30]);
    assert!(files(one.path()) == files(two.path()));
}

#[test]
fn records_come_in_order_and_facts_after_the_book() {
    let life = lived(1, false, 50);
    let folder = tempfile::tempdir().unwrap();
    let mut exporter = Exporter::new(folder.path(), shanghai);
    let refused = exporter.activity(Position::new(1), &life.facts[0]).unwrap_err();
    assert!(matches!(refused, ExportError::NoBook), "{refused}");
    let refused = exporter.record(&life.records[1]).unwrap_err();
    assert!(matches!(refused, ExportError::OutOfOrder { .. }), "{refused}");
    exporter.record(&life.records[0]).unwrap();
    exporter.activity(Position::new(1), &life.facts[0]).unwrap();
    exporter.finish().unwrap();
}

fn documented(columns: &[Column]) -> String {
    let mut text = String::from("| column | type | is |\n|---|---|---|\n");
    for Column { name, kind, optional, meaning } in columns {
        let null = if *optional { ", null" } else { "" };
        writeln!(text, "| `{name}` | {}{null} | {meaning} |", kind.parquet()).unwrap();
    }
    text
}

#[test]
fn the_page_has_every_table_and_column() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let page = fs::read_to_string(root.join("docs/export.md")).unwrap();
    let mut wanted = vec![documented(COMMON)];
    for table in TABLES {
        let columns = documented(table.columns);
        wanted.push(format!("### {}\n\n{}\n\n{columns}", table.name, table.meaning));
    }
    let missing: Vec<_> = wanted.iter().filter(|text| !page.contains(text.as_str())).collect();
    let missing = missing.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(missing.is_empty(), "docs/export.md lacks:\n{missing}");
    assert_eq!(page.matches("\n### ").count(), TABLES.len(), "a section too many");
    let opened = common::sql("tables.sql");
    for table in TABLES {
        assert!(opened.contains(&format!("VIEW {} AS", table.name)), "{}", table.name);
    }
}
