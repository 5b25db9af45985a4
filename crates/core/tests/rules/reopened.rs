//! Refunds withdrawn, returns that lapse, and what an approval undone leaves behind. Amounts by hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::common::*;
use serde_json::{Value, json};

fn item(sku: &str, price: &str) -> Value {
    json!({"sku": sku, "title": sku, "price": price, "stock": 10, "limit_per_buyer": 4})
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn eggs(n: u32) -> Value {
    json!([{"sku": "egg", "quantity": n}])
}

fn withdraw(refund: u32) -> Value {
    json!({"withdraw_refund": {"refund": id(refund)}})
}

fn approve(refund: u32) -> Value {
    json!({"approve_refund": {"refund": id(refund)}})
}

fn lapse(refund: u32) -> Value {
    json!({"lapse_return": {"refund": id(refund)}})
}

/// Three units of 30.00 less 10.30: 79.70, shipping 8.00, received. Owner 9.56, supplier 70.14 and 8.00.
fn shop() -> Shop {
    let mut shop = Shop::new();
    let shipping =
        json!({"shipping": {"fee": "8.00", "to": "supplier", "ways": ["courier", "pickup"]}});
    shop.campaign(&json!([item("egg", "30.00")]), &owner_12(), &shipping);
    let discount = json!({"discount": {"amount": "10.30", "funded_by": "shared"}});
    shop.paid(10, &eggs(3), &discount);
    shop.received(10);
    pending(&shop, "9.56", "78.14");
    shop
}

#[track_caller]
fn pending(shop: &Shop, owner: &str, supplier: &str) {
    shop.has("pending", OWNER, owner);
    shop.has("pending", SUPPLIER, supplier);
}

#[test]
fn a_request_is_withdrawn_by_the_buyer_or_the_operator() {
    let mut shop = shop();
    shop.requested(20, 10, "return", &eggs(2), &json!({}));
    shop.requested(21, 10, "refund_only", &eggs(1), &json!({}));
    shop.no("unknown_refund", buyer(BUYER), withdraw(99));
    shop.no("not_allowed", buyer(SELLER), withdraw(20));
    shop.no("not_allowed", leader(SELLER), withdraw(20));
    shop.no("not_allowed", leader(OWNER), withdraw(20));
    shop.ok(buyer(BUYER), withdraw(20));
    let at = shop.book.position().get();
    shop.repeated(at, operator(), withdraw(20));
    let reason = json!({"withdraw_refund": {"refund": id(20), "reason": "留着"}});
    shop.no("already_decided", operator(), reason);
    shop.no("already_decided", operator(), approve(20));
    shop.no("already_decided", operator(), json!({"reject_refund": {"refund": id(20)}}));
    shop.ok(operator(), withdraw(21));
    // All three units can be asked for again.
    shop.requested(22, 10, "return", &eggs(3), &json!({}));
    pending(&shop, "9.56", "78.14");
}

#[test]
fn what_was_approved_is_withdrawn_by_nobody_but_returns_by_the_operator() {
    let mut shop = shop();
    shop.requested(20, 10, "refund_only", &eggs(1), &json!({}));
    shop.ok(operator(), approve(20));
    shop.no("already_decided", buyer(BUYER), withdraw(20));
    shop.no("already_decided", operator(), withdraw(20));
    shop.requested(21, 10, "return", &eggs(1), &json!({"return_shipping": "12.00"}));
    shop.ok(operator(), approve(21));
    // 53.13 - 26.56 = 26.57 goods, 12.00 return shipping by the owner; 26.57 left: 3.18, 23.39.
    pending(&shop, "-8.82", "31.39");
    shop.no("already_decided", buyer(BUYER), withdraw(21));
    shop.ok(operator(), withdraw(21));
    // Opposite to the approval, role by role: 53.14 left, 6.37 and 46.77.
    pending(&shop, "6.37", "54.77");
    shop.has("refund_due", BUYER, "26.56");
    assert_eq!(shop.order(10).line("egg").unwrap().returned(), 1);
    shop.no("not_approved", leader(OWNER), json!({"receive_return": {"refund": id(21)}}));

    shop.requested(22, 10, "return", &eggs(1), &json!({}));
    shop.ok(operator(), approve(22));
    shop.ok(leader(OWNER), json!({"receive_return": {"refund": id(22)}}));
    shop.no("already_decided", operator(), withdraw(22));
    shop.requested(23, 10, "return", &eggs(1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(23), "waive_return": true}}));
    shop.ok(
        operator(),
        json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(23),
        "by": "transfer", "channel": "bank", "amount": "0.01", "reference": ""}}),
    );
    shop.no("already_decided", operator(), withdraw(23));
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn goods_that_never_come_let_the_return_lapse() {
    let mut shop = shop();
    let claim = json!({"return_shipping": "12.00"});
    shop.requested(20, 10, "return", &eggs(1), &claim);
    shop.no("not_approved", operator(), lapse(20));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "with_shipping_fee": true}}));
    // 26.56 + 8.00 + 12.00; 53.14 left: 6.37 - 12.00, 46.77.
    pending(&shop, "-5.63", "46.77");
    shop.has("refund_due", BUYER, "46.56");
    shop.requested(21, 10, "refund_only", &eggs(1), &json!({}));
    shop.ok(operator(), approve(21));
    // 26.57; left 26.57: 3.18, 23.39.
    pending(&shop, "-8.82", "23.39");
    shop.later(14);
    shop.no("not_due", system(), lapse(20));
    shop.no("not_due", operator(), lapse(20));
    shop.later(1);
    shop.no("not_allowed", leader(OWNER), lapse(20));
    shop.no("bad_terms", system(), lapse(21));
    shop.ok(system(), lapse(20));
    // Back: 3.19 and 12.00 to the owner, 23.37 and 8.00 to the supplier.
    pending(&shop, "6.37", "54.76");
    shop.has("refund_due", BUYER, "26.57");
    let at = shop.book.position().get();
    shop.repeated(at, operator(), lapse(20));
    let fee = json!({"approve_refund": {"refund": id(20), "waive_return": true}});
    shop.no("already_decided", operator(), fee);
    let pay = json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(20),
        "by": "transfer", "channel": "bank", "amount": "1.00", "reference": ""}});
    shop.no("not_approved", operator(), pay);

    // The window (7 days after the receipt) has passed for the buyer, not for the operator.
    let again = json!({"refund": id(22), "order": id(10), "kind": "return", "lines": eggs(1)});
    shop.no("window_passed", buyer(BUYER), json!({"request_refund": again}));
    shop.ok(operator(), json!({"request_refund": again}));
    shop.ok(operator(), approve(22));
    // 53.13 - 26.57 = 26.56; left 53.13 - 26.56 = 26.57: 3.18, 23.39.
    shop.has("refund_due", BUYER, "53.13");
    pending(&shop, "3.18", "31.39");
    let last = json!({"refund": id(23), "order": id(10), "kind": "refund_only", "lines": eggs(1)});
    shop.ok(operator(), json!({"request_refund": last}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(23), "with_shipping_fee": true}}));
    shop.has("refund_due", BUYER, "87.70");
    pending(&shop, "0.00", "0.00");
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn a_lapsed_return_lapses_in_the_buckets_of_that_moment() {
    let mut shop = shop();
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    let ask = json!({"refund": id(20), "order": id(10), "kind": "return", "lines": eggs(1)});
    shop.ok(operator(), json!({"request_refund": ask}));
    shop.ok(operator(), approve(20));
    shop.has("available", OWNER, "6.37");
    shop.has("term", SUPPLIER, "54.77");
    shop.later(15);
    shop.no("refund_open", system(), json!({"mature_payable": {"order": id(10)}}));
    shop.ok(system(), lapse(20));
    shop.has("available", OWNER, "9.56");
    shop.has("term", SUPPLIER, "78.14");
    shop.ok(system(), json!({"mature_payable": {"order": id(10)}}));
    shop.has("term", SUPPLIER, "0.00");
    shop.has("available", SUPPLIER, "78.14");
}

