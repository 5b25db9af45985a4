//! A table of one row: each figure with its definition under name and value, across the whole width.

use maud::{Markup, html};
use tuanzhang_analytics::Table;
use tuanzhang_core::money::Decimals;

use crate::cell;
use crate::definitions::{Defined, label, meaning};

/// Figures under each other.
pub(crate) fn figures(table: &Table, decimals: Decimals, defined: &mut Defined) -> Markup {
    html! { table.figures { tbody {
        @for column in &table.columns {
            @let _again = defined.again(column.key);
            tr data-defines=(column.key) {
                th scope="row" {
                    div { (label(column)) " " code { (column.key) } }
                    (meaning(column))
                }
                td.num { (cell::value(table, 0, column.key, decimals)) }
            }
        }
    } } }
}
