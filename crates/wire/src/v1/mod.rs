//! Schema 1 of every event: what was shipped. **Never edited**: a change of an event is a new struct
//! in a new module, with the next schema number, and `upcast` turns the old one into it.
//!
//! Each struct stands in bytes as its fields in order, in bincode 2.0.1's standard configuration;
//! docs/format.md writes that down. Plain values only: ids are 16 bytes, times microseconds since
//! 1970, money minor units, rates millionths, choices the numbers in `convert/choices.rs`. No derived
//! enum, no float, no map, no `usize`.

mod accounting;
mod book;
mod campaign;
mod moved;
mod order;
mod payout;
mod refund;

pub(crate) use accounting::{
    Account, Adjusted, CostRecorded, Drawn, Posting, ResolvedTo, Transferred, UnmatchedRecorded,
    UnmatchedResolved, WrittenOff,
};
pub(crate) use book::{
    BookOpened, ChannelLimits, Currency, LeaderRegistered, PeriodSealed, SupplierRegistered,
};
pub(crate) use campaign::{
    CampaignCancelled, CampaignClosed, CampaignOpened, Formation, FormedDeclared,
    InterestExpressed, Item, LockedPrice, Presale, PresaleDecided, ReturnShippingTerms,
    SellerAllowed, Share, ShippingTerms, Split, SplitTake, StockAdded, Terms, Tier,
};
pub(crate) use moved::{Moved, Part};
pub(crate) use order::{
    ChannelPayment, Charged, Discount, LineUnits, OrderArrived, OrderCancelled, OrderExpired,
    OrderPaid, OrderPickedUp, OrderPlaced, OrderReceived, OrderSettled, OrderShipped,
    OutOfSuspense, PaidLine, PayableMatured, PaymentSuspended, PlacedLine,
};
pub(crate) use payout::{PayoutFailed, PayoutPaid, PayoutRequested};
pub(crate) use refund::{
    ExchangedUnits, PriceAdjusted, RefundApproved, RefundLine, RefundPaid, RefundRejected,
    RefundRequested, RefundWithdrawn, Reopened, ReturnLapsed, ReturnReceived,
};

/// A UUID's 16 bytes, as they are.
pub(crate) type Id = [u8; 16];
