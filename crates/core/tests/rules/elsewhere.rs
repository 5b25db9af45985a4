//! What goes wrong elsewhere (`domain.md` §10): defects of public shop systems, as cases that must pass here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::{OrderId, RefundId};

/// A supplier without terms.
const PROMPT: u32 = 7;

/// Seller 10 %, her upline a tenth of that, the owner 5 %, the operator 1 %, the rest to the supplier.
fn split() -> Value {
    json!({"shares": [
        {"to": "seller", "take": {"rate": "0.10"}}, {"to": "upline", "take": {"rate_of_seller": "0.10"}},
        {"to": "owner", "take": {"rate": "0.05"}}, {"to": "operator", "take": {"rate": "0.01"}}], "remainder": "supplier"})
}

fn item(sku: &str, price: &str) -> Value {
    json!({"sku": sku, "title": "", "price": price})
}

fn units(sku: &str, quantity: u32) -> Value {
    json!([{"sku": sku, "quantity": quantity}])
}

fn opened(items: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.ok(operator(), json!({"register_supplier": {"supplier": id(PROMPT), "terms_days": 0}}));
    shop.campaign(items, &split(), &json!({"supplier": id(PROMPT)}));
    shop
}

/// Order 10 of so many at 100.00, settled: 10.00, 1.00, 5.00, 1.00 and 83.00 for each.
fn settled(quantity: u32) -> Shop {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", quantity), &json!({}));
    shop.received(10);
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    shop
}

/// The operator refunds units after the window.
fn late_refund(shop: &mut Shop, refund: u32, quantity: u32) {
    shop.ok(operator(), json!({"request_refund": {"refund": id(refund), "order": id(10), "kind": "refund_only", "lines": units("a", quantity)}}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(refund)}}));
}

fn payout(n: u32, party: u32, amount: &str) -> Value {
    json!({"request_payout": {"payout": id(n), "party": id(party), "amount": amount}})
}

fn paid_out(n: u32) -> Value {
    json!({"record_payout": {"payout": id(n), "channel": "bank", "reference": ""}})
}

fn back(n: u32, refund: u32, by: &str, amount: &str) -> Value {
    let channel = if by == "channel" { "wechat" } else { "bank" };
    json!({"record_refund_payment": {"refund_payment": id(n), "refund": id(refund), "by": by, "channel": channel, "amount": amount, "reference": ""}})
}

/// Elsewhere: a late refund's commission is cut to the payee's balance and the rest forgotten.
#[test]
fn case_01_a_late_refund_makes_available_negative() {
    let mut shop = settled(1);
    shop.ok(leader(SELLER), payout(30, SELLER, "10.00"));
    shop.ok(operator(), paid_out(30));
    late_refund(&mut shop, 20, 1);
    shop.has("available", SELLER, "-10.00");
}

/// Elsewhere: a refund after settlement reverses only some of the payees.
#[test]
fn case_02_a_refund_after_settlement_reverses_all_parts() {
    let mut shop = settled(1);
    late_refund(&mut shop, 20, 1);
    for party in [SELLER, UPLINE, OWNER, PROMPT] {
        shop.has("available", party, "0.00");
    }
    assert_eq!(shop.balance("income:commission"), "0.00");
    shop.has("refund_due", BUYER, "100.00");
}

/// Elsewhere: a refund number made anew at each try pays twice.
#[test]
fn case_03_a_retry_carries_the_same_id_and_pays_once() {
    let mut shop = settled(2);
    late_refund(&mut shop, 20, 2);
    shop.ok(operator(), back(30, 20, "channel", "100.00"));
    let position = shop.records.last().unwrap().head.position.get();
    for _ in 0..3 {
        shop.repeated(position, operator(), back(30, 20, "channel", "100.00"));
    }
    assert_eq!(shop.balance("channel:wechat"), "100.00");
    shop.no("id_reused", operator(), back(30, 20, "channel", "99.00"));
    // The id of a refund that the book opens itself is derived, so a second try finds the first.
    shop.paid(11, &units("a", 1), &json!({}));
    shop.ok(operator(), json!({"cancel_order": {"order": id(11)}}));
    let derived = RefundId::derived(id(11).parse::<OrderId>().unwrap().uuid(), "cancelled");
    assert!(shop.book.refunds().any(|(refund, _)| *refund == derived));
    shop.repeated(
        shop.records.last().unwrap().head.position.get(),
        operator(),
        json!({"cancel_order": {"order": id(11)}}),
    );
}

