//! What the server says of itself, in the very statements whose durability rests on it.

use tokio_postgres::Row;
use tuanzhang_log::{Durability, Guarantees, ReadError, Writers};

use crate::doubt::too_weak;
use crate::pool::{Lent, Pool};

/// The first part of a statement that writes: what the server will wait for when it commits, set and
/// read back. `said.level` is a [`Durability`] as a number.
///
/// `synchronous_commit` is set for this transaction alone, so neither a role's nor a database's setting
/// weakens it; `client_min_messages`, so that the warning of a wait that was broken off comes through.
/// What a server doesn't have (one that only speaks the protocol) promises nothing.
macro_rules! said {
    () => {
        "WITH said AS MATERIALIZED (\
           SELECT CASE \
             WHEN waits NOT IN ('on', 'remote_apply') OR hears = '' \
               OR coalesce(current_setting('fsync', true), '') <> 'on' \
               OR coalesce(current_setting('full_page_writes', true), '') <> 'on' THEN 1 \
             WHEN coalesce(current_setting('synchronous_standby_names', true), '') = '' \
               OR coalesce(current_setting('max_wal_senders', true), '0') = '0' THEN 2 \
             ELSE 3 END AS level \
           FROM (SELECT \
             set_config('synchronous_commit', \
               CASE current_setting('synchronous_commit') \
                 WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true) AS waits, \
             set_config('client_min_messages', 'warning', true) AS hears) AS settings)"
    };
}
pub(crate) use said;

/// A durability as `said.level` has it.
pub(crate) const fn number(durability: Durability) -> i32 {
    match durability {
        Durability::Memory => 0,
        Durability::Process => 1,
        Durability::Disk => 2,
        Durability::Replicated => 3,
    }
}

/// `said.level` in a column.
pub(crate) fn level(row: &Row, column: usize) -> Durability {
    match row.try_get::<_, i32>(column) {
        Ok(3) => Durability::Replicated,
        Ok(2) => Durability::Disk,
        _ => Durability::Process,
    }
}

const SAID: &str = concat!(said!(), " SELECT level FROM said");

/// Asks again, on the connection of a commit that was answered, whether what was required is still set.
/// Who takes a standby's name out lets go of all that wait for it, without a warning.
pub(crate) fn still(lent: &Lent<'_>, least: Durability) -> Result<(), String> {
    if least < Durability::Replicated {
        return Ok(());
    }
    let rows = lent.ask(SAID, &[]).map_err(|fault| fault.to_string())?;
    let found = rows.first().map_or(Durability::Process, |row| level(row, 0));
    if found < least { Err(too_weak(found, least)) } else { Ok(()) }
}

/// Asks what an append would be waited for.
pub(crate) fn durability(pool: &Pool) -> Result<Durability, ReadError> {
    let rows = pool.look("asking for the server's settings", SAID, &[])?;
    Ok(rows.first().map_or(Durability::Process, |row| level(row, 0)))
}

/// What is promised where the server says so much.
pub(crate) const fn guarantees(durability: Durability) -> Guarantees {
    let text = match durability {
        Durability::Replicated => {
            "PostgreSQL answers fsync=on, full_page_writes=on, synchronous_commit=on and names synchronous \
             standbys: a commit is answered when it is on the disks of both; survives the loss of the \
             primary if a synchronous standby is promoted; any number of processes and machines"
        }
        Durability::Disk => {
            "PostgreSQL answers fsync=on, full_page_writes=on and synchronous_commit=on, and no synchronous \
             standby: the log is synced before the answer; survives power loss if the disk keeps what it \
             has confirmed; any number of processes and machines"
        }
        Durability::Process | Durability::Memory => {
            "PostgreSQL does not answer fsync=on, full_page_writes=on and synchronous_commit=on: a power \
             loss on the server may take what was answered; any number of processes and machines"
        }
    };
    Guarantees { durability, writers: Writers::Many, text }
}
