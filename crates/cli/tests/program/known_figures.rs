//! The report of the whole Online Retail file against the figures published with it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::kit::*;
use serde_json::{Value, json};

/// The folder with the file; it isn't part of the repository.
fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let folder = root.join("uci_online_retail");
    if folder.join("expected.json").is_file() {
        return Some(folder);
    }
    // Past the harness's capture, so that it is seen.
    let _ =
        writeln!(std::io::stderr(), "skipped: uci_online_retail is not there; set TUANZHANG_DATA");
    None
}

/// Thousandths of a pound in major units.
fn pounds(milli: &Value) -> String {
    let milli = milli.as_i64().unwrap();
    format!("{}.{:03}", milli / 1000, milli % 1000)
}

/// Days and customers as they were computed from the file: orders, sales, first and last order.
fn every_day_and_customer(shop: &Shop, folder: &Path, report: &Value) {
    let rows = |file: &str| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().skip(1).map(cells).collect()
    };
    let milli = |amount: &str| amount.replace('.', "").trim_start_matches('0').to_owned();
    let days = rows("expected_daily.csv").into_iter();
    let known: Vec<_> = days.map(|row| row[..4].to_vec()).filter(|row| row[1] != "0").collect();
    let ours: Vec<_> = report["by_day"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["paid_orders"] != 0)
        .map(|row| {
            let count = |key: &str| row[key].to_string();
            let gmv = milli(&text(&row["gmv_paid"]));
            vec![text(&row["day"]), count("paid_orders"), count("buyers"), gmv]
        })
        .collect();
    assert_eq!(ours, known);

    // Ids are derived; what they bought tells them apart well enough.
    let customers = rows("expected_customers.csv").into_iter().filter(|row| row[1] != "0");
    let day = |time: &str| time.split(' ').next().unwrap().to_owned();
    let mut known: Vec<_> =
        customers.map(|row| [row[1].clone(), row[2].clone(), day(&row[5]), day(&row[6])]).collect();
    known.sort();
    let csv = shop.dir.path().join("csv");
    run(&["report", &shop.book(), "--csv", csv.to_str().unwrap()]);
    let buyers = std::fs::read_to_string(csv.join("by_buyer.csv")).unwrap();
    let mut ours: Vec<_> = buyers
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            [cells[1].to_owned(), milli(cells[2]), cells[4].to_owned(), cells[5].to_owned()]
        })
        .collect();
    ours.sort();
    assert_eq!(ours, known);

    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut bought: Vec<(i64, &str)> =
        ours.iter().map(|own| (own[1].parse().unwrap_or(0), own[0].as_str())).collect();
    bought.sort_unstable();
    let known = expected["top_customers"].as_array().unwrap().iter();
    for ((milli, orders), known) in bought.iter().rev().zip(known) {
        assert_eq!((json!(milli), json!(orders)), (known[1].clone(), json!(known[2].to_string())));
    }
}

/// What was cancelled is what was refunded and what left unexplained, in all and in each month; bad debts, which were
/// adjusted, are in neither.
fn every_cancellation(report: &Value, expected: &Value) {
    let milli = |amount: &Value| text(amount).replace('.', "").parse::<i64>().unwrap();
    let all = milli(&report["suspense_change"]) - milli(&report["refunded"]);
    assert_eq!(json!(all), expected["cancel"]["milli"]);
    assert_eq!(report["suspense_balance"], report["suspense_change"]);
    let mut months: BTreeMap<String, i64> = BTreeMap::new();
    for row in report["by_month"].as_array().unwrap() {
        *months.entry(text(&row["month"])).or_default() -= milli(&row["refunded"]);
    }
    for row in report["suspense_by_month"].as_array().unwrap() {
        *months.entry(text(&row["month"])).or_default() += milli(&row["suspense_change"]);
    }
    let known = expected["monthly"].as_array().unwrap();
    assert_eq!(months.len(), known.len());
    for known in known {
        let month = text(&known["month"]);
        assert_eq!(json!(months[&month]), known["cancel_milli"], "{month}");
    }
}

