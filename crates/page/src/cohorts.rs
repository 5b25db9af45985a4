//! Cohorts as a heat map: a row a cohort, a column a period after its first order.

use std::collections::BTreeMap;

use maud::{Markup, html};
use tuanzhang_analytics::{Table, Value};
use tuanzhang_core::money::Decimals;

use crate::covered::Covered;
use crate::scale::drawn;
use crate::words::words;
use crate::{cell, rows};

/// Cohorts, and periods, that are shown: two years of months, half a year of weeks.
const SHOWN_MAX: usize = 26;
/// Periods that fit across a sheet in ordinary letters.
const ORDINARY_PERIODS: usize = 14;

/// A cohort: its first row, and its rows by period.
#[derive(Default)]
struct Cohort {
    first: usize,
    periods: BTreeMap<i64, usize>,
}

/// The long form turned into a map; a cell's numbers keep the row of the long form.
pub(crate) fn map(table: &Table, decimals: Decimals, covered: Covered) -> Markup {
    let all = cohorts(table);
    let skipped = all.len().saturating_sub(SHOWN_MAX);
    let last = all.iter().filter_map(|cohort| cohort.periods.keys().next_back()).max();
    let limit = i64::try_from(SHOWN_MAX).unwrap_or(i64::MAX);
    let last = last.copied().unwrap_or(0).min(limit);
    let shown: Vec<&Cohort> = all.iter().skip(skipped).collect();
    let cells = |cohort: &&Cohort| cohort.periods.range(0..=last).count();
    let rest = table.rows.len().saturating_sub(shown.iter().map(cells).sum());
    let wide = usize::try_from(last).unwrap_or(usize::MAX) > ORDINARY_PERIODS;
    html! { div.wide[wide] {
        p.key { (words(
            "格内：仍在购买的比例，下为人数；颜色越深，比例越高。",
            "In a cell: the share that buys again, the number of buyers under it; darker is more.",
        ).markup()) }
        @if all.iter().any(|cohort| covered.runs(table, cohort.first)) { (rows::unfinished()) }
        div.scroll tabindex="0" role="region" aria-label=(table.english) {
            table.heat {
                thead { tr {
                    th.stick scope="col" { (words("首单", "First order").markup()) }
                    th.num scope="col" { (words("人数", "Buyers").markup()) }
                    @for period in 0..=last { th.num scope="col" { (period) } }
                } }
                tbody { @for cohort in shown {
                    tr {
                        th.stick scope="row" { (cell::value(table, cohort.first, "cohort", decimals)) }
                        td.num { (cell::value(table, cohort.first, "size", decimals)) }
                        @for period in 0..=last {
                            @if let Some(row) = cohort.periods.get(&period) {
                                @let runs = covered.runs(table, cohort.first)
                                    && cohort.periods.keys().next_back() == Some(&period);
                                td.{"num " (heat(table.get(*row, "cohort_share")))}.unfinished[runs] {
                                    (cell::value(table, *row, "cohort_share", decimals))
                                    small { (cell::value(table, *row, "active", decimals)) }
                                }
                            } @else { td.none {} }
                        }
                    }
                } }
            }
        }
        (rows::rest_of(table.key, rest))
    } }
}

fn cohorts(table: &Table) -> Vec<Cohort> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all: Vec<Cohort> = Vec::new();
    for row in 0..table.rows.len() {
        let (Value::Text(name), Value::Count(period)) =
            (table.get(row, "cohort"), table.get(row, "period"))
        else {
            continue;
        };
        let place = *places.entry(name).or_insert_with(|| {
            all.push(Cohort { first: row, periods: BTreeMap::new() });
            all.len().saturating_sub(1)
        });
        if let Some(cohort) = all.get_mut(place) {
            cohort.periods.insert(*period, row);
        }
    }
    all
}

/// Eleven steps of colour, one for each ten percent.
fn heat(share: &Value) -> String {
    let tenth = drawn(share).unwrap_or(0).div_euclid(1000).clamp(0, 10);
    format!("heat{tenth}")
}
