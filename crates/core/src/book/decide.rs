//! The path of a command: form, book, known id, time, then what the command's own file says. The order
//! of refusals is that of `cli.md`.
//!
//! Reads only what the command names; writes nothing. Nothing here loops longer than the command or
//! the order it is about; cancelling a campaign alone looks at every refund that was asked for in it.

use super::apply::balance_after;
use super::{BookHead, Read};
use crate::accounting::totals;
use crate::actor::Actor;
use crate::command::{Command, with_command};
use crate::event::Event;
use crate::money::{AMOUNT_MINOR_MAX, Decimals};
use crate::record::{Position, Record};
use crate::rejection::Rejection;
use crate::time::Time;

/// What became of a command.
#[derive(Clone, PartialEq, Debug)]
pub enum Decision {
    /// Accepted: these events, in this order, become its record.
    Accepted(Vec<Event>),
    /// Its id is known, or it was done before: look at that record, see [`Known::answer`].
    Known(Known),
    /// Refused; no trace.
    Rejected(Rejection),
}

/// Where a command's id was recorded, or where what it asks for was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// The record.
    pub position: Position,
    mismatch: Mismatch,
    /// Set where the command names something unknown, so that only the recorded one can tell whether
    /// this actor could have sent it.
    judge: Option<Actor>,
}

/// What to answer when the recorded command differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mismatch {
    IdReused,
    AlreadyDecided,
    CampaignClosed(Time),
    /// Nothing is compared: done is done.
    Never,
}

impl Known {
    pub(crate) const fn by_id(position: Position) -> Self {
        Self { position, mismatch: Mismatch::IdReused, judge: None }
    }

    pub(crate) const fn decided(position: Position) -> Self {
        Self { position, mismatch: Mismatch::AlreadyDecided, judge: None }
    }

    pub(crate) const fn closed(position: Position, at: Time) -> Self {
        Self { position, mismatch: Mismatch::CampaignClosed(at), judge: None }
    }

    pub(crate) const fn done(position: Position) -> Self {
        Self { position, mismatch: Mismatch::Never, judge: None }
    }

    /// Compares the command that came in with the one in its record, defaults resolved on both sides:
    /// `Ok` answers *repeated*, with that record's position and events.
    ///
    /// # Errors
    /// `id_reused`, `already_decided` or `campaign_closed`, naming the field in which they differ.
    pub fn answer<S: Read>(
        &self,
        state: &S,
        incoming: &Command,
        recorded: &Record,
    ) -> Result<(), Rejection> {
        let position = self.position;
        self.judge(state, recorded)?;
        let Some(field) = difference(state, incoming, recorded) else { return Ok(()) };
        match self.mismatch {
            Mismatch::IdReused => Err(Rejection::IdReused { field, position }),
            Mismatch::AlreadyDecided => Err(Rejection::AlreadyDecided { field, position }),
            Mismatch::CampaignClosed(closed_at) => Err(Rejection::CampaignClosed { closed_at }),
            Mismatch::Never => Ok(()),
        }
    }

    /// Asks of the recorded command whether the actor may, where the one that came in couldn't tell.
    fn judge<S: Read>(&self, state: &S, recorded: &Record) -> Result<(), Rejection> {
        let (Some(actor), Some(head)) = (self.judge, state.get::<BookHead>(&())) else {
            return Ok(());
        };
        let Ok(command) = Command::from_record(recorded, head.decimals()) else { return Ok(()) };
        let cx = Context { state, head, actor, at: head.at };
        let admitted = with_command!(&command, rule => rule.admit(&cx).err());
        refuse_stranger(actor, admitted.as_ref())
    }
}

/// Answers `not_allowed` to somebody who could not have sent the command in the first place.
fn refuse_stranger(actor: Actor, refused: Option<&Rejection>) -> Result<(), Rejection> {
    match refused {
        Some(Rejection::NotAllowed { .. } | Rejection::SamePerson { .. }) => {
            let why = "it could not have sent this command in the first place";
            Err(Rejection::NotAllowed { actor, why })
        }
        Some(_) | None => Ok(()),
    }
}

/// The first field in which a command differs from the one in a record; none when they are the same.
pub fn difference<S: Read>(
    state: &S,
    incoming: &Command,
    recorded: &Record,
) -> Option<&'static str> {
    let decimals = state.get::<BookHead>(&()).map_or(WIDEST, BookHead::decimals);
    let Ok(recorded) = Command::from_record(recorded, decimals) else { return Some("command") };
    let mut incoming = incoming.clone();
    with_command!(&mut incoming, command => command.canonical(state));
    incoming.difference(&recorded)
}

/// What a rule looks at: the state, who asks, when.
#[derive(Debug)]
pub(crate) struct Context<'a, S> {
    pub(crate) state: &'a S,
    pub(crate) head: &'a BookHead,
    pub(crate) actor: Actor,
    pub(crate) at: Time,
}

