//! `checkpoint`, `receipt`, `verify`, `new-key`: what one keeps of a book, and checks without it.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::fs;

use crate::kit::*;
use scraper::{Html, Selector};
use serde_json::json;

/// A shop with two orders, one of them refunded in part.
fn shop() -> Shop {
    let shop = Shop::open();
    let refund = json!({ "request_refund": { "refund": id("refund", 1), "order": order(1),
        "kind": "refund_only", "lines": [{ "sku": "dates", "quantity": 1 }],
        "reason": "<b>坏了</b>" } });
    let script = Script::at_minute(600)
        .then(place(1, "dates", 2))
        .then(pay(1, "179.80"))
        .then(place(2, "mug", 1))
        .then(ship(1))
        .then(receive(1))
        .then(refund)
        .then(json!({ "approve_refund": { "refund": id("refund", 1) } }))
        .then(json!({ "record_refund_payment": { "refund_payment": id("refund_payment", 1),
            "refund": id("refund", 1), "by": "channel", "channel": "wechat", "amount": "89.90",
            "reference": "r1" } }));
    shop.apply(&script.text()).all_ok();
    shop
}

impl Shop {
    fn file(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }
}

/// Runs a verb that has to do what it was asked.
fn done(args: &[&str]) -> String {
    let ran = run(args);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

#[test]
fn a_receipt_is_checked_without_its_book() {
    let shop = shop();
    let (book, file, page) = (shop.book(), shop.file("r.json"), shop.file("r.html"));
    done(&["receipt", &book, &order(1), "--out", &file, "--html", &page]);
    fs::rename(&book, shop.file("elsewhere")).unwrap();
    let said = run(&["verify", &file, "--json"]).json();
    assert_eq!(said["holds"], true, "{said:#}");
    let receipt = &said["files"][0]["receipt"];
    assert_eq!((text(&receipt["order"]), text(&receipt["status"])), (order(1), "received".into()));
    let money = json!({ "due": "179.80", "paid": "179.80", "in_suspense": "0.00",
        "elsewhere": "0.00", "refund_due": "89.90", "refunded": "89.90", "still_owed": "0.00" });
    assert_eq!(receipt["money"], money);
    // Example 1: what the parties have of the one that is left.
    let parts = receipt["parts"].as_array().unwrap().iter();
    let parts: Vec<_> = parts.map(|part| (text(&part["role"]), text(&part["amount"]))).collect();
    let part = |role: &str, amount: &str| (role.to_owned(), amount.to_owned());
    let expected =
        [("supplier", "74.19"), ("seller", "13.48"), ("upline", "1.34"), ("operator", "0.89")];
    assert_eq!(parts, expected.map(|(role, amount)| part(role, amount)));
    let events: Vec<_> =
        receipt["steps"].as_array().unwrap().iter().map(|s| text(&s["event"])).collect();
    assert_eq!(events[..4], ["book_opened", "campaign_opened", "order_placed", "order_paid"]);
    assert_eq!(events.last().map(String::as_str), Some("refund_paid"));
    assert_eq!(said["files"][0]["signature"], "none");
    let shown = done(&["verify", &file]);
    for words in [
        "holds 成立",
        "退还 89.90 CNY",
        "not signed",
        "What this can't show",
        "2021-12-01 10:00:00 +08:00",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    // The page says the same, and what a stranger wrote is text on it.
    let html = fs::read_to_string(&page).unwrap();
    let read = Html::parse_document(&html);
    for (key, amount) in money.as_object().unwrap() {
        let cell = Selector::parse(&format!("[data-key={key}]")).unwrap();
        let found = read.select(&cell).next().and_then(|cell| cell.attr("data-value"));
        assert!(
            found == amount.as_str() || ["in_suspense", "elsewhere"].contains(&key.as_str()),
            "{key}: {found:?}"
        );
    }
    assert!(
        html.contains("冬枣") && !html.contains("<script") && !html.contains("<b>坏了"),
        "{html}"
    );
    let again = shop.file("again.html");
    done(&["verify", &file, "--html", &again]);
    assert_eq!(fs::read_to_string(again).unwrap(), html);
}

#[test]
fn a_changed_receipt_ends_with_1_and_what_is_none_with_2() {
    let shop = shop();
    let receipt = done(&["receipt", &shop.book(), &order(1)]);
    let file = shop.file("r.json");
    let mut value: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    value["order"] = json!(order(2));
    fs::write(&file, value.to_string()).unwrap();
    let ran = run(&["verify", &file]);
    assert!(ran.code == 1 && ran.out.contains("DOES NOT HOLD"), "{ran:?}");
    for other in ["{}", "", "[1]", &receipt.replace("receipt/1", "receipt/9")] {
        fs::write(&file, other).unwrap();
        let ran = run(&["verify", &file, "--json"]);
        assert!(ran.code == 2 && ran.err.contains("r.json"), "{ran:?}");
    }
    assert_eq!(run_with(&["verify", "-"], &receipt).code, 0);
    let unknown = run(&["receipt", &shop.book(), &id("order", 99)]);
    assert!(unknown.code == 2 && unknown.err.contains("no order"), "{unknown:?}");
}

#[test]
fn a_kept_checkpoint_holds_the_book_to_its_past() {
    let shop = shop();
    let (book, old) = (shop.book(), shop.file("old"));
    done(&["checkpoint", &book, "--out", &old]);
    let text = fs::read_to_string(&old).unwrap();
    let audit = shop.json(&["audit"]);
    let origin = format!("tuanzhang.book/{}\n{}\n", id("book", 1), audit["covered"]["records"]);
    assert!(text.starts_with(&origin) && text.lines().count() == 3, "{text}");
    shop.apply(&Script::at_minute(700).then(pay(2, "59.00")).text()).all_ok();

    let (plain, since, growth) = (shop.file("plain"), shop.file("since"), shop.file("growth"));
    done(&["receipt", &book, &order(2), "--out", &plain]);
    done(&["receipt", &book, &order(2), "--since", &old, "--out", &since]);
    done(&["checkpoint", &book, "--since", &old, "--out", &growth]);
    let against = |files: &[&str]| {
        let ran = run(&[&["verify", "--json", "--checkpoint", &old], files].concat());
        let said: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        (ran.code, crate::kit::text(&said["files"][0]["kept"]))
    };
    assert_eq!(against(&[&plain]), (1, "not_shown".into()));
    assert_eq!(against(&[&plain, &growth]), (0, "continues".into()));
    assert_eq!(against(&[&since]), (0, "continues".into()));
    assert_eq!(against(&[&growth]), (0, "continues".into()));

    // The control: another book under the same id is found out, by whoever kept the checkpoint.
    let forged = Shop::open();
    let script = Script::at_minute(600).then(place(2, "mug", 1)).then(pay(2, "59.00"));
    forged
        .apply(&(0..8).fold(script, |script, n| script.then(place(10 + n, "dates", 1))).text())
        .all_ok();
    for verb in [vec!["checkpoint", &forged.book()], vec!["receipt", &forged.book(), &order(2)]] {
        let ran = run(&[verb, vec!["--since", &old]].concat());
        assert!(ran.code == 1 && ran.err.contains("this is not the book"), "{ran:?}");
    }
}

#[test]
fn a_key_signs_and_its_verifier_key_asks_for_it() {
    let shop = shop();
    let (book, key, file) = (shop.book(), shop.file("key"), shop.file("signed"));
    let verifier = done(&["new-key", "liu.example/books", &key]);
    let other = done(&["new-key", "liu.example/books", &shop.file("other")]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let kept = fs::read(&key).unwrap();
    assert_eq!(run(&["new-key", "liu.example/books", &key]).code, 2, "never written over");
    assert_eq!(fs::read(&key).unwrap(), kept);
    assert_eq!(run(&["new-key", "two words", &shop.file("none")]).code, 2);

    done(&["receipt", &book, &order(1), "--key", &key, "--out", &file]);
    let asked = |key: &str| {
        let ran = run(&["verify", &file, "--json", "--key", key.trim_end()]);
        let said: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        (ran.code, text(&said["files"][0]["signature"]))
    };
    assert_eq!(asked(&verifier), (0, "good".into()));
    assert_eq!(asked(&other), (1, "refused".into()));
    let unchecked = run(&["verify", &file, "--json"]).json();
    assert_eq!(unchecked["files"][0]["signature"], "unchecked");
    let checkpoint = done(&["checkpoint", &book, "--key", &key]);
    assert!(checkpoint.contains("\n\n— liu.example/books "), "{checkpoint}");
    assert_eq!(run(&["checkpoint", &book, "--key", &file]).code, 2);
}

#[test]
fn a_receipt_without_its_shipment_or_approval_doesnt_hold() {
    // A page: nothing else is replaced by one.
    const AS_IT_WAS: &str = "<!DOCTYPE html>as it was";
    let shop = shop();
    let (file, page) = (shop.file("r.json"), shop.file("r.html"));
    let receipt = done(&["receipt", &shop.book(), &order(1)]);
    let whole: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    let verify = |value: &serde_json::Value| {
        fs::write(&file, value.to_string()).unwrap();
        run(&["verify", &file, "--html", &page])
    };
    assert_eq!(verify(&whole).code, 0);
    let records = whole["records"].as_array().unwrap().len();
    let mut refused = 0;
    for left_out in 0..records {
        let mut shorter = whole.clone();
        shorter["records"].as_array_mut().unwrap().remove(left_out);
        fs::write(&page, AS_IT_WAS).unwrap();
        let ran = verify(&shorter);
        // Only the last one: the refund's payment. Without it the refund is still owed.
        let last = left_out + 1 == records;
        assert_eq!(ran.code, i32::from(!last), "{left_out}: {ran:?}");
        assert_eq!(fs::read_to_string(&page).unwrap() == AS_IT_WAS, !last);
        refused += usize::from(ran.code == 1);
    }
    assert_eq!((refused, records), (records - 1, 9));
}

#[test]
fn files_given_together_are_chained_and_may_not_contradict() {
    let shop = shop();
    let book = shop.book();
    let file = |name: &str| shop.file(name);
    let (a, b) = (file("a"), file("b"));
    done(&["checkpoint", &book, "-o", &a]);
    shop.apply(&Script::at_minute(700).then(pay(2, "59.00")).text()).all_ok();
    done(&["checkpoint", &book, "-o", &b]);
    let (ab, bc, receipt) = (file("ab"), file("bc"), file("receipt"));
    done(&["checkpoint", &book, "--since", &a, "-o", &ab]);
    shop.apply(&Script::at_minute(710).then(place(3, "mug", 1)).text()).all_ok();
    done(&["checkpoint", &book, "--since", &b, "-o", &bc]);
    done(&["receipt", &book, &order(1), "-o", &receipt]);
    let code = |files: &[&str]| run(&[&["verify", "--checkpoint", &a], files].concat()).code;
    assert_eq!(code(&[&receipt, &ab, &bc]), 0);
    assert_eq!(code(&[&receipt, &ab]), 1, "a step is missing");

    // Another book with the same id and size: each file holds, both together can't.
    let forged = Shop::open();
    let script = Script::at_minute(600).then(place(1, "mug", 1)).then(pay(1, "59.00"));
    let size =
        run(&["verify", &receipt, "--json"]).json()["files"][0]["checkpoint"]["size"].clone();
    let script = (0..14).fold(script, |script, n| script.then(place(10 + n, "dates", 1)));
    forged.apply(&script.text()).all_ok();
    let other = file("other");
    done(&["receipt", &forged.book(), &order(1), "-o", &other]);
    // The forged book is longer: the honest one grows until they are of one size.
    let longer =
        run(&["verify", &other, "--json"]).json()["files"][0]["checkpoint"]["size"].clone();
    let more = longer.as_u64().unwrap() - size.as_u64().unwrap();
    let script = Script::at_minute(720);
    let script = (0..more)
        .fold(script, |script, n| script.then(place(40 + u32::try_from(n).unwrap(), "dates", 1)));
    shop.apply(&script.text()).all_ok();
    done(&["receipt", &book, &order(1), "-o", &receipt]);
    assert_eq!((run(&["verify", &receipt]).code, run(&["verify", &other]).code), (0, 0));
    let ran = run(&["verify", &receipt, &other]);
    assert!(ran.code == 1 && ran.out.contains("two histories"), "{ran:?}");
}

#[test]
fn an_unchecked_name_is_only_claimed_and_the_older_checkpoint_is_signed_too() {
    let shop = shop();
    let (book, key, file, old) = (shop.book(), shop.file("key"), shop.file("r"), shop.file("old"));
    let page = shop.file("page");
    let verifier = done(&["new-key", "liu.example/books", &key]);
    done(&["checkpoint", &book, "-o", &old]);
    shop.apply(&Script::at_minute(700).then(pay(2, "59.00")).text()).all_ok();
    done(&["receipt", &book, &order(1), "--key", &key, "-o", &file, "--html", &page]);
    let shown = done(&["verify", &file]);
    assert!(shown.contains("signature not checked (name claimed: liu.example/books)"), "{shown}");
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Signature not checked, name claimed") && !html.contains("id=\"parts\""));
    done(&["verify", &file, "--html", &page, "--parts"]);
    assert!(fs::read_to_string(&page).unwrap().contains("id=\"parts\""));

    let said =
        run(&["receipt", &book, &order(1), "--json", "--key", &key, "--since", &old, "-o", &file]);
    assert_eq!(said.json()["order"], order(1));
    let asked =
        |more: &[&str]| run(&[&["verify", &file, "--key", verifier.trim_end()], more].concat());
    let unsigned = asked(&[]);
    assert!(unsigned.code == 1 && unsigned.out.contains("older checkpoint"), "{unsigned:?}");
    assert_eq!(asked(&["--checkpoint", &old]).code, 0, "the one that was kept");
    assert_eq!(done(&["verify", &file]).matches("NOT SIGNED").count(), 0);
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_can_read_isnt_used() {
    use std::os::unix::fs::PermissionsExt;
    let shop = shop();
    let key = shop.file("key");
    done(&["new-key", "liu.example/books", &key]);
    done(&["checkpoint", &shop.book(), "--key", &key]);
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let ran = run(&["checkpoint", &shop.book(), "--key", &key]);
        assert!(ran.code == 2 && ran.err.contains("chmod 600"), "{ran:?}");
    }
}
