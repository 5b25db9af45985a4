use serde::Serialize;

use super::Moved;
use crate::command::{FundedBy, Way};
use crate::id::{
    ArrivalId, BuyerId, CampaignId, HandoverId, OrderId, ParcelId, PartyId, PaymentId, ReceiptId,
    RefundId,
};
use crate::money::Money;
use crate::text::{Name, Text, word};

word! {
    /// Whose split a line follows.
    SplitSource {
        /// The campaign's.
        Campaign = 0 "campaign",
        /// The seller's own.
        Seller = 1 "seller",
        /// The item's own.
        Item = 2 "item",
    }
}

word! {
    /// Why a payment fits no open order. `domain.md` §4, §11.
    SuspenseReason {
        /// No such order.
        UnknownOrder = 0 "unknown_order",
        /// The order was cancelled.
        OrderCancelled = 1 "order_cancelled",
        /// The order had expired.
        OrderExpired = 2 "order_expired",
        /// The order is paid already.
        AlreadyPaid = 3 "already_paid",
        /// Not what is owed.
        WrongAmount = 4 "wrong_amount",
        /// The channel's reference came before under another payment id.
        DuplicateReference = 5 "duplicate_reference",
        /// The campaign is refunding, failed or cancelled.
        CampaignRefunding = 6 "campaign_refunding",
    }
}

/// A discount on a whole order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Discount {
    /// Above zero, at most the lines' list amount.
    pub amount: Money,
    /// Who pays for it.
    pub funded_by: FundedBy,
}

/// A line as it was placed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlacedLine {
    /// The item.
    pub sku: Name,
    /// Units.
    pub quantity: u32,
    /// Of one unit.
    pub price: Money,
    /// price x quantity.
    pub list: Money,
    /// The line's part of the order's discount.
    pub discount: Money,
    /// Whose split it follows.
    pub split: SplitSource,
}

/// An order was placed; stock is reserved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderPlaced {
    /// The order.
    pub order: OrderId,
    /// The campaign.
    pub campaign: CampaignId,
    /// None for a walk-in.
    pub buyer: Option<BuyerId>,
    /// The leader through whom it came.
    pub seller: PartyId,
    /// Who recruited the seller, as of now.
    pub upline: Option<PartyId>,
    /// How it reaches the buyer.
    pub way: Way,
    /// SHA-256 of order id, ':' and code.
    pub pickup_code_digest: Option<[u8; 32]>,
    /// On the whole order.
    pub discount: Option<Discount>,
    /// The shipping fee; zero where free.
    pub shipping: Money,
    /// What the buyer owes.
    pub due: Money,
    /// In the order of the command.
    pub lines: Vec<PlacedLine>,
}

/// What a payment channel reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChannelPayment {
    /// The payment.
    pub payment: PaymentId,
    /// Where the money is.
    pub channel: Name,
    /// Gross.
    pub amount: Money,
    /// What the channel kept.
    pub fee: Money,
    /// The channel's own number.
    pub reference: Text,
}

/// A line whose value was split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaidLine {
    /// The item.
    pub sku: Name,
    /// Units.
    pub quantity: u32,
    /// Set where the campaign had closed at a lower price than the line was placed at.
    pub charged: Option<Charged>,
    /// The value that was split.
    pub value: Money,
}

/// What a line is charged at the price that its campaign closed at. `domain.md` §3.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Charged {
    /// Of one unit.
    pub price: Money,
    /// price x quantity.
    pub list: Money,
    /// The line's part of the discount, at most `list`.
    pub discount: Money,
}

/// Money in suspense that paid an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OutOfSuspense {
    /// The payment; none for money that was recorded as unmatched.
    pub payment: Option<PaymentId>,
    /// Where the money is.
    pub channel: Name,
    /// Gross; its fee was the operator's when it arrived.
    pub amount: Money,
}

/// An order was paid and its parts are pending.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderPaid {
    /// The order.
    pub order: OrderId,
    /// None where nothing was owed, and where it was paid out of suspense.
    pub payment: Option<ChannelPayment>,
    /// Set where money in suspense paid it.
    pub out_of_suspense: Option<OutOfSuspense>,
    /// What was split.
    pub lines: Vec<PaidLine>,
    /// The parts.
    pub moved: Moved,
}

/// Money arrived that fits no open order; it stays in suspense.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaymentSuspended {
    /// The order it named.
    pub order: OrderId,
    /// What the channel reported.
    pub payment: ChannelPayment,
    /// Why it doesn't fit.
    pub because: SuspenseReason,
}

/// An order was cancelled. If it was paid, its refund follows in the same record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderCancelled {
    /// The order.
    pub order: OrderId,
    /// Why, if said.
    pub reason: Option<Text>,
    /// Refunds that were only requested, withdrawn by this.
    pub withdrawn: Vec<RefundId>,
}

/// So many units of a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineUnits {
    /// The item.
    pub sku: Name,
    /// Units.
    pub quantity: u32,
}

/// Units were shipped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderShipped {
    /// The order.
    pub order: OrderId,
    /// The parcel's id, if given.
    pub parcel: Option<ParcelId>,
    /// The command said *all that is left*.
    pub all: bool,
    /// What went.
    pub lines: Vec<LineUnits>,
    /// Of it replacements of exchanged units.
    pub replacements: Vec<LineUnits>,
    /// The carrier's number.
    pub reference: Option<Text>,
}

/// Units arrived at their pick-up point.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderArrived {
    /// The order.
    pub order: OrderId,
    /// The arrival's id, if given.
    pub arrival: Option<ArrivalId>,
    /// The command said *all that is left*.
    pub all: bool,
    /// What arrived.
    pub lines: Vec<LineUnits>,
    /// Of it replacements of exchanged units.
    pub replacements: Vec<LineUnits>,
}

/// Units were received by the buyer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderReceived {
    /// The order.
    pub order: OrderId,
    /// The receipt's id, if given.
    pub receipt: Option<ReceiptId>,
    /// The command said *all that is left*.
    pub all: bool,
    /// What was received.
    pub lines: Vec<LineUnits>,
}

/// Units were handed over at the pick-up point.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderPickedUp {
    /// The order.
    pub order: OrderId,
    /// The handover's id, if given.
    pub handover: Option<HandoverId>,
    /// The code that was shown.
    pub code: Option<Text>,
    /// The command said *all that is left*.
    pub all: bool,
    /// What was picked up.
    pub lines: Vec<LineUnits>,
}

/// No refund is expected any more: pending money became available.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderSettled {
    /// The order.
    pub order: OrderId,
    /// Out of pending, into what follows it.
    pub moved: Moved,
}

/// A supplier's payment terms have run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PayableMatured {
    /// The order.
    pub order: OrderId,
    /// Out of term, into available.
    pub moved: Moved,
}

/// An order wasn't paid in time; its stock is released.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderExpired {
    /// The order.
    pub order: OrderId,
}
