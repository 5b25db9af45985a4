use crate::command::{By, command};
use crate::id::{OrderId, RefundId, RefundPaymentId};
use crate::money::Amount;
use smol_str::SmolStr;

command! {
    /// Records that refund money was paid to the buyer. By the operator.
    RecordRefundPayment {
        /// The id of this payment; the number that the channel sees is derived from it, so a retry can't pay twice.
        refund_payment: RefundPaymentId,
        /// The refund.
        refund: RefundId,
        /// Through the payment's own channel, or by transfer.
        by: By,
        /// Where the money left.
        channel: SmolStr,
        /// Above zero, at most what is owed.
        amount: Amount,
        /// The channel's own number; at most 200 bytes.
        reference: SmolStr,
        ;
        /// Fee that the channel gave back; in all at most the payment's fee.
        fee_returned: Amount,
    }
}

use super::find;
use crate::book::apply::{Broken, Fold, add, count, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, KnownAt, Order, Payment, Read, Refund, RefundStatus, State};
use crate::event::{Base, Event, Moved, RefundPaid};
use crate::money::{Decimals, Money};
use crate::order::moving::{Mover, hold};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::role::Role;
use crate::text::{Name, Text};

/// The values of a [`RecordRefundPayment`] whose form is in order.
#[derive(Debug)]
pub(crate) struct Form {
    channel: Name,
    amount: Money,
    reference: Text,
    fee_returned: Money,
}

impl Rule for RecordRefundPayment {
    type Form = Form;
    type Found<'a> = &'a Refund;

    fn form(&self, decimals: Decimals) -> Result<Form, Rejection> {
        Ok(Form {
            channel: form::name("channel", &self.channel)?,
            amount: form::positive("amount", &self.amount, decimals)?,
            reference: form::text("reference", &self.reference)?,
            fee_returned: form::or_zero("fee_returned", self.fee_returned.as_ref(), decimals)?,
        })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::RefundPayment, self.refund_payment.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Refund, Rejection> {
        let refund = find(cx.state, self.refund)?;
        cx.operator_only()?;
        Ok(refund)
    }

    fn decide<S: Read>(
        &self,
        form: Form,
        refund: &Refund,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        payable(refund, self.refund)?;
        check_due(refund, form.amount)?;
        let order = crate::order::units::find(cx.state, refund.order)?;
        let payment = order.payment.and_then(|payment| cx.state.get::<Payment>(&payment));
        if self.by == By::Channel {
            check_channel(&form, payment, cx)?;
        }
        self.check_fee(&form, payment)?;
        // A payment that went to suspense left its fee with the operator.
        let bearer = match payment {
            Some(payment) if !payment.fits => Role::Operator,
            Some(_) | None => cx.head.opened.channel_fee_borne_by,
        };
        let moved = fee_back(cx, order, bearer, form.fee_returned)?;
        Ok(vec![
            RefundPaid {
                refund_payment: self.refund_payment,
                refund: self.refund,
                buyer: order.buyer,
                by: self.by,
                channel: form.channel,
                amount: form.amount,
                reference: form.reference,
                fee_returned: form.fee_returned,
                moved,
            }
            .into(),
        ])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        self.fee_returned.get_or_insert(Amount::new(0, 0));
    }
}

/// Whether refund money may be paid now.
pub(crate) fn payable(refund: &Refund, id: RefundId) -> Result<(), Rejection> {
    match refund.status {
        RefundStatus::Approved | RefundStatus::Paid => {}
        RefundStatus::Requested
        | RefundStatus::Rejected
        | RefundStatus::Withdrawn
        | RefundStatus::Lapsed => {
            return Err(Rejection::NotApproved { refund: id });
        }
    }
    if refund.awaits_goods() { Err(Rejection::NotReturned { refund: id }) } else { Ok(()) }
}

/// At most what is owed is paid.
pub(crate) fn check_due(refund: &Refund, amount: Money) -> Result<(), Rejection> {
    let due = refund.due.minus(refund.paid)?;
    if amount > due { Err(Rejection::ExceedsDue { due, amount }) } else { Ok(()) }
}

/// Refund money was paid.
pub(crate) fn pay<S: State>(
    state: &mut S,
    id: RefundId,
    payment: (RefundPaymentId, By, Money),
) -> Result<OrderId, Broken> {
    let refund = known::<Refund, _>(state, &id, "an unknown refund")?;
    add(&mut refund.paid, payment.2)?;
    if refund.paid > refund.due {
        return Err(Broken("more paid than owed"));
    }
    if refund.paid == refund.due {
        refund.status = RefundStatus::Paid;
    }
    refund.approval = None;
    refund.payments.push(payment);
    Ok(refund.order)
}

/// What a channel can give back. `domain.md` §3.7, §11 *Refund*.
fn check_channel<S: Read>(
    form: &Form,
    payment: Option<&Payment>,
    cx: &Context<'_, S>,
) -> Result<(), Rejection> {
    let limits = cx.head.opened.channel_limits;
    let given = form.channel.clone();
    let Some(payment) = payment else {
        return Err(Rejection::WrongChannel { paid: "no channel".into(), given });
    };
    if payment.channel != form.channel {
        return Err(Rejection::WrongChannel { paid: payment.channel.to_string(), given });
    }
    let left = payment.amount.minus(payment.refunded)?;
    let refunds_left = limits.refunds.saturating_sub(payment.refunds);
    let exceeds = Rejection::ExceedsPayment { left, amount: form.amount, refunds_left };
    if refunds_left == 0 {
        return Err(exceeds);
    }
    let ended = payment.happened_at.plus_days(limits.days);
    if cx.at > ended {
        return Err(Rejection::WindowPassed { ended });
    }
    if form.amount > left { Err(exceeds) } else { Ok(()) }
}

impl RecordRefundPayment {
    /// The fee given back is in all at most the payment's fee.
    fn check_fee(&self, form: &Form, payment: Option<&Payment>) -> Result<(), Rejection> {
        let left = match payment {
            Some(payment) => payment.fee.minus(payment.fee_returned)?,
            None => Money::ZERO,
        };
        if form.fee_returned <= left {
            return Ok(());
        }
        let given = self.fee_returned.as_ref().map_or_else(String::new, ToString::to_string);
        let problem = "in all at most the payment's fee can come back";
        Err(Rejection::BadAmount { field: "fee_returned", given, problem })
    }
}

/// A fee that comes back goes to whoever bore it.
fn fee_back<S: Read>(
    cx: &Context<'_, S>,
    order: &Order,
    bearer: Role,
    fee: Money,
) -> Result<Moved, Rejection> {
    let campaign = crate::campaign::find(cx.state, order.campaign)?;
    let mut mover = Mover::new(cx.head, campaign, order);
    if !fee.is_zero() {
        mover.bear(Base::Fee, 0, bearer, fee.negated());
    }
    Ok(mover.finish()?)
}

impl Fold for RefundPaid {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = pay(state, self.refund, (self.refund_payment, self.by, self.amount))?;
        let order = known::<Order, _>(state, &order, "an unknown order")?;
        hold(order, &self.moved)?;
        if let Some(payment) = order.payment {
            let payment = known::<Payment, _>(state, &payment, "an unknown payment")?;
            add(&mut payment.fee_returned, self.fee_returned)?;
            if self.by == By::Channel {
                add(&mut payment.refunded, self.amount)?;
                count(&mut payment.refunds, 1)?;
            }
        }
        state.put((IdKind::RefundPayment, self.refund_payment.uuid()), KnownAt(head.position));
        Ok(())
    }
}
