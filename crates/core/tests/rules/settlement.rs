//! From payment to payout: suspense, windows, settlement, terms, refunds after it, adjustments (`domain.md` §4, §5, §11).
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::event::{Event, SuspenseReason};
use tuanzhang_core::{Rejection, Time};

/// A supplier without terms.
const PROMPT: u32 = 7;

fn item(price: &str) -> Value {
    json!([{"sku": "a", "title": "", "price": price}])
}

fn units(quantity: u32) -> Value {
    json!([{"sku": "a", "quantity": quantity}])
}

/// 10 % operator, 12 % owner, the rest to the supplier, who earns the shipping fee of 6.00 too.
fn split() -> Value {
    json!({"shares": [{"to": "operator", "take": {"rate": "0.10"}}, {"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

/// A campaign at 50.00 of a supplier, and order 10 of two, paid.
fn sold(supplied_by: u32, terms: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.ok(operator(), json!({"register_supplier": {"supplier": id(PROMPT), "terms_days": 0}}));
    let mut changes = json!({"supplier": id(supplied_by), "shipping": {"fee": "6.00", "to": "supplier", "ways": ["courier"]}});
    merge(&mut changes, terms);
    shop.campaign(&item("50.00"), &split(), &changes);
    shop.paid(10, &units(2), &json!({}));
    shop
}

fn settle() -> Value {
    json!({"settle_order": {"order": id(10)}})
}

fn mature() -> Value {
    json!({"mature_payable": {"order": id(10)}})
}

fn settled(supplied_by: u32, terms: &Value) -> Shop {
    let mut shop = sold(supplied_by, terms);
    shop.received(10);
    shop.later(8);
    shop.ok(system(), settle());
    shop
}

fn one_microsecond_later(shop: &mut Shop) {
    shop.at = Time::from_micros(shop.at.micros() + 1);
}

fn payment(n: u32, order: u32, amount: &str, reference: &str) -> Value {
    json!({"record_payment": {"payment": id(n), "order": id(order), "channel": "wechat", "amount": amount, "fee": "0.10", "reference": reference}})
}

#[track_caller]
fn suspended(shop: &mut Shop, command: Value, because: SuspenseReason) {
    let before = shop.book.balance(&"suspense:wechat".parse().unwrap());
    shop.ok(operator(), command);
    match shop.records.last().unwrap().events.as_slice() {
        [Event::PaymentSuspended(suspended)] => {
            assert_eq!(suspended.because, because);
            let after = shop.book.balance(&"suspense:wechat".parse().unwrap());
            assert_eq!(before.minus(suspended.payment.amount).unwrap(), after);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn money_that_fits_no_order_is_never_refused_and_says_why() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.placed(11, &units(1), &json!({}));
    suspended(&mut shop, payment(20, 99, "5.00", "r1"), SuspenseReason::UnknownOrder);
    suspended(&mut shop, payment(21, 11, "55.99", "r2"), SuspenseReason::WrongAmount);
    suspended(&mut shop, payment(22, 11, "56.01", "r3"), SuspenseReason::WrongAmount);
    suspended(&mut shop, payment(23, 10, "106.00", "r4"), SuspenseReason::AlreadyPaid);
    // The same reference under another id, even one that went to suspense; and whatever the order.
    suspended(&mut shop, payment(24, 11, "56.00", "r2"), SuspenseReason::DuplicateReference);
    suspended(&mut shop, payment(25, 99, "56.00", "r1"), SuspenseReason::DuplicateReference);
    shop.ok(operator(), json!({"cancel_order": {"order": id(11)}}));
    suspended(&mut shop, payment(26, 11, "56.00", "r5"), SuspenseReason::OrderCancelled);
    // Fees of suspended payments are the operator's: 7 x 0.10.
    assert_eq!(shop.balance("expense:channel_fee"), "0.70");
    assert_eq!(shop.balance("suspense:wechat"), "-391.00");
    assert_eq!(shop.balance("channel:wechat"), "496.30");
    // A payment that is sent again is one.
    shop.repeated(12, operator(), payment(20, 99, "5.00", "r1"));
    // Form, id and authority are looked at as everywhere.
    shop.no("bad_amount", operator(), payment(27, 99, "0.00", "r6"));
    shop.no("bad_amount", operator(), payment(27, 99, "0.09", "r6"));
    shop.no("bad_amount", operator(), payment(27, 99, "1.001", "r6"));
    shop.no("id_reused", operator(), payment(20, 98, "5.00", "r1"));
    shop.no("not_allowed", leader(OWNER), payment(27, 99, "1.00", "r6"));
}

#[test]
fn the_same_reference_of_another_channel_is_another_payment() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.placed(11, &units(1), &json!({}));
    shop.ok(operator(), json!({"record_payment": {"payment": id(11), "order": id(11), "channel": "alipay", "amount": "56.00", "reference": "wx10"}}));
    assert!(shop.order(11).paid.is_some());
}

#[test]
fn the_after_sales_window_includes_its_end_and_settling_is_later() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.received(10);
    shop.later(7);
    let ask = |n: u32| json!({"request_refund": {"refund": id(n), "order": id(10), "kind": "refund_only", "lines": units(1)}});
    shop.no("not_due", system(), settle());
    shop.no("not_due", operator(), settle());
    shop.clone().ok(buyer(BUYER), ask(20));
    one_microsecond_later(&mut shop);
    shop.no("window_passed", buyer(BUYER), ask(20));
    shop.no("window_passed", leader(SELLER), ask(20));
    shop.clone().ok(operator(), ask(20));
    shop.ok(system(), settle());
    shop.repeated(13, system(), settle());
    shop.repeated(13, operator(), settle());
}

#[test]
fn the_window_counts_from_the_last_receipt_and_is_open_while_a_unit_is_not_received() {
    let mut shop = sold(SUPPLIER, &json!({}));
    let send = |parcel: u32| json!({"ship_order": {"order": id(10), "parcel": id(parcel), "lines": units(1)}});
    shop.ok(operator(), send(40));
    shop.ok(operator(), json!({"receive_order": {"order": id(10)}}));
    shop.later(20);
    shop.no("not_received", system(), settle());
    let ask = json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "refund_only", "lines": units(1)}});
    shop.clone().ok(buyer(BUYER), ask.clone());
    // The last unshipped unit is refunded: the window counts from the last receipt, and is over.
    let mut after = shop.clone();
    after.refunded(20, 10, &units(1), &json!({}));
    after.no("refund_open", system(), settle());
    after.ok(operator(), back(30, "50.00"));
    after.ok(system(), settle());
    // Received late: seven days from then.
    shop.ok(operator(), send(41));
    shop.ok(buyer(BUYER), json!({"receive_order": {"order": id(10)}}));
    shop.later(7);
    shop.no("not_due", system(), settle());
    one_microsecond_later(&mut shop);
    shop.no("window_passed", buyer(BUYER), ask);
    shop.ok(system(), settle());
}

fn back(n: u32, amount: &str) -> Value {
    json!({"record_refund_payment": {"refund_payment": id(n), "refund": id(20), "by": "transfer", "channel": "bank", "amount": amount, "reference": ""}})
}

#[test]
fn an_open_refund_holds_settlement_until_it_is_rejected_or_paid() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.received(10);
    shop.requested(20, 10, "refund_only", &units(1), &json!({}));
    shop.later(8);
    shop.no("refund_open", system(), settle());
    let mut rejected = shop.clone();
    rejected.ok(operator(), json!({"reject_refund": {"refund": id(20)}}));
    rejected.ok(system(), settle());
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.no("refund_open", system(), settle());
    shop.ok(operator(), back(30, "49.99"));
    shop.no("refund_open", system(), settle());
    shop.ok(operator(), back(31, "0.01"));
    shop.ok(system(), settle());
}

#[test]
fn an_order_without_units_settles_once_its_refunds_are_paid_without_any_window() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.refunded(20, 10, &units(2), &json!({}));
    shop.no("refund_open", system(), settle());
    shop.ok(operator(), back(30, "106.00"));
    shop.ok(system(), settle());
    assert_eq!(shop.book.balances().len(), 2, "{:?}", shop.book.balances());
    shop.later(7);
    // Maturing moves what is left, even nothing.
    shop.ok(system(), mature());
}