impl<S> Context<'_, S> {
    /// The place that the record will have.
    pub(crate) fn position(&self) -> Position {
        self.head.position.next()
    }

    pub(crate) fn not_allowed<T>(&self, why: &'static str) -> Result<T, Rejection> {
        Err(Rejection::NotAllowed { actor: self.actor, why })
    }

    pub(crate) fn operator_only(&self) -> Result<(), Rejection> {
        if self.actor == Actor::Operator {
            Ok(())
        } else {
            self.not_allowed("only the operator may")
        }
    }

    pub(crate) fn is_operator(&self) -> bool {
        self.actor == Actor::Operator
    }
}

/// A command's rule. [`decide`] calls its parts in the order of the refusals.
pub(crate) trait Rule {
    /// The command's values, once they are ones.
    type Form;
    /// The entities that it names.
    type Found<'a>;

    /// 1: the form, without a look at the state.
    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection>;
    /// 3: where its id was recorded, or where it was done.
    fn known<S: Read>(&self, state: &S) -> Option<Known>;
    /// 5 and 6: finds what it names, and asks whether this actor may.
    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Self::Found<'a>, Rejection>;
    /// The part of 6 that the command alone answers: whether this actor could ever send it as it is.
    fn could_send(&self, _actor: Actor) -> bool {
        true
    }
    /// 7 and 8: state, quantities, money; and the events.
    fn decide<S: Read>(
        &self,
        form: Self::Form,
        found: Self::Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection>;
    /// Fills in the defaults that are constant or follow from what never changes.
    fn canonical<S: Read>(&mut self, _state: &S) {}
}

const WIDEST: Decimals = match Decimals::new(4) {
    Some(decimals) => decimals,
    None => unreachable!(),
};

/// Decides a command against a state. Pure: the same arguments give the same answer, for ever.
pub fn decide<S: Read>(
    state: &S,
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: &Command,
) -> Decision {
    if let Command::OpenBook(open) = command {
        return super::open::decide_opening(open, state, at, occurred_at, actor);
    }
    with_command!(command, rule => decide_rule(rule, command.name(), state, at, occurred_at, actor))
}

fn decide_rule<R: Rule, S: Read>(
    rule: &R,
    name: &'static str,
    state: &S,
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
) -> Decision {
    let Some(head) = state.get::<BookHead>(&()) else {
        let missing = Rejection::BookMissing { command: name };
        return Decision::Rejected(rule.form(WIDEST).err().unwrap_or(missing));
    };
    let form = match rule.form(head.decimals()) {
        Ok(form) => form,
        Err(rejection) => return Decision::Rejected(rejection),
    };
    let cx = Context { state, head, actor, at };
    if let Some(known) = rule.known(state) {
        let stranger = cx.not_allowed::<()>("").err().filter(|_| !rule.could_send(actor));
        let refused = stranger.or_else(|| rule.admit(&cx).err());
        let judge = refused.is_some().then_some(actor);
        return match refuse_stranger(actor, refused.as_ref()) {
            Ok(()) => Decision::Known(Known { judge, ..known }),
            Err(rejection) => Decision::Rejected(rejection),
        };
    }
    let decided = check_time(head.at, at, occurred_at)
        .and_then(|()| check_seal(head.sealed_through, occurred_at.unwrap_or(at)))
        .and_then(|()| rule.admit(&cx))
        .and_then(|found| rule.decide(form, found, &cx))
        .and_then(|events| check_totals(state, head, events));
    match decided {
        Ok(events) => Decision::Accepted(events),
        Err(rejection) => Decision::Rejected(rejection),
    }
}

/// Times never go back: `at` from record to record, `occurred_at` not after `at`.
pub(super) fn check_time(last: Time, at: Time, occurred_at: Option<Time>) -> Result<(), Rejection> {
    if at < last {
        return Err(Rejection::TimeGoesBack { last, given: at });
    }
    match occurred_at {
        Some(occurred_at) if occurred_at > at => {
            Err(Rejection::TimeGoesBack { last: at, given: occurred_at })
        }
        Some(_) | None => Ok(()),
    }
}

/// Nothing is dated inside a sealed period, or before it. `at` alone can only be its very end.
fn check_seal(sealed_through: Option<Time>, given: Time) -> Result<(), Rejection> {
    match sealed_through {
        Some(sealed_through) if given <= sealed_through => {
            Err(Rejection::PeriodSealed { sealed_through, given })
        }
        Some(_) | None => Ok(()),
    }
}

/// No balance leaves the range of an amount. While the sum of all magnitudes is within it, none can.
fn check_totals<S: Read>(
    state: &S,
    head: &BookHead,
    events: Vec<Event>,
) -> Result<Vec<Event>, Rejection> {
    let totals = totals(&events);
    let moved =
        totals.iter().fold(0_u128, |sum, (_, amount)| sum.saturating_add(amount.unsigned_abs()));
    if head.turnover.saturating_add(moved) <= u128::from(AMOUNT_MINOR_MAX.unsigned_abs()) {
        return Ok(events);
    }
    for (account, amount) in totals {
        if balance_after(state, &account, amount).is_err() {
            return Err(Rejection::Overflow { account: Some(account) });
        }
    }
    Ok(events)
}
