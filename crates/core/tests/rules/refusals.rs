//! Which refusal, when several apply (`cli.md`): of two classes the earlier wins; lines in their order; known ids before time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::{Rejection, Time};

/// A price of which two are beyond the limit of an amount.
const HUGE: &str = "9000000000000.00";

fn split() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn tea(quantity: u32) -> Value {
    json!([{"sku": "tea", "quantity": quantity}])
}

/// An open campaign: tea (10 in stock, 3 a buyer), rare (1 in stock), a huge price; order 10 paid, 11 placed.
fn shop() -> Shop {
    let mut shop = Shop::new();
    let items = json!([
        {"sku": "tea", "title": "", "price": "50.00", "stock": 10, "limit_per_buyer": 3},
        {"sku": "rare", "title": "", "price": "1.00", "stock": 1, "limit_per_buyer": 3},
        {"sku": "huge", "title": "", "price": HUGE, "stock": 2}]);
    shop.campaign(&items, &split(), &json!({}));
    shop.paid(10, &tea(2), &json!({}));
    shop.placed(11, &tea(1), &json!({"buyer": id(9)}));
    shop
}

fn place(changes: &Value) -> Value {
    let mut place = json!({"order": id(12), "campaign": id(CAMPAIGN), "buyer": id(BUYER), "seller": id(SELLER),
        "lines": tea(1), "way": "courier"});
    merge(&mut place, changes);
    json!({ "place_order": place })
}

fn open_book(changes: &Value) -> Value {
    let mut open = json!({"book": id(999), "currency": "CNY", "timezone": "Asia/Shanghai", "operator": id(OPERATOR)});
    merge(&mut open, changes);
    json!({ "open_book": open })
}

fn earlier() -> Time {
    "2025-12-31T00:00:00Z".parse().unwrap()
}

#[track_caller]
fn no_at(
    shop: &mut Shop,
    at: Time,
    occurred: Option<Time>,
    code: &'static str,
    actor: Value,
    command: Value,
) {
    assert_eq!(
        shop.send_at(at, occurred, actor, command),
        Outcome::Rejected(code),
        "{:?}",
        shop.last
    );
}

#[test]
fn form_is_looked_at_before_the_book() {
    let mut empty = Shop::empty();
    empty.no("bad_lines", operator(), place(&json!({"lines": []})));
    empty.no("book_missing", operator(), place(&json!({})));
    empty.no("book_missing", buyer(9), place(&json!({"seller": id(77)})));
    let mut shop = shop();
    shop.no("bad_terms", operator(), open_book(&json!({"book": id(998), "decimals": 9})));
    shop.no("book_exists", operator(), open_book(&json!({"book": id(998)})));
    shop.no("book_exists", buyer(BUYER), open_book(&json!({"book": id(998)})));
}

#[test]
fn the_book_that_is_open_goes_on_to_its_id() {
    let mut shop = shop();
    shop.repeated(1, operator(), open_book(&json!({})));
    shop.repeated(
        1,
        operator(),
        open_book(&json!({"decimals": 2, "channel_fee_borne_by": "operator"})),
    );
    shop.no("id_reused", operator(), open_book(&json!({"timezone": "Asia/Tokyo"})));
    shop.no("not_allowed", leader(OWNER), open_book(&json!({})));
    no_at(
        &mut shop,
        earlier(),
        None,
        "id_reused",
        operator(),
        open_book(&json!({"currency": "USD"})),
    );
}

#[test]
fn form_is_looked_at_before_a_known_id_and_before_time() {
    let mut shop = shop();
    let known = |lines| place(&json!({"order": id(10), "lines": lines}));
    shop.no("bad_lines", operator(), known(tea(0)));
    shop.no("id_reused", operator(), known(tea(1)));
    no_at(&mut shop, earlier(), None, "bad_lines", operator(), known(tea(0)));
    no_at(
        &mut shop,
        earlier(),
        None,
        "bad_lines",
        buyer(9),
        place(&json!({"lines": [], "campaign": id(77)})),
    );
}

