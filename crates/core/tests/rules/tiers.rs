//! Price tiers: charged by what is live, locked by what is paid and kept, adjusted once. `domain.md` §3.4.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::RefundId;

fn tea() -> Value {
    json!([{"sku": "tea", "title": "Tea", "price": "39.90", "tiers": [
        {"at_quantity": 1, "price": "39.90"}, {"at_quantity": 10, "price": "36.90"},
        {"at_quantity": 30, "price": "33.90"}]}])
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn of_tea(quantity: u32) -> Value {
    json!([{"sku": "tea", "quantity": quantity}])
}

fn shop(changes: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.campaign(&tea(), &owner_12(), changes);
    shop
}

fn close() -> Value {
    json!({"close_campaign": {"campaign": id(CAMPAIGN)}})
}

fn adjust(order: u32) -> Value {
    json!({"adjust_price": {"order": id(order), "sku": "tea"}})
}

fn price_refund(order: u32) -> RefundId {
    RefundId::derived(id(order).parse().unwrap(), "price/tea")
}

/// What the buyer is owed in all, in fen.
fn owed(shop: &Shop) -> i64 {
    -shop.book.balance(&format!("refund_due:{}", id(BUYER)).parse().unwrap()).minor()
}

/// Two units at 39.90, and then so many that tier 30 is reached.
fn at_tier_30(changes: &Value) -> Shop {
    let mut shop = shop(&json!({}));
    shop.paid(10, &of_tea(2), changes);
    shop.paid(11, &of_tea(28), &json!({}));
    shop
}

#[test]
fn example_5_pays_the_difference_back_once() {
    let mut shop = at_tier_30(&json!({}));
    // Order 11 reached tier 30 by itself: 28 units at 33.90.
    assert_eq!(shop.order(11).due.minor(), 94_920);
    let before = -shop.book.balance(&format!("pending:{}", id(OWNER)).parse().unwrap()).minor();
    shop.no("not_due", system(), adjust(10));
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 1200);
    // Owner 9.57 -> 8.13, reversed 1.44.
    let after = -shop.book.balance(&format!("pending:{}", id(OWNER)).parse().unwrap()).minor();
    assert_eq!(before - after, 144);
    assert_eq!(shop.order(10).lines[0].parts[1].minor(), 813);
    let position = shop.book.position().get();
    shop.repeated(position, operator(), adjust(10));
    shop.no("nothing_to_refund", system(), adjust(11));
    let pay = json!({"record_refund_payment": {"refund_payment": id(30), "refund": price_refund(10),
        "by": "channel", "channel": "wechat", "amount": "12.00", "reference": "r"}});
    shop.ok(operator(), pay);
    assert_eq!(owed(&shop), 0);
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn example_5_with_one_unit_refunded_before() {
    let mut shop = at_tier_30(&json!({}));
    shop.paid(12, &of_tea(1), &json!({}));
    shop.refunded(20, 10, &of_tea(1), &json!({}));
    assert_eq!(owed(&shop), 3990);
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 3990 + 600);
}

#[test]
fn an_order_is_charged_by_what_is_live_itself_included() {
    let mut shop = shop(&json!({}));
    let price = |shop: &Shop, n| shop.order(n).lines[0].price.minor();
    shop.placed(10, &of_tea(9), &json!({}));
    assert_eq!(price(&shop, 10), 3990);
    shop.placed(11, &of_tea(1), &json!({}));
    assert_eq!(price(&shop, 11), 3690);
    shop.ok(buyer(BUYER), json!({"cancel_order": {"order": id(10)}}));
    shop.placed(12, &of_tea(1), &json!({}));
    assert_eq!(price(&shop, 12), 3990, "cancelled units are live no more");
    shop.placed(13, &of_tea(28), &json!({}));
    assert_eq!(price(&shop, 13), 3390);
}

#[test]
fn only_paid_and_kept_units_lock_a_tier() {
    let mut shop = shop(&json!({}));
    shop.paid(10, &of_tea(9), &json!({}));
    shop.placed(11, &of_tea(21), &json!({}));
    shop.paid(12, &of_tea(1), &json!({}));
    shop.refunded(20, 12, &of_tea(1), &json!({}));
    shop.ok(leader(OWNER), close());
    // Nine are kept, so the first tier counts for everyone, and order 11 keeps what it was charged.
    shop.no("nothing_to_refund", system(), adjust(10));
    assert_eq!(shop.order(11).due.minor(), 21 * 3390);
}

