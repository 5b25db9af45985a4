use crate::command::command;
use crate::time::Time;

command! {
    /// Seals a period (封账): nothing may be dated inside it, or before it, any more. By the operator.
    SealPeriod {
        /// Its end, included in it: not in the future, not before the last one.
        through: Time,
    }
}

use super::apply::{Broken, Fold, known};
use super::decide::{Context, Known, Rule};
use super::{BookHead, Read, Seal, State};
use crate::event::{Event, PeriodSealed};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for SealPeriod {
    type Form = ();
    type Found<'a> = ();

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Seal>(&self.through).map(|seal| Known::done(seal.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        (): (),
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let bad = |problem| Err(Rejection::BadTerms { field: "through", problem });
        if self.through > cx.at {
            return bad("must not lie in the future");
        }
        if cx.head.sealed_through.is_some_and(|sealed| self.through < sealed) {
            return bad("must not lie before the end of the last sealed period");
        }
        Ok(vec![PeriodSealed { through: self.through }.into()])
    }
}

impl Fold for PeriodSealed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let book = known::<BookHead, _>(state, &(), "there is no book")?;
        book.sealed_through = Some(self.through);
        state.put(self.through, Seal { position: head.position });
        Ok(())
    }
}
