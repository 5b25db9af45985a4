use serde::Serialize;

use crate::accounting::{Account, ExpenseKind, Posting};
use crate::command::Direction;
use crate::id::{
    AdjustmentId, BuyerId, CampaignId, CostId, DrawId, OrderId, PartyId, PaymentId, PayoutId,
    RefundId, TransferId, UnmatchedId, WriteOffId,
};
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

/// A debt of a party was given up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WrittenOff {
    /// The write-off.
    pub write_off: WriteOffId,
    /// Whose debt.
    pub party: PartyId,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub reason: Text,
}

/// Money went from one of the operator's channels to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Transferred {
    /// The transfer.
    pub transfer: TransferId,
    /// Where the money left.
    pub from: Name,
    /// Where it arrived.
    pub to: Name,
    /// How much arrived.
    pub amount: Money,
    /// What it cost; left the sending channel on top of the amount.
    pub fee: Money,
    /// The channel's own number.
    pub reference: Text,
}

/// The operator drew money, or brought some in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Drawn {
    /// The draw.
    pub draw: DrawId,
    /// Out: drawn. In: brought in.
    pub direction: Direction,
    /// Where.
    pub channel: Name,
    /// How much.
    pub amount: Money,
    /// The channel's own number.
    pub reference: Text,
}

/// What money in suspense turned out to be for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolvedTo {
    /// It paid this order: `order_paid` follows in the same record and takes it out of suspense.
    Order(OrderId),
    /// It was refund money of this refund.
    Refund(RefundId),
    /// It belongs on this account.
    Account(Account),
}

/// Money in suspense was explained.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UnmatchedResolved {
    /// The id that it was recorded under.
    pub unmatched: UnmatchedId,
    /// Set where that is a payment in suspense.
    pub payment: Option<PaymentId>,
    /// Where the money is.
    pub channel: Name,
    /// Which way it went.
    pub direction: Direction,
    /// All of it.
    pub amount: Money,
    /// What it was for.
    pub to: ResolvedTo,
    /// Of a refund: whose debt it reduced; none for a walk-in, and for the other two.
    pub buyer: Option<BuyerId>,
    /// Why.
    pub reason: Text,
}
