//! `explain`, `statement`, and books as of a business time.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_imports,
    reason = "tests"
)]

use serde_json::{Value, json};

use crate::kit::*;

/// Tea at 21.43, sold by a leader for 15 %; order 1 settled, order 2 two units of which one was returned, order 3 paid on
/// the last day of the year and recorded in the next.
fn sold() -> Shop {
    let shop = opened();
    let first = Script::at_minute(600)
        .then(place(1, "tea", 1))
        .then(pay(1, "21.43"))
        .then(place(2, "tea", 2))
        .then(pay(2, "42.86"))
        .then(place(3, "=cmd|' /C calc'!A0", 1))
        .then(ship(1))
        .then(ship(2))
        .then(receive(1))
        .then(receive(2))
        .then(json!({ "request_refund": { "refund": id("refund", 1), "order": order(2),
            "kind": "refund_only", "lines": [{ "sku": "tea", "quantity": 1 }] } }))
        .then(json!({ "approve_refund": { "refund": id("refund", 1) } }));
    shop.apply(&first.text()).all_ok();
    let settle = Script::at_minute(20 * 1440)
        .by(json!("system"), json!({ "settle_order": { "order": order(1) } }))
        .by(json!({ "leader": seller() }),
            json!({ "request_payout": { "payout": id("payout", 1), "party": seller(), "amount": "2.00" } }))
        .then(json!({ "record_payout": { "payout": id("payout", 1), "channel": "wechat", "reference": "p" } }));
    shop.apply(&settle.text()).all_ok();
    shop.apply(&late_payment()).all_ok();
    shop
}

fn opened() -> Shop {
    let items = json!([{ "sku": "tea", "title": "茶", "price": "21.43" },
        { "sku": "=cmd|' /C calc'!A0", "title": "x", "price": "7.00" }]);
    let split = json!({ "remainder": "supplier", "shares": [
        { "to": "seller", "take": { "rate": "0.15" } },
        { "to": "upline", "take": { "rate_of_seller": "0.10" } },
        { "to": "operator", "take": { "per_unit": "1.00" } },
    ] });
    let shop = Shop::empty();
    shop.apply(&opening_with(items, split)).all_ok();
    shop
}

fn line(at: &str, occurred_at: Option<&str>, command: Value) -> String {
    let mut line = json!({ "at": at, "actor": "operator", "command": command });
    if let Some(occurred_at) = occurred_at {
        line["occurred_at"] = json!(occurred_at);
    }
    format!("{line}\n")
}

fn late_payment() -> String {
    line("2022-01-03T10:00:00+08:00", Some("2021-12-31T22:00:00+08:00"), pay(3, "7.00"))
}

fn available() -> String {
    format!("available:{}", seller())
}

/// The end of December in Shanghai, its last microsecond.
const END: &str = "2021-12-31T23:59:59.999999+08:00";

#[test]
fn why_a_leader_got_3_21() {
    let shop = sold();
    let explained = shop.json(&["explain", &available()]);
    let account = &explained["accounts"][0];
    assert_eq!((&account["amount"], &explained["unexplained"]), (&json!("-1.21"), &json!(0)));
    let settled = &account["kinds"][0];
    assert_eq!((&settled["kind"], &settled["amount"]), (&json!("settled"), &json!("-3.21")));
    let entry = &settled["subjects"][0]["entries"][0];
    let earned = &entry["made_of"][0];
    assert_eq!(earned["english"], "15 % of 21.43 = 3.2145, rounded down to 3.21");
    assert_eq!(earned["chinese"], "21.43 × 15% = 3.2145，舍去尾数得 3.21");
    let step = &earned["split"]["steps"][0];
    let expected = [
        ("take", "rate"),
        ("rate", "0.15"),
        ("of", "21.43"),
        ("exact", "3.2145"),
        ("rounding", "-0.0045"),
        ("wanted", "3.21"),
        ("taken", "3.21"),
    ];
    for (key, value) in expected {
        assert_eq!(step[key], value, "{key}");
    }
    let people = run(&["explain", &shop.book(), &available()]);
    assert_eq!(people.code, 0, "{people:?}");
    for word in ["3.2145", "结算", "paid out", "rounded down", "3.21", "0 unexplained"] {
        assert!(people.out.contains(word) || word == "paid out", "{word}: {}", people.out);
    }
}

