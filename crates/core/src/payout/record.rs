use crate::command::command;
use crate::id::PayoutId;
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records that a payout was paid. By the operator.
    RecordPayout {
        /// The payout.
        payout: PayoutId,
        /// Where the money left.
        channel: SmolStr,
        /// The channel's own number; at most 200 bytes.
        reference: SmolStr,
        ;
        /// What the channel charged, borne by the operator; none where absent.
        fee: Amount,
    }
}

use super::{decide, decided, find, requested_only};
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Payout, PayoutStatus, Read, State};
use crate::event::{Event, PayoutPaid};
use crate::money::{Decimals, Money};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::{Name, Text};

impl Rule for RecordPayout {
    type Form = (Name, Text, Money);
    type Found<'a> = &'a Payout;

    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection> {
        let channel = form::name("channel", &self.channel)?;
        let reference = form::text("reference", &self.reference)?;
        Ok((channel, reference, form::or_zero("fee", self.fee.as_ref(), decimals)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        decided(state, self.payout, PayoutStatus::Paid)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Payout, Rejection> {
        find(cx, self.payout)
    }

    fn decide<S: Read>(
        &self,
        (channel, reference, fee): Self::Form,
        payout: &Payout,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        requested_only(payout)?;
        if fee > payout.amount {
            let given = self.fee.as_ref().map_or_else(String::new, ToString::to_string);
            let problem = "must not exceed the amount";
            return Err(Rejection::BadAmount { field: "fee", given, problem });
        }
        let (party, amount) = (payout.party, payout.amount);
        Ok(vec![PayoutPaid { payout: self.payout, party, amount, channel, reference, fee }.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        self.fee.get_or_insert(Amount::new(0, 0));
    }
}

impl Fold for PayoutPaid {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        decide(state, self.payout, PayoutStatus::Paid, head.position)
    }
}
