//! Backup and restore as docs/sqlite.md has them, beside a writer.

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::backup::Backup;
use tuanzhang_log::{AppendError, ReadError, Store, TreeHead, copy};

use super::given::{BOOK, OTHER, append, place, shell, written};
use crate::SqliteStore;

/// A backup that was taken when the book had this head.
fn is_whole(backup: &Path, head: TreeHead) {
    let store = SqliteStore::read_only(backup).unwrap();
    assert_eq!(store.verify(BOOK).unwrap().head, head);
    assert_eq!(store.verify(OTHER).unwrap().records, 2);
    assert_eq!(store.activity().unwrap().verify(BOOK).unwrap().records, 3);
}

#[test]
fn a_backup_beside_a_writer_is_whole_and_goes_on() {
    let (folder, path) = place();
    written(&path);
    let store = SqliteStore::at(&path).unwrap();
    append(&store, BOOK, 30);
    let head = store.head(BOOK).unwrap();
    let backup = |name: &str| folder.path().join(name);

    let into = backup("vacuum.db");
    shell(&path).execute("VACUUM INTO ?1", [into.to_str()]).unwrap();
    is_whole(&into, head);

    let api = backup("api.db");
    let mut to = shell(&api);
    let from = shell(&path);
    let pages = Backup::new(&from, &mut to).unwrap();
    pages.run_to_completion(100, std::time::Duration::ZERO, None).unwrap();
    drop(pages);
    drop(to);
    is_whole(&api, head);

    let by_shell = backup("shell.db");
    let command = format!(".backup '{}'", by_shell.display());
    match Command::new("sqlite3").arg(&path).arg(command).status() {
        Ok(status) => {
            assert!(status.success());
            is_whole(&by_shell, head);
        }
        Err(_) => println!("skipped: a backup by the shell: no program sqlite3 here"),
    }

    // The writer goes on; restoring is putting the copy in the file's place, and it goes on, too.
    append(&store, BOOK, 4);
    drop(store);
    let restored = backup("restored.db");
    fs::copy(&into, &restored).unwrap();
    let store = SqliteStore::open_existing(&restored).unwrap();
    assert_eq!(store.head(BOOK).unwrap(), head);
    // What the backup lacks comes from the file that is left, if it is.
    let left = SqliteStore::read_only(&path).unwrap();
    assert_eq!(copy::book(&left, &store, BOOK, &mut |_| {}).unwrap().copied, 4);
    assert_eq!(store.verify(BOOK).unwrap().head, left.head(BOOK).unwrap());
}

/// The control: why the file alone is no backup while somebody writes.
#[test]
fn a_copy_of_the_file_without_its_log_lacks_what_is_in_the_log() {
    let (folder, path) = place();
    let store = SqliteStore::at(&path).unwrap();
    append(&store, BOOK, 3);
    let copied = folder.path().join("copied.db");
    fs::copy(&path, &copied).unwrap();
    let answer = SqliteStore::at(&copied).unwrap().head(BOOK).unwrap();
    assert_eq!(answer.size, 0, "all three are in the log");
}

/// Somebody restores a backup under an app that runs: nothing is answered from, or written to, the wrong file.
#[test]
fn a_file_that_was_put_in_the_place_of_the_open_one_is_refused() {
    let (folder, path) = place();
    let store = SqliteStore::at(&path).unwrap();
    append(&store, BOOK, 3);
    let backup = folder.path().join("backup.db");
    shell(&path).execute("VACUUM INTO ?1", [backup.to_str()]).unwrap();
    append(&store, BOOK, 2);
    let aside = folder.path().join("aside.db");
    let files = ["", "-wal", "-shm"];
    let beside = |path: &Path, end: &str| format!("{}{end}", path.display());
    for end in files {
        fs::rename(beside(&path, end), beside(&aside, end)).unwrap();
    }
    let record: &[&[u8]] = &[b"a record"];
    // In between there is none: nothing is made in its place.
    assert!(matches!(store.append(BOOK, 5, record), Err(AppendError::Unavailable(_))));
    assert!(matches!(store.head(BOOK), Err(ReadError::Unavailable(_))));
    assert!(!path.exists());
    fs::copy(&backup, &path).unwrap();
    for answer in [store.append(BOOK, 5, record), store.append(BOOK, 3, record)] {
        assert!(matches!(answer, Err(AppendError::Damaged(_))), "{answer:?}");
    }
    let turn = store.turn(BOOK, 6, &mut |_, _| std::ops::ControlFlow::Continue(()));
    assert!(matches!(turn.err(), Some(AppendError::Damaged(_))));
    assert!(matches!(store.head(BOOK), Err(ReadError::Damaged(_))));
    assert_eq!(SqliteStore::read_only(&path).unwrap().head(BOOK).unwrap().size, 3, "untouched");
    // The first one back in its place: on it goes.
    for end in files {
        let _ = fs::remove_file(beside(&path, end));
        fs::rename(beside(&aside, end), beside(&path, end)).unwrap();
    }
    assert_eq!(append(&store, BOOK, 1), 6);
}
