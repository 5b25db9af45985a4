//! The bytes of version 1, for ever: a journal that was written once is read, and the same
//! appends give the same bytes. `TUANZHANG_BLESS=1` writes the files for a new version.

use std::path::PathBuf;

use super::given::{Files, Shape, disk, look, small_book};
use crate::simulation::SimulatedDisk;
use tuanzhang_log::{Store, TreeHead};

const HEAD_OF_GOLDEN: &str = "ffa30c1a985e4d4f728b4166ec7f0102e2615ec4f4f4c9fbc89a9f370afa2e9d";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1"))
}

fn written() -> Files {
    let simulated = SimulatedDisk::new();
    let (journal, _) = small_book(&simulated, Shape::One);
    journal.close().unwrap();
    simulated.files()
}

fn golden() -> Files {
    let read = |name: &str| (name.to_owned(), std::fs::read(folder().join(name)).unwrap());
    ["head", "00000001.seg"].map(read).into()
}

#[test]
fn the_same_appends_give_the_golden_bytes() {
    let written = written();
    if std::env::var_os("TUANZHANG_BLESS").is_some() {
        for (name, bytes) in &written {
            std::fs::write(folder().join(name), bytes).unwrap();
        }
    }
    assert!(written == golden(), "the format has changed");
}

#[test]
fn the_golden_journal_opens() {
    let journal = super::given::open(&disk(&golden())).unwrap();
    assert_eq!(look(&journal), Ok(26));
    let head = TreeHead { size: 26, root: HEAD_OF_GOLDEN.parse().unwrap() };
    assert_eq!(journal.verify(super::given::BOOK).unwrap().head, head);
    assert!(journal.recovery().is_clean());
}
