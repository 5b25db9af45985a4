//! Rejections: each has a stable code, both compared values, and says what to do. docs/errors.md has a
//! heading and a reproducer for each.

use serde::Serialize;

use crate::accounting::Account;
use crate::actor::Actor;
use crate::id::{BookId, CampaignId, OrderId, PartyId, PayoutId, RefundId, UnmatchedId};
use crate::money::{Money, OutOfRange};
use crate::record::Position;
use crate::text::Name;
use crate::time::Time;

macro_rules! rejections {
    ($($(#[doc = $doc:literal])* #[error($($message:tt)*)] $variant:ident $code:literal { $($(#[doc = $fdoc:literal])* $field:ident: $type:ty,)* },)*) => {
        /// Why a command was refused. It left no trace; trying it again later is a new try.
        #[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Rejection {
            $($(#[doc = $doc])* #[error($($message)*)] $variant {
                $($(#[doc = $fdoc])* $field: $type,)*
            },)*
        }

        impl Rejection {
            /// The stable code: `out_of_stock`.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }
        }

        /// All codes that this version can answer.
        pub const CODES: &[&str] = &[$($code,)*];
    };
}

rejections! {
    /// This actor may not send this command (`domain.md` §7).
    #[error("{actor} may not do this; {why}")]
    NotAllowed "not_allowed" {
        /// Who tried.
        actor: Actor,
        /// Who may.
        why: &'static str,
    },
    /// Nobody decides on what they asked for themselves.
    #[error("{actor} asked for this and can't decide on it; let somebody else do it")]
    SamePerson "same_person" {
        /// Who tried.
        actor: Actor,
    },
    /// The id was used before with other content.
    #[error("this id was recorded at position {position} with another {field}; choose a new id, or send the same command")]
    IdReused "id_reused" {
        /// The first field that differs.
        field: &'static str,
        /// Where it was recorded.
        position: Position,
    },
    /// It was decided before, otherwise.
    #[error("this was decided at position {position}, with another {field}; look at what was decided")]
    AlreadyDecided "already_decided" {
        /// The first field that differs, or what stands in the way.
        field: &'static str,
        /// Where it was decided.
        position: Position,
    },
    /// No such campaign.
    #[error("campaign {campaign} is not in this book; open it first")]
    UnknownCampaign "unknown_campaign" {
        /// The id.
        campaign: CampaignId,
    },
    /// No such order.
    #[error("order {order} is not in this book; place it first")]
    UnknownOrder "unknown_order" {
        /// The id.
        order: OrderId,
    },
    /// No such refund.
    #[error("refund {refund} is not in this book; request it first")]
    UnknownRefund "unknown_refund" {
        /// The id.
        refund: RefundId,
    },
    /// No such leader or supplier.
    #[error("{role} {party} is not registered; register it first")]
    UnknownParty "unknown_party" {
        /// What it should be.
        role: &'static str,
        /// The id.
        party: PartyId,
    },
    /// No such payout.
    #[error("payout {payout} is not in this book; request it first")]
    UnknownPayout "unknown_payout" {
        /// The id.
        payout: PayoutId,
    },
    /// No such item in the campaign, or line in the order.
    #[error("sku {sku} is not there; use one of the campaign's items or the order's lines")]
    UnknownSku "unknown_sku" {
        /// The sku.
        sku: String,
    },
    /// Too early for a duty, or the book waits for something else.
    #[error("not due {}, it is {at}; do what it waits for, or send it again then", when(*due))]
    NotDue "not_due" {
        /// From when on, at the earliest; none where it is never due as things stand.
        due: Option<Time>,
        /// The command's time.
        at: Time,
    },
    /// Units are still on their way, or the order waits for something else first.
    #[error("{units} units of the order are not received; record their receipt or refund first")]
    NotReceived "not_received" {
        /// Units that are neither received nor refunded.
        units: u64,
    },
    /// The goods of a return are not back.
    #[error("the goods are not back; record receive_return first, or waive the return when approving")]
    NotReturned "not_returned" {
        /// The refund.
        refund: RefundId,
    },
    /// The refund is not approved.
    #[error("refund {refund} is not approved; approve it first")]
    NotApproved "not_approved" {
        /// The refund.
        refund: RefundId,
    },
    /// A refund is asked for, or approved and not paid.
    #[error("refund {refund} is open; decide and pay it first")]
    RefundOpen "refund_open" {
        /// The refund.
        refund: RefundId,
    },
    /// More than is left.
    #[error("{requested} asked for, {left} left of {what}; ask for at most what is left")]
    NothingLeft "nothing_left" {
        /// Of what.
        what: String,
        /// Left.
        left: u64,
        /// Asked for.
        requested: u64,
    },
    /// Not the payment's own channel.
    #[error("the order was paid through {paid}, not {given}; refund there, or by transfer")]
    WrongChannel "wrong_channel" {
        /// The payment's channel, or that there is none.
        paid: String,
        /// The channel of the command.
        given: Name,
    },
    /// The campaign takes no orders yet.
    #[error("the campaign opens at {opens_at}; order then")]
    CampaignNotOpen "campaign_not_open" {
        /// When it opens.
        opens_at: Time,
    },
    /// The campaign is closed.
    #[error("the campaign closed at {closed_at}; open a new one")]
    CampaignClosed "campaign_closed" {
        /// Since when.
        closed_at: Time,
    },
    /// Not so many units in stock.
    #[error("{requested} of {sku} ordered, {available} in stock; order fewer or add stock")]
    OutOfStock "out_of_stock" {
        /// The item.
        sku: Name,
        /// In stock.
        available: u64,
        /// Ordered.
        requested: u32,
    },
    /// Above the buyer's limit.
    #[error("{requested} of {sku} ordered on top of {live}, the limit is {limit} a buyer; order fewer")]
    OverLimit "over_limit" {
        /// The item.
        sku: Name,
        /// Units a buyer may have.
        limit: u32,
        /// Units the buyer has.
        live: u64,
        /// Ordered.
        requested: u32,
    },
    /// An amount that can't be.
    #[error("{field} {given}: {problem}")]
    BadAmount "bad_amount" {
        /// The field.
        field: &'static str,
        /// As given.
        given: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A rate that can't be.
    #[error("{field} {given}: {problem}")]
    BadRate "bad_rate" {
        /// The field.
        field: &'static str,
        /// As given.
        given: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Terms that can't be.
    #[error("{field}: {problem}")]
    BadTerms "bad_terms" {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Lines that can't be.
    #[error("{field}: {problem}")]
    BadLines "bad_lines" {
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Rates sum above 1.
    #[error("the rates of the split sum to {millionths} millionths; lower them to 1,000,000 at most")]
    SharesExceedWhole "shares_exceed_whole" {
        /// Their sum.
        millionths: u64,
    },
    /// The order is not paid.
    #[error("order {order} is not paid; record its payment first")]
    NotPaid "not_paid" {
        /// The order.
        order: OrderId,
    },
    /// The units were not shipped.
    #[error("{requested} asked for, {shipped} shipped; ship first, or refund without a return")]
    NotShipped "not_shipped" {
        /// Shipped and still there.
        shipped: u64,
        /// Asked for.
        requested: u64,
    },
    /// Some of the order was shipped.
    #[error("order {order} is shipped; ask for a refund instead")]
    AlreadyShipped "already_shipped" {
        /// The order.
        order: OrderId,
    },
    /// More units than are waiting.
    #[error("{requested} to pick up, {waiting} waiting; somebody has picked them up")]
    AlreadyPickedUp "already_picked_up" {
        /// Waiting at the pick-up point.
        waiting: u64,
        /// Asked for.
        requested: u64,
    },
    /// Not the order's code.
    #[error("this is not the order's pick-up code; ask the buyer for it")]
    WrongCode "wrong_code" {
        /// The order.
        order: OrderId,
    },
    /// Too late.
    #[error("the window ended at {ended}; the operator may still decide otherwise")]
    WindowPassed "window_passed" {
        /// Its end.
        ended: Time,
    },
    /// No unit is left to refund.
    #[error("{requested} asked for, {left} not refunded or asked for yet; ask for at most that")]
    NothingToRefund "nothing_to_refund" {
        /// Left.
        left: u64,
        /// Asked for.
        requested: u64,
    },
    /// Return shipping above the campaign's cap.
    #[error("return shipping is reimbursed up to the campaign's cap; claim at most that")]
    OverShippingCap "over_shipping_cap" {
        /// The cap.
        cap: Money,
        /// Claimed.
        claimed: Money,
    },
    /// More than the channel can give back.
    #[error("the channel can't give back that much; pay the rest by transfer")]
    ExceedsPayment "exceeds_payment" {
        /// What it can still give back.
        left: Money,
        /// Asked for.
        amount: Money,
        /// Refunds that it can still make.
        refunds_left: u32,
    },
    /// More than is owed.
    #[error("more than is owed; pay, or give up, at most what is owed")]
    ExceedsDue "exceeds_due" {
        /// Owed.
        due: Money,
        /// Asked for.
        amount: Money,
    },
    /// More than is available.
    #[error("more than is available; ask for at most that")]
    InsufficientBalance "insufficient_balance" {
        /// Available.
        available: Money,
        /// Asked for.
        amount: Money,
    },
    /// A recorded time before that of the record before.
    #[error("{given} lies before {last}; times never go back")]
    TimeGoesBack "time_goes_back" {
        /// The limit.
        last: Time,
        /// Given.
        given: Time,
    },
    /// The handle's clock leapt ahead.
    #[error("{given} is more than 30 days after the last record at {last}; check the clock, then confirm")]
    ClockAhead "clock_ahead" {
        /// Of the last record.
        last: Time,
        /// Of the clock.
        given: Time,
    },
    /// An amount or total beyond 10^15 minor units.
    #[error("an amount or a total lies beyond 10^15 minor units; split it into smaller ones")]
    Overflow "overflow" {
        /// The account whose balance would overflow, if it is one.
        account: Option<Account>,
    },
    /// Beyond a limit of size.
    #[error("{what}: {actual}, the limit is {limit}; split it into smaller ones")]
    TooLarge "too_large" {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// Given.
        actual: u64,
    },
    /// No such money in suspense.
    #[error("no unmatched money and no payment has the id {unmatched}; record it first")]
    UnknownPayment "unknown_payment" {
        /// The id.
        unmatched: UnmatchedId,
    },
    /// The order is paid.
    #[error("order {order} was paid at position {position}; it takes no more money and can't expire")]
    AlreadyPaid "already_paid" {
        /// The order.
        order: OrderId,
        /// Where it was paid.
        position: Position,
    },
    /// Dated inside a sealed period, or before it.
    #[error("{given} lies in the period sealed through {sealed_through}; date it later")]
    PeriodSealed "period_sealed" {
        /// The end of the sealed period, included in it.
        sealed_through: Time,
        /// Given.
        given: Time,
    },
    /// The book is open already, under another id.
    #[error("this is book {book}; open another book in a place of its own")]
    BookExists "book_exists" {
        /// The book.
        book: BookId,
    },
    /// The campaign has not reached its minimum.
    #[error("the campaign is not formed: {buyers} of {min_buyers} buyers, {units} of {min_quantity} units are paid; wait for more, or let the operator declare_formed while it is open")]
    NotFormed "not_formed" {
        /// Distinct buyers of paid orders, less refunded ones.
        buyers: u64,
        /// Needed; 0 for any.
        min_buyers: u32,
        /// Units of paid orders, less refunded ones.
        units: u64,
        /// Needed; 0 for any.
        min_quantity: u64,
    },
    /// There is no book yet.
    #[error("there is no book yet; send open_book first")]
    BookMissing "book_missing" {
        /// The command.
        command: &'static str,
    },
}

/// From when on a duty is due, in words.
fn when(due: Option<Time>) -> String {
    due.map_or_else(|| "as things stand".to_owned(), |due| format!("before {due}"))
}

impl From<OutOfRange> for Rejection {
    fn from(_: OutOfRange) -> Self {
        Self::Overflow { account: None }
    }
}
