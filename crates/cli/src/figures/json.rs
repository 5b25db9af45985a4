//! A report as JSON: tables of one row at the top level, the others as lists of objects, definitions beside.

use tuanzhang_analytics::{Column, Ratio, Report, Shape, Table, Total, Value};
use tuanzhang_core::money::Decimals;

use crate::node::Node;

/// The report's JSON.
pub(crate) fn node(report: &Report) -> Node {
    let decimals = report.decimals;
    let one_book = |own: Option<Node>| own.filter(|_| report.books.len() == 1);
    let first = report.books.first();
    let mut fields = vec![
        ("position", one_book(first.map(|book| book.position.get().into())).into()),
        ("activity_position", one_book(first.map(|book| book.activity.get().into())).into()),
        ("as_of", report.books.iter().filter_map(|book| book.at).max().map(Node::text).into()),
        ("currency", report.currency.as_str().into()),
        ("timezone", report.zone.as_str().into()),
        ("from", report.window.from.map(Node::text).into()),
        ("through", report.window.through.map(Node::text).into()),
        ("last_day", report.as_of.map(Node::text).into()),
        ("books", Node::list(report.books.iter().map(book))),
    ];
    for table in &report.tables {
        match table.shape {
            Shape::One => {
                fields.extend(table.rows.iter().flat_map(|row| object(table, row, decimals)));
            }
            Shape::Many => {
                let rows = table.rows.iter().map(|row| Node::Map(object(table, row, decimals)));
                fields.push((table.key, Node::list(rows)));
            }
        }
    }
    let columns = columns(report);
    let meanings = columns.iter().map(|column| (column.key, column.meaning.into()));
    fields.push(("definitions", Node::Map(meanings.collect())));
    let names = columns
        .iter()
        .map(|of| (of.key, named([of.english, of.chinese], [of.meaning, of.chinese_meaning])));
    fields.push(("columns", Node::Map(names.collect())));
    let tables = report
        .tables
        .iter()
        .map(|of| (of.key, named([of.english, of.chinese], [of.meaning, of.chinese_meaning])));
    fields.push(("tables", Node::Map(tables.collect())));
    Node::Map(fields)
}

fn book(covered: &tuanzhang_analytics::Covered) -> Node {
    Node::Map(vec![
        ("book", Node::text(covered.book)),
        ("position", covered.position.get().into()),
        ("at", covered.at.map(Node::text).into()),
        ("activity_position", covered.activity.get().into()),
    ])
}

/// Names and meanings, each English first.
fn named([english, chinese]: [&str; 2], [meaning, chinese_meaning]: [&str; 2]) -> Node {
    Node::Map(vec![
        ("english", english.into()),
        ("chinese", chinese.into()),
        ("meaning", meaning.into()),
        ("chinese_meaning", chinese_meaning.into()),
    ])
}

/// Every column that is in the report, once.
fn columns(report: &Report) -> Vec<Column> {
    let mut known: Vec<Column> = Vec::new();
    for column in report.tables.iter().flat_map(|table| &table.columns) {
        if !known.iter().any(|other| other.key == column.key) {
            known.push(*column);
        }
    }
    known
}

fn object(table: &Table, row: &[Value], decimals: Decimals) -> Vec<(&'static str, Node)> {
    table
        .columns
        .iter()
        .zip(row)
        .map(|(column, cell)| (column.key, value(cell, decimals)))
        .collect()
}

/// A value; a ratio with what it was made of.
fn value(value: &Value, decimals: Decimals) -> Node {
    let count = |count: i128| Node::Json(serde_json::Number::from_i128(count).into());
    let money = |minor: i128| Node::Text(Total::from_minor(minor).display(decimals));
    match value {
        Value::None => Node::Null,
        Value::Text(text) => text.as_str().into(),
        Value::Count(number) => Node::Json((*number).into()),
        Value::Money(total) => total.display(decimals).into(),
        Value::Average(ratio) => exact(ratio, money, count, value.plain(decimals)),
        Value::MoneyShare(ratio) => exact(ratio, money, money, value.plain(decimals)),
        Value::Share(ratio) | Value::Rate(ratio) => {
            exact(ratio, count, count, value.plain(decimals))
        }
    }
}

fn exact(
    ratio: &Ratio,
    numerator: impl Fn(i128) -> Node,
    denominator: impl Fn(i128) -> Node,
    value: Option<String>,
) -> Node {
    Node::Map(vec![
        ("numerator", numerator(ratio.numerator)),
        ("denominator", denominator(ratio.denominator)),
        ("value", value.into()),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use tuanzhang_analytics::{Facts, Settings, Utc};
    use tuanzhang_core::{Money, PartyId};

    use super::*;

    #[test]
    fn no_key_stands_twice_at_the_top() {
        let settings = Settings {
            target: Some(Money::ZERO),
            pk: Some((PartyId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]))),
            ..Settings::default()
        };
        let Node::Map(fields) = node(&Report::of(&Facts::new(Arc::new(Utc)), &settings)) else {
            panic!("a report is an object")
        };
        let mut known = BTreeSet::new();
        for (key, _) in fields {
            assert!(known.insert(key), "{key} stands twice");
        }
    }
}
