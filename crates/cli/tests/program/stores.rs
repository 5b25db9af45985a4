//! The same book in a database, and from one store to another, through the program.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::fs;
use std::process::Command;

use crate::kit::*;
use serde_json::{Value, json};

fn orders() -> String {
    let mut script = Script::at_minute(600);
    for n in 1..=6 {
        script = script.then(place(n, "dates", 1)).then(pay(n, "89.90")).then(ship(n));
    }
    opening() + &script.text()
}

/// A place in the shop's folder, as a URL of a database.
fn database(shop: &Shop, name: &str) -> String {
    format!("sqlite:{}", shop.dir.path().join(name).display())
}

fn audit(url: &str) -> Value {
    run(&["audit", url, "--json"]).json()
}

/// Number of records and root, as `audit` prints them.
fn head(url: &str) -> (Value, Value) {
    let audited = audit(url);
    (audited["covered"]["records"].clone(), audited["root"].clone())
}

const VISITS: &str = "time,kind,who\n2021-12-02T08:00:00+08:00,visited,ann\n\
                      2021-12-02T08:01:00+08:00,visited,bob\n";

fn visit(shop: &Shop, url: &str) -> Value {
    let file = shop.dir.path().join("visits.csv");
    fs::write(&file, VISITS).unwrap();
    let namespace = id("namespace", 1);
    let map = ["--map", "at=time", "--map", "kind=kind", "--map", "visitor=who"];
    let args = ["import", url, "--format", "activity", file.to_str().unwrap(), "--json"];
    let args: Vec<_> = args.into_iter().chain(map).chain(["--namespace", &namespace]).collect();
    run(&args).json()
}

#[test]
fn every_verb_answers_the_same_from_a_database() {
    let shop = Shop::empty();
    let url = database(&shop, "shop.db");
    shop.apply(&orders()).all_ok();
    let answered = run_with(&["apply", &url], &orders()).all_ok();
    assert_eq!(
        answered.lines(),
        shop.apply(&orders())
            .lines()
            .iter()
            .map(|line| {
                let mut line = line.clone();
                line["ok"]["repeated"] = json!(false);
                line
            })
            .collect::<Vec<_>>()
    );
    for verb in [vec!["balances"], vec!["show"], vec!["due", "--now", "2022-03-01T00:00:00Z"]] {
        let ask = |book: &str| {
            let mut args = vec![verb[0], book];
            args.extend(&verb[1..]);
            args.push("--json");
            run(&args).out
        };
        assert_eq!(ask(&url), ask(&shop.book()), "{verb:?}");
    }
    assert_eq!(head(&url), head(&shop.book()));
    let export = shop.dir.path().join("files");
    let to = export.to_str().unwrap();
    assert_eq!(run(&["export", &url, "--format", "parquet", to]).code, 0);
    assert_eq!(run(&["report", &url]).code, 0);
    // Sent again, every command finds what it did.
    for line in run_with(&["apply", &url], &orders()).all_ok().lines() {
        assert_eq!(line["ok"]["repeated"], true);
    }
}

#[test]
fn a_book_of_several_has_to_be_named() {
    let shop = Shop::empty();
    let url = database(&shop, "shop.db");
    let (first, second) = (id("book", 1), id("book", 2));
    let open = |book: &str| {
        let open = json!({ "open_book": { "book": book, "currency": "CNY",
            "timezone": "Asia/Shanghai", "operator": operator() } });
        Script::at_minute(0).then(open).text()
    };
    run_with(&["apply", &format!("{url}?book={first}")], &open(&first)).all_ok();
    assert_eq!(run(&["balances", &url]).code, 0, "the only book needs no name");
    let missing = run(&["balances", &format!("{url}?book={second}")]);
    assert_eq!(missing.code, 2, "{missing:?}");
    run_with(&["apply", &format!("{url}?book={second}")], &open(&second)).all_ok();
    for verb in [vec!["balances", &url], vec!["apply", &url]] {
        let refused = run(&verb);
        assert_eq!(refused.code, 2, "{refused:?}");
        for book in [&first, &second] {
            assert!(refused.err.contains(&format!("{url}?book={book}")), "{refused:?}");
        }
    }
    assert_eq!(run(&["balances", &format!("{url}?book={second}")]).code, 0);
    // What isn't there, isn't a database, or is the other kind of place.
    assert_eq!(run(&["show", &database(&shop, "no.db")]).code, 2);
    fs::write(shop.dir.path().join("text.db"), "no database at all, but of some length".repeat(50))
        .unwrap();
    let damaged = run(&["show", &database(&shop, "text.db")]);
    assert_eq!(damaged.code, 3, "{damaged:?}");
    let refused = run_with(&["apply", &url.replace("sqlite:", "")], "");
    assert!(refused.code == 2 && refused.err.contains("sqlite:"), "{refused:?}");
    assert_eq!(run_with(&["apply", &format!("sqlite:{}", shop.dir.path().display())], "").code, 2);
}

