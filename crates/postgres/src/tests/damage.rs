//! Bytes that nobody wrote: whatever is served is right, and whoever looks is told.

use std::fs;
use std::ops::ControlFlow;

use tuanzhang_log::{AppendError, BookKey, Damage, ReadError, Store};
use tuanzhang_pgserver::{Options as Settings, Server};

use super::given::{BOOK, OTHER, Shell, all, append, offered, record, server, written};
use crate::rows::{Kind, Sum};
use crate::{OpenError, PostgresStore};

const UUID: &str = "'74686520-626f-6f6b-206f-66206c69752e'";

/// Changes rows as somebody would who gets past the triggers.
fn change(url: &str, sql: &str) {
    Shell::at(url).without_triggers(&sql.replace("BOOK", UUID));
}

fn damage(answer: Result<impl Sized, ReadError>) -> Damage {
    match answer {
        Err(ReadError::Damaged(damage)) => damage,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was noticed"),
    }
}

#[test]
fn a_changed_record_is_named_with_database_table_book_and_position() {
    let server = server!();
    let url = written(server);
    change(
        &url,
        "UPDATE tuanzhang.records SET record = 'record 3 X' \
         WHERE book = BOOK AND kind = 1 AND position = 3",
    );
    let store = PostgresStore::connect(&url).unwrap();
    let found = damage(store.read_one(BOOK, 3));
    assert_eq!(found.position, Some(3));
    let named = found.to_string();
    println!("{named}");
    let database = url.rsplit('/').next().unwrap();
    for part in [database, "tuanzhang.records", &BOOK.to_string(), "position 3"] {
        assert!(named.contains(part), "{named}");
    }
    assert_eq!(store.read_one(BOOK, 2).unwrap(), Some(record(2)), "others are served");
    assert_eq!(store.verify(OTHER).unwrap().records, 2, "another book is whole");
    let mut seen = 0;
    let _ = damage(store.read(BOOK, 1, &mut |position, _| {
        seen = position;
        ControlFlow::Continue(())
    }));
    assert_eq!(seen, 2, "what stands before it is served");
}

/// A sum that was made to fit hides a change from a read, not from the tree.
#[test]
fn a_record_changed_with_its_sum_is_found_by_the_root() {
    let server = server!();
    let url = written(server);
    let sum = Sum::of_records((BOOK, Kind::Book)).number(7).bytes(b"another").stored();
    change(
        &url,
        &format!(
            "UPDATE tuanzhang.records SET record = 'another', sum = {sum} \
             WHERE book = BOOK AND kind = 1 AND position = 7"
        ),
    );
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(store.read_one(BOOK, 7).unwrap(), Some(b"another".to_vec()));
    let named = damage(store.verify(BOOK)).to_string();
    assert!(named.contains("tuanzhang.appends") && named.contains("position 7"), "{named}");
}

