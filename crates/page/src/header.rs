//! What a page covers: without it no figure on it can be checked.

use maud::{Markup, html};
use tuanzhang_analytics::{Report, Window};
use tuanzhang_core::Position;

use crate::cell;
use crate::words::{Words, words};

/// Books, positions, zone, window and currency.
pub(crate) fn header(report: &Report) -> Markup {
    html! { header {
        p.brand { "团账 tuanzhang" }
        h1 { (words("经营报告", "Report of the group").markup()) }
        dl.covers {
            (row(words("期间", "Window"), &html! { (window(report.window)) }))
            @if let Some(day) = report.as_of { (row(words("截至", "As of"), &html! { (day) })) }
            (row(words("时区", "Time zone"), &cell::name(&report.zone)))
            (row(words("币种", "Currency"), &cell::name(&report.currency)))
        }
        div.scroll { table.books {
            thead { tr {
                th scope="col" { (words("账本", "Book").markup()) }
                th.num scope="col" { (words("截至记录", "Through record").markup()) }
                th scope="col" { (words("记录时间", "Recorded at").markup()) }
                th.num scope="col" { (words("社群动态", "Activity through").markup()) }
            } }
            tbody { @for book in &report.books { tr data-book=(book.book) {
                td { (cell::name(&book.book.to_string())) }
                td.num data-position=(book.position) { (cell::grouped(&book.position.to_string())) }
                td { @if let Some(at) = book.at {
                    @for part in at.to_string().split('T') { span.short { (part) } " " }
                } @else { "–" } }
                td.num { @if book.activity == Position::START { "–" }
                    @else { (cell::grouped(&book.activity.to_string())) } }
            } } }
        } }
    } }
}

fn row(name: Words, value: &Markup) -> Markup {
    html! { div { dt { (name.markup()) } dd { (value) } } }
}

/// The days that are counted, as text.
pub(crate) fn window(window: Window) -> String {
    match (window.from, window.through) {
        (Some(from), Some(through)) => format!("{from} – {through}"),
        (Some(from), None) => format!("{from} 起 on"),
        (None, Some(through)) => format!("… – {through}"),
        (None, None) => "全部 all".to_owned(),
    }
}
