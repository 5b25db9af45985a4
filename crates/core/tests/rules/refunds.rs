//! What a refund takes out of an order, and from whom, by hand arithmetic (`domain.md` §3.2 to §3.7, §11).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::common::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use tuanzhang_core::event::{Event, RefundApproved};
use tuanzhang_core::{OrderId, RefundId};

fn item(sku: &str, price: &str) -> Value {
    json!({"sku": sku, "title": sku, "price": price})
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn units(sku: &str, quantity: u32) -> Value {
    json!([{"sku": sku, "quantity": quantity}])
}

/// A campaign of one item, and order 10 of so many units, paid.
fn sold(price: &str, quantity: u32, terms: &Value, order: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("a", price)]), &owner_12(), terms);
    shop.paid(10, &units("a", quantity), order);
    shop
}

fn approved(shop: &Shop) -> &RefundApproved {
    let last = shop.records.last().unwrap().events.last().unwrap();
    let Event::RefundApproved(approved) = last else { panic!("{last:?}") };
    approved
}

/// Pays a refund back.
fn back(n: u32, refund: u32, by: &str, amount: &str) -> Value {
    let channel = if by == "channel" { "wechat" } else { "bank" };
    json!({"record_refund_payment": {"refund_payment": id(n), "refund": id(refund), "by": by, "channel": channel,
        "amount": amount, "reference": ""}})
}

#[test]
fn a_shared_discount_is_borne_by_everyone() {
    // 3 x 40.00 less 10.00: 110.00 paid and split, owner 13.20, supplier 96.80.
    let discount = json!({"discount": {"amount": "10.00", "funded_by": "shared"}});
    let mut shop = sold("40.00", 3, &json!({}), &discount);
    // One of three: floor(110.00 / 3) = 36.66 back, then to 73.33, then to 110.00.
    for (refund, owner, supplier, due) in [
        (0, "13.20", "96.80", "0.00"),
        (20, "8.80", "64.54", "36.66"),
        (21, "4.40", "32.27", "73.33"),
        (22, "0.00", "0.00", "110.00"),
    ] {
        if refund > 0 {
            shop.refunded(refund, 10, &units("a", 1), &json!({}));
        }
        shop.has("pending", OWNER, owner);
        shop.has("pending", SUPPLIER, supplier);
        shop.has("refund_due", BUYER, due);
    }
}

#[test]
fn a_discount_that_a_role_funds_goes_back_to_it_step_by_step() {
    let discount = json!({"discount": {"amount": "10.00", "funded_by": "owner"}});
    let mut shop = sold("40.00", 3, &json!({}), &discount);
    // The value stays at list, 120.00: owner 14.40 less the 10.00 she funds.
    shop.has("pending", OWNER, "4.40");
    shop.has("pending", SUPPLIER, "105.60");
    assert_eq!(shop.balance("channel:wechat"), "110.00");
    // 40.00 off the list, 36.66 to the buyer, 3.34 to the funder: 9.60 - 6.66.
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "2.94");
    shop.has("pending", SUPPLIER, "70.40");
    // 36.67 to the buyer, 3.33 to the funder: 4.80 - 3.33.
    shop.refunded(21, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "1.47");
    shop.has("pending", SUPPLIER, "35.20");
    shop.refunded(22, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "0.00");
    shop.has("pending", SUPPLIER, "0.00");
    shop.has("refund_due", BUYER, "110.00");
}

#[test]
fn a_discount_that_the_operator_funds_is_promotion() {
    let discount = json!({"discount": {"amount": "10.00", "funded_by": "operator"}});
    let mut shop = sold("40.00", 3, &json!({}), &discount);
    for (refund, promotion) in [(20, "6.66"), (21, "3.33"), (22, "0.00")] {
        shop.refunded(refund, 10, &units("a", 1), &json!({}));
        assert_eq!(shop.balance("expense:promotion"), promotion);
    }
    shop.has("pending", SUPPLIER, "0.00");
}

