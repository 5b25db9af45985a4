use crate::command::{Direction, command};
use crate::id::UnmatchedId;
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records money in or out that nothing explains yet. By the operator.
    RecordUnmatched {
        /// The id of this money.
        unmatched: UnmatchedId,
        /// Where.
        channel: SmolStr,
        /// Which way.
        direction: Direction,
        /// Above zero.
        amount: Amount,
        /// The channel's own number; at most 200 bytes.
        reference: SmolStr,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Read, State, Unmatched};
use crate::event::{Event, UnmatchedRecorded};
use crate::money::{Decimals, Money};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::{Name, Text};

impl Rule for RecordUnmatched {
    type Form = (Name, Money, Text);
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection> {
        let channel = form::name("channel", &self.channel)?;
        let amount = form::positive("amount", &self.amount, decimals)?;
        Ok((channel, amount, form::text("reference", &self.reference)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Unmatched>(&self.unmatched).map(|known| Known::by_id(known.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        (channel, amount, reference): Self::Form,
        (): (),
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let (unmatched, direction) = (self.unmatched, self.direction);
        Ok(vec![UnmatchedRecorded { unmatched, channel, direction, amount, reference }.into()])
    }
}

impl Fold for UnmatchedRecorded {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let amount = match self.direction {
            Direction::In => self.amount,
            Direction::Out => self.amount.negated(),
        };
        let channel = self.channel.clone();
        let position = head.position;
        state.put(self.unmatched, Unmatched { position, channel, amount, resolved: None });
        Ok(())
    }
}