#[test]
fn settlement_moves_each_part_to_what_follows() {
    // 100.00: operator 10.00, owner 12.00, supplier 78.00 and the fee of 6.00.
    let shop = settled(SUPPLIER, &json!({}));
    shop.has("term", SUPPLIER, "84.00");
    shop.has("available", OWNER, "12.00");
    shop.has("available", SUPPLIER, "0.00");
    shop.has("pending", OPERATOR, "0.00");
    assert_eq!(shop.balance("income:commission"), "-10.00");
    let prompt = settled(PROMPT, &json!({}));
    prompt.has("available", PROMPT, "84.00");
    prompt.has("term", PROMPT, "0.00");
}

#[test]
fn the_operators_part_is_income_after_settlement_and_later_changes_post_there() {
    let terms = json!({"shipping": {"fee": "6.00", "to": "operator", "ways": ["courier"]}});
    let mut shop = sold(PROMPT, &terms);
    shop.has("pending", OPERATOR, "16.00");
    assert_eq!(shop.balance("income:commission"), "0.00");
    shop.received(10);
    shop.later(8);
    shop.ok(system(), settle());
    shop.has("pending", OPERATOR, "0.00");
    assert_eq!(shop.balance("income:commission"), "-10.00");
    assert_eq!(shop.balance("income:shipping"), "-6.00");
    shop.ok(operator(), json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "refund_only", "lines": units(1)}}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "with_shipping_fee": true}}));
    assert_eq!(shop.balance("income:commission"), "-5.00");
    assert_eq!(shop.balance("income:shipping"), "0.00");
    shop.has("refund_due", BUYER, "56.00");
}