#[test]
fn rows_that_nobody_wrote_and_rows_that_are_gone_are_damage() {
    let server = server!();
    let elsewhere = "'99999999-9999-9999-9999-999999999999'";
    for (sql, place_of_it) in [
        ("INSERT INTO tuanzhang.records VALUES (BOOK, 1, 13, '', 0)", "position 13"),
        ("INSERT INTO tuanzhang.records VALUES (BOOK, 1, 0, '', 0)", "position 0"),
        ("INSERT INTO tuanzhang.records VALUES (ELSEWHERE, 1, 1, '', 0)", "tuanzhang.records"),
        ("INSERT INTO tuanzhang.appends VALUES (BOOK, 1, 13, 1, '', 0)", "position 13"),
        (
            "DELETE FROM tuanzhang.records WHERE book = BOOK AND kind = 1 AND position = 12",
            "position 12",
        ),
        ("DELETE FROM tuanzhang.records WHERE book = BOOK AND kind = 1", "position 1"),
        (
            "DELETE FROM tuanzhang.appends WHERE book = BOOK AND kind = 1 AND first = 6",
            "position 7",
        ),
        ("DELETE FROM tuanzhang.streams WHERE book = BOOK AND kind = 1", "tuanzhang.records"),
        (
            "UPDATE tuanzhang.streams SET book = ELSEWHERE WHERE book = BOOK AND kind = 1",
            "tuanzhang.records",
        ),
        (
            "UPDATE tuanzhang.streams SET kind = 3 WHERE book = BOOK AND kind = 1",
            "tuanzhang.records",
        ),
        ("DROP TABLE tuanzhang.appends", "tuanzhang"),
        ("ALTER TABLE tuanzhang.records RENAME COLUMN record TO bytes", "postgres://"),
        (
            "DROP VIEW tuanzhang.events, tuanzhang.activity; ALTER TABLE tuanzhang.records ALTER COLUMN record TYPE text USING ''",
            "postgres://",
        ),
    ] {
        let url = written(server);
        change(&url, &sql.replace("ELSEWHERE", elsewhere));
        let store = PostgresStore::connect(&url).unwrap();
        let unknown = BookKey([0x99; 16]);
        let answers = (store.verify(BOOK), store.verify(unknown));
        let found = match answers {
            (Err(ReadError::Damaged(damage)), _) | (_, Err(ReadError::Damaged(damage))) => damage,
            other => panic!("{sql}: {other:?}"),
        };
        println!("{sql}: {found}");
        assert!(found.to_string().contains(place_of_it), "{sql}: {found}");
    }
}

/// A list of books leaves none out silently.
#[test]
fn a_book_whose_head_is_gone_is_missed_in_the_list() {
    let server = server!();
    let url = written(server);
    change(&url, "DELETE FROM tuanzhang.streams WHERE book = BOOK AND kind = 1");
    let named = damage(PostgresStore::connect(&url).unwrap().books()).to_string();
    assert!(named.contains(&BOOK.to_string()), "{named}");
}

/// A head that was put back would let positions be given twice.
#[test]
fn nothing_is_appended_over_records_behind_the_head() {
    let server = server!();
    let url = written(server);
    let shell = Shell::at(&url);
    shell.run("CREATE TABLE public.old AS SELECT * FROM tuanzhang.streams");
    append(&PostgresStore::connect(&url).unwrap(), BOOK, 2);
    shell.without_triggers(
        "DELETE FROM tuanzhang.streams; INSERT INTO tuanzhang.streams SELECT * FROM public.old",
    );
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(store.head(BOOK).unwrap().size, 12, "the old head is whole");
    let answer = store.append(BOOK, 12, &[b"another thirteenth"]);
    assert!(matches!(answer, Err(AppendError::Damaged(_))), "{answer:?}");
    let turn = store.turn(BOOK, 13, &mut |_, _| ControlFlow::Continue(())).unwrap().unwrap();
    let answer = turn.append(&[b"another thirteenth"]);
    assert!(matches!(answer, Err(AppendError::Damaged(_))), "{answer:?}");
    let _ = damage(store.verify(BOOK));
}

/// Changes of the tables' files that are tried; each costs a restart of the server.
const FILE_CHANGES: usize = 6;

