//! Buyers: how many paid, and how many of them again. Distinct counts are exact: a set for each
//! scope, about 40 bytes a distinct pair of scope and buyer.

use std::collections::{BTreeMap, HashMap};

use tuanzhang_core::BuyerId;

use crate::orders::Fact;
use crate::scope::Scope;

/// Distinct buyers of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PayingBuyers {
    /// With at least one paid order in the scope.
    pub buyers: u64,
    /// With at least two.
    pub repeat_buyers: u64,
}

#[derive(Clone, Debug, Default)]
struct Counted {
    paid_orders: HashMap<BuyerId, u32>,
    figures: PayingBuyers,
}

/// The family of buyer figures.
#[derive(Clone, Debug, Default)]
pub struct Buyers {
    by_scope: BTreeMap<Scope, Counted>,
}

impl Buyers {
    /// Adds a fact to each of these scopes.
    pub fn take(&mut self, scopes: &[Scope], fact: &Fact) {
        let buyer = match fact {
            Fact::Paid(sale) => sale.buyer,
            Fact::Placed(_) | Fact::Refunded { .. } | Fact::Reopened { .. } => None,
        };
        let Some(buyer) = buyer else { return };
        for scope in scopes {
            let counted = self.by_scope.entry(*scope).or_default();
            let orders = counted.paid_orders.entry(buyer).or_default();
            *orders = orders.saturating_add(1);
            let figures = &mut counted.figures;
            match *orders {
                1 => figures.buyers = figures.buyers.saturating_add(1),
                2 => figures.repeat_buyers = figures.repeat_buyers.saturating_add(1),
                _ => (),
            }
        }
    }

    /// The figures of a scope.
    pub fn of(&self, scope: Scope) -> PayingBuyers {
        self.by_scope.get(&scope).map(|counted| counted.figures).unwrap_or_default()
    }
}
