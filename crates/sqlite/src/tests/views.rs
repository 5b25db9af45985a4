//! What the shell shows: the heads of records out of their bytes, with names and times.

use std::process::Command;

use tuanzhang_log::Store;

use super::given::{BOOK, place, shell};
use crate::SqliteStore;

const UUID: &str = "74686520-626f-6f6b-206f-66206c69752e";

/// A record as docs/format-record.md has it.
struct Head {
    at: i64,
    occurred_at: Option<i64>,
    actor: (u8, Option<[u8; 16]>),
    events: u16,
    kind: u16,
}

fn record(position: u64, head: &Head) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend(if head.occurred_at.is_some() { [0x00, 0x01] } else { [0, 0] });
    bytes.extend(position.to_le_bytes());
    bytes.extend(head.at.to_le_bytes());
    bytes.extend(head.occurred_at.iter().flat_map(|at| at.to_le_bytes()));
    bytes.push(head.actor.0);
    bytes.extend(head.actor.1.unwrap_or_default().iter().take(if head.actor.1.is_some() {
        16
    } else {
        0
    }));
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(head.events.to_le_bytes());
    bytes.extend(head.kind.to_le_bytes());
    bytes.push(1);
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend([9, 9, 9]);
    bytes
}

fn heads() -> Vec<Head> {
    let id = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
    let times = [1_638_316_800_000_001, 0, -1, 253_402_300_799_999_999];
    let head = |(number, actor): (usize, u8)| Head {
        at: times[number % times.len()],
        occurred_at: (number % 2 == 1).then_some(-77),
        actor: (actor, (actor >= 2).then_some(id)),
        events: if number == 3 { 0x0203 } else { 1 },
        kind: if number == 4 { 999 } else { 64 },
    };
    (0..=4).enumerate().map(head).collect()
}

fn given() -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = place();
    let store = SqliteStore::at(&path).unwrap();
    let records: Vec<_> =
        (1..).zip(heads()).map(|(position, head)| record(position, &head)).collect();
    let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
    store.append(BOOK, 0, &slices).unwrap();
    store.append(BOOK, 5, &[b"\x02 a record of another version", b""]).unwrap();
    store.name_kinds([(64, "order_placed"), (65, "order_payed")]).unwrap();
    store.name_kinds([(65, "order_paid")]).unwrap();
    // An activity record: version, flags, position, recorded at, batch, number of entries.
    let mut visits = vec![1, 0, 0];
    visits.extend(1_u64.to_le_bytes());
    visits.extend(5_000_000_i64.to_le_bytes());
    visits.extend([0xcc; 16]);
    visits.extend(70_003_u32.to_le_bytes());
    store.activity().unwrap().append(BOOK, 0, &[&visits]).unwrap();
    (folder, path)
}

const EVENTS: &str = "SELECT * FROM tuanzhang_events ORDER BY book, position";
const SHOWN: &str = "\
    74686520-626f-6f6b-206f-66206c69752e|1|2021-12-01T00:00:00.000001Z|operator||1|64|order_placed|34\n\
    74686520-626f-6f6b-206f-66206c69752e|2|1970-01-01T00:00:00.000000Z|system||1|64|order_placed|42\n\
    74686520-626f-6f6b-206f-66206c69752e|3|1969-12-31T23:59:59.999999Z|leader|00112233-4455-6677-8899-aabbccddeeff|1|64|order_placed|50\n\
    74686520-626f-6f6b-206f-66206c69752e|4|9999-12-31T23:59:59.999999Z|supplier|00112233-4455-6677-8899-aabbccddeeff|515|64|order_placed|58\n\
    74686520-626f-6f6b-206f-66206c69752e|5|2021-12-01T00:00:00.000001Z|buyer|00112233-4455-6677-8899-aabbccddeeff|1|999||50\n";
const ACTIVITY: &str = "SELECT * FROM tuanzhang_activity";
const BOOKS: &str = "SELECT book, stream, records, length(root) FROM tuanzhang_books";

/// A query's answer as the shell prints it.
fn lines(path: &std::path::Path, sql: &str) -> String {
    let shell = shell(path);
    let mut statement = shell.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let value = |index| match row.get_ref(index).unwrap() {
            rusqlite::types::ValueRef::Null => String::new(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap().to_owned(),
        };
        Ok((0..columns).map(value).collect::<Vec<_>>().join("|") + "\n")
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn views_show_positions_times_actors_and_kinds() {
    let (_folder, path) = given();
    assert_eq!(lines(&path, EVENTS), SHOWN);
    let shown = format!("{UUID}|1|1970-01-01T00:00:05.000000Z|70003|39\n");
    assert_eq!(lines(&path, ACTIVITY), shown);
    let shown = format!("{UUID}|records|7|64\n{UUID}|activity|1|64\n");
    assert_eq!(lines(&path, BOOKS), shown);
    assert_eq!(lines(&path, "SELECT name FROM tuanzhang_kinds WHERE number = 65"), "order_paid\n");
}

/// The same through the program that people have.
#[test]
fn the_shell_shows_the_same() {
    let (_folder, path) = given();
    let ask = |sql: &str| Command::new("sqlite3").arg("-readonly").arg(&path).arg(sql).output();
    let Ok(output) = ask(EVENTS) else {
        println!("skipped: the views through the shell: no program sqlite3 here");
        return;
    };
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), SHOWN);
    for sql in [ACTIVITY, BOOKS] {
        assert_eq!(String::from_utf8(ask(sql).unwrap().stdout).unwrap(), lines(&path, sql));
    }
}

/// Names that are there already cost no write.
#[test]
fn names_that_are_known_are_not_written_again() {
    let (_folder, path) = given();
    let store = SqliteStore::at(&path).unwrap();
    let other = shell(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.name_kinds([(64, "order_placed"), (65, "order_paid")]).unwrap();
}
