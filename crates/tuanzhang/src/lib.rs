//! **tuanzhang** (团账): an event-sourced order ledger for community group-buying (社群团购).
//!
//! Campaigns, orders, payments, refunds, settlement and payouts are commands; each one that is accepted
//! becomes a record in an append-only log, with every fen that it moved. What everyone is owed follows
//! from the log alone, sums to zero, and can be checked by anybody at any time.
//!
//! It is a library: no server, no database. It is not a payment gateway (it records what a channel did),
//! not a shop (it has no catalogue, no names, no addresses) and not a tax engine.
//!
//! ```
//! use tuanzhang::core::{Actor, BookId, PartyId, book::OpenBook, party::RegisterLeader};
//! use tuanzhang::{ExecuteError, Ledger};
//!
//! let ledger = Ledger::in_memory(); // or Ledger::open(journal, options)
//! let operator = PartyId::from_bytes([1; 16]);
//! let open = OpenBook::new(BookId::from_bytes([2; 16]), "CNY".into(), "Asia/Shanghai".into(), operator);
//! ledger.execute(Actor::Operator, open)?;
//!
//! let liu = PartyId::from_bytes([3; 16]);
//! let done = ledger.execute(Actor::Operator, RegisterLeader::new(liu))?;
//! let again = ledger.execute(Actor::Operator, RegisterLeader::new(liu))?;
//! assert!(again.repeated, "a retry finds what it did");
//! assert_eq!(again.position, done.position);
//!
//! match ledger.execute(Actor::Leader(liu), RegisterLeader::new(PartyId::from_bytes([4; 16]))) {
//!     Err(ExecuteError::Refused(why)) => assert_eq!(why.code(), "not_allowed"),
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), ExecuteError>(())
//! ```
//!
//! `examples/shop.rs` takes one order from opening to refund; docs/embedding.md is the guide.
//!
//! - [`Ledger`]: the handle. [`Options`], [`Request`], [`Done`], [`ExecuteError`].
//! - [`prelude`]: all commands, ids and the handle in one import.
//! - [`Activities`]: visits, reviews and the like, in a stream beside the book.
//! - [`Follow`]: each durable record, once, for an app's own tables.
//! - [`core`]: commands, events, rules, money, the state of a book.
//! - `journal` (default feature): the embedded store. [`Store`]: what others implement.
//! - `sqlite` (feature): books in a SQLite database, an app's own if it has one.
//! - `postgres` (feature): books in a PostgreSQL database, for several machines.
//! - `analytics` (feature): conversion, GMV and the like, folded from the same events.
//! - `statement` (feature): every fen of a balance explained, statements of account, a book as of a business time.
//! - `audit` (feature): whether a book is what its rules say, what to look at in it, and whether it only grew.
//! - `proof` (feature): checkpoints and receipts that hold without the book.

/// The README's examples are tests, too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

#[cfg(feature = "analytics")]
pub use tuanzhang_analytics as analytics;
/// An audit of a book in any store: every byte, every record decided again, every invariant.
///
/// ```
/// use tuanzhang::audit::{Options, audit};
/// use tuanzhang::core::{BookId, PartyId, book::OpenBook};
/// use tuanzhang::{Actor, Ledger};
///
/// let ledger = Ledger::in_memory();
/// let operator = PartyId::from_bytes([1; 16]);
/// let book = BookId::from_bytes([2; 16]);
/// let open = OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator);
/// ledger.execute(Actor::Operator, open)?;
///
/// let key = ledger.store().books()?[0];
/// let audited = audit(ledger.store(), key, Options::default())?;
/// assert!(audited.is_sound(), "{:?}", audited.findings.kept());
/// assert_eq!(audited.covered.replayed, 1);
/// println!("keep elsewhere: {}", audited.checkpoint().expect("one record"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "audit")]
pub mod audit {
    pub use tuanzhang_audit::*;
}
pub use tuanzhang_core as core;
#[cfg(feature = "journal")]
pub use tuanzhang_journal as journal;
#[cfg(feature = "postgres")]
pub use tuanzhang_postgres as postgres;
#[cfg(feature = "proof")]
pub use tuanzhang_proof as proof;
#[cfg(feature = "sqlite")]
pub use tuanzhang_sqlite as sqlite;
#[cfg(feature = "statement")]
pub use tuanzhang_statement as statement;

