//! Lifecycle and RFM: where each buyer stands on the last day covered.

use std::collections::{BTreeMap, HashMap};

use super::group::Groups;
use crate::calendar::Day;
use crate::definition::{
    BUYER, BUYERS_SO_FAR, BY_BUYER, FIRST_DAY, FREQUENCY_SCORE, LAST_DAY, LIFECYCLE,
    LIFECYCLE_SHARE, MONETARY_SCORE, NET_OF_BUYERS, ORDERS_SO_FAR, PAID_SO_FAR, RECENCY_DAYS,
    RECENCY_SCORE, RFM, STATE,
};
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
use crate::facts::Index;
use crate::table::{Table, Value};
use crate::view::{Purchase, View};

const STATES: [&str; 4] = ["new", "active", "sleeping", "lost"];

/// The state of a buyer, as a place in [`STATES`].
fn state(view: &View<'_>, first: &Purchase, last: &Purchase, left: bool) -> usize {
    let settings = view.settings;
    let since = |purchase: &Purchase| i64::from(purchase.day.until(view.as_of));
    if left || since(last) >= i64::from(settings.sleeping_days) {
        3
    } else if since(first) < i64::from(settings.new_days) {
        0
    } else if since(last) < i64::from(settings.active_days) {
        1
    } else {
        2
    }
}

/// The time of the last leaving of those who left a group and are in none.
fn left(view: &View<'_>) -> HashMap<Index, i64> {
    let mut groups = Groups::default();
    let mut left = HashMap::new();
    for change in view.facts.community.in_order() {
        if change.day > view.as_of {
            continue;
        }
        groups.take(&change);
        if !change.joined {
            left.insert(change.member, change.at);
        }
    }
    left.retain(|who, _| !groups.has(*who));
    left
}

/// Where one buyer stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    buyer: Index,
    first: Day,
    last: Day,
    orders: i64,
    paid: i64,
    net: i64,
    /// A place in [`STATES`].
    state: usize,
    /// Recency, frequency, monetary.
    scores: [u8; 3],
}

/// Every buyer with a paid order, in the order in which they were first seen.
fn standings(view: &View<'_>) -> Vec<Standing> {
    let left = left(view);
    let mut refunded: HashMap<Index, i64> = HashMap::new();
    for (refund, order) in view.refunds() {
        if let Some(buyer) = order.buyer {
            let sum = refunded.entry(buyer).or_default();
            *sum = sum.saturating_add(refund.sales());
        }
    }
    let mut all = Vec::new();
    for own in view.buyers() {
        let ([first, ..], [.., last]) = (own, own) else { continue };
        let buyer = first.buyer;
        let gone = left.get(&buyer).is_some_and(|at| *at >= last.at);
        let paid = own.iter().filter_map(|next| view.order(next.order)?.paid);
        let paid = paid.map(|paid| paid.amount).fold(0, i64::saturating_add);
        all.push(Standing {
            buyer,
            first: first.day,
            last: last.day,
            orders: i64::try_from(own.len()).unwrap_or(i64::MAX),
            paid,
            net: paid.saturating_sub(refunded.get(&buyer).copied().unwrap_or(0)),
            state: state(view, first, last, gone),
            scores: [0; 3],
        });
    }
    // A later day is better.
    let recency = scores(all.iter().map(|one| i64::from(one.last.number())).collect());
    let frequency = scores(all.iter().map(|one| one.orders).collect());
    let monetary = scores(all.iter().map(|one| one.net).collect());
    for (one, ((r, f), m)) in all.iter_mut().zip(recency.into_iter().zip(frequency).zip(monetary)) {
        one.scores = [r, f, m];
    }
    all
}

fn lifecycle(all: &[Standing]) -> Table {
    let whole = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let rows = STATES.iter().enumerate().map(|(place, state)| {
        let count = all.iter().filter(|one| one.state == place).count();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let share = Value::Share(Ratio::of_counts(count, whole));
        vec![Value::text(state), Value::count(count), share]
    });
    let columns = vec![STATE, BUYERS_SO_FAR, LIFECYCLE_SHARE];
    Table::many(LIFECYCLE, columns, rows.collect())
}

/// Scores from 1 (worst) to 5: 1 + floor(5 x buyers strictly worse / all); ties share a score.
fn scores(worth: Vec<i64>) -> Vec<u8> {
    let mut sorted = worth.clone();
    sorted.sort_unstable();
    let score = |own: i64| {
        let worse = sorted.partition_point(|other| *other < own);
        let fifth = worse.saturating_mul(5).checked_div(sorted.len()).unwrap_or(0);
        u8::try_from(fifth.saturating_add(1)).unwrap_or(5)
    };
    worth.into_iter().map(score).collect()
}

fn rfm(all: &[Standing]) -> Table {
    let mut cells: BTreeMap<[u8; 3], (u64, Total)> = BTreeMap::new();
    for one in all {
        let (count, sum) = cells.entry(one.scores).or_default();
        *count = count.saturating_add(1);
        sum.add_minor(one.net);
    }
    let rows = cells.iter().rev().map(|(scores, (count, sum))| {
        let scores = scores.iter().map(|score| Value::Count(i64::from(*score)));
        scores.chain([Value::count(*count), Value::Money(*sum)]).collect()
    });
    let columns =
        vec![RECENCY_SCORE, FREQUENCY_SCORE, MONETARY_SCORE, BUYERS_SO_FAR, NET_OF_BUYERS];
    Table::many(RFM, columns, rows.collect())
}

/// Every buyer, to call or to thank: not part of a report, since it is as long as the group.
pub(crate) fn by_buyer(view: &View<'_>) -> Table {
    let mut all = standings(view);
    all.sort_by_key(|one| (std::cmp::Reverse(one.net), one.buyer));
    let money = |minor: i64| Value::Money(Total::from_minor(i128::from(minor)));
    let rows = all.iter().map(|one| {
        let scores = one.scores.iter().map(|score| Value::Count(i64::from(*score)));
        let named = [Value::maybe(view.buyer(one.buyer)), Value::Count(one.orders)];
        let figures = [
            money(one.paid),
            money(one.net),
            Value::text(one.first),
            Value::text(one.last),
            Value::Count(i64::from(one.last.until(view.as_of))),
            Value::maybe(STATES.get(one.state)),
        ];
        named.into_iter().chain(figures).chain(scores).collect()
    });
    let columns = vec![
        BUYER,
        ORDERS_SO_FAR,
        PAID_SO_FAR,
        NET_OF_BUYERS,
        FIRST_DAY,
        LAST_DAY,
        RECENCY_DAYS,
        STATE,
        RECENCY_SCORE,
        FREQUENCY_SCORE,
        MONETARY_SCORE,
    ];
    Table::many(BY_BUYER, columns, rows.collect())
}

/// Lifecycle and RFM.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let all = standings(view);
    vec![lifecycle(&all), rfm(&all)]
}

#[cfg(test)]
mod tests {
    use super::scores;

    #[test]
    fn quintiles_share_a_score_where_buyers_are_equal() {
        assert_eq!(scores(vec![1, 2, 3, 4, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(scores(vec![7, 7, 7, 7]), [1, 1, 1, 1]);
        assert_eq!(scores(vec![1, 1, 1, 1, 2]), [1, 1, 1, 1, 5]);
        assert_eq!(scores(vec![]), Vec::<u8>::new());
    }
}
