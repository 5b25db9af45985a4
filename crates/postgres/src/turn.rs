//! A turn: a transaction that has the stream's row, so that who has it appends next.
//!
//! `BEGIN`; the row `FOR UPDATE`; the records that the caller doesn't know; the same statement that an
//! append is; `COMMIT`. Others wait at the row, and are served in the order in which they came there.
//!
//! Where a standby is promised, the records of others are shown when it has them: a turn may end without
//! a commit, and what was done by its records holds all the same.
//!
//! | ends | then | answer |
//! |---|---|---|
//! | before `COMMIT` is sent | the server rolls back | `Unavailable` |
//! | after it | all or nothing | `Unknown`; the next call makes sure of it ([`crate::doubt`]) |

use std::ops::ControlFlow;

use tokio_postgres::types::Type;
use tuanzhang_log::{AppendError, ReadError, TreeHead, Turn, Visitor, check_limits};

use crate::append::{Came, append, refused};
use crate::doubt::too_weak;
use crate::known::check_edge;
use crate::place::Fault;
use crate::pool::Lent;
use crate::read::{Chunks, Named, ask_in, find_in};
use crate::rows::{Owner, Stream, Uuid};
use crate::server::still;
use crate::store::PostgresStore;

const ATTEMPT: &str = "waiting for a turn";

/// Waits for a stream's row, and keeps it. $1 book, $2 kind.
const TAKE: &str = "\
    SELECT s.book, s.kind, s.size, s.root, s.edge, s.epoch, s.sum FROM tuanzhang.streams AS s \
    WHERE s.book = $1 AND s.kind = $2 FOR UPDATE";

/// Makes the row of a stream that has none, in this transaction: $3 root, $4 edge, $5 sum.
const RESERVE: &str = "\
    INSERT INTO tuanzhang.streams (book, kind, size, root, edge, epoch, sum) \
    VALUES ($1, $2, 0, $3, $4, 1, $5) ON CONFLICT DO NOTHING";

/// The right to append next.
#[derive(Debug)]
pub(crate) struct PostgresTurn<'s> {
    store: &'s PostgresStore,
    /// In a transaction; `None` when that has ended.
    lent: Option<Lent<'s>>,
    stream: Stream,
}

impl<'s> PostgresTurn<'s> {
    /// Waits for the stream, and shows its records from a position on.
    pub(crate) fn take(
        store: &'s PostgresStore,
        owner: Owner,
        from: u64,
        visit: &mut Visitor<'_>,
    ) -> Result<Self, AppendError> {
        let pool = &store.shared.pool;
        let mut lent = pool.lend_to_turn()?;
        if begin(&lent).is_err() {
            // Lost while nobody looked: once more on a new one.
            drop(lent);
            pool.forget();
            lent = pool.lend_to_turn()?;
            begin(&lent).map_err(pool.place().at(ATTEMPT))?;
        }
        let before = store.shared.sure(owner);
        let stream = row(&lent, owner)?;
        check_edge(pool.place(), &stream)?;
        let turn = Self { store, lent: Some(lent), stream };
        // Before anybody acts on them: the turn itself may end without a commit.
        store.shared.vouch(owner, before, turn.stream.head, turn.stream.head.size)?;
        if let Some(lent) = &turn.lent {
            let to = turn.stream.head.size;
            let mut chunks = Chunks::of(pool.place(), &turn.stream, from, to);
            while chunks
                .next(ask_in(lent), |at, record| -> ControlFlow<()> { visit(at, record) })?
            {
            }
        }
        Ok(turn)
    }

    fn unavailable(&self, what: &str) -> AppendError {
        AppendError::Unavailable(self.store.shared.pool.place().cause("appending in a turn", what))
    }
}

/// Each statement is to see what was committed before it, whatever is the role's or database's default.
fn begin(lent: &Lent<'_>) -> Result<(), Fault> {
    lent.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
}

/// The stream's row, kept for this transaction; made where there is none.
fn row(lent: &Lent<'_>, owner: Owner) -> Result<Stream, ReadError> {
    let take = || -> Result<Option<Stream>, ReadError> {
        let rows = lent.ask(TAKE, &Named::of(owner).with([])).map_err(lent.place().at(ATTEMPT))?;
        rows.first().map(|row| Stream::read(row, lent.place())).transpose()
    };
    if let Some(stream) = take()? {
        return Ok(stream);
    }
    // Says so if rows stand under its name.
    find_in(lent, owner)?;
    let new = Stream { epoch: 1, ..Stream::absent(owner) };
    let (root, edge) = (new.head.root.0, new.edge.to_bytes());
    let reserved = lent.ask(
        RESERVE,
        &[
            (&Uuid(owner.0), Type::UUID),
            (&owner.1.number(), Type::INT2),
            (&root.as_slice(), Type::BYTEA),
            (&edge, Type::BYTEA),
            (&new.sum(), Type::INT8),
        ],
    );
    reserved.map_err(lent.place().at(ATTEMPT))?;
    take()?.ok_or_else(|| lent.place().unavailable(ATTEMPT, "the book's row has gone again"))
}

impl Turn for PostgresTurn<'_> {
    fn head(&self) -> TreeHead {
        self.stream.head
    }

    fn append(mut self: Box<Self>, records: &[&[u8]]) -> Result<TreeHead, AppendError> {
        const ATTEMPT: &str = "committing a turn";
        check_limits(records)?;
        if records.is_empty() {
            return Ok(self.stream.head);
        }
        let (store, owner) = (self.store, self.stream.owner);
        let least = store.shared.least()?;
        let Some(lent) = self.lent.take() else { return Err(self.unavailable("it has ended")) };
        let next = match append(&lent, &self.stream, records, least) {
            Came::Written(next) => next,
            // Not committed, and the connection is closed: rolled back.
            Came::Unknown(what) => return Err(self.unavailable(&what)),
            Came::Changed => return Err(self.unavailable("the row has changed while it was kept")),
            Came::TooWeak(found) => return Err(self.unavailable(&too_weak(found, least))),
            Came::Refused(fault) => {
                let first = self.stream.head.size.saturating_add(1);
                return Err(refused(store.shared.pool.place(), owner, first, &fault));
            }
        };
        match lent.run("COMMIT") {
            Ok(()) => match lent.warning() {
                None => match still(&lent, least) {
                    Ok(()) => {
                        lent.keep();
                        let head = next.head;
                        store.shared.remember(next);
                        Ok(head)
                    }
                    Err(what) => {
                        drop(lent);
                        Err(store.lost(owner, ATTEMPT, &what))
                    }
                },
                Some(what) => Err(store.lost(owner, ATTEMPT, &format!("the server warns: {what}"))),
            },
            Err(Fault::Lost(what)) => {
                drop(lent);
                Err(store.lost(owner, ATTEMPT, &what))
            }
            Err(fault @ (Fault::Refused(_) | Fault::Unsent(_))) => {
                Err(store.shared.pool.place().fault(ATTEMPT, &fault).into())
            }
        }
    }
}

impl Drop for PostgresTurn<'_> {
    /// Lets go: the connection is used again if it answers, else closed, which rolls back as well.
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take()
            && lent.run("ROLLBACK").is_ok()
        {
            lent.keep();
        }
    }
}
