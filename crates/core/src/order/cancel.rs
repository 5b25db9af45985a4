use crate::command::command;
use crate::id::OrderId;
use smol_str::SmolStr;

command! {
    /// Cancels an order before anything is shipped; a paid one is refunded whole. By the operator or the buyer.
    CancelOrder {
        /// The order.
        order: OrderId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::place::void;
use super::units::find;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Order, Read, RefundStatus, State};
use crate::event::{Event, OrderCancelled, RefundCause};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for CancelOrder {
    type Form = Option<Text>;
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Order>(&self.order)?.cancelled.map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let order = find(cx.state, self.order)?;
        match cx.actor {
            Actor::Operator => Ok(order),
            Actor::Buyer(buyer) if Some(buyer) == order.buyer => Ok(order),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator and the order's buyer may")
            }
        }
    }

    /// A paid order is refunded whole, shipping fee included; requests that are open are withdrawn.
    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if let Some(position) = order.expired {
            return Err(Rejection::AlreadyDecided { field: "status", position });
        }
        if order.shipped.is_some() {
            return Err(Rejection::AlreadyShipped { order: self.order });
        }
        if order.paid.is_none() {
            return Ok(vec![
                OrderCancelled { order: self.order, reason, withdrawn: Vec::new() }.into(),
            ]);
        }
        let withdrawn = crate::refund::open_requests(cx.state, order);
        let refund = crate::refund::everything(cx, order, self.order, RefundCause::Cancelled)?;
        Ok(vec![OrderCancelled { order: self.order, reason, withdrawn }.into(), refund.into()])
    }
}

impl Fold for OrderCancelled {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        for refund in &self.withdrawn {
            crate::refund::answer_request(state, *refund, RefundStatus::Withdrawn, head.position)?;
        }
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.cancelled = Some(head.position);
        // The refund of a paid order, which follows, releases its stock.
        if order.paid.is_some() { Ok(()) } else { void(state, self.order) }
    }
}
