//! What a book knows: a deterministic fold of its records. Small entities in tables, nothing removed.
//!
//! `decide` and `apply` exist once, over [`Read`] and [`State`]; the durable [`Book`] implements them,
//! and so does the [`Overlay`](super::Overlay) over it.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;
use uuid::Uuid;

use super::overlay::Copies;
use super::table::Table;
use crate::accounting::Account;
use crate::actor::Actor;
use crate::command::{By, RefundKind, Way};
use crate::event::{BookOpened, Discount, RefundCause, SplitSource, Terms};
use crate::id::{
    BuyerId, CampaignId, OrderId, PartyId, PaymentId, PayoutId, RefundId, RefundPaymentId,
    UnmatchedId,
};
use crate::money::{Decimals, Filled, Money, Parts, Split};
use crate::record::Position;
use crate::role::Role;
use crate::text::{Name, Text, word};
use crate::time::Time;

/// A kind of entity, and where it lives.
pub trait Entity: Clone + std::fmt::Debug + Sized {
    /// What it is found by.
    type Key: Hash + Eq + Clone + std::fmt::Debug;
    /// Its table in the durable state.
    fn table(book: &Book) -> &Table<Self::Key, Self>;
    /// Its table in the durable state, to be changed.
    fn table_mut(book: &mut Book) -> &mut Table<Self::Key, Self>;
    /// Its copies in an overlay.
    fn copies(touched: &Touched) -> &Copies<Self>;
    /// Its copies in an overlay, to be changed.
    fn copies_mut(touched: &mut Touched) -> &mut Copies<Self>;
}

/// State that can be looked at.
pub trait Read {
    /// The entity of a key.
    fn get<E: Entity>(&self, key: &E::Key) -> Option<&E>;
}

/// State that can be folded into.
pub trait State: Read {
    /// The entity of a key, to be changed.
    fn edit<E: Entity>(&mut self, key: &E::Key) -> Option<&mut E>;
    /// Sets the entity of a key.
    fn put<E: Entity>(&mut self, key: E::Key, value: E);
}

macro_rules! entities {
    ($($field:ident: $key:ty => $entity:ty,)*) => {
        /// The state of a book, durable: changed only by records that the store has.
        #[derive(Clone, Debug, Default)]
        pub struct Book {
            $(pub(super) $field: Table<$key, $entity>,)*
        }

        /// Copies of the entities that a batch touched.
        #[derive(Debug, Default)]
        pub struct Touched {
            $($field: Copies<$entity>,)*
        }

        impl Touched {
            /// Makes the batch part of the durable state, once the store has it.
            pub fn merge_into(&mut self, book: &mut Book) {
                $(self.$field.merge_into(book);)*
            }

            /// Drops the batch.
            pub fn clear(&mut self) {
                $(self.$field.clear();)*
            }
        }

        $(impl Entity for $entity {
            type Key = $key;
            fn table(book: &Book) -> &Table<$key, Self> {
                &book.$field
            }
            fn table_mut(book: &mut Book) -> &mut Table<$key, Self> {
                &mut book.$field
            }
            fn copies(touched: &Touched) -> &Copies<Self> {
                &touched.$field
            }
            fn copies_mut(touched: &mut Touched) -> &mut Copies<Self> {
                &mut touched.$field
            }
        })*
    };
}

entities! {
    heads: () => BookHead,
    parties: PartyId => Party,
    campaigns: CampaignId => Campaign,
    sellers: (CampaignId, PartyId) => Seller,
    items: (CampaignId, u32) => ItemCount,
    limits: (CampaignId, u32, BuyerId) => BuyerCount,
    orders: OrderId => Order,
    payments: PaymentId => Payment,
    references: (Name, Text) => FirstPayment,
    refunds: RefundId => Refund,
    payouts: PayoutId => Payout,
    unmatched: UnmatchedId => Unmatched,
    known: (IdKind, Uuid) => KnownAt,
    balances: Account => Balance,
}

impl Read for Book {
    fn get<E: Entity>(&self, key: &E::Key) -> Option<&E> {
        E::table(self).get(key)
    }
}

