use crate::accounting::ExpenseKind;
use crate::command::command;
use crate::id::{CampaignId, CostId};
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records a cost of running the group. By the operator.
    RecordCost {
        /// The cost's id.
        cost: CostId,
        /// Which expense.
        category: ExpenseKind,
        /// Where the money left.
        channel: SmolStr,
        /// Above zero.
        amount: Amount,
        ;
        /// The campaign it was for.
        campaign: CampaignId,
    }
}

use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, KnownAt, Read, State};
use crate::event::{CostRecorded, Event};
use crate::money::{Decimals, Money};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Name;

impl Rule for RecordCost {
    type Form = (Name, Money);
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Self::Form, Rejection> {
        let channel = form::name("channel", &self.channel)?;
        Ok((channel, form::positive("amount", &self.amount, decimals)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::Cost, self.cost.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        if let Some(campaign) = self.campaign {
            crate::campaign::find(cx.state, campaign)?;
        }
        cx.operator_only()
    }

    fn decide<S: Read>(
        &self,
        (channel, amount): Self::Form,
        (): (),
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let (cost, category, campaign) = (self.cost, self.category, self.campaign);
        Ok(vec![CostRecorded { cost, category, campaign, channel, amount }.into()])
    }
}

impl Fold for CostRecorded {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        state.put((IdKind::Cost, self.cost.uuid()), KnownAt(head.position));
        Ok(())
    }
}
