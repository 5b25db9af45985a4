//! Lifecycle and RFM: where each buyer stands on the last day covered.

use std::collections::{BTreeMap, HashMap};

use crate::definition::{
    BUYERS_SO_FAR, FREQUENCY_SCORE, LIFECYCLE_SHARE, MONETARY_SCORE, NET_OF_BUYERS, RECENCY_SCORE,
    STATE,
};
use crate::exact::{Ratio, Total};
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

/// The time of the last leaving of those who left the group and didn't come back.
fn left(view: &View<'_>) -> HashMap<Index, i64> {
    let mut left = HashMap::new();
    for change in view.facts.community.in_order() {
        if change.day > view.as_of {
            continue;
        }
        if change.joined {
            left.remove(&change.member);
        } else {
            left.insert(change.member, change.at);
        }
    }
    left
}

fn lifecycle(view: &View<'_>) -> Table {
    let left = left(view);
    let mut counts = [0_u64; 4];
    let mut all = 0_u64;
    for own in view.buyers() {
        let ([first, ..], [.., last]) = (own, own) else { continue };
        let gone = left.get(&first.buyer).is_some_and(|at| *at >= last.at);
        if let Some(count) = counts.get_mut(state(view, first, last, gone)) {
            *count = count.saturating_add(1);
        }
        all = all.saturating_add(1);
    }
    let rows = STATES.iter().zip(counts).map(|(state, count)| {
        vec![Value::text(state), Value::count(count), Value::Share(Ratio::of_counts(count, all))]
    });
    let columns = vec![STATE, BUYERS_SO_FAR, LIFECYCLE_SHARE];
    let meaning = "a state, as of the last day covered";
    Table::many("lifecycle", "Lifecycle", "生命周期", meaning, columns, rows.collect())
}

/// Scores from 1 (worst) to 5: 1 + floor(5 x buyers strictly worse / all); ties share a score.
fn scores(worth: &[i64]) -> Vec<u8> {
    let mut sorted = worth.to_vec();
    sorted.sort_unstable();
    let score = |own: &i64| {
        let worse = sorted.partition_point(|other| other < own);
        let fifth = worse.saturating_mul(5).checked_div(sorted.len()).unwrap_or(0);
        u8::try_from(fifth.saturating_add(1)).unwrap_or(5)
    };
    worth.iter().map(score).collect()
}

fn rfm(view: &View<'_>) -> Table {
    let mut net: HashMap<Index, i64> = HashMap::new();
    for (refund, order) in view.refunds() {
        if let Some(buyer) = order.buyer {
            let sum = net.entry(buyer).or_default();
            *sum = sum.saturating_sub(refund.sales());
        }
    }
    let (mut recency, mut frequency, mut monetary) = (Vec::new(), Vec::new(), Vec::new());
    for own in view.buyers() {
        let Some(last) = own.last() else { continue };
        let paid = own.iter().filter_map(|next| view.order(next.order)?.paid);
        let paid = paid.map(|paid| paid.amount).fold(0, i64::saturating_add);
        // A later day is better.
        recency.push(i64::from(last.day.number()));
        frequency.push(i64::try_from(own.len()).unwrap_or(i64::MAX));
        monetary.push(paid.saturating_add(net.get(&last.buyer).copied().unwrap_or(0)));
    }
    let mut cells: BTreeMap<[u8; 3], (u64, Total)> = BTreeMap::new();
    let all = scores(&recency).into_iter().zip(scores(&frequency)).zip(scores(&monetary));
    for (((r, f), m), amount) in all.zip(&monetary) {
        let (count, sum) = cells.entry([r, f, m]).or_default();
        *count = count.saturating_add(1);
        sum.add_minor(*amount);
    }
    let rows = cells.iter().rev().map(|([r, f, m], (count, sum))| {
        let score = |score: &u8| Value::Count(i64::from(*score));
        vec![score(r), score(f), score(m), Value::count(*count), Value::Money(*sum)]
    });
    let columns =
        vec![RECENCY_SCORE, FREQUENCY_SCORE, MONETARY_SCORE, BUYERS_SO_FAR, NET_OF_BUYERS];
    let meaning = "a combination of the three scores that somebody has, best first";
    Table::many("rfm", "RFM", "RFM 分层", meaning, columns, rows.collect())
}

/// Lifecycle and RFM.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    vec![lifecycle(view), rfm(view)]
}

#[cfg(test)]
mod tests {
    use super::scores;

    #[test]
    fn quintiles_share_a_score_where_buyers_are_equal() {
        assert_eq!(scores(&[1, 2, 3, 4, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(scores(&[7, 7, 7, 7]), [1, 1, 1, 1]);
        assert_eq!(scores(&[1, 1, 1, 1, 2]), [1, 1, 1, 1, 5]);
        assert_eq!(scores(&[]), Vec::<u8>::new());
    }
}
