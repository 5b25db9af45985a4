//! Sales: GMV placed and paid, refunds, net, buyers; of the whole, by day, month, campaign and leader.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::definition::{
    ANONYMOUS_ORDERS, ANONYMOUS_PAID, AVERAGE_PER_BUYER, AVERAGE_PER_ORDER, BUYERS, BY_CAMPAIGN,
    BY_DAY, BY_LEADER, BY_MONTH, CAMPAIGN, DAY, GMV_PAID, GMV_PLACED, LEADER, MONTH, NET_OF_ORDERS,
    NET_SALES, PAID_ORDERS, PLACED_ORDERS, REFUND_EXTRAS, REFUNDED, REFUNDED_OF_ORDERS, REFUNDS,
    REPEAT_BUYERS, REPEAT_RATE, SALES_TABLE, TITLE, UNITS,
};
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
use crate::facts::{Index, Order};
use crate::table::{Column, Table, Value};
use crate::view::View;

/// Sums and counts of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sales {
    pub(crate) placed_orders: u64,
    pub(crate) gmv_placed: Total,
    pub(crate) paid_orders: u64,
    pub(crate) anonymous_orders: u64,
    pub(crate) gmv_paid: Total,
    pub(crate) anonymous_paid: Total,
    pub(crate) refunds: u64,
    pub(crate) refunded: Total,
    pub(crate) refund_extras: Total,
    /// Refunds of the orders paid in the scope, whenever they were approved.
    pub(crate) refunded_of_orders: Total,
    /// Paid less refunded ones.
    pub(crate) units: i64,
    pub(crate) buyers: u64,
    pub(crate) repeat_buyers: u64,
}

impl Sales {
    pub(crate) fn net(&self) -> Total {
        self.gmv_paid.minus(self.refunded)
    }
}

/// In which scope something that happened to an order on a day is counted.
pub(crate) trait Scope<K>: Fn(&Order, Day) -> K {}
impl<K, F: Fn(&Order, Day) -> K> Scope<K> for F {}

/// The sales of each scope in which something happened in the window.
pub(crate) fn by<K: Ord + Copy>(view: &View<'_>, scope: impl Scope<K>) -> BTreeMap<K, Sales> {
    let mut sums: BTreeMap<K, Sales> = BTreeMap::new();
    let mut buyers: Vec<(K, Index)> = Vec::new();
    for order in view.orders() {
        if view.window.has(order.placed_day) && order.placed_day <= view.as_of {
            let sales = sums.entry(scope(order, order.placed_day)).or_default();
            sales.placed_orders = sales.placed_orders.saturating_add(1);
            sales.gmv_placed.add_minor(order.placed);
        }
        let Some(paid) = order.paid.filter(|paid| view.window.has(paid.day)) else { continue };
        if paid.day > view.as_of {
            continue;
        }
        let key = scope(order, paid.day);
        let sales = sums.entry(key).or_default();
        sales.paid_orders = sales.paid_orders.saturating_add(1);
        sales.gmv_paid.add_minor(paid.amount);
        let units = view.lines(order).iter().map(|line| i64::from(line.units));
        sales.units = units.fold(sales.units, i64::saturating_add);
        if let Some(buyer) = order.buyer {
            buyers.push((key, buyer));
        } else {
            sales.anonymous_orders = sales.anonymous_orders.saturating_add(1);
            sales.anonymous_paid.add_minor(paid.amount);
        }
    }
    for (refund, order) in view.refunds() {
        if view.window.has(refund.day) {
            let sales = sums.entry(scope(order, refund.day)).or_default();
            let units = view.facts.orders.refund_lines(refund).iter().map(|line| line.units);
            sales.units = units.fold(sales.units, i64::saturating_sub);
            sales.refunds = sales.refunds.saturating_add(u64::from(!refund.undone));
            sales.refunded.add_minor(refund.sales());
            sales.refund_extras.add_minor(refund.return_shipping);
            sales.refund_extras.add_minor(refund.compensation);
        }
        if let Some(paid) = order.paid.filter(|paid| view.window.has(paid.day)) {
            let sales = sums.entry(scope(order, paid.day)).or_default();
            sales.refunded_of_orders.add_minor(refund.sales());
        }
    }
    buyers.sort_unstable();
    for orders in buyers.chunk_by(|a, b| a == b) {
        let Some(sales) = orders.first().and_then(|(key, _)| sums.get_mut(key)) else { continue };
        sales.buyers = sales.buyers.saturating_add(1);
        sales.repeat_buyers = sales.repeat_buyers.saturating_add(u64::from(orders.len() > 1));
    }
    sums
}

