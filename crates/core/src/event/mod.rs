//! Events: what happened, with the money it moved and what that was computed from. Folding only adds.
//!
//! Numbers stand in stored bytes and are never reused. Families: book 1.., party 16.., campaign 32..,
//! order 64.., refund 96.., payout 128.., accounting 160... docs/events.md is the catalogue.

mod accounting;
mod campaign;
mod moved;
mod order;
mod refund;
mod seal;

pub use accounting::{
    Adjusted, CostRecorded, Drawn, PayoutFailed, PayoutPaid, PayoutRequested, ResolvedTo,
    Transferred, UnmatchedRecorded, UnmatchedResolved, WrittenOff,
};
pub use campaign::{
    BookOpened, CampaignCancelled, CampaignClosed, CampaignOpened, ChannelLimits, Formation,
    FormedDeclared, InterestExpressed, Item, LeaderRegistered, LockedPrice, Presale,
    PresaleDecided, ReturnShippingTerms, SellerAllowed, ShippingTerms, StockAdded,
    SupplierRegistered, Terms, Tier,
};
pub use moved::{Base, Moved, Part, Pocket};
pub use order::{
    ChannelPayment, Charged, Discount, LineUnits, OrderArrived, OrderCancelled, OrderExpired,
    OrderPaid, OrderPickedUp, OrderPlaced, OrderReceived, OrderSettled, OrderShipped,
    OutOfSuspense, PaidLine, PayableMatured, PaymentSuspended, PlacedLine, SplitSource,
    SuspenseReason,
};
pub use refund::{
    ExchangedUnits, PriceAdjusted, RefundApproved, RefundCause, RefundLine, RefundPaid,
    RefundRejected, RefundRequested, RefundWithdrawn, Reopened, ReturnLapsed, ReturnReceived,
};
pub use seal::PeriodSealed;

use serde::Serialize;

macro_rules! events {
    ($($number:literal $word:literal $variant:ident,)*) => {
        /// Any event. A match on it is a to-do list: no wildcard.
        #[derive(Clone, PartialEq, Debug, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Event {
            $(#[doc = concat!("Event ", stringify!($number), ", `", $word, "`.")] $variant($variant),)*
        }

        impl Event {
            /// The number in stored bytes, never reused.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant(_) => $number,)* }
            }

            /// The name in JSON: `order_placed`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }
        }

        $(impl From<$variant> for Event {
            fn from(event: $variant) -> Self {
                Self::$variant(event)
            }
        })*

        /// Calls `$body` with the event as its own type.
        macro_rules! with_event {
            ($event:expr, $name:ident => $body:expr) => {
                match $event { $($crate::event::Event::$variant($name) => $body,)* }
            };
        }
        pub(crate) use with_event;
    };
}

events! {
    1 "book_opened" BookOpened,
    3 "period_sealed" PeriodSealed,
    16 "leader_registered" LeaderRegistered,
    17 "supplier_registered" SupplierRegistered,
    32 "campaign_opened" CampaignOpened,
    33 "seller_allowed" SellerAllowed,
    34 "stock_added" StockAdded,
    35 "campaign_closed" CampaignClosed,
    36 "interest_expressed" InterestExpressed,
    37 "presale_decided" PresaleDecided,
    38 "formed_declared" FormedDeclared,
    39 "campaign_cancelled" CampaignCancelled,
    64 "order_placed" OrderPlaced,
    65 "order_paid" OrderPaid,
    66 "payment_suspended" PaymentSuspended,
    67 "order_cancelled" OrderCancelled,
    68 "order_shipped" OrderShipped,
    69 "order_arrived" OrderArrived,
    70 "order_received" OrderReceived,
    71 "order_picked_up" OrderPickedUp,
    72 "order_settled" OrderSettled,
    73 "payable_matured" PayableMatured,
    74 "order_expired" OrderExpired,
    96 "refund_requested" RefundRequested,
    97 "refund_approved" RefundApproved,
    98 "refund_rejected" RefundRejected,
    99 "return_received" ReturnReceived,
    100 "refund_paid" RefundPaid,
    101 "refund_withdrawn" RefundWithdrawn,
    102 "return_lapsed" ReturnLapsed,
    103 "price_adjusted" PriceAdjusted,
    128 "payout_requested" PayoutRequested,
    129 "payout_paid" PayoutPaid,
    130 "payout_failed" PayoutFailed,
    160 "unmatched_recorded" UnmatchedRecorded,
    161 "cost_recorded" CostRecorded,
    162 "adjusted" Adjusted,
    163 "written_off" WrittenOff,
    164 "transferred" Transferred,
    165 "drawn" Drawn,
    166 "unmatched_resolved" UnmatchedResolved,
}
