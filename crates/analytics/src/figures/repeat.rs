//! Repeat purchase: how soon buyers come again, how often, and cohorts by their first paid order.

use std::collections::BTreeMap;

use crate::definition::{
    ACTIVE, AGAIN_SHARE, AGAIN_WITHIN, BUYERS_SO_FAR, BUYERS_WITH_SO_MANY, COHORT, COHORT_SHARE,
    COHORTS, DAYS, LATER_DAY_SHARE, LATER_DAY_WITHIN, ORDERS, ORDERS_PER_BUYER, PERIOD,
    REPEAT_CURVE, SIZE,
};
use crate::exact::Ratio;
use crate::table::{Table, Value};
use crate::view::{Purchase, View};

const DAY_MICROS: i64 = 86_400_000_000;

/// How many came again within so many days of their first paid order.
#[derive(Clone, Copy, Default)]
struct Again {
    within: u64,
    later_day: u64,
}

fn curve(view: &View<'_>) -> Table {
    let buyers = view.buyers().count();
    let rows = view.settings.repeat_days.iter().map(|days| {
        let again = view.buyers().fold(Again::default(), |sum, own| after(sum, own, *days));
        let buyers = u64::try_from(buyers).unwrap_or(u64::MAX);
        vec![
            Value::count(u64::from(*days)),
            Value::count(buyers),
            Value::count(again.within),
            Value::Share(Ratio::of_counts(again.within, buyers)),
            Value::count(again.later_day),
            Value::Share(Ratio::of_counts(again.later_day, buyers)),
        ]
    });
    let columns =
        vec![DAYS, BUYERS_SO_FAR, AGAIN_WITHIN, AGAIN_SHARE, LATER_DAY_WITHIN, LATER_DAY_SHARE];
    Table::many(REPEAT_CURVE, columns, rows.collect())
}

fn after(mut sum: Again, own: &[Purchase], days: u32) -> Again {
    let [first, rest @ ..] = own else { return sum };
    let limit = first.at.saturating_add(i64::from(days).saturating_mul(DAY_MICROS));
    // Two orders of the same instant are one visit to the shop.
    let next = rest.iter().find(|next| next.at > first.at);
    let within = next.is_some_and(|next| next.at <= limit);
    let later = rest.iter().find(|next| next.day > first.day);
    let later = later.is_some_and(|next| i64::from(first.day.until(next.day)) <= i64::from(days));
    sum.within = sum.within.saturating_add(u64::from(within));
    sum.later_day = sum.later_day.saturating_add(u64::from(later));
    sum
}

fn orders_per_buyer(view: &View<'_>) -> Table {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for own in view.buyers() {
        let paid = own.iter().filter(|purchase| view.window.has(purchase.day)).count();
        if paid > 0 {
            let buyers = counts.entry(u64::try_from(paid).unwrap_or(u64::MAX)).or_default();
            *buyers = buyers.saturating_add(1);
        }
    }
    let columns = vec![ORDERS, BUYERS_WITH_SO_MANY];
    let rows =
        counts.iter().map(|(orders, buyers)| vec![Value::count(*orders), Value::count(*buyers)]);
    Table::many(ORDERS_PER_BUYER, columns, rows.collect())
}

fn cohorts(view: &View<'_>) -> Table {
    let period = view.settings.cohorts;
    let last = period.number(view.as_of);
    // By cohort: its name, and how many were active in each period.
    let mut cohorts: BTreeMap<i32, (String, BTreeMap<i32, u64>)> = BTreeMap::new();
    for own in view.buyers() {
        let Some(first) = own.first() else { continue };
        let start = period.number(first.day);
        let (_, active) =
            cohorts.entry(start).or_insert_with(|| (period.name(first.day), BTreeMap::new()));
        let mut periods: Vec<i32> = own.iter().map(|next| period.number(next.day)).collect();
        periods.dedup();
        for at in periods {
            let count = active.entry(at.saturating_sub(start)).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut rows = Vec::new();
    for (start, (name, active)) in &cohorts {
        let size = active.get(&0).copied().unwrap_or(0);
        for k in 0..=last.saturating_sub(*start).max(0) {
            let count = active.get(&k).copied().unwrap_or(0);
            rows.push(vec![
                Value::text(name),
                Value::count(size),
                Value::Count(i64::from(k)),
                Value::count(count),
                Value::Share(Ratio::of_counts(count, size)),
            ]);
        }
    }
    let columns = vec![COHORT, SIZE, PERIOD, ACTIVE, COHORT_SHARE];
    Table::many(COHORTS, columns, rows)
}

/// The repeat curve, orders per buyer, cohorts.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    vec![curve(view), orders_per_buyer(view), cohorts(view)]
}
