use crate::command::command;
use crate::id::OrderId;

command! {
    /// Refunds an order of a campaign that wasn't formed, or was cancelled. A duty, order by order; by the clock or the operator.
    RefundUnformed {
        /// The order.
        order: OrderId,
    }
}

use super::reversal::everything;
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Order, Read, Refund};
use crate::event::{Event, RefundCause};
use crate::money::Decimals;
use crate::order::settle::duty;
use crate::order::units::{find, paid_only};
use crate::rejection::Rejection;

impl Rule for RefundUnformed {
    type Form = ();
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let order = state.get::<Order>(&self.order)?;
        let mut own = order.refunds.iter().rev().filter_map(|id| state.get::<Refund>(id));
        own.find(|refund| refund.cause == Some(RefundCause::Unformed))
            .map(|refund| Known::done(refund.position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let order = find(cx.state, self.order)?;
        duty(cx)?;
        Ok(order)
    }

    /// All that is left of it, shipping fee included; requests that are open are withdrawn. `domain.md`
    /// §11 *Cancelling, unformed*.
    fn decide<S: Read>(
        &self,
        (): (),
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        if campaign.gives_back().is_none() {
            let due = campaign.closed.is_none().then_some(campaign.terms.closes_at);
            return Err(Rejection::NotDue { due, at: cx.at });
        }
        let mut refund = everything(cx, order, self.order, RefundCause::Unformed)?;
        refund.withdrawn = super::open_requests(cx.state, order);
        Ok(vec![refund.into()])
    }
}