#[test]
fn the_report_of_the_whole_file_has_its_published_figures() {
    let Some(folder) = data() else { return };
    let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let shop = Shop::empty();
    let file = folder.join("online_retail.csv.gz");
    let file = file.to_str().unwrap();
    let args = ["import", &shop.book(), "--format", "online-retail", file, "--json"];
    let imported = run(&args).json();
    assert_eq!((&imported["rejected"], &imported["rows_rejected"]), (&json!(0), &json!(0)));

    let report = shop.json(&["report"]);
    let sale = &expected["sale"];
    assert_eq!(report["gmv_paid"], json!(pounds(&sale["gross_milli"])));
    assert_eq!(report["paid_orders"], sale["orders"]);
    assert_eq!(report["anonymous_orders"], sale["orders_no_cust"]);
    assert_eq!(report["buyers"], sale["customers"]);
    assert_eq!(report["repeat_buyers"], expected["repeat"]["with_2plus_orders"]);
    let average = &report["average_per_order"];
    let (numerator, denominator) = (text(&average["numerator"]), &average["denominator"]);
    let exact = format!("{}/{denominator}", numerator.replace('.', ""));
    assert_eq!(json!(exact), expected["aov_milli_exact"]["all_sale_orders"]);

    let milli = |key: &str| text(&report[key]).replace('.', "").parse::<i64>().unwrap();
    let of = |key: &str| report[key].as_i64().unwrap();
    let known_buyers = milli("gmv_paid") - milli("anonymous_paid");
    let exact = format!("{known_buyers}/{}", of("paid_orders") - of("anonymous_orders"));
    assert_eq!(json!(exact), expected["aov_milli_exact"]["known_customer"]);

    let (months, known) =
        (report["by_month"].as_array().unwrap(), expected["monthly"].as_array().unwrap());
    assert_eq!(months.len(), known.len());
    for (month, known) in months.iter().zip(known) {
        assert_eq!(month["month"], known["month"]);
        assert_eq!(month["gmv_paid"], json!(pounds(&known["gross_milli"])), "{}", known["month"]);
        assert_eq!(month["paid_orders"], known["orders"], "{}", known["month"]);
        assert_eq!(month["buyers"], known["customers"], "{}", known["month"]);
    }
    let gmv = |row: &Value| text(&row["gmv_paid"]);
    let leaders = report["by_leader"].as_array().unwrap();
    for known in expected["top_countries"].as_array().unwrap() {
        let leader = leaders.iter().find(|row| gmv(row) == pounds(&known[1])).expect("a leader");
        assert_eq!(leader["paid_orders"], known[2], "{}", known[0]);
    }

    let mut cohorts: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in report["cohorts"].as_array().unwrap() {
        cohorts.entry(text(&row["cohort"])).or_default().push(row["active"].clone());
    }
    assert_eq!(json!(cohorts), expected["cohort_sales"]);
    let per_buyer = report["orders_per_buyer"].as_array().unwrap();
    let buyers = |from: u64| -> u64 {
        let many = per_buyer.iter().filter(|row| row["orders"].as_u64() >= Some(from));
        many.filter_map(|row| row["buyers_with_so_many"].as_u64()).sum()
    };
    assert_eq!(json!(buyers(2)), expected["repeat"]["with_2plus_orders"]);
    assert_eq!(json!(buyers(3)), expected["repeat"]["with_3plus"]);
    assert_eq!(per_buyer.last().unwrap()["orders"], expected["repeat"]["max_orders"]);
    let known = "second_order_within_days_of_first(known-customer sale orders)";
    for row in report["repeat_curve"].as_array().unwrap() {
        if let Some(known) = expected[known][row["days"].to_string()].as_u64() {
            // One buyer's second order is 30 days after the first by the clock on the wall, and an hour more
            // in between: the clocks went back on 30 October 2011.
            let by_real_time = if row["days"] == 30 { known - 1 } else { known };
            assert_eq!(row["again_within"], json!(by_real_time), "{} days", row["days"]);
        }
    }
    every_day_and_customer(&shop, &folder, &report);
    every_cancellation(&report, &expected);

    let audit = shop.json(&["audit"]);
    assert_eq!(audit["sound"], true);
    assert_eq!(shop.json(&["balances"])["sum"], "0.000");
}