#[test]
fn an_operator_who_leads_is_the_operator_in_every_role() {
    let mut shop = Shop::new();
    shop.ok(operator(), json!({"register_leader": {"leader": id(OPERATOR)}}));
    let campaign = campaign(&item("50.00"), &split(), &json!({"owner": id(OPERATOR)}));
    shop.ok(leader(OPERATOR), json!({ "open_campaign": campaign }));
    let discount =
        json!({"seller": id(OPERATOR), "discount": {"amount": "4.00", "funded_by": "owner"}});
    shop.paid(10, &units(2), &discount);
    shop.has("pending", OPERATOR, "22.00");
    assert_eq!(shop.balance("expense:promotion"), "4.00");
    shop.received(10);
    shop.refunded(20, 10, &units(1), &json!({"goods_borne_by": "seller"}));
    assert_eq!(shop.balance("expense:goodwill"), "48.00");
    shop.ok(operator(), back(30, "48.00"));
    shop.later(8);
    shop.ok(system(), settle());
    shop.has("available", OPERATOR, "0.00");
    assert_eq!(shop.balance("income:commission"), "-22.00");
    let ask =
        json!({"request_payout": {"payout": id(31), "party": id(OPERATOR), "amount": "0.01"}});
    shop.no("insufficient_balance", leader(OPERATOR), ask.clone());
    shop.no("insufficient_balance", operator(), ask);
    let adjust = json!({"adjust": {"adjustment": id(32), "reason": "", "postings": [
        {"account": format!("available:{}", id(OPERATOR)), "amount": "-1.00"}, {"account": "expense:other", "amount": "1.00"}]}});
    shop.no("bad_terms", operator(), adjust);
}

#[test]
fn after_settlement_a_refund_takes_all_parts_and_available_goes_negative() {
    let mut shop = settled(PROMPT, &json!({}));
    for (payout, party, amount) in [(30, OWNER, "12.00"), (31, PROMPT, "84.00")] {
        let actor = if party == OWNER { leader(party) } else { supplier(party) };
        shop.ok(
            actor,
            json!({"request_payout": {"payout": id(payout), "party": id(party), "amount": amount}}),
        );
        shop.ok(
            operator(),
            json!({"record_payout": {"payout": id(payout), "channel": "bank", "reference": ""}}),
        );
    }
    shop.no("window_passed", buyer(BUYER), json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "refund_only", "lines": units(2)}}));
    shop.ok(operator(), json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "refund_only", "lines": units(2)}}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.has("available", OWNER, "-12.00");
    shop.has("available", PROMPT, "-78.00");
    assert_eq!(shop.balance("income:commission"), "0.00");
    shop.has("refund_due", BUYER, "100.00");
    let ask =
        |n: u32| json!({"request_payout": {"payout": id(n), "party": id(OWNER), "amount": "0.01"}});
    shop.no("insufficient_balance", leader(OWNER), ask(32));
    // Later earnings cover the debt first: 6.00 of the next order.
    shop.paid(11, &units(1), &json!({}));
    shop.received(11);
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(11)}}));
    shop.has("available", OWNER, "-6.00");
    shop.no("insufficient_balance", leader(OWNER), ask(32));
}

