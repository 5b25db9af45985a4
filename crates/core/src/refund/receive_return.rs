use crate::command::command;
use crate::id::RefundId;
use smol_str::SmolStr;

command! {
    /// Records that the goods of a return or an exchange are back. By the operator, the owner, or the campaign's supplier.
    ReceiveReturn {
        /// The refund.
        refund: RefundId,
        ;
        /// A remark; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::find;
use crate::book::apply::{Broken, Fold, count, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Order, Read, Refund, RefundStatus, State};
use crate::command::RefundKind;
use crate::event::{Event, ReturnReceived};
use crate::money::Decimals;
use crate::order::delivery::authorise_shipper;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for ReceiveReturn {
    type Form = Option<Text>;
    type Found<'a> = &'a Refund;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Refund>(&self.refund)?.returned.map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Refund, Rejection> {
        let refund = find(cx.state, self.refund)?;
        let order = crate::order::units::find(cx.state, refund.order)?;
        // Operator, owner, supplier: the same who may ship.
        authorise_shipper(cx, crate::campaign::find(cx.state, order.campaign)?)?;
        Ok(refund)
    }

    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        refund: &Refund,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if !refund.has_goods() {
            let problem = "no goods come back with this refund";
            return Err(Rejection::BadTerms { field: "refund", problem });
        }
        match refund.status {
            RefundStatus::Approved | RefundStatus::Paid => {}
            RefundStatus::Requested
            | RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Lapsed => {
                return Err(Rejection::NotApproved { refund: self.refund });
            }
        }
        Ok(vec![ReturnReceived { refund: self.refund, reason }.into()])
    }
}

impl Fold for ReturnReceived {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let refund = known::<Refund, _>(state, &self.refund, "an unknown refund")?;
        refund.returned = Some(head.position);
        refund.approval = None;
        if refund.kind != RefundKind::Exchange || refund.waived {
            return Ok(());
        }
        let (order, lines) = (refund.order, refund.lines.clone());
        let order = known::<Order, _>(state, &order, "an unknown order")?;
        for (place, units) in lines {
            let line = usize::try_from(place).ok().and_then(|place| order.lines.get_mut(place));
            count(&mut line.ok_or(Broken("an unknown line"))?.exchanged_back, units)?;
        }
        Ok(())
    }
}