/// Elsewhere: balances by read, add, save lose one of two concurrent commissions.
#[test]
fn case_04_two_commissions_at_the_same_instant_both_count() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    for order in [10, 11] {
        shop.paid(order, &units("a", 1), &json!({}));
        shop.received(order);
    }
    shop.later(8);
    // An event says by how much, not to what: whichever comes first, nothing is lost.
    for orders in [[10, 11], [11, 10]] {
        let mut shop = shop.clone();
        for order in orders {
            shop.ok(system(), json!({"settle_order": {"order": id(order)}}));
        }
        shop.has("available", SELLER, "20.00");
    }
}

/// Elsewhere: stock taken without a guard oversells.
#[test]
fn case_05_stock_is_never_oversold() {
    let mut shop = opened(&json!([{"sku": "a", "title": "", "price": "1.00", "stock": 3}]));
    shop.placed(10, &units("a", 2), &json!({}));
    let place = |order: u32, quantity: u32| json!({"place_order": {"order": id(order), "campaign": id(CAMPAIGN), "seller": id(OWNER), "lines": units("a", quantity), "way": "courier"}});
    shop.no("out_of_stock", operator(), place(11, 2));
    shop.ok(operator(), place(11, 1));
    shop.no("out_of_stock", operator(), place(12, 1));
    shop.ok(operator(), json!({"cancel_order": {"order": id(10)}}));
    shop.no("out_of_stock", operator(), place(12, 3));
    shop.ok(operator(), place(12, 2));
}

/// Elsewhere: any partial refund cancels the whole commission.
#[test]
fn case_06_a_partial_refund_takes_its_part_of_the_commission_only() {
    let mut shop = opened(&json!([item("a", "100.00"), item("b", "50.00")]));
    shop.paid(10, &json!([{"sku": "a", "quantity": 2}, {"sku": "b", "quantity": 1}]), &json!({}));
    shop.has("pending", SELLER, "25.00");
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.has("pending", SELLER, "15.00");
    shop.has("pending", UPLINE, "1.50");
}

/// Elsewhere: commission frees before receipt.
#[test]
fn case_07_commission_frees_after_receipt_and_the_window_only() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", 1), &json!({}));
    let settle = json!({"settle_order": {"order": id(10)}});
    shop.later(30);
    shop.no("not_received", system(), settle.clone());
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.no("not_received", operator(), settle.clone());
    shop.ok(buyer(BUYER), json!({"receive_order": {"order": id(10)}}));
    shop.no("not_due", operator(), settle.clone());
    shop.no("insufficient_balance", leader(SELLER), payout(30, SELLER, "0.01"));
    shop.later(8);
    shop.ok(system(), settle);
    shop.ok(leader(SELLER), payout(30, SELLER, "10.00"));
}

/// Elsewhere: a second refund of the same line is impossible.
#[test]
fn case_08_a_line_is_refunded_as_often_as_it_has_units() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", 3), &json!({}));
    for refund in 20..23 {
        shop.refunded(refund, 10, &units("a", 1), &json!({}));
    }
    shop.has("refund_due", BUYER, "300.00");
    shop.has("pending", SELLER, "0.00");
}

/// Elsewhere: the discount's last fen vanishes when a line is removed.
#[test]
fn case_09_the_discounts_last_fen_stays_with_its_line() {
    let items = json!([item("a", "33.33"), item("b", "33.33"), item("c", "33.34")]);
    let mut shop = opened(&items);
    let lines = json!([{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 1}, {"sku": "c", "quantity": 1}]);
    shop.paid(10, &lines, &json!({"discount": {"amount": "10.00", "funded_by": "shared"}}));
    // 3.33, 3.33, 3.34 off.
    for (refund, sku, due) in [(20, "c", "30.00"), (21, "a", "60.00"), (22, "b", "90.00")] {
        shop.refunded(refund, 10, &units(sku, 1), &json!({}));
        shop.has("refund_due", BUYER, due);
    }
    for party in [SELLER, UPLINE, OWNER, OPERATOR, PROMPT] {
        shop.has("pending", party, "0.00");
    }
}

/// Elsewhere: a running total is credited again for each line.
#[test]
fn case_10_each_line_credits_its_own_part_once() {
    let mut shop = opened(&json!([item("a", "100.00"), item("b", "10.00"), item("c", "1.00")]));
    shop.paid(10, &json!([{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 1}, {"sku": "c", "quantity": 1}]), &json!({}));
    shop.has("pending", SELLER, "11.10");
    shop.received(10);
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    shop.has("available", SELLER, "11.10");
}