impl State for Book {
    fn edit<E: Entity>(&mut self, key: &E::Key) -> Option<&mut E> {
        E::table_mut(self).get_mut(key)
    }
    fn put<E: Entity>(&mut self, key: E::Key, value: E) {
        E::table_mut(self).put(key, value);
    }
}

/// The book itself, and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct BookHead {
    /// What was set when it was opened.
    pub opened: Arc<BookOpened>,
    /// The last record.
    pub position: Position,
    /// When that was recorded.
    pub at: Time,
    /// The sum of the magnitudes of all postings ever, in minor units: while this is within the limit
    /// of an amount, no balance can be beyond it.
    pub turnover: u128,
}

impl BookHead {
    /// The decimals of the book's currency.
    pub fn decimals(&self) -> Decimals {
        self.opened.currency.decimals
    }

    /// Who runs the book.
    pub fn operator(&self) -> PartyId {
        self.opened.operator
    }
}

/// What a registered party is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartyKind {
    /// A leader, and who recruited her.
    Leader {
        /// One level only.
        upline: Option<PartyId>,
    },
    /// A supplier, and its payment terms in days.
    Supplier {
        /// 0 for none.
        terms_days: u32,
    },
}

/// A leader or supplier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Party {
    /// Where it was registered.
    pub position: Position,
    /// What it is.
    pub kind: PartyKind,
}

/// A campaign that takes orders, or is closed.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Where it was opened.
    pub position: Position,
    /// The leader who opened it.
    pub owner: PartyId,
    /// Who delivers.
    pub supplier: Option<PartyId>,
    /// The supplier's payment terms in days.
    pub supplier_terms_days: u32,
    /// Shared, never changed.
    pub terms: Arc<Terms>,
    /// Place of each sku in the terms' items.
    pub by_sku: Arc<HashMap<Name, u32>>,
    /// Where and when it was closed.
    pub closed: Option<(Position, Time)>,
}

/// A leader who may sell in a campaign.
#[derive(Clone, Debug)]
pub struct Seller {
    /// Where it was allowed.
    pub position: Position,
    /// In place of the campaign's split.
    pub split: Option<Arc<Split>>,
}

/// Counters of an item; they only grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemCount {
    /// Units ever put in stock; none where stock is unlimited.
    pub stocked: Option<u64>,
    /// Units ever reserved by an order.
    pub reserved: u64,
    /// Units ever released again.
    pub released: u64,
}

impl ItemCount {
    /// Units that can still be ordered; none where stock is unlimited.
    pub fn available(&self) -> Option<u64> {
        let taken = self.reserved.saturating_sub(self.released);
        self.stocked.map(|stocked| stocked.saturating_sub(taken))
    }
}

/// Counters of a buyer's units of a limited item; they only grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BuyerCount {
    /// Units ever ordered.
    pub ordered: u64,
    /// Units of them cancelled, expired or refunded.
    pub undone: u64,
}

impl BuyerCount {
    /// Live units.
    pub fn live(&self) -> u64 {
        self.ordered.saturating_sub(self.undone)
    }
}

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
    /// Where it was cancelled.
    pub cancelled: Option<Position>,
    /// Where and when it was settled.
    pub settled: Option<(Position, Time)>,
    /// Where its supplier's terms had run.
    pub matured: Option<Position>,
}

/// A line of an order. Counters grow; what is left is computed.
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
    pub asked: u32,
    /// Units asked for in returns, ever.
    pub asked_return: u32,
    /// Units of `asked` decided: approved, rejected or withdrawn.
    pub answered: u32,
    /// Units of `asked_return` decided.
    pub answered_return: u32,
    /// Refunded units that were never shipped.
    pub refunded_unshipped: u32,
    /// Refunded units that were received.
    pub refunded_received: u32,
    /// Refunded units that were on their way: need not be received any more.
    pub refunded_under_way: u32,
    /// Of one unit.
    pub price: Money,
    /// price x quantity.
    pub list: Money,
    /// The line's part of the discount.
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
    /// The order it named.
    pub order: OrderId,
    /// Whether it paid that order; else it went to suspense.
    pub fits: bool,
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

/// The payment that first carried a channel's reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstPayment(pub PaymentId);