#[test]
fn terms_run_from_settlement_and_maturing_moves_what_is_left_of_that_order() {
    let mut shop = settled(SUPPLIER, &json!({}));
    shop.paid(11, &units(1), &json!({}));
    shop.received(11);
    shop.later(7);
    let mut early = shop.clone();
    early.at = Time::from_micros(early.at.micros() - 1);
    // The record before is older: the clock may stand there.
    early.no("not_due", system(), mature());
    early.no("not_due", operator(), mature());
    shop.ok(system(), mature());
    shop.has("term", SUPPLIER, "0.00");
    shop.has("available", SUPPLIER, "84.00");
    shop.has("pending", SUPPLIER, "45.00");
    let position = shop.records.last().unwrap().head.position.get();
    shop.repeated(position, system(), mature());
    shop.no("not_due", system(), json!({"mature_payable": {"order": id(11)}}));
    // After that a refund takes from available.
    shop.ok(operator(), json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "refund_only", "lines": units(1)}}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.has("available", SUPPLIER, "45.00");
}

#[test]
fn a_refund_while_terms_run_takes_from_term_and_a_negative_rest_matures_too() {
    let mut shop = settled(SUPPLIER, &json!({}));
    shop.ok(operator(), json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "return", "lines": units(2)}}));
    shop.ok(
        operator(),
        json!({"approve_refund": {"refund": id(20), "goods_borne_by": "supplier"}}),
    );
    // 84.00 less 100.00.
    shop.has("term", SUPPLIER, "-16.00");
    shop.later(7);
    shop.no("refund_open", system(), mature());
    shop.ok(supplier(SUPPLIER), json!({"receive_return": {"refund": id(20)}}));
    shop.ok(system(), mature());
    shop.has("term", SUPPLIER, "0.00");
    shop.has("available", SUPPLIER, "-16.00");
}

#[test]
fn an_order_of_a_supplier_without_terms_has_nothing_to_mature() {
    let mut shop = settled(PROMPT, &json!({}));
    shop.no("nothing_left", system(), mature());
}

#[test]
fn a_payout_holds_the_money_while_it_is_open() {
    let mut shop = settled(PROMPT, &json!({}));
    let ask = |n: u32, amount: &str| json!({"request_payout": {"payout": id(n), "party": id(OWNER), "amount": amount}});
    shop.no("insufficient_balance", leader(OWNER), ask(30, "12.01"));
    shop.no("bad_amount", leader(OWNER), ask(30, "0.00"));
    shop.ok(leader(OWNER), ask(30, "7.00"));
    shop.has("available", OWNER, "5.00");
    shop.has("in_transit", OWNER, "7.00");
    shop.no("insufficient_balance", leader(OWNER), ask(31, "5.01"));
    shop.ok(leader(OWNER), ask(31, "5.00"));
    let paid = |n: u32, fee: &str| json!({"record_payout": {"payout": id(n), "channel": "bank", "reference": "b", "fee": fee}});
    let failed = |n: u32| json!({"fail_payout": {"payout": id(n), "reason": "closed"}});
    shop.no("bad_amount", operator(), paid(30, "7.01"));
    shop.ok(operator(), paid(30, "0.05"));
    shop.has("in_transit", OWNER, "5.00");
    assert_eq!(shop.balance("channel:bank"), "-7.05");
    assert_eq!(shop.balance("expense:channel_fee"), "0.05");
    shop.no("already_decided", operator(), failed(30));
    shop.no("already_decided", operator(), paid(30, "0.04"));
    shop.ok(operator(), failed(31));
    shop.has("available", OWNER, "5.00");
    shop.has("in_transit", OWNER, "0.00");
    shop.no("already_decided", operator(), paid(31, "0.00"));
    shop.no("unknown_payout", operator(), failed(32));
    // The money that came back can be asked for under another id.
    shop.no("id_reused", leader(OWNER), ask(31, "4.00"));
    shop.ok(leader(OWNER), ask(32, "5.00"));
}