#[test]
fn an_order_paid_after_the_close_pays_the_locked_price() {
    let mut shop = shop(&json!({}));
    let discount = json!({"discount": {"amount": "5.00", "funded_by": "operator"}});
    shop.placed(10, &of_tea(2), &discount);
    shop.paid(11, &of_tea(28), &json!({}));
    shop.paid(12, &of_tea(2), &json!({}));
    shop.ok(leader(OWNER), close());
    let pay = |n: u32, amount: &str| {
        json!({"record_payment": {"payment": id(n), "order": id(10),
        "channel": "wechat", "amount": amount, "reference": format!("late{n}")}})
    };
    // 79.80 - 5.00 was due; now 67.80 - 5.00 is.
    shop.ok(operator(), pay(40, "74.80"));
    assert_eq!(shop.balance("suspense:wechat"), "-74.80");
    let operator_before = shop.balance("expense:promotion");
    assert_eq!(operator_before, "0.00");
    shop.ok(operator(), pay(41, "62.80"));
    assert_eq!(shop.balance("expense:promotion"), "5.00");
    assert_eq!(shop.order(10).lines[0].split_value.minor(), 6780);
    assert_eq!(shop.order(10).due.minor(), 6280);
    shop.no("nothing_to_refund", system(), adjust(10));
    shop.refunded(20, 10, &of_tea(1), &json!({}));
    assert_eq!(owed(&shop), 3140);
    assert_eq!(shop.balance("expense:promotion"), "2.50");
}

#[test]
fn a_campaign_that_was_not_formed_locks_nothing_and_takes_no_money() {
    let mut shop = shop(&json!({"formation": {"min_quantity": 31}}));
    shop.paid(10, &of_tea(2), &json!({}));
    shop.placed(11, &of_tea(28), &json!({}));
    shop.ok(leader(OWNER), close());
    shop.no("not_due", system(), adjust(10));
    let pay = json!({"record_payment": {"payment": id(40), "order": id(11), "channel": "wechat",
        "amount": "949.20", "reference": "late"}});
    shop.ok(operator(), pay);
    assert_eq!(shop.balance("suspense:wechat"), "-949.20");
}

#[test]
fn from_the_adjustment_on_refunds_count_with_what_is_left() {
    // 2 x 39.90 - 10.01 shared = 69.79; 67.80 - 10.01 = 57.79 after it.
    let mut shop = at_tier_30(&json!({"discount": {"amount": "10.01", "funded_by": "shared"}}));
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 1200);
    assert_eq!(shop.order(10).lines[0].split_value.minor(), 5779);
    shop.refunded(20, 10, &of_tea(1), &json!({}));
    assert_eq!(owed(&shop), 1200 + 2889);
    shop.refunded(21, 10, &of_tea(1), &json!({}));
    assert_eq!(owed(&shop), 6979);
    assert!(shop.order(10).lines[0].parts.iter().all(|part| part.is_zero()));
}

#[test]
fn a_discount_above_the_locked_price_leaves_nothing_to_pay_below_zero() {
    // 79.80 - 70.00 = 9.80 paid; 67.80 - 70.00 is nothing: 9.80 back, 2.20 back to the funder.
    let mut shop = at_tier_30(&json!({"discount": {"amount": "70.00", "funded_by": "operator"}}));
    assert_eq!(shop.balance("expense:promotion"), "70.00");
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 980);
    assert_eq!(shop.balance("expense:promotion"), "67.80");
    assert_eq!(shop.order(10).lines[0].split_value.minor(), 6780);
    assert_eq!(shop.order(10).lines[0].discount.minor(), 6780);
}

#[test]
fn goodwill_units_keep_their_part() {
    let mut shop = at_tier_30(&json!({}));
    shop.paid(12, &of_tea(1), &json!({}));
    shop.refunded(20, 10, &of_tea(1), &json!({"goods_borne_by": "owner"}));
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 3990 + 600);
    let line = &shop.order(10).lines[0];
    assert_eq!((line.split_value.minor(), line.split_quantity), (7380, 2));
    assert_eq!(line.parts[1].minor(), 885); // floor(0.12 x 73.80)
}

