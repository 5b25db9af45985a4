//! The worked examples of domain.md §3, through commands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
use crate::common::*;
use serde_json::{Value, json};

fn item(sku: &str, price: &str) -> Value {
    json!({"sku": sku, "title": sku, "price": price})
}

fn split_1() -> Value {
    json!({"shares": [
        {"to": "seller", "take": {"rate": "0.15"}},
        {"to": "upline", "take": {"rate_of_seller": "0.10"}},
        {"to": "operator", "take": {"rate": "0.01"}}], "remainder": "supplier"})
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

#[test]
fn example_1_one_of_two_units_comes_back_then_the_other() {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("jam", "89.90")]), &split_1(), &json!({}));
    shop.paid(10, &json!([{"sku": "jam", "quantity": 2}]), &json!({}));
    let pending = |shop: &Shop, amounts: [&str; 4]| {
        for (party, amount) in [SELLER, UPLINE, OPERATOR, SUPPLIER].into_iter().zip(amounts) {
            shop.has("pending", party, amount);
        }
    };
    pending(&shop, ["26.97", "2.69", "1.79", "148.35"]);
    shop.refunded(20, 10, &json!([{"sku": "jam", "quantity": 1}]), &json!({}));
    pending(&shop, ["13.48", "1.34", "0.89", "74.19"]);
    shop.has("refund_due", BUYER, "89.90");
    shop.refunded(21, 10, &json!([{"sku": "jam", "quantity": 1}]), &json!({}));
    pending(&shop, ["0.00"; 4]);
    shop.has("refund_due", BUYER, "179.80");
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn example_2_four_roles_share_a_price() {
    let mut shop = Shop::new();
    let split = json!({"shares": [
        {"to": "owner", "take": {"rate": "0.12"}}, {"to": "upline", "take": {"rate": "0.03"}},
        {"to": "seller", "take": {"rate": "0.10"}}], "remainder": "supplier"});
    shop.campaign(&json!([item("tea", "79.99")]), &split, &json!({}));
    shop.paid(10, &json!([{"sku": "tea", "quantity": 1}]), &json!({}));
    for (party, amount) in
        [(OWNER, "9.59"), (UPLINE, "2.39"), (SELLER, "7.99"), (SUPPLIER, "60.02")]
    {
        shop.has("pending", party, amount);
    }
}

#[test]
fn example_3_a_discount_is_allocated_by_largest_remainder() {
    let mut shop = Shop::new();
    let items = json!([item("a", "39.80"), item("b", "9.90"), item("c", "35.00")]);
    shop.campaign(&items, &owner_12(), &json!({}));
    let lines = json!([{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 1}, {"sku": "c", "quantity": 1}]);
    shop.paid(10, &lines, &json!({"discount": {"amount": "10.00", "funded_by": "shared"}}));
    let discounts: Vec<_> = shop.order(10).lines.iter().map(|line| line.discount.minor()).collect();
    assert_eq!(discounts, [470, 117, 413]);
    assert_eq!(shop.balance("channel:wechat"), "74.70");
}

#[test]
fn example_4_units_of_a_line_pay_back_the_cumulative_floor() {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("egg", "30.00")]), &owner_12(), &json!({}));
    let discount = json!({"discount": {"amount": "10.30", "funded_by": "shared"}});
    shop.paid(10, &json!([{"sku": "egg", "quantity": 3}]), &discount);
    let mut last = 0;
    for (refund, owed) in [(20, 2656), (21, 2657), (22, 2657)] {
        shop.refunded(refund, 10, &json!([{"sku": "egg", "quantity": 1}]), &json!({}));
        let due = -shop.book.balance(&format!("refund_due:{}", id(BUYER)).parse().unwrap()).minor();
        assert_eq!(due - last, owed);
        last = due;
    }
    assert_eq!(last, 7970);
}

fn example_6(approval: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.campaign(&json!([item("fan", "59.00")]), &owner_12(), &json!({}));
    shop.paid(10, &json!([{"sku": "fan", "quantity": 1}]), &json!({}));
    shop.received(10);
    let claim = json!({"return_shipping": "12.00"});
    shop.requested(20, 10, "return", &json!([{"sku": "fan", "quantity": 1}]), &claim);
    let mut approve = json!({ "refund": id(20) });
    merge(&mut approve, approval);
    shop.ok(operator(), json!({ "approve_refund": approve }));
    shop
}

fn pay_back(n: u32, by: &str, amount: &str) -> Value {
    let channel = if by == "channel" { "wechat" } else { "bank" };
    json!({"record_refund_payment": {"refund_payment": id(n), "refund": id(20), "by": by,
        "channel": channel, "amount": amount, "reference": ""}})
}

#[test]
fn example_6_reversed_and_paid_by_channel_and_transfer() {
    let mut shop = example_6(&json!({}));
    shop.has("pending", OWNER, "-12.00");
    shop.has("pending", SUPPLIER, "0.00");
    shop.has("refund_due", BUYER, "71.00");
    shop.no("not_returned", operator(), pay_back(30, "channel", "59.00"));
    shop.ok(supplier(SUPPLIER), json!({"receive_return": {"refund": id(20)}}));
    shop.no("exceeds_due", operator(), pay_back(30, "channel", "71.01"));
    shop.no("exceeds_payment", operator(), pay_back(30, "channel", "59.01"));
    shop.ok(operator(), pay_back(30, "channel", "59.00"));
    shop.no("exceeds_payment", operator(), pay_back(31, "channel", "12.00"));
    shop.ok(operator(), pay_back(31, "transfer", "12.00"));
    shop.no("exceeds_due", operator(), pay_back(32, "transfer", "0.01"));
    shop.has("refund_due", BUYER, "0.00");
    assert_eq!(shop.balance("channel:wechat"), "0.00");
    assert_eq!(shop.balance("channel:bank"), "-12.00");
}

#[test]
fn example_6_goodwill_leaves_the_split_as_it_stands() {
    let shop = example_6(&json!({"goods_borne_by": "owner"}));
    // The owner has 7.08 of the split, and bears 59.00 and 12.00.
    shop.has("pending", OWNER, "-63.92");
    shop.has("pending", SUPPLIER, "51.92");
    shop.has("refund_due", BUYER, "71.00");
}