#[test]
fn adjustments_are_of_open_accounts_and_sum_to_zero() {
    let mut shop = sold(SUPPLIER, &json!({}));
    let adjust = |n: u32, postings: Value| json!({"adjust": {"adjustment": id(n), "reason": "count", "postings": postings}});
    let pair = |account: &str, other: &str| json!([{"account": account, "amount": "3.00"}, {"account": other, "amount": "-3.00"}]);
    let available = format!("available:{}", id(OWNER));
    for (n, account) in [
        (30, "channel:cash"),
        (31, available.as_str()),
        (32, "income:membership"),
        (33, "expense:prize"),
        (34, "equity:operator"),
    ] {
        shop.ok(operator(), adjust(n, pair(account, "expense:other")));
    }
    shop.has("available", OWNER, "-3.00");
    let owner = id(OWNER);
    for kind in ["pending", "term", "in_transit", "refund_due"] {
        shop.no(
            "bad_terms",
            operator(),
            adjust(40, pair(&format!("{kind}:{owner}"), "expense:other")),
        );
    }
    for account in [
        "refund_due:anonymous",
        "suspense:wechat",
        "income:other",
        "equity:owner",
        "cash",
        "",
        "channel:",
        "available:operator",
    ] {
        shop.no("bad_terms", operator(), adjust(40, pair(account, "expense:other")));
    }
    shop.no(
        "unknown_party",
        operator(),
        adjust(40, pair(&format!("available:{}", id(77)), "expense:other")),
    );
    shop.no("bad_lines", operator(), adjust(40, json!([])));
    shop.no(
        "bad_amount",
        operator(),
        adjust(40, json!([{"account": "channel:cash", "amount": "1.00"}])),
    );
    shop.no("bad_amount", operator(), adjust(40, json!([{"account": "channel:cash", "amount": "1.00"}, {"account": "expense:other", "amount": "-0.99"}])));
    shop.no("bad_amount", operator(), adjust(40, json!([{"account": "channel:cash", "amount": "0.00"}, {"account": "expense:other", "amount": "0.00"}])));
    let mut corrects = adjust(41, pair("channel:cash", "expense:other"));
    merge(&mut corrects["adjust"], &json!({"corrects": 999}));
    shop.no("bad_terms", operator(), corrects.clone());
    merge(&mut corrects["adjust"], &json!({"corrects": 0}));
    shop.no("bad_terms", operator(), corrects.clone());
    merge(&mut corrects["adjust"], &json!({"corrects": 14}));
    shop.ok(operator(), corrects);
    // Written otherwise, the same account.
    let upper = pair(&format!("available:{}", id(OWNER).to_uppercase()), "expense:other");
    shop.repeated(12, operator(), adjust(31, upper));
}

#[test]
fn what_is_owed_to_a_walk_in_is_anonymous() {
    let mut shop = sold(SUPPLIER, &json!({}));
    shop.paid(11, &units(1), &json!({"buyer": null}));
    shop.ok(leader(SELLER), json!({"request_refund": {"refund": id(20), "order": id(11), "kind": "refund_only", "lines": units(1)}}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    assert_eq!(shop.balance("refund_due:anonymous"), "-56.00");
    shop.ok(operator(), back(30, "56.00"));
    assert_eq!(shop.balance("refund_due:anonymous"), "0.00");
}

#[test]
fn terms_and_uplines_are_those_of_the_moment() {
    // The seller's own split came after the order was placed: the order keeps the campaign's.
    let mut shop = Shop::new();
    shop.campaign(
        &item("50.00"),
        &json!({"shares": [{"to": "upline", "take": {"rate": "0.10"}}], "remainder": "owner"}),
        &json!({}),
    );
    shop.paid(10, &units(2), &json!({}));
    shop.has("pending", UPLINE, "10.00");
    shop.no("id_reused", operator(), json!({"register_leader": {"leader": id(SELLER)}}));
    match shop.last.take() {
        Some(Rejection::IdReused { field, .. }) => assert_eq!(field, "upline"),
        other => panic!("{other:?}"),
    }
    shop.paid(11, &units(1), &json!({"seller": id(OWNER)}));
    shop.has("pending", UPLINE, "10.00");
    shop.ok(leader(OWNER), json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(OWNER), "split": {"shares": [], "remainder": "supplier"}}}));
    shop.refunded(20, 11, &units(1), &json!({}));
    shop.has("pending", SUPPLIER, "0.00");
    shop.has("pending", OWNER, "90.00");
    shop.paid(12, &units(1), &json!({"seller": id(OWNER)}));
    shop.has("pending", SUPPLIER, "50.00");
}
