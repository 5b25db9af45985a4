//! All families folded at once, and their figures side by side.

use tuanzhang_core::{Event, Head};

use crate::buyers::{Buyers, PayingBuyers};
use crate::exact::Ratio;
use crate::orders::{Fact, Orders};
use crate::projection::Projection;
use crate::sales::{Sales, SalesFigures};
use crate::scope::{Scope, Zone};

/// The figures of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What they are about.
    pub scope: Scope,
    /// Sums and counts of orders.
    pub sales: SalesFigures,
    /// Distinct buyers.
    pub buyers: PayingBuyers,
}

impl Row {
    /// 笔单价: GMV paid / paid orders.
    pub fn average_per_order(&self) -> Ratio {
        Ratio::of_money(self.sales.gmv_paid, self.sales.paid_orders)
    }

    /// 客单价: GMV paid / distinct paying buyers.
    pub fn average_per_buyer(&self) -> Ratio {
        Ratio::of_money(self.sales.gmv_paid, self.buyers.buyers)
    }

    /// 复购率: buyers with at least two paid orders / paying buyers.
    pub fn repeat_rate(&self) -> Ratio {
        Ratio::of_counts(self.buyers.repeat_buyers, self.buyers.buyers)
    }
}

/// Every figure of a book: a fold of its events. Months are those of the zone that it was made with.
#[derive(Clone, Debug)]
pub struct Report<Z> {
    zone: Z,
    orders: Orders,
    sales: Sales,
    buyers: Buyers,
}

impl<Z: Zone> Report<Z> {
    /// A report of nothing yet, with months of this zone.
    pub fn new(zone: Z) -> Self {
        Self { zone, orders: Orders::default(), sales: Sales::default(), buyers: Buyers::default() }
    }

    /// The figures of a scope; zeros where nothing happened.
    pub fn row(&self, scope: Scope) -> Row {
        Row { scope, sales: self.sales.of(scope), buyers: self.buyers.of(scope) }
    }

    /// The figures of every month in which something happened, ascending.
    pub fn months(&self) -> Vec<Row> {
        self.rows(|scope| matches!(scope, Scope::Month(_)))
    }

    /// The figures of every leader with an order: by net sales falling, then by id.
    pub fn leaders(&self) -> Vec<Row> {
        let mut rows = self.rows(|scope| matches!(scope, Scope::Leader(_)));
        rows.sort_by_key(|row| (std::cmp::Reverse(row.sales.net()), row.scope));
        rows
    }

    fn rows(&self, wanted: fn(&Scope) -> bool) -> Vec<Row> {
        self.sales.scopes().filter(wanted).map(|scope| self.row(scope)).collect()
    }
}

impl<Z: Zone> Projection for Report<Z> {
    fn apply(&mut self, head: &Head, event: &Event) {
        let Some(fact) = self.orders.fact(event) else { return };
        let sale = match fact {
            Fact::Placed(sale)
            | Fact::Paid(sale)
            | Fact::Refunded { sale, .. }
            | Fact::Reopened { sale, .. } => sale,
        };
        let month = Scope::Month(self.zone.month(head.at));
        let scopes = [Scope::Book, month, Scope::Leader(sale.seller)];
        self.sales.take(&scopes, &fact);
        self.buyers.take(&scopes, &fact);
    }
}
