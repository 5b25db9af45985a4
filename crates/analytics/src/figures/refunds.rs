//! Refund rates, and what return shipping costs whom.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::Role;

use super::sales::campaign;
use crate::definition::{
    CAMPAIGN, COMPENSATION, ITEM, PARTY, REFUND_RATE_AMOUNT, REFUND_RATE_ORDERS, REFUND_RATE_UNITS,
    REFUND_RATES, RETURN_SHIPPING, RETURN_SHIPPING_PER_100_ORDERS, RETURNS_BY_BEARER,
    RETURNS_BY_ITEM, RETURNS_REIMBURSED, ROLE, SKU, TITLE,
};
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
use crate::facts::Index;
use crate::table::{Column, Table, Value};
use crate::view::View;

/// What became of the orders paid in the window.
#[derive(Clone, Copy, Default)]
struct Fate {
    orders: u64,
    orders_refunded: u64,
    units: u64,
    units_refunded: u64,
    paid: Total,
    refunded: Total,
}

fn fate(view: &View<'_>) -> Fate {
    let mut fate = Fate::default();
    let mut units_refunded: BTreeMap<Index, i64> = BTreeMap::new();
    for (refund, order) in view.refunds() {
        if order.paid.is_some_and(|paid| view.window.has(paid.day)) {
            fate.refunded.add_minor(refund.sales());
            let units = view.facts.orders.refund_lines(refund).iter().map(|line| line.units);
            let sum = units_refunded.entry(refund.order).or_default();
            *sum = units.fold(*sum, i64::saturating_add);
        }
    }
    for order in view.orders() {
        let paid = order.paid.filter(|paid| view.window.has(paid.day) && paid.day <= view.as_of);
        let Some(paid) = paid else { continue };
        fate.orders = fate.orders.saturating_add(1);
        fate.paid.add_minor(paid.amount);
        let units = view.lines(order).iter().map(|line| u64::from(line.units));
        fate.units = units.fold(fate.units, u64::saturating_add);
    }
    for units in units_refunded.into_values().filter(|units| *units > 0) {
        fate.orders_refunded = fate.orders_refunded.saturating_add(1);
        let units = u64::try_from(units).unwrap_or(0);
        fate.units_refunded = fate.units_refunded.saturating_add(units);
    }
    fate
}

pub(crate) fn rates(view: &View<'_>) -> Table {
    let fate = fate(view);
    let (mut back, mut compensation) = (Total::ZERO, Total::ZERO);
    for (refund, _) in view.refunds_in_window() {
        back.add_minor(refund.return_shipping);
        compensation.add_minor(refund.compensation);
    }
    let hundredfold = Total::from_minor(back.minor().saturating_mul(100));
    let figures = vec![
        (REFUND_RATE_ORDERS, Value::Share(Ratio::of_counts(fate.orders_refunded, fate.orders))),
        (REFUND_RATE_UNITS, Value::Share(Ratio::of_counts(fate.units_refunded, fate.units))),
        (REFUND_RATE_AMOUNT, Value::MoneyShare(Ratio::of_totals(fate.refunded, fate.paid))),
        (RETURN_SHIPPING, Value::Money(back)),
        (RETURN_SHIPPING_PER_100_ORDERS, Value::Average(Ratio::of_money(hundredfold, fate.orders))),
        (COMPENSATION, Value::Money(compensation)),
    ];
    Table::one(REFUND_RATES, figures)
}

#[derive(Clone, Copy, Default)]
struct Back {
    refunds: i64,
    amount: Total,
}

impl Back {
    fn add(&mut self, amount: i64) {
        self.refunds = self.refunds.saturating_add(amount.signum());
        self.amount.add_minor(amount);
    }
}

/// By amount falling, then by key.
fn falling<K: Ord>(sums: BTreeMap<K, Back>) -> Vec<(K, Back)> {
    let mut all: Vec<_> = sums.into_iter().filter(|(_, back)| back.amount != Total::ZERO).collect();
    all.sort_by_key(|(_, back)| std::cmp::Reverse(back.amount));
    all
}

fn by_bearer(view: &View<'_>) -> Table {
    let mut sums: BTreeMap<(Role, Option<Index>), Back> = BTreeMap::new();
    for (refund, _) in view.refunds_in_window().filter(|(refund, _)| refund.return_shipping != 0) {
        sums.entry((refund.role, refund.bearer)).or_default().add(refund.return_shipping);
    }
    let rows = falling(sums).into_iter().map(|((of, bearer), back)| {
        vec![
            Value::text(of),
            Value::maybe(view.facts.shop.party(bearer)),
            Value::Count(back.refunds),
            Value::Money(back.amount),
        ]
    });
    let columns = vec![ROLE, PARTY, RETURNS_REIMBURSED, RETURN_SHIPPING];
    Table::many(RETURNS_BY_BEARER, columns, rows.collect())
}

/// Campaign, its title, sku and title of an item.
pub(crate) fn item(view: &View<'_>, place: Index) -> Vec<Value> {
    let Some(item) = view.facts.shop.item(place) else { return vec![Value::None; 4] };
    let named = item.campaign.map(|place| campaign(view, place));
    let mut row = named.unwrap_or([Value::None, Value::None]).to_vec();
    row.extend([Value::text(&item.sku), Value::text(&item.title)]);
    row
}

pub(crate) const NAMED_ITEM: [Column; 4] = [CAMPAIGN, TITLE, SKU, ITEM];

fn by_item(view: &View<'_>) -> Table {
    let mut sums: BTreeMap<Index, Back> = BTreeMap::new();
    for (refund, _) in view.refunds_in_window() {
        let mut seen = BTreeSet::new();
        for line in view.facts.orders.refund_lines(refund) {
            let Some(item) = line.item.filter(|_| line.return_shipping != 0) else { continue };
            let back = sums.entry(item).or_default();
            back.amount.add_minor(line.return_shipping);
            if seen.insert(item) {
                back.refunds = back.refunds.saturating_add(line.return_shipping.signum());
            }
        }
    }
    let rows = falling(sums).into_iter().map(|(place, back)| {
        let mut row = item(view, place);
        row.extend([Value::Count(back.refunds), Value::Money(back.amount)]);
        row
    });
    let columns = NAMED_ITEM.into_iter().chain([RETURNS_REIMBURSED, RETURN_SHIPPING]).collect();
    Table::many(RETURNS_BY_ITEM, columns, rows.collect())
}

/// Rates, and return shipping by bearer and item.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    vec![rates(view), by_bearer(view), by_item(view)]
}
