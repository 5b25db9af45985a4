//! Compensations and exchanges. Amounts by hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::common::*;
use serde_json::{Value, json};

fn item(sku: &str, price: &str) -> Value {
    json!({"sku": sku, "title": sku, "price": price, "stock": 10, "limit_per_buyer": 4})
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn cups(n: u32) -> Value {
    json!([{"sku": "cup", "quantity": n}])
}

/// Three cups of 10.00, received: owner 3.60, supplier 26.40.
fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("cup", "10.00")]), &owner_12(), &json!({}));
    shop.paid(10, &cups(3), &json!({}));
    shop.received(10);
    shop
}

fn compensation(refund: u32, changes: &Value) -> Value {
    let mut ask = json!({"refund": id(refund), "order": id(10), "kind": "compensation"});
    merge(&mut ask, changes);
    json!({"request_refund": ask})
}

fn approve(refund: u32, changes: &Value) -> Value {
    let mut approve = json!({ "refund": id(refund) });
    merge(&mut approve, changes);
    json!({ "approve_refund": approve })
}

fn parcel(n: u32, units: u32) -> Value {
    json!({"ship_order": {"order": id(10), "parcel": id(n), "lines": cups(units)}})
}

#[test]
fn a_compensation_is_money_without_a_return() {
    let mut shop = shop();
    shop.no("bad_amount", buyer(BUYER), compensation(20, &json!({})));
    shop.no("bad_amount", buyer(BUYER), compensation(20, &json!({"amount": "0.00"})));
    shop.no("bad_amount", buyer(BUYER), compensation(20, &json!({"amount": "-1.00"})));
    let lines = json!({"amount": "5.00", "lines": cups(1)});
    shop.no("bad_lines", buyer(BUYER), compensation(20, &lines));
    let shipping = json!({"amount": "5.00", "return_shipping": "1.00"});
    shop.no("bad_terms", buyer(BUYER), compensation(20, &shipping));
    let other = json!({"amount": "5.00", "kind": "refund_only", "lines": cups(1)});
    shop.no("bad_terms", buyer(BUYER), compensation(20, &other));
    let empty = json!({"amount": "5.00", "lines": []});
    shop.ok(buyer(BUYER), compensation(20, &empty));
    let at = shop.book.position().get();
    shop.repeated(at, buyer(BUYER), compensation(20, &json!({"amount": "5.00"})));

    shop.no("bad_amount", operator(), approve(20, &json!({"amount": "5.01"})));
    shop.no("bad_amount", operator(), approve(20, &json!({"amount": "0.00"})));
    shop.ok(operator(), approve(20, &json!({"amount": "4.50"})));
    assert_eq!(shop.balance("expense:compensation"), "4.50");
    shop.has("refund_due", BUYER, "4.50");
    shop.has("pending", OWNER, "3.60");
    // No unit is refunded, and the order isn't settled before it is paid.
    assert_eq!(shop.order(10).live(), 3);
    shop.later(8);
    shop.no("refund_open", system(), json!({"settle_order": {"order": id(10)}}));
    shop.no("already_decided", operator(), json!({"withdraw_refund": {"refund": id(20)}}));
    shop.no("bad_terms", operator(), json!({"receive_return": {"refund": id(20)}}));
    let pay = json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(20),
        "by": "transfer", "channel": "bank", "amount": "4.50", "reference": ""}});
    shop.ok(operator(), pay);
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    shop.no("window_passed", buyer(BUYER), compensation(21, &json!({"amount": "1.00"})));
    // After settlement it comes out of what is available.
    shop.ok(operator(), compensation(21, &json!({"amount": "5.00"})));
    shop.ok(operator(), approve(21, &json!({"compensation_borne_by": "owner"})));
    shop.has("available", OWNER, "-1.40");
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn an_owner_grants_only_a_compensation_that_she_bears() {
    let mut shop = shop();
    shop.ok(buyer(BUYER), compensation(20, &json!({"amount": "5.00"})));
    shop.no("not_allowed", leader(OWNER), approve(20, &json!({})));
    shop.no(
        "not_allowed",
        leader(OWNER),
        approve(20, &json!({"compensation_borne_by": "operator"})),
    );
    shop.no(
        "not_allowed",
        leader(OWNER),
        approve(20, &json!({"compensation_borne_by": "supplier"})),
    );
    let by_seller = json!({"compensation_borne_by": "seller", "goods_borne_by": "seller"});
    shop.no("not_allowed", leader(SELLER), approve(20, &by_seller));
    shop.ok(leader(OWNER), approve(20, &json!({"compensation_borne_by": "owner"})));
    shop.has("pending", OWNER, "-1.40");
    assert_eq!(shop.balance("expense:compensation"), "0.00");
    // Money below what the owner was asked for; on other kinds the field has no place.
    shop.requested(21, 10, "refund_only", &cups(1), &json!({}));
    shop.no("bad_terms", operator(), approve(21, &json!({"amount": "1.00"})));
}

