use crate::command::command;
use crate::id::{PartyId, WriteOffId};
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Gives up a party's debt: a negative available becomes `expense:bad_debt`. By the operator.
    WriteOff {
        /// The write-off's id.
        write_off: WriteOffId,
        /// Whose debt.
        party: PartyId,
        /// Above zero, at most the debt.
        amount: Amount,
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::Account;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Balance, IdKind, KnownAt, Read, State};
use crate::event::{Event, WrittenOff};
use crate::money::{Decimals, Money};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for WriteOff {
    type Form = (Money, Text);
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection> {
        let amount = form::positive("amount", &self.amount, decimals)?;
        Ok((amount, form::text("reason", &self.reason)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::WriteOff, self.write_off.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        super::adjust::find_party(cx, self.party)?;
        cx.operator_only()
    }

    /// Only what the party owes: a balance on the debit side of its available account.
    fn decide<S: Read>(
        &self,
        (amount, reason): Self::Form,
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let balance = cx.state.get::<Balance>(&Account::Available(self.party));
        let due = balance.map_or(Money::ZERO, |balance| balance.0).max(Money::ZERO);
        if amount > due {
            return Err(Rejection::ExceedsDue { due, amount });
        }
        let (write_off, party) = (self.write_off, self.party);
        Ok(vec![WrittenOff { write_off, party, amount, reason }.into()])
    }
}

impl Fold for WrittenOff {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        state.put((IdKind::WriteOff, self.write_off.uuid()), KnownAt(head.position));
        Ok(())
    }
}
