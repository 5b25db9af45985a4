//! The model's entities: plain facts, nothing derived that can be counted again.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::command::{RefundKind, Way};
use tuanzhang_core::{
    BookId, BuyerId, CampaignId, OrderId, PartyId, PayoutId, RefundId, Role, Time,
};
use uuid::Uuid;

use super::order::Purpose;

/// What `open_book` fixed.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) id: BookId,
    pub(crate) decimals: u8,
    pub(crate) operator: PartyId,
    pub(crate) fee_borne_by: Role,
    pub(crate) channel_refunds: i128,
    pub(crate) channel_days: i64,
}

/// A registered party.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    Leader { upline: Option<PartyId> },
    Supplier { terms_days: i64 },
}

/// What a share takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Take {
    /// Millionths of the value.
    Rate(i128),
    /// Minor units for each remaining unit.
    PerUnit(i128),
    SupplyPrice,
    /// Millionths of the seller's shares.
    RateOfSeller(i128),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Split {
    pub(crate) shares: Vec<(Role, Take)>,
    pub(crate) remainder: Role,
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) sku: String,
    pub(crate) price: i128,
    pub(crate) supply_price: Option<i128>,
    /// At the start; additions are counted apart.
    pub(crate) stock: Option<i128>,
    pub(crate) added: i128,
    pub(crate) limit_per_buyer: Option<i128>,
    /// From so many units on, the price; rising, falling.
    pub(crate) tiers: Vec<(i128, i128)>,
    pub(crate) split: Option<Split>,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "plain facts, each true or not")]
pub(crate) struct Campaign {
    pub(crate) id: CampaignId,
    pub(crate) owner: PartyId,
    pub(crate) supplier: Option<PartyId>,
    pub(crate) items: Vec<Item>,
    pub(crate) opens_at: Time,
    pub(crate) closes_at: Time,
    pub(crate) closed: bool,
    /// Set when it is closed.
    pub(crate) closed_formed: bool,
    /// Prices of items with tiers, when it closes formed.
    pub(crate) locked: BTreeMap<String, i128>,
    pub(crate) cancelled: bool,
    /// Least buyers, least units.
    pub(crate) formation: Option<(Option<i128>, Option<i128>)>,
    pub(crate) declared: bool,
    /// Least interest, and when it is decided.
    pub(crate) presale: Option<(i128, Time)>,
    /// Set when it is decided.
    pub(crate) presale_open: Option<bool>,
    pub(crate) interested: BTreeSet<BuyerId>,
    pub(crate) pay_within_minutes: i64,
    pub(crate) split: Split,
    pub(crate) sellers: BTreeMap<PartyId, Option<Split>>,
    pub(crate) shipping_fee: i128,
    pub(crate) free_from: Option<i128>,
    pub(crate) shipping_to: Role,
    pub(crate) ways: Vec<Way>,
    pub(crate) return_cap: i128,
    pub(crate) return_borne_by: Role,
    pub(crate) after_sales_days: i64,
    pub(crate) return_within_days: i64,
    pub(crate) auto_receive_days: i64,
}

/// One line of an order. Units only grow; the rest is counted from them.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) quantity: i128,
    /// Of a unit, as it was charged, or adjusted.
    pub(crate) price: i128,
    pub(crate) list: i128,
    /// List less this line's part of the discount.
    pub(crate) paid: i128,
    pub(crate) adjusted: Option<Adjusted>,
    pub(crate) supply_price: i128,
    pub(crate) split: Split,
    pub(crate) shipped: i128,
    pub(crate) received: i128,
    pub(crate) refunded_unshipped: i128,
    pub(crate) refunded_underway: i128,
    pub(crate) refunded_received: i128,
    /// Units whose replacement was owed, and that were refunded instead.
    pub(crate) refunded_owed: i128,
    /// Units that an approved exchange took: from the buyer, from those under way.
    pub(crate) exchanged_received: i128,
    pub(crate) exchanged_underway: i128,
    /// Of them those whose goods are back, or needn't come.
    pub(crate) exchanged_back: i128,
    /// Replacements sent.
    pub(crate) replaced: i128,
    /// Of what was paid, and of the list amount, refunded at this moment; since the adjustment if there was
    /// one.
    pub(crate) refunded_paid: i128,
    pub(crate) refunded_list: i128,
    /// What is still split, and over how many units: goodwill units stay in.
    pub(crate) value: i128,
    pub(crate) units_in_split: i128,
    /// What each role has of the value.
    pub(crate) parts: BTreeMap<Role, i128>,
}