#[test]
fn an_exchange_sends_another_unit_and_moves_no_goods_money() {
    let mut shop = shop();
    let before = shop.book.balances();
    shop.requested(20, 10, "exchange", &cups(1), &json!({"return_shipping": "6.00"}));
    shop.no("nothing_left", operator(), parcel(50, 1));
    shop.ok(operator(), approve(20, &json!({})));
    // Return shipping only; the unit stays live.
    shop.has("pending", OWNER, "-2.40");
    shop.has("refund_due", BUYER, "6.00");
    assert_eq!(shop.order(10).live(), 3);
    assert_eq!(shop.order(10).line("cup").unwrap().with_buyer(), 2);
    // It is asked for until it lapses, or until its goods are back.
    let third = json!({"request_refund": {"refund": id(21), "order": id(10), "kind": "return",
        "lines": cups(3)}});
    shop.no("nothing_to_refund", buyer(BUYER), third.clone());
    shop.no("not_returned", operator(), parcel(50, 1));
    shop.ok(supplier(SUPPLIER), json!({"receive_return": {"refund": id(20)}}));
    // Without lines a parcel is what was never shipped: nothing.
    let again = json!({"ship_order": {"order": id(10)}});
    assert!(matches!(shop.send(operator(), again), Outcome::Repeated(_)));
    shop.no("nothing_left", operator(), parcel(50, 2));
    shop.later(30);
    shop.no("not_received", system(), json!({"settle_order": {"order": id(10)}}));
    shop.ok(supplier(SUPPLIER), parcel(50, 1));
    shop.no("nothing_left", operator(), parcel(51, 1));
    let line = shop.order(10).line("cup").unwrap().clone();
    assert_eq!((line.with_buyer(), line.under_way(), line.unreplaced()), (2, 1, 0));
    shop.ok(buyer(BUYER), json!({"receive_order": {"order": id(10)}}));
    // The window counts from the receipt of the replacement.
    shop.later(7);
    shop.no("not_due", system(), json!({"settle_order": {"order": id(10)}}));
    shop.ok(buyer(BUYER), third);
    let pay = json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(20),
        "by": "transfer", "channel": "bank", "amount": "6.00", "reference": ""}});
    shop.ok(operator(), pay);
    let goods = shop.book.balances();
    assert_eq!(
        before.get(&"channel:wechat".parse().unwrap()),
        goods.get(&"channel:wechat".parse().unwrap())
    );
    // Seven of the ten cups are in stock: the replacement took none.
    let item =
        shop.book.get::<tuanzhang_core::book::ItemCount>(&(id(CAMPAIGN).parse().unwrap(), 0));
    assert_eq!(item.unwrap().available(), Some(7));
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn an_exchange_needs_shipped_units_and_no_goods_when_waived() {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("cup", "10.00")]), &owner_12(), &json!({}));
    shop.paid(10, &cups(3), &json!({}));
    let ask = |units: u32| {
        json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "exchange",
            "lines": cups(units)}})
    };
    shop.no("not_shipped", buyer(BUYER), ask(1));
    shop.ok(operator(), parcel(50, 2));
    shop.no("not_shipped", buyer(BUYER), ask(3));
    shop.ok(buyer(BUYER), ask(2));
    shop.ok(operator(), approve(20, &json!({"waive_return": true})));
    // One unit was never shipped, two are sent again.
    shop.no("nothing_left", operator(), parcel(51, 4));
    shop.ok(operator(), parcel(51, 2));
    let line = shop.order(10).line("cup").unwrap().clone();
    assert_eq!((line.unshipped(), line.under_way(), line.unreplaced()), (0, 2, 1));
    shop.no("already_decided", operator(), json!({"withdraw_refund": {"refund": id(20)}}));
    // Instead of the last replacement the buyer wants her money back: no stock is released.
    shop.requested(21, 10, "refund_only", &cups(1), &json!({}));
    shop.no("refund_open", operator(), parcel(52, 1));
    shop.ok(operator(), approve(21, &json!({})));
    shop.has("refund_due", BUYER, "10.00");
    shop.no("nothing_left", operator(), parcel(52, 1));
    let line = shop.order(10).line("cup").unwrap().clone();
    assert_eq!((line.unreplaced(), line.under_way(), line.returned()), (0, 2, 1));
    let item =
        shop.book.get::<tuanzhang_core::book::ItemCount>(&(id(CAMPAIGN).parse().unwrap(), 0));
    assert_eq!(item.unwrap().available(), Some(7));
}

#[test]
fn an_exchange_lapses_or_is_withdrawn_like_a_return() {
    let mut shop = shop();
    shop.requested(20, 10, "exchange", &cups(1), &json!({"return_shipping": "6.00"}));
    shop.ok(operator(), approve(20, &json!({})));
    shop.requested(21, 10, "exchange", &cups(1), &json!({}));
    shop.ok(operator(), approve(21, &json!({})));
    assert_eq!(shop.order(10).line("cup").unwrap().with_buyer(), 1);
    shop.ok(operator(), json!({"withdraw_refund": {"refund": id(21)}}));
    assert_eq!(shop.order(10).line("cup").unwrap().with_buyer(), 2);
    shop.later(15);
    shop.ok(system(), json!({"lapse_return": {"refund": id(20)}}));
    shop.has("pending", OWNER, "3.60");
    shop.has("refund_due", BUYER, "0.00");
    let line = shop.order(10).line("cup").unwrap().clone();
    assert_eq!((line.with_buyer(), line.unreplaced(), line.returned()), (3, 0, 0));
    shop.no("nothing_left", operator(), parcel(50, 1));
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
}

#[test]
fn a_replacement_of_a_pickup_order_arrives() {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("cup", "10.00")]), &owner_12(), &json!({}));
    shop.paid(10, &cups(2), &json!({"way": "pickup"}));
    shop.ok(operator(), json!({"arrive_at_pickup": {"order": id(10)}}));
    shop.ok(operator(), json!({"pick_up_order": {"order": id(10)}}));
    shop.requested(20, 10, "exchange", &cups(1), &json!({}));
    shop.ok(operator(), approve(20, &json!({"waive_return": true})));
    let arrival =
        json!({"arrive_at_pickup": {"order": id(10), "arrival": id(50), "lines": cups(1)}});
    shop.ok(operator(), arrival);
    shop.ok(operator(), json!({"pick_up_order": {"order": id(10)}}));
    assert_eq!(shop.order(10).line("cup").unwrap().with_buyer(), 2);
}
