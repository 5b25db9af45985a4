//! Cases of turns, where a store gives them.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::given::{
    answered, failure, goes_on, head_of, holds_verified, record, records, same, slices, write_some,
};
use super::{BOOK, Factory, Failure, NotOffered, Stopped, Trial};
use crate::limits::length;
use crate::{AppendError, Store, Turn};

/// Turns that are taken beside writers who never wait.
const TURNS: u64 = 40;
/// Other writers.
const OTHERS: u64 = 2;

/// Takes a turn that there must be one of, and checks what it shows.
fn take<'s>(
    store: &'s dyn Store,
    all: &[Vec<u8>],
    from: u64,
) -> Result<Box<dyn Turn + 's>, Stopped> {
    let mut seen = Vec::new();
    let taken = store.turn(BOOK, from, &mut |position, record| {
        seen.push((position, record.to_vec()));
        ControlFlow::Continue(())
    });
    let Some(turn) = answered("turn", taken)? else {
        return Err(NotOffered("the store gives no turns").into());
    };
    let rest = (1..).zip(all.iter().cloned()).filter(|(position, _)| *position >= from);
    same("records that a turn shows", &rest.collect(), &seen)?;
    same("head of a turn", &head_of(all), &turn.head())?;
    Ok(turn)
}

/// Takes turns on a new and on a written book, then beside threads that append all the time.
pub(super) fn a_turn_appends_before_any_other(factory: &dyn Factory) -> Trial {
    let store = factory.fresh();
    let mut all = Vec::new();
    for batch in [1, 3, 20] {
        let from = length(all.len()).saturating_sub(1);
        let turn = take(&*store, &all, from)?;
        let next = records(length(all.len()).saturating_add(1), batch);
        let told = turn.append(&slices(&next));
        all.extend(next);
        same("head that a turn's append answers", &head_of(&all), &answered("append", told)?)?;
        holds_verified(&*store, BOOK, &all)?;
    }
    let other = factory.another()?;
    let done = AtomicBool::new(false);
    let outcome = thread::scope(|scope| {
        for writer in 1..=OTHERS {
            let (other, done) = (&*other, &done);
            scope.spawn(move || append_until(other, writer, done));
        }
        let mut from = 0;
        let outcome = (0..TURNS).try_for_each(|number| {
            from = turn_among_others(&*store, number, from)?;
            Ok(())
        });
        done.store(true, Ordering::Release);
        outcome
    });
    outcome.map(|()| TURNS).map_err(Stopped::Failed)
}

/// Appends without looking whether somebody else wants to, until told to stop.
fn append_until(store: &dyn Store, writer: u64, done: &AtomicBool) {
    let mut expected = 0;
    while !done.load(Ordering::Acquire) {
        expected = match store.append(BOOK, expected, &[&record(writer)]) {
            Ok(head) => head.size,
            Err(AppendError::Raced { actual, .. }) => actual,
            // It may have waited too long; the turns are what is looked at.
            Err(_) => expected,
        };
        thread::yield_now();
    }
}

/// Takes a turn and appends; gives the position of its record.
fn turn_among_others(store: &dyn Store, number: u64, from: u64) -> Result<u64, Failure> {
    let mut last = from;
    let taken = store.turn(BOOK, from.saturating_add(1), &mut |position, _| {
        last = position;
        ControlFlow::Continue(())
    });
    let Some(turn) = answered("turn", taken)? else {
        return Err(failure("turn", "given as before", "none"));
    };
    let size = turn.head().size;
    same("last record that a turn shows", &size, &last)?;
    let own = format!("turn {number}").into_bytes();
    let told = answered("append in a turn", turn.append(&[&own]))?;
    let position = size.saturating_add(1);
    same("position of a turn's record", &position, &told.size)?;
    let found = answered("read_one", store.read_one(BOOK, position))?;
    same("record behind a turn's head", &Some(own), &found)?;
    Ok(position)
}

/// Lets turns go, with and without an append of nothing, and after one that was refused.
pub(super) fn a_turn_let_go_changes_nothing(factory: &dyn Factory) -> Trial {
    let store = factory.fresh();
    drop(take(&*store, &[], 0)?);
    same("books", &Vec::new(), &answered("books", store.books())?)?;
    let mut all = write_some(&*store)?;
    let from = length(all.len()).saturating_sub(3);
    for way in 0..3_u64 {
        let turn = take(&*store, &all, from)?;
        match way {
            0 => drop(turn),
            1 => same("head", &head_of(&all), &answered("append", turn.append(&[]))?)?,
            _ => refused(turn)?,
        }
        let next = records(length(all.len()).saturating_add(1), 2);
        goes_on(&*store, BOOK, &mut all, next)?;
    }
    let mut seen = 0_u64;
    let taken = store.turn(BOOK, 1, &mut |_, _| {
        seen = seen.saturating_add(1);
        ControlFlow::Break(())
    });
    let turn = answered("turn", taken)?;
    same("visits after a break", &(1, true), &(seen, turn.is_some()))?;
    drop(turn);
    let next = records(length(all.len()).saturating_add(1), 1);
    goes_on(&*store, BOOK, &mut all, next)?;
    Ok(5)
}

/// An append past a limit is refused in a turn, too.
fn refused(turn: Box<dyn Turn + '_>) -> Result<(), Failure> {
    let past = usize::try_from(crate::RECORD_BYTES_MAX).unwrap_or(0).saturating_add(1);
    let large = vec![0; past];
    match turn.append(&[b"fits", &large]) {
        Err(AppendError::TooLarge { .. }) => Ok(()),
        other => Err(failure("append past a limit in a turn", "TooLarge", other)),
    }
}
