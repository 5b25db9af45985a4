//! The verbs that only read: balances, show, audit, report.
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
use serde_json::json;

/// Two orders of one buyer, one of a walk-in; one unit of the first refunded.
pub(crate) fn sold() -> Shop {
    let shop = Shop::open();
    let mut again = place(2, "mug", 1);
    again["place_order"]["buyer"] = json!(buyer(1));
    let mut walk_in = place(3, "dates", 1);
    walk_in["place_order"].as_object_mut().unwrap().remove("buyer");
    let script = Script::at_minute(600)
        .then(place(1, "dates", 2))
        .then(pay(1, "179.80"))
        .then(again)
        .then(pay(2, "59.00"))
        .then(walk_in)
        .then(pay(3, "89.90"))
        .then(place(4, "mug", 1))
        .then(json!({ "request_refund": { "refund": id("refund", 1), "order": order(1),
            "kind": "refund_only", "lines": [{ "sku": "dates", "quantity": 1 }] } }))
        .then(json!({ "approve_refund": { "refund": id("refund", 1) } }));
    shop.apply(&script.text()).all_ok();
    shop
}

#[test]
fn balances_are_exactly_the_json_of_the_contract() {
    let shop = Shop::open();
    let script = Script::at_minute(600).then(place(1, "dates", 2)).then(pay(1, "179.80"));
    shop.apply(&script.text()).all_ok();
    let ran = run(&["balances", &shop.book(), "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut rows = [
        ("channel:wechat".to_owned(), "179.80"),
        (format!("pending:{}", seller()), "-26.97"),
        (format!("pending:{}", upline()), "-2.69"),
        (format!("pending:{}", operator()), "-1.79"),
        (format!("pending:{}", supplier()), "-148.35"),
    ];
    rows.sort();
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, amount)| format!(r#"{{"account":"{name}","amount":"{amount}"}}"#))
        .collect();
    let expected = format!(
        "{{\"position\":9,\"as_of\":\"2021-12-01T02:01:00Z\",\"balances\":[{}],\"sum\":\"0.00\"}}\n",
        rows.join(",")
    );
    assert_eq!(ran.out, expected);
}

#[test]
fn the_table_shows_credits_positive_in_their_own_column() {
    let ran = run(&["balances", &sold().book()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in ["贷", "credit", "支付渠道余额", "应退款", "328.70"] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    assert!(!ran.out.contains("-89.90"), "{}", ran.out);
}

#[test]
fn the_state_can_be_asked_for_as_of_a_time_or_a_position() {
    let shop = sold();
    let at = |args: &[&str]| shop.json(args);
    assert_eq!(at(&["balances", "--position", "8"])["balances"], json!([]));
    assert_eq!(at(&["balances", "--position", "9"])["balances"][0]["amount"], "179.80");
    let then = at(&["balances", "--at", "2021-12-01T10:01:00+08:00"]);
    assert_eq!((&then["position"], &then["as_of"]), (&json!(9), &json!("2021-12-01T02:01:00Z")));
    let before = at(&["balances", "--at", "2021-01-01T00:00:00Z"]);
    assert_eq!((&before["position"], &before["sum"]), (&json!(0), &json!("0.00")));
    let status =
        |position: &str| text(&at(&["show", "order", &order(1), "--position", position])["status"]);
    assert_eq!((status("8").as_str(), status("9").as_str()), ("placed", "paid"));
    let beyond = run(&["balances", &shop.book(), "--position", "99"]);
    assert_eq!(beyond.code, 2, "{beyond:?}");
    assert!(beyond.err.contains("ends at position 16"), "{}", beyond.err);
}

#[test]
fn an_order_shows_what_the_contract_lists() {
    let shop = sold();
    let shown = shop.json(&["show", "order", &order(1)]);
    assert_eq!(shown["status"], "paid");
    assert_eq!(shown["seller"], json!(seller()));
    assert_eq!(shown["upline"], json!(upline()));
    assert_eq!(shown["buyer"], json!(buyer(1)));
    let line = &shown["lines"][0];
    let expected = [
        ("sku", json!("dates")),
        ("quantity", json!(2)),
        ("returned", json!(1)),
        ("price", json!("89.90")),
        ("list", json!("179.80")),
        ("discount", json!("0.00")),
        ("paid", json!("179.80")),
        ("value", json!("89.90")),
    ];
    for (key, value) in expected {
        assert_eq!(line[key], value, "{key}");
    }
    assert_eq!(shown["shipping"], "0.00");
    assert_eq!(shown["payments"][0]["amount"], "179.80");
    assert_eq!(shown["refunds"][0]["due"], "89.90");
    assert_eq!(shop.json(&["show", "order", &order(3)])["buyer"], json!(null));
    let people = run(&["show", &shop.book(), "order", &order(1)]);
    assert!(people.code == 0 && people.out.contains("89.90"), "{people:?}");
}

#[test]
fn every_kind_of_thing_can_be_shown() {
    let shop = sold();
    assert_eq!(shop.json(&["show"])["orders_by_status"], json!({ "paid": 3, "placed": 1 }));
    assert_eq!(shop.json(&["show", "campaign", &campaign()])["items"][1]["available"], json!(3));
    assert_eq!(shop.json(&["show", "refund", &id("refund", 1)])["status"], "approved");
    let leader = shop.json(&["show", "party", &seller()]);
    assert_eq!((&leader["kind"], &leader["upline"]), (&json!("leader"), &json!(upline())));
    assert_eq!(shop.json(&["show", "party", &operator()])["kind"], "operator");
    let none = run(&["show", &shop.book(), "payout", &id("payout", 1)]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("there is no payout"), "{}", none.err);
}

#[test]
fn a_sound_book_passes_its_audit() {
    let shop = sold();
    let audit = shop.json(&["audit"]);
    assert_eq!(audit["sound"], true);
    assert_eq!(audit["findings"], json!([]));
    let covered = &audit["covered"];
    for key in ["records", "replayed", "decided_again"] {
        assert_eq!(covered[key], json!(16), "{key}");
    }
    assert_eq!(text(&covered["root"]).len(), 64);
    assert!(audit["cannot_know"].as_array().unwrap().len() >= 3);
    let refused = run(&["audit", &shop.book(), "--against", "x"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn an_audit_compares_with_a_checkpoint_and_lists_what_is_to_be_looked_at() {
    let shop = sold();
    let kept = text(&shop.json(&["audit"])["checkpoint"]);
    let file = |name: &str, text: &str| {
        let path = shop.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (kept_file, list) = (file("kept", &kept), file("list.csv", ""));
    let audit = shop.json(&["audit", "--against", &kept_file, "--list", &list]);
    assert_eq!(audit["against"][0]["holds"], true);
    assert_eq!(audit["to_look_at"]["approvers_total"], json!(1));
    assert!(std::fs::read_to_string(&list).unwrap().starts_with("\u{feff}kind,"));
    let longer = file("longer", &kept.replace("\n16\n", "\n17\n"));
    let audit =
        run(&["audit", &shop.book(), "--against", &kept_file, "--against", &longer, "--json"]);
    assert_eq!(audit.code, 1, "{audit:?}");
    let audit: serde_json::Value = serde_json::from_str(&audit.out).unwrap();
    assert_eq!(audit["findings_total"], json!(1));
    let finding = &audit["findings"][0];
    assert_eq!(finding["rule"], "against");
    let (expected, found) = (text(&finding["expected"]), text(&finding["found"]));
    assert_eq!((expected.as_str(), found.as_str()), ("17 records or more", "16 records"));
    let private = shop.dir.path().join("key").to_str().unwrap().to_owned();
    let public = run(&["new-key", "liu.example/books", &private]).out.trim().to_owned();
    let signed = file("signed", &run(&["checkpoint", &shop.book(), "--key", &private]).out);
    for (checkpoint, code) in [(&signed, 0), (&kept_file, 2)] {
        let ran = run(&["audit", &shop.book(), "--against", checkpoint, "--key", &public]);
        assert_eq!(ran.code, code, "{ran:?}");
    }
}

#[test]
fn a_flipped_byte_is_found_and_its_place_named() {
    let shop = sold();
    let title = "冬枣".as_bytes();
    let place = |bytes: &[u8]| bytes.windows(title.len()).position(|window| window == title);
    let files = std::fs::read_dir(shop.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut read = files.map(|path| (std::fs::read(&path).unwrap(), path));
    let (mut bytes, file) = read.find(|(bytes, _)| place(bytes).is_some()).unwrap();
    let at = place(&bytes).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let audit = run(&["audit", &shop.book(), "--json"]);
    assert_eq!(audit.code, 1, "{audit:?}");
    let report: serde_json::Value = serde_json::from_str(&audit.out).unwrap();
    let place = text(&report["findings"][0]["place"]);
    assert!(place.contains(file.file_name().unwrap().to_str().unwrap()), "{place}");
}

#[test]
fn the_report_counts_what_its_definitions_say() {
    let shop = sold();
    let report = shop.json(&["report"]);
    let expected = [
        ("gmv_placed", json!("387.70")),
        ("placed_orders", json!(4)),
        ("gmv_paid", json!("328.70")),
        ("paid_orders", json!(3)),
        ("anonymous_orders", json!(1)),
        ("anonymous_paid", json!("89.90")),
        ("refunds", json!(1)),
        ("refunded", json!("89.90")),
        ("refund_extras", json!("0.00")),
        ("net_sales", json!("238.80")),
        ("buyers", json!(1)),
        ("repeat_buyers", json!(1)),
        ("repeat_rate", json!({ "numerator": 1, "denominator": 1, "value": "100.00" })),
        (
            "average_per_order",
            json!({ "numerator": "328.70", "denominator": 3, "value": "109.57" }),
        ),
        (
            "average_per_buyer",
            json!({ "numerator": "328.70", "denominator": 1, "value": "328.70" }),
        ),
    ];
    for (key, value) in expected {
        assert_eq!(report[key], value, "{key}");
        assert!(report["definitions"][key].is_string(), "{key}");
    }
    assert_eq!(report["timezone"], "Asia/Shanghai");
    assert_eq!(report["by_month"][0]["month"], "2021-12");
    assert_eq!(report["by_month"][0]["net_sales"], "238.80");
    assert_eq!(report["by_leader"][0]["leader"], json!(seller()));
    let people = run(&["report", &shop.book()]);
    for word in ["笔单价", "客单价", "复购率", "109.57", "GMV paid"] {
        assert!(people.out.contains(word), "{word}: {}", people.out);
    }
}

#[test]
fn a_book_that_is_not_there_is_said_so() {
    let shop = Shop::empty();
    for verb in ["show", "balances", "report", "audit"] {
        let ran = run(&[verb, &shop.book()]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("there is no book in"), "{}", ran.err);
        assert!(!shop.path().exists());
    }
}

#[test]
fn errors_go_to_standard_error_and_json_stays_clean() {
    let ran = run(&["show", "nowhere", "--json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let usage = run(&["fly"]);
    assert_eq!((usage.code, usage.out.as_str()), (2, ""));
    assert_eq!(run(&["--help"]).code, 0);
}
