//! The tables, made and brought up to date step by step.
//!
//! `tuanzhang_schema` has the number of steps that were taken; `user_version` and `application_id`
//! belong to the app whose file it may be. A step that was released is never edited: a change is a
//! new one.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use crate::OpenError;
use crate::connection::begin;
use crate::place::Place;

/// The steps in their order; the first makes the tables.
const STEPS: &[&str] = &[include_str!("migrations/1.sql")];

/// Version of the tables that this crate writes.
pub(crate) const KNOWN: i64 = 1;

const ATTEMPT: &str = "looking at the version of the tables";

/// Version of the tables in a database; 0 where there are none.
pub(crate) fn version(connection: &Connection, place: &Place) -> Result<i64, OpenError> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE 'tuanzhang\\_%' \
               ESCAPE '\\'";
    let tables: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(place.at(ATTEMPT))?;
    if tables == 0 {
        return Ok(0);
    }
    let sql = "SELECT version FROM tuanzhang_schema WHERE id = 1";
    let found = connection.query_row(sql, [], |row| row.get(0)).optional();
    let found: Option<i64> = found.map_err(place.at(ATTEMPT))?;
    match found {
        Some(found) if found > KNOWN => {
            Err(OpenError::NeedsNewerVersion { place: place.0.clone(), found, known: KNOWN })
        }
        Some(found) if found >= 1 => Ok(found),
        other => {
            let what = format!("{other:?} is no version");
            Err(place.damaged_table("tuanzhang_schema", what).into())
        }
    }
}

/// Takes the steps that are missing, in one transaction.
pub(crate) fn migrate(
    connection: &Connection,
    place: &Place,
    wait: Duration,
) -> Result<(), OpenError> {
    if version(connection, place)? == KNOWN {
        return Ok(());
    }
    let made = |error| OpenError::from(place.fault("making the tables", error));
    begin(connection, wait).map_err(made)?;
    let outcome = step(connection, place, made);
    if outcome.is_err() {
        // What stopped it is the answer; the caller closes the connection.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

fn step(
    connection: &Connection,
    place: &Place,
    made: impl Fn(rusqlite::Error) -> OpenError,
) -> Result<(), OpenError> {
    // Another process may have been faster.
    let taken = usize::try_from(version(connection, place)?).unwrap_or(0);
    for sql in STEPS.iter().skip(taken) {
        connection.execute_batch(sql).map_err(&made)?;
    }
    let sql = "INSERT INTO tuanzhang_schema (id, version) VALUES (1, ?1) \
               ON CONFLICT (id) DO UPDATE SET version = excluded.version";
    connection.execute(sql, [KNOWN]).map_err(&made)?;
    connection.execute_batch("COMMIT").map_err(&made)
}