#[test]
fn a_copy_has_book_activity_and_root_and_goes_on() {
    let shop = Shop::empty();
    shop.apply(&opening()).all_ok();
    let (journal, url) = (shop.book(), database(&shop, "shop.db"));
    let back = shop.dir.path().join("back");
    let copy = |from: &str, to: &str| run(&["copy", from, to, "--json"]).json();
    let counts = |copied: &Value, part: &str| {
        (copied[part]["before"].as_u64().unwrap(), copied[part]["copied"].as_u64().unwrap())
    };
    let copied = copy(&journal, &url);
    assert_eq!(copied["book"], id("book", 1));
    let records = counts(&copied, "records").1;
    assert!(records > 5 && counts(&copied, "activity") == (0, 0), "{copied}");
    // The source grows, and gets visits; the copy goes on where it stands.
    let more = Script::at_minute(600).then(place(1, "dates", 1)).then(pay(1, "89.90")).text();
    shop.apply(&more).all_ok();
    visit(&shop, &journal);
    let copied = copy(&journal, &url);
    assert_eq!((counts(&copied, "records"), counts(&copied, "activity")), ((records, 2), (0, 1)));
    assert_eq!(counts(&copy(&journal, &url), "records"), (records + 2, 0));
    assert_eq!(head(&url), head(&journal));
    let copied = copy(&url, back.to_str().unwrap());
    assert_eq!(
        (counts(&copied, "records"), counts(&copied, "activity")),
        ((0, records + 2), (0, 1))
    );
    assert_eq!(head(back.to_str().unwrap()), head(&journal));
    assert_eq!(visit(&shop, &url)["position"], 1, "the visits are there already");

    // Never over anything: a source that is behind, another history, another book, nowhere.
    run_with(&["apply", &url], &Script::at_minute(700).then(ship(1)).text()).all_ok();
    let refused = run(&["copy", &journal, &url]);
    assert!(refused.code == 2 && refused.err.contains("right way"), "{refused:?}");
    let other = Script::at_minute(701).then(place(2, "dates", 1)).then(place(3, "dates", 1)).text();
    shop.apply(&other).all_ok();
    let refused = run(&["copy", &journal, &url]);
    assert!(refused.code == 2 && refused.err.contains("no copy"), "{refused:?}");
    let named = format!("{url}?book={}", id("book", 9));
    assert_eq!(run(&["copy", &journal, &named]).code, 2);
    assert_eq!(run(&["copy", &journal, "memory:"]).code, 2);
    let nowhere = shop.dir.path().join("new");
    assert_eq!(run(&["copy", "no such book", nowhere.to_str().unwrap()]).code, 2);
    assert!(!nowhere.exists(), "nothing is made for a source that isn't there");
}

/// A row that somebody changed is a finding of `audit`, with its place, and exit 3 elsewhere.
#[test]
fn damage_in_a_database_is_named() {
    let shop = Shop::empty();
    let url = database(&shop, "shop.db");
    run_with(&["apply", &url], &orders()).all_ok();
    let path = shop.dir.path().join("shop.db");
    let sql = "DROP TRIGGER tuanzhang_records_no_update; UPDATE tuanzhang_records \
               SET record = substr(record, 1, 40) WHERE position = 9";
    match Command::new("sqlite3").arg(&path).arg(sql).status() {
        Ok(status) => assert!(status.success()),
        Err(_) => return println!("skipped: damage by the shell: no program sqlite3 here"),
    }
    let audited = run(&["audit", &url]);
    assert!(audited.code == 1 && audited.out.contains("position 9"), "{audited:?}");
    let read = run(&["balances", &url]);
    assert!(read.code == 3 && read.err.contains("tuanzhang_records"), "{read:?}");
}

/// The names of events are in the database as soon as the program has written it.
#[test]
fn the_shell_shows_the_names_of_events() {
    let shop = Shop::empty();
    run_with(&["apply", &database(&shop, "shop.db")], &orders()).all_ok();
    let path = shop.dir.path().join("shop.db");
    let sql = "SELECT position, recorded_at, actor, name FROM tuanzhang_events LIMIT 8";
    match Command::new("sqlite3").arg("-readonly").arg(&path).arg(sql).output() {
        Ok(output) => {
            let shown = String::from_utf8(output.stdout).unwrap();
            print!("{shown}");
            assert!(
                shown.starts_with("1|2021-12-01T00:00:00.000000Z|operator|book_opened\n"),
                "{shown}"
            );
            assert!(shown.contains("|order_placed\n"), "{shown}");
        }
        Err(_) => println!("skipped: the views through the shell: no program sqlite3 here"),
    }
}

/// Four programs write one book at once: none is told of a race, and every command is there. More
/// commands of each by `PROCESS_COMMANDS`.
#[test]
fn programs_write_one_book_together() {
    let more = std::env::var("PROCESS_COMMANDS").ok();
    let each: u32 = more.map_or(100, |text| text.parse().expect("a number"));
    let shop = Shop::empty();
    let url = database(&shop, "shop.db");
    run_with(&["apply", &url], &opening()).all_ok();
    let script = |program: u32| {
        let line = |n| {
            let leader = id("leader", program * 100_000 + n);
            let command = json!({ "register_leader": { "leader": leader } });
            json!({ "at": "2021-12-05T00:00:00Z", "actor": "operator", "command": command })
        };
        (0..each).map(|n| line(n).to_string() + "\n").collect::<String>()
    };
    std::thread::scope(|scope| {
        let programs: Vec<_> = (0..4)
            .map(|program| {
                let (url, script) = (&url, script(program));
                scope.spawn(move || run_with(&["apply", url], &script).all_ok().lines().len())
            })
            .collect();
        for program in programs {
            assert_eq!(program.join().unwrap(), usize::try_from(each).unwrap());
        }
    });
    let audited = audit(&url);
    assert_eq!(audited["sound"], true, "{audited:#}");
    assert_eq!(audited["covered"]["records"], 7 + 4 * each);
    println!("4 programs, {each} commands each: gapless, audited, 0 answered with a race");
    for program in 0..4 {
        for line in run_with(&["apply", &url], &script(program)).all_ok().lines() {
            assert_eq!(line["ok"]["repeated"], true);
        }
    }
}