#[test]
fn a_funder_whom_nobody_fills_and_a_discount_above_the_goods_are_refused() {
    let mut shop = sold("40.00", 1, &json!({}), &json!({}));
    let place = |seller: u32, amount: &str, funded_by: &str| {
        json!({"place_order": {"order": id(11), "campaign": id(CAMPAIGN), "seller": id(seller), "lines": units("a", 1),
            "way": "courier", "discount": {"amount": amount, "funded_by": funded_by}}})
    };
    // The owner has no upline.
    shop.no("bad_terms", operator(), place(OWNER, "1.00", "upline"));
    shop.no("bad_amount", operator(), place(SELLER, "40.01", "shared"));
    shop.no("bad_amount", operator(), place(SELLER, "-0.01", "shared"));
    shop.ok(operator(), place(SELLER, "40.00", "upline"));
    // It owes nothing, so it is paid, and the upline pays for all of it.
    shop.has("pending", UPLINE, "-40.00");
}

#[test]
fn the_shipping_fee_goes_back_with_the_last_unit_if_nothing_was_shipped() {
    let fee = json!({"shipping": {"fee": "6.00", "to": "supplier", "ways": ["courier", "pickup"]}});
    let mut shop = sold("50.00", 2, &fee, &json!({}));
    shop.has("pending", SUPPLIER, "94.00");
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.has("refund_due", BUYER, "50.00");
    shop.refunded(21, 10, &units("a", 1), &json!({}));
    shop.has("refund_due", BUYER, "106.00");
    shop.has("pending", SUPPLIER, "0.00");
    assert!(!approved(&shop).with_shipping_fee);
}

#[test]
fn after_a_shipment_the_fee_goes_back_only_if_the_approval_says_so_and_once() {
    let fee = json!({"shipping": {"fee": "6.00", "to": "supplier", "ways": ["courier"]}});
    let mut shop = sold("50.00", 3, &fee, &json!({}));
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(40), "lines": units("a", 1)}}),
    );
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.has("refund_due", BUYER, "50.00");
    shop.refunded(21, 10, &units("a", 1), &json!({"with_shipping_fee": true}));
    shop.has("refund_due", BUYER, "106.00");
    shop.refunded(22, 10, &units("a", 1), &json!({"with_shipping_fee": true}));
    shop.has("refund_due", BUYER, "156.00");
    shop.has("pending", SUPPLIER, "0.00");
}

#[test]
fn the_fee_goes_back_out_of_shipping_to_whoever_bears_the_goods() {
    let fee = json!({"shipping": {"fee": "6.00", "to": "operator", "ways": ["courier"]}});
    let mut shop = sold("50.00", 1, &fee, &json!({}));
    shop.has("pending", OPERATOR, "6.00");
    shop.refunded(20, 10, &units("a", 1), &json!({"goods_borne_by": "owner"}));
    shop.has("pending", OPERATOR, "0.00");
    shop.has("pending", OWNER, "-44.00");
    shop.has("pending", SUPPLIER, "44.00");
    shop.has("refund_due", BUYER, "56.00");
}

#[test]
fn shipping_is_free_from_an_amount_after_discount_and_for_pick_up() {
    let fee = json!({"shipping": {"fee": "6.00", "free_from": "99.99", "to": "supplier", "ways": ["courier", "pickup"]}});
    let mut shop = Shop::new();
    shop.campaign(&json!([item("a", "50.00")]), &owner_12(), &fee);
    let discount = |amount: &str| json!({"discount": {"amount": amount, "funded_by": "owner"}});
    for (order, quantity, changes, due) in [
        (10, 1, json!({}), "56.00"),
        (11, 2, json!({}), "100.00"),
        (12, 2, discount("0.01"), "99.99"),
        (13, 2, discount("0.02"), "105.98"),
        (14, 1, json!({"way": "pickup"}), "50.00"),
    ] {
        assert_eq!(shop.placed(order, &units("a", quantity), &changes), due);
    }
    // Decided when placed, it stays: what is refunded later doesn't make it fall due.
    shop.ok(operator(), json!({"record_payment": {"payment": id(11), "order": id(11), "channel": "wechat", "amount": "100.00", "reference": ""}}));
    shop.refunded(20, 11, &units("a", 2), &json!({}));
    shop.has("refund_due", BUYER, "100.00");
}

