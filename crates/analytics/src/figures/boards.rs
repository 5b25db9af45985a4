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
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
use crate::facts::{Campaign, Index, Order, Sale};
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

/// What stands on a board: its row's place, and what it is ranked by.
#[derive(Clone, Copy)]
struct Entry {
    place: Index,
    net: Total,
    units: i64,
    new_buyers: u64,
}

/// The ranks of an entry.
struct Ranks {
    net: Value,
    units: Value,
    new_buyers: Value,
}

/// By net falling, each with its ranks.
fn board(mut all: Vec<Entry>) -> Vec<(Entry, Ranks)> {
    all.sort_by_key(|entry| Reverse(entry.net));
    let by = |worth: fn(&Entry) -> i128| {
        let worth: Vec<_> = all.iter().map(worth).collect();
        ranks(&worth).into_iter().map(Value::count)
    };
    let by_net = by(|entry| entry.net.minor());
    let by_units = by(|entry| i128::from(entry.units));
    let by_buyers = by(|entry| i128::from(entry.new_buyers));
    let ranks = by_net.zip(by_units).zip(by_buyers);
    let ranks = ranks.map(|((net, units), new_buyers)| Ranks { net, units, new_buyers });
    all.iter().copied().zip(ranks).collect()
}

/// Buyers whose first order of all was paid in the window, by what that order was of.
fn new_buyers<K: Ord, Of: IntoIterator<Item = K>>(
    view: &View<'_>,
    of: impl Fn(&Order) -> Of,
) -> BTreeMap<K, u64> {
    let mut new: BTreeMap<K, u64> = BTreeMap::new();
    for first in view.firsts().filter(|first| view.window.has(first.day)) {
        for key in view.order(first.order).into_iter().flat_map(&of) {
            let buyers = new.entry(key).or_default();
            *buyers = buyers.saturating_add(1);
        }
    }
    new
}

/// What a leader did in the window.
#[derive(Clone, Copy, Default)]
struct Leader {
    sales: Sales,
    new_buyers: u64,
}

/// Sales and new buyers by leader or campaign. Who has a new buyer has sales.
fn sellers(view: &View<'_>, of: fn(&Order) -> Index) -> BTreeMap<Index, Leader> {
    let new = new_buyers(view, |order| [of(order)]);
    let with_new = |(place, sales): (Index, Sales)| {
        let new_buyers = new.get(&place).copied().unwrap_or(0);
        (place, Leader { sales, new_buyers })
    };
    sales::by(view, |order, _| of(order)).into_iter().map(with_new).collect()
}

fn entries(leaders: &BTreeMap<Index, Leader>) -> Vec<Entry> {
    let entry = |(place, leader): (&Index, &Leader)| {
        let Leader { sales, new_buyers } = leader;
        Entry { place: *place, net: sales.net(), units: sales.units, new_buyers: *new_buyers }
    };
    leaders.iter().map(entry).collect()
}

fn leader_board(view: &View<'_>, leaders: &BTreeMap<Index, Leader>) -> Table {
    let rows = board(entries(leaders)).into_iter().map(|(entry, ranks)| {
        vec![
            ranks.net,
            sales::leader(view, entry.place),
            Value::Money(entry.net),
            Value::Count(entry.units),
            Value::count(entry.new_buyers),
            ranks.units,
            ranks.new_buyers,
        ]
    });
    let columns =
        vec![RANK, LEADER, NET_SALES, UNITS, NEW_BUYERS, RANK_BY_UNITS, RANK_BY_NEW_BUYERS];
    Table::many(LEADERBOARD, columns, rows.collect())
}

fn campaign_board(view: &View<'_>) -> Table {
    let campaigns = sellers(view, |order| order.campaign);
    let rows = board(entries(&campaigns)).into_iter().map(|(entry, ranks)| {
        let [id, title] = sales::campaign(view, entry.place);
        let buyers = campaigns.get(&entry.place).map_or(0, |known| known.sales.buyers);
        vec![
            ranks.net,
            id,
            title,
            Value::Money(entry.net),
            Value::Count(entry.units),
            Value::count(buyers),
            Value::count(entry.new_buyers),
            ranks.units,
            ranks.new_buyers,
        ]
    });
    let columns = [RANK, CAMPAIGN, TITLE, NET_SALES, UNITS, BUYERS];
    let columns = columns.into_iter().chain([NEW_BUYERS, RANK_BY_UNITS, RANK_BY_NEW_BUYERS]);
    Table::many(CAMPAIGN_BOARD, columns.collect(), rows.collect())
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
    let items = |order: &Order| -> BTreeSet<Index> {
        view.lines(order).iter().filter_map(|line| line.item).collect()
    };
    let new = new_buyers(view, items);
    let entry = |(place, sold): (&Index, &Sold)| {
        let new_buyers = new.get(place).copied().unwrap_or(0);
        Entry { place: *place, net: sold.net, units: sold.units, new_buyers }
    };
    let rows = board(sold.iter().map(entry).collect()).into_iter().map(|(entry, ranks)| {
        let mut row = vec![ranks.net];
        row.extend(item(view, entry.place));
        row.extend([Value::Money(entry.net), Value::Count(entry.units)]);
        row.extend([Value::count(entry.new_buyers), ranks.units, ranks.new_buyers]);
        row
    });
    let figures = [NET_GOODS, UNITS, NEW_BUYERS, RANK_BY_UNITS, RANK_BY_NEW_BUYERS];
    let columns = std::iter::once(RANK).chain(NAMED_ITEM).chain(figures).collect();
    Table::many(ITEM_BOARD, columns, rows.collect())
}

/// Two leaders over the window: who is ahead in how many figures.
fn pk(view: &View<'_>, all: &BTreeMap<Index, Leader>) -> Option<Table> {
    let (left, right) = view.settings.pk?;
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
    let columns = vec![LEADER, NET_SALES, UNITS, PAID_ORDERS, BUYERS, NEW_BUYERS, WINS];
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

/// Whether a day on which a campaign's goods may be bought, as its terms say, is in the window.
fn is_on_sale(view: &View<'_>, campaign: &Campaign) -> bool {
    let day = |micros| view.facts.day(tuanzhang_core::Time::from_micros(micros));
    let (opens, closes) = (day(campaign.opens_at), day(campaign.closes_at));
    let opens = match campaign.sale {
        Sale::Plain => opens,
        Sale::OpenedOn(decided) => opens.max(decided),
        Sale::Awaited | Sale::Dropped => return false,
    };
    // The last day covered is never after the window's.
    opens <= view.as_of && opens <= closes && view.window.from.is_none_or(|from| from <= closes)
}

fn sell_through(view: &View<'_>, sold: &BTreeMap<Index, Sold>) -> Table {
    let on_sale = view.facts.shop.items().filter(|(_, item)| {
        let campaign = item.campaign.and_then(|place| view.facts.shop.campaign(place));
        campaign.is_some_and(|campaign| is_on_sale(view, campaign))
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
    let leaders = sellers(view, |order| order.seller);
    let boards = [leader_board(view, &leaders), campaign_board(view), item_board(view, &sold)];
    let mut tables = Vec::from(boards);
    tables.extend(pk(view, &leaders));
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
