//! Worked examples of the domain, through the program.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_imports,
    reason = "tests"
)]

use crate::kit::*;
use serde_json::{Value, json};

/// Parts of an order by role, zeroes left out.
fn parts(shop: &Shop, n: u32) -> Vec<(String, String)> {
    let order = shop.json(&["show", "order", &order(n)]);
    let rows = order["parts"].as_array().unwrap().iter();
    let rows = rows.map(|part| (text(&part["role"]), text(&part["amount"])));
    rows.filter(|(_, amount)| amount != "0.00").collect()
}

fn by_role(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(role, amount)| ((*role).to_owned(), (*amount).to_owned())).collect()
}

/// What an event moved, by role.
fn moved(event: &Value) -> Vec<(String, String)> {
    let rows = event["moved"]["parts"].as_array().unwrap().iter();
    let mut rows: Vec<_> = rows.map(|part| (text(&part["role"]), text(&part["amount"]))).collect();
    rows.retain(|(_, amount)| amount != "0.00");
    rows.sort();
    rows
}

fn refund(n: u32, of: u32, kind: &str, sku: &str) -> Value {
    json!({ "request_refund": { "refund": id("refund", n), "order": order(of), "kind": kind,
        "lines": [{ "sku": sku, "quantity": 1 }] } })
}

fn approve(n: u32) -> Value {
    json!({ "approve_refund": { "refund": id("refund", n) } })
}

#[test]
fn example_1_two_units_one_returned_then_the_other() {
    let shop = Shop::open();
    let script = Script::at_minute(600).then(place(1, "dates", 2)).then(pay(1, "179.80")).text();
    let paid = shop.apply(&script).all_ok().lines();
    let expected =
        [("operator", "1.79"), ("seller", "26.97"), ("supplier", "148.35"), ("upline", "2.69")];
    assert_eq!(moved(&paid[1]["ok"]["events"][0]["order_paid"]), by_role(&expected));
    let shown =
        [("supplier", "148.35"), ("seller", "26.97"), ("upline", "2.69"), ("operator", "1.79")];
    assert_eq!(parts(&shop, 1), by_role(&shown));

    let script =
        Script::at_minute(610).then(refund(1, 1, "refund_only", "dates")).then(approve(1)).text();
    let first = shop.apply(&script).all_ok().lines();
    let expected =
        [("operator", "-0.90"), ("seller", "-13.49"), ("supplier", "-74.16"), ("upline", "-1.35")];
    assert_eq!(moved(&first[1]["ok"]["events"][0]["refund_approved"]), by_role(&expected));
    let shown =
        [("supplier", "74.19"), ("seller", "13.48"), ("upline", "1.34"), ("operator", "0.89")];
    assert_eq!(parts(&shop, 1), by_role(&shown));
    let line = &shop.json(&["show", "order", &order(1)])["lines"][0];
    assert_eq!((&line["quantity"], &line["returned"]), (&json!(2), &json!(1)));
    assert_eq!((&line["paid"], &line["value"]), (&json!("179.80"), &json!("89.90")));

    let script =
        Script::at_minute(620).then(refund(2, 1, "refund_only", "dates")).then(approve(2)).text();
    shop.apply(&script).all_ok();
    assert_eq!(parts(&shop, 1), by_role(&[]));
    let buyer = format!("refund_due:{}", buyer(1));
    let expected = [("channel:wechat", "179.80"), (buyer.as_str(), "-179.80")];
    assert_eq!(shop.balances(), by_role(&expected));
}

/// The campaign of example 6, an order received whole, its return asked for with 12.00 of shipping.
fn example_6() -> Shop {
    let items = json!([{ "sku": "mug", "title": "杯", "price": "59.00" }]);
    let split = json!({ "remainder": "supplier",
        "shares": [{ "to": "owner", "take": { "rate": "0.12" } }] });
    let shop = Shop::empty();
    shop.apply(&opening_with(items, split)).all_ok();
    let mut asked = refund(1, 1, "return", "mug");
    asked["request_refund"]["return_shipping"] = json!("12.00");
    let script = Script::at_minute(600)
        .then(place(1, "mug", 1))
        .then(pay(1, "59.00"))
        .then(ship(1))
        .then(receive(1))
        .then(asked);
    shop.apply(&script.text()).all_ok();
    shop
}

#[test]
fn example_6_reversed_with_return_shipping_borne_by_the_owner() {
    let shop = example_6();
    let script = Script::at_minute(700)
        .then(approve(1))
        .then(json!({ "receive_return": { "refund": id("refund", 1) } }));
    let lines = shop.apply(&script.text()).all_ok().lines();
    let approved = &lines[0]["ok"]["events"][0]["refund_approved"];
    assert_eq!(approved["due"], "71.00");
    assert_eq!(
        moved(approved),
        by_role(&[("owner", "-12.00"), ("owner", "-7.08"), ("supplier", "-51.92")])
    );
    let mut expected = vec![
        ("channel:wechat".to_owned(), "59.00".to_owned()),
        (format!("pending:{}", owner()), "12.00".to_owned()),
        (format!("refund_due:{}", buyer(1)), "-71.00".to_owned()),
    ];
    expected.sort();
    assert_eq!(shop.balances(), expected);

    let pay_back = |n: u32, by: &str, amount: &str| {
        json!({ "record_refund_payment": { "refund_payment": id("refund_payment", n), "refund": id("refund", 1),
            "by": by, "channel": "wechat", "amount": amount, "reference": "" } })
    };
    let script = Script::at_minute(720)
        .then(pay_back(1, "channel", "71.00"))
        .then(pay_back(2, "channel", "59.00"))
        .then(pay_back(3, "transfer", "12.00"));
    let lines = shop.apply(&script.text()).lines();
    assert_eq!(lines[0]["rejected"]["code"], "exceeds_payment");
    assert!(lines[1]["ok"].is_object() && lines[2]["ok"].is_object(), "{lines:#?}");
    assert_eq!(shop.json(&["show", "refund", &id("refund", 1)])["status"], "paid");
}

#[test]
fn example_6_goodwill_by_the_owner_leaves_the_split() {
    let shop = example_6();
    let mut goodwill = approve(1);
    goodwill["approve_refund"]["goods_borne_by"] = json!("owner");
    let lines = shop.apply(&Script::at_minute(700).then(goodwill).text()).all_ok().lines();
    let approved = &lines[0]["ok"]["events"][0]["refund_approved"];
    assert_eq!(moved(approved), by_role(&[("owner", "-12.00"), ("owner", "-59.00")]));
    assert_eq!(parts(&shop, 1), by_role(&[("supplier", "51.92"), ("owner", "7.08")]));
    let mut expected = vec![
        ("channel:wechat".to_owned(), "59.00".to_owned()),
        (format!("pending:{}", owner()), "63.92".to_owned()),
        (format!("pending:{}", supplier()), "-51.92".to_owned()),
        (format!("refund_due:{}", buyer(1)), "-71.00".to_owned()),
    ];
    expected.sort();
    assert_eq!(shop.balances(), expected);
}
