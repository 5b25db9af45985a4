//! Opening, and what is answered where nothing is wrong with the bytes.

use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

use rusqlite::Connection;
use tuanzhang_journal::Journal;
use tuanzhang_log::{
    AppendError, Durability, MemoryStore, ReadError, Store, TreeHead, Writers, copy,
};

use super::given::{BOOK, OTHER, all, append, place, record, shell, written};
use crate::connection::Home;
use crate::{OpenError, Options, SqliteStore};

#[test]
fn what_is_missing_newer_or_no_database_is_said() {
    let (folder, path) = place();
    for answer in [SqliteStore::open_existing(&path), SqliteStore::read_only(&path)] {
        assert!(matches!(answer, Err(OpenError::Missing { .. })), "{answer:?}");
    }
    assert!(!path.exists(), "looking makes nothing");
    // An app's own database, in which nothing of ours is.
    shell(&path).execute_batch("CREATE TABLE goods (name TEXT)").unwrap();
    let answer = SqliteStore::read_only(&path);
    assert!(matches!(answer, Err(OpenError::Missing { .. })), "{answer:?}");
    drop(SqliteStore::open_existing(&path).unwrap());
    assert_eq!(SqliteStore::read_only(&path).unwrap().books().unwrap(), []);

    shell(&path).execute("UPDATE tuanzhang_schema SET version = 7", []).unwrap();
    for answer in [SqliteStore::at(&path), SqliteStore::read_only(&path)] {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, OpenError::NeedsNewerVersion { found: 7, known: 1, .. }),
            "{error}"
        );
    }
    shell(&path).execute("DELETE FROM tuanzhang_schema", []).unwrap();
    let answer = SqliteStore::at(&path);
    assert!(matches!(answer, Err(OpenError::Damaged(_))), "{answer:?}");

    let text = folder.path().join("text");
    fs::write(&text, "no database, but long enough to have the header of one.".repeat(99)).unwrap();
    for answer in [SqliteStore::at(&text), SqliteStore::read_only(&text)] {
        assert!(matches!(answer, Err(OpenError::Damaged(_))), "{answer:?}");
    }
    let answer = SqliteStore::at(folder.path().join("no folder/books.db"));
    assert!(matches!(answer, Err(OpenError::Unavailable(_))), "{answer:?}");
}

#[test]
fn guarantees_are_what_the_engine_answers() {
    let (_folder, path) = place();
    let store = SqliteStore::at(&path).unwrap();
    let guarantees = store.guarantees();
    assert_eq!((guarantees.durability, guarantees.writers), (Durability::Disk, Writers::Many));
    let memory = SqliteStore::at(":memory:").unwrap().guarantees();
    assert_eq!(memory.durability, Durability::Memory);
    drop(store);

    let home = Home::at(&path);
    let answers = |pragma: &str| {
        let connection = home.writing(Duration::ZERO).unwrap();
        connection.execute_batch(pragma).unwrap();
        home.guarantees(&connection).unwrap().durability
    };
    assert_eq!(answers("PRAGMA synchronous = EXTRA"), Durability::Disk);
    assert_eq!(answers("PRAGMA synchronous = NORMAL"), Durability::Process);
    assert_eq!(answers("PRAGMA synchronous = OFF"), Durability::Process);
    assert_eq!(answers("PRAGMA journal_mode = DELETE"), Durability::Process);
}

/// One file with the app's own tables, and both go on.
#[test]
fn an_apps_own_database_stays_the_apps() {
    let (_folder, path) = place();
    let app = shell(&path);
    app.execute_batch(
        "PRAGMA user_version = 42; PRAGMA application_id = 77; \
         CREATE TABLE goods (name TEXT); INSERT INTO goods VALUES ('tea')",
    )
    .unwrap();
    written(&path);
    let read = |sql: &str| app.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(read("PRAGMA user_version"), 42);
    assert_eq!(read("PRAGMA application_id"), 77);
    assert_eq!(read("SELECT count(*) FROM goods"), 1);
    let sql = "SELECT count(*) FROM sqlite_master WHERE tbl_name NOT LIKE 'tuanzhang_%'";
    assert_eq!(read(sql), 1, "every table, view and trigger has the prefix");
    app.execute("INSERT INTO goods VALUES ('rice')", []).unwrap();
    let store = SqliteStore::at(&path).unwrap();
    append(&store, BOOK, 1);
    let mut both = [BOOK, OTHER];
    both.sort_unstable();
    assert_eq!(store.books().unwrap(), both);
}

