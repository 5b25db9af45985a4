use crate::command::command;
use crate::id::PayoutId;
use smol_str::SmolStr;

command! {
    /// Records that a payout failed: the money is available again. By the operator.
    FailPayout {
        /// The payout.
        payout: PayoutId,
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::{decide, decided, find, requested_only};
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Payout, PayoutStatus, Read, State};
use crate::event::{Event, PayoutFailed};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for FailPayout {
    type Form = Text;
    type Found<'a> = &'a Payout;

    fn form(&self, _: Decimals) -> Result<Text, Rejection> {
        form::text("reason", &self.reason)
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        decided(state, self.payout, PayoutStatus::Failed)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Payout, Rejection> {
        find(cx, self.payout)
    }

    fn decide<S: Read>(
        &self,
        reason: Text,
        payout: &Payout,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        requested_only(payout)?;
        let (party, amount) = (payout.party, payout.amount);
        Ok(vec![PayoutFailed { payout: self.payout, party, amount, reason }.into()])
    }
}

impl Fold for PayoutFailed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        decide(state, self.payout, PayoutStatus::Failed, head.position)
    }
}
