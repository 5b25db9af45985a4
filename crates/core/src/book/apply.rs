//! The fold: what a record changes. It only adds what the events say; no rate, cap or rounding is ever
//! computed again.

use super::{Balance, BookHead, Read, State};
use crate::accounting::{Account, for_each_posting, totals};
use crate::event::{Event, Moved, with_event};
use crate::money::{Money, OutOfRange};
use crate::record::{Head, Position, Record};

/// A record that doesn't follow from the ones before it: the log is damaged or was tampered with.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("record {position} doesn't follow from the records before it: {what}; run an audit")]
pub struct Inconsistent {
    /// The record.
    pub position: Position,
    /// What is wrong.
    pub what: &'static str,
}

/// What is wrong with an event, before it is known in which record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken(pub(crate) &'static str);

impl From<OutOfRange> for Broken {
    fn from(_: OutOfRange) -> Self {
        Self("an amount lies beyond 10^15 minor units")
    }
}

/// An event that can be folded into the state.
pub(crate) trait Fold {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken>;
}

/// Folds one record into the state.
///
/// # Errors
/// [`Inconsistent`] for a record that doesn't follow; the state is then of no use any more.
pub fn apply<S: State>(state: &mut S, record: &Record) -> Result<(), Inconsistent> {
    let head = &record.head;
    let inconsistent = |Broken(what)| Inconsistent { position: head.position, what };
    check_head(state, record).map_err(inconsistent)?;
    for event in &record.events {
        with_event!(event, event => event.fold(head, state)).map_err(inconsistent)?;
        check_sum(event).map_err(inconsistent)?;
    }
    post(state, &record.events).map_err(inconsistent)
}

/// Folds one event into a state that has what came before it of the same entities, and maybe nothing else of
/// the book: neither the record's place in the book nor the balances are looked at.
///
/// # Errors
/// [`Inconsistent`] for an event that doesn't follow; the state is then of no use any more.
pub fn apply_alone<S: State>(
    state: &mut S,
    head: &Head,
    event: &Event,
) -> Result<(), Inconsistent> {
    with_event!(event, event => event.fold(head, state))
        .and_then(|()| check_sum(event))
        .map_err(|Broken(what)| Inconsistent { position: head.position, what })
}

fn check_head<S: State>(state: &mut S, record: &Record) -> Result<(), Broken> {
    let Some(first) = record.events.first() else { return Err(Broken("it has no event")) };
    let head = record.head;
    match state.edit::<BookHead>(&()) {
        None if matches!(first, Event::BookOpened(_))
            && head.position == Position::START.next() =>
        {
            Ok(())
        }
        None => Err(Broken("the book doesn't start with book_opened at position 1")),
        Some(_) if matches!(first, Event::BookOpened(_)) => Err(Broken("the book is opened twice")),
        Some(book) if book.position.next() != head.position => {
            Err(Broken("its position is not the next"))
        }
        Some(book) if head.at < book.at => Err(Broken("its time lies before the last")),
        Some(book) if book.sealed_through.is_some_and(|sealed| head.happened_at() <= sealed) => {
            Err(Broken("it is dated inside a sealed period"))
        }
        Some(book) => {
            book.position = head.position;
            book.at = head.at;
            Ok(())
        }
    }
}

/// Every event's postings sum to zero, whatever else is in its record.
fn check_sum(event: &Event) -> Result<(), Broken> {
    let mut sum = 0_i128;
    for_each_posting(event, &mut |_, amount| sum = sum.saturating_add(i128::from(amount.minor())));
    if sum == 0 { Ok(()) } else { Err(Broken("an event's postings don't sum to zero")) }
}

/// An account's balance once a record's total is added: the one place that knows its range, for
/// deciding and for folding.
pub(crate) fn balance_after<S: Read>(
    state: &S,
    account: &Account,
    amount: i128,
) -> Result<Money, OutOfRange> {
    let before = state.get::<Balance>(account).map_or(Money::ZERO, |balance| balance.0);
    Money::from_wide(amount.saturating_add(i128::from(before.minor())))
}

fn post<S: State>(state: &mut S, events: &[Event]) -> Result<(), Broken> {
    let mut moved = 0_u128;
    for (account, amount) in totals(events) {
        moved = moved.saturating_add(amount.unsigned_abs());
        let after = balance_after(state, &account, amount)?;
        match state.edit::<Balance>(&account) {
            Some(balance) => balance.0 = after,
            None => state.put(account, Balance(after)),
        }
    }
    if let Some(book) = state.edit::<BookHead>(&()).filter(|_| moved > 0) {
        book.turnover = book.turnover.saturating_add(moved);
    }
    Ok(())
}

/// Adds to an amount of the state.
pub(crate) fn add(to: &mut Money, amount: Money) -> Result<(), Broken> {
    *to = to.plus(amount)?;
    Ok(())
}

/// Adds units to a counter.
pub(crate) fn count(to: &mut u32, units: u32) -> Result<(), Broken> {
    *to = to.checked_add(units).ok_or(Broken("a counter of units overflows"))?;
    Ok(())
}

/// The part's party, which the event must name.
pub(crate) fn party_of(
    moved: &Moved,
    part: &crate::event::Part,
) -> Result<crate::id::PartyId, Broken> {
    moved.party(part).ok_or(Broken("a part points at no party"))
}

/// The entity that an event is about.
pub(crate) fn known<'s, E: super::Entity, S: State>(
    state: &'s mut S,
    key: &E::Key,
    what: &'static str,
) -> Result<&'s mut E, Broken> {
    state.edit::<E>(key).ok_or(Broken(what))
}

/// A copy of the entity that an event is about.
pub(crate) fn copy_of<E: super::Entity, S: Read>(
    state: &S,
    key: &E::Key,
    what: &'static str,
) -> Result<E, Broken> {
    state.get::<E>(key).cloned().ok_or(Broken(what))
}
