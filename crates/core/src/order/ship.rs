use crate::command::{SkuQuantity, command};
use crate::id::{OrderId, ParcelId};
use smol_str::SmolStr;

command! {
    /// Ships units. By the operator, the campaign's owner or its supplier.
    ShipOrder {
        /// The order.
        order: OrderId,
        ;
        /// The parcel's id; needed with `lines`.
        parcel: ParcelId,
        /// Which units; all that is left where absent.
        lines: Vec<SkuQuantity>,
        /// The carrier's number; at most 200 bytes.
        reference: SmolStr,
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
use crate::event::{Event, LineUnits, OrderShipped};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for ShipOrder {
    type Form = (Option<Vec<LineUnits>>, Option<Text>);
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<Self::Form, Rejection> {
        let lines = form::lines_or_all(self.lines.as_ref(), self.parcel.is_some(), "parcel")?;
        Ok((lines, form::maybe_text("reference", self.reference.as_ref())?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let part = (IdKind::Parcel, self.parcel.map(ParcelId::uuid));
        let last = |order: &Order| {
            order.shipped.map(|(position, _)| position).filter(|_| order.way != Way::Pickup)
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
        (lines, reference): Self::Form,
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if order.way == Way::Pickup {
            let problem = "a pickup order is shipped by arrive_at_pickup";
            return Err(Rejection::BadTerms { field: "order", problem });
        }
        paid_only(order, self.order)?;
        crate::campaign::shipping_only(cx.state, order.campaign)?;
        let all = lines.is_none();
        let lines = units_to_ship(cx, order, lines)?;
        let replacements = replacements(order, &lines)?;
        Ok(vec![
            OrderShipped {
                order: self.order,
                parcel: self.parcel,
                all,
                lines,
                replacements,
                reference,
            }
            .into(),
        ])
    }
}

impl Fold for OrderShipped {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let part = (IdKind::Parcel, self.parcel.map(ParcelId::uuid));
        fold_shipment(state, head, self.order, (&self.lines, &self.replacements), part)
    }
}
