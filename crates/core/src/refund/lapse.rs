use crate::command::command;
use crate::id::RefundId;

command! {
    /// Lets a return or an exchange lapse whose goods didn't come in time; its units can be asked for again. A duty; by the clock or the operator.
    LapseReturn {
        /// The refund.
        refund: RefundId,
    }
}

use super::find;
use super::reopen::reopened;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Read, Refund, RefundStatus, State};
use crate::event::{Event, ReturnLapsed};
use crate::money::Decimals;
use crate::order::settle::duty;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for LapseReturn {
    type Form = ();
    type Found<'a> = &'a Refund;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let refund = state.get::<Refund>(&self.refund)?;
        refund.ended.filter(|_| refund.status == RefundStatus::Lapsed).map(Known::done)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Refund, Rejection> {
        let refund = find(cx.state, self.refund)?;
        duty(cx)?;
        Ok(refund)
    }

    /// `domain.md` §5: goods that don't come within `return_within_days` of the approval.
    fn decide<S: Read>(
        &self,
        (): (),
        refund: &Refund,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if !refund.has_goods() {
            let problem = "no goods come back with this refund";
            return Err(Rejection::BadTerms { field: "refund", problem });
        }
        let approved = refund.approved.filter(|_| match refund.status {
            RefundStatus::Approved | RefundStatus::Paid => true,
            RefundStatus::Requested
            | RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Lapsed => false,
        });
        let Some((position, approved_at)) = approved else {
            return Err(Rejection::NotApproved { refund: self.refund });
        };
        let awaited = refund.approval.as_deref().filter(|_| refund.awaits_goods());
        let Some(approval) = awaited else {
            let field = if refund.waived { "waive_return" } else { "goods" };
            return Err(Rejection::AlreadyDecided { field, position });
        };
        let due = lapses_at(cx, refund, approved_at)?;
        if cx.at < due {
            return Err(Rejection::NotDue { due: Some(due), at: cx.at });
        }
        let reopened = reopened(cx, approval)?;
        Ok(vec![ReturnLapsed { refund: self.refund, reopened }.into()])
    }
}

/// When the goods must be there.
fn lapses_at<S: Read>(
    cx: &Context<'_, S>,
    refund: &Refund,
    approved_at: crate::time::Time,
) -> Result<crate::time::Time, Rejection> {
    let order = crate::order::units::find(cx.state, refund.order)?;
    let campaign = crate::campaign::find(cx.state, order.campaign)?;
    Ok(approved_at.plus_days(campaign.terms.return_within_days))
}

impl Fold for ReturnLapsed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        self.reopened.fold(state, self.refund, RefundStatus::Lapsed, head.position)
    }
}
