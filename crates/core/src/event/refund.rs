use serde::Serialize;

use super::{LineUnits, Moved};
use crate::command::{By, GoodsBorneBy, ReasonCode, RefundKind};
use crate::id::{BuyerId, OrderId, RefundId, RefundPaymentId};
use crate::money::Money;
use crate::role::Role;
use crate::text::{Name, Text, word};

word! {
    /// Why the book opened a refund itself.
    RefundCause {
        /// A paid order was cancelled.
        Cancelled = 0 "cancelled",
        /// Its campaign wasn't formed, or was cancelled.
        Unformed = 1 "unformed",
        /// A price tier was locked below what was paid.
        Price = 2 "price",
    }
}

/// A refund was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundRequested {
    /// The refund.
    pub refund: RefundId,
    /// Of this order.
    pub order: OrderId,
    /// What it is.
    pub kind: RefundKind,
    /// Which units; none for a compensation.
    pub lines: Vec<LineUnits>,
    /// Of a compensation.
    pub amount: Option<Money>,
    /// What the buyer paid to send the goods back; zero for none.
    pub return_shipping: Money,
    /// Why, as a code.
    pub reason_code: Option<ReasonCode>,
    /// Why, in words.
    pub reason: Option<Text>,
}

/// A line of an approved refund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundLine {
    /// The item.
    pub sku: Name,
    /// Units.
    pub quantity: u32,
    /// Of them never shipped: their stock is released.
    pub unshipped: u32,
    /// Of them already received.
    pub received: u32,
    /// Of them exchanged, their replacement not sent.
    pub unreplaced: u32,
    /// By how much the line's list amount fell.
    pub list: Money,
    /// What the buyer paid for them: owed to the buyer.
    pub paid: Money,
}

/// Units of a line that an exchange takes: they stay live, and wait for their replacement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ExchangedUnits {
    /// The item.
    pub sku: Name,
    /// Units.
    pub quantity: u32,
    /// Of them already received.
    pub received: u32,
}

/// A refund was approved: owed to the buyer from now on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundApproved {
    /// The refund.
    pub refund: RefundId,
    /// Of this order.
    pub order: OrderId,
    /// To whom it is owed; none for a walk-in.
    pub buyer: Option<BuyerId>,
    /// Set where the book opened the refund itself.
    pub cause: Option<RefundCause>,
    /// Who bears the goods amount.
    pub goods_borne_by: GoodsBorneBy,
    /// Return shipping granted.
    pub return_shipping: Money,
    /// Who bears it.
    pub return_shipping_borne_by: Role,
    /// The approval asked for the shipping fee to go back; none where it didn't say.
    pub with_shipping_fee: bool,
    /// Money may be paid before the goods are back.
    pub waive_return: bool,
    /// Compensation granted.
    pub compensation: Option<Money>,
    /// Who bears it.
    pub compensation_borne_by: Role,
    /// The shipping fee that went back.
    pub shipping_fee: Money,
    /// All that is owed for this refund.
    pub due: Money,
    /// The units; none of a compensation or an exchange.
    pub lines: Vec<RefundLine>,
    /// The units of an exchange.
    pub exchanged: Vec<ExchangedUnits>,
    /// The parts.
    pub moved: Moved,
    /// Refunds that were only requested, withdrawn by this one where the book opened it itself.
    pub withdrawn: Vec<RefundId>,
}

/// A line paid more than the price that its campaign closed at: the difference is owed to the buyer.
/// The book opens this refund itself. `domain.md` §3.4.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PriceAdjusted {
    /// The refund.
    pub refund: RefundId,
    /// The order.
    pub order: OrderId,
    /// To whom it is owed; none for a walk-in.
    pub buyer: Option<BuyerId>,
    /// The line.
    pub sku: Name,
    /// Units that were left of it: later refunds count in these.
    pub quantity: u32,
    /// Of one unit, from now on.
    pub price: Money,
    /// By how much the list amount of these units fell.
    pub list: Money,
    /// By how much what the buyer paid for them fell: all that is owed for this refund.
    pub paid: Money,
    /// The parts.
    pub moved: Moved,
}

/// A refund was rejected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundRejected {
    /// The refund.
    pub refund: RefundId,
    /// Why, if said.
    pub reason: Option<Text>,
}

/// The goods of a return are back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReturnReceived {
    /// The refund.
    pub refund: RefundId,
    /// A remark.
    pub reason: Option<Text>,
}

/// Refund money was paid to the buyer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundPaid {
    /// This payment.
    pub refund_payment: RefundPaymentId,
    /// The refund.
    pub refund: RefundId,
    /// Whose debt it reduces; none for a walk-in.
    pub buyer: Option<BuyerId>,
    /// Through the payment's channel, or otherwise.
    pub by: By,
    /// Where the money left.
    pub channel: Name,
    /// How much.
    pub amount: Money,
    /// The channel's own number.
    pub reference: Text,
    /// Fee that the channel gave back.
    pub fee_returned: Money,
    /// To whom the returned fee went.
    pub moved: Moved,
}

/// What an approval did to its order, taken out again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reopened {
    /// The order.
    pub order: OrderId,
    /// To whom it is owed no more; none for a walk-in.
    pub buyer: Option<BuyerId>,
    /// How much.
    pub due: Money,
    /// The shipping fee that had gone back and is earned again.
    pub shipping_fee: Money,
    /// The units go back into the split.
    pub reversed: bool,
    /// Units and amounts that are refunded no more.
    pub lines: Vec<RefundLine>,
    /// Units that are exchanged no more.
    pub exchanged: Vec<ExchangedUnits>,
    /// The approval's parts with the sign changed, in the buckets of this moment.
    pub moved: Moved,
}

/// A refund was withdrawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundWithdrawn {
    /// The refund.
    pub refund: RefundId,
    /// Why, if said.
    pub reason: Option<Text>,
    /// Set where it had been approved.
    pub reopened: Option<Reopened>,
}

/// The goods of a return never came: its approval is undone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReturnLapsed {
    /// The refund.
    pub refund: RefundId,
    /// What is undone.
    pub reopened: Reopened,
}
