//! Bars drawn as rectangles beside their names: names wrap, so no label is ever cut.

use maud::{Markup, html};

use crate::scale::{WHOLE, thousandths};
use crate::words::Words;

/// One bar: what it is, its printed value, and its length in any unit that all bars of a list share.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) label: Markup,
    pub(crate) value: Markup,
    pub(crate) length: i64,
}

/// Bars under each other, from a common zero; negative ones run to the left of it.
pub(crate) fn list(title: Words, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.length).max().unwrap_or(0).max(0);
    let least = bars.iter().map(|bar| bar.length).min().unwrap_or(0).min(0);
    let span = most.saturating_sub(least);
    let zero = thousandths(least.saturating_neg(), span);
    html! { figure.bars {
        figcaption { (title.markup()) }
        @for bar in bars {
            @let long = thousandths(bar.length.saturating_abs(), span);
            div.bar-row {
                div.bar-label { (bar.label) }
                div.bar-value { (bar.value) }
                @if bar.length < 0 {
                    (strip(zero, &[Part { from: zero.saturating_sub(long), long, class: "neg" }]))
                } @else {
                    (strip(zero, &[Part { from: zero, long, class: "pos" }]))
                }
            }
        }
    } }
}

/// Parts of one whole, end to end, with a legend that has the numbers.
pub(crate) fn stacked(title: Words, bars: &[Bar]) -> Markup {
    let whole = bars.iter().fold(0_i64, |sum, bar| sum.saturating_add(bar.length.max(0)));
    let mut from = 0_i64;
    let mut parts = Vec::new();
    for (bar, class) in bars.iter().zip(STACK.iter().cycle()) {
        let long = thousandths(bar.length, whole);
        parts.push(Part { from, long, class });
        from = from.saturating_add(long);
    }
    html! { figure.bars {
        figcaption { (title.markup()) }
        div.tall { (strip(0, &parts)) }
        ul.legend {
            @for (bar, class) in bars.iter().zip(STACK.iter().cycle()) {
                li { span.{"swatch " (class)} {} (bar.label) " " b { (bar.value) } }
            }
        }
    } }
}

const STACK: [&str; 4] = ["stack0", "stack1", "stack2", "stack3"];

/// How far something is, with a mark at how far it should be.
pub(crate) fn progress(reached: i64, mark: Option<i64>) -> Markup {
    html! { svg.bar.progress viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true" {
        rect.track x="0" y="4" width="1000" height="20" {}
        rect.pos x="0" y="4" width=(reached.clamp(0, WHOLE)) height="20" {}
        @if let Some(mark) = mark {
            rect.mark x=(mark.clamp(0, WHOLE.saturating_sub(6))) y="0" width="6" height="28" {}
        }
    } }
}

/// A short bar for a cell, of a part of a whole.
pub(crate) fn small(part: i64, whole: i64, class: &'static str) -> Markup {
    strip(0, &[Part { from: 0, long: thousandths(part, whole), class }])
}

/// A rectangle in thousandths of the strip's width.
#[derive(Debug)]
struct Part {
    from: i64,
    long: i64,
    class: &'static str,
}

fn strip(zero: i64, parts: &[Part]) -> Markup {
    html! { svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
        rect.track x="0" y="0" width="1000" height="10" {}
        @for part in parts {
            rect.(part.class) x=(part.from) y="0" width=(part.long) height="10" {}
        }
        @if zero > 0 { rect.mark x=(zero) y="0" width="3" height="10" {} }
    } }
}