/// What a price adjustment left of a line: 3.3 counts with it from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adjusted {
    pub(crate) paid: i128,
    pub(crate) list: i128,
    pub(crate) units: i128,
    /// Units returned before.
    pub(crate) returned: i128,
}

/// How an order was paid. One that owes nothing has no channel.
#[derive(Clone, Debug)]
pub(crate) struct Paid {
    pub(crate) channel: Option<String>,
    pub(crate) amount: i128,
    pub(crate) fee: i128,
    pub(crate) happened_at: Time,
    pub(crate) refunds: i128,
    pub(crate) refunded: i128,
    pub(crate) fee_returned: i128,
    /// It came out of suspense: its fee was the operator's expense when it arrived.
    pub(crate) fee_by_operator: bool,
}

/// Money that arrived or left: a payment, or what nothing explained.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) channel: String,
    /// In positive, out negative.
    pub(crate) amount: i128,
    pub(crate) fee: i128,
    pub(crate) happened_at: Time,
    pub(crate) is_payment: bool,
    pub(crate) suspended: bool,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "plain facts, each true or not")]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) campaign: CampaignId,
    pub(crate) supplier: Option<PartyId>,
    pub(crate) owner: PartyId,
    pub(crate) seller: PartyId,
    pub(crate) upline: Option<PartyId>,
    pub(crate) operator: PartyId,
    /// Days that the supplier's money waits after settlement.
    pub(crate) terms_days: i64,
    pub(crate) buyer: Option<BuyerId>,
    pub(crate) way: Way,
    pub(crate) digest: Option<String>,
    pub(crate) lines: Vec<Line>,
    /// The role that funds the discount; none where there is no discount or all share it.
    pub(crate) funder: Option<Role>,
    pub(crate) discount: i128,
    pub(crate) shipping_fee: i128,
    pub(crate) shipping_to: Role,
    pub(crate) shipping_returned: bool,
    pub(crate) paid: Option<Paid>,
    pub(crate) cancelled: bool,
    pub(crate) placed_at: Time,
    pub(crate) expired: bool,
    pub(crate) last_shipped_at: Option<Time>,
    pub(crate) last_received_at: Option<Time>,
    pub(crate) settled_at: Option<Time>,
    pub(crate) matured: bool,
    /// All that this order posted to `pending`, `term` and `available`, debits positive.
    pub(crate) buckets: BTreeMap<String, i128>,
    /// All that it posted to a party's `pending` and `term`, the shipping fee apart: an amount each.
    pub(crate) held: BTreeMap<(String, bool), i128>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RefundStatus {
    Requested,
    Approved,
    Rejected,
    Withdrawn,
    Paid,
    Lapsed,
}

/// Who bears the goods amount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bearing {
    Reverse,
    Goodwill(Role),
}

#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) order: OrderId,
    /// What the book opened it for itself: `cancelled`, `unformed`, `price/SKU`; none where somebody asked.
    pub(crate) opened_for: Option<String>,
    pub(crate) kind: RefundKind,
    pub(crate) lines: Vec<(String, i128)>,
    pub(crate) asked_by: Option<Uuid>,
    pub(crate) claimed: i128,
    /// Of a compensation.
    pub(crate) amount: Option<i128>,
    pub(crate) status: RefundStatus,
    pub(crate) approved_at: Option<Time>,
    /// What the approval did, so that it can be undone.
    pub(crate) taken: Option<Taken>,
    pub(crate) waived: bool,
    pub(crate) returned: bool,
    pub(crate) owed: i128,
    pub(crate) paid: i128,
}

