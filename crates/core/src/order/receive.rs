use crate::command::{SkuQuantity, command};
use crate::id::{OrderId, ReceiptId};

command! {
    /// Records that the buyer has the units. By the operator, the buyer, or the clock after `auto_receive_days`.
    ReceiveOrder {
        /// The order.
        order: OrderId,
        ;
        /// The receipt's id; needed with `lines`.
        receipt: ReceiptId,
        /// Which units; all that is left where absent.
        lines: Vec<SkuQuantity>,
    }
}

use super::delivery::{check_left, find_with_lines, fold_receipt, known_part, line_of, some_left};
use super::units::paid_only;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, IdKind, Line, Order, Read, State};
use crate::event::{Event, LineUnits, OrderReceived};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for ReceiveOrder {
    type Form = Option<Vec<LineUnits>>;
    type Found<'a> = (&'a Order, &'a Campaign);

    fn form(&self, _: Decimals) -> Result<Self::Form, Rejection> {
        form::lines_or_all(self.lines.as_ref(), self.receipt.is_some(), "receipt")
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let part = (IdKind::Receipt, self.receipt.map(ReceiptId::uuid));
        let last = |order: &Order| order.last_receipt;
        known_part(state, self.order, part, self.lines.as_ref(), last, Line::under_way)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Self::Found<'a>, Rejection> {
        let (order, campaign) = find_with_lines(cx, self.order, self.lines.as_ref())?;
        match cx.actor {
            Actor::Operator | Actor::System => Ok((order, campaign)),
            Actor::Buyer(buyer) if Some(buyer) == order.buyer => Ok((order, campaign)),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) => {
                cx.not_allowed("only the operator, the order's buyer and the clock may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        lines: Self::Form,
        (order, campaign): Self::Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        if order.shipped.is_none() && order.live() > 0 {
            return Err(Rejection::NotShipped { shipped: 0, requested: order.live() });
        }
        let due = order.auto_received_at(campaign).filter(|due| cx.at < *due);
        if cx.actor == Actor::System && due.is_some() {
            return Err(Rejection::NotDue { due, at: cx.at });
        }
        let all = lines.is_none();
        let lines = match lines {
            None => some_left(order, Line::under_way)?,
            Some(lines) => {
                for units in &lines {
                    check_left(units, line_of(order, units)?.under_way())?;
                }
                lines
            }
        };
        Ok(vec![OrderReceived { order: self.order, receipt: self.receipt, all, lines }.into()])
    }
}

impl Fold for OrderReceived {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let part = (IdKind::Receipt, self.receipt.map(ReceiptId::uuid));
        fold_receipt(state, head, self.order, &self.lines, part)
    }
}