/// The server's own sums of its pages find what turns on the disk, below those of the rows.
#[test]
fn a_changed_byte_of_a_tables_file_is_not_served() {
    if !offered(module_path!()) {
        return;
    }
    let server = Server::start(&Settings::new().set("autovacuum", "off")).unwrap();
    let url = written(&server);
    let shell = Shell::at(&url);
    let path = |table: &str| -> std::path::PathBuf {
        let sql = format!("SELECT pg_relation_filepath('tuanzhang.{table}')");
        server.data().join(shell.rows(&sql)[0].get::<_, String>(0))
    };
    let files = ["records", "records_pkey", "appends", "streams"].map(path);
    shell.run("CHECKPOINT");
    drop(shell);
    let tries = super::given::number("POSTGRES_FILE_CHANGES").unwrap_or(FILE_CHANGES);
    let mut noticed = 0;
    for number in 0..tries {
        server.stop().unwrap();
        let file = &files[number % files.len()];
        let sound = fs::read(file).unwrap();
        let mut changed = sound.clone();
        let at = (number * 7_919 + 8_100) % changed.len();
        changed[at] ^= 1 << (number % 8);
        fs::write(file, changed).unwrap();
        server.restart().unwrap();
        noticed += u32::from(
            looks_right(&url)
                .unwrap_or_else(|what| panic!("byte {at} of {}: {what}", file.display())),
        );
        server.stop().unwrap();
        fs::write(file, sound).unwrap();
        server.restart().unwrap();
    }
    println!("{tries} bytes of tables' files changed: {noticed} noticed, 0 silent");
    assert!(noticed > 0);
    assert_eq!(PostgresStore::connect(&url).unwrap().verify(BOOK).unwrap().records, 12);
}

/// Looks at all that is served; says whether something was noticed.
fn looks_right(url: &str) -> Result<bool, String> {
    let store = match PostgresStore::connect(url) {
        Ok(store) => store,
        Err(OpenError::Damaged(_)) => return Ok(true),
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

/// An older copy of all tables is whole in itself; a handle that has seen more tells it from the history
/// that it was answered in.
#[test]
fn a_history_that_was_put_back_is_noticed_by_who_has_seen_more() {
    let server = server!();
    let url = written(server);
    let tables = ["streams", "records", "appends"];
    let shell = Shell::at(&url);
    for table in tables {
        shell.run(&format!("CREATE TABLE public.{table} AS SELECT * FROM tuanzhang.{table}"));
    }
    let store = PostgresStore::connect(&url).unwrap();
    assert_eq!(append(&store, BOOK, 2), 14);
    let seen = store.head(BOOK).unwrap();
    let all_named = |size: u64, root: &dyn std::fmt::Display| {
        let before = shell.number("SELECT sum(size + epoch)::int8 FROM tuanzhang.streams");
        let visited = |_, _: &[u8]| -> ControlFlow<()> { panic!("nothing of it is shown") };
        let answers = [
            damage(store.head(BOOK)),
            damage(store.books()),
            damage(store.read_one(BOOK, 1)),
            damage(store.read_one(BOOK, 14)),
            damage(store.read(BOOK, 1, &mut visited.clone())),
            damage(store.verify(BOOK)),
            refused(store.append(BOOK, 14, &[b"15"])),
            refused(store.append(BOOK, 12, &[b"13"])),
            refused(store.append(BOOK, 14, &[])),
            refused(store.turn(BOOK, 1, &mut visited.clone())),
        ];
        for named in answers.map(|damage| damage.to_string()) {
            for part in [&BOOK as &dyn std::fmt::Display, &seen.size, &seen.root, &size, root] {
                assert!(named.contains(&part.to_string()), "{named}");
            }
        }
        assert_eq!(before, shell.number("SELECT sum(size + epoch)::int8 FROM tuanzhang.streams"));
        assert_eq!(store.verify(OTHER).unwrap().records, 2, "another book is served");
    };
    for table in tables {
        shell.without_triggers(&format!(
            "DELETE FROM tuanzhang.{table}; INSERT INTO tuanzhang.{table} SELECT * FROM public.{table}"
        ));
    }
    let another = PostgresStore::connect(&url).unwrap();
    let older = another.head(BOOK).unwrap();
    all_named(12, &older.root);
    // As many records as were seen, and others.
    let other = another.append(BOOK, 12, &[b"another 13", b"another 14"]).unwrap();
    all_named(14, &other.root);
    // More than were seen, behind others.
    another.append(BOOK, 14, &[b"another 15"]).unwrap();
    all_named(14, &other.root);
}

fn refused(answer: Result<impl Sized, AppendError>) -> Damage {
    match answer {
        Err(AppendError::Damaged(damage)) => damage,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was noticed"),
    }
}
