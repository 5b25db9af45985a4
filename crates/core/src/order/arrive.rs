use crate::command::{SkuQuantity, command};
use crate::id::{ArrivalId, OrderId};

command! {
    /// Records that units of a pick-up order arrived at their point. By whoever may ship.
    ArriveAtPickup {
        /// The order.
        order: OrderId,
        ;
        /// The arrival's id; needed with `lines`.
        arrival: ArrivalId,
        /// Which units; all that is left where absent.
        lines: Vec<SkuQuantity>,
    }
}

use super::delivery::{
    authorise_shipper, find_with_lines, fold_shipment, known_part, replacements, units_to_ship,
};
use super::units::paid_only;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, Line, Order, Read, State};
use crate::command::Way;
use crate::event::{Event, LineUnits, OrderArrived};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for ArriveAtPickup {
    type Form = Option<Vec<LineUnits>>;
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<Self::Form, Rejection> {
        form::lines_or_all(self.lines.as_ref(), self.arrival.is_some(), "arrival")
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let part = (IdKind::Arrival, self.arrival.map(ArrivalId::uuid));
        let last = |order: &Order| {
            order.shipped.map(|(position, _)| position).filter(|_| order.way == Way::Pickup)
        };
        known_part(state, self.order, part, self.lines.as_ref(), last, Line::shippable)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let (order, campaign) = find_with_lines(cx, self.order, self.lines.as_ref())?;
        authorise_shipper(cx, campaign)?;
        Ok(order)
    }

    fn decide<S: Read>(
        &self,
        lines: Self::Form,
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if order.way != Way::Pickup {
            let problem = "only a pickup order arrives; others are shipped";
            return Err(Rejection::BadTerms { field: "order", problem });
        }
        paid_only(order, self.order)?;
        crate::campaign::shipping_only(cx.state, order.campaign)?;
        let all = lines.is_none();
        let lines = units_to_ship(cx, order, lines)?;
        let replacements = replacements(order, &lines)?;
        Ok(vec![
            OrderArrived { order: self.order, arrival: self.arrival, all, lines, replacements }
                .into(),
        ])
    }
}

impl Fold for OrderArrived {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let part = (IdKind::Arrival, self.arrival.map(ArrivalId::uuid));
        fold_shipment(state, head, self.order, (&self.lines, &self.replacements), part)
    }
}