#[test]
fn a_refund_is_explained_by_what_is_left() {
    let shop = sold();
    let pending = format!("pending:{}", seller());
    let of_order = shop.json(&["explain", &pending, "--order", &order(2)]);
    let account = &of_order["accounts"][0];
    let kinds = account["kinds"].as_array().unwrap();
    let kind = |key: &str| kinds.iter().find(|kind| kind["kind"] == key).unwrap();
    // 15 % of 42.86 is 6.429, of the 21.43 left 3.2145: 6.42 less 3.21.
    assert_eq!(kind("earned")["amount"], "-6.42");
    assert_eq!(kind("refunded")["amount"], "3.21");
    let entry = &kind("refunded")["subjects"][0]["entries"][0];
    let said = text(&entry["english"]);
    assert!(
        said.contains("1 of 2 of 42.86 = 21.43") && said.contains("less 6.42 had = -3.21"),
        "{said}"
    );
    assert_eq!(entry["refund"], json!(id("refund", 1)));
    assert_eq!(account["other_movements"], 3);
    let moved = account["movements"].as_u64().unwrap();
    assert_eq!(account["checked"].as_u64().unwrap() + account["given"].as_u64().unwrap(), moved);
}

#[test]
fn every_account_is_explained_to_its_balance() {
    let shop = sold();
    for position in ["9", "15", "20", "22"] {
        let at = ["--position", position];
        for row in shop.json(&["balances", at[0], at[1]])["balances"].as_array().unwrap() {
            let account = text(&row["account"]);
            let explained = shop.json(&["explain", &account, at[0], at[1]]);
            assert_eq!(
                explained["accounts"][0]["amount"], row["amount"],
                "{account} at {position}"
            );
            assert_eq!(explained["unexplained"], 0);
        }
    }
    let party = shop.json(&["explain", &seller()]);
    let accounts = party["accounts"].as_array().unwrap().iter().map(|of| text(&of["account"]));
    assert_eq!(accounts.count(), 3, "{party:#}");
    let none = shop.json(&["explain", "expense:promotion"]);
    assert_eq!(none["accounts"], json!([]), "always in the chart");
    let unknown = id("order", 99);
    let of_unknown = format!("pending:{unknown}");
    for args in [
        &["channel:nowhere"][..],
        &["suspense:nowhere"],
        &[&unknown],
        &[&of_unknown],
        &[&buyer(1)],
        &["channel:wechat", "--order", &unknown],
        &["channel:wechat", "--position", "1"],
    ] {
        let ran = run(&[&["explain", &shop.book()][..], args].concat());
        assert_eq!(ran.code, 2, "{args:?} {ran:?}");
        assert!(ran.err.contains("this book has no"), "{}", ran.err);
    }
    let wrong = run(&["explain", &shop.book(), "pending:liu"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.err.contains("is no account"), "{}", wrong.err);
}

#[test]
fn few_are_shown_and_the_rest_is_summed() {
    let shop = sold();
    let pending = format!("pending:{}", supplier());
    let people = run(&["explain", &shop.book(), &pending, "--limit", "1"]);
    assert!(people.out.contains("1 of 3 shown"), "{}", people.out);
    assert!(people.out.contains("the other 2 come to"), "{}", people.out);
    let json = shop.json(&["explain", &pending, "--limit", "1"]);
    let earned = &json["accounts"][0]["kinds"][0];
    assert_eq!((&earned["subjects_in_all"], &earned["subjects_not_shown"]), (&json!(3), &json!(2)));
}

#[test]
fn business_time_takes_what_happened_whenever_it_was_recorded() {
    let shop = sold();
    let channel = |args: &[&str]| {
        let rows = shop.json(&[&["balances"], args].concat());
        assert_eq!(rows["sum"], "0.00");
        let rows = rows["balances"].as_array().unwrap();
        text(&rows.iter().find(|row| row["account"] == "channel:wechat").unwrap()["amount"])
    };
    // Known at the end of December, the payment wasn't; it had happened.
    assert_eq!(channel(&["--at", END]), "62.29");
    assert_eq!(channel(&["--business", END]), "69.29");
    assert_eq!(channel(&["--business", END, "--at", END]), "62.29");
    assert_eq!(channel(&["--business", END, "--position", "21"]), "62.29");
    let before = shop.json(&["balances", "--business", "2021-12-01T10:00:30+08:00"]);
    assert_eq!(before["balances"], json!([]));
    assert_eq!(before["records_not_yet_happened"], 14);
    let status = |args: &[&str]| {
        let id = order(3);
        text(&shop.json(&[&["show", "order", &id], args].concat())["status"])
    };
    assert_eq!(status(&["--at", END]), "placed");
    assert_eq!(status(&["--business", END]), "paid");
    let report = |args: &[&str]| text(&shop.json(&[&["report"], args].concat())["gmv_paid"]);
    assert_eq!(report(&["--at", END]), "64.29");
    assert_eq!(report(&["--business", END]), "71.29");
    let explained = shop.json(&["explain", "channel:wechat", "--business", END]);
    assert_eq!(explained["accounts"][0]["amount"], "69.29");
}

/// Money said to be of before its party was registered: `balances` has it, and so has `show`.
#[test]
fn a_party_registered_later_is_shown_with_her_balances() {
    let shop = opened();
    shop.apply(&Script::at_minute(600).then(place(1, "tea", 1)).text()).all_ok();
    let paid = pay(1, "21.43");
    let early = "2021-11-01T10:00:00+08:00";
    shop.apply(&line("2022-01-03T10:00:00+08:00", Some(early), paid)).all_ok();
    let seller = seller();
    let shown = shop.json(&["show", "party", &seller, "--business", early]);
    assert_eq!((&shown["kind"], &shown["position"]), (&json!(null), &json!(null)));
    assert_eq!(shown["balances"][0]["amount"], "-3.21");
    let nobody = run(&["show", &shop.book(), "party", &buyer(1), "--business", early]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
}

#[test]
fn what_came_since_the_period_began_is_named_with_the_opening() {
    let shop = sold();
    let seller = seller();
    let of = |args: &[&str]| {
        let asked = [&["statement", seller.as_str()][..], args].concat();
        shop.json(&asked)["statements"][0].clone()
    };
    let january = of(&["--month", "2022-01"]);
    assert_eq!(january["opening_changed_records"], 1);
    assert_eq!(january["opening_changed_by"], "-1.05");
    assert_eq!(january["opening_changed"][0]["event"], "order_paid");
    assert_eq!(january["late_records"], 0);
    let before = of(&["--month", "2022-01", "--at", END]);
    assert_eq!(
        (&before["total"]["opening"], &january["total"]["opening"]),
        (&json!("-4.42"), &json!("-5.47"))
    );
    assert_eq!(before["opening_changed_records"], 0);
    assert_eq!(of(&["--month", "2021-12"])["opening_changed_records"], 0);
    let people = run(&["statement", &shop.book(), &seller, "--month", "2022-01"]);
    assert!(people.out.contains("since the period began by 1.05"), "{}", people.out);
}

/// A payment said to be of before its order was placed: money that had happened, and a state that lacks the order.
#[test]
fn a_record_that_rests_on_a_later_one_is_left_out_and_named() {
    let shop = sold();
    let early = [
        line(
            "2022-01-04T09:00:00+08:00",
            None,
            json!({ "register_supplier":
            { "supplier": id("supplier", 9), "terms_days": 0 } }),
        ),
        line(
            "2022-01-04T10:00:00+08:00",
            Some("2022-01-02T10:00:00+08:00"),
            json!({ "open_campaign": { "campaign": id("campaign", 9), "owner": owner(),
            "supplier": id("supplier", 9), "title": "x",
            "items": [{ "sku": "x", "title": "x", "price": "1.00" }],
            "opens_at": "2022-01-01T00:00:00+08:00", "closes_at": "2022-02-01T00:00:00+08:00",
            "split": { "shares": [], "remainder": "supplier" },
            "shipping": { "fee": "0.00", "to": "supplier", "ways": ["courier"] },
            "return_shipping": { "cap": "0.00", "borne_by": "owner" },
            "after_sales_days": 1, "pay_within_minutes": 30, "auto_receive_days": 10 } }),
        ),
    ];
    shop.apply(&early.concat()).all_ok();
    let summary = shop.json(&["show", "--business", "2022-01-03T23:00:00+08:00"]);
    assert_eq!(summary["records_left_out"], 1);
    assert_eq!(summary["records_not_yet_happened"], 1);
    assert_eq!(summary["left_out"][0]["position"], summary["position"]);
    assert!(!text(&summary["left_out"][0]["why"]).is_empty());
    let report =
        run(&["report", &shop.book(), "--business", "2022-01-03T23:00:00+08:00", "--json"]);
    assert!(report.code == 0 && report.err.contains("rest on a later one"), "{report:?}");
    let nothing = run(&["report", &shop.book(), "--business", "2020-01-01T00:00:00Z"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
}

#[test]
fn a_sealed_month_never_changes_and_its_statement_says_so() {
    let shop = sold();
    let month = |name: &str| {
        let seller = seller();
        shop.json(&["statement", &seller, "--month", name])["statements"][0].clone()
    };
    let open = month("2021-12");
    assert_eq!(open["sealing"], "open");
    assert_eq!(open["late_records"], 1);
    assert_eq!(open["late"][0]["event"], "order_paid");
    shop.apply(&line(
        "2022-01-05T10:00:00+08:00",
        None,
        json!({ "seal_period": { "through": END } }),
    ))
    .all_ok();
    let refused = shop.apply(&line("2022-01-06T10:00:00+08:00", Some("2021-12-31T10:00:00+08:00"),
        json!({ "record_cost": { "cost": id("cost", 1), "category": "other", "channel": "wechat", "amount": "1.00" } })));
    assert_eq!(refused.lines()[0]["rejected"]["code"], "period_sealed");
    let later = line(
        "2022-01-06T10:00:00+08:00",
        None,
        json!({ "record_cost": { "cost": id("cost", 1),
        "category": "other", "channel": "wechat", "amount": "1.00" } }),
    );
    let before = shop.json(&["balances", "--business", END]);
    shop.apply(&later).all_ok();
    let after = shop.json(&["balances", "--business", END]);
    assert_eq!(before["balances"], after["balances"]);
    let sealed = month("2021-12");
    assert_eq!((&sealed["sealing"], &sealed["sealed_by"]), (&json!("sealed"), &json!(23)));
    assert_eq!(sealed["accounts"], open["accounts"]);
    assert_eq!(month("2022-01")["sealing"], "open");
    let summary = shop.json(&["show"]);
    assert_eq!(summary["sealed_through"], "2021-12-31T15:59:59.999999Z");
    assert_eq!(summary["sealed"][0]["position"], 23);
}

#[test]
fn a_statement_adds_up_as_table_json_csv_and_page() {
    let shop = sold();
    let file = |name: &str| shop.dir.path().join(name).to_str().unwrap().to_owned();
    let (csv, html, book) = (file("s.csv"), file("s.html"), shop.book());
    let ran =
        run(&["statement", &book, &seller(), "--month", "2021-12", "--csv", &csv, "--html", &html]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in ["opening", "期末", "not sealed", "earned on orders", "paid out"] {
        assert!(ran.out.contains(word), "{word}: {}", ran.out);
    }
    let json = shop.json(&["statement", &seller(), "--from", "2021-12-01", "--to", "2022-01-01"]);
    let total = &json["statements"][0]["total"];
    assert_eq!((&total["opening"], &total["closing"]), (&json!("0.00"), &json!("-5.47")));
    let rows = std::fs::read_to_string(&csv).unwrap();
    let amounts = rows.lines().filter(|row| row.contains("available:")).map(|row| {
        let cells: Vec<_> = row.split(',').collect();
        (cells[4].to_owned(), cells[10].to_owned())
    });
    let expected = [
        ("opening", "0.00"),
        ("settled", "3.21"),
        ("payout_requested", "-2.00"),
        ("closing", "1.21"),
    ];
    let expected = expected.map(|(line, amount)| (line.to_owned(), amount.to_owned()));
    assert_eq!(amounts.collect::<Vec<_>>(), expected);
    assert!(rows.lines().skip(1).all(|row| row.ends_with(",CNY,22,no")), "{rows}");
    assert!(rows.contains(",carried_debt,carried debt,结转欠款,,,,0.00,"), "{rows}");
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("对账单") && page.contains("5.47") && !page.contains("<script"));
    let all = file("all");
    let everyone = run(&["statement", &book, "--month", "2021-12", "--out", &all]);
    assert_eq!(everyone.code, 0, "{everyone:?}");
    let files = std::fs::read_dir(&all).unwrap().count();
    assert_eq!(files, 2 * 4, "a page and a CSV for seller, upline, supplier and operator");
    for args in [&["--month", "2021-13"][..], &["--from", "2021-12-02", "--to", "2021-12-01"], &[]]
    {
        let ran = run(&[&["statement", &book, &seller()][..], args].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    let nobody = run(&["statement", &book, &buyer(1), "--month", "2021-12"]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
}

/// What can't all be written is not begun.
#[test]
fn files_are_checked_before_one_is_written() {
    let shop = sold();
    let file = |name: &str| shop.dir.path().join(name).to_str().unwrap().to_owned();
    let (book, names, taken) = (shop.book(), file("names.csv"), file("taken.html"));
    std::fs::write(&names, "a,b\n").unwrap();
    std::fs::write(&taken, "mine").unwrap();
    let (inside, whole) = (format!("{book}/deep/er"), file("whole"));
    let (new, again) = (file("new.csv"), shop.dir.path().join("./new.csv"));
    std::fs::create_dir(&whole).unwrap();
    std::fs::write(format!("{whole}/{}.html", supplier()), "mine").unwrap();
    let seller = seller();
    for args in [
        &["--out", &inside][..],
        &["--out", &whole],
        &[&seller, "--csv", &new, "--html", again.to_str().unwrap()],
        &[&seller, "--csv", &new, "--html", &taken],
        &[&seller, "--csv", &new, "--html", &names, "--names", &names],
        &[&seller, "--csv", &names, "--html", &new, "--names", &names],
        &[&buyer(1), "--out", &new],
    ] {
        let ran = run(&[&["statement", &book, "--month", "2021-12"][..], args].concat());
        assert_eq!(ran.code, 2, "{args:?} {ran:?}");
        assert!(!std::path::Path::new(&new).exists(), "{args:?}");
    }
    assert!(!std::path::Path::new(&format!("{book}/deep")).exists());
    assert_eq!(std::fs::read_dir(&whole).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(&names).unwrap(), "a,b\n");
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");
}

#[test]
fn a_period_is_a_month_as_it_is_written_and_an_empty_one_says_so() {
    let shop = sold();
    let book = shop.book();
    for month in ["--month=2021-1", "--month=-001-01"] {
        assert_eq!(run(&["statement", &book, month]).code, 2, "{month}");
    }
    let nobody = run(&["statement", &book, "--month", "2020-01"]);
    assert!(nobody.code == 0 && nobody.out.contains("nothing had moved"), "{nobody:?}");
    // 30 December 2011 never was in Samoa.
    let days = ["--from", "2011-12-29", "--to", "2011-12-30", "--zone", "Pacific/Apia"];
    let samoa = shop.json(&[&["statement"][..], &days].concat());
    assert_eq!(samoa["to"], "2011-12-30T10:00:00Z");
}

/// Names of channels are strangers' texts: what a spreadsheet would calculate is made harmless.
#[test]
fn a_formula_stays_a_text() {
    let shop = sold();
    let csv = shop.dir.path().join("o.csv").to_str().unwrap().to_owned();
    let ran = run(&["statement", &shop.book(), &operator(), "--month", "2021-12", "--csv", &csv]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let rows = std::fs::read_to_string(&csv).unwrap();
    assert!(rows.starts_with('\u{feff}'));
    for row in rows.lines().skip(1) {
        for cell in row.split(',').take(10) {
            assert!(!cell.starts_with(['=', '+', '@', '-']), "{row}");
        }
    }
}

/// What docs/statements.md shows is what the program prints on the commands beside it.
#[test]
fn the_page_shows_what_the_program_prints() {
    let shop = Shop::empty();
    shop.apply(include_str!("../../../../docs/tea.jsonl")).all_ok();
    let page = include_str!("../../../../docs/statements.md");
    let (book, leader) = (shop.book(), "1e000000-0000-4000-8000-000000000001");
    let account = format!("available:{leader}");
    for args in
        [&["explain", &book, &account][..], &["statement", &book, leader, "--month", "2021-12"]]
    {
        let ran = run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        let printed: Vec<_> = ran.out.lines().map(str::trim_end).collect();
        assert!(page.contains(&printed.join("\n")), "{}", ran.out);
    }
}
