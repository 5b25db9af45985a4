//! `tuanzhang demo`: the bundled month, from nothing to a report.
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
use tempfile::TempDir;

#[test]
fn the_demo_imports_audits_and_reports_and_adds_nothing_when_run_again() {
    let dir = TempDir::new().unwrap();
    let place = dir.path().join("shop");
    let place = place.to_str().unwrap();
    let first = run(&["demo", place, "--json"]).json();
    // The figures of the data set's own README for 2010-12.
    assert_eq!(first["report"]["gmv_paid"], "823746.140");
    assert_eq!(first["report"]["paid_orders"], 1559);
    assert_eq!(first["report"]["buyers"], 885);
    assert_eq!(first["audit"]["sound"], true);
    assert_eq!(first["balances"]["sum"], "0.000");
    assert_eq!(
        (&first["import"]["repeated"], &first["import"]["rejected"]),
        (&json!(0), &json!(0))
    );

    let again = run(&["demo", place, "--json"]).json();
    assert_eq!(again["import"]["accepted"], 0);
    assert_eq!(again["audit"]["covered"]["root"], first["audit"]["covered"]["root"]);
    let kept = std::fs::read_to_string(format!("{place}/report.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, first["report"]);

    let people = run(&["demo", place]);
    assert_eq!(people.code, 0, "{people:?}");
    for word in ["Try next", "笔单价", "sound"] {
        assert!(people.out.contains(word), "{word}");
    }
}

#[test]
fn a_directory_with_other_files_is_left_alone() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let ran = run(&["demo", dir.path().to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
