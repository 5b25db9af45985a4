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
use crate::book::{Balance, Party, PartyKind, Payout, PayoutStatus, Read, State};
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
        let kind = cx.state.get::<Party>(&self.party).map(|party| party.kind);
        if self.party != operator && kind.is_none() {
            return Err(Rejection::UnknownParty { role: "party", party: self.party });
        }
        let supplies = matches!(kind, Some(PartyKind::Supplier { .. }));
        let itself = match cx.actor {
            Actor::Operator => self.party == operator,
            Actor::Leader(_) => !supplies && self.could_send(cx.actor),
            Actor::Supplier(_) => supplies && self.could_send(cx.actor),
            Actor::Buyer(_) | Actor::System => false,
        };
        if itself { Ok(()) } else { cx.not_allowed("only the party itself may") }
    }

    fn could_send(&self, actor: Actor) -> bool {
        match actor {
            Actor::Operator => true,
            Actor::Leader(party) | Actor::Supplier(party) => party == self.party,
            Actor::Buyer(_) | Actor::System => false,
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
