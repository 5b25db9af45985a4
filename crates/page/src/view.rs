//! What stands above a table: its chart, its bars, its grid; and which form the table itself has.

use maud::{Markup, html};
use tuanzhang_analytics::{Report, Shape, Table, Value};
use tuanzhang_core::money::Decimals;

use crate::bars::{self, Bar};
use crate::charts::{Form, Plan, Unit, draw};
use crate::covered::Covered;
use crate::definitions::{Defined, label, list};
use crate::scale::{drawn, thousandths};
use crate::words::{Words, gloss, nothing, words};
use crate::{cell, cohorts, rfm, rows, side, single};

/// Bars of a board: the first of it.
const BARS_MAX: usize = 10;

/// A table with its title, its drawing and its definitions.
pub(crate) fn table(table: &Table, report: &Report, defined: &mut Defined) -> Markup {
    let (decimals, covered) = (report.decimals, Covered::of(report));
    let title = Words { chinese: table.chinese, english: table.english };
    html! { article id={ "t-" (table.key) } {
        h3 { (title.markup()) }
        p.about { (Words { chinese: table.chinese_meaning, english: table.meaning }.markup()) }
        @if is_empty(table) { p.nothing { (nothing(table.key).markup()) } }
        @match table.shape {
            Shape::One => {
                (drawing(table, decimals))
                (single::figures(table, decimals, defined))
            }
            Shape::Many => {
                @if !table.rows.is_empty() {
                    (drawing(table, decimals))
                    @match table.key {
                        "cohorts" => (cohorts::map(table, decimals, covered)),
                        "repeat_curve" => (rows::lighter(table, decimals, |row| covered.is_beyond(table, row))),
                        "groups" | "pk" => (side::table(table, decimals)),
                        "rfm" => details.more {
                            summary { (words("按 M 分细分", "By monetary score").markup()) }
                            (rows::table(table, decimals))
                        },
                        _ => (rows::table(table, decimals)),
                    }
                }
                (list(table, defined))
            }
        }
    } }
}

/// Whether nothing of it would be told by showing it.
fn is_empty(table: &Table) -> bool {
    let nothing = |value: &Value| match value {
        Value::None | Value::Text(_) | Value::Count(0) => true,
        Value::Money(total) => total.minor() == 0,
        Value::Count(_) => false,
        Value::Average(ratio)
        | Value::Share(ratio)
        | Value::MoneyShare(ratio)
        | Value::Rate(ratio) => ratio.numerator == 0 || ratio.denominator <= 0,
    };
    // A shop without visits still has buyers; it has no visits to tell of.
    let visits = table.columns.iter().any(|column| column.key == "pv");
    if visits && table.shape == Shape::One {
        return nothing(table.get(0, "pv"));
    }
    table.rows.is_empty() || (table.shape == Shape::One && table.rows.iter().flatten().all(nothing))
}

fn drawing(table: &Table, decimals: Decimals) -> Markup {
    let charts = plans(table.key, decimals).into_iter().filter_map(|plan| draw(table, plan));
    html! {
        div.charts { @for chart in charts { (chart) } }
        @match table.key {
            "funnel" => (funnel(table, decimals)),
            "lifecycle" => (lifecycle(table, decimals)),
            "rfm" => (rfm::grid(table, decimals)),
            "target_progress" => (target(table, decimals)),
            _ => { @if let Some((name, value)) = board(table.key) {
                (board_bars(table, name, value, decimals))
            } }
        }
    }
}

fn plans(key: &str, decimals: Decimals) -> Vec<Plan> {
    let money = Unit::Money(decimals);
    let sales = Plan {
        title: words("支付成交额与纯销售额", "GMV paid and net sales"),
        unit: money,
        series: &[("gmv_paid", Form::Bars), ("net_sales", Form::Inner)],
    };
    let averages = Plan {
        title: words("笔单价与客单价", "Average per order and per buyer"),
        unit: money,
        series: &[("average_per_order", Form::Line), ("average_per_buyer", Form::Other)],
    };
    match key {
        "by_day" | "by_month" => vec![sales, averages],
        "funnel_by_day" => vec![Plan {
            title: words("每日访客与支付人数", "Visitors and payers by day"),
            unit: Unit::Count,
            series: &[("visitors", Form::Bars), ("payers", Form::Inner)],
        }],
        "repeat_curve" => vec![Plan {
            title: words("首单后若干天内复购的比例", "Share that buys again within days"),
            unit: Unit::Percent,
            series: &[("again_share", Form::Line), ("later_day_share", Form::Other)],
        }],
        "growth_by_day" => vec![
            Plan {
                title: words("群成员", "Members"),
                unit: Unit::Count,
                series: &[("members_at_end", Form::Line)],
            },
            Plan {
                title: words("进群与退群", "Joins and leaves"),
                unit: Unit::Count,
                series: &[("joins", Form::Bars), ("leaves", Form::Inner)],
            },
        ],
        _ => Vec::new(),
    }
}

