//! Money beside orders: unmatched, costs, adjustments.

use tuanzhang_core::accounting::{Adjust, RecordCost, RecordUnmatched};
use tuanzhang_core::command::Direction;
use tuanzhang_core::{Actor, PartyId, Time};

use super::{Arrived, Change, Code, Model, form};

/// An account that an adjustment may name; its party where it has one.
pub(crate) fn adjustable(account: &str) -> Result<Option<PartyId>, Code> {
    let (kind, rest) = account.split_once(':').ok_or("bad_terms")?;
    let known = |words: &[&str]| if words.contains(&rest) { Ok(None) } else { Err("bad_terms") };
    match kind {
        "channel" => form::name(rest).map(|()| None),
        "available" => rest.parse().map(Some).map_err(|_| "bad_terms"),
        "income" => known(&["commission", "shipping", "membership"]),
        "equity" => known(&["operator"]),
        "expense" => known(&[
            "channel_fee",
            "return_shipping",
            "compensation",
            "goodwill",
            "promotion",
            "prize",
            "bad_debt",
            "labour",
            "marketing",
            "logistics",
            "other",
        ]),
        _ => Err("bad_terms"),
    }
}

impl Model {
    pub(crate) fn record_unmatched(
        &self,
        happened_at: Time,
        actor: Actor,
        c: &RecordUnmatched,
    ) -> Result<Change, Code> {
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        let amount = if c.direction == Direction::In { amount } else { -amount };
        let mut change = Change::default();
        change.post(format!("channel:{}", c.channel), amount);
        change.post(format!("suspense:{}", c.channel), -amount);
        let arrived = Arrived {
            channel: c.channel.to_string(),
            amount,
            fee: 0,
            happened_at,
            is_payment: false,
            suspended: true,
        };
        change.arrived = Some((c.unmatched.uuid(), arrived));
        Ok(change)
    }

    pub(crate) fn record_cost(&self, actor: Actor, c: &RecordCost) -> Result<Change, Code> {
        if let Some(campaign) = c.campaign {
            self.campaign(campaign)?;
        }
        self.authorise(actor, c.clone())?;
        let amount = form::money(&c.amount, self.opened().decimals)?;
        let mut change = Change::default();
        change.post(format!("expense:{}", c.category), amount);
        change.post(format!("channel:{}", c.channel), -amount);
        Ok(change)
    }

    pub(crate) fn adjust(&self, actor: Actor, c: &Adjust) -> Result<Change, Code> {
        let mut change = Change::default();
        for posting in &c.postings {
            let party = adjustable(&posting.account)?;
            let known = |id| id == self.opened().operator || self.parties.contains_key(&id);
            if party.is_some_and(|id| !known(id)) {
                return Err("unknown_party");
            }
            let amount = form::money(&posting.amount, self.opened().decimals)?;
            change.post(posting.account.as_str(), amount);
        }
        self.authorise(actor, c.clone())?;
        // The operator has no available account.
        let none = format!("available:{}", self.opened().operator);
        if change.postings.iter().any(|(account, _)| *account == none) {
            return Err("bad_terms");
        }
        if c.corrects.is_some_and(|position| position.get() == 0 || position.get() > self.position)
        {
            return Err("bad_terms");
        }
        Ok(change)
    }
}
