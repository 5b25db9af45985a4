//! Bytes that nobody wrote: whatever is served is right, and whoever looks is told.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tuanzhang_log::{AppendError, Damage, ReadError, Store};

use super::given::{BOOK, OTHER, all, append, place, record, shell, written};
use crate::{OpenError, SqliteStore};

/// Changes rows as somebody would who gets past the triggers.
fn change(path: &Path, sql: &str) {
    let shell = shell(path);
    let triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_master \
                    WHERE type = 'trigger'";
    let drop: String = shell.query_row(triggers, [], |row| row.get(0)).unwrap();
    shell.execute_batch(&drop).unwrap();
    shell.execute_batch(sql).unwrap();
}

fn damage(answer: Result<impl Sized, ReadError>) -> Damage {
    match answer {
        Err(ReadError::Damaged(damage)) => damage,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was noticed"),
    }
}

#[test]
fn a_changed_record_is_named_with_file_table_book_and_position() {
    let (_folder, path) = place();
    written(&path);
    change(
        &path,
        "UPDATE tuanzhang_records SET record = CAST('record 3 X' AS BLOB) \
         WHERE stream = 1 AND position = 3",
    );
    let store = SqliteStore::at(&path).unwrap();
    let found = damage(store.read_one(BOOK, 3));
    assert_eq!(found.position, Some(3));
    let named = found.to_string();
    println!("{named}");
    for part in ["books.db", "tuanzhang_records", &BOOK.to_string(), "position 3"] {
        assert!(named.contains(part), "{named}");
    }
    assert_eq!(store.read_one(BOOK, 2).unwrap(), Some(record(2)), "others are served");
    assert_eq!(store.verify(OTHER).unwrap().records, 2, "another book is whole");
    let mut seen = 0;
    let _ = damage(store.read(BOOK, 1, &mut |position, _| {
        seen = position;
        std::ops::ControlFlow::Continue(())
    }));
    assert_eq!(seen, 2, "what stands before it is served");
}

/// A sum that was made to fit hides a change from a read, not from the tree.
#[test]
fn a_record_changed_with_its_sum_is_found_by_the_root() {
    let (_folder, path) = place();
    written(&path);
    let store = SqliteStore::at(&path).unwrap();
    let stream = store
        .shared
        .look(|on, place| crate::rows::Stream::find(on, place, BOOK, crate::rows::Kind::Book));
    let sum = stream.unwrap().unwrap().record_sum().number(7).bytes(b"another").stored();
    drop(store);
    change(
        &path,
        &format!(
            "UPDATE tuanzhang_records SET record = CAST('another' AS BLOB), sum = {sum} \
             WHERE stream = 1 AND position = 7"
        ),
    );
    let store = SqliteStore::at(&path).unwrap();
    assert_eq!(store.read_one(BOOK, 7).unwrap(), Some(b"another".to_vec()));
    let named = damage(store.verify(BOOK)).to_string();
    assert!(named.contains("tuanzhang_appends") && named.contains("position 7"), "{named}");
}

#[test]
fn rows_that_nobody_wrote_and_rows_that_are_gone_are_damage() {
    for (sql, place_of_it) in [
        ("INSERT INTO tuanzhang_records VALUES (1, 13, x'00', 0)", "position 13"),
        ("INSERT INTO tuanzhang_records VALUES (9, 1, x'00', 0)", "tuanzhang_records"),
        ("DELETE FROM tuanzhang_records WHERE stream = 1 AND position = 12", "position 12"),
        ("DELETE FROM tuanzhang_appends WHERE stream = 1 AND first = 6", "position 7"),
        ("DELETE FROM tuanzhang_streams WHERE id = 1", "tuanzhang_records"),
        ("UPDATE tuanzhang_streams SET book = x'00' WHERE id = 1", "tuanzhang_streams"),
        ("DROP TABLE tuanzhang_appends", "books.db"),
    ] {
        let (_folder, path) = place();
        written(&path);
        change(&path, sql);
        let store = SqliteStore::at(&path).unwrap();
        let unknown = tuanzhang_log::BookKey([0x77; 16]);
        let found = match (store.verify(BOOK), store.verify(unknown)) {
            (Err(ReadError::Damaged(damage)), _) | (_, Err(ReadError::Damaged(damage))) => damage,
            other => panic!("{sql}: {other:?}"),
        };
        println!("{sql}: {found}");
        assert!(found.to_string().contains(place_of_it), "{sql}: {found}");
    }
}

