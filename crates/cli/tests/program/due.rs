//! `tuanzhang due`: listed, piped into apply, carried out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::wildcard_imports, reason = "tests")]

use crate::kit::*;
use serde_json::json;

const LATER: &str = "2022-01-10T00:00:00+08:00";

/// An order that was received, and one that nobody paid.
fn sold() -> Shop {
    let shop = Shop::open();
    let script = Script::at_minute(600)
        .then(place(1, "mug", 1))
        .then(pay(1, "59.00"))
        .then(place(2, "dates", 1))
        .then(ship(1));
    shop.apply(&script.text()).all_ok();
    shop
}

#[test]
fn duties_are_listed_as_lines_that_apply_reads() {
    let shop = sold();
    let ran = run(&["due", &shop.book(), "--now", LATER, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let commands: Vec<_> = ran.lines().iter().map(|line| line["command"].clone()).collect();
    let expected = [
        json!({"expire_order": {"order": order(2)}}),
        json!({"close_campaign": {"campaign": campaign()}}),
        json!({"receive_order": {"order": order(1)}}),
    ];
    assert_eq!(commands, expected);
    assert_eq!(ran.lines()[0]["actor"], "system");
    shop.apply(&ran.out).all_ok();
    assert_eq!(run(&["due", &shop.book(), "--now", LATER, "--json"]).out, "");
}

#[test]
fn the_table_counts_them_and_listing_writes_nothing() {
    let shop = sold();
    let before = shop.json(&["balances"])["position"].clone();
    let ran = run(&["due", &shop.book(), "--now", LATER]);
    for word in ["expire_order", &order(2), "待办", "截团", "自动收货"] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    assert_eq!(shop.json(&["balances"])["position"], before);
    let ran = run(&["due", &shop.book(), "--now", "2021-12-01T19:00:00+08:00"]);
    assert!(ran.out.contains("订单逾期") && !ran.out.contains("截团"), "{}", ran.out);
}

#[test]
fn run_carries_them_out_until_nothing_is_left() {
    let shop = sold();
    let ran = run(&["due", &shop.book(), "--now", LATER, "--run", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.lines().len(), 3);
    assert!(ran.lines().iter().all(|line| line["ok"]["repeated"] == false), "{}", ran.out);
    let ran = run(&["due", &shop.book(), "--now", "2022-02-10T00:00:00+08:00", "--run"]);
    assert!(ran.out.contains("settle_order"), "{ran:?}");
    let ran = run(&["due", &shop.book(), "--now", "2022-02-10T00:00:00+08:00", "--run"]);
    assert!(ran.out.contains("nothing is due"), "{ran:?}");
    assert_eq!(run(&["audit", &shop.book()]).code, 0);
}

#[test]
fn a_time_before_the_last_record_and_a_missing_book_are_told() {
    let shop = sold();
    let ran = run(&["due", &shop.book(), "--now", "2021-12-01T00:00:00+08:00"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("before the last record"), "{}", ran.err);
    let nowhere = Shop::empty();
    let ran = run(&["due", &nowhere.book(), "--now", LATER, "--run"]);
    assert_eq!(ran.code, 2);
    assert!(!nowhere.path().exists());
}
