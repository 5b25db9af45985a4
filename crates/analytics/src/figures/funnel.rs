//! Conversion: visits, visitors, placers, payers; of the whole, by day, campaign and source.
//!
//! A buyer without a visit in the scope counts as a visitor there, so no conversion is above 100 %; how many
//! those are is shown. By source: the visitors who came from it, and which of them placed and paid in the
//! window, wherever they came from then.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::Day;
use crate::definition::{
    BUYERS_WITHOUT_VISIT, CAMPAIGN, DAY, FUNNEL_BY_CAMPAIGN, FUNNEL_BY_DAY, FUNNEL_BY_SOURCE,
    FUNNEL_TABLE, PAYERS, PAYING_CONVERSION, PLACE_TO_PAY, PLACERS, PLACING_CONVERSION, PV,
    SHORTLISTED_PAYERS, SHORTLISTERS, SHORTLISTS, SOURCE, TITLE, UV, VISITORS,
};
use crate::exact::Ratio;
use crate::facts::{Index, Order, Visit};

use crate::table::{Column, Heading, Table, Value};
use crate::view::View;

/// Counts of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Funnel {
    pv: u64,
    uv: u64,
    without_visit: u64,
    shortlists: u64,
    shortlisters: u64,
    shortlisted_payers: u64,
    placers: u64,
    payers: u64,
}

/// What one person did in a scope.
#[expect(clippy::struct_excessive_bools, reason = "any combination is possible")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Did {
    visited: bool,
    shortlisted: bool,
    placed: bool,
    paid: bool,
}

impl Funnel {
    fn add(&mut self, did: Did) {
        let add = |count: &mut u64, yes: bool| *count = count.saturating_add(u64::from(yes));
        add(&mut self.uv, did.visited);
        add(&mut self.shortlisters, did.shortlisted);
        add(&mut self.shortlisted_payers, did.shortlisted && did.paid);
        add(&mut self.placers, did.placed);
        add(&mut self.payers, did.paid);
        add(&mut self.without_visit, !did.visited && (did.placed || did.paid));
    }

    fn figures(&self) -> Vec<(Column, Value)> {
        let visitors = self.uv.saturating_add(self.without_visit);
        // Without a visit nothing is known of those who didn't buy.
        let known = self.uv > 0;
        let of_visitors = |count| {
            if known { Value::Share(Ratio::of_counts(count, visitors)) } else { Value::None }
        };
        vec![
            (VISITORS, Value::count(visitors)),
            (PLACERS, Value::count(self.placers)),
            (PAYERS, Value::count(self.payers)),
            (PLACING_CONVERSION, of_visitors(self.placers)),
            (PAYING_CONVERSION, of_visitors(self.payers)),
            (PLACE_TO_PAY, Value::Share(Ratio::of_counts(self.payers, self.placers))),
            (PV, Value::count(self.pv)),
            (UV, Value::count(self.uv)),
            (BUYERS_WITHOUT_VISIT, Value::count(self.without_visit)),
            (SHORTLISTS, Value::count(self.shortlists)),
            (SHORTLISTERS, Value::count(self.shortlisters)),
            (SHORTLISTED_PAYERS, Value::count(self.shortlisted_payers)),
        ]
    }
}

/// A visit's scope, and an order's on a day; none for what is not counted.
struct Scope<V, O> {
    visit: V,
    order: O,
}

fn by<K: Ord + Copy>(
    view: &View<'_>,
    scope: &Scope<impl Fn(&Visit) -> Option<K>, impl Fn(&Order, Day) -> Option<K>>,
) -> BTreeMap<K, Funnel> {
    let mut funnels: BTreeMap<K, Funnel> = BTreeMap::new();
    let mut did: Vec<(K, Index, Did)> = Vec::new();
    let within = |day: Day| view.window.has(day) && day <= view.as_of;
    for visit in view.facts.traffic.visits().filter(|visit| within(visit.day)) {
        let Some(key) = (scope.visit)(visit) else { continue };
        let funnel = funnels.entry(key).or_default();
        funnel.pv = funnel.pv.saturating_add(u64::from(visit.views));
        funnel.shortlists = funnel.shortlists.saturating_add(u64::from(visit.shortlisted));
        let (visited, shortlisted) = (visit.views > 0, visit.shortlisted > 0);
        did.push((key, visit.visitor, Did { visited, shortlisted, ..Did::default() }));
    }
    for order in view.orders() {
        let Some(buyer) = order.buyer else { continue };
        if within(order.placed_day)
            && let Some(key) = (scope.order)(order, order.placed_day)
        {
            did.push((key, buyer, Did { placed: true, ..Did::default() }));
        }
        let paid = order.paid.filter(|paid| within(paid.day));
        if let Some(key) = paid.and_then(|paid| (scope.order)(order, paid.day)) {
            did.push((key, buyer, Did { paid: true, ..Did::default() }));
        }
    }
    did.sort_unstable_by_key(|(key, who, _)| (*key, *who));
    for one in did.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let all = one.iter().fold(Did::default(), |sum, (_, _, did)| Did {
            visited: sum.visited || did.visited,
            shortlisted: sum.shortlisted || did.shortlisted,
            placed: sum.placed || did.placed,
            paid: sum.paid || did.paid,
        });
        if let Some((key, _, _)) = one.first() {
            funnels.entry(*key).or_default().add(all);
        }
    }
    funnels
}

