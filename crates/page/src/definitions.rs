//! Definitions beside their figures, without hovering. On a screen those of a long table are folded; in print
//! each key is defined under the first table that has it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use tuanzhang_analytics::{Column, Table};

use crate::words::{Words, words};

/// The keys that were defined further up.
#[derive(Debug, Default)]
pub(crate) struct Defined(BTreeSet<&'static str>);

impl Defined {
    /// Notes that a key is defined here; whether it was before.
    pub(crate) fn again(&mut self, key: &'static str) -> bool {
        !self.0.insert(key)
    }
}

/// The definitions of a table's columns, foldable.
pub(crate) fn list(table: &Table, defined: &mut Defined) -> Markup {
    let again: Vec<bool> = table.columns.iter().map(|column| defined.again(column.key)).collect();
    let all_again = again.iter().all(|again| *again);
    html! {
        details.defs.all-again[all_again] {
            summary { (words("口径", "Definitions").markup()) " (" (table.columns.len()) ")" }
            dl { @for (column, again) in table.columns.iter().zip(&again) {
                div.again[*again] data-defines=(column.key) {
                    dt { (label(column)) " " code { (column.key) } }
                    dd { (meaning(column)) }
                }
            } }
            @if again.iter().any(|again| *again) {
                p.print-only { (words("其余口径见前文。", "The others are defined further up.").markup()) }
            }
        }
    }
}

/// A column's names.
pub(crate) fn label(column: &Column) -> Markup {
    Words { chinese: column.chinese, english: column.english }.markup()
}

/// A column's definition in both languages, Chinese first.
pub(crate) fn meaning(column: &Column) -> Markup {
    explained(Words { chinese: column.chinese_meaning, english: column.meaning })
}

/// Sentences in both languages under each other: the English one smaller.
pub(crate) fn explained(text: Words) -> Markup {
    html! { p.meaning { (text.markup()) } }
}
