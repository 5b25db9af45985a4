//! What a book knows: a deterministic fold of its records. Small entities in tables, nothing removed.
//!
//! `decide` and `apply` exist once, over [`Read`] and [`State`]; the durable [`Book`] implements them,
//! and so does the [`Overlay`](super::Overlay) over it.

use std::hash::Hash;

use uuid::Uuid;

use super::overlay::Copies;
use super::table::Table;
use super::{
    Asked, Balance, BookHead, BuyerCount, Campaign, CampaignCount, FirstPayment, IdKind, Interest,
    ItemCount, KnownAt, Member, Order, Party, Payment, Payout, Refund, Seal, Seller, Unmatched,
};
use crate::accounting::Account;
use crate::id::{
    BuyerId, CampaignId, OrderId, PartyId, PaymentId, PayoutId, RefundId, UnmatchedId,
};
use crate::text::{Name, Text};
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
    seals: Time => Seal,
    counts: CampaignId => CampaignCount,
    members: (CampaignId, BuyerId) => Member,
    interests: (CampaignId, BuyerId) => Interest,
    asked: (CampaignId, u64) => Asked,
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
