//! The whole path of a command. Nobody else appends.
//!
//! One batch: at most [`BATCH_RECORDS_MAX`] requests; one read of the durable state for each entity that
//! they touch; one append; one short write lock. If the process dies
//!
//! 1. before the append: nothing happened, nobody was answered;
//! 2. during it: all of the batch is recorded or nothing of it, nobody was answered, the same commands
//!    sent again find out;
//! 3. after it, before the merge or the answers: all is recorded, opening replays it, the same commands
//!    sent again are answered as repeated.
//!
//! If the append fails and the process lives, the overlay is dropped: durable state and answers are as if
//! the batch had never been tried. That holds for refusals and repetitions too, since they may rest on
//! what stood before them in the same batch.

use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_core::book::{BookHead, Decision, Overlay, Read, Touched, apply, decide};
use tuanzhang_core::{Command, Head, Position, Record, Rejection, RulesVersion, Time};
use tuanzhang_log::{AppendError, BookKey, Cause, Damage, Store, TreeHead, Turn};
use tuanzhang_wire::{book_id, book_key};

use crate::batch::{Added, Batch};
use crate::clock::Stopwatch;
use crate::error::{ExecuteError, append_failure, shrunk};
use crate::ledger::Shared;
use crate::records::{self, CHUNK_RECORDS_MAX};
use crate::request::{Answer, Done, Request};
use crate::stats::Health;

/// Most requests in one batch.
pub const BATCH_RECORDS_MAX: usize = 2_048;
/// How often one batch is decided again after a lost race.
pub const RACES_MAX: u32 = 100;
/// Lost races after which the handle takes its turn, where the store gives one.
pub(crate) const RACES_BEFORE_TURN: u32 = 2;
/// How many days the handle's clock may lie ahead of the last record before it must be confirmed.
pub const CLOCK_LEAP_DAYS_MAX: u32 = 30;

/// What only the thread that has the turn touches.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The book, once it is known.
    pub(crate) key: Option<BookKey>,
    /// The caller named the book: no other may be opened here.
    pub(crate) named: bool,
    /// An answer of the store was lost, and it has answered no append since: it may have more than it
    /// shows.
    pub(crate) in_doubt: bool,
    pub(crate) touched: Touched,
    pub(crate) batch: Batch,
}

/// What became of an append that didn't fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Durable,
    /// Somebody else has appended; nothing was written.
    Raced,
}

/// Runs one batch and gives the answers to its first requests, all of them durable: as many as fit.
///
/// # Errors
/// No request has an answer, and the durable state is untouched by all of them.
pub(crate) fn execute(
    shared: &Shared,
    writer: &mut Writer,
    requests: &[&Request],
) -> Result<Vec<Answer>, ExecuteError> {
    ready(shared, writer)?;
    for races in 0..=RACES_MAX {
        let turn = if races < RACES_BEFORE_TURN { None } else { take_turn(shared, writer)? };
        decide_all(shared, writer, requests)?;
        match append(shared, writer, turn)? {
            Appended::Durable => {
                merge(shared, writer);
                return Ok(answer_all(shared, writer));
            }
            Appended::Raced => catch_up(shared, writer)?,
        }
    }
    let cause = format!("lost {RACES_MAX} races in a row against other writers of this book");
    Err(ExecuteError::unavailable(Cause::new(cause)))
}

/// Decides each request against the durable state and what the batch did before it, and encodes what was
/// accepted.
pub(crate) fn decide_all(
    shared: &Shared,
    writer: &mut Writer,
    requests: &[&Request],
) -> Result<(), ExecuteError> {
    let Writer { key, named, touched, batch, .. } = writer;
    let book = shared.book();
    let (now, confirmed) = (shared.clock.now(), shared.confirmed());
    touched.clear();
    batch.begin(book.position());
    let mut overlay = Overlay::new(&*book, touched);
    for request in requests.iter().take(BATCH_RECORDS_MAX) {
        let Request { at, occurred_at, actor, command } = request;
        let last = overlay.get::<BookHead>(&()).map(|head| (head.position, head.at));
        let moment =
            Moment::of(*at, now, last.map(|(_, at)| at), confirmed, shared.clock_slack_micros);
        let answer = match decide(&overlay, moment.at, *occurred_at, *actor, command) {
            Decision::Accepted(events) => {
                if let Some(rejection) = refusal_of_handle(&moment, *named, *key, command) {
                    Err(rejection)
                } else {
                    let position = last.map_or(Position::START, |(position, _)| position).next();
                    let (at, occurred_at, actor) = (moment.at, *occurred_at, *actor);
                    let rules = RulesVersion::CURRENT;
                    let head = Head { position, at, occurred_at, actor, rules };
                    match batch.add(Record { head, events })? {
                        Added::Record(record) => {
                            apply(&mut overlay, &record)?;
                            Ok(Done::new(record))
                        }
                        Added::TooLarge(rejection) => Err(rejection),
                        Added::Full => break,
                    }
                }
            }
            Decision::Known(known) => {
                let record = recorded(shared, *key, batch, known.position)?;
                known.answer(&overlay, command, &record).map(|()| Done::repeated(record))
            }
            Decision::Rejected(rejection) => Err(moment.refusal(rejection)),
        };
        batch.answers.push(answer);
    }
    Ok(())
}

