//! Making sure of an append whose answer was lost.
//!
//! Its statement may still be on its way, or wait in the server: that it isn't there yet proves nothing.
//! So the stream's epoch is raised, which every append compares. That waits for a transaction that has
//! the row; when it is done, the append is either there, which the head shows, or can never come. Raised
//! it is in any case, so that a commit which waits for what the store promises stands behind the append:
//! whatever is read from then on is as durable as an answered append.

use tokio_postgres::types::Type;
use tuanzhang_log::{Durability, ReadError, TreeHead};

use crate::known::goes_on;
use crate::place::Fault;
use crate::pool::Pool;
use crate::read;
use crate::rows::{Owner, Stream, Uuid, stored};
use crate::server::{level, number, said, still};

/// How often others may be faster in a row.
const ATTEMPTS_MAX: u32 = 16;
const ATTEMPT: &str = "making sure of an append whose answer was lost";

/// Raises the epoch of a stream that has a row. $1 book, $2 kind, $3 size, $4 root, $5 edge, $6 epoch before
/// and $7 behind, $8 sum, $9 the least durability.
const RAISE: &str = concat!(
    said!(),
    ", head AS (\
       UPDATE tuanzhang.streams AS s SET epoch = $7, sum = $8 \
       WHERE s.book = $1 AND s.kind = $2 AND s.size = $3 AND s.root = $4 AND s.edge = $5 AND s.epoch = $6 \
         AND (SELECT level FROM said) >= $9 \
       RETURNING s.epoch) \
     SELECT said.level, head.epoch FROM said LEFT JOIN head ON true"
);

/// Makes the row of a stream that has none; the same parameters.
const RESERVE: &str = concat!(
    said!(),
    ", head AS (\
       INSERT INTO tuanzhang.streams AS s (book, kind, size, root, edge, epoch, sum) \
       SELECT $1, $2, $3, $4, $5, $7, $8 WHERE (SELECT level FROM said) >= $9 AND $6 = 0 \
       ON CONFLICT DO NOTHING \
       RETURNING s.epoch) \
     SELECT said.level, head.epoch FROM said LEFT JOIN head ON true"
);

/// Fences a stream off from all that was sent before; gives it as it then is. `before` is how far it was
/// sure.
pub(crate) fn fence(
    pool: &Pool,
    owner: Owner,
    before: TreeHead,
    least: Durability,
) -> Result<Stream, ReadError> {
    let place = pool.place();
    for _ in 0..ATTEMPTS_MAX {
        let found = read::find(pool, owner)?;
        let known = found.unwrap_or_else(|| Stream::absent(owner));
        goes_on(place, owner, before, known.head)?;
        let next = Stream { epoch: known.epoch.saturating_add(1), ..known.clone() };
        let (book, kind) = (Uuid(owner.0), owner.1.number());
        let (root, edge) = (known.head.root.0, known.edge.to_bytes());
        let lent = pool.lend()?;
        let answer = lent.ask(
            if known.has_row() { RAISE } else { RESERVE },
            &[
                (&book, Type::UUID),
                (&kind, Type::INT2),
                (&stored(known.head.size), Type::INT8),
                (&root.as_slice(), Type::BYTEA),
                (&edge, Type::BYTEA),
                (&known.epoch, Type::INT8),
                (&next.epoch, Type::INT8),
                (&next.sum(), Type::INT8),
                (&number(least), Type::INT4),
            ],
        );
        let rows = match answer {
            Ok(rows) => rows,
            Err(fault) if fault.is_conflict() => continue,
            Err(fault) => {
                if matches!(fault, Fault::Refused(_)) {
                    lent.keep();
                }
                return Err(place.fault(ATTEMPT, &fault));
            }
        };
        if let Some(what) = lent.warning() {
            return Err(place.unavailable(ATTEMPT, &format!("the server warns: {what}")));
        }
        still(&lent, least).map_err(|what| place.unavailable(ATTEMPT, &what))?;
        lent.keep();
        let Some(row) = rows.first() else { continue };
        if row.try_get::<_, Option<i64>>(1).ok() == Some(Some(next.epoch)) {
            return Ok(next);
        }
        let found = level(row, 0);
        if found < least {
            return Err(place.unavailable(ATTEMPT, &too_weak(found, least)));
        }
    }
    Err(place.unavailable(ATTEMPT, "others append all the time"))
}

/// Commits something that waits for the standby, so that all that could be seen before is replicated.
///
/// It touches no stream: a turn may have one's row, and an append under way is not to be disturbed.
pub(crate) fn settle(pool: &Pool, least: Durability) -> Result<(), ReadError> {
    const ATTEMPT: &str = "waiting for the standby";
    const TOUCH: &str = concat!(
        said!(),
        ", done AS (\
           UPDATE tuanzhang.schema SET version = version \
           WHERE id = 1 AND (SELECT level FROM said) >= $1 RETURNING id) \
         SELECT said.level, done.id IS NOT NULL FROM said LEFT JOIN done ON true"
    );
    let place = pool.place();
    for _ in 0..ATTEMPTS_MAX {
        let lent = pool.lend()?;
        let rows = match lent.ask(TOUCH, &[(&number(least), Type::INT4)]) {
            Ok(rows) => rows,
            Err(fault) => {
                if matches!(fault, Fault::Refused(_)) {
                    lent.keep();
                }
                if fault.is_conflict() {
                    continue;
                }
                return Err(place.fault(ATTEMPT, &fault));
            }
        };
        if let Some(what) = lent.warning() {
            return Err(place.unavailable(ATTEMPT, &format!("the server warns: {what}")));
        }
        still(&lent, least).map_err(|what| place.unavailable(ATTEMPT, &what))?;
        lent.keep();
        let row = rows.first();
        if row.is_some_and(|row| row.try_get(1).unwrap_or(false)) {
            return Ok(());
        }
        let found = row.map_or(Durability::Process, |row| level(row, 0));
        let what = if found < least {
            too_weak(found, least)
        } else {
            "nothing was there to write".into()
        };
        return Err(place.unavailable(ATTEMPT, &what));
    }
    Err(place.unavailable(ATTEMPT, "others wait for it all the time"))
}

/// What is said where the server would make less durable than was promised.
pub(crate) fn too_weak(found: Durability, least: Durability) -> String {
    format!(
        "the server's settings make what is written {found:?}, at least {least:?} is promised here; see \
         fsync, full_page_writes and synchronous_standby_names, or open the store anew to promise less"
    )
}
