//! Shipped bytes. A file that differs means that old books would read differently: that is never
//! right for a schema that was released. `TUANZHANG_BLESS=1` writes the files.

use std::fmt::Write as _;
use std::path::PathBuf;

use tuanzhang_core::Record;
use tuanzhang_wire::{decode, encode, reencodes};

use crate::draw::Draw;
use crate::events::KINDS;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0, "half a byte");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// File name, and what the file's lines name and hold.
type File = (String, Vec<(String, Record)>);

/// What the files hold: for each kind a full, a bare and a limit record; each choice of all kinds.
fn files() -> Vec<File> {
    let mut files: Vec<File> = KINDS
        .iter()
        .map(|kind| {
            let draws = [("full", Draw::Full(0)), ("bare", Draw::Bare), ("limits", Draw::Limits)];
            let records = draws.map(|(name, mut draw)| {
                let head = draw.head();
                (name.to_owned(), Record { head, events: vec![kind(&mut draw)] })
            });
            let event = kind(&mut Draw::Bare);
            (format!("{:03}_{}.hex", event.number(), event.name()), records.into())
        })
        .collect();
    let choices = (0..=10).map(|n| {
        let mut draw = Draw::Nth(n);
        let head = draw.head();
        (format!("choice_{n}"), Record { head, events: KINDS.map(|kind| kind(&mut draw)).into() })
    });
    files.push(("choices.hex".into(), choices.collect()));
    files
}

/// The golden records: name and bytes.
pub(crate) fn golden() -> Vec<(String, Vec<u8>)> {
    let mut golden = Vec::new();
    for (file, records) in files() {
        let text = std::fs::read_to_string(folder().join(&file)).unwrap();
        assert_eq!(text.lines().count(), records.len(), "{file}");
        for line in text.lines() {
            let (name, bytes) = line.split_once(' ').unwrap();
            golden.push((format!("{file}: {name}"), unhex(bytes)));
        }
    }
    golden
}

#[test]
fn shipped_bytes_stay_the_same_and_stay_readable() {
    if std::env::var("TUANZHANG_BLESS").is_ok_and(|bless| bless == "1") {
        std::fs::create_dir_all(folder()).unwrap();
        for (file, records) in files() {
            let mut text = String::new();
            for (name, record) in records {
                writeln!(text, "{name} {}", hex(&encode(&record).unwrap())).unwrap();
            }
            std::fs::write(folder().join(file), text).unwrap();
        }
    }
    let expected = files().into_iter().flat_map(|(_, records)| records);
    for ((name, bytes), (_, record)) in golden().iter().zip(expected) {
        assert_eq!(hex(&encode(&record).unwrap()), hex(bytes), "{name}");
        assert_eq!(decode(bytes).unwrap(), record, "{name}");
        assert_eq!(reencodes(bytes), Ok(true), "{name}");
    }
}

#[test]
fn every_file_has_its_kind() {
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    let expected: Vec<String> = files().into_iter().map(|(file, _)| file).collect();
    assert_eq!(there, expected);
}