#[test]
fn goodwill_units_keep_their_part_of_the_split_among_reversed_ones() {
    // 3 x 30.00: owner 10.80, supplier 79.20.
    let mut shop = sold("30.00", 3, &json!({}), &json!({}));
    shop.refunded(20, 10, &units("a", 1), &json!({"goods_borne_by": "owner"}));
    shop.has("pending", OWNER, "-19.20");
    shop.has("pending", SUPPLIER, "79.20");
    // Reversed: 60.00 over two units is left in the split, owner 7.20 less the 30.00.
    shop.refunded(21, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "-22.80");
    shop.has("pending", SUPPLIER, "52.80");
    shop.refunded(22, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "-26.40");
    shop.has("pending", SUPPLIER, "26.40");
    shop.has("refund_due", BUYER, "90.00");
    shop.no("nothing_to_refund", operator(), json!({"request_refund": {"refund": id(23), "order": id(10), "kind": "refund_only", "lines": units("a", 1)}}));
}

#[test]
fn goodwill_after_a_funded_discount_costs_what_the_buyer_paid() {
    let discount = json!({"discount": {"amount": "10.00", "funded_by": "owner"}});
    let mut shop = sold("40.00", 3, &json!({}), &discount);
    shop.refunded(20, 10, &units("a", 1), &json!({"goods_borne_by": "supplier"}));
    // The split and the discount stand: 4.40 and 105.60, the supplier bears 36.66.
    shop.has("pending", OWNER, "4.40");
    shop.has("pending", SUPPLIER, "68.94");
    // The next is reversed: 40.00 off the list of 120.00; 36.67 to the buyer, 3.33 to the funder.
    shop.refunded(21, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "2.93");
    shop.has("pending", SUPPLIER, "33.74");
    shop.has("refund_due", BUYER, "73.33");
}

#[test]
fn the_operator_bears_goodwill_and_return_shipping_as_expense() {
    let mut shop = sold("59.00", 1, &json!({}), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "return", &units("a", 1), &json!({"return_shipping": "12.00"}));
    let approve = |changes: Value| {
        let mut approve = json!({"refund": id(20), "goods_borne_by": "operator", "return_shipping_borne_by": "operator"});
        merge(&mut approve, &changes);
        json!({ "approve_refund": approve })
    };
    shop.no("bad_amount", operator(), approve(json!({"return_shipping": "12.01"})));
    shop.no("bad_terms", operator(), approve(json!({"amount": "1.00"})));
    shop.ok(operator(), approve(json!({"return_shipping": "11.00"})));
    assert_eq!(shop.balance("expense:goodwill"), "59.00");
    assert_eq!(shop.balance("expense:return_shipping"), "11.00");
    shop.has("pending", OWNER, "7.08");
    shop.has("refund_due", BUYER, "70.00");
}

#[test]
fn unshipped_units_go_first_and_only_they_release_stock() {
    let mut shop = Shop::new();
    shop.campaign(
        &json!([{"sku": "a", "title": "", "price": "10.00", "stock": 5}]),
        &owner_12(),
        &json!({}),
    );
    shop.paid(10, &units("a", 4), &json!({}));
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(40), "lines": units("a", 2)}}),
    );
    // Asked for, not yet approved: its units can't be shipped, and their stock is still reserved.
    shop.requested(20, 10, "refund_only", &units("a", 3), &json!({}));
    shop.repeated(10, operator(), json!({"ship_order": {"order": id(10)}}));
    let place = |order: u32, quantity: u32| json!({"place_order": {"order": id(order), "campaign": id(CAMPAIGN), "seller": id(SELLER), "lines": units("a", quantity), "way": "courier"}});
    shop.no("out_of_stock", operator(), place(11, 2));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    let line = &approved(&shop).lines[0];
    assert_eq!((line.unshipped, line.received), (2, 0));
    // One is left in stock, two came back to it.
    shop.no("out_of_stock", operator(), place(11, 4));
    shop.ok(operator(), place(11, 3));
    // One of the two under way is refunded, one is to be received.
    shop.ok(operator(), json!({"receive_order": {"order": id(10)}}));
    assert_eq!(shop.order(10).lines[0].received, 1);
}

