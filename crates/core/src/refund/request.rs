use crate::command::{ReasonCode, RefundKind, SkuQuantity, command};
use crate::id::{OrderId, RefundId};
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Asks for a refund. By the operator, the seller, or the buyer.
    RequestRefund {
        /// The refund's id.
        refund: RefundId,
        /// Of this order.
        order: OrderId,
        /// What it is.
        kind: RefundKind,
        ;
        /// Which units; absent or empty for a compensation only.
        lines: Vec<SkuQuantity>,
        /// Of a compensation only.
        amount: Amount,
        /// What the buyer paid to send the goods back; with `return` and `exchange` only, up to the terms' cap.
        return_shipping: Amount,
        /// Why, as a code.
        reason_code: ReasonCode,
        /// Why, in words; at most 200 bytes.
        reason: SmolStr,
    }
}

use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, Order, Read, Refund, RefundStatus, State};
use crate::event::{Event, LineUnits, RefundRequested};
use crate::limits::ORDER_REFUNDS_MAX;
use crate::money::{Decimals, Money};
use crate::order::delivery::{find_with_lines, line_of};
use crate::order::units::paid_only;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

/// The values of a [`RequestRefund`] whose form is in order.
#[derive(Debug)]
pub(crate) struct Form {
    lines: Vec<LineUnits>,
    amount: Option<Money>,
    return_shipping: Money,
    reason: Option<Text>,
}

impl Rule for RequestRefund {
    type Form = Form;
    type Found<'a> = (&'a Order, &'a Campaign);

    fn form(&self, decimals: Decimals) -> Result<Form, Rejection> {
        let bad = |field, problem| Err(Rejection::BadTerms { field, problem });
        let amount = self.amount.as_ref();
        let amount = amount.map(|amount| form::positive("amount", amount, decimals)).transpose()?;
        let return_shipping =
            form::or_zero("return_shipping", self.return_shipping.as_ref(), decimals)?;
        match self.kind {
            RefundKind::RefundOnly | RefundKind::Compensation if !return_shipping.is_zero() => {
                return bad("return_shipping", "goes with return and exchange only");
            }
            RefundKind::RefundOnly | RefundKind::Return | RefundKind::Exchange
                if amount.is_some() =>
            {
                return bad("amount", "goes with compensation only");
            }
            RefundKind::Compensation if amount.is_none() => {
                let (field, given) = ("amount", String::new());
                return Err(Rejection::BadAmount {
                    field,
                    given,
                    problem: "a compensation needs one",
                });
            }
            RefundKind::RefundOnly
            | RefundKind::Return
            | RefundKind::Exchange
            | RefundKind::Compensation => {}
        }
        let given = self.lines.as_deref().unwrap_or_default();
        let lines = if self.kind == RefundKind::Compensation {
            no_lines(given)?
        } else {
            form::lines(given)?
        };
        Ok(Form {
            lines,
            amount,
            return_shipping,
            reason: form::maybe_text("reason", self.reason.as_ref())?,
        })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Refund>(&self.refund).map(|refund| Known::by_id(refund.position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Self::Found<'a>, Rejection> {
        let (order, campaign) = find_with_lines(cx, self.order, self.lines.as_ref())?;
        match cx.actor {
            Actor::Operator => Ok((order, campaign)),
            Actor::Leader(leader) if leader == order.seller => Ok((order, campaign)),
            Actor::Buyer(buyer) if Some(buyer) == order.buyer => Ok((order, campaign)),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator, the order's seller and its buyer may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        form: Form,
        (order, campaign): Self::Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        Self::check_count(order)?;
        match order.window_end(campaign) {
            Some(ended) if cx.at > ended && !cx.is_operator() => {
                return Err(Rejection::WindowPassed { ended });
            }
            Some(_) | None => {}
        }
        for units in &form.lines {
            let (left, requested) = (line_of(order, units)?.unasked(), units.quantity);
            if requested > left {
                let (left, requested) = (left.into(), requested.into());
                return Err(Rejection::NothingToRefund { left, requested });
            }
        }
        if matches!(self.kind, RefundKind::Return | RefundKind::Exchange) {
            for units in &form.lines {
                let (shipped, requested) = (line_of(order, units)?.returnable(), units.quantity);
                if requested > shipped {
                    let (shipped, requested) = (shipped.into(), requested.into());
                    return Err(Rejection::NotShipped { shipped, requested });
                }
            }
        }
        let cap = campaign.terms.return_shipping.cap;
        if form.return_shipping > cap {
            return Err(Rejection::OverShippingCap { cap, claimed: form.return_shipping });
        }
        Ok(vec![
            RefundRequested {
                refund: self.refund,
                order: self.order,
                kind: self.kind,
                lines: form.lines,
                amount: form.amount,
                return_shipping: form.return_shipping,
                reason_code: self.reason_code,
                reason: form.reason,
            }
            .into(),
        ])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        let zero = Amount::new(0, 0);
        if self.return_shipping.as_ref() == Some(&zero) {
            self.return_shipping = None;
        }
        if self.lines.as_ref().is_some_and(Vec::is_empty) {
            self.lines = None;
        }
    }
}

impl RequestRefund {
    /// An order takes so many refunds, however they ended.
    fn check_count(order: &Order) -> Result<(), Rejection> {
        if order.refunds.len() >= ORDER_REFUNDS_MAX {
            let actual = u64::try_from(order.refunds.len()).unwrap_or(u64::MAX).saturating_add(1);
            return Err(Rejection::TooLarge { what: "refunds of an order", limit: 10_000, actual });
        }
        Ok(())
    }
}

/// A compensation is of the whole order.
fn no_lines(given: &[SkuQuantity]) -> Result<Vec<LineUnits>, Rejection> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    Err(Rejection::BadLines { field: "lines", problem: "a compensation has none" })
}

impl Fold for RefundRequested {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        let mut lines = Vec::with_capacity(self.lines.len());
        for units in &self.lines {
            let place = order.lines.iter().position(|line| line.sku == units.sku);
            let place = place.ok_or(Broken("an unknown line"))?;
            let line = order.lines.get_mut(place).ok_or(Broken("an unknown line"))?;
            let asked = match self.kind {
                RefundKind::RefundOnly => &mut line.asked,
                RefundKind::Return | RefundKind::Exchange => &mut line.asked_return,
                RefundKind::Compensation => return Err(Broken("a compensation has no lines")),
            };
            *asked = asked.saturating_add(u64::from(units.quantity));
            lines.push((
                u32::try_from(place).map_err(|_| Broken("too many lines"))?,
                units.quantity,
            ));
        }
        order.refunds.push(self.refund);
        let campaign = order.campaign;
        let refund = Refund {
            position: head.position,
            asked_by: head.actor,
            cause: None,
            order: self.order,
            kind: self.kind,
            lines,
            return_shipping: self.return_shipping,
            amount: self.amount,
            status: RefundStatus::Requested,
            decided: None,
            approved: None,
            ended: None,
            approval: None,
            waived: false,
            returned: None,
            due: Money::ZERO,
            paid: Money::ZERO,
            payments: Vec::new(),
        };
        state.put(self.refund, refund);
        crate::campaign::remember_request(state, campaign, self.refund)
    }
}
