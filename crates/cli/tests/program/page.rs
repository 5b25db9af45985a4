//! `tuanzhang report --html`: the page's numbers are the JSON's.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "tests"
)]

use crate::kit::*;
use scraper::{Html, Selector};
use serde_json::Value;

/// As the page writes a value: a ratio's own, a number or a text; nothing for none.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(ratio) => plain(&ratio["value"]),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Array(_) => panic!("{value} is no value"),
    }
}

#[test]
fn every_number_on_the_page_is_that_of_the_json() {
    let dir = tempfile::TempDir::new().unwrap();
    let place = dir.path().join("demo");
    let place = place.to_str().unwrap();
    run(&["demo", place]);
    let book = format!("{place}/book");
    let file = dir.path().join("report.html");
    let args =
        ["report", &book, "--html", file.to_str().unwrap(), "--target", "900000.000", "--json"];
    let json = run(&args).json();
    let page = Html::parse_document(&std::fs::read_to_string(&file).unwrap());
    let cells = Selector::parse("[data-value][data-key]").unwrap();
    let mut compared = 0;
    for cell in page.select(&cells) {
        let of = |name: &str| cell.attr(name).unwrap_or_default();
        let (table, key, row) = (of("data-table"), of("data-key"), of("data-row"));
        let row: usize = row.parse().unwrap();
        let known = if json[table].is_array() { &json[table][row][key] } else { &json[key] };
        assert_eq!(of("data-value"), plain(known), "{table} row {row} {key}");
        compared += 1;
    }
    assert!(compared > 1_000, "{compared} numbers on the page");
    let kept = std::fs::read_to_string(format!("{place}/report.html")).unwrap();
    assert!(kept.starts_with("<!DOCTYPE html>"), "the demo keeps a page");
}