/// Elsewhere: reversal by per-unit rounding: 10.00 over 3 units gives back 9.99; 0.03 over 7 gives nothing.
#[test]
fn case_11_units_give_back_all_that_was_paid() {
    for (paid, list, quantity) in [("10.00", "4.00", 3), ("0.03", "1.00", 7)] {
        let mut shop = opened(&json!([item("a", list)]));
        let minor = |amount: &str| amount.replace('.', "").parse::<i64>().unwrap();
        let off = minor(list) * i64::from(quantity) - minor(paid);
        let off = format!("{}.{:02}", off / 100, off % 100);
        shop.paid(
            10,
            &units("a", quantity),
            &json!({"discount": {"amount": off, "funded_by": "shared"}}),
        );
        for refund in 0..quantity {
            shop.refunded(20 + refund, 10, &units("a", 1), &json!({}));
        }
        shop.has("refund_due", BUYER, paid);
        assert_eq!(shop.balance("channel:wechat"), paid);
        for party in [SELLER, UPLINE, OWNER, OPERATOR, PROMPT] {
            shop.has("pending", party, "0.00");
        }
    }
}

/// Elsewhere: a negative settlement is shown as zero.
#[test]
fn case_12_a_negative_settlement_is_a_debt() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", 2), &json!({}));
    shop.received(10);
    shop.refunded(20, 10, &units("a", 1), &json!({"goods_borne_by": "owner"}));
    shop.ok(operator(), back(30, 20, "channel", "100.00"));
    shop.later(8);
    shop.has("pending", OWNER, "-90.00");
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
    shop.has("available", OWNER, "-90.00");
}

/// Elsewhere: after-sales is refused because commission was paid out.
#[test]
fn case_13_after_sales_doesnt_ask_what_was_paid_out() {
    let mut shop = settled(1);
    for (n, actor, party, amount) in
        [(30, leader(SELLER), SELLER, "10.00"), (31, supplier(PROMPT), PROMPT, "83.00")]
    {
        shop.ok(actor, payout(n, party, amount));
        shop.ok(operator(), paid_out(n));
    }
    late_refund(&mut shop, 20, 1);
    shop.ok(operator(), back(40, 20, "channel", "100.00"));
    shop.has("available", PROMPT, "-83.00");
}

/// Elsewhere: any refund restocks every line.
#[test]
fn case_14_a_refund_restocks_its_own_unshipped_units_only() {
    let mut shop = opened(
        &json!([{"sku": "a", "title": "", "price": "1.00", "stock": 2}, {"sku": "b", "title": "", "price": "1.00", "stock": 2}]),
    );
    shop.paid(10, &json!([{"sku": "a", "quantity": 2}, {"sku": "b", "quantity": 2}]), &json!({}));
    let place = |order: u32, sku: &str| json!({"place_order": {"order": id(order), "campaign": id(CAMPAIGN), "seller": id(OWNER), "lines": units(sku, 1), "way": "courier"}});
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.no("out_of_stock", operator(), place(11, "b"));
    shop.ok(operator(), place(11, "a"));
    shop.no("out_of_stock", operator(), place(12, "a"));
    // Shipped goods are not back in stock by being refunded, nor by coming back.
    shop.received(10);
    shop.requested(21, 10, "return", &units("b", 1), &json!({}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(21)}}));
    shop.ok(operator(), json!({"receive_return": {"refund": id(21)}}));
    shop.no("out_of_stock", operator(), place(12, "b"));
}