#[test]
fn a_known_id_is_looked_at_before_time_and_who_may_before_what_differs() {
    let mut shop = shop();
    let at = shop.at;
    let position = 8;
    let same = place(&json!({"order": id(10), "lines": tea(2)}));
    let other = place(&json!({"order": id(10), "lines": tea(1)}));
    for time in [earlier(), at] {
        assert_eq!(
            shop.send_at(time, None, buyer(BUYER), same.clone()),
            Outcome::Repeated(position)
        );
        assert_eq!(
            shop.send_at(time, Some(at), leader(SELLER), same.clone()),
            Outcome::Repeated(position)
        );
        no_at(&mut shop, time, None, "id_reused", operator(), other.clone());
        no_at(&mut shop, time, None, "not_allowed", buyer(9), same.clone());
        no_at(&mut shop, time, None, "not_allowed", buyer(9), other.clone());
    }
    // The answer is that of the record, whatever became of the campaign since.
    shop.ok(leader(OWNER), json!({"close_campaign": {"campaign": id(CAMPAIGN)}}));
    shop.repeated(position, buyer(BUYER), same);
    shop.no(
        "campaign_closed",
        leader(OWNER),
        json!({"close_campaign": {"campaign": id(CAMPAIGN), "reason": "again"}}),
    );
    shop.repeated(11, leader(OWNER), json!({"close_campaign": {"campaign": id(CAMPAIGN)}}));
}

#[test]
fn id_reused_names_the_first_field_that_differs() {
    let mut shop = shop();
    for (changes, field) in [
        (json!({"lines": tea(2), "seller": id(OWNER)}), "seller"),
        (json!({"lines": tea(1), "way": "pickup"}), "lines"),
        (json!({"lines": tea(2), "way": "pickup"}), "way"),
        (
            json!({"lines": tea(2), "discount": {"amount": "1.00", "funded_by": "shared"}}),
            "discount",
        ),
        (json!({"lines": tea(2), "buyer": null}), "buyer"),
    ] {
        let mut again = changes.clone();
        merge(&mut again, &json!({"order": id(10)}));
        shop.no("id_reused", operator(), place(&again));
        match shop.last.take() {
            Some(Rejection::IdReused { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{other:?}"),
        }
    }
    // A discount of nothing is none.
    let none = json!({"order": id(10), "lines": tea(2), "discount": {"amount": "0.00", "funded_by": "owner"}});
    shop.repeated(8, operator(), place(&none));
}

#[test]
fn time_is_looked_at_before_unknown_things() {
    let mut shop = shop();
    let at = shop.at;
    let unknown = place(&json!({"campaign": id(77)}));
    no_at(&mut shop, earlier(), None, "time_goes_back", buyer(9), unknown.clone());
    no_at(&mut shop, at, Some(at.plus_days(1)), "time_goes_back", buyer(9), unknown.clone());
    no_at(&mut shop, at, Some(at), "unknown_campaign", buyer(9), unknown);
}

#[test]
fn unknown_things_come_in_the_order_of_the_fields() {
    let mut shop = shop();
    let nothing =
        json!({"campaign": id(77), "seller": id(78), "lines": [{"sku": "cake", "quantity": 1}]});
    let mut known = nothing.clone();
    shop.no("unknown_campaign", buyer(9), place(&known));
    merge(&mut known, &json!({"campaign": id(CAMPAIGN)}));
    shop.no("unknown_party", buyer(9), place(&known));
    merge(&mut known, &json!({"seller": id(SELLER)}));
    shop.no("unknown_sku", buyer(9), place(&known));
    merge(&mut known, &json!({"lines": tea(1)}));
    shop.no("not_allowed", buyer(9), place(&known));
    shop.no(
        "unknown_campaign",
        buyer(9),
        json!({"allow_seller": {"campaign": id(77), "seller": id(78)}}),
    );
    shop.no(
        "unknown_party",
        buyer(9),
        json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(78)}}),
    );
    let ask = |order: u32| json!({"request_refund": {"refund": id(20), "order": id(order), "kind": "refund_only", "lines": [{"sku": "cake", "quantity": 1}]}});
    shop.no("unknown_order", buyer(9), ask(77));
    shop.no("unknown_sku", buyer(9), ask(10));
}

