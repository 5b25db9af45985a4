//! Orders, their lines and their payments.

use crate::command::Way;
use crate::event::{Discount, SplitSource};
use crate::id::{BuyerId, CampaignId, OrderId, PartyId, PaymentId, RefundId};
use crate::money::{Money, Parts};
use crate::record::Position;
use crate::role::Role;
use crate::text::{Name, word};
use crate::time::Time;

word! {
    /// How far an order is.
    OrderStatus {
        /// Waits for its payment.
        Placed = 0 "placed",
        /// Paid.
        Paid = 1 "paid",
        /// Some of it is on its way.
        Shipped = 2 "shipped",
        /// Some of it waits at the pick-up point.
        AtPickup = 3 "at_pickup",
        /// All that is left of it was received.
        Received = 4 "received",
        /// No refund is expected any more.
        Settled = 5 "settled",
        /// Cancelled.
        Cancelled = 6 "cancelled",
        /// Not paid in time.
        Expired = 7 "expired",
    }
}

/// An order.
#[derive(Clone, PartialEq, Debug)]
pub struct Order {
    /// Where it was placed.
    pub position: Position,
    /// When.
    pub placed_at: Time,
    /// The campaign.
    pub campaign: CampaignId,
    /// None for a walk-in.
    pub buyer: Option<BuyerId>,
    /// The leader through whom it came.
    pub seller: PartyId,
    /// Who had recruited the seller when it was placed.
    pub upline: Option<PartyId>,
    /// How it reaches the buyer.
    pub way: Way,
    /// SHA-256 of order id, ':' and code.
    pub pickup_code_digest: Option<[u8; 32]>,
    /// On the whole order.
    pub discount: Option<Discount>,
    /// What the buyer owes for it.
    pub due: Money,
    /// The shipping fee.
    pub shipping: Money,
    /// Whether it went back.
    pub shipping_returned: bool,
    /// Its lines, in the order in which they were placed.
    pub lines: Vec<Line>,
    /// Where it was paid.
    pub paid: Option<Position>,
    /// The payment; none where nothing was owed.
    pub payment: Option<PaymentId>,
    /// What each party has in its bucket of this order.
    pub held: Vec<Held>,
    /// Its refunds, in the order in which they were asked for.
    pub refunds: Vec<RefundId>,
    /// The last shipment or arrival.
    pub shipped: Option<(Position, Time)>,
    /// The last receipt or pick-up.
    pub received: Option<(Position, Time)>,
    /// The last receipt.
    pub last_receipt: Option<Position>,
    /// The last pick-up.
    pub last_handover: Option<Position>,
    /// Where it was cancelled.
    pub cancelled: Option<Position>,
    /// Where and when it was settled.
    pub settled: Option<(Position, Time)>,
    /// Where its supplier's terms had run.
    pub matured: Option<Position>,
    /// Where it expired.
    pub expired: Option<Position>,
}

/// A line of an order. Counters grow; what is left is computed. Only an approval that is undone takes
/// out again what it had added.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Place in the terms' items.
    pub item: u32,
    /// The item.
    pub sku: Name,
    /// Whose split it follows.
    pub split: SplitSource,
    /// Units placed.
    pub quantity: u32,
    /// Units shipped, or arrived at the pick-up point.
    pub shipped: u32,
    /// Units received, or picked up.
    pub received: u32,
    /// Units asked for in refunds that take unshipped units first, ever.
    pub asked: u64,
    /// Units asked for in returns, ever.
    pub asked_return: u64,
    /// Units of `asked` decided: approved, rejected or withdrawn.
    pub answered: u64,
    /// Units of `asked_return` decided.
    pub answered_return: u64,
    /// Refunded units that were never shipped.
    pub refunded_unshipped: u32,
    /// Refunded units that were received.
    pub refunded_received: u32,
    /// Refunded units that were on their way: need not be received any more.
    pub refunded_under_way: u32,
    /// Refunded units that were exchanged, their replacement not sent.
    pub refunded_unreplaced: u32,
    /// Exchanged units that were received.
    pub exchanged_received: u32,
    /// Exchanged units that were on their way.
    pub exchanged_under_way: u32,
    /// Exchanged units whose goods are back, or needn't come: their replacement can be sent.
    pub exchanged_back: u32,
    /// Replacements sent.
    pub replaced: u32,
    /// Of one unit; from its adjustment on of one that was left then.
    pub price: Money,
    /// What its units cost: price x quantity, less what an adjustment took off.
    pub list: Money,
    /// The line's part of the discount, less what an adjustment took off.
    pub discount: Money,
    /// Of the list amount, refunded so far.
    pub list_refunded: Money,
    /// Of what was paid, refunded so far.
    pub refunded: Money,
    /// Units still in the split.
    pub split_quantity: u32,
    /// Value still in the split.
    pub split_value: Money,
    /// What each role has of it.
    pub parts: Parts,
    /// Of a funded discount, given back to its funder so far.
    pub funder_returned: Money,
    /// Set where its price was adjusted: refunds count from there.
    pub adjusted: Option<Box<Basis>>,
}

/// How far a line's refunds were when its price was adjusted. `domain.md` §3.4.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basis {
    /// Where it was adjusted.
    pub position: Position,
    /// Units refunded until then.
    pub returned: u32,
    /// Of what was paid, refunded until then.
    pub refunded: Money,
    /// Of the list amount, refunded until then.
    pub list_refunded: Money,
}

/// What a party has in its bucket of one order: every part that moved there, summed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Whose.
    pub party: PartyId,
    /// Filled which role when it first moved.
    pub role: Role,
    /// Goods parts, and what it bears.
    pub goods: Money,
    /// Shipping fee.
    pub shipping: Money,
}

/// A payment of a buyer.
#[derive(Clone, PartialEq, Debug)]
pub struct Payment {
    /// Where it was recorded.
    pub position: Position,
    /// When it happened.
    pub happened_at: Time,
    /// The order it named, or paid out of suspense.
    pub order: OrderId,
    /// Whether it paid its order when it arrived; else it went to suspense, and its fee was the operator's.
    pub fits: bool,
    /// Where it was taken out of suspense.
    pub resolved: Option<Position>,
    /// Where the money is.
    pub channel: Name,
    /// Gross.
    pub amount: Money,
    /// What the channel kept.
    pub fee: Money,
    /// Of the amount, given back through the channel.
    pub refunded: Money,
    /// In so many refunds.
    pub refunds: u32,
    /// Of the fee, given back.
    pub fee_returned: Money,
}

impl Payment {
    /// Whether it is in suspense now.
    pub fn in_suspense(&self) -> bool {
        !self.fits && self.resolved.is_none()
    }
}

/// The payment that first carried a channel's reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstPayment(pub PaymentId);