/// The visitors from each source, and what they did in the window.
fn by_source(view: &View<'_>) -> BTreeMap<Option<Index>, Funnel> {
    let within = |day: Day| view.window.has(day) && day <= view.as_of;
    let mut people: BTreeMap<Index, Did> = BTreeMap::new();
    for order in view.orders() {
        let Some(buyer) = order.buyer else { continue };
        let placed = within(order.placed_day);
        let paid = order.paid.is_some_and(|paid| within(paid.day));
        if placed || paid {
            let did = people.entry(buyer).or_default();
            did.placed |= placed;
            did.paid |= paid;
        }
    }
    let mut funnels: BTreeMap<Option<Index>, Funnel> = BTreeMap::new();
    let mut seen: Vec<(Option<Index>, Index)> = Vec::new();
    let mut acts: BTreeMap<Index, u64> = BTreeMap::new();
    for visit in view.facts.traffic.visits().filter(|visit| within(visit.day)) {
        if visit.shortlisted > 0 {
            people.entry(visit.visitor).or_default().shortlisted = true;
            let sum = acts.entry(visit.visitor).or_default();
            *sum = sum.saturating_add(u64::from(visit.shortlisted));
        }
        if visit.views > 0 {
            let funnel = funnels.entry(visit.source).or_default();
            funnel.pv = funnel.pv.saturating_add(u64::from(visit.views));
            seen.push((visit.source, visit.visitor));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    for (source, visitor) in seen {
        let did = people.get(&visitor).copied().unwrap_or_default();
        let funnel = funnels.entry(source).or_default();
        let own = acts.get(&visitor).copied().unwrap_or(0);
        funnel.shortlists = funnel.shortlists.saturating_add(own);
        funnel.add(Did { visited: true, ..did });
    }
    funnels
}

/// The whole as a table.
pub(crate) fn whole_table(view: &View<'_>) -> Table {
    let whole =
        by(view, &Scope { visit: |_: &Visit| Some(()), order: |_: &Order, _: Day| Some(()) });
    let whole = whole.get(&()).copied().unwrap_or_default();
    Table::one(FUNNEL_TABLE, whole.figures())
}

/// The whole, and by day, campaign and source.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let by_day = by(
        view,
        &Scope { visit: |visit: &Visit| Some(visit.day), order: |_: &Order, day: Day| Some(day) },
    );
    // Visits may name a campaign that the book doesn't have; ids join the two.
    let seen = |visit: &Visit| view.facts.traffic.campaigns.get(visit.campaign?).copied();
    let sold =
        |order: &Order, _| view.facts.shop.campaign(order.campaign).map(|campaign| campaign.id);
    let by_campaign = by(view, &Scope { visit: seen, order: sold });
    // Of an id that several books have the first one's title.
    let known = view.facts.shop.campaigns().iter().rev();
    let titles: HashMap<_, _> = known.map(|campaign| (campaign.id, &campaign.title)).collect();
    let title = |id| titles.get(&id).copied();
    let source = |place: Option<Index>| place.and_then(|at| view.facts.traffic.sources.get(at));
    let mut campaigns: Vec<_> = by_campaign.into_iter().collect();
    campaigns.sort_by_key(|(_, funnel)| std::cmp::Reverse(funnel.payers));
    vec![
        whole_table(view),
        grouped(
            FUNNEL_BY_DAY,
            vec![DAY],
            by_day.into_iter().map(|(day, funnel)| (vec![Value::text(day)], funnel)),
        ),
        grouped(
            FUNNEL_BY_CAMPAIGN,
            vec![CAMPAIGN, TITLE],
            campaigns
                .into_iter()
                .map(|(id, funnel)| (vec![Value::text(id), Value::maybe(title(id))], funnel)),
        ),
        grouped(
            FUNNEL_BY_SOURCE,
            vec![SOURCE],
            by_source(view)
                .into_iter()
                .map(|(at, funnel)| (vec![Value::maybe(source(at))], funnel)),
        ),
    ]
}

fn grouped(
    heading: Heading,
    mut columns: Vec<Column>,
    rows: impl Iterator<Item = (Vec<Value>, Funnel)>,
) -> Table {
    columns.extend(Funnel::default().figures().into_iter().map(|(column, _)| column));
    let rows = rows.map(|(named, funnel)| {
        named.into_iter().chain(funnel.figures().into_iter().map(|(_, value)| value)).collect()
    });
    Table::many(heading, columns, rows.collect())
}
