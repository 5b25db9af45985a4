//! Duties: what the clock demands, in its order, and nothing before its time. `domain.md` §6.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::Time;

fn item() -> Value {
    json!([{"sku": "tea", "title": "Tea", "price": "40.00",
        "tiers": [{"at_quantity": 3, "price": "30.00"}]}])
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn of_tea(quantity: u32) -> Value {
    json!([{"sku": "tea", "quantity": quantity}])
}

/// The duties at a time: command and the last digits of what it is about.
fn due(shop: &Shop, now: Time) -> Vec<String> {
    let short = |id: &Value| {
        let text = id.as_str().unwrap();
        let number = text.strip_prefix("00000000-0000-4000-8000-").unwrap_or(text);
        number.trim_start_matches('0').to_owned()
    };
    let told = |command| {
        let value = serde_json::to_value::<tuanzhang_core::Command>(command).unwrap();
        let (name, fields) = value.as_object().unwrap().iter().next().unwrap();
        let about: Vec<_> = fields.as_object().unwrap().values().map(short).collect();
        format!("{name} {}", about.join(" "))
    };
    shop.book.due(now).map(told).collect()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// Carries out all that is due, until nothing is.
fn run(shop: &mut Shop, now: Time) -> Vec<String> {
    let mut done = Vec::new();
    shop.at = now;
    loop {
        let listed: Vec<_> = shop.book.due(now).collect();
        if listed.is_empty() {
            return done;
        }
        for command in listed {
            let name = command.name();
            let outcome = shop.send(json!("system"), serde_json::to_value(&command).unwrap());
            assert_eq!(outcome, Outcome::Accepted, "{command:?} {:?}", shop.last);
            done.push(name.to_owned());
        }
    }
}

#[test]
fn a_campaigns_life_runs_by_the_clock_alone() {
    let mut shop = Shop::new();
    shop.campaign(&item(), &owner_12(), &json!({}));
    shop.at = at("2026-01-02T00:00:00Z");
    shop.paid(10, &of_tea(2), &json!({}));
    shop.placed(11, &of_tea(1), &json!({}));
    shop.paid(12, &of_tea(2), &json!({}));
    assert_eq!(due(&shop, at("2026-01-02T00:29:59.999999Z")), [""; 0]);
    assert_eq!(due(&shop, at("2026-01-02T00:30:00Z")), ["expire_order 11"]);
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.ok(operator(), json!({"ship_order": {"order": id(12)}}));
    let listed = due(&shop, at("2026-02-01T00:00:00Z"));
    assert_eq!(
        listed,
        ["expire_order 11", "close_campaign 100", "receive_order 10", "receive_order 12"]
    );
    let done = run(&mut shop, at("2026-02-01T00:00:00Z"));
    assert_eq!(
        done,
        ["expire_order", "close_campaign", "receive_order", "receive_order", "adjust_price"]
    );
    // Order 12 was charged 30.00; order 10 waits for its refund to be paid.
    let listed = due(&shop, at("2026-02-08T00:00:00.000001Z"));
    assert_eq!(listed, ["settle_order 12"]);
    assert_eq!(due(&shop, at("2026-02-08T00:00:00Z")), [""; 0], "the window's end is in it");
    run(&mut shop, at("2026-02-08T00:00:00.000001Z"));
    assert_eq!(due(&shop, at("2026-02-15T00:00:00Z")), [""; 0]);
    assert_eq!(run(&mut shop, at("2026-02-15T00:00:00.000001Z")), ["mature_payable"]);
    assert_eq!(shop.book.due(at("2030-01-01T00:00:00Z")).count(), 0);
}

#[test]
fn a_campaign_that_was_not_formed_pays_everybody_back() {
    let mut shop = Shop::new();
    shop.campaign(&item(), &owner_12(), &json!({"formation": {"min_quantity": 9}}));
    shop.paid(10, &of_tea(2), &json!({}));
    shop.paid(11, &of_tea(1), &json!({}));
    let done = run(&mut shop, at("2026-02-01T00:00:00Z"));
    assert_eq!(done, ["close_campaign", "refund_unformed", "refund_unformed"]);
    shop.has("refund_due", BUYER, "110.00");
}

#[test]
fn a_presale_is_decided_before_its_campaign_closes() {
    let mut shop = Shop::new();
    let presale = json!({"presale": {"min_interest": 1, "decide_at": "2026-01-10T00:00:00Z"}});
    shop.campaign(&item(), &owner_12(), &presale);
    assert_eq!(due(&shop, at("2026-01-09T23:59:59Z")), [""; 0]);
    assert_eq!(due(&shop, at("2026-02-02T00:00:00Z")), ["decide_presale 100"]);
    assert_eq!(run(&mut shop, at("2026-02-02T00:00:00Z")), ["decide_presale"]);
}

#[test]
fn a_return_that_never_came_lapses() {
    let mut shop = Shop::new();
    shop.campaign(&item(), &owner_12(), &json!({"return_within_days": 3}));
    shop.paid(10, &of_tea(1), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "return", &of_tea(1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    assert_eq!(due(&shop, at("2026-01-03T23:59:59Z")), [""; 0]);
    assert_eq!(due(&shop, at("2026-01-04T00:00:00Z")), ["lapse_return 20"]);
}

#[test]
fn nothing_is_due_before_the_last_record_or_inside_a_sealed_period() {
    let mut shop = Shop::new();
    shop.campaign(&item(), &owner_12(), &json!({}));
    shop.placed(10, &of_tea(1), &json!({}));
    shop.at = at("2026-01-05T00:00:00Z");
    shop.ok(operator(), json!({"seal_period": {"through": "2026-01-05T00:00:00Z"}}));
    assert_eq!(due(&shop, at("2026-01-04T00:00:00Z")), [""; 0]);
    assert_eq!(due(&shop, at("2026-01-05T00:00:00Z")), [""; 0]);
    assert_eq!(due(&shop, at("2026-01-05T00:00:00.000001Z")), ["expire_order 10"]);
}

#[test]
fn the_list_is_lazy_and_asks_for_no_more_than_is_taken() {
    let mut shop = Shop::new();
    shop.campaign(&item(), &owner_12(), &json!({}));
    for order in 10..40 {
        shop.placed(order, &of_tea(1), &json!({}));
    }
    let first = shop.book.due(at("2026-01-02T00:00:00Z")).next().unwrap();
    assert_eq!(first.name(), "expire_order");
    assert_eq!(shop.book.due(at("2026-01-02T00:00:00Z")).count(), 30);
}