pub use tuanzhang_core::accounting::Account;
pub use tuanzhang_core::book::Book;
pub use tuanzhang_core::money::{Amount, Money};
pub use tuanzhang_core::{Actor, Command, Event, Position, Record, Rejection, Role, Time};
pub use tuanzhang_core::{
    AdditionId, AdjustmentId, ArrivalId, BatchId, BookId, BuyerId, CampaignId, ComplaintId, CostId,
    DrawId, HandoverId, OrderId, ParcelId, PartyId, PaymentId, PayoutId, ReceiptId, RefundId,
    RefundPaymentId, ReviewId, SuggestionId, TransferId, UnmatchedId, WriteOffId,
};
pub use tuanzhang_ledger::{
    Activities, ActivityBatch, ActivityError, ActivityRecords, ActivityRefusal, BookKey, Cause,
    Clock, Damage, Done, ExecuteError, FOLLOW_POLL_EVERY, Follow, FollowStream, Health, Ledger,
    ManualClock, ManyError, MemoryStore, OpenError, Options, ReadError, Recorded, Records,
    RecordsError, Request, STREAM_RECORDS_MAX, Stats, Stopper, Store, Submitted, SystemClock,
};

/// All that most apps name: the handle, the commands with their parts, the ids.
///
/// ```
/// use tuanzhang::prelude::*;
/// let ledger = Ledger::in_memory();
/// let order = OrderId::from_bytes([6; 16]);
/// assert!(ledger.read(|book| book.get::<Order>(&order).is_none()));
/// ```
pub mod prelude {
    pub use tuanzhang_core::accounting::{
        Account, Adjust, RecordCost, RecordDraw, RecordTransfer, RecordUnmatched, ResolveTo,
        ResolveUnmatched, WriteOff,
    };
    pub use tuanzhang_core::book::{
        Book, Campaign, ChannelLimitsText, OpenBook, Order, Payment, Payout, Read as _, Refund,
        SealPeriod,
    };
    pub use tuanzhang_core::campaign::{
        AddStock, AllowSeller, CancelCampaign, CloseCampaign, DecidePresale, DeclareFormed,
        ExpressInterest, FormationText, ItemText, OpenCampaign, PresaleText, ReturnShippingText,
        ShareText, ShippingText, SplitText, TakeText, TierText,
    };
    pub use tuanzhang_core::command::{
        By, Direction, FundedBy, GoodsBorneBy, ReasonCode, RefundKind, SkuQuantity, Way,
    };
    pub use tuanzhang_core::money::{Amount, Money};
    pub use tuanzhang_core::order::{
        AdjustPrice, ArriveAtPickup, CancelOrder, DiscountText, ExpireOrder, MaturePayable,
        PickUpOrder, PlaceOrder, ReceiveOrder, RecordPayment, SettleOrder, ShipOrder,
    };
    pub use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
    pub use tuanzhang_core::payout::{FailPayout, RecordPayout, RequestPayout};
    pub use tuanzhang_core::refund::{
        ApproveRefund, LapseReturn, ReceiveReturn, RecordRefundPayment, RefundUnformed,
        RejectRefund, RequestRefund, WithdrawRefund,
    };
    pub use tuanzhang_core::{
        Actor, AdditionId, AdjustmentId, ArrivalId, BatchId, BookId, BuyerId, CampaignId, Command,
        ComplaintId, CostId, DrawId, Event, HandoverId, OrderId, ParcelId, PartyId, PaymentId,
        PayoutId, Position, ReceiptId, Record, RefundId, RefundPaymentId, Rejection, ReviewId,
        Role, SuggestionId, Time, TransferId, UnmatchedId, WriteOffId,
    };
    pub use tuanzhang_ledger::{
        Activities, ActivityError, Done, ExecuteError, Follow, Ledger, ManualClock, Options,
        Request, SystemClock,
    };
}