/// Waits until no other process appends, and reads on: what is decided then loses no race, so nobody
/// starves. `None` where the store gives no turns.
pub(crate) fn take_turn<'s>(
    shared: &'s Shared,
    writer: &mut Writer,
) -> Result<Option<Box<dyn Turn + 's>>, ExecuteError> {
    let Some(key) = writer.key else { return Ok(None) };
    let from = shared.book().position().next();
    let mut rest: Vec<Record> = Vec::new();
    let see = |record, _: &[u8]| {
        rest.push(record);
        if rest.len() >= CHUNK_RECORDS_MAX {
            fold(shared, writer, &rest)?;
            rest.clear();
        }
        Ok::<_, ExecuteError>(ControlFlow::Continue(()))
    };
    let taken = records::each(from, see, |visitor| shared.store.turn(key, from.get(), visitor))?;
    let Some(turn) = taken.map_err(append_failure)? else { return Ok(None) };
    shared.count(|c| c.stats.turns = c.stats.turns.saturating_add(1));
    fold(shared, writer, &rest)?;
    // A turn has no expected position: what is decided must stand behind the very last record.
    let (known, last) = (shared.book().position().get(), turn.head().size);
    if known == last { Ok(Some(turn)) } else { Err(append_failure(shrunk(key, known, last))) }
}

/// Appends the batch's records, once, in the turn if there is one. Where others write too, or an answer was
/// lost, a batch that is only refused asks whether the state it was decided on is still the last.
pub(crate) fn append(
    shared: &Shared,
    writer: &mut Writer,
    turn: Option<Box<dyn Turn + '_>>,
) -> Result<Appended, ExecuteError> {
    let batch = &writer.batch;
    let is_last = turn.is_some() || (!shared.many_writers && !writer.in_doubt);
    let settled = batch.records.is_empty() && (is_last || batch.answers.iter().all(Result::is_ok));
    if settled {
        // What the turn has shown is then as durable as the store promises.
        let shown = turn.map(|turn| turn.append(&[])).transpose();
        return shown.map(|_| Appended::Durable).map_err(append_failure);
    }
    if let Some(opens) = batch.opens() {
        writer.key = Some(opens);
    }
    let Some(key) = writer.key else { return Ok(Appended::Durable) };
    let expected = batch.base.get();
    let slices = batch.slices();
    let stopwatch = Stopwatch::start();
    let Some(_) =
        append_behind(&*shared.store, turn, key, expected, &slices).map_err(append_failure)?
    else {
        shared.count(|c| c.stats.races = c.stats.races.saturating_add(1));
        return Ok(Appended::Raced);
    };
    if !slices.is_empty() {
        let micros = stopwatch.micros();
        shared.count(|c| c.append(slices.len(), batch.bytes_len(), micros));
    }
    writer.in_doubt = false;
    Ok(Appended::Durable)
}

