//! `tuanzhang report`: what it is asked for, and what it writes.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::wildcard_imports, reason = "tests")]

use crate::kit::*;

/// Two orders of one buyer, paid on two days.
fn sold() -> Shop {
    let shop = Shop::open();
    let first = Script::at_minute(600).then(place(1, "dates", 2)).then(pay(1, "179.80"));
    shop.apply(&first.text()).all_ok();
    let later = Script::at_minute(2_100).then(place(2, "mug", 1)).then(pay(2, "59.00"));
    shop.apply(&later.text()).all_ok();
    shop
}

#[test]
fn a_report_is_as_of_a_position_or_a_time() {
    let shop = sold();
    let now = shop.json(&["report"]);
    let last = now["position"].as_u64().unwrap();
    let before = (last - 2).to_string();
    let earlier = shop.json(&["report", "--position", &before]);
    assert_eq!((&earlier["gmv_paid"], &now["gmv_paid"]), (&"179.80".into(), &"238.80".into()));
    assert_eq!(earlier["position"].as_u64(), Some(last - 2));
    let as_of = text(&earlier["as_of"]);
    assert_eq!(shop.json(&["report", "--at", &as_of])["gmv_paid"], "179.80");
    let beyond = run(&["report", &shop.book(), "--position", "999"]);
    assert_eq!(beyond.code, 2, "{beyond:?}");
    assert!(beyond.err.contains(&format!("ends at position {last}")), "{beyond:?}");
}

#[test]
fn csv_is_for_spreadsheets_and_keeps_nothing_of_an_earlier_report() {
    let shop = sold();
    let folder = shop.dir.path().join("csv");
    let to = folder.to_str().unwrap();
    let leaders = [seller(), owner()];
    let args =
        ["report", &shop.book(), "--csv", to, "--target", "100", "--pk", &leaders[0], &leaders[1]];
    assert_eq!(run(&args).code, 0);
    for table in ["pk", "target_progress", "by_buyer", "definitions", "by_month"] {
        let kept = std::fs::read_to_string(folder.join(format!("{table}.csv"))).unwrap();
        assert!(kept.starts_with('\u{feff}'), "{table} can be taken for another encoding");
    }
    assert_eq!(run(&["report", &shop.book(), "--csv", to]).code, 0);
    assert!(!folder.join("pk.csv").exists());
    assert!(!folder.join("target_progress.csv").exists());
    assert!(folder.join("by_month.csv").exists());
}

#[test]
fn names_stand_in_place_of_ids_for_people_only() {
    let shop = sold();
    let names = shop.dir.path().join("names.csv");
    std::fs::write(&names, format!("\u{feff}{},李姐\n{},\"<b>王</b>\"\n", seller(), owner()))
        .unwrap();
    let page = shop.dir.path().join("report.html");
    let args = ["report", &shop.book(), "--names", names.to_str().unwrap()];
    let shown = run(&args);
    assert!(shown.out.contains("李姐"), "{}", shown.out);
    let html = [&args[..], &["--html", page.to_str().unwrap(), "--json"]].concat();
    let json = run(&html).json();
    assert_eq!(json["by_leader"][0]["leader"], seller(), "JSON keeps ids");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("李姐") && !page.contains("<b>王</b>"));
}

#[test]
fn two_leaders_of_the_book_are_compared_and_nobody_else() {
    let shop = sold();
    let pk = |one: &str, other: &str| run(&["report", &shop.book(), "--json", "--pk", one, other]);
    let compared = pk(&seller(), &owner()).json();
    assert_eq!(compared["pk"].as_array().map(Vec::len), Some(2));
    for (ran, told) in
        [(pk(&seller(), &seller()), "twice"), (pk(&seller(), &buyer(1)), "no leader of the book")]
    {
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
}

#[test]
fn a_window_may_be_open_at_one_end() {
    let shop = sold();
    let report = shop.json(&["report", "--from", "2021-12-02", "--target", "100"]);
    assert_eq!((&report["from"], &report["through"]), (&"2021-12-02".into(), &().into()));
    assert!(report["target_days"].is_null());
}

#[test]
fn a_window_that_is_no_window_is_told() {
    let shop = sold();
    let book = shop.book();
    for (args, told) in [
        (&["--from", "2021-12-02", "--through", "2021-12-01"][..], "lies after"),
        (&["--from", "yesterday"], "is not a day"),
        (&["--zone", "Mars"], "no such zone"),
        (&["--target", "1e3"], "--target 1e3"),
    ] {
        let ran = run(&[&["report", &book], args].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
}