#[test]
fn an_order_settles_only_after_its_campaign_closed_and_its_prices_were_adjusted() {
    let mut shop = at_tier_30(&json!({}));
    shop.received(10);
    shop.later(8);
    let settle = json!({"settle_order": {"order": id(10)}});
    shop.no("not_due", system(), settle.clone());
    shop.ok(leader(OWNER), close());
    shop.no("not_due", system(), settle.clone());
    shop.ok(system(), adjust(10));
    shop.no("refund_open", system(), settle.clone());
    let pay = json!({"record_refund_payment": {"refund_payment": id(30), "refund": price_refund(10),
        "by": "channel", "channel": "wechat", "amount": "12.00", "reference": "r"}});
    shop.ok(operator(), pay);
    shop.ok(system(), settle);
}

#[test]
fn an_awaited_return_holds_the_adjustment_and_a_lapse_lets_it_count_all_units() {
    let mut shop = at_tier_30(&json!({}));
    shop.paid(12, &of_tea(1), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "return", &of_tea(1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.ok(leader(OWNER), close());
    shop.no("refund_open", system(), adjust(10));
    shop.later(15);
    shop.ok(system(), json!({"lapse_return": {"refund": id(20)}}));
    assert_eq!(owed(&shop), 0);
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 1200);
}

#[test]
fn a_waived_return_cannot_be_undone_across_an_adjustment() {
    let mut shop = at_tier_30(&json!({}));
    shop.paid(12, &of_tea(1), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "return", &of_tea(1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "waive_return": true}}));
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    assert_eq!(owed(&shop), 3990 + 600);
    shop.no("already_decided", operator(), json!({"withdraw_refund": {"refund": id(20)}}));
}

#[test]
fn nobody_stands_in_the_way_of_a_refund_that_the_book_opens() {
    // The buyer names refunds by the ids that the book would derive; the next free one is taken.
    let mut shop = at_tier_30(&json!({}));
    for (n, name) in ["price/tea", "cancelled"].into_iter().enumerate() {
        let refund = RefundId::derived(id(10).parse().unwrap(), name);
        let request = json!({"request_refund": {"refund": refund, "order": id(11 - u32::try_from(n).unwrap()),
            "kind": "refund_only", "lines": of_tea(1)}});
        shop.ok(buyer(BUYER), request);
        shop.ok(buyer(BUYER), json!({"withdraw_refund": {"refund": refund}}));
    }
    shop.ok(leader(OWNER), close());
    shop.ok(system(), adjust(10));
    let order = shop.order(10);
    let second = RefundId::derived(id(10).parse().unwrap(), "price/tea/2");
    assert_eq!(order.refunds.last(), Some(&second));
    shop.ok(buyer(BUYER), json!({"cancel_order": {"order": id(10)}}));
    let second = RefundId::derived(id(10).parse().unwrap(), "cancelled/2");
    assert_eq!(shop.order(10).refunds.last(), Some(&second));
    assert_eq!(owed(&shop), 7980);
}

#[test]
fn tiers_grow_and_fall() {
    let mut shop = Shop::new();
    let mut try_tiers = |code: &str, tiers: Value| {
        let items = json!([{"sku": "tea", "title": "Tea", "price": "39.90", "tiers": tiers}]);
        let campaign = campaign(&items, &owner_12(), &json!({}));
        shop.no(code, leader(OWNER), json!({ "open_campaign": campaign }));
    };
    let tier = |at: i64, price: &str| json!({"at_quantity": at, "price": price});
    try_tiers("bad_terms", json!([tier(0, "30.00")]));
    try_tiers("bad_terms", json!([tier(1_000_000_000_001, "30.00")]));
    try_tiers("bad_terms", json!([tier(2, "39.91")]));
    try_tiers("bad_terms", json!([tier(2, "30.00"), tier(2, "29.00")]));
    try_tiers("bad_terms", json!([tier(2, "30.00"), tier(3, "30.00")]));
    try_tiers("bad_amount", json!([tier(2, "-0.01")]));
    let many: Vec<_> = (0..101).map(|n| tier(n + 1, &format!("{}.00", 30 - n / 5))).collect();
    try_tiers("bad_terms", Value::from(many));
}

#[test]
fn what_adjust_price_names_is_looked_at_in_its_order() {
    let mut shop = at_tier_30(&json!({}));
    shop.no("unknown_order", system(), adjust(99));
    shop.no("unknown_sku", system(), json!({"adjust_price": {"order": id(10), "sku": "jam"}}));
    shop.no("bad_lines", system(), json!({"adjust_price": {"order": id(10), "sku": ""}}));
    shop.no("not_allowed", leader(OWNER), adjust(10));
    shop.placed(12, &of_tea(1), &json!({}));
    shop.no("not_paid", system(), adjust(12));
}