#[test]
fn who_may_is_looked_at_before_the_state() {
    let mut shop = shop();
    shop.no("not_allowed", buyer(9), json!({"ship_order": {"order": id(11)}}));
    shop.no("not_paid", operator(), json!({"ship_order": {"order": id(11)}}));
    shop.requested(20, 10, "refund_only", &tea(1), &json!({}));
    shop.ok(operator(), json!({"reject_refund": {"refund": id(20)}}));
    shop.no("not_allowed", leader(SELLER), json!({"approve_refund": {"refund": id(20)}}));
    shop.no("already_decided", leader(OWNER), json!({"approve_refund": {"refund": id(20)}}));
    shop.ok(leader(SELLER), json!({"request_refund": {"refund": id(21), "order": id(10), "kind": "refund_only", "lines": tea(1)}}));
    shop.ok(operator(), json!({"reject_refund": {"refund": id(21)}}));
    shop.no(
        "same_person",
        leader(SELLER),
        json!({"approve_refund": {"refund": id(21), "goods_borne_by": "seller"}}),
    );
}

#[test]
fn state_is_looked_at_before_quantities() {
    let mut shop = shop();
    let much = json!({"lines": tea(99)});
    let mut closed = shop.clone();
    closed.ok(operator(), json!({"close_campaign": {"campaign": id(CAMPAIGN)}}));
    closed.no("campaign_closed", operator(), place(&much));
    let mut ended = shop.clone();
    ended.later(31);
    ended.no("campaign_closed", operator(), place(&much));
    shop.no("bad_terms", operator(), place(&json!({"lines": tea(99), "way": "leader_delivery"})));
    // Not paid before so many; the window before so many.
    let ask = |order: u32, kind: &str| json!({"request_refund": {"refund": id(20), "order": id(order), "kind": kind, "lines": tea(3)}});
    shop.no("not_paid", operator(), ask(11, "return"));
    shop.received(10);
    shop.later(8);
    shop.no("window_passed", buyer(BUYER), ask(10, "return"));
    shop.no("nothing_to_refund", operator(), ask(10, "return"));
}

