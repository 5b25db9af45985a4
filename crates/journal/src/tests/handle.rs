//! The handle itself: who may open, what it says, what it leaves on a real disk.

use std::ops::ControlFlow;

use super::given::{BOOK, Shape, append, closed_book, disk, look, open};
use crate::simulation::SimulatedDisk;
use crate::{Journal, OpenError, Salvage};
use tuanzhang_log::{AppendError, BookKey, Coverage, Durability, Store, Writers};

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a").join("book");
    let first = Journal::at(&path).unwrap();
    append(&first, 0, 3).unwrap();
    let error = Journal::at(&path).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    assert!(matches!(Journal::open_existing(&path), Err(OpenError::Locked { .. })));
    let reader = Journal::read_only(&path).unwrap();
    assert_eq!(look(&reader), Ok(3));
    assert!(matches!(reader.append(BOOK, 3, &[b"x"]), Err(AppendError::ReadOnly)));
    append(&first, 3, 2).unwrap();
    assert_eq!(look(&reader), Ok(5));
    drop(first);
    let second = Journal::open_existing(&path).unwrap();
    assert_eq!(look(&second), Ok(5));
}

#[test]
fn a_reader_may_come_before_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let reader = Journal::read_only(folder.path()).unwrap();
    assert_eq!(look(&reader), Ok(0));
    assert!(reader.books().unwrap().is_empty());
    assert_eq!(reader.verify(BOOK).unwrap(), Coverage::EMPTY);
    reader.trim().unwrap();
    let writer = Journal::at(folder.path()).unwrap();
    assert_eq!(look(&reader), Ok(0));
    append(&writer, 0, 4).unwrap();
    assert_eq!(look(&reader), Ok(4));
    assert_eq!(reader.books().unwrap(), [BOOK]);
    assert_eq!(reader.verify(BOOK).unwrap().records, 4);
}

#[test]
fn what_is_not_there_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing");
    assert!(matches!(Journal::open_existing(&path), Err(OpenError::Missing { .. })));
    assert!(matches!(Journal::read_only(&path), Err(OpenError::Missing { .. })));
    assert!(!path.exists());
}

#[test]
fn a_closed_journal_is_trimmed_to_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    let length = || folder.path().join("00000001.seg").metadata().unwrap().len();
    for closing in ["close", "drop"] {
        let journal = Journal::at(folder.path()).unwrap();
        let size = journal.head(BOOK).unwrap().size;
        append(&journal, size, 2).unwrap();
        assert_eq!(length(), 64 << 10, "room to grow");
        match closing {
            "close" => journal.close().unwrap(),
            _ => drop(journal),
        }
        assert!(length() < 1_000, "{closing}: {} bytes", length());
    }
    assert_eq!(look(&Journal::at(folder.path()).unwrap()), Ok(4));
}

#[test]
fn a_reader_changes_nothing() {
    let (files, size) = closed_book(Shape::One);
    let simulated = disk(&files);
    let reader = Journal::read_only_on(std::sync::Arc::new(simulated.clone())).unwrap();
    assert_eq!(look(&reader), Ok(size));
    reader.close().unwrap();
    assert_eq!(simulated.files(), files);
    assert_eq!(simulated.undecided(), 0);
}

#[test]
fn another_format_is_refused_by_name() {
    let (mut files, _) = closed_book(Shape::One);
    let mut version = |version: u8| {
        let head = files.get_mut("head").unwrap();
        head[8] = version;
        let crc = crc32c::crc32c(&head[..12]);
        head[12..16].copy_from_slice(&crc.to_le_bytes());
        disk(&files)
    };
    let newer = version(2);
    let error = open(&newer).unwrap_err();
    assert!(matches!(error, OpenError::NeedsNewerVersion { found: 2, known: 1 }), "{error}");
    // Nor is it salvaged as if it were this one.
    let newer: std::sync::Arc<dyn crate::disk::Disk> = std::sync::Arc::new(newer);
    let error = Salvage::on(&newer, &|_| vec![BOOK]).unwrap_err();
    assert!(matches!(error, OpenError::NeedsNewerVersion { found: 2, known: 1 }), "{error}");
    let error = open(&version(0)).unwrap_err();
    assert!(error.to_string().contains("no such format version"), "{error}");
}