#[test]
fn a_return_takes_shipped_units_though_others_are_not() {
    let mut shop = Shop::new();
    shop.campaign(
        &json!([{"sku": "a", "title": "", "price": "10.00", "stock": 2}]),
        &owner_12(),
        &json!({}),
    );
    shop.paid(10, &units("a", 2), &json!({}));
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(40), "lines": units("a", 1)}}),
    );
    shop.ok(operator(), json!({"receive_order": {"order": id(10)}}));
    let ask = |quantity: u32| json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "return", "lines": units("a", quantity)}});
    shop.no("not_shipped", buyer(BUYER), ask(2));
    shop.ok(buyer(BUYER), ask(1));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    let line = &approved(&shop).lines[0];
    assert_eq!((line.unshipped, line.received), (0, 1));
    shop.no(
        "out_of_stock",
        operator(),
        json!({"place_order": {"order": id(11), "campaign": id(CAMPAIGN), "seller": id(SELLER),
        "lines": units("a", 1), "way": "courier"}}),
    );
    // The other unit is shipped as if nothing had been.
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    assert_eq!(shop.order(10).lines[0].shipped, 2);
}

#[test]
fn received_units_are_refunded_before_units_under_way() {
    let mut shop = sold("10.00", 3, &json!({}), &json!({}));
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(40), "lines": units("a", 2)}}),
    );
    shop.ok(
        operator(),
        json!({"receive_order": {"order": id(10), "receipt": id(41), "lines": units("a", 1)}}),
    );
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.refunded(20, 10, &units("a", 2), &json!({}));
    let line = &approved(&shop).lines[0];
    assert_eq!((line.unshipped, line.received), (0, 1));
    // Two were under way, one of them was refunded.
    shop.no(
        "nothing_left",
        operator(),
        json!({"receive_order": {"order": id(10), "receipt": id(42), "lines": units("a", 2)}}),
    );
    shop.ok(
        operator(),
        json!({"receive_order": {"order": id(10), "receipt": id(42), "lines": units("a", 1)}}),
    );
}

#[test]
fn units_under_an_open_request_are_neither_asked_for_again_nor_shipped() {
    let mut shop = sold("10.00", 3, &json!({}), &json!({}));
    shop.requested(20, 10, "refund_only", &units("a", 2), &json!({}));
    let ask = |n: u32, quantity: u32| json!({"request_refund": {"refund": id(n), "order": id(10), "kind": "refund_only", "lines": units("a", quantity)}});
    shop.no("nothing_to_refund", buyer(BUYER), ask(21, 2));
    shop.no(
        "refund_open",
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(40), "lines": units("a", 2)}}),
    );
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    assert_eq!(shop.order(10).lines[0].shipped, 1);
    // Rejected: they can be shipped, and asked for again.
    shop.ok(operator(), json!({"reject_refund": {"refund": id(20)}}));
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.ok(buyer(BUYER), ask(21, 3));
}

#[test]
fn what_was_asked_back_counts_towards_the_buyers_limit_only_once_it_is_approved() {
    let mut shop = Shop::new();
    shop.campaign(
        &json!([{"sku": "a", "title": "", "price": "10.00", "limit_per_buyer": 2}]),
        &owner_12(),
        &json!({}),
    );
    shop.paid(10, &units("a", 2), &json!({}));
    let more = json!({"place_order": {"order": id(11), "campaign": id(CAMPAIGN), "buyer": id(BUYER), "seller": id(OWNER), "lines": units("a", 1), "way": "courier"}});
    shop.requested(20, 10, "refund_only", &units("a", 1), &json!({}));
    shop.no("over_limit", operator(), more.clone());
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "goods_borne_by": "owner"}}));
    shop.ok(operator(), more.clone());
    let again = json!({"place_order": {"order": id(12), "campaign": id(CAMPAIGN), "buyer": id(BUYER), "seller": id(SELLER), "lines": units("a", 1), "way": "courier"}});
    shop.no("over_limit", operator(), again);
}