#[test]
fn limits_come_before_stock_and_lines_in_their_order() {
    let mut shop = shop();
    let lines = json!([{"sku": "rare", "quantity": 2}, {"sku": "tea", "quantity": 4}]);
    // Line 1 lacks stock, line 2 is above its limit: the limit comes first.
    shop.no("over_limit", operator(), place(&json!({ "lines": lines })));
    shop.no("out_of_stock", operator(), place(&json!({"lines": lines, "buyer": null})));
    let both = json!([{"sku": "tea", "quantity": 99}, {"sku": "rare", "quantity": 2}]);
    for (lines, first) in [(both.clone(), "tea"), (json!([both[1], both[0]]), "rare")] {
        shop.no("out_of_stock", operator(), place(&json!({"lines": lines, "buyer": null})));
        match shop.last.take() {
            Some(Rejection::OutOfStock { sku, .. }) => assert_eq!(sku.as_str(), first),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn stock_comes_before_a_total_that_overflows() {
    let mut shop = shop();
    let huge = |quantity: u32| place(&json!({"lines": [{"sku": "huge", "quantity": quantity}]}));
    shop.no("out_of_stock", operator(), huge(3));
    shop.no("overflow", operator(), huge(2));
    shop.ok(operator(), huge(1));
}

#[test]
fn nothing_to_refund_comes_before_not_shipped_and_not_shipped_before_the_cap() {
    let mut shop = shop();
    let ask = |quantity: u32| {
        json!({"request_refund": {"refund": id(20), "order": id(10), "kind": "return",
        "lines": tea(quantity), "return_shipping": "99.00"}})
    };
    shop.no("nothing_to_refund", buyer(BUYER), ask(3));
    shop.no("not_shipped", buyer(BUYER), ask(2));
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.no("over_shipping_cap", buyer(BUYER), ask(2));
}

#[test]
fn what_is_owed_is_looked_at_before_the_channel() {
    let mut shop = shop();
    let back = |channel: &str, amount: &str| {
        json!({"record_refund_payment": {"refund_payment": id(30), "refund": id(20),
        "by": "channel", "channel": channel, "amount": amount, "reference": "", "fee_returned": "0.01"}})
    };
    shop.no("unknown_refund", buyer(9), back("alipay", "99.00"));
    shop.requested(20, 10, "refund_only", &tea(1), &json!({}));
    shop.no("not_allowed", buyer(9), back("alipay", "99.00"));
    shop.no("not_approved", operator(), back("alipay", "99.00"));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.no("exceeds_due", operator(), back("alipay", "99.00"));
    shop.no("wrong_channel", operator(), back("alipay", "50.00"));
    // No fee was charged, so none comes back.
    shop.no("bad_amount", operator(), back("wechat", "50.00"));
}

#[test]
fn a_wrong_code_is_wrong_where_nothing_is_left_to_hand_over_too() {
    let mut shop = shop();
    let order = id(15).parse().unwrap();
    let digest = tuanzhang_core::order::pickup_code_digest(order, "4711");
    let with_code = json!({"way": "pickup", "pickup_code_digest": digest, "buyer": id(8)});
    shop.paid(15, &tea(2), &with_code);
    let arrive = json!({"arrive_at_pickup": {"order": id(15), "arrival": id(60), "lines": tea(1)}});
    shop.ok(operator(), arrive);
    let pick_up = |code: &str| json!({"pick_up_order": {"order": id(15), "code": code}});
    shop.no("wrong_code", operator(), pick_up("4712"));
    shop.ok(operator(), pick_up("4711"));
    let position = shop.book.position().get();
    shop.repeated(position, operator(), pick_up("4711"));
    shop.no("wrong_code", operator(), pick_up("4712"));
    shop.no("wrong_code", operator(), json!({"pick_up_order": {"order": id(15)}}));
}

/// A long life: everything that this version can do, from the opening to a payout.
fn life() -> Shop {
    let mut shop = shop();
    shop.ok(supplier(SUPPLIER), json!({"add_stock": {"addition": id(40), "campaign": id(CAMPAIGN), "sku": "tea", "quantity": 5}}));
    shop.ok(operator(), json!({"cancel_order": {"order": id(11), "reason": "changed her mind"}}));
    shop.ok(operator(), json!({"record_payment": {"payment": id(11), "order": id(11), "channel": "wechat", "amount": "50.00", "reference": "wx11"}}));
    shop.paid(13, &json!([{"sku": "rare", "quantity": 1}]), &json!({"buyer": id(9)}));
    shop.ok(buyer(9), json!({"cancel_order": {"order": id(13)}}));
    shop.ok(operator(), place(&json!({"order": id(14), "buyer": null, "lines": tea(1), "discount": {"amount": "50.00", "funded_by": "owner"}})));
    let code = json!({"order": id(15), "way": "pickup", "buyer": id(8)});
    shop.ok(leader(SELLER), place(&code));
    shop.ok(operator(), json!({"record_payment": {"payment": id(15), "order": id(15), "channel": "wechat", "amount": "50.00", "fee": "0.30", "reference": "wx15"}}));
    shop.ok(leader(OWNER), json!({"arrive_at_pickup": {"order": id(15)}}));
    shop.ok(buyer(8), json!({"pick_up_order": {"order": id(15), "code": "unneeded"}}));
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(50), "lines": tea(1)}}),
    );
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.ok(
        operator(),
        json!({"receive_order": {"order": id(10), "receipt": id(51), "lines": tea(1)}}),
    );
    shop.later(1);
    shop.ok(operator(), json!({"receive_order": {"order": id(10)}}));
    shop.requested(20, 10, "return", &tea(1), &json!({"return_shipping": "12.00"}));
    shop.ok(leader(OWNER), json!({"approve_refund": {"refund": id(20)}}));
    shop.ok(supplier(SUPPLIER), json!({"receive_return": {"refund": id(20)}}));
    for (n, by, channel, amount) in
        [(60, "channel", "wechat", "50.00"), (61, "transfer", "bank", "12.00")]
    {
        shop.ok(
            operator(),
            json!({"record_refund_payment": {"refund_payment": id(n), "refund": id(20), "by": by,
            "channel": channel, "amount": amount, "reference": ""}}),
        );
    }
    shop.requested(21, 10, "refund_only", &tea(1), &json!({}));
    shop.ok(leader(OWNER), json!({"reject_refund": {"refund": id(21), "reason": "eaten"}}));
    shop.ok(leader(OWNER), json!({"close_campaign": {"campaign": id(CAMPAIGN), "reason": "sold"}}));
    shop.later(9);
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    shop.ok(system(), json!({"settle_order": {"order": id(15)}}));
    shop.later(7);
    shop.ok(system(), json!({"mature_payable": {"order": id(10)}}));
    for (payout, amount) in [(70, "40.00"), (71, "4.00")] {
        shop.ok(supplier(SUPPLIER), json!({"request_payout": {"payout": id(payout), "party": id(SUPPLIER), "amount": amount}}));
    }
    shop.ok(operator(), json!({"record_payout": {"payout": id(70), "channel": "bank", "reference": "b", "fee": "0.10"}}));
    shop.ok(operator(), json!({"fail_payout": {"payout": id(71), "reason": "closed"}}));
    shop.ok(operator(), json!({"record_unmatched": {"unmatched": id(80), "channel": "bank", "direction": "out", "amount": "1.00", "reference": ""}}));
    shop.ok(operator(), json!({"record_cost": {"cost": id(81), "category": "labour", "channel": "bank", "amount": "1.00"}}));
    shop.ok(operator(), json!({"adjust": {"adjustment": id(82), "reason": "", "corrects": 3, "postings": [
        {"account": "channel:bank", "amount": "9.00"}, {"account": "equity:operator", "amount": "-9"}]}}));
    shop
}

