use crate::command::command;
use crate::id::OrderId;

command! {
    /// Expires an order that wasn't paid in time; stock and limits are free again. A duty; by the clock or the operator.
    ExpireOrder {
        /// The order.
        order: OrderId,
    }
}

use super::place::void;
use super::settle::duty;
use super::units::find;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Order, Read, State};
use crate::event::{Event, OrderExpired};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for ExpireOrder {
    type Form = ();
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Order>(&self.order)?.expired.map(Known::done)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let order = find(cx.state, self.order)?;
        duty(cx)?;
        Ok(order)
    }

    /// A payment that comes before this, however late, still pays the order. `domain.md` §11 *Times*.
    fn decide<S: Read>(
        &self,
        (): (),
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if let Some(position) = order.cancelled {
            return Err(Rejection::AlreadyDecided { field: "status", position });
        }
        if let Some(position) = order.paid {
            return Err(Rejection::AlreadyPaid { order: self.order, position });
        }
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        let due = order.expires_at(campaign);
        if cx.at < due {
            return Err(Rejection::NotDue { due: Some(due), at: cx.at });
        }
        Ok(vec![OrderExpired { order: self.order }.into()])
    }
}

impl Fold for OrderExpired {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.expired = Some(head.position);
        void(state, self.order)
    }
}
