//! Key figures first: what a leader looks for before anything else.

use maud::{Markup, html};
use tuanzhang_analytics::{Report, Value};

use crate::words::words;
use crate::{cell, definitions, view};

/// Table and key of each card, in reading order.
const CARDS: &[(&str, &str)] = &[
    ("sales", "net_sales"),
    ("sales", "gmv_paid"),
    ("sales", "paid_orders"),
    ("sales", "buyers"),
    ("sales", "average_per_order"),
    ("sales", "average_per_buyer"),
    ("funnel", "placing_conversion"),
    ("sales", "repeat_rate"),
    ("refund_rates", "refund_rate_orders"),
    ("margin_total", "margin"),
];

/// The cards of the figures that the report has, and the target's progress if there is one.
pub(crate) fn cards(report: &Report) -> Markup {
    let found = CARDS.iter().filter_map(|(table, key)| {
        let table = report.table(table)?;
        Some((table, table.columns.iter().find(|column| column.key == *key)?))
    });
    let found: Vec<_> = found.collect();
    html! {
        @if !found.is_empty() {
            section.cards aria-label="关键数字 Key figures" {
                @for (table, column) in &found {
                    details.card {
                        summary {
                            span.card-name {
                                (definitions::label(column))
                                @if column.key == "margin" { " " (words("已结算", "settled").markup()) }
                            }
                            span.card-value {
                                (cell::value(table, 0, column.key, report.decimals))
                                @if is_money(table.get(0, column.key)) {
                                    " " small { (report.currency) }
                                }
                            }
                        }
                        (definitions::meaning(column))
                    }
                }
            }
            p.key.no-print { (words("点一张卡片看口径。", "Tap a card for its definition.").markup()) }
        }
        @if let Some(target) = report.table("target_progress") { (view::target(target, report.decimals)) }
    }
}

const fn is_money(value: &Value) -> bool {
    matches!(value, Value::Money(_) | Value::Average(_))
}
