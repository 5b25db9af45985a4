use crate::command::command;
use crate::id::PartyId;

command! {
    /// Registers a leader. By the operator.
    RegisterLeader {
        /// The leader's id; may be the operator's, not a supplier's.
        leader: PartyId,
        ;
        /// The leader who recruited her: one level only.
        upline: PartyId,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Party, PartyKind, Read, State};
use crate::event::{Event, LeaderRegistered};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for RegisterLeader {
    type Form = ();
    type Found<'a> = ();

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Party>(&self.leader).map(|party| Known::by_id(party.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        if let Some(upline) = self.upline {
            super::leader(cx.state, upline)?;
        }
        cx.operator_only()
    }

    fn decide<S: Read>(&self, (): (), (): (), _: &Context<'_, S>) -> Result<Vec<Event>, Rejection> {
        Ok(vec![LeaderRegistered { leader: self.leader, upline: self.upline }.into()])
    }
}

impl Fold for LeaderRegistered {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let kind = PartyKind::Leader { upline: self.upline };
        state.put(self.leader, Party { position: head.position, kind });
        Ok(())
    }
}
