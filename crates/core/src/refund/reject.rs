use crate::command::command;
use crate::id::RefundId;
use smol_str::SmolStr;

command! {
    /// Rejects a refund. By the operator or the campaign's owner.
    RejectRefund {
        /// The refund.
        refund: RefundId,
        ;
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::{answer_request, find, requested_only};
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Read, Refund, RefundStatus, State};
use crate::event::{Event, RefundRejected};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

impl Rule for RejectRefund {
    type Form = Option<Text>;
    type Found<'a> = &'a Refund;

    fn form(&self, _: Decimals) -> Result<Option<Text>, Rejection> {
        form::maybe_text("reason", self.reason.as_ref())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let refund = state.get::<Refund>(&self.refund)?;
        refund.decided.filter(|_| refund.status == RefundStatus::Rejected).map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Refund, Rejection> {
        let refund = find(cx.state, self.refund)?;
        let order = crate::order::units::find(cx.state, refund.order)?;
        crate::campaign::authorise_owner(cx, crate::campaign::find(cx.state, order.campaign)?)?;
        Ok(refund)
    }

    fn decide<S: Read>(
        &self,
        reason: Option<Text>,
        refund: &Refund,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        requested_only(refund)?;
        Ok(vec![RefundRejected { refund: self.refund, reason }.into()])
    }
}

impl Fold for RefundRejected {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        answer_request(state, self.refund, RefundStatus::Rejected, head.position)
    }
}
