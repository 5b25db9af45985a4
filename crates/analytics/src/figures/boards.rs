//! Leaderboards (榜): leaders, campaigns, items; two leaders compared (PK); efficiency and sell-through.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::refunds::{NAMED_ITEM, item};
use super::sales::{self, Sales};
use crate::calendar::Day;
use crate::definition::{
    ACTIVE_LEADER_DAYS, BUYERS, CAMPAIGN, CAMPAIGN_BOARD, EFFICIENCY, ITEM_BOARD, ITEMS_ON_SALE,
    ITEMS_SOLD, LEADER, LEADER_EFFICIENCY, LEADERBOARD, NET_GOODS, NET_SALES, NEW_BUYERS,
    PAID_ORDERS, PK, RANK, RANK_BY_NEW_BUYERS, RANK_BY_UNITS, SELL_THROUGH, SELL_THROUGH_TABLE,
    TITLE, UNITS, WINS,
};
use crate::exact::{Ratio, Total};
use crate::facts::Index;
use crate::table::{Table, Value};
use crate::view::View;

/// 1 + how many are strictly better.
fn ranks<T: Ord>(worth: &[T]) -> Vec<u64> {
    let mut sorted: Vec<&T> = worth.iter().collect();
    sorted.sort_unstable();
    let rank = |own: &T| {
        let not_better = sorted.partition_point(|other| *other <= own);
        u64::try_from(sorted.len().saturating_sub(not_better)).unwrap_or(u64::MAX).saturating_add(1)
    };
    worth.iter().map(rank).collect()
}

/// What a leader did in the window.
#[derive(Clone, Copy, Default)]
struct Leader {
    sales: Sales,
    new_buyers: u64,
}

fn leaders(view: &View<'_>) -> BTreeMap<Index, Leader> {
    let sales = sales::by(view, |order, _| order.seller).into_iter();
    let mut leaders: BTreeMap<_, _> =
        sales.map(|(seller, sales)| (seller, Leader { sales, new_buyers: 0 })).collect();
    for first in view.firsts().filter(|first| view.window.has(first.day)) {
        if let Some(order) = view.order(first.order) {
            let leader = leaders.entry(order.seller).or_default();
            leader.new_buyers = leader.new_buyers.saturating_add(1);
        }
    }
    leaders
}

fn leader_board(view: &View<'_>) -> Table {
    let mut all: Vec<_> = leaders(view).into_iter().collect();
    all.sort_by_key(|(_, leader)| Reverse(leader.sales.net()));
    let by = |worth: fn(&Leader) -> i128| {
        ranks(&all.iter().map(|(_, leader)| worth(leader)).collect::<Vec<_>>())
    };
    let by_net = by(|leader| leader.sales.net().minor());
    let by_units = by(|leader| i128::from(leader.sales.units));
    let by_buyers = by(|leader| i128::from(leader.new_buyers));
    let ranked = all.iter().zip(by_net).zip(by_units.into_iter().zip(by_buyers));
    let rows = ranked.map(|(((place, leader), rank), (units, new))| {
        vec![
            Value::count(rank),
            sales::leader(view, *place),
            Value::Money(leader.sales.net()),
            Value::Count(leader.sales.units),
            Value::count(leader.new_buyers),
            Value::count(units),
            Value::count(new),
        ]
    });
    let columns =
        vec![RANK, LEADER, NET_SALES, UNITS, NEW_BUYERS, RANK_BY_UNITS, RANK_BY_NEW_BUYERS];
    Table::many(LEADERBOARD, columns, rows.collect())
}

fn campaign_board(view: &View<'_>) -> Table {
    let mut all: Vec<_> = sales::by(view, |order, _| order.campaign).into_iter().collect();
    all.sort_by_key(|(_, sales)| Reverse(sales.net()));
    let ranks = ranks(&all.iter().map(|(_, sales)| sales.net()).collect::<Vec<_>>());
    let rows = all.iter().zip(ranks).map(|((place, sales), rank)| {
        let [id, title] = sales::campaign(view, *place);
        let net = Value::Money(sales.net());
        vec![
            Value::count(rank),
            id,
            title,
            net,
            Value::Count(sales.units),
            Value::count(sales.buyers),
        ]
    });
    let columns = vec![RANK, CAMPAIGN, TITLE, NET_SALES, UNITS, BUYERS];
    Table::many(CAMPAIGN_BOARD, columns, rows.collect())
}

/// What was paid for an item's units and went back of it; shipping fees belong to no item.
#[derive(Clone, Copy, Default)]
struct Sold {
    net: Total,
    paid_units: i64,
    units: i64,
}

fn items(view: &View<'_>) -> BTreeMap<Index, Sold> {
    let mut sold: BTreeMap<Index, Sold> = BTreeMap::new();
    for order in view.orders() {
        let paid =
            order.paid.is_some_and(|paid| view.window.has(paid.day) && paid.day <= view.as_of);
        for line in view.lines(order).iter().filter(|_| paid) {
            let Some(item) = line.item else { continue };
            let sum = sold.entry(item).or_default();
            sum.net.add_minor(line.paid);
            sum.paid_units = sum.paid_units.saturating_add(i64::from(line.units));
            sum.units = sum.units.saturating_add(i64::from(line.units));
        }
    }
    for (refund, _) in view.refunds_in_window() {
        for line in view.facts.orders.refund_lines(refund) {
            let Some(item) = line.item else { continue };
            let sum = sold.entry(item).or_default();
            sum.net.add_minor(line.paid.saturating_neg());
            sum.units = sum.units.saturating_sub(line.units);
        }
    }
    sold
}