/// Appends records behind the `expected` first ones, in the turn if there is one; the new head, or `None`
/// where somebody else was first. A store that has fewer than that, or answers with another number than it
/// must have now, is damaged.
pub(crate) fn append_behind(
    store: &dyn Store,
    turn: Option<Box<dyn Turn + '_>>,
    key: BookKey,
    expected: u64,
    records: &[&[u8]],
) -> Result<Option<TreeHead>, AppendError> {
    let answer = match turn {
        Some(turn) => turn.append(records),
        None => store.append(key, expected, records),
    };
    match answer {
        Ok(head) => {
            let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
            if head.size == expected.saturating_add(count) {
                return Ok(Some(head));
            }
            let what = format!("{count} appended behind {expected}, and the head is {}", head.size);
            Err(AppendError::Damaged(Damage::new(format!("book {key}"), what)))
        }
        Err(AppendError::Raced { actual, .. }) if actual < expected => {
            Err(shrunk(key, expected, actual))
        }
        Err(AppendError::Raced { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes the batch part of the state that can be read. The store has it.
pub(crate) fn merge(shared: &Shared, writer: &mut Writer) {
    if !writer.batch.records.is_empty() {
        writer.touched.merge_into(&mut shared.book_mut());
        shared.news.appended(writer.key, shared.many_writers);
    }
}

fn answer_all(shared: &Shared, writer: &mut Writer) -> Vec<Answer> {
    let answers = std::mem::take(&mut writer.batch.answers);
    let count = |is: fn(&Answer) -> bool| {
        u64::try_from(answers.iter().filter(|answer| is(answer)).count()).unwrap_or(u64::MAX)
    };
    let repeated = count(|answer| answer.as_ref().is_ok_and(|done| done.repeated));
    let (all, refused) = (count(|_| true), count(Result::is_err));
    shared.count(|c| {
        c.stats.batches = c.stats.batches.saturating_add(1);
        c.stats.answered = c.stats.answered.saturating_add(all);
        c.stats.repeated = c.stats.repeated.saturating_add(repeated);
        c.stats.refused = c.stats.refused.saturating_add(refused);
    });
    answers
}

/// Reads on where the store may have more than the state, and stops where something is damaged.
fn ready(shared: &Shared, writer: &mut Writer) -> Result<(), ExecuteError> {
    match shared.health() {
        Health::Stopped(damage) => return Err(ExecuteError::Damaged { damage }),
        Health::Behind => {
            catch_up(shared, writer)?;
            shared.set_health(Health::Ready);
        }
        Health::Ready => {}
    }
    if !writer.named && shared.book().position() == Position::START {
        // Another handle may have opened the book meanwhile.
        if let [key] = shared.store.books()?.as_slice() {
            writer.key = Some(*key);
            catch_up(shared, writer)?;
        }
    }
    Ok(())
}

/// Folds what the store has and the state has not.
fn catch_up(shared: &Shared, writer: &mut Writer) -> Result<(), ExecuteError> {
    let Some(key) = writer.key else { return Ok(()) };
    loop {
        let from = shared.book().position().next();
        let records: Vec<Record> = records::read_chunk(&shared.store, key, from)?;
        if records.is_empty() {
            return Ok(());
        }
        fold(shared, writer, &records)?;
    }
}

/// Folds records that the store has and the state has not.
fn fold(shared: &Shared, writer: &mut Writer, records: &[Record]) -> Result<(), ExecuteError> {
    let book = shared.book();
    writer.touched.clear();
    let mut overlay = Overlay::new(&*book, &mut writer.touched);
    for record in records {
        apply(&mut overlay, record)?;
    }
    drop(book);
    writer.touched.merge_into(&mut shared.book_mut());
    shared.news.perhaps(writer.key);
    Ok(())
}

/// The record in which a known command stands: the batch's own, or the store's.
fn recorded(
    shared: &Shared,
    key: Option<BookKey>,
    batch: &Batch,
    position: Position,
) -> Result<Arc<Record>, ExecuteError> {
    if let Some(record) = batch.record(position) {
        return Ok(Arc::clone(record));
    }
    let found = match key {
        Some(key) => records::read_one(&shared.store, key, position)?,
        None => None,
    };
    found.map(Arc::new).ok_or_else(|| {
        ExecuteError::damaged(
            format!("record {position}"),
            "the state knows it, the store has none",
        )
    })
}

/// What the handle itself has against a command that the rules accept.
fn refusal_of_handle(
    moment: &Moment,
    named: bool,
    key: Option<BookKey>,
    command: &Command,
) -> Option<Rejection> {
    if let (Command::OpenBook(open), true, Some(key)) = (command, named, key)
        && book_key(open.book) != key
    {
        return Some(Rejection::BookExists { book: book_id(key) });
    }
    moment.leap()
}

/// When a command is recorded, and whether the clock that says so must be confirmed first.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Time,
    /// The last record's time, where the clock leapt ahead of it.
    leapt_from: Option<Time>,
}

/// Codes of refusals that hold at whatever time: those that come before the look at time.
const TIMELESS: [&str; 9] = [
    "bad_amount",
    "bad_rate",
    "bad_terms",
    "bad_lines",
    "too_large",
    "shares_exceed_whole",
    "book_missing",
    "book_exists",
    "not_allowed",
];

impl Moment {
    /// A time that was given is taken as it stands. The clock's is lifted to the last record's where it
    /// lies a little behind.
    fn of(
        given: Option<Time>,
        now: Time,
        last: Option<Time>,
        confirmed: Option<Time>,
        slack_micros: i64,
    ) -> Self {
        let (None, Some(last)) = (given, last) else {
            return Self { at: given.unwrap_or(now), leapt_from: None };
        };
        let behind = last.micros().saturating_sub(now.micros());
        if (1..=slack_micros).contains(&behind) {
            return Self { at: last, leapt_from: None };
        }
        let trusted = confirmed.map_or(last, |confirmed| confirmed.max(last));
        let leapt = now > trusted.plus_days(CLOCK_LEAP_DAYS_MAX);
        Self { at: now, leapt_from: leapt.then_some(last) }
    }

    fn leap(&self) -> Option<Rejection> {
        self.leapt_from.map(|last| Rejection::ClockAhead { last, given: self.at })
    }

    /// A refusal that may rest on a wrong clock says so.
    fn refusal(&self, rejection: Rejection) -> Rejection {
        if TIMELESS.contains(&rejection.code()) {
            return rejection;
        }
        self.leap().unwrap_or(rejection)
    }
}

impl Writer {
    pub(crate) fn new(key: Option<BookKey>, named: bool) -> Self {
        Self { key, named, in_doubt: false, touched: Touched::default(), batch: Batch::new() }
    }
}