/// The lock is the folder's as well as the file's: a file that somebody takes for a left one may go.
#[test]
fn a_writer_whose_lock_file_was_deleted_still_keeps_others_out() {
    let folder = tempfile::tempdir().unwrap();
    let first = Journal::at(folder.path()).unwrap();
    append(&first, 0, 3).unwrap();
    std::fs::remove_file(folder.path().join("lock")).unwrap();
    if cfg!(unix) {
        let error = Journal::at(folder.path()).unwrap_err();
        assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    }
    assert_eq!(append(&first, 3, 2).unwrap(), 5);
    // A reader's check asks for the lock, and takes it from nobody.
    let reader = Journal::read_only(folder.path()).unwrap();
    assert_eq!(reader.verify(BOOK).unwrap().records, 5);
    assert_eq!(append(&first, 5, 1).unwrap(), 6);
    drop(first);
    assert_eq!(reader.verify(BOOK).unwrap().records, 6);
    assert_eq!(look(&Journal::at(folder.path()).unwrap()), Ok(6));
}

#[test]
fn files_where_folders_belong_and_folders_where_files_do_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"no folder").unwrap();
    let named = |opened: Result<Journal, OpenError>, name: &str| {
        let error = opened.unwrap_err();
        assert!(matches!(error, OpenError::Unavailable(_)), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    };
    named(Journal::at(file.join("book")), "creating");
    named(Journal::at(&file), "file/lock");
    for name in ["head", "lock"] {
        let book = folder.path().join(format!("with {name}"));
        std::fs::create_dir_all(book.join(name)).unwrap();
        named(Journal::at(&book), &format!("with {name}/{name}"));
    }
    named(Journal::read_only(folder.path().join("with head")), "with head/head");
    assert_eq!(std::fs::read(&file).unwrap(), b"no folder");
}

#[test]
fn a_book_that_was_created_without_records_can_become_another() {
    // Power is lost after the files were made and before the first frame.
    let simulated = SimulatedDisk::new();
    let journal = open(&simulated).unwrap();
    simulated.fail(
        simulated.calls() + 9,
        crate::simulation::Failing::ForEver,
        std::io::ErrorKind::Other,
    );
    journal.append(BookKey([1; 16]), 0, &[b"lost"]).unwrap_err();
    let simulated = simulated.after_power_loss(|_| crate::simulation::Fate::Lost);
    assert!(simulated.files().contains_key("head"));
    let journal = open(&simulated).unwrap();
    assert!(journal.books().unwrap().is_empty());
    assert_eq!(append(&journal, 0, 2).unwrap(), 2);
    assert_eq!(look(&journal), Ok(2));
    let asked = BookKey([1; 16]);
    let error = journal.append(asked, 0, &[b"no"]).unwrap_err();
    assert!(matches!(error, AppendError::OtherBook { holds: BOOK, .. }), "{error}");
    journal.close().unwrap();
    assert_eq!(look(&open(&simulated).unwrap()), Ok(2));
}

#[test]
fn a_visitor_may_use_the_journal() {
    let simulated = SimulatedDisk::new();
    let journal = open(&simulated).unwrap();
    append(&journal, 0, 3).unwrap();
    journal
        .read(BOOK, 1, &mut |position, _| {
            append(&journal, position + 2, 1).unwrap();
            assert!(journal.read_one(BOOK, position + 3).unwrap().is_some());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(look(&journal), Ok(6));
}

#[test]
fn every_record_of_a_larger_book_is_found_by_the_index() {
    let simulated = SimulatedDisk::new();
    let journal = open(&simulated).unwrap();
    let mut size = 0;
    for count in (1..40).cycle().take(150) {
        size = append(&journal, size, count).unwrap();
    }
    journal.close().unwrap();
    let journal = open(&simulated).unwrap();
    for position in 1..=size {
        let found = journal.read_one(BOOK, position).unwrap();
        assert_eq!(found, Some(super::given::record(position)), "{position}");
    }
    assert_eq!(look(&journal), Ok(size));
}

#[test]
fn the_journal_says_what_it_promises() {
    let journal = open(&SimulatedDisk::new()).unwrap();
    let guarantees = journal.guarantees();
    assert_eq!(guarantees.writers, Writers::One);
    if cfg!(target_os = "linux") {
        assert_eq!(guarantees.durability, Durability::Disk);
    }
}
