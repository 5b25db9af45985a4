//! One value on the page: what people read, and beside it what a program compares.

use maud::{Markup, html};
use tuanzhang_analytics::{Table, Value};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::text::{self, is_hidden};

/// A value with its key, row and plain text. `row` is the row of the report's table, not of what is shown.
pub(crate) fn value(table: &Table, row: usize, key: &str, decimals: Decimals) -> Markup {
    let value = table.get(row, key);
    html! {
        span.v data-table=(table.key) data-key=(key) data-row=(row)
            data-value=[value.plain(decimals)] { (shown(value, decimals)) }
    }
}

/// What people read of a value.
fn shown(value: &Value, decimals: Decimals) -> Markup {
    match value {
        Value::Text(text) => name(text),
        Value::None
        | Value::Count(_)
        | Value::Money(_)
        | Value::Average(_)
        | Value::Share(_)
        | Value::MoneyShare(_)
        | Value::Rate(_) => html! { (grouped(&value.display(decimals))) },
    }
}

/// A name from a stranger: set apart from the text around it, with what would reorder or hide it made
/// visible. An id may be broken at its hyphens.
pub(crate) fn name(text: &str) -> Markup {
    if is_id(text) {
        let parts: Vec<&str> = text.split('-').collect();
        let last = parts.len().saturating_sub(1);
        return html! { code.id {
            @for (index, part) in parts.iter().enumerate() { (part) @if index < last { "-" wbr; } }
        } };
    }
    html! { bdi {
        @for piece in text.split_inclusive(is_hidden) {
            (piece.trim_end_matches(is_hidden))
            @if let Some(hidden) = piece.chars().next_back().filter(|last| is_hidden(*last)) {
                span.hidden title="invisible character" { (format!("U+{:04X}", u32::from(hidden))) }
            }
        }
    } }
}

/// A text where no markup can stand: what would reorder or hide it is written as `<U+202E>`.
pub(crate) fn visible(text: &str) -> String {
    text::visible(text, &[])
}

/// A UUID as it is printed.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(index, letter)| match index {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

/// Sets thousands apart: `-1234567.80` becomes `-1,234,567.80`. Leaves anything else as it is.
pub(crate) fn grouped(number: &str) -> String {
    let start = number.find(|letter: char| letter.is_ascii_digit()).unwrap_or(number.len());
    let (sign, rest) = number.split_at(start);
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, tail) = rest.split_at(end);
    let mut text = String::from(sign);
    for (index, digit) in whole.char_indices() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(tail);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_seen_in_a_title() {
        assert_eq!(visible("a\u{202E}b\u{200B} 团长"), "a<U+202E>b<U+200B> 团长");
    }

    #[test]
    fn thousands_are_set_apart_and_nothing_else_changes() {
        for (plain, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.80", "-1,234,567.80"),
            ("123456.7891", "123,456.7891"),
            ("40.36 %", "40.36 %"),
            ("–", "–"),
            ("", ""),
        ] {
            assert_eq!(grouped(plain), text);
        }
    }

    #[test]
    fn what_would_reorder_a_name_is_shown() {
        let shown = name("a\u{202E}<b>").into_string();
        assert!(shown.contains("U+202E") && shown.contains("&lt;b&gt;"), "{shown}");
        assert!(!shown.contains('\u{202E}'));
        assert_eq!(name("土豆").into_string(), "<bdi>土豆</bdi>");
    }
}
