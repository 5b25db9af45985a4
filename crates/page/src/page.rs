//! The document around the sections.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tuanzhang_analytics::Report;

use crate::cell;
use crate::definitions::Defined;
use crate::words::words;
use crate::{figures, header, sections};

/// Nothing from outside, and no script: what a stranger wrote can't run even if it were let through.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("style.css");

/// The whole document.
pub(crate) fn document(report: &Report) -> Markup {
    let sections = sections::filled(report);
    let mut defined = Defined::default();
    let title = format!("团账报告 tuanzhang report · {}", header::window(report.window));
    shell(
        &title,
        "",
        &html! {
            (header::header(report))
            main {
                (figures::cards(report))
                nav aria-label="目录 Contents" {
                    @for section in &sections {
                        a href={ "#" (section.id) } { (section.title.markup()) }
                    }
                }
                @for section in &sections { (section.markup(report, &mut defined)) }
            }
            footer { (words(
                "所有数字都由账本逐条事件累计，可与 JSON、CSV 逐项核对。",
                "Every figure is a fold of the book's events; JSON and CSV of the same report have the same numbers.",
            ).markup()) }
        },
    )
}

/// A document around this body: one file, no script, nothing from outside. `style` is added to the pages' own.
pub(crate) fn shell(title: &str, style: &'static str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-Hans" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="format-detection" content="telephone=no";
                title { (cell::visible(title)) }
                // Without it a browser asks the server for an icon, and the policy refuses aloud.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    }
}