#[test]
fn a_file_applied_twice_answers_repeated_for_every_accepted_line() {
    let mut shop = life();
    let (records, balances) = (shop.records.len(), shop.book.balances());
    for line in shop.sent.clone() {
        let command = line.command.to_string();
        let outcome = shop.line(line);
        assert!(matches!(outcome, Outcome::Repeated(_)), "{command}\n{outcome:?}\n{:?}", shop.last);
    }
    assert_eq!((shop.records.len(), shop.book.balances()), (records, balances));
}

#[test]
fn a_command_that_was_refused_leaves_no_trace_and_may_be_tried_again() {
    let mut shop = shop();
    let late = place(&json!({"lines": tea(9), "buyer": null}));
    shop.no("out_of_stock", operator(), late.clone());
    shop.ok(operator(), json!({"add_stock": {"addition": id(40), "campaign": id(CAMPAIGN), "sku": "tea", "quantity": 5}}));
    shop.ok(operator(), late);
}

#[test]
fn commands_without_an_id_are_known_by_what_they_did() {
    let mut shop = shop();
    shop.ok(
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(50), "lines": tea(1)}}),
    );
    shop.no("bad_lines", operator(), json!({"ship_order": {"order": id(10), "lines": tea(1)}}));
    shop.repeated(
        11,
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(50), "lines": tea(1)}}),
    );
    shop.no(
        "id_reused",
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(50), "lines": tea(2)}}),
    );
    shop.ok(operator(), json!({"ship_order": {"order": id(10), "reference": "SF1"}}));
    // All that was left went with the last record; its reference isn't compared.
    shop.repeated(12, operator(), json!({"ship_order": {"order": id(10), "reference": "SF2"}}));
    shop.repeated(12, operator(), json!({"ship_order": {"order": id(10)}}));
    shop.no(
        "nothing_left",
        operator(),
        json!({"ship_order": {"order": id(10), "parcel": id(52), "lines": tea(1)}}),
    );
    // Nothing left because all was refunded, and nothing was ever shipped.
    shop.paid(12, &json!([{"sku": "rare", "quantity": 1}]), &json!({}));
    shop.refunded(20, 12, &json!([{"sku": "rare", "quantity": 1}]), &json!({}));
    shop.no("nothing_left", operator(), json!({"ship_order": {"order": id(12)}}));
    // Decided: the same again, and otherwise.
    let approve = json!({"approve_refund": {"refund": id(20)}});
    let position = shop.records.last().unwrap().head.position.get();
    shop.repeated(position, operator(), approve);
    let explicit = json!({"approve_refund": {"refund": id(20), "goods_borne_by": "reverse", "return_shipping": "0",
        "with_shipping_fee": false, "waive_return": false, "compensation_borne_by": "operator"}});
    shop.repeated(position, operator(), explicit);
    shop.no(
        "already_decided",
        operator(),
        json!({"approve_refund": {"refund": id(20), "goods_borne_by": "owner"}}),
    );
    shop.no("already_decided", operator(), json!({"reject_refund": {"refund": id(20)}}));
}
