//! The report of the whole Online Retail file against the figures published with it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_imports,
    reason = "tests"
)]

mod kit;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use kit::*;
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

    let audit = shop.json(&["audit"]);
    assert_eq!(audit["sound"], true);
    assert_eq!(shop.json(&["balances"])["sum"], "0.000");
}
