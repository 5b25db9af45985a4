//! The book itself, parties, campaigns, and the counters of their items.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::event::{BookOpened, SplitSource, Terms};
use crate::id::{OrderId, PartyId, RefundId};
use crate::money::{Decimals, Filled, Money, Split};
use crate::record::Position;
use crate::text::{Name, word};
use crate::time::Time;

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
    /// The end of the last sealed period, included in it.
    pub sealed_through: Option<Time>,
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

/// A period that was sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seal {
    /// Where.
    pub position: Position,
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

/// A campaign, from presale or opening to its end.
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
    /// Whether it was closed formed; false while it isn't closed.
    pub closed_formed: bool,
    /// The price that each item with tiers closed at, by the item's place.
    pub locked: Arc<HashMap<u32, Money>>,
    /// Where it was declared formed.
    pub declared: Option<Position>,
    /// How its presale was decided.
    pub presale_decided: Option<Decided>,
    /// Where and when it was cancelled.
    pub cancelled: Option<(Position, Time)>,
}

/// How a presale was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decided {
    /// Where and when.
    pub when: (Position, Time),
    /// Open; else dropped.
    pub open: bool,
}

word! {
    /// How far a campaign is. `domain.md` §5.
    CampaignStatus {
        /// Collects interest.
        Presale = 0 "presale",
        /// Too little interest.
        Dropped = 1 "dropped",
        /// Takes orders in its window.
        Open = 2 "open",
        /// Takes no more orders; its minimum was reached.
        ClosedFormed = 3 "closed_formed",
        /// Closed unformed or cancelled, and paid orders are left to refund.
        Refunding = 4 "refunding",
        /// Closed unformed, nothing left to refund.
        Failed = 5 "failed",
        /// Cancelled, nothing left to refund.
        Cancelled = 6 "cancelled",
        /// Closed formed, and all its orders are settled, expired or were cancelled unpaid.
        Settled = 7 "settled",
    }
}

/// Counters of a campaign; they only grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CampaignCount {
    /// Buyers who expressed interest.
    pub interested: u64,
    /// Orders ever placed.
    pub placed: u64,
    /// Of them expired, or cancelled before they were paid.
    pub void: u64,
    /// Of them settled.
    pub settled: u64,
    /// Times that an order came to have paid units.
    pub orders_paid: u64,
    /// Times that an order had none left.
    pub orders_refunded: u64,
    /// Units ever paid.
    pub units_paid: u64,
    /// Of them refunded, whoever bears it.
    pub units_refunded: u64,
    /// Times that a buyer came to have paid units; counted where there is a formation.
    pub buyers_joined: u64,
    /// Times that a buyer had none left.
    pub buyers_left: u64,
    /// Refunds ever asked for.
    pub requests: u64,
    /// The first order of which something was shipped, or arrived.
    pub shipped: Option<OrderId>,
}

impl CampaignCount {
    /// Paid orders that have units left.
    pub fn paid_orders(&self) -> u64 {
        self.orders_paid.saturating_sub(self.orders_refunded)
    }

    /// Units of paid orders, less refunded ones.
    pub fn units(&self) -> u64 {
        self.units_paid.saturating_sub(self.units_refunded)
    }

    /// Distinct buyers of such units; counted where there is a formation.
    pub fn buyers(&self) -> u64 {
        self.buyers_joined.saturating_sub(self.buyers_left)
    }

    /// Orders that are neither settled nor void.
    pub fn waiting(&self) -> u64 {
        self.placed.saturating_sub(self.void).saturating_sub(self.settled)
    }
}

/// Counters of a buyer's paid units in a campaign; they only grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Member {
    /// Units ever paid.
    pub paid: u64,
    /// Of them refunded.
    pub refunded: u64,
}

impl Member {
    /// Units left.
    pub fn units(&self) -> u64 {
        self.paid.saturating_sub(self.refunded)
    }
}

/// Where a buyer expressed interest in a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interest(pub Position);

/// A refund that was asked for in a campaign, by its number there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked(pub RefundId);

/// A leader who may sell in a campaign.
#[derive(Clone, Debug)]
pub struct Seller {
    /// Where it was allowed.
    pub position: Position,
    /// In place of the campaign's split.
    pub split: Option<Arc<Split>>,
}

/// Counters of an item. They grow; only an approval that is undone takes its units out of `undone` and
/// `refunded` again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemCount {
    /// Units ever put in stock; none where stock is unlimited.
    pub stocked: Option<u64>,
    /// Units ever reserved by an order.
    pub reserved: u64,
    /// Units ever released again.
    pub released: u64,
    /// Units that are live no more: cancelled, expired or refunded, shipped or not.
    pub undone: u64,
    /// Units ever paid.
    pub paid: u64,
    /// Of them refunded.
    pub refunded: u64,
}

impl ItemCount {
    /// The counters of an item that nobody ordered yet.
    pub fn new(stocked: Option<u64>) -> Self {
        Self { stocked, reserved: 0, released: 0, undone: 0, paid: 0, refunded: 0 }
    }

    /// Live units: placed, and neither cancelled, expired nor refunded. `domain.md` §11 *Live*.
    pub fn live(&self) -> u64 {
        self.reserved.saturating_sub(self.undone)
    }

    /// Units paid and not refunded: what locks a price tier. `domain.md` §3.4.
    pub fn kept(&self) -> u64 {
        self.paid.saturating_sub(self.refunded)
    }

    /// Units that can still be ordered; none where stock is unlimited.
    pub fn available(&self) -> Option<u64> {
        let taken = self.reserved.saturating_sub(self.released);
        self.stocked.map(|stocked| stocked.saturating_sub(taken))
    }
}

/// Counters of a buyer's units of a limited item; they only grow, but for an approval that is undone.
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