word! {
    /// How far a refund is.
    RefundStatus {
        /// Asked for.
        Requested = 0 "requested",
        /// Owed.
        Approved = 1 "approved",
        /// Rejected.
        Rejected = 2 "rejected",
        /// Taken back, or overtaken by the order's cancellation.
        Withdrawn = 3 "withdrawn",
        /// Paid whole.
        Paid = 4 "paid",
    }
}

/// A refund.
#[derive(Clone, PartialEq, Debug)]
pub struct Refund {
    /// Where it was asked for.
    pub position: Position,
    /// Who asked.
    pub asked_by: Actor,
    /// Set where the book opened it itself.
    pub cause: Option<RefundCause>,
    /// Of this order.
    pub order: OrderId,
    /// What it is.
    pub kind: RefundKind,
    /// Line (place in the order) and units.
    pub lines: Vec<(u32, u32)>,
    /// Claimed return shipping; granted once approved.
    pub return_shipping: Money,
    /// How far it is.
    pub status: RefundStatus,
    /// Where it was approved, rejected or withdrawn.
    pub decided: Option<Position>,
    /// Money may be paid before the goods are back.
    pub waived: bool,
    /// Where the goods came back.
    pub returned: Option<Position>,
    /// All that is owed for it.
    pub due: Money,
    /// Of it, paid.
    pub paid: Money,
    /// Its payments.
    pub payments: Vec<(RefundPaymentId, By, Money)>,
}

impl Refund {
    /// Whether its goods are awaited.
    pub fn awaits_goods(&self) -> bool {
        matches!(self.kind, RefundKind::Return | RefundKind::Exchange)
            && self.status == RefundStatus::Approved
            && !self.waived
            && self.returned.is_none()
    }
}

word! {
    /// How far a payout is.
    PayoutStatus {
        /// Asked for; the money is in transit.
        Requested = 0 "requested",
        /// Paid.
        Paid = 1 "paid",
        /// Failed; the money is available again.
        Failed = 2 "failed",
    }
}

/// A payout.
#[derive(Clone, PartialEq, Debug)]
pub struct Payout {
    /// Where it was asked for.
    pub position: Position,
    /// Who asked.
    pub asked_by: Actor,
    /// To whom.
    pub party: PartyId,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: PayoutStatus,
    /// Where it was paid or failed.
    pub decided: Option<Position>,
}

/// Money in or out that nothing explains yet.
#[derive(Clone, PartialEq, Debug)]
pub struct Unmatched {
    /// Where it was recorded.
    pub position: Position,
    /// Where the money is.
    pub channel: Name,
    /// In positive, out negative.
    pub amount: Money,
}

word! {
    /// Kinds of ids that are only remembered.
    IdKind {
        /// An addition to stock.
        Addition = 0 "addition",
        /// A parcel.
        Parcel = 1 "parcel",
        /// An arrival.
        Arrival = 2 "arrival",
        /// A receipt.
        Receipt = 3 "receipt",
        /// A handover.
        Handover = 4 "handover",
        /// A payment of refund money.
        RefundPayment = 5 "refund_payment",
        /// A cost.
        Cost = 6 "cost",
        /// An adjustment.
        Adjustment = 7 "adjustment",
    }
}

/// Where an id was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownAt(pub Position);

/// An account's balance, debits positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance(pub Money);

impl Campaign {
    /// The split that a line follows.
    pub fn split<'a>(
        &'a self,
        item: u32,
        source: SplitSource,
        seller: Option<&'a Seller>,
    ) -> &'a Split {
        let own = match source {
            SplitSource::Campaign => None,
            SplitSource::Seller => seller.and_then(|seller| seller.split.as_deref()),
            SplitSource::Item => self.item(item).and_then(|item| item.split.as_ref()),
        };
        own.unwrap_or(&self.terms.split)
    }

    /// An item by its place.
    pub fn item(&self, item: u32) -> Option<&crate::event::Item> {
        self.terms.items.get(usize::try_from(item).ok()?)
    }

    /// Which roles are filled in an order with or without an upline.
    pub fn filled(&self, upline: Option<PartyId>) -> Filled {
        Filled { supplier: self.supplier.is_some(), upline: upline.is_some() }
    }
}