/// A book whose channels give back twice, within three days.
fn limited() -> Shop {
    let mut shop = Shop::empty();
    shop.ok(operator(), json!({"open_book": {"book": id(999), "currency": "CNY", "timezone": "Asia/Shanghai", "operator": id(OPERATOR),
        "channel_limits": {"refunds": 2, "days": 3}}}));
    shop.ok(operator(), json!({"register_leader": {"leader": id(OWNER)}}));
    let campaign = campaign(
        &json!([item("a", "10.00")]),
        &json!({"shares": [], "remainder": "owner"}),
        &json!({"supplier": null,
        "shipping": {"fee": "0.00", "to": "owner", "ways": ["courier"]}}),
    );
    shop.ok(operator(), json!({ "open_campaign": campaign }));
    shop.later(2);
    shop.placed(10, &units("a", 4), &json!({"seller": id(OWNER)}));
    shop
}

fn pay_10() -> Value {
    json!({"record_payment": {"payment": id(10), "order": id(10), "channel": "wechat", "amount": "40.00", "reference": "w"}})
}

#[test]
fn a_channel_gives_back_so_often_and_the_rest_goes_by_transfer() {
    let mut shop = limited();
    shop.ok(operator(), pay_10());
    shop.refunded(20, 10, &units("a", 2), &json!({}));
    shop.ok(operator(), back(30, 20, "channel", "1.00"));
    shop.ok(operator(), back(31, 20, "transfer", "1.00"));
    shop.ok(operator(), back(32, 20, "channel", "1.00"));
    shop.no("exceeds_payment", operator(), back(33, 20, "channel", "1.00"));
    // Over all refunds of the payment, not for each.
    shop.refunded(21, 10, &units("a", 2), &json!({}));
    shop.no("exceeds_payment", operator(), back(33, 21, "channel", "1.00"));
    shop.ok(operator(), back(33, 21, "transfer", "20.00"));
    shop.ok(operator(), back(34, 20, "transfer", "17.00"));
    shop.no("exceeds_due", operator(), back(35, 20, "transfer", "0.01"));
    shop.has("refund_due", BUYER, "0.00");
}

#[test]
fn a_channel_gives_back_for_so_many_days_end_included() {
    let mut shop = limited();
    shop.ok(operator(), pay_10());
    shop.refunded(20, 10, &units("a", 2), &json!({}));
    shop.later(3);
    shop.ok(operator(), back(30, 20, "channel", "1.00"));
    shop.at = tuanzhang_core::Time::from_micros(shop.at.micros() + 1);
    shop.no("window_passed", operator(), back(31, 20, "channel", "1.00"));
    shop.ok(operator(), back(31, 20, "transfer", "19.00"));
}

#[test]
fn the_channels_days_count_from_when_the_payment_happened() {
    let mut shop = limited();
    let happened = "2026-01-02T00:00:00Z".parse().unwrap();
    let at = shop.at;
    assert_eq!(shop.send_at(at, Some(happened), operator(), pay_10()), Outcome::Accepted);
    shop.refunded(20, 10, &units("a", 2), &json!({}));
    shop.later(2);
    shop.ok(operator(), back(30, 20, "channel", "1.00"));
    shop.later(1);
    shop.no("window_passed", operator(), back(31, 20, "channel", "1.00"));
}

