//! Audits of books that are damaged or gone, against checkpoints of them; what an audit lists.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::kit::{Ran, Script, Shop, id, pay, place, run, text};
use crate::read::sold;

/// A book, and checkpoints of it: of its first records and of all.
struct Kept {
    shop: Shop,
    early: String,
    whole: String,
    /// How many records each is of.
    sizes: [u64; 2],
}

impl Kept {
    fn new() -> Self {
        let shop = Shop::open();
        let keep = |name: &str| {
            let audit = shop.json(&["audit"]);
            let path = shop.dir.path().join(name);
            fs::write(&path, text(&audit["checkpoint"])).unwrap();
            (path.to_str().unwrap().to_owned(), audit["covered"]["records"].as_u64().unwrap())
        };
        let (early, first) = keep("early");
        for order in 1..=3 {
            let script = Script::at_minute(600 + order).then(place(order, "dates", 2));
            shop.apply(&script.then(pay(order, "179.80")).text()).all_ok();
        }
        let (whole, all) = keep("whole");
        Self { shop, early, whole, sizes: [first, all] }
    }

    /// What an audit against both says, with findings.
    fn audit(&self) -> Value {
        let ran = self.run(&["--json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    }

    fn table(&self) -> String {
        self.run(&[]).out
    }

    fn run(&self, more: &[&str]) -> Ran {
        let book = self.shop.book();
        let all = ["audit", &book, "--against", &self.whole, "--against", &self.early];
        run(&[&all, more].concat())
    }

    fn segment(&self) -> PathBuf {
        self.shop.path().join("00000001.seg")
    }
}

#[test]
fn of_a_damaged_book_all_is_audited_that_stands_before_the_damage() {
    let kept = Kept::new();
    let mut bytes = fs::read(kept.segment()).unwrap();
    let at = bytes.windows(3).position(|some| some == b"wx2").unwrap();
    bytes[at] ^= 0xff;
    bytes[at + 1] ^= 0xff;
    fs::write(kept.segment(), bytes).unwrap();
    let audit = kept.audit();
    let damage = &audit["findings"][0];
    assert_eq!((&damage["rule"], &audit["findings_total"]), (&json!("bytes"), &json!(1)));
    let position = damage["position"].as_u64().unwrap();
    let [first, all] = kept.sizes;
    assert!((first + 2..all).contains(&position), "{audit:#}");
    for field in ["records", "replayed", "decided_again", "held_against_invariants"] {
        assert_eq!(audit["covered"][field], json!(position - 1), "{field}");
    }
    assert_eq!(audit["covered"]["stored_whole"], false);
    assert!(audit["to_look_at"].is_object() && audit["checkpoint"].is_null(), "{audit:#}");
    let [early, whole] = [&audit["against"][0], &audit["against"][1]];
    assert_eq!((&early["records"], &early["compared"]), (&json!(first), &json!(true)));
    assert_eq!((&early["holds"], &early["why_not"]), (&json!(true), &json!(null)));
    assert_eq!((&whole["records"], &whole["compared"]), (&json!(all), &json!(false)));
    assert_eq!(whole["why_not"], "the book is damaged");
    assert!(text(&audit["note"]).contains("salvage"), "{audit:#}");
    let table = kept.table();
    for line in ["not compared: the book is damaged", "the book continues the checkpoint of"] {
        assert!(table.contains(line), "{line}: {table}");
    }
}

#[test]
fn a_book_whose_head_alone_is_damaged_is_audited_whole_and_the_damage_is_one_finding() {
    let kept = Kept::new();
    let head = kept.shop.path().join("head");
    let length = fs::read(&head).unwrap().len();
    fs::write(&head, vec![0; length]).unwrap();
    let audit = kept.audit();
    assert_eq!(audit["findings_total"], json!(1), "{audit:#}");
    assert_eq!(audit["covered"]["replayed"], json!(kept.sizes[1]));
    let compared = audit["against"].as_array().unwrap();
    assert!(compared.iter().all(|kept| kept["holds"] == json!(true)), "{audit:#}");
}

#[test]
fn where_nothing_can_be_read_each_checkpoint_is_named_as_not_compared() {
    let kept = Kept::new();
    let zeroes = fs::read(kept.segment()).unwrap().len();
    fs::write(kept.segment(), vec![0x5a; zeroes]).unwrap();
    let audit = kept.audit();
    assert_eq!(audit["findings"][0]["rule"], "bytes");
    assert_eq!(audit["covered"]["replayed"], json!(0));
    let compared = audit["against"].as_array().unwrap();
    assert_eq!(compared.len(), 2);
    assert!(compared.iter().all(|kept| kept["compared"] == json!(false)), "{audit:#}");
    assert!(text(&audit["note"]).starts_with("nothing was replayed"), "{audit:#}");
    let table = kept.table();
    assert!(table.contains("nothing was replayed") && table.contains("salvage"), "{table}");
}

#[test]
fn a_book_that_is_gone_is_a_finding_where_a_checkpoint_of_it_was_kept() {
    let kept = Kept::new();
    fs::rename(kept.shop.path(), kept.shop.dir.path().join("elsewhere")).unwrap();
    let audit = kept.audit();
    assert_eq!(audit["findings_total"], json!(2));
    let mut said = audit["findings"].as_array().unwrap().clone();
    said.sort_by_key(|finding| text(&finding["place"]));
    let [early, whole] = [&said[0], &said[1]];
    assert_eq!((&whole["rule"], &whole["found"]), (&json!("against"), &json!("0 records")));
    let [first, all] = kept.sizes;
    assert_eq!(early["expected"], format!("{first} records or more"));
    assert_eq!(whole["expected"], format!("{all} records or more"));
    assert_eq!(audit["against"][0]["holds"], false);
    assert!(kept.table().contains("there is no book in"));
    let alone = run(&["audit", &kept.shop.book()]);
    assert_eq!(alone.code, 2, "without a checkpoint: {alone:?}");
}

#[test]
fn a_checkpoint_that_proves_nothing_or_is_none_is_an_error_of_input() {
    let shop = sold();
    let checkpoint = text(&shop.json(&["audit"])["checkpoint"]);
    let origin = checkpoint.lines().next().unwrap();
    let empty = shop.dir.path().join("empty");
    let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    fs::write(&empty, format!("{origin}\n0\n{root}\n")).unwrap();
    let ran = run(&["audit", &shop.book(), "--against", empty.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("proves nothing"), "{}", ran.err);
    if cfg!(target_os = "linux") {
        let endless = run(&["audit", &shop.book(), "--against", "/dev/zero"]);
        assert_eq!(endless.code, 2, "{endless:?}");
    }
}

#[test]
fn the_list_has_amounts_in_the_books_currency() {
    let shop = sold();
    let brought_in = json!({ "record_draw": { "draw": id("draw", 1), "direction": "in", "channel": "bank",
        "amount": "1200.50", "reference": "b1" } });
    shop.apply(&Script::at_minute(900).then(brought_in).text()).all_ok();
    let list = shop.dir.path().join("list.csv");
    let audit = shop.json(&["audit", "--list", list.to_str().unwrap()]);
    let written = fs::read_to_string(&list).unwrap();
    let mut lines = written.lines();
    let head = "\u{feff}kind,类别,position,event,at,actor,amount,currency,about,reason";
    assert_eq!(lines.next(), Some(head));
    let kinds = audit["to_look_at"]["kinds"].as_array().unwrap();
    let looks: Vec<_> = kinds.iter().flat_map(|kind| kind["largest"].as_array().unwrap()).collect();
    let mut amounts: Vec<_> = looks.iter().map(|look| text(&look["amount"])).collect();
    let mut listed = Vec::new();
    for line in lines {
        let cells: Vec<_> = line.split(',').collect();
        assert_eq!(cells[7], "CNY", "{line}");
        listed.push(cells[6].to_owned());
    }
    amounts.sort();
    listed.sort();
    assert_eq!(listed, amounts);
    assert!(listed.contains(&"1200.50".to_owned()), "{listed:?}");
}

#[test]
fn the_table_says_how_fast_it_was_and_the_json_does_not() {
    let shop = sold();
    assert!(run(&["audit", &shop.book()]).out.lines().next().unwrap().ends_with(" records/s:"));
    let json = [(); 2].map(|()| run(&["audit", &shop.book(), "--json"]).out);
    assert_eq!(json[0], json[1]);
}
