//! `tuanzhang apply`: result lines, what ends a run, what is kept.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::kit::*;
use serde_json::json;

#[test]
fn a_result_line_has_the_shape_of_the_contract() {
    let shop = Shop::empty();
    let ran = shop.apply(opening().lines().next().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    let start =
        r#"{"line":1,"ok":{"position":1,"repeated":false,"events":[{"book_opened":{"book":"#;
    assert!(ran.out.starts_with(start), "{}", ran.out);
    assert_eq!(ran.lines()[0]["ok"]["events"][0]["book_opened"]["currency"]["code"], "CNY");
}

#[test]
fn a_rejection_names_code_message_and_details_and_ends_nothing() {
    let shop = Shop::open();
    let script = Script::at_minute(600).then(place(1, "mug", 6)).then(place(2, "mug", 5)).text();
    let ran = shop.apply(&script);
    assert_eq!(ran.code, 0, "{ran:?}");
    let first = ran.out.lines().next().unwrap();
    assert!(
        first.starts_with(r#"{"line":1,"rejected":{"code":"out_of_stock","message":""#),
        "{first}"
    );
    assert!(first.contains(r#","details":{"#), "{first}");
    let lines = ran.lines();
    let details = json!({ "sku": "mug", "available": 5, "requested": 6 });
    assert_eq!(lines[0]["rejected"]["details"], details);
    assert_eq!(lines[1]["ok"]["position"], 8);
}

#[test]
fn money_in_details_is_a_string_in_major_units() {
    let shop = Shop::open();
    let script = Script::at_minute(600)
        .then(place(1, "mug", 1))
        .then(pay(1, "59.00"))
        .then(ship(1))
        .then(receive(1))
        .then(json!({ "request_refund": { "refund": id("refund", 1), "order": order(1), "kind": "return",
            "lines": [{ "sku": "mug", "quantity": 1 }], "return_shipping": "15.01" } }))
        .text();
    let lines = shop.apply(&script).lines();
    let refused = &lines[4]["rejected"];
    assert_eq!(refused["code"], "over_shipping_cap", "{refused}");
    assert_eq!(refused["details"], json!({ "cap": "15.00", "claimed": "15.01" }));
}

#[test]
fn an_unreadable_line_ends_the_run_and_all_before_it_is_kept() {
    let shop = Shop::empty();
    let mut lines: Vec<_> = opening().lines().map(str::to_owned).collect();
    lines.insert(2, r#"{"at":"2021-12-01T08:02:00+08:00","actor":"operator"}"#.into());
    let ran = shop.apply(&lines.join("\n"));
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.out.lines().count(), 2);
    assert!(ran.err.contains("line 3"), "{}", ran.err);
    assert!(ran.err.contains("missing field `command`"), "{}", ran.err);
    assert_eq!(shop.json(&["balances"])["position"], 2);
}

#[test]
fn a_number_for_money_is_unreadable_naming_line_and_field() {
    let shop = Shop::open();
    let (good, bad) = (place(1, "mug", 1), pay(1, "59.00"));
    let script = Script::at_minute(600).then(good).then(bad).text().replace("\"59.00\"", "59.00");
    let ran = shop.apply(&script);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("line 2"), "{}", ran.err);
    assert!(ran.err.contains("command.record_payment.amount"), "{}", ran.err);
    assert_eq!(ran.lines().len(), 1);
}

#[test]
fn unknown_fields_and_enum_values_are_unreadable_bad_money_is_rejected() {
    let shop = Shop::open();
    let one = |command: serde_json::Value| shop.apply(&Script::at_minute(600).then(command).text());
    let mut more = place(1, "mug", 1);
    more["place_order"]["colour"] = json!("red");
    assert_eq!(one(more).code, 2);
    let mut way = place(1, "mug", 1);
    way["place_order"]["way"] = json!("drone");
    assert_eq!(one(way).code, 2);
    let mut way = place(1, "mug", 1);
    way["place_order"]["way"] = json!({ "courier": null });
    assert_eq!(one(way).code, 2, "a word is a string");
    for actor in
        [json!({ "operator": null }), json!({ "system": null }), json!({}), json!(["operator"])]
    {
        let line = json!({ "at": "2021-12-01T18:00:00+08:00", "actor": actor, "command": place(1, "mug", 1) });
        assert_eq!(shop.apply(&line.to_string()).code, 2, "{actor}");
    }
    for amount in ["59.001", "abc", "", "1e2", " 59.00", "+1", "１.00"] {
        let ran = one(pay(1, amount));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.lines()[0]["rejected"]["code"], "bad_amount", "{amount}");
    }
}

#[test]
fn a_file_applied_twice_answers_repeated_with_the_first_position_and_events() {
    let shop = Shop::empty();
    let script = opening()
        + &Script::at_minute(600).then(place(1, "dates", 2)).then(pay(1, "179.80")).text();
    let first = shop.apply(&script).all_ok().lines();
    let again = shop.apply(&script).all_ok().lines();
    assert_eq!(first.len(), 9);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(again["ok"]["repeated"], true);
        assert_eq!(again["ok"]["position"], first["ok"]["position"]);
        assert_eq!(again["ok"]["events"], first["ok"]["events"]);
    }
    assert_eq!(shop.json(&["balances"])["position"], 9);
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let shop = Shop::empty();
    let ran = shop.apply(&format!("\n  \r\n{}", opening())).all_ok();
    assert_eq!(ran.lines()[0]["line"], 3);
}

#[test]
fn strict_ends_at_the_first_rejection_with_1() {
    for extra in [&["--strict"][..], &["--strict", "--durability", "batch"]] {
        let shop = Shop::open();
        let script =
            Script::at_minute(600).then(place(1, "mug", 6)).then(place(2, "mug", 1)).text();
        let book = shop.book();
        let mut args = vec!["apply", &book];
        args.extend(extra);
        let ran = run_with(&args, &script);
        assert_eq!((ran.code, ran.lines().len()), (1, 1), "{ran:?}");
        assert_eq!(shop.json(&["balances"])["position"], 7);
    }
}

#[test]
fn batches_answer_the_same_lines() {
    let mut script = opening();
    let mut later = Script::at_minute(600);
    for n in 0..300 {
        later = later.then(place(n, "dates", 1)).then(pay(n, "89.90"));
    }
    script += &later.text();
    let (one, many) = (Shop::empty(), Shop::empty());
    let each = one.apply(&script).all_ok();
    let batch = run_with(&["apply", &many.book(), "-", "--durability", "batch"], &script).all_ok();
    assert_eq!(each.out, batch.out);
    assert_eq!(one.balances(), many.balances());
    let roots = [&one, &many].map(|shop| text(&shop.json(&["audit"])["covered"]["root"]));
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn a_batch_before_an_unreadable_line_is_answered() {
    let shop = Shop::empty();
    let script = opening() + "{]\n" + &opening();
    let ran = run_with(&["apply", &shop.book(), "--durability", "batch"], &script);
    assert_eq!((ran.code, ran.lines().len()), (2, 7), "{ran:?}");
    assert!(ran.err.contains("line 8"), "{}", ran.err);
}

#[test]
fn another_program_can_keep_apply_open_and_talk_to_it() {
    for durability in ["each", "batch"] {
        let shop = Shop::empty();
        let mut child = program()
            .args(["apply", &shop.book(), "-", "--durability", durability])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        let mut from = BufReader::new(child.stdout.take().unwrap());
        for (place, line) in opening().lines().enumerate() {
            writeln!(to, "{line}").unwrap();
            to.flush().unwrap();
            let mut answer = String::new();
            from.read_line(&mut answer).unwrap();
            assert!(answer.starts_with(&format!(r#"{{"line":{},"ok":"#, place + 1)), "{answer}");
        }
        drop(to);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn memory_is_a_book_that_nothing_is_left_of() {
    let ran = run_with(&["apply", "memory:"], &opening()).all_ok();
    assert_eq!(ran.lines().len(), 7);
    assert_eq!(run(&["balances", "memory:"]).code, 2);
}

#[test]
fn other_stores_are_refused_naming_what_exists() {
    for url in ["mysql://h/d", "nats://h?book=1"] {
        let ran = run(&["apply", url]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("memory:"), "{}", ran.err);
    }
}

#[test]
fn a_file_url_is_a_path() {
    let shop = Shop::open();
    let url = format!("file:{}", shop.book());
    assert_eq!(run(&["balances", &url, "--json"]).json()["position"], 7);
}

#[test]
fn commands_come_from_a_file_too() {
    let shop = Shop::empty();
    let file = shop.dir.path().join("commands.jsonl");
    fs::write(&file, opening()).unwrap();
    let ran = run(&["apply", &shop.book(), file.to_str().unwrap()]).all_ok();
    assert_eq!(ran.lines().len(), 7);
    let swapped = run(&["apply", file.to_str().unwrap(), &shop.book()]);
    assert_eq!(swapped.code, 2, "{swapped:?}");
    let missing = run(&["apply", &shop.book(), "nowhere.jsonl"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("nowhere.jsonl"), "{}", missing.err);
}

#[test]
fn a_second_writer_is_refused_with_3() {
    let shop = Shop::open();
    let mut first =
        program().args(["apply", &shop.book(), "-"]).stdin(Stdio::piped()).spawn().unwrap();
    // The first has the book once it has answered.
    let mut to = first.stdin.take().unwrap();
    let mut from = BufReader::new(first.stdout.take().unwrap());
    to.write_all(Script::at_minute(600).then(place(1, "mug", 1)).text().as_bytes()).unwrap();
    from.read_line(&mut String::new()).unwrap();

    let second = shop.apply(&Script::at_minute(700).then(place(2, "mug", 1)).text());
    assert_eq!(second.code, 3, "{second:?}");
    assert!(second.out.is_empty());
    assert!(!second.err.is_empty());
    assert_eq!(shop.json(&["balances"])["position"], 8, "readers go beside the writer");
    drop(to);
    assert!(first.wait().unwrap().success());
    assert_eq!(
        shop.apply(&Script::at_minute(700).then(place(2, "mug", 1)).text()).all_ok().lines().len(),
        1
    );
}

#[test]
fn a_torn_tail_loses_no_answered_command_before_it() {
    let shop = Shop::open();
    let before = shop.json(&["audit"]);
    let file = newest_segment(&shop);
    // What a crash in the middle of an append leaves behind: bytes that are no frame.
    OpenOptions::new().append(true).open(&file).unwrap().write_all(&[0x5a; 37]).unwrap();
    let ran = shop.apply(&Script::at_minute(600).then(place(1, "mug", 1)).text());
    ran.all_ok();
    let records = |audit: &serde_json::Value| audit["covered"]["records"].as_u64().unwrap();
    assert_eq!(records(&shop.json(&["audit"])), records(&before) + 1);
}

#[test]
fn a_book_cut_short_is_noticed() {
    let shop = Shop::open();
    let file = newest_segment(&shop);
    let length = fs::metadata(&file).unwrap().len();
    OpenOptions::new().write(true).open(&file).unwrap().set_len(length / 2).unwrap();
    let read = run(&["balances", &shop.book(), "--json"]);
    assert_eq!(read.code, 3, "{read:?}");
    let audit = run(&["audit", &shop.book(), "--json"]);
    assert_eq!(audit.code, 1, "{audit:?}");
    let report: serde_json::Value = serde_json::from_str(&audit.out).unwrap();
    assert_eq!(report["sound"], false);
    assert!(report["findings"][0]["place"].is_string(), "{report:#}");
}

/// The segment of the journal that was written last.
fn newest_segment(shop: &Shop) -> std::path::PathBuf {
    let files = fs::read_dir(shop.path()).unwrap().map(|entry| entry.unwrap().path());
    let segments = files.filter(|path| path.extension().is_some_and(|ending| ending == "seg"));
    segments.max().expect("a segment")
}
