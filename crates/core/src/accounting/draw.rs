use crate::command::{Direction, command};
use crate::id::DrawId;
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records that the operator drew money, or brought some in. By the operator.
    RecordDraw {
        /// The draw's id.
        draw: DrawId,
        /// Out: drawn. In: brought in.
        direction: Direction,
        /// Where.
        channel: SmolStr,
        /// Above zero.
        amount: Amount,
        /// The channel's own number; at most 200 bytes.
        reference: SmolStr,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, KnownAt, Read, State};
use crate::event::{Drawn, Event};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for RecordDraw {
    type Form = Drawn;
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Drawn, Rejection> {
        let channel = form::name("channel", &self.channel)?;
        let amount = form::positive("amount", &self.amount, decimals)?;
        let reference = form::text("reference", &self.reference)?;
        Ok(Drawn { draw: self.draw, direction: self.direction, channel, amount, reference })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::Draw, self.draw.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        drawn: Drawn,
        (): (),
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        Ok(vec![drawn.into()])
    }
}

impl Fold for Drawn {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        state.put((IdKind::Draw, self.draw.uuid()), KnownAt(head.position));
        Ok(())
    }
}
