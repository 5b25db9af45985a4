//! Money to and from buyers: a payment gives back at most what it brought, in so many refunds, in so
//! many days; a refund pays at most what it owes, whichever way.

use tuanzhang_core::accounting::Account;
use tuanzhang_core::command::{By, Direction};
use tuanzhang_core::event::{
    ChannelPayment, OrderPaid, PriceAdjusted, RefundApproved, RefundPaid, RefundRequested,
    Reopened, ResolvedTo, UnmatchedResolved,
};
use tuanzhang_core::{Head, OrderId, RefundId, Time};

use super::{Facts, Holds, holds, minor};

/// A payment, as its events tell it.
#[derive(Debug)]
pub(super) struct PaymentFacts {
    channel: String,
    amount: i128,
    fee: i128,
    happened_at: Time,
    given_back: i128,
    refunds: u32,
    fee_back: i128,
    /// Taken out of suspense.
    resolved: bool,
}

/// A refund, as its events tell it.
#[derive(Debug)]
pub(super) struct RefundFacts {
    pub(super) order: OrderId,
    claimed: i128,
    asked: Option<i128>,
    due: i128,
    paid: i128,
    approved: bool,
    undone: bool,
}

impl Facts {
    pub(super) fn payment_recorded(&mut self, e: &ChannelPayment, head: &Head) -> Holds {
        let (amount, fee) = (minor(e.amount), minor(e.fee));
        holds(amount > 0 && (0..=amount).contains(&fee), || format!("{fee} of {amount}"))?;
        let facts = PaymentFacts {
            channel: e.channel.to_string(),
            amount,
            fee,
            happened_at: head.happened_at(),
            given_back: 0,
            refunds: 0,
            fee_back: 0,
            resolved: false,
        };
        let before = self.payments.insert(e.payment, facts);
        holds(before.is_none(), || format!("payment {} was recorded before", e.payment))
    }

    /// The money that pays an order.
    pub(super) fn money_for(&mut self, e: &OrderPaid, head: &Head) -> Result<i128, String> {
        match (&e.payment, &e.out_of_suspense) {
            (Some(payment), None) => {
                self.payment_recorded(payment, head)?;
                Ok(minor(payment.amount))
            }
            (None, Some(money)) => Ok(minor(money.amount)),
            (None, None) => Ok(0),
            (Some(_), Some(_)) => Err("paid twice at once".into()),
        }
    }

    pub(super) fn refund_requested(&mut self, e: &RefundRequested) -> Holds {
        let order = self.orders.get(&e.order).ok_or("an unknown order")?;
        let claimed = minor(e.return_shipping);
        let cap = self.campaigns.get(&order.campaign).map_or(0, |campaign| campaign.cap);
        holds(claimed <= cap, || format!("{claimed} of return shipping claimed, cap {cap}"))?;
        for line in &e.lines {
            order.units_are_left(line)?;
        }
        let facts = RefundFacts {
            order: e.order,
            claimed,
            asked: e.amount.map(minor),
            due: 0,
            paid: 0,
            approved: false,
            undone: false,
        };
        self.refunds.insert(e.refund, facts);
        Ok(())
    }

    pub(super) fn refund_approved(&mut self, e: &RefundApproved) -> Holds {
        let own = RefundFacts {
            order: e.order,
            claimed: 0,
            asked: None,
            due: 0,
            paid: 0,
            approved: false,
            undone: false,
        };
        let refund = self.refunds.entry(e.refund).or_insert(own);
        let (granted, compensation) = (minor(e.return_shipping), e.compensation.map(minor));
        holds(granted <= refund.claimed, || {
            format!("{granted} of {} return shipping granted", refund.claimed)
        })?;
        holds(compensation <= refund.asked, || {
            format!("{compensation:?} of {:?} compensation granted", refund.asked)
        })?;
        holds(!refund.approved, || "approved twice".into())?;
        let goods: i128 = e.lines.iter().map(|line| minor(line.paid)).sum();
        let due = goods + minor(e.shipping_fee) + granted + compensation.unwrap_or(0);
        holds(due == minor(e.due), || format!("{} is owed for {due}", e.due.minor()))?;
        (refund.due, refund.approved) = (due, true);
        self.taken_back(e)
    }