/// The name and the value that a table's bars show.
fn board(key: &str) -> Option<(&'static str, &'static str)> {
    Some(match key {
        "leaderboard" => ("leader", "net_sales"),
        "campaign_board" => ("title", "net_sales"),
        "item_board" => ("item", "net_goods"),
        "margin_by_campaign" => ("title", "margin"),
        "margin_by_account" => ("account", "result"),
        "return_shipping_by_bearer" => ("role", "return_shipping"),
        "return_shipping_by_item" => ("item", "return_shipping"),
        "exposure" => ("role", "exposed_goods"),
        "suspense_by_month" => ("month", "suspense_change"),
        "orders_per_buyer" => ("orders", "buyers_with_so_many"),
        "funnel_by_source" => ("source", "visitors"),
        "inviters" => ("inviter", "invited_joins"),
        _ => return None,
    })
}

fn board_bars(table: &Table, name: &str, value: &str, decimals: Decimals) -> Markup {
    let Some(column) = table.columns.iter().find(|column| column.key == value) else {
        return html! {};
    };
    let title = Words { chinese: column.chinese, english: column.english };
    let party = name == "role" && table.columns.iter().any(|column| column.key == "party");
    let row = |row: usize| Bar {
        label: html! {
            (named(table, row, name, decimals))
            @if party { " " (cell::value(table, row, "party", decimals)) }
        },
        value: cell::value(table, row, value, decimals),
        length: drawn(table.get(row, value)).unwrap_or(0),
    };
    let shown: Vec<Bar> = (0..table.rows.len().min(BARS_MAX)).map(row).collect();
    bars::list(title, &shown)
}

/// A name with its Chinese word where it is one of ours.
fn named(table: &Table, row: usize, key: &str, decimals: Decimals) -> Markup {
    let chinese = if let Value::Text(word) = table.get(row, key) { gloss(word) } else { None };
    html! {
        @if let Some(chinese) = chinese { span lang="zh-Hans" { (chinese) } " " }
        (cell::value(table, row, key, decimals))
    }
}

fn funnel(table: &Table, decimals: Decimals) -> Markup {
    // A shop that records no carts has no such step.
    let carts = drawn(table.get(0, "shortlisters")).is_some_and(|people| people != 0);
    let steps = ["visitors", "shortlisters", "placers", "payers"].into_iter();
    let steps = steps.filter(|key| carts || *key != "shortlisters");
    let columns = steps.filter_map(|key| table.columns.iter().find(|column| column.key == key));
    let bars: Vec<Bar> = columns
        .map(|column| Bar {
            label: label(column),
            value: cell::value(table, 0, column.key, decimals),
            length: drawn(table.get(0, column.key)).unwrap_or(0),
        })
        .collect();
    bars::list(words("从浏览到支付", "From visit to payment"), &bars)
}

fn lifecycle(table: &Table, decimals: Decimals) -> Markup {
    let row = |row: usize| Bar {
        label: named(table, row, "state", decimals),
        value: cell::value(table, row, "buyers_so_far", decimals),
        length: drawn(table.get(row, "buyers_so_far")).unwrap_or(0),
    };
    let bars: Vec<Bar> = (0..table.rows.len()).map(row).collect();
    bars::stacked(words("团员所处阶段", "Where buyers are"), &bars)
}

/// How far the target is reached, and how much of its time has gone.
pub(crate) fn target(table: &Table, decimals: Decimals) -> Markup {
    let length = |key: &str| drawn(table.get(0, key)).unwrap_or(0);
    let reached = thousandths(length("target_reached"), length("target"));
    let days = Some(length("target_days")).filter(|days| *days > 0);
    let gone = days.map(|days| thousandths(length("target_days_gone"), days));
    let value = |key: &str| cell::value(table, 0, key, decimals);
    html! { figure.bars {
        figcaption { (words("目标进度", "Progress against the target").markup()) }
        (bars::progress(reached, gone))
        p { b { (value("target_share")) } " · " (value("target_reached")) " / " (value("target")) }
        // Without a window the target has no days.
        @if gone.is_some() { p.key {
            span lang="zh-Hans" { "竖线：" (value("target_days")) " 天中已过 " (value("target_days_gone")) " 天。" } " "
            span.en lang="en" { "The mark: " (value("target_days_gone")) " of " (value("target_days")) " days have gone." }
        } }
    } }
}
