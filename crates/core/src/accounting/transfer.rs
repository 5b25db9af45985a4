use crate::command::command;
use crate::id::TransferId;
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records that money went from one of the operator's channels to another. By the operator.
    RecordTransfer {
        /// The transfer's id.
        transfer: TransferId,
        /// Where the money left.
        from: SmolStr,
        /// Where it arrived: another channel.
        to: SmolStr,
        /// What arrived, above zero.
        amount: Amount,
        /// The channel's own number; at most 200 bytes.
        reference: SmolStr,
        ;
        /// What it cost, at most the amount; leaves the sending channel on top of it. None where absent.
        fee: Amount,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, KnownAt, Read, State};
use crate::event::{Event, Transferred};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for RecordTransfer {
    type Form = Transferred;
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Transferred, Rejection> {
        let from = form::name("from", &self.from)?;
        let to = form::name("to", &self.to)?;
        if from == to {
            let problem = "must be another channel than the one that the money left";
            return Err(Rejection::BadTerms { field: "to", problem });
        }
        let amount = form::positive("amount", &self.amount, decimals)?;
        let fee = form::fee("fee", self.fee.as_ref(), amount, decimals)?;
        let reference = form::text("reference", &self.reference)?;
        Ok(Transferred { transfer: self.transfer, from, to, amount, fee, reference })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::Transfer, self.transfer.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        transferred: Transferred,
        (): (),
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        Ok(vec![transferred.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        self.fee.get_or_insert(Amount::new(0, 0));
    }
}

impl Fold for Transferred {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        state.put((IdKind::Transfer, self.transfer.uuid()), KnownAt(head.position));
        Ok(())
    }
}
