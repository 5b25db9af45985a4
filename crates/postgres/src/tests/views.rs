//! What `psql` shows: the heads of records out of their bytes, with names and times.

use tuanzhang_log::Store;
use tuanzhang_pgserver::Server;

use super::given::{BOOK, Shell, database, server};
use crate::PostgresStore;

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

/// Gives the name of a database.
fn given(server: &Server) -> String {
    let url = database(server);
    let store = PostgresStore::connect(&url).unwrap();
    let records: Vec<_> =
        (1..).zip(heads()).map(|(position, head)| record(position, &head)).collect();
    let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
    store.append(BOOK, 0, &slices).unwrap();
    store.append(BOOK, 5, &[b"\x02 a record of another version", b"", b"\x01 cut off"]).unwrap();
    store.name_kinds([(64, "order_placed"), (65, "order_payed")]).unwrap();
    store.name_kinds([(65, "order_paid")]).unwrap();
    // An activity record: version, flags, position, recorded at, batch, number of entries.
    let mut visits = vec![1, 0, 0];
    visits.extend(1_u64.to_le_bytes());
    visits.extend(5_000_000_i64.to_le_bytes());
    visits.extend([0xcc; 16]);
    visits.extend(70_003_u32.to_le_bytes());
    store.activity().unwrap().append(BOOK, 0, &[&visits]).unwrap();
    url.rsplit('/').next().unwrap().to_owned()
}

const EVENTS: &str =
    "SET timezone = 'UTC'; SELECT * FROM tuanzhang.events ORDER BY book, position LIMIT 5";
const SHOWN: &str = "\
    74686520-626f-6f6b-206f-66206c69752e|1|2021-12-01 00:00:00.000001+00|operator||1|64|order_placed|34\n\
    74686520-626f-6f6b-206f-66206c69752e|2|1970-01-01 00:00:00+00|system||1|64|order_placed|42\n\
    74686520-626f-6f6b-206f-66206c69752e|3|1969-12-31 23:59:59.999999+00|leader|00112233-4455-6677-8899-aabbccddeeff|1|64|order_placed|50\n\
    74686520-626f-6f6b-206f-66206c69752e|4|9999-12-31 23:59:59.999999+00|supplier|00112233-4455-6677-8899-aabbccddeeff|515|64|order_placed|58\n\
    74686520-626f-6f6b-206f-66206c69752e|5|2021-12-01 00:00:00.000001+00|buyer|00112233-4455-6677-8899-aabbccddeeff|1|999||50";

#[test]
fn views_show_positions_times_actors_and_kinds() {
    let server = server!();
    let name = given(server);
    let ask = |sql: &str| server.sql(&name, sql).unwrap();
    assert_eq!(ask(EVENTS), SHOWN);
    assert_eq!(
        ask("SELECT count(*) FROM tuanzhang.events"),
        "6",
        "a record that is cut off is shown"
    );
    let shown = format!("{UUID}|1|1970-01-01 00:00:05+00|70003|39");
    assert_eq!(ask("SET timezone = 'UTC'; SELECT * FROM tuanzhang.activity"), shown);
    let shown = format!("{UUID}|records|8|64\n{UUID}|activity|1|64");
    assert_eq!(ask("SELECT book, stream, records, length(root) FROM tuanzhang.books"), shown);
    assert_eq!(ask("SELECT name FROM tuanzhang.kinds WHERE number = 65"), "order_paid");
}

/// Names that are there already cost no write.
#[test]
fn names_that_are_known_are_not_written_again() {
    let server = server!();
    let name = given(server);
    let store = PostgresStore::connect(&server.url(&name)).unwrap();
    let other = Shell::at(&server.url(&name));
    other.run("BEGIN; LOCK TABLE tuanzhang.kinds IN EXCLUSIVE MODE");
    store.name_kinds([(64, "order_placed"), (65, "order_paid")]).unwrap();
}