    /// A refund that the book opens, of what a line paid above the price that its campaign closed at.
    pub(super) fn price_adjusted(&mut self, e: &PriceAdjusted) -> Holds {
        let due = minor(e.paid);
        let own = RefundFacts {
            order: e.order,
            claimed: 0,
            asked: None,
            due,
            paid: 0,
            approved: true,
            undone: false,
        };
        let known = self.refunds.insert(e.refund, own).is_some();
        holds(!known, || format!("{} was a refund before", e.refund))?;
        self.paid_too_much(e)
    }

    pub(super) fn reopened(&mut self, id: RefundId, e: &Reopened) -> Holds {
        let refund = self.refunds.get_mut(&id).ok_or("an unknown refund")?;
        holds(refund.approved && !refund.undone, || "undone, and not approved".into())?;
        holds(refund.paid == 0, || format!("undone, and {} was paid", refund.paid))?;
        holds(minor(e.due) == refund.due, || {
            format!("{} undone of {}", e.due.minor(), refund.due)
        })?;
        refund.undone = true;
        self.given_again(e)
    }

    fn refund_pays(&mut self, id: RefundId, amount: i128) -> Holds {
        let refund = self.refunds.get_mut(&id).ok_or("an unknown refund")?;
        refund.paid += amount;
        let RefundFacts { paid, due, approved, undone, .. } = refund;
        holds(*approved && !*undone, || "paid, and not approved".into())?;
        holds(paid <= due, || format!("{paid} paid of {due} owed"))
    }

    pub(super) fn refund_paid(&mut self, e: &RefundPaid, head: &Head) -> Holds {
        self.refund_pays(e.refund, minor(e.amount))?;
        let order = self.refunds.get(&e.refund).ok_or("an unknown refund")?.order;
        self.two_tiers_only(order, &e.moved)?;
        let payment = self.orders.get(&order).and_then(|order| order.payment);
        let payment = payment.and_then(|payment| self.payments.get_mut(&payment));
        let by_channel = e.by == By::Channel;
        let Some(payment) = payment else {
            return holds(!by_channel && e.fee_returned.is_zero(), || "there is no payment".into());
        };
        payment.fee_back += minor(e.fee_returned);
        let PaymentFacts { fee, fee_back, .. } = payment;
        holds(fee_back <= fee, || format!("{fee_back} of {fee} fee given back"))?;
        if by_channel {
            payment.given_back += minor(e.amount);
            payment.refunds += 1;
            let PaymentFacts { amount, given_back, refunds, channel, .. } = payment;
            let limits = self.opened.map(|(_, limits)| limits).ok_or("no book")?;
            holds(given_back <= amount, || format!("{given_back} given back of {amount}"))?;
            holds(*refunds <= limits.refunds, || format!("{refunds} refunds of one payment"))?;
            holds(channel == e.channel.as_str(), || format!("paid by {channel}"))?;
            let end = payment.happened_at.plus_days(limits.days);
            holds(head.at <= end, || format!("the channel gives nothing back after {end}"))?;
        }
        let order = self.orders.get_mut(&order).ok_or("an unknown order")?;
        order.fee_back(&e.moved)
    }

    pub(super) fn unmatched_resolved(&mut self, e: &UnmatchedResolved) -> Holds {
        if let Some(payment) = e.payment {
            let payment = self.payments.get_mut(&payment).ok_or("an unknown payment")?;
            holds(!payment.resolved, || "resolved twice".into())?;
            payment.resolved = true;
        }
        if let ResolvedTo::Refund(refund) = &e.to {
            holds(e.direction == Direction::Out, || "money in pays a refund".into())?;
            self.refund_pays(*refund, minor(e.amount))?;
        }
        let no_order = |account: &Account| {
            !matches!(account, Account::Pending(_) | Account::Term(_) | Account::InTransit(_))
        };
        let account = if let ResolvedTo::Account(account) = &e.to { Some(account) } else { None };
        holds(account.is_none_or(no_order), || format!("resolved to {account:?}"))
    }
}
