//! Refund money on its way to the buyer (3.7).

use tuanzhang_core::command::By;
use tuanzhang_core::refund::RecordRefundPayment;
use tuanzhang_core::{Actor, Role, Time};

use super::order::Purpose;
use super::units::days_later;
use super::{Change, Code, Model, RefundStatus, form};

impl Model {
    pub(crate) fn record_refund_payment(
        &self,
        at: Time,
        actor: Actor,
        c: &RecordRefundPayment,
    ) -> Result<Change, Code> {
        let mut refund = self.refund(c.refund)?.clone();
        let mut order = self.orders[&refund.order].clone();
        self.authorise(actor, c.clone())?;
        match refund.status {
            RefundStatus::Requested
            | RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Lapsed => {
                return Err("not_approved");
            }
            RefundStatus::Approved | RefundStatus::Paid => {}
        }
        if refund.awaits_goods() {
            return Err("not_returned");
        }
        let book = self.opened();
        let amount = form::money(&c.amount, book.decimals)?;
        let fee = form::fee(c.fee_returned.as_ref(), book.decimals)?;
        if amount > refund.owed - refund.paid {
            return Err("exceeds_due");
        }
        let paid = order.paid.as_mut().expect("only paid orders have refunds");
        if c.by == By::Channel {
            if paid.channel.as_deref() != Some(c.channel.as_str()) {
                return Err("wrong_channel");
            }
            if paid.refunds >= book.channel_refunds {
                return Err("exceeds_payment");
            }
            if at > days_later(paid.happened_at, book.channel_days) {
                return Err("window_passed");
            }
            if paid.refunded + amount > paid.amount {
                return Err("exceeds_payment");
            }
            paid.refunds += 1;
            paid.refunded += amount;
        }
        if paid.fee_returned + fee > paid.fee {
            return Err("bad_amount");
        }
        paid.fee_returned += fee;
        refund.paid += amount;
        if refund.paid == refund.owed {
            refund.status = RefundStatus::Paid;
        }
        let mut change = Change::default();
        change.post(order.refund_due(), amount);
        change.post(format!("channel:{}", c.channel), fee - amount);
        let bearer = order.party(book.fee_borne_by).map_or(Role::Operator, |_| book.fee_borne_by);
        // It goes back to whoever bore it.
        let by_operator = order.paid.as_ref().is_some_and(|paid| paid.fee_by_operator);
        let bearer = if by_operator { Role::Operator } else { bearer };
        order.post(&mut change, bearer, Purpose::ChannelFee, -fee);
        change.order = Some(order);
        change.refunds = vec![refund];
        Ok(change)
    }
}
