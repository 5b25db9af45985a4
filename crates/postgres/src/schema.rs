//! The tables, made and brought up to date step by step.
//!
//! `tuanzhang.schema` has the number of steps that were taken. They are taken in one transaction, under a
//! lock that it alone holds, so that many may open a new database at once. A step that was released is
//! never edited: a change is a new one.

use crate::OpenError;
use crate::place::Fault;
use crate::pool::{Lent, Pool};

/// The steps in their order; the first makes the tables.
const STEPS: &[&str] = &[include_str!("migrations/1.sql")];

/// Version of the tables that this crate writes.
pub(crate) const KNOWN: i64 = 1;

const ATTEMPT: &str = "looking at the version of the tables";

/// Ours alone: the first bytes of SHA-256 of `tuanzhang migration`.
const LOCK: &str = "SELECT pg_advisory_xact_lock(-3772647654606382115)";

/// Version of the tables in a database; 0 where there are none.
pub(crate) fn version(pool: &Pool) -> Result<i64, OpenError> {
    let there = pool.look(ATTEMPT, THERE, &[])?;
    if !there.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
        return Ok(0);
    }
    let rows = pool.look(ATTEMPT, VERSION, &[])?;
    judged(pool, rows.first().and_then(|row| row.try_get(0).ok()))
}

/// Asks the catalog itself: what a connection remembers of names may be older than the lock.
const THERE: &str = "\
    SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
    WHERE n.nspname = 'tuanzhang' AND c.relname = 'schema')";
const SCHEMA: &str =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'tuanzhang')";
const VERSION: &str = "SELECT version FROM tuanzhang.schema WHERE id = 1";

fn judged(pool: &Pool, found: Option<i64>) -> Result<i64, OpenError> {
    match found {
        Some(found) if found > KNOWN => {
            let place = pool.place().0.clone();
            Err(OpenError::NeedsNewerVersion { place, found, known: KNOWN })
        }
        Some(found) if found >= 1 => Ok(found),
        other => {
            let what = match other {
                Some(number) => format!("{number} is no version of the tables"),
                None => "the row with the tables' version is missing".to_owned(),
            };
            Err(pool.place().damaged_table("tuanzhang.schema", what).into())
        }
    }
}

/// Takes the steps that are missing, in one transaction.
pub(crate) fn migrate(pool: &Pool) -> Result<(), OpenError> {
    if version(pool)? == KNOWN {
        return Ok(());
    }
    let made = |fault: Fault| OpenError::from(pool.place().fault("making the tables", &fault));
    let lent = pool.lend()?;
    // What stops it closes the connection, which rolls back.
    lent.run("BEGIN ISOLATION LEVEL READ COMMITTED").map_err(made)?;
    lent.ask(LOCK, &[]).map_err(made)?;
    let taken = taken(pool, &lent)?;
    // `IF NOT EXISTS` would want the right to make one also where there is one.
    let made_before = lent.ask(SCHEMA, &[]).map_err(made)?;
    if !made_before.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
        lent.run("CREATE SCHEMA tuanzhang").map_err(made)?;
    }
    for sql in STEPS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        lent.run(sql).map_err(made)?;
    }
    let sql = format!(
        "INSERT INTO tuanzhang.schema (id, version) VALUES (1, {KNOWN}) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version; COMMIT"
    );
    lent.run(&sql).map_err(made)?;
    lent.keep();
    Ok(())
}

/// Under the lock: another process may have been faster.
fn taken(pool: &Pool, lent: &Lent<'_>) -> Result<i64, OpenError> {
    let ask = |sql: &str| lent.ask(sql, &[]).map_err(pool.place().at(ATTEMPT));
    if !ask(THERE)?.first().is_some_and(|row| row.try_get(0).unwrap_or(false)) {
        return Ok(0);
    }
    judged(pool, ask(VERSION)?.first().and_then(|row| row.try_get(0).ok()))
}
