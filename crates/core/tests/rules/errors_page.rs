//! docs/errors.md: each code has a heading, a reproducer that gives it, and no heading is without one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::common::*;
use tuanzhang_core::limits::{
    CAMPAIGN_ITEMS_MAX, DAYS_MAX, FORMATION_BUYERS_MAX, MINUTES_MAX, ORDER_LINES_MAX,
    ORDER_REFUNDS_MAX, POSTINGS_MAX, QUANTITY_MAX, SHARES_MAX, STOCK_MAX, TIERS_MAX,
};
use tuanzhang_core::money::AMOUNT_MINOR_MAX;
use tuanzhang_core::rejection::CODES;
use tuanzhang_core::text::{NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Codes that no rule of core answers.
const HANDLE_ONLY: &[&str] = &["clock_ahead"];

/// A line of a block; `…2001…` stands for the element before it, 2,001 times in all.
fn read(line: &str) -> Line {
    let text = match line.split_once(",…2001…") {
        None => line.to_owned(),
        Some((before, after)) => {
            let element = before.get(before.rfind('{').unwrap()..).unwrap();
            format!("{before}{}{after}", format!(",{element}").repeat(2_000))
        }
    };
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{line}\n{e}"))
}

fn accepted(shop: &mut Shop, block: &str) {
    for line in block.lines() {
        assert_eq!(shop.line(read(line)), Outcome::Accepted, "{line}\n{:?}", shop.last);
    }
}

/// Heading and what stands below it.
fn sections(page: &str) -> Vec<(&str, &str)> {
    page.split("\n## ").skip(1).map(|part| part.split_once('\n').unwrap()).collect()
}

#[test]
fn each_code_has_a_heading_and_a_reproducer_that_gives_it() {
    let page = page("errors.md");
    let opened = {
        let mut shop = Shop::empty();
        let head = page.split("\n## ").next().unwrap();
        let blocks = blocks(head);
        let (_, opening) = blocks.iter().find(|(mark, _)| *mark == "jsonl opening").unwrap();
        accepted(&mut shop, opening);
        shop
    };
    let mut headings = Vec::new();
    for (code, section) in sections(&page) {
        headings.push(code);
        assert!(section.contains("Details: `"), "{code} doesn't list its details");
        let blocks = blocks(section);
        if HANDLE_ONLY.contains(&code) {
            assert!(blocks.is_empty() && section.contains("Only the handle answers this"));
            continue;
        }
        let [(mark, block)] = *blocks.as_slice() else { panic!("{code} has no one block") };
        let mut shop = if mark == "jsonl alone" { Shop::empty() } else { opened.clone() };
        let (before, last) = block.trim_end().rsplit_once('\n').unwrap_or(("", block.trim_end()));
        accepted(&mut shop, before);
        let records = shop.records.len();
        let outcome = shop.line(read(last));
        let Outcome::Rejected(given) = outcome else { panic!("{code}: {outcome:?}\n{last}") };
        assert_eq!(given, code, "{last}");
        assert_eq!(shop.records.len(), records);
    }
    headings.sort_unstable();
    let mut codes = CODES.to_vec();
    codes.sort_unstable();
    assert_eq!(headings, codes);
}

#[test]
fn each_rejection_names_its_details_on_the_page() {
    let page = page("errors.md");
    let sections = sections(&page);
    let source = source("rejection.rs");
    let declared = source.split("rejections! {\n").nth(1).unwrap();
    for variant in declared.split("#[error(").skip(1) {
        let (head, fields) = variant.split_once(" {\n").unwrap_or((variant, ""));
        let code = head.rsplit('"').nth(1).unwrap();
        let section = sections.iter().find(|(heading, _)| *heading == code);
        let (_, section) = section.unwrap_or_else(|| panic!("{code} has no heading"));
        let fields = fields.split("\n    },").next().unwrap();
        for field in fields.lines().filter(|line| !line.trim().starts_with("//")) {
            let Some((name, _)) = field.trim().split_once(": ") else { continue };
            assert!(section.contains(&format!("`{name}`")), "{code} doesn't name {name}");
        }
    }
}

#[test]
fn the_table_of_ranges_is_that_of_the_limits() {
    let page = page("errors.md");
    let range = |what: &str| {
        let mut rows = rows(&page).into_iter();
        let row = rows.find(|row| row.iter().any(|cell| cell.contains(what)));
        row.unwrap_or_else(|| panic!("no row for {what}")).swap_remove(2).replace(',', "")
    };
    for (what, limit) in [
        ("lines of an order", ORDER_LINES_MAX),
        ("refunds of an order", ORDER_REFUNDS_MAX),
        ("items of a campaign", CAMPAIGN_ITEMS_MAX),
        ("shares of a split", SHARES_MAX),
        ("price tiers of", TIERS_MAX),
        ("postings of", POSTINGS_MAX),
        ("bytes of a name", NAME_BYTES_MAX),
        ("bytes of a text", TEXT_BYTES_MAX),
    ] {
        assert_eq!(range(what), limit.to_string(), "{what}");
    }
    for (what, limit) in [
        ("amount, in", AMOUNT_MINOR_MAX),
        ("quantity of", QUANTITY_MAX),
        ("limit_per_buyer", QUANTITY_MAX),
        ("channel_limits.refunds", QUANTITY_MAX),
        ("channel_limits.days", DAYS_MAX),
        ("terms_days", DAYS_MAX),
        ("after_sales_days", DAYS_MAX),
        ("pay_within_minutes", MINUTES_MAX),
        ("stock of", STOCK_MAX),
        ("a tier's at_quantity", STOCK_MAX),
        ("min_buyers", FORMATION_BUYERS_MAX),
        ("min_interest", FORMATION_BUYERS_MAX),
        ("min_quantity", STOCK_MAX),
    ] {
        assert_eq!(range(what), limit.to_string(), "{what}");
    }
}
