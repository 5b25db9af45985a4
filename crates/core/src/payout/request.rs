use crate::command::command;
use crate::id::{PartyId, PayoutId};
use crate::money::Amount;

command! {
    /// Asks for a payout (提现). By the party itself.
    RequestPayout {
        /// The payout's id.
        payout: PayoutId,
        /// To whom.
        party: PartyId,
        /// Above zero, at most what is available.
        amount: Amount,
    }
}

use crate::accounting::Account;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Balance, Party, Payout, PayoutStatus, Read, State};
use crate::event::{Event, PayoutRequested};
use crate::money::{Decimals, Money};
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for RequestPayout {
    type Form = Money;
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Money, Rejection> {
        form::positive("amount", &self.amount, decimals)
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Payout>(&self.payout).map(|payout| Known::by_id(payout.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        let operator = cx.head.operator();
        if self.party != operator && cx.state.get::<Party>(&self.party).is_none() {
            return Err(Rejection::UnknownParty { role: "party", party: self.party });
        }
        match cx.actor {
            Actor::Operator if self.party == operator => Ok(()),
            Actor::Leader(party) | Actor::Supplier(party) if party == self.party => Ok(()),
            Actor::Operator
            | Actor::Leader(_)
            | Actor::Supplier(_)
            | Actor::Buyer(_)
            | Actor::System => cx.not_allowed("only the party itself may"),
        }
    }

    fn decide<S: Read>(
        &self,
        amount: Money,
        (): (),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let balance = cx.state.get::<Balance>(&Account::Available(self.party));
        let available = balance.map_or(Money::ZERO, |balance| balance.0.negated());
        if amount > available {
            return Err(Rejection::InsufficientBalance { available, amount });
        }
        Ok(vec![PayoutRequested { payout: self.payout, party: self.party, amount }.into()])
    }
}

impl Fold for PayoutRequested {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let payout = Payout {
            position: head.position,
            asked_by: head.actor,
            party: self.party,
            amount: self.amount,
            status: PayoutStatus::Requested,
            decided: None,
        };
        state.put(self.payout, payout);
        Ok(())
    }
}
