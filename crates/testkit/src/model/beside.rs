//! Money between channels, the operator's own, debts given up, sealed periods; and suspense, resolved.

use tuanzhang_core::accounting::{
    RecordDraw, RecordTransfer, ResolveTo, ResolveUnmatched, WriteOff,
};
use tuanzhang_core::book::SealPeriod;
use tuanzhang_core::command::Direction;
use tuanzhang_core::{Actor, PartyId, Time, UnmatchedId};

use super::accounting::adjustable;
use super::{Arrived, Change, Code, Model, Paid, RefundStatus, form};

impl Model {
    /// A transfer's fee leaves the sending channel on top of the amount.
    pub(crate) fn record_transfer(&self, actor: Actor, c: &RecordTransfer) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        let fee = form::fee(c.fee.as_ref(), self.opened().decimals)?;
        let mut change = Change::default();
        change.post(format!("channel:{}", c.to), amount);
        change.post(format!("channel:{}", c.from), -amount - fee);
        change.post("expense:channel_fee", fee);
        Ok(change)
    }

    pub(crate) fn record_draw(&self, actor: Actor, c: &RecordDraw) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        let brought = if c.direction == Direction::In { amount } else { -amount };
        let mut change = Change::default();
        change.post(format!("channel:{}", c.channel), brought);
        change.post("equity:operator", -brought);
        Ok(change)
    }

    /// A negative available becomes a bad debt; no more than is owed.
    pub(crate) fn write_off(&self, actor: Actor, c: &WriteOff) -> Result<Change, Code> {
        self.known_party(c.party)?;
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        // Debits are positive: a party that owes has a debit.
        let owes = self.balance(&format!("available:{}", c.party)).max(0);
        if amount > owes {
            return Err("exceeds_due");
        }
        let mut change = Change::default();
        change.post("expense:bad_debt", amount);
        change.post(format!("available:{}", c.party), -amount);
        Ok(change)
    }

    pub(crate) fn seal_period(
        &self,
        at: Time,
        actor: Actor,
        c: &SealPeriod,
    ) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        if c.through > at || self.sealed.is_some_and(|sealed| c.through < sealed) {
            return Err("bad_terms");
        }
        Ok(Change { sealed: Some(c.through), ..Change::default() })
    }

    fn known_party(&self, party: PartyId) -> Result<(), Code> {
        let known = party == self.opened().operator || self.parties.contains_key(&party);
        if known { Ok(()) } else { Err("unknown_party") }
    }

    /// What nothing explained, or else a payment.
    pub(crate) fn money_named(&self, id: UnmatchedId) -> Result<&Arrived, Code> {
        let found = self.unmatched.get(&id.uuid()).or_else(|| self.payments.get(&id.uuid()));
        found.ok_or("unknown_payment")
    }

    pub(crate) fn resolve_unmatched(
        &self,
        actor: Actor,
        c: &ResolveUnmatched,
    ) -> Result<Change, Code> {
        let money = self.money_named(c.unmatched)?.clone();
        match &c.to {
            ResolveTo::Order(order) => drop(self.order(*order)?.clone()),
            ResolveTo::Refund(refund) => drop(self.refund(*refund)?.clone()),
            ResolveTo::Account(account) => {
                if let Some(party) = adjustable(account)? {
                    self.known_party(party)?;
                }
            }
        }
        self.authorise(actor, c.clone())?;
        if !money.suspended {
            return Err("already_decided");
        }
        let mut change = Change::default();
        // What left suspense is debited there.
        change.post(format!("suspense:{}", money.channel), money.amount);
        match &c.to {
            ResolveTo::Order(order) => {
                let mut order = self.order(*order)?.clone();
                if order.cancelled || order.expired {
                    return Err("already_decided");
                }
                if order.paid.is_some() {
                    return Err("already_paid");
                }
                if self.campaigns[&order.campaign].gives_back() {
                    return Err("campaign_closed");
                }
                order = self.at_todays_price(&order);
                if money.amount != order.due() {
                    return Err("bad_amount");
                }
                let own = money.is_payment;
                let paid = Paid {
                    channel: own.then(|| money.channel.clone()),
                    amount: if own { money.amount } else { 0 },
                    fee: money.fee,
                    happened_at: money.happened_at,
                    refunds: 0,
                    refunded: 0,
                    fee_returned: 0,
                    fee_by_operator: true,
                };
                order.share_out(&mut change, paid);
                change.order = Some(order);
            }
            ResolveTo::Refund(refund) => {
                let mut refund = self.refund(*refund)?.clone();
                if !matches!(refund.status, RefundStatus::Approved | RefundStatus::Paid) {
                    return Err("not_approved");
                }
                if refund.awaits_goods() {
                    return Err("not_returned");
                }
                let out = -money.amount;
                if out < 0 {
                    return Err("bad_amount");
                }
                if out > refund.owed - refund.paid {
                    return Err("exceeds_due");
                }
                refund.paid += out;
                if refund.paid == refund.owed {
                    refund.status = RefundStatus::Paid;
                }
                change.post(self.orders[&refund.order].refund_due(), out);
                change.refunds = vec![refund];
            }
            ResolveTo::Account(account) => {
                if *account == format!("available:{}", self.opened().operator) {
                    return Err("bad_terms");
                }
                change.post(account.as_str(), -money.amount);
            }
        }
        Ok(change)
    }
}
