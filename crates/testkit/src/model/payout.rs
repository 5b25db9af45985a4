//! Payouts: asked for, then paid or failed.

use tuanzhang_core::payout::{FailPayout, RecordPayout, RequestPayout};
use tuanzhang_core::{Actor, PayoutId};

use super::{Change, Code, Model, Payout, PayoutStatus, form};

impl Model {
    pub(crate) fn request_payout(&self, actor: Actor, c: &RequestPayout) -> Result<Change, Code> {
        let is_operator = c.party == self.opened().operator;
        if !is_operator && !self.parties.contains_key(&c.party) {
            return Err("unknown_party");
        }
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        if amount > -self.balance(&format!("available:{}", c.party)) {
            return Err("insufficient_balance");
        }
        let mut change = Change::default();
        change.post(format!("available:{}", c.party), amount);
        change.post(format!("in_transit:{}", c.party), -amount);
        let status = PayoutStatus::Requested;
        change.payout = Some(Payout { id: c.payout, party: c.party, amount, status });
        Ok(change)
    }

    fn payout(&self, id: PayoutId) -> Result<Payout, Code> {
        self.payouts.get(&id).cloned().ok_or("unknown_payout")
    }

    pub(crate) fn record_payout(&self, actor: Actor, c: &RecordPayout) -> Result<Change, Code> {
        let mut payout = self.payout(c.payout)?;
        self.authorise(actor, c.clone())?;
        if payout.status != PayoutStatus::Requested {
            return Err("already_decided");
        }
        let fee = form::fee(c.fee.as_ref(), self.opened().decimals)?;
        payout.status = PayoutStatus::Paid;
        let mut change = Change::default();
        change.post(format!("in_transit:{}", payout.party), payout.amount);
        change.post(format!("channel:{}", c.channel), -payout.amount - fee);
        change.post("expense:channel_fee", fee);
        change.payout = Some(payout);
        Ok(change)
    }

    pub(crate) fn fail_payout(&self, actor: Actor, c: &FailPayout) -> Result<Change, Code> {
        let mut payout = self.payout(c.payout)?;
        self.authorise(actor, c.clone())?;
        if payout.status != PayoutStatus::Requested {
            return Err("already_decided");
        }
        payout.status = PayoutStatus::Failed;
        let mut change = Change::default();
        change.post(format!("in_transit:{}", payout.party), payout.amount);
        change.post(format!("available:{}", payout.party), -payout.amount);
        change.payout = Some(payout);
        Ok(change)
    }
}
