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
    let tables = before.iter().filter(|(path, _)| !path.starts_with("manifest"));
    let tables: Vec<_> = tables.collect();
    assert_eq!(exported.files.len(), tables.len());
    let bytes: usize = tables.iter().map(|(_, bytes)| bytes.len()).sum();
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

/// The manifest of an export of one book.
fn manifest(root: &Path) -> Option<serde_json::Value> {
    let book = files(root).into_keys().find(|path| path.extension().is_some_and(|it| it == "json"));
    book.map(|path| serde_json::from_slice(&fs::read(root.join(path)).unwrap()).unwrap())
}

#[test]
fn a_second_export_at_once_is_refused_and_disturbs_nothing() {
    let life = lived(1, false, 1_000);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = Exporter::new(one.path(), shanghai);
    let (early, late) = life.records.split_at(life.records.len() / 2);
    for record in early {
        first.record(record).unwrap();
    }
    let before = files(one.path());
    let mut second = Exporter::new(one.path(), shanghai);
    let refused = second.record(&life.records[0]).unwrap_err();
    assert!(matches!(refused, ExportError::Busy { .. }), "{refused}");
    assert!(refused.to_string().contains("wait for it, or choose another folder"), "{refused}");
    assert!(files(one.path()) == before);
    for record in late {
        first.record(record).unwrap();
    }
    first.finish().unwrap();
    export(two.path(), &life.records, &[]);
    assert!(files(one.path()) == files(two.path()));
    // It is free again, and so it is where an export was broken off.
    let mut broken = Exporter::new(one.path(), shanghai);
    broken.record(&life.records[0]).unwrap();
    drop(broken);
    export(one.path(), &life.records, &[]);
    assert!(files(one.path()) == files(two.path()));
}

#[test]
fn many_exports_at_once_leave_one_whole() {
    let life = lived(1, false, 1_000);
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |records: usize| {
        let mut exporter = Exporter::new(one.path(), shanghai);
        for record in &life.records[..records] {
            if let Err(error) = exporter.record(record) {
                assert!(matches!(error, ExportError::Busy { .. }), "{error}");
                return false;
            }
        }
        exporter.finish().unwrap();
        true
    };
    std::thread::scope(|scope| {
        let runs: Vec<_> = (1..=8).map(|n| scope.spawn(move || run(n * 30))).collect();
        assert!(runs.into_iter().any(|run| run.join().unwrap()));
    });
    let said = manifest(one.path()).unwrap();
    let records = usize::try_from(said["position"].as_u64().unwrap()).unwrap();
    export(two.path(), &life.records[..records], &[]);
    assert!(files(one.path()) == files(two.path()));
}

#[test]
fn the_manifest_says_what_is_there_and_is_away_while_names_change() {
    let life = lived(1, false, 1_000);
    let folder = tempfile::tempdir().unwrap();
    let exported = export(folder.path(), &life.records, &life.facts);
    let said = manifest(folder.path()).unwrap();
    assert_eq!(said["book"], exported.book.to_string());
    assert_eq!(said["position"], exported.position.get());
    assert_eq!(said["activity_position"], exported.activity.get());
    assert_eq!(said["schema"], 1);
    assert_eq!(said["bytes"], exported.bytes);
    let mut named: BTreeMap<PathBuf, u64> = BTreeMap::new();
    for file in said["files"].as_array().unwrap() {
        named.insert(file["path"].as_str().unwrap().into(), file["bytes"].as_u64().unwrap());
    }
    let there = files(folder.path()).into_iter();
    let there = there.filter(|(path, _)| !path.starts_with("manifest"));
    let there = there.map(|(path, bytes)| (path, u64::try_from(bytes.len()).unwrap()));
    assert_eq!(named, there.collect());
    // An export that is broken off before its names change leaves it; one that can't give all of them doesn't.
    let mut broken = Exporter::new(folder.path(), shanghai);
    life.records[..50].iter().for_each(|record| broken.record(record).unwrap());
    drop(broken);
    assert_eq!(manifest(folder.path()).unwrap(), said);
    let in_the_way = folder.path().join(named.keys().last().unwrap());
    fs::remove_file(&in_the_way).unwrap();
    fs::create_dir_all(in_the_way.join("more")).unwrap();
    let mut stuck = Exporter::new(folder.path(), shanghai);
    life.records.iter().for_each(|record| stuck.record(record).unwrap());
    let refused = stuck.finish().unwrap_err();
    assert!(matches!(refused, ExportError::Io { .. }), "{refused}");
    assert_eq!(manifest(folder.path()), None);
}

#[test]
fn a_journal_takes_no_export() {
    let life = lived(1, false, 50);
    let home = tempfile::tempdir().unwrap();
    let journal = home.path().join("book.tz");
    fs::create_dir(&journal).unwrap();
    fs::write(journal.join("head"), b"TZJRNL\r\n and what follows").unwrap();
    for folder in [journal.clone(), journal.join("out"), journal.join("a/b/../c")] {
        let refused = Exporter::new(&folder, shanghai).record(&life.records[0]).unwrap_err();
        assert!(matches!(refused, ExportError::Journal { .. }), "{refused}");
        assert!(refused.to_string().ends_with("choose another folder"), "{refused}");
    }
    assert_eq!(files(home.path()).len(), 1);
    // Another file of that name is nobody's journal, and beside one there is room.
    fs::write(home.path().join("head"), "of a page").unwrap();
    export(&home.path().join("beside"), &life.records, &[]);
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