fn item_board(view: &View<'_>, sold: &BTreeMap<Index, Sold>) -> Table {
    let mut all: Vec<_> = sold.iter().collect();
    all.sort_by_key(|(_, sold)| Reverse(sold.net));
    let ranks = ranks(&all.iter().map(|(_, sold)| sold.net).collect::<Vec<_>>());
    let rows = all.iter().zip(ranks).map(|((place, sold), rank)| {
        let mut row = vec![Value::count(rank)];
        row.extend(item(view, **place));
        row.extend([Value::Money(sold.net), Value::Count(sold.units)]);
        row
    });
    let net = NET_GOODS;
    let columns = std::iter::once(RANK).chain(NAMED_ITEM).chain([net, UNITS]).collect();
    Table::many(ITEM_BOARD, columns, rows.collect())
}

/// Two leaders over the window: who is ahead in how many figures.
fn pk(view: &View<'_>) -> Option<Table> {
    let (left, right) = view.settings.pk?;
    let all = leaders(view);
    let of = |party| {
        let place = view.facts.shop.parties.find(&party);
        place.and_then(|place| all.get(&place)).copied().unwrap_or_default()
    };
    let (one, other) = (of(left), of(right));
    let worth = |leader: &Leader| {
        let count = |count: u64| i128::from(count);
        let Leader { sales, new_buyers } = leader;
        [
            sales.net().minor(),
            i128::from(sales.units),
            count(sales.paid_orders),
            count(sales.buyers),
            count(*new_buyers),
        ]
    };
    let wins = |own: &Leader, against: &Leader| {
        worth(own).iter().zip(worth(against)).filter(|(own, against)| *own > against).count()
    };
    let row = |party: tuanzhang_core::PartyId, own: &Leader, against: &Leader| {
        vec![
            Value::text(party),
            Value::Money(own.sales.net()),
            Value::Count(own.sales.units),
            Value::count(own.sales.paid_orders),
            Value::count(own.sales.buyers),
            Value::count(own.new_buyers),
            Value::count(u64::try_from(wins(own, against)).unwrap_or(0)),
        ]
    };
    let wins = WINS;
    let columns = vec![LEADER, NET_SALES, UNITS, PAID_ORDERS, BUYERS, NEW_BUYERS, wins];
    let rows = vec![row(left, &one, &other), row(right, &other, &one)];
    Some(Table::many(PK, columns, rows))
}

fn efficiency(view: &View<'_>) -> Table {
    let mut active: BTreeSet<(Index, Day)> = BTreeSet::new();
    for order in view.orders() {
        let paid = order.paid.filter(|paid| view.window.has(paid.day) && paid.day <= view.as_of);
        active.extend(paid.map(|paid| (order.seller, paid.day)));
    }
    let days = u64::try_from(active.len()).unwrap_or(u64::MAX);
    let figures = vec![
        (ACTIVE_LEADER_DAYS, Value::count(days)),
        (LEADER_EFFICIENCY, Value::Average(Ratio::of_money(sales::whole(view).net(), days))),
    ];
    Table::one(EFFICIENCY, figures)
}

fn sell_through(view: &View<'_>, sold: &BTreeMap<Index, Sold>) -> Table {
    let on_sale = view.facts.shop.items().filter(|(_, item)| {
        view.facts.shop.campaign(item.campaign).is_some_and(|campaign| {
            let day = |micros| view.facts.day(tuanzhang_core::Time::from_micros(micros));
            let (opens, closes) = (day(campaign.opens_at), day(campaign.closes_at));
            opens <= view.window.through.min(view.as_of) && closes >= view.window.from
        })
    });
    let (mut all, mut with_sales) = (0_u64, 0_u64);
    for (place, _) in on_sale {
        all = all.saturating_add(1);
        let paid = sold.get(&place).is_some_and(|sold| sold.paid_units > 0);
        with_sales = with_sales.saturating_add(u64::from(paid));
    }
    let figures = vec![
        (ITEMS_ON_SALE, Value::count(all)),
        (ITEMS_SOLD, Value::count(with_sales)),
        (SELL_THROUGH, Value::Share(Ratio::of_counts(with_sales, all))),
    ];
    Table::one(SELL_THROUGH_TABLE, figures)
}

/// Leaders, campaigns, items, PK, efficiency, sell-through.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let sold = items(view);
    let mut tables = vec![leader_board(view), campaign_board(view), item_board(view, &sold)];
    tables.extend(pk(view));
    tables.extend([efficiency(view), sell_through(view, &sold)]);
    tables
}

#[cfg(test)]
mod tests {
    use super::ranks;

    #[test]
    fn ties_share_a_rank_and_the_next_one_is_skipped() {
        assert_eq!(ranks(&[5, 9, 9, 1]), [3, 1, 1, 4]);
        assert_eq!(ranks::<i32>(&[]), Vec::<u64>::new());
    }
}
