use serde::Serialize;

use crate::accounting::{Account, ExpenseKind, Posting};
use crate::command::Direction;
use crate::id::{AdjustmentId, CampaignId, CostId, PartyId, PayoutId, UnmatchedId};
use crate::money::Money;
use crate::record::Position;
use crate::text::{Name, Text};

/// A payout was asked for; the money is in transit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PayoutRequested {
    /// The payout.
    pub payout: PayoutId,
    /// To whom.
    pub party: PartyId,
    /// How much.
    pub amount: Money,
}

/// A payout was paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PayoutPaid {
    /// The payout.
    pub payout: PayoutId,
    /// To whom.
    pub party: PartyId,
    /// How much.
    pub amount: Money,
    /// Where the money left.
    pub channel: Name,
    /// The channel's own number.
    pub reference: Text,
    /// What the channel charged for it, borne by the operator.
    pub fee: Money,
}

/// A payout failed; the money is available again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PayoutFailed {
    /// The payout.
    pub payout: PayoutId,
    /// Whose.
    pub party: PartyId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Text,
}

/// Money in or out that nothing explains yet; it stays in suspense.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnmatchedRecorded {
    /// The id of this money.
    pub unmatched: UnmatchedId,
    /// Where.
    pub channel: Name,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub amount: Money,
    /// The channel's own number.
    pub reference: Text,
}

/// A cost of running the group was paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CostRecorded {
    /// The cost.
    pub cost: CostId,
    /// Which expense.
    pub category: ExpenseKind,
    /// The campaign it was for.
    pub campaign: Option<CampaignId>,
    /// Where the money left.
    pub channel: Name,
    /// How much.
    pub amount: Money,
}

/// The operator adjusted the books.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Adjusted {
    /// The adjustment.
    pub adjustment: AdjustmentId,
    /// As given; debits positive, summing to zero.
    pub postings: Vec<Posting>,
    /// Why.
    pub reason: Text,
    /// The record that this corrects.
    pub corrects: Option<Position>,
}

impl Adjusted {
    /// The accounts that were touched.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.postings.iter().map(|posting| &posting.account)
    }
}