/// The sales of the whole window.
pub(crate) fn whole(view: &View<'_>) -> Sales {
    by(view, |_, _| ()).remove(&()).unwrap_or_default()
}

/// The figures of a scope, in the order in which they are printed.
pub(crate) fn figures(sales: &Sales) -> Vec<(Column, Value)> {
    vec![
        (GMV_PAID, Value::Money(sales.gmv_paid)),
        (REFUNDED, Value::Money(sales.refunded)),
        (NET_SALES, Value::Money(sales.net())),
        (PAID_ORDERS, Value::count(sales.paid_orders)),
        (BUYERS, Value::count(sales.buyers)),
        (AVERAGE_PER_ORDER, Value::Average(Ratio::of_money(sales.gmv_paid, sales.paid_orders))),
        (AVERAGE_PER_BUYER, Value::Average(Ratio::of_money(sales.gmv_paid, sales.buyers))),
        (REPEAT_BUYERS, Value::count(sales.repeat_buyers)),
        (REPEAT_RATE, Value::Share(Ratio::of_counts(sales.repeat_buyers, sales.buyers))),
        (UNITS, Value::Count(sales.units)),
        (REFUNDS, Value::count(sales.refunds)),
        (REFUND_EXTRAS, Value::Money(sales.refund_extras)),
        (GMV_PLACED, Value::Money(sales.gmv_placed)),
        (PLACED_ORDERS, Value::count(sales.placed_orders)),
        (ANONYMOUS_ORDERS, Value::count(sales.anonymous_orders)),
        (ANONYMOUS_PAID, Value::Money(sales.anonymous_paid)),
    ]
}

/// Refunds back to the day of the order, for a cohort's view of net sales.
fn of_orders(sales: &Sales) -> Vec<(Column, Value)> {
    vec![
        (REFUNDED_OF_ORDERS, Value::Money(sales.refunded_of_orders)),
        (NET_OF_ORDERS, Value::Money(sales.gmv_paid.minus(sales.refunded_of_orders))),
    ]
}

/// The whole as a table.
pub(crate) fn whole_table(view: &View<'_>) -> Table {
    Table::one(SALES_TABLE, figures(&whole(view)))
}

/// The whole, and by day, month, campaign and leader.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let by_day = by(view, |_, day| day).into_iter();
    let by_month = by(view, |_, day| day.month()).into_iter();
    let by_campaign = ranked(by(view, |order, _| order.campaign)).into_iter();
    let by_leader = ranked(by(view, |order, _| order.seller)).into_iter();
    vec![
        whole_table(view),
        grouped(
            Table::many(BY_DAY, vec![DAY], vec![]),
            by_day.map(|(day, sales)| (vec![Value::text(day)], sales)),
        ),
        grouped(
            Table::many(BY_MONTH, vec![MONTH], vec![]),
            by_month.map(|(month, sales)| (vec![Value::text(month)], sales)),
        ),
        grouped(
            Table::many(BY_CAMPAIGN, vec![CAMPAIGN, TITLE], vec![]),
            by_campaign.map(|(key, sales)| (campaign(view, key).to_vec(), sales)),
        ),
        grouped(
            Table::many(BY_LEADER, vec![LEADER], vec![]),
            by_leader.map(|(key, sales)| (vec![leader(view, key)], sales)),
        ),
    ]
}

/// Id and title of a campaign.
pub(crate) fn campaign(view: &View<'_>, place: Index) -> [Value; 2] {
    let known = view.facts.shop.campaign(place);
    [Value::maybe(known.map(|known| known.id)), Value::maybe(known.map(|known| &known.title))]
}

/// A party's id.
pub(crate) fn leader(view: &View<'_>, place: Index) -> Value {
    Value::maybe(view.facts.shop.party(Some(place)))
}

/// By net sales falling, then in the order in which they were first seen.
fn ranked(sums: BTreeMap<Index, Sales>) -> Vec<(Index, Sales)> {
    let mut all: Vec<_> = sums.into_iter().collect();
    all.sort_by_key(|(_, sales)| std::cmp::Reverse(sales.net()));
    all
}

/// Adds the figures of each row behind what names it.
fn grouped(mut table: Table, rows: impl Iterator<Item = (Vec<Value>, Sales)>) -> Table {
    let all = |sales: &Sales| figures(sales).into_iter().chain(of_orders(sales));
    table.columns.extend(all(&Sales::default()).map(|(column, _)| column));
    table.rows = rows
        .map(|(named, sales)| {
            named.into_iter().chain(all(&sales).map(|(_, value)| value)).collect()
        })
        .collect();
    table
}
