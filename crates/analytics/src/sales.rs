//! Sales: GMV placed and paid, refunds, net; by scope. About 120 bytes a scope.

use std::collections::BTreeMap;

use crate::exact::Total;
use crate::orders::Fact;
use crate::scope::Scope;

/// Sums and counts of one scope. Counts only grow; what was refunded falls when an approval is undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SalesFigures {
    /// Orders placed.
    pub placed_orders: u64,
    /// Their list minus discount, plus shipping.
    pub gmv_placed: Total,
    /// Orders paid.
    pub paid_orders: u64,
    /// Of them without a buyer.
    pub anonymous_orders: u64,
    /// Their list minus discount, plus shipping.
    pub gmv_paid: Total,
    /// Of it, by orders without a buyer.
    pub anonymous_paid: Total,
    /// Refunds approved, also those that lapsed or were withdrawn later.
    pub refunds: u64,
    /// Goods and shipping fees that went back.
    pub refunded: Total,
    /// Return shipping and compensation granted on top.
    pub refund_extras: Total,
}

impl SalesFigures {
    /// What is left of the sales.
    pub const fn net(&self) -> Total {
        self.gmv_paid.minus(self.refunded)
    }

    fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::Placed(sale) => {
                self.placed_orders = self.placed_orders.saturating_add(1);
                self.gmv_placed.add(sale.amount);
            }
            Fact::Paid(sale) => {
                self.paid_orders = self.paid_orders.saturating_add(1);
                self.gmv_paid.add(sale.amount);
                if sale.buyer.is_none() {
                    self.anonymous_orders = self.anonymous_orders.saturating_add(1);
                    self.anonymous_paid.add(sale.amount);
                }
            }
            Fact::Refunded { sale: _, sales, extra } => {
                self.refunds = self.refunds.saturating_add(1);
                self.refunded = self.refunded.plus(*sales);
                self.refund_extras = self.refund_extras.plus(*extra);
            }
            Fact::Reopened { sale: _, sales, extra } => {
                self.refunded = self.refunded.minus(*sales);
                self.refund_extras = self.refund_extras.minus(*extra);
            }
        }
    }
}

/// The family of sales figures.
#[derive(Clone, Debug, Default)]
pub struct Sales {
    by_scope: BTreeMap<Scope, SalesFigures>,
}

impl Sales {
    /// Adds a fact to each of these scopes.
    pub fn take(&mut self, scopes: &[Scope], fact: &Fact) {
        for scope in scopes {
            self.by_scope.entry(*scope).or_default().take(fact);
        }
    }

    /// The figures of a scope.
    pub fn of(&self, scope: Scope) -> SalesFigures {
        self.by_scope.get(&scope).copied().unwrap_or_default()
    }

    /// Every scope in which something happened: the book, then months, then leaders, each ascending.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.by_scope.keys().copied()
    }
}