#[test]
fn fees_are_borne_by_the_role_that_the_book_names_and_come_back_to_it() {
    for (bearer, expense, account) in [
        ("operator", true, OPERATOR),
        ("owner", false, OWNER),
        ("supplier", false, SUPPLIER),
        ("upline", true, OPERATOR),
    ] {
        let mut shop = Shop::empty();
        shop.ok(operator(), json!({"open_book": {"book": id(999), "currency": "CNY", "timezone": "Asia/Shanghai", "operator": id(OPERATOR),
            "channel_fee_borne_by": bearer}}));
        shop.ok(operator(), json!({"register_leader": {"leader": id(OWNER)}}));
        shop.ok(
            operator(),
            json!({"register_supplier": {"supplier": id(SUPPLIER), "terms_days": 0}}),
        );
        let campaign = campaign(&json!([item("a", "10.00")]), &owner_12(), &json!({}));
        shop.ok(operator(), json!({ "open_campaign": campaign }));
        shop.placed(10, &units("a", 4), &json!({"seller": id(OWNER)}));
        shop.ok(operator(), json!({"record_payment": {"payment": id(10), "order": id(10), "channel": "wechat", "amount": "40.00",
            "fee": "0.24", "reference": "w"}}));
        assert_eq!(shop.balance("channel:wechat"), "39.76");
        let bears = |shop: &Shop, owner: &str, supplier: &str, fee: &str| {
            shop.has("pending", OWNER, owner);
            shop.has("pending", SUPPLIER, supplier);
            assert_eq!(shop.balance("expense:channel_fee"), fee);
        };
        // Nobody fills upline: the operator.
        match (account, expense) {
            (OWNER, _) => bears(&shop, "4.56", "35.20", "0.00"),
            (SUPPLIER, _) => bears(&shop, "4.80", "34.96", "0.00"),
            _ => bears(&shop, "4.80", "35.20", "0.24"),
        }
        shop.refunded(20, 10, &units("a", 4), &json!({}));
        let give = |n: u32, amount: &str, fee: &str| {
            let mut back = back(n, 20, "channel", amount);
            merge(&mut back["record_refund_payment"], &json!({ "fee_returned": fee }));
            back
        };
        shop.ok(operator(), give(30, "20.00", "0.20"));
        // In all at most the payment's fee.
        shop.no("bad_amount", operator(), give(31, "20.00", "0.05"));
        shop.ok(operator(), give(31, "20.00", "0.04"));
        bears(&shop, "0.00", "0.00", "0.00");
        assert!(shop.book.balances().is_empty());
    }
}

#[test]
fn cancelling_a_paid_order_refunds_all_that_is_left_with_the_shipping_fee() {
    let fee = json!({"shipping": {"fee": "6.00", "to": "supplier", "ways": ["courier"]}});
    let mut shop = sold("50.00", 3, &fee, &json!({}));
    shop.refunded(20, 10, &units("a", 1), &json!({"goods_borne_by": "owner"}));
    shop.requested(21, 10, "refund_only", &units("a", 1), &json!({}));
    shop.ok(buyer(BUYER), json!({"cancel_order": {"order": id(10)}}));
    let refund = RefundId::derived(id(10).parse::<OrderId>().unwrap().uuid(), "cancelled");
    assert_eq!(approved(&shop).refund, refund);
    assert_eq!(approved(&shop).due.minor(), 10_600);
    shop.has("refund_due", BUYER, "156.00");
    // The goodwill unit keeps its split: owner 6.00 less 50.00, supplier 44.00.
    shop.has("pending", OWNER, "-44.00");
    shop.has("pending", SUPPLIER, "44.00");
    // The open request was withdrawn.
    shop.no("already_decided", operator(), json!({"approve_refund": {"refund": id(21)}}));
    shop.ok(operator(), json!({"record_refund_payment": {"refund_payment": id(30), "refund": refund.to_string(), "by": "channel",
        "channel": "wechat", "amount": "106.00", "reference": ""}}));
    let mut all_back = sold("50.00", 1, &fee, &json!({}));
    all_back.refunded(20, 10, &units("a", 1), &json!({}));
    all_back.no("nothing_to_refund", operator(), json!({"cancel_order": {"order": id(10)}}));
}