#[test]
fn the_shell_can_neither_change_nor_delete_what_a_book_has() {
    let (_folder, path) = place();
    written(&path);
    let shell = shell(&path);
    for sql in [
        "UPDATE tuanzhang_records SET record = x'00'",
        "DELETE FROM tuanzhang_records",
        "UPDATE tuanzhang_appends SET count = 1",
        "DELETE FROM tuanzhang_appends",
        "DELETE FROM tuanzhang_streams",
        "UPDATE tuanzhang_streams SET size = 1",
        "UPDATE tuanzhang_streams SET book = x'00', size = size + 1",
    ] {
        let refused = shell.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("tuanzhang: "), "{sql}: {refused}");
    }
    assert_eq!(SqliteStore::at(&path).unwrap().verify(BOOK).unwrap().records, 12);
}

#[test]
fn a_lock_that_is_held_is_unavailable_and_then_it_goes_on() {
    let (_folder, path) = place();
    let store = Options::new().wait(Duration::from_millis(1)).at(&path).unwrap();
    append(&store, BOOK, 2);
    let other = shell(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = store.append(BOOK, 2, &[b"third"]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    assert_eq!(all(&store, BOOK).unwrap().len(), 2, "readers don't wait");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(append(&store, BOOK, 1), 3);
}

#[test]
fn a_full_disk_is_unavailable_and_then_it_goes_on() {
    let (_folder, path) = place();
    let store = SqliteStore::at(&path).unwrap();
    append(&store, BOOK, 2);
    let pages = |most: i64| {
        let writer = crate::store::locked(store.shared.writer.as_ref().unwrap());
        let on = writer.open.as_ref().unwrap();
        on.pragma_update_and_check(None, "max_page_count", most, |_| Ok(())).unwrap();
    };
    pages(1);
    let large = vec![7; 300_000];
    let answer = store.append(BOOK, 2, &[b"third", &large]);
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    assert_eq!(store.verify(BOOK).unwrap().records, 2);
    pages(1 << 30);
    assert_eq!(store.append(BOOK, 2, &[b"third", &large]).unwrap().size, 4);
}

#[test]
fn two_handles_on_one_book_race_openly() {
    let (_folder, path) = place();
    let (one, other) = (SqliteStore::at(&path).unwrap(), SqliteStore::at(&path).unwrap());
    append(&one, BOOK, 3);
    assert_eq!(append(&other, BOOK, 2), 5);
    match one.append(BOOK, 3, &[b"late"]) {
        Err(AppendError::Raced { expected: 3, actual: 5 }) => {}
        answer => panic!("{answer:?}"),
    }
    assert_eq!(one.head(BOOK).unwrap(), other.head(BOOK).unwrap());
}

#[test]
fn a_reader_has_no_way_to_write_and_sees_what_comes() {
    let (_folder, path) = place();
    written(&path);
    let (reader, writer) =
        (SqliteStore::read_only(&path).unwrap(), SqliteStore::at(&path).unwrap());
    let answer = reader.append(BOOK, 12, &[b"more"]);
    assert!(matches!(answer, Err(AppendError::ReadOnly)), "{answer:?}");
    let answer = reader.activity().unwrap().append(BOOK, 3, &[b"more"]);
    assert!(matches!(answer, Err(AppendError::ReadOnly)), "{answer:?}");
    assert!(matches!(reader.name_kinds([(1, "one")]), Err(AppendError::ReadOnly)));
    append(&writer, BOOK, 1);
    assert_eq!(reader.head(BOOK).unwrap(), writer.head(BOOK).unwrap());
    assert_eq!(reader.verify(BOOK).unwrap().records, 13);
}

/// Neither a lock nor a snapshot is held while a visitor looks.
#[test]
fn a_visitor_may_append_and_the_log_can_be_emptied_meanwhile() {
    for memory in [false, true] {
        let (_folder, path) = place();
        let store = if memory {
            SqliteStore::in_memory().unwrap()
        } else {
            SqliteStore::at(&path).unwrap()
        };
        append(&store, BOOK, 3);
        let mut seen = Vec::new();
        let visit = &mut |position, record: &[u8]| {
            seen.push((position, record.to_vec()));
            append(&store, BOOK, 1);
            if !memory {
                let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
                let busy: i64 = shell(&path).query_row(sql, [], |row| row.get(0)).unwrap();
                assert_eq!(busy, 0, "a snapshot is held");
            }
            ControlFlow::Continue(())
        };
        store.read(BOOK, 1, visit).unwrap();
        assert_eq!(seen, [1, 2, 3].map(|position| (position, record(position))));
        assert_eq!(store.head(BOOK).unwrap().size, 6);
    }
}

#[test]
fn positions_that_no_column_holds_are_answered() {
    let (_folder, path) = place();
    written(&path);
    let store = SqliteStore::at(&path).unwrap();
    for position in [0, 13, 1 << 63, u64::MAX] {
        assert_eq!(store.read_one(BOOK, position).unwrap(), None);
    }
    store.read(BOOK, u64::MAX, &mut |_, _| panic!("there is nothing")).unwrap();
    assert_eq!(store.head(super::given::BOOK.of_activity()).unwrap(), TreeHead::EMPTY);
    let activity = store.activity().unwrap();
    assert!(matches!(activity.activity(), Err(ReadError::Unavailable(_))));
}

/// Journal to database, database to another and to memory, back to a journal.
#[test]
fn a_book_and_its_activity_go_from_store_to_store_with_their_roots() {
    let (folder, path) = place();
    let journal = Journal::at(folder.path().join("journal")).unwrap();
    for count in [1, 300, 20, 7] {
        append(&journal, BOOK, count);
    }
    append(&*journal.activity().unwrap(), BOOK, 40);
    let database = SqliteStore::at(&path).unwrap();
    let another = SqliteStore::at(folder.path().join("another.db")).unwrap();
    let (memory, back) = (MemoryStore::new(), Journal::at(folder.path().join("back")).unwrap());
    let ways: [(&dyn Store, &dyn Store); 4] =
        [(&journal, &database), (&database, &another), (&another, &memory), (&memory, &back)];
    for (from, to) in ways {
        let copied = copy::book(from, to, BOOK, &mut |_| {}).unwrap();
        assert_eq!((copied.before, copied.copied), (0, 328));
        let copied = copy::activity(from, to, BOOK, &mut |_| {}).unwrap();
        assert_eq!(copied.copied, 40);
        assert_eq!(to.verify(BOOK).unwrap().head, journal.head(BOOK).unwrap());
    }
    // Both ends go on, and the copy follows from where it stands.
    append(&journal, BOOK, 5);
    let copied = copy::book(&journal, &database, BOOK, &mut |_| {}).unwrap();
    assert_eq!((copied.before, copied.copied), (328, 5));
    // One file takes the books of many.
    append(&memory, OTHER, 4);
    copy::book(&memory, &database, OTHER, &mut |_| {}).unwrap();
    assert_eq!(database.books().unwrap().len(), 2);
}

/// Threads that open a new file at once each get the tables.
#[test]
fn many_that_open_a_new_file_at_once_all_get_it() {
    for _ in 0..5 {
        let (_folder, path) = place();
        let start = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    start.wait();
                    let store = SqliteStore::at(&path).unwrap();
                    loop {
                        let size = store.head(BOOK).unwrap().size;
                        if store.append(BOOK, size, &[&record(size + 1)]).is_ok() {
                            break;
                        }
                    }
                });
            }
        });
        let sizes = SqliteStore::read_only(&path).unwrap().verify(BOOK).unwrap();
        assert_eq!((sizes.records, sizes.frames), (6, 6));
    }
}

/// The engine that is compiled in, for the figures in the documentation.
#[test]
fn the_engine_says_its_version() {
    let connection = Connection::open_in_memory().unwrap();
    let version: String =
        connection.query_row("SELECT sqlite_version()", [], |row| row.get(0)).unwrap();
    println!("SQLite {version}");
}
