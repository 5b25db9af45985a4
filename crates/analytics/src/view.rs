//! Facts as one report sees them: up to its last day, with each buyer's purchases in order.

use tuanzhang_core::BuyerId;

use crate::calendar::{Day, Window};
use crate::facts::{Facts, Index, Line, Order, Refund};
use crate::settings::Settings;

/// A paid order of a known buyer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Purchase {
    pub(crate) buyer: Index,
    pub(crate) at: i64,
    /// Tells apart what was paid in the same instant.
    sequence: (u32, u64),
    pub(crate) day: Day,
    pub(crate) order: Index,
}

/// What the families of figures are asked about.
#[derive(Debug)]
pub(crate) struct View<'f> {
    pub(crate) facts: &'f Facts,
    pub(crate) settings: &'f Settings,
    pub(crate) window: Window,
    /// The last day that is looked at.
    pub(crate) as_of: Day,
    /// Up to that day, by buyer and time.
    purchases: Vec<Purchase>,
}

impl<'f> View<'f> {
    pub(crate) fn new(facts: &'f Facts, settings: &'f Settings) -> Self {
        let window = settings.window;
        let last = facts.last_day().unwrap_or(Day::new(0));
        // A window that still runs is told as of the last day that is known.
        let as_of = window.through.map_or(last, |through| through.min(last));
        let purchases = facts.orders.all().filter_map(|(place, order)| {
            let (buyer, paid) = (order.buyer?, order.paid?);
            let sequence = (order.book, paid.position);
            let purchase = Purchase { buyer, at: paid.at, sequence, day: paid.day, order: place };
            (paid.day <= as_of).then_some(purchase)
        });
        let mut purchases: Vec<_> = purchases.collect();
        purchases.sort_unstable();
        Self { facts, settings, window, as_of, purchases }
    }

    /// Each buyer's purchases up to the last day, in order; never empty.
    pub(crate) fn buyers(&self) -> impl Iterator<Item = &[Purchase]> {
        self.purchases.chunk_by(|a, b| a.buyer == b.buyer)
    }

    /// The first purchase of each buyer.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = &Purchase> {
        self.buyers().filter_map(<[Purchase]>::first)
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = &'f Order> {
        self.facts.orders.all().map(|(_, order)| order)
    }

    pub(crate) fn order(&self, place: Index) -> Option<&'f Order> {
        self.facts.orders.order(place)
    }

    pub(crate) fn lines(&self, order: &Order) -> &'f [Line] {
        self.facts.orders.lines(order)
    }

    /// Approvals and what undid them, with their orders, up to the last day.
    pub(crate) fn refunds(&self) -> impl Iterator<Item = (&'f Refund, &'f Order)> {
        let facts = self.facts;
        let until = self.as_of;
        let all = facts.orders.refunds().iter().filter(move |refund| refund.day <= until);
        all.filter_map(|refund| Some((refund, facts.orders.order(refund.order)?)))
    }

    /// Those of the window's days.
    pub(crate) fn refunds_in_window(&self) -> impl Iterator<Item = (&'f Refund, &'f Order)> {
        self.refunds().filter(|(refund, _)| self.window.has(refund.day))
    }

    pub(crate) fn buyer(&self, place: Index) -> Option<BuyerId> {
        self.facts.orders.buyers.get(place).copied()
    }
}