/// What each party has in all, credit positive, in minor units.
fn standing(shop: &Shop) -> Vec<i64> {
    let of = |party: u32| {
        let account = format!("pending:{}", id(party)).parse().unwrap();
        -shop.book.balance(&account).minor()
    };
    let mut standing: Vec<i64> = [OPERATOR, OWNER, SELLER, UPLINE, SUPPLIER].map(of).to_vec();
    standing
        .push(-shop.book.balance(&format!("refund_due:{}", id(BUYER)).parse().unwrap()).minor());
    standing.push(shop.book.balance(&"expense:promotion".parse().unwrap()).minor());
    standing
}

fn any_take() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0_u32..=400_000).prop_map(|rate| json!({"rate": format!("0.{rate:06}")})),
        (0_u32..2_000)
            .prop_map(|fen| json!({"per_unit": format!("{}.{:02}", fen / 100, fen % 100)})),
        Just(json!("supply_price")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Principle 3: what a party has earned is a function of what remains, never of the route there.
    #[test]
    fn every_way_to_the_same_end_gives_the_same_balances_and_the_whole_way_back_zero(
        prices in prop::collection::vec(0_u32..20_000, 1..4),
        quantity in 1_u32..7,
        takes in prop::collection::vec((prop::sample::select(vec!["seller", "owner", "operator", "supplier"]), any_take()), 0..3),
        remainder in prop::sample::select(vec!["supplier", "owner", "operator", "seller"]),
        of_seller in 0_u32..=999_999,
        discount in 0_u32..=1_000_000,
        funded_by in prop::sample::select(vec!["shared", "owner", "operator", "supplier", "upline"]),
        shipped: bool,
        route in prop::collection::vec((0_usize..3, 1_u32..4), 0..20),
    ) {
        let mut rates = 0_u32;
        let mut shares: Vec<Value> = Vec::new();
        for (to, take) in &takes {
            if let Some(rate) = take.get("rate").and_then(Value::as_str) {
                rates += rate[2..].parse::<u32>().unwrap();
            }
            if rates <= 1_000_000 {
                shares.push(json!({"to": to, "take": take}));
            }
        }
        shares.push(json!({"to": "upline", "take": {"rate_of_seller": format!("0.{of_seller:06}")}}));
        let items: Vec<Value> = prices.iter().enumerate().map(|(n, fen)| json!({"sku": format!("s{n}"), "title": "",
            "price": format!("{}.{:02}", fen / 100, fen % 100), "supply_price": "3.33"})).collect();
        let lines: Vec<Value> = (0..prices.len()).map(|n| json!({"sku": format!("s{n}"), "quantity": quantity})).collect();
        let list: u64 = prices.iter().map(|fen| u64::from(*fen) * u64::from(quantity)).sum();
        let off = list * u64::from(discount) / 1_000_000;
        let changes = json!({"discount": {"amount": format!("{}.{:02}", off / 100, off % 100), "funded_by": funded_by}});
        let mut start = Shop::new();
        start.campaign(&json!(items), &json!({"shares": shares, "remainder": remainder}), &json!({}));
        if off == list {
            start.placed(10, &json!(lines), &changes);
        } else {
            start.paid(10, &json!(lines), &changes);
        }
        if shipped {
            start.received(10);
        }
        // The route, one refund after the other; and the same end in one refund.
        let mut taken = vec![0_u32; prices.len()];
        let mut stepwise = start.clone();
        for (refund, (line, units)) in (1_000_u32..).zip(route) {
            let line = line % prices.len();
            let units = units.min(quantity - taken[line]);
            if units > 0 {
                taken[line] += units;
                stepwise.refunded(refund, 10, &json!([{"sku": format!("s{line}"), "quantity": units}]), &json!({}));
            }
        }
        let all_at_once = |taken: &[u32]| {
            let lines: Vec<Value> = taken.iter().enumerate().filter(|(_, units)| **units > 0)
                .map(|(n, units)| json!({"sku": format!("s{n}"), "quantity": units})).collect();
            let mut shop = start.clone();
            if !lines.is_empty() {
                shop.refunded(900, 10, &json!(lines), &json!({}));
            }
            shop
        };
        prop_assert_eq!(standing(&stepwise), standing(&all_at_once(&taken)));
        // The rest of the way back.
        for (n, units) in taken.iter().enumerate().filter(|(_, units)| **units < quantity) {
            let refund = 2_000 + u32::try_from(n).unwrap();
            stepwise.refunded(refund, 10, &json!([{"sku": format!("s{n}"), "quantity": quantity - units}]), &json!({}));
        }
        let paid = i64::try_from(list - off).unwrap();
        prop_assert_eq!(standing(&stepwise), vec![0, 0, 0, 0, 0, paid, 0]);
    }
}

