//! A table of many rows, in a box of its own that scrolls sideways; a long one is cut and says so.

use std::ops::Range;

use maud::{Markup, html};
use tuanzhang_analytics::{Column, Table, Value};
use tuanzhang_core::money::Decimals;

use crate::cell;
use crate::definitions::label;
use crate::words::words;

/// Columns that fit across a sheet in ordinary letters.
const ORDINARY_COLUMNS: usize = 12;

/// The rows of a table that are shown: the end of what runs in time, the head of anything else.
pub(crate) fn shown(key: &str, rows: usize) -> Range<usize> {
    match key {
        "by_day" | "funnel_by_day" | "growth_by_day" => rows.saturating_sub(31)..rows,
        "by_month" => rows.saturating_sub(24)..rows,
        "leaderboard" | "campaign_board" | "item_board" | "inviters" => 0..rows.min(20),
        // Five scores in three directions: never more.
        "rfm" => 0..rows.min(125),
        _ => 0..rows.min(30),
    }
}

/// The rows of a table under their names.
pub(crate) fn table(table: &Table, decimals: Decimals) -> Markup {
    lighter(table, decimals, |_| false)
}

/// The same, with rows lighter whose time isn't over, and a note that says so.
pub(crate) fn lighter(
    table: &Table,
    decimals: Decimals,
    still_runs: impl Fn(usize) -> bool,
) -> Markup {
    let columns = reading_order(table);
    let stick = columns
        .iter()
        .find(|column| !matches!(column.key, "rank" | "inviter_rank"))
        .map(|column| column.key);
    let wide = columns.len() > ORDINARY_COLUMNS;
    let rows = shown(table.key, table.rows.len());
    let rest = table.rows.len().saturating_sub(rows.len());
    html! { div.wide[wide] {
        @if rows.clone().any(&still_runs) { (unfinished()) }
        div.scroll tabindex="0" role="region" aria-label=(table.english) {
            table.rows {
                thead { tr { @for column in &columns {
                    th.stick[stick == Some(column.key)].num[is_number(table, column.key)] scope="col" {
                        (label(column))
                    }
                } } }
                tbody { @for row in rows {
                    tr.unfinished[still_runs(row)] { @for column in &columns {
                        @let value = table.get(row, column.key);
                        td.stick[stick == Some(column.key)].num[value.is_number()]
                            .title[matches!(column.key, "title" | "item")].short[is_short(value)] {
                            (cell::value(table, row, column.key, decimals))
                        }
                    } }
                } }
            }
        }
        (rest_of(table.key, rest))
    } }
}

/// The note beside what is lighter.
pub(crate) fn unfinished() -> Markup {
    html! { p.key { (words(
        "浅色：时间未满，数字还会变。",
        "Lighter: its time isn't over, and the figure can still change.",
    ).markup()) } }
}

/// How many rows are left out, and where they are.
pub(crate) fn rest_of(key: &str, rest: usize) -> Markup {
    html! { @if rest > 0 {
        p.rest data-rest-of=(key) data-rest=(rest) {
            span lang="zh-Hans" { "另有 " (rest) " 行未列出；完整的见 CSV 或 JSON。" } " "
            span.en lang="en" { (rest) " more rows are not shown here; CSV and JSON have all of them." }
        }
    } }
}

/// A title says more than a campaign's id: it stands first, after a rank, and the id last.
fn reading_order(table: &Table) -> Vec<&Column> {
    let mut columns: Vec<&Column> = table.columns.iter().collect();
    columns.sort_by_key(|column| match column.key {
        "rank" | "inviter_rank" => 0_u8,
        "item" => 1,
        "title" => 2,
        // A title says it better, and an id is long.
        "campaign" => 4,
        _ => 3,
    });
    columns
}

/// A day or a word, that reads better in one piece.
fn is_short(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.len() <= 20)
}

fn is_number(table: &Table, key: &str) -> bool {
    (0..table.rows.len()).any(|row| table.get(row, key).is_number())
}