/// A head that was put back would let positions be given twice.
#[test]
fn nothing_is_appended_over_records_behind_the_head() {
    let (_folder, path) = place();
    written(&path);
    let old: (i64, Vec<u8>, Vec<u8>, i64) = shell(&path)
        .query_row("SELECT size, root, edge, sum FROM tuanzhang_streams WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    append(&SqliteStore::at(&path).unwrap(), BOOK, 2);
    change(&path, "SELECT 1");
    let sql = "UPDATE tuanzhang_streams SET size = ?1, root = ?2, edge = ?3, sum = ?4 WHERE id = 1";
    shell(&path).execute(sql, old).unwrap();
    let store = SqliteStore::at(&path).unwrap();
    assert_eq!(store.head(BOOK).unwrap().size, 12, "the old head is whole");
    let answer = store.append(BOOK, 12, &[b"another thirteenth"]);
    assert!(matches!(answer, Err(AppendError::Damaged(_))), "{answer:?}");
    let _ = damage(store.verify(BOOK));
}

/// Every so many bytes of a small file.
const STRIDE: usize = 7;

/// What came of one changed byte of the file.
#[derive(Debug, Default)]
struct Tried {
    flips: u64,
    noticed: u64,
    /// All is served and nobody minds: free room, statistics, other tables' names.
    harmless: u64,
    silent: Vec<String>,
}

/// Looks at all that is served; says whether something was noticed.
fn looks_right(path: &Path) -> Result<bool, String> {
    let store = match SqliteStore::at(path) {
        Ok(store) => store,
        Err(OpenError::Damaged(_) | OpenError::NeedsNewerVersion { .. }) => return Ok(true),
        Err(other) => return Err(format!("opening: {other}")),
    };
    let mut noticed = false;
    for (book, size) in [(BOOK, 12), (OTHER, 2)] {
        let promised: Vec<_> = (1..=size).map(|position| (position, record(position))).collect();
        match all(&store, book) {
            Ok(served) if served == promised => {}
            Ok(served) => return Err(format!("{} of {size} records are served", served.len())),
            Err(ReadError::Damaged(_)) => noticed = true,
            Err(other) => return Err(format!("reading: {other}")),
        }
        match store.verify(book) {
            Ok(coverage) if coverage.records == size => {}
            Ok(coverage) => return Err(format!("verify covers {coverage:?}")),
            Err(ReadError::Damaged(_)) => noticed = true,
            Err(other) => return Err(format!("verifying: {other}")),
        }
    }
    Ok(noticed)
}

#[test]
fn no_changed_byte_of_the_file_is_served() {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let path = folder.path().join("books.db");
    written(&path);
    let bytes = fs::read(&path).unwrap();
    let mut tried = Tried::default();
    let stride = std::env::var("SQLITE_STRIDE").ok().and_then(|text| text.parse().ok());
    for at in (0..bytes.len()).step_by(stride.unwrap_or(STRIDE)) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let path = folder.path().join(format!("{at}.db"));
        fs::write(&path, changed).unwrap();
        tried.flips += 1;
        match looks_right(&path) {
            Ok(true) => tried.noticed += 1,
            Ok(false) => tried.harmless += 1,
            Err(what) => tried.silent.push(format!("byte {at}: {what}")),
        }
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", path.display()));
        }
    }
    println!(
        "{} bytes changed of {}: {} noticed, {} harmless, {} silent",
        tried.flips,
        bytes.len(),
        tried.noticed,
        tried.harmless,
        tried.silent.len()
    );
    assert!(tried.silent.is_empty(), "{:#?}", tried.silent);
    assert!(tried.noticed > 100, "{tried:?}");
}