#[test]
fn giving_everything_back_takes_units_that_an_exchange_awaits_and_a_lapse_leaves_them_refunded() {
    let mut shop = Shop::new();
    let items = json!([{"sku": "a", "title": "", "price": "10.00"}]);
    let split = json!({"shares": [], "remainder": "supplier"});
    shop.campaign(&items, &split, &json!({"formation": {"min_quantity": 2}}));
    shop.paid(10, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    shop.paid(11, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "exchange", &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.refunded(21, 11, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    shop.ok(leader(OWNER), json!({"close_campaign": {"campaign": id(CAMPAIGN)}}));
    shop.ok(system(), json!({"refund_unformed": {"order": id(10)}}));
    let units = |shop: &Shop| {
        let line = &shop.order(10).lines[0];
        [line.under_way(), line.with_buyer(), line.unreplaced(), line.returned()]
    };
    assert_eq!((units(&shop), shop.order(10).unreceived()), ([0, 0, 0, 1], 0));
    shop.later(15);
    shop.ok(system(), json!({"lapse_return": {"refund": id(20)}}));
    assert_eq!((units(&shop), shop.order(10).live()), ([0, 0, 0, 1], 0));
    shop.has("refund_due", BUYER, "20.00");
}

#[test]
fn the_fee_of_money_out_of_suspense_comes_back_to_the_operator() {
    let mut shop = Shop::empty();
    shop.ok(operator(), json!({"open_book": {"book": id(999), "currency": "CNY",
        "timezone": "Asia/Shanghai", "operator": id(OPERATOR), "channel_fee_borne_by": "supplier"}}));
    shop.ok(operator(), json!({"register_leader": {"leader": id(OWNER)}}));
    shop.ok(operator(), json!({"register_leader": {"leader": id(SELLER)}}));
    shop.ok(operator(), json!({"register_supplier": {"supplier": id(SUPPLIER), "terms_days": 0}}));
    let items = json!([{"sku": "a", "title": "", "price": "10.00"}]);
    shop.campaign(&items, &json!({"shares": [], "remainder": "supplier"}), &json!({}));
    shop.placed(10, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    let strange = json!({"record_payment": {"payment": id(40), "order": id(11), "channel": "wechat",
        "amount": "10.00", "fee": "0.30", "reference": "x"}});
    shop.ok(operator(), strange);
    assert_eq!(shop.balance("expense:channel_fee"), "0.30");
    let resolve =
        json!({"resolve_unmatched": {"unmatched": id(40), "to": {"order": id(10)}, "reason": ""}});
    shop.ok(operator(), resolve);
    shop.refunded(20, 10, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    let back = json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(20), "by": "channel",
        "channel": "wechat", "amount": "10.00", "reference": "r", "fee_returned": "0.30"}});
    shop.ok(operator(), back);
    assert_eq!(shop.balance("expense:channel_fee"), "0.00");
    shop.has("pending", SUPPLIER, "0.00");
}

#[test]
fn an_order_takes_ten_thousand_refunds_however_they_ended() {
    let mut shop = sold("1.00", 2, &json!({}), &json!({}));
    let request = |refund: u32| {
        json!({"request_refund": {"refund": id(refund), "order": id(10), "kind": "compensation", "lines": [],
            "amount": "0.01"}})
    };
    for n in 0..10_000 {
        let refund = 1_000 + n;
        shop.ok(buyer(BUYER), request(refund));
        shop.ok(operator(), json!({"reject_refund": {"refund": id(refund)}}));
    }
    shop.no("too_large", buyer(BUYER), request(20_000));
}