#[test]
fn units_of_a_lapsed_return_are_live_again_where_they_were() {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("egg", "10.00")]), &owner_12(), &json!({}));
    shop.paid(10, &eggs(3), &json!({}));
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    let one = json!({"receive_order": {"order": id(10), "receipt": id(40), "lines": eggs(1)}});
    shop.ok(operator(), one);
    shop.requested(20, 10, "return", &eggs(2), &json!({}));
    shop.ok(operator(), approve(20));
    let line = |shop: &Shop| {
        let line = shop.order(10).line("egg").unwrap().clone();
        (line.with_buyer(), line.under_way(), line.returned())
    };
    assert_eq!(line(&shop), (0, 1, 2));
    // The limit is 4: three more are allowed while two are refunded, none once they are back.
    shop.placed(11, &eggs(3), &json!({}));
    shop.later(15);
    shop.ok(system(), lapse(20));
    assert_eq!(line(&shop), (1, 2, 0));
    let more = json!({"place_order": {"order": id(12), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
        "seller": id(SELLER), "lines": eggs(1), "way": "courier"}});
    shop.no("over_limit", operator(), more);
    // Two are under way again: the window is open, and they are received.
    shop.requested(21, 10, "return", &eggs(3), &json!({}));
    shop.ok(buyer(BUYER), withdraw(21));
    shop.ok(operator(), json!({"receive_order": {"order": id(10)}}));
    assert_eq!(line(&shop), (3, 0, 0));
}

#[test]
fn a_goodwill_return_that_lapses_gives_the_bearer_back_and_leaves_the_split() {
    let mut shop = shop();
    shop.requested(20, 10, "return", &eggs(1), &json!({}));
    let goodwill = json!({"approve_refund": {"refund": id(20), "goods_borne_by": "supplier"}});
    shop.ok(operator(), goodwill);
    pending(&shop, "9.56", "51.58");
    shop.later(20);
    shop.ok(operator(), lapse(20));
    pending(&shop, "9.56", "78.14");
    shop.has("refund_due", BUYER, "0.00");
}

#[test]
fn what_waits_for_no_goods_does_not_lapse() {
    let mut shop = shop();
    shop.requested(20, 10, "return", &eggs(1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "waive_return": true}}));
    shop.requested(21, 10, "return", &eggs(1), &json!({}));
    shop.ok(operator(), approve(21));
    shop.ok(leader(OWNER), json!({"receive_return": {"refund": id(21)}}));
    shop.later(20);
    shop.no("already_decided", system(), lapse(20));
    shop.no("already_decided", system(), lapse(21));
    shop.no("unknown_refund", system(), lapse(99));
}