/// What an approval did to its order.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The order's lines before it and after it.
    pub(crate) before: Vec<Line>,
    pub(crate) after: Vec<Line>,
    /// Who was debited for what.
    pub(crate) debits: Vec<(Role, Purpose, i128)>,
    pub(crate) with_fee: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PayoutStatus {
    Requested,
    Paid,
    Failed,
}

#[derive(Clone, Debug)]
pub(crate) struct Payout {
    pub(crate) id: PayoutId,
    pub(crate) party: PartyId,
    pub(crate) amount: i128,
    pub(crate) status: PayoutStatus,
}

/// What an accepted command changes: whole entities to put, and postings.
#[derive(Default, Debug)]
pub(crate) struct Change {
    pub(crate) postings: Vec<(String, i128)>,
    /// What was posted for roles of an order.
    pub(crate) debits: Vec<(Role, Purpose, i128)>,
    pub(crate) also_known_as: Vec<String>,
    pub(crate) book: Option<Book>,
    pub(crate) party: Option<(PartyId, Party)>,
    pub(crate) reference: Option<(String, String)>,
    pub(crate) campaign: Option<Campaign>,
    pub(crate) order: Option<Order>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) payout: Option<Payout>,
    pub(crate) arrived: Option<(Uuid, Arrived)>,
    pub(crate) sealed: Option<Time>,
}

impl Change {
    /// Posts an amount, debit positive.
    pub(crate) fn post(&mut self, account: impl Into<String>, amount: i128) {
        self.postings.push((account.into(), amount));
    }
}

impl Line {
    pub(crate) fn refunded(&self) -> i128 {
        self.refunded_unshipped
            + self.refunded_underway
            + self.refunded_received
            + self.refunded_owed
    }

    /// Units that are neither refunded nor gone.
    pub(crate) fn left(&self) -> i128 {
        self.quantity - self.refunded()
    }

    pub(crate) fn unshipped(&self) -> i128 {
        self.quantity - self.shipped - self.refunded_unshipped
    }

    /// Shipped (or waiting at the pick-up point), not received, not refunded.
    pub(crate) fn underway(&self) -> i128 {
        self.shipped + self.replaced
            - self.received
            - self.refunded_underway
            - self.exchanged_underway
    }

    /// Exchanged units whose replacement was not sent.
    pub(crate) fn owed(&self) -> i128 {
        self.exchanged_received + self.exchanged_underway - self.replaced - self.refunded_owed
    }

    /// Of them those whose replacement may be sent.
    pub(crate) fn replaceable(&self) -> i128 {
        (self.exchanged_back - self.replaced - self.refunded_owed).max(0)
    }

    pub(crate) fn in_hand(&self) -> i128 {
        self.received - self.refunded_received - self.exchanged_received
    }
}

impl Order {
    /// Who fills a role; what never changes once the order is placed.
    pub(crate) fn party(&self, role: Role) -> Option<PartyId> {
        match role {
            Role::Supplier => self.supplier,
            Role::Owner => Some(self.owner),
            Role::Seller => Some(self.seller),
            Role::Upline => self.upline,
            Role::Operator => Some(self.operator),
        }
    }

    /// Cancelled before it was paid, or expired: its units are gone without a refund.
    pub(crate) fn is_void(&self) -> bool {
        (self.cancelled || self.expired) && self.paid.is_none()
    }

    pub(crate) fn line(&self, sku: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.sku == sku)
    }

    pub(crate) fn anything_shipped(&self) -> bool {
        self.lines.iter().any(|line| line.shipped > 0)
    }

    pub(crate) fn units_left(&self) -> i128 {
        self.lines.iter().map(Line::left).sum()
    }

    /// Units left that the buyer does not have.
    pub(crate) fn units_not_received(&self) -> i128 {
        self.lines.iter().map(|line| line.unshipped() + line.underway() + line.owed()).sum()
    }
}