/// Elsewhere: an expired group only changes a flag.
#[test]
fn case_15_a_campaign_that_was_not_formed_gives_all_money_and_stock_back() {
    let mut shop = Shop::new();
    let items = json!([{"sku": "a", "title": "", "price": "100.00", "stock": 3}]);
    let terms = json!({"formation": {"min_quantity": 3}, "shipping":
        {"fee": "6.00", "to": "supplier", "ways": ["courier"]}});
    shop.campaign(&items, &split(), &terms);
    shop.paid(10, &units("a", 1), &json!({}));
    shop.placed(11, &units("a", 1), &json!({}));
    shop.no("not_formed", operator(), json!({"ship_order": {"order": id(10)}}));
    shop.at = "2026-02-01T00:00:00Z".parse().unwrap();
    loop {
        let due: Vec<_> = shop.book.due(shop.at).collect();
        if due.is_empty() {
            break;
        }
        for command in due {
            shop.ok(system(), serde_json::to_value(command).unwrap());
        }
    }
    shop.has("refund_due", BUYER, "106.00");
    for party in [OWNER, SELLER, UPLINE, SUPPLIER] {
        shop.has("pending", party, "0.00");
    }
    assert_eq!(shop.order(11).status().word(), "expired");
    let refund = RefundId::derived(id(10).parse().unwrap(), "unformed");
    shop.ok(
        operator(),
        json!({"record_refund_payment": {"refund_payment": id(30), "refund": refund,
        "by": "channel", "channel": "wechat", "amount": "106.00", "reference": "r"}}),
    );
    let late = json!({"record_payment": {"payment": id(31), "order": id(11), "channel": "wechat",
        "amount": "106.00", "reference": "late"}});
    shop.ok(operator(), late);
    assert_eq!(shop.balance("suspense:wechat"), "-106.00");
    let campaign = shop.book.campaigns().next().unwrap();
    let count = shop.book.get::<tuanzhang_core::book::CampaignCount>(campaign.0).unwrap();
    assert_eq!(campaign.1.status(count).word(), "failed");
    let item = shop.book.get::<tuanzhang_core::book::ItemCount>(&(*campaign.0, 0)).unwrap();
    assert_eq!(item.available(), Some(3));
}

/// Elsewhere: two 60.00 refunds of a 100.00 payment both succeed.
#[test]
fn case_16_refunds_never_exceed_the_payment() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", 1), &json!({}));
    shop.received(10);
    shop.requested(20, 10, "return", &units("a", 1), &json!({"return_shipping": "15.00"}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(20), "waive_return": true}}));
    shop.ok(operator(), back(30, 20, "channel", "60.00"));
    shop.no("exceeds_due", operator(), back(31, 20, "channel", "60.00"));
    shop.no("exceeds_payment", operator(), back(31, 20, "channel", "40.01"));
    shop.ok(operator(), back(31, 20, "channel", "40.00"));
    shop.ok(operator(), back(32, 20, "transfer", "15.00"));
    shop.no("exceeds_due", operator(), back(33, 20, "transfer", "0.01"));
}

/// Elsewhere: who was the leader is looked up now instead of then.
#[test]
fn case_17_an_order_keeps_its_seller_and_the_terms_of_then() {
    let mut shop = opened(&json!([item("a", "100.00")]));
    shop.paid(10, &units("a", 2), &json!({"seller": id(OWNER)}));
    // The owner's own split comes later; her order keeps the campaign's: 20.00 and 10.00.
    shop.ok(
        leader(OWNER),
        json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(OWNER),
        "split": {"shares": [{"to": "owner", "take": {"rate": "0.9"}}], "remainder": "operator"}}}),
    );
    shop.has("pending", OWNER, "30.00");
    shop.refunded(20, 10, &units("a", 1), &json!({}));
    shop.has("pending", OWNER, "15.00");
    shop.has("pending", UPLINE, "0.00");
    assert_eq!(shop.order(10).seller, id(OWNER).parse().unwrap());
}

/// Elsewhere: a withdrawal doesn't hold the balance while open.
#[test]
fn case_18_an_open_payout_holds_its_money() {
    let mut shop = settled(1);
    shop.ok(leader(SELLER), payout(30, SELLER, "10.00"));
    shop.no("insufficient_balance", leader(SELLER), payout(31, SELLER, "10.00"));
    shop.no("insufficient_balance", leader(SELLER), payout(31, SELLER, "0.01"));
    shop.ok(operator(), json!({"fail_payout": {"payout": id(30), "reason": "closed"}}));
    shop.ok(leader(SELLER), payout(31, SELLER, "10.00"));
}

/// Elsewhere: the order discount is redistributed over the surviving lines after a refund.
#[test]
fn case_19_a_discount_stays_where_it_was_allocated() {
    let mut shop = opened(&json!([item("a", "39.80"), item("b", "9.90"), item("c", "35.00")]));
    let lines = json!([{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 1}, {"sku": "c", "quantity": 1}]);
    shop.paid(10, &lines, &json!({"discount": {"amount": "10.00", "funded_by": "shared"}}));
    // 4.70, 1.17 and 4.13 off: 35.10, 8.73 and 30.87 were paid.
    for (refund, sku, due) in [(20, "a", "35.10"), (21, "b", "43.83"), (22, "c", "74.70")] {
        shop.refunded(refund, 10, &units(sku, 1), &json!({}));
        shop.has("refund_due", BUYER, due);
        let discounts: Vec<i64> =
            shop.order(10).lines.iter().map(|line| line.discount.minor()).collect();
        assert_eq!(discounts, [470, 117, 413]);
    }
}
