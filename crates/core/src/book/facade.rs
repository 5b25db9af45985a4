use std::collections::BTreeMap;

use super::{
    Balance, Book, BookHead, Campaign, Entity, Order, Party, Payment, Payout, Refund, Seal,
    Unmatched,
};
use crate::accounting::Account;
use crate::id::{CampaignId, OrderId, PartyId, PaymentId, PayoutId, RefundId, UnmatchedId};
use crate::money::Money;
use crate::record::Position;
use crate::time::Time;

macro_rules! listing {
    ($($(#[$meta:meta])* $method:ident $field:ident: $key:ty => $entity:ty,)*) => {
        impl Book {
            $($(#[$meta])*
            pub fn $method(&self) -> impl Iterator<Item = (&$key, &$entity)> {
                self.$field.iter()
            })*
        }
    };
}

listing! {
    /// All leaders and suppliers, in the order in which they were registered.
    parties parties: PartyId => Party,
    /// All campaigns, in the order in which they were opened.
    campaigns campaigns: CampaignId => Campaign,
    /// All orders, in the order in which they were placed.
    orders orders: OrderId => Order,
    /// All refunds, in the order in which they were asked for.
    refunds refunds: RefundId => Refund,
    /// All payments, in the order in which they were recorded.
    payments payments: PaymentId => Payment,
    /// All payouts, in the order in which they were asked for.
    payouts payouts: PayoutId => Payout,
    /// All unmatched money, in the order in which it was recorded.
    unmatched unmatched: UnmatchedId => Unmatched,
    /// All sealed periods by their ends, in the order in which they were sealed.
    seals seals: Time => Seal,
}

impl Book {
    /// The entity of a key: `book.get::<Order>(&id)`.
    pub fn get<E: Entity>(&self, key: &E::Key) -> Option<&E> {
        E::table(self).get(key)
    }

    /// What was set when the book was opened, and where it stands; none before its first record.
    pub fn head(&self) -> Option<&BookHead> {
        self.get(&())
    }

    /// The last record; [`Position::START`] before the first.
    pub fn position(&self) -> Position {
        self.head().map_or(Position::START, |head| head.position)
    }

    /// The balances, by account, debits positive; zeroes left out. Sums to zero.
    pub fn balances(&self) -> BTreeMap<Account, Money> {
        let all = self.balances.iter().filter(|(_, balance)| !balance.0.is_zero());
        all.map(|(account, balance)| (account.clone(), balance.0)).collect()
    }

    /// The balance of an account, debits positive; zero if nothing was ever posted to it.
    pub fn balance(&self, account: &Account) -> Money {
        self.get::<Balance>(account).map_or(Money::ZERO, |balance| balance.0)
    }
}
