//! Groups, or two leaders, side by side: a figure a row, one of them a column, the figure that leads marked.

use maud::{Markup, html};
use tuanzhang_analytics::{Table, Value};
use tuanzhang_core::money::Decimals;

use crate::definitions::label;
use crate::scale::drawn;
use crate::{bars, cell, rows};

/// How many stand side by side before reading across ends.
const SIDES_MAX: usize = 12;
/// Sides that fit across a sheet in ordinary letters.
const ORDINARY_SIDES: usize = 6;

/// The table turned: its first column is the heading.
pub(crate) fn table(table: &Table, decimals: Decimals) -> Markup {
    let Some((head, figures)) = table.columns.split_first() else { return html! {} };
    let sides = table.rows.len().min(SIDES_MAX);
    let rest = table.rows.len().saturating_sub(sides);
    html! { div.wide[sides > ORDINARY_SIDES] {
        div.scroll tabindex="0" role="region" aria-label=(table.english) {
            table.side {
                thead { tr {
                    th.stick scope="col" { (label(head)) }
                    @for row in 0..sides {
                        th.num scope="col" { (cell::value(table, row, head.key, decimals)) }
                    }
                } }
                tbody { @for figure in figures {
                    @let most = most(table, figure.key, sides);
                    tr {
                        th.stick scope="row" { (label(figure)) }
                        @for row in 0..sides {
                            @let value = table.get(row, figure.key);
                            @let length = drawn(value);
                            @let leads = sides > 1 && length.is_some() && length == most.leader;
                            td.num.leads[leads] {
                                (cell::value(table, row, figure.key, decimals))
                                @if let Some(length) = length.filter(|_| has_length(value)) {
                                    (bars::small(length, most.length, if leads { "pos" } else { "pale" }))
                                }
                            }
                        }
                    }
                } }
            }
        }
        (rows::rest_of(table.key, rest))
    } }
}

/// The longest of a row's figures, and whose it is alone.
struct Most {
    length: i64,
    leader: Option<i64>,
}

fn most(table: &Table, key: &str, sides: usize) -> Most {
    let lengths = || (0..sides).filter_map(|row| drawn(table.get(row, key)));
    let length = lengths().max().unwrap_or(0);
    let alone = lengths().filter(|other| *other == length).count() == 1;
    Most { length, leader: Some(length).filter(|_| alone) }
}

fn has_length(value: &Value) -> bool {
    matches!(value, Value::Count(_) | Value::Money(_) | Value::Average(_))
}
