//! RFM as a grid of recency and frequency; the rows with the monetary score stand under it.

use maud::{Markup, html};
use tuanzhang_analytics::{Table, Total, Value};
use tuanzhang_core::money::Decimals;

use crate::cell::grouped;
use crate::scale::thousandths;
use crate::words::words;

/// What a field of the grid holds: sums over all monetary scores.
#[derive(Clone, Copy, Default)]
struct Field {
    buyers: i64,
    net_sales: Total,
}

/// Five by five fields, best at the top right.
pub(crate) fn grid(table: &Table, decimals: Decimals) -> Markup {
    let most = (1..=5)
        .flat_map(|recency| (1..=5).map(move |frequency| (recency, frequency)))
        .map(|(recency, frequency)| field(table, recency, frequency).buyers)
        .max()
        .unwrap_or(0);
    html! {
        p.key { (words(
            "格内：人数，下为纯销售额（各 M 分合计）；5 为最近、最频。",
            "In a field: buyers, their net sales under it (all monetary scores); 5 is most recent, most frequent.",
        ).markup()) }
        table.heat.grid {
            thead { tr {
                th scope="col" { "R \\ F" }
                @for frequency in 1..=5 { th.num scope="col" { "F" (frequency) } }
            } }
            tbody { @for recency in (1..=5).rev() { tr {
                th scope="row" { "R" (recency) }
                @for frequency in 1..=5 {
                    @let field = field(table, recency, frequency);
                    @let heat = thousandths(field.buyers, most).div_euclid(100);
                    td.{"num heat" (heat)} data-recency=(recency) data-frequency=(frequency)
                        data-sum-buyers=(field.buyers)
                        data-sum-net-sales=(field.net_sales.display(decimals)) {
                        (grouped(&field.buyers.to_string()))
                        small { (grouped(&field.net_sales.display(decimals))) }
                    }
                }
            } } }
        }
    }
}

fn field(table: &Table, recency: i64, frequency: i64) -> Field {
    let mut sum = Field::default();
    for row in 0..table.rows.len() {
        let here = *table.get(row, "recency_score") == Value::Count(recency)
            && *table.get(row, "frequency_score") == Value::Count(frequency);
        if !here {
            continue;
        }
        if let Value::Count(buyers) = table.get(row, "buyers_so_far") {
            sum.buyers = sum.buyers.saturating_add(*buyers);
        }
        if let Value::Money(net) = table.get(row, "net_of_buyers") {
            sum.net_sales = sum.net_sales.plus(*net);
        }
    }
    sum
}
