//! The same book on a PostgreSQL server, through the program.
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

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::kit::*;
use serde_json::{Value, json};
use tuanzhang_pgserver::{Options, Server};

/// The server that the tests share, each with a database of its own; `None`, said in a line, without one.
fn database(test: &str) -> Option<(&'static Server, String)> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static MADE: AtomicU64 = AtomicU64::new(0);
    if let Err(why) = Server::available() {
        println!("skipped: {test}: {why}");
        return None;
    }
    let server = SERVER.get_or_init(|| Server::start(&Options::new().with_tcp()).unwrap());
    let name = format!("books_{}", MADE.fetch_add(1, Ordering::Relaxed));
    server.database(&name).unwrap();
    Some((server, name))
}

fn orders() -> String {
    let mut script = Script::at_minute(600);
    for n in 1..=6 {
        script = script.then(place(n, "dates", 1)).then(pay(n, "89.90")).then(ship(n));
    }
    opening() + &script.text()
}

fn audit(url: &str) -> Value {
    run(&["audit", url, "--json"]).json()
}

/// Number of records and root, as `audit` prints them.
fn head(url: &str) -> (Value, Value) {
    let audited = audit(url);
    (audited["covered"]["records"].clone(), audited["root"].clone())
}

#[test]
fn every_verb_answers_the_same_from_a_server() {
    let Some((server, name)) = database("verbs on a server") else { return };
    let (shop, url) = (Shop::empty(), server.url(&name));
    let missing = run(&["show", &url]);
    assert!(missing.code == 2 && missing.err.contains("no book"), "{missing:?}");
    let tables = "SELECT count(*) FROM pg_namespace WHERE nspname = 'tuanzhang'";
    assert_eq!(server.sql(&name, tables).unwrap(), "0", "looking makes nothing");
    shop.apply(&orders()).all_ok();
    for line in run_with(&["apply", &url], &orders()).all_ok().lines() {
        assert_eq!(line["ok"]["repeated"], false);
    }
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
    assert_eq!(run(&["export", &url, "--format", "parquet", export.to_str().unwrap()]).code, 0);
    assert_eq!(run(&["report", &url]).code, 0);
    for line in run_with(&["apply", &url], &orders()).all_ok().lines() {
        assert_eq!(line["ok"]["repeated"], true);
    }
    // The names of events are there for `psql`.
    let shown = "SET timezone = 'UTC'; \
                 SELECT position, recorded_at, actor, name FROM tuanzhang.events LIMIT 1";
    let shown = server.sql(&name, shown).unwrap();
    assert_eq!(shown, "1|2021-12-01 00:00:00+00|operator|book_opened");
    // From there to a journal, and on.
    let back = shop.dir.path().join("back");
    let copied = run(&["copy", &url, back.to_str().unwrap(), "--json"]).json();
    assert_eq!(copied["records"]["before"], 0);
    assert_eq!(head(back.to_str().unwrap()), head(&url));
    let more = Script::at_minute(700).then(place(7, "dates", 1)).text();
    run_with(&["apply", back.to_str().unwrap()], &more).all_ok();
    assert_eq!(
        run(&["copy", back.to_str().unwrap(), &url, "--json"]).json()["records"]["copied"],
        1
    );
    assert_eq!(head(back.to_str().unwrap()), head(&url));
    let refused = run(&["salvage", &url, back.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_book_of_several_on_a_server_has_to_be_named_and_no_password_is_shown() {
    let Some((server, name)) = database("several books on a server") else { return };
    let port = server.port().unwrap();
    let url = format!("postgres://postgres:geheim@127.0.0.1:{port}/{name}?sslmode=disable");
    let (first, second) = (id("book", 1), id("book", 2));
    let open = |book: &str| {
        let open = json!({ "open_book": { "book": book, "currency": "CNY",
            "timezone": "Asia/Shanghai", "operator": operator() } });
        Script::at_minute(0).then(open).text()
    };
    run_with(&["apply", &format!("{url}&book={first}")], &open(&first)).all_ok();
    assert_eq!(run(&["balances", &url]).code, 0, "the only book needs no name");
    let missing = run(&["balances", &format!("{url}&book={second}")]);
    assert_eq!(missing.code, 2, "{missing:?}");
    run_with(&["apply", &format!("{url}&book={second}")], &open(&second)).all_ok();
    let shown = url.replace(":geheim", "");
    for verb in [vec!["balances", &url], vec!["apply", &url]] {
        let refused = run(&verb);
        assert_eq!(refused.code, 2, "{refused:?}");
        for book in [&first, &second] {
            assert!(refused.err.contains(&format!("{shown}&book={book}")), "{refused:?}");
        }
    }
    assert_eq!(run(&["balances", &format!("{url}&book={second}")]).code, 0);
    for (bad, code) in [
        (url.replace(&name, "no_such_database"), 3),
        (url.replace(&port.to_string(), "1"), 3),
        (format!("{url}&sslmode=perhaps"), 2),
        (format!("{url}&nothing=known"), 2),
        (format!("{url}&book=liu"), 2),
    ] {
        let refused = run(&["show", &bad]);
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(!refused.err.contains("geheim"), "{refused:?}");
    }
}

/// A row that somebody changed is a finding of `audit`, with its place, and exit 3 elsewhere.
#[test]
fn damage_on_a_server_is_named() {
    let Some((server, name)) = database("damage on a server") else { return };
    let url = server.url(&name);
    run_with(&["apply", &url], &orders()).all_ok();
    let sql = "SET session_replication_role = replica; UPDATE tuanzhang.records \
               SET record = substr(record, 1, 40) WHERE position = 9";
    server.sql(&name, sql).unwrap();
    let audited = run(&["audit", &url]);
    assert!(audited.code == 1 && audited.out.contains("position 9"), "{audited:?}");
    let read = run(&["balances", &url]);
    assert!(read.code == 3 && read.err.contains("tuanzhang.records"), "{read:?}");
    assert!(read.err.contains("newest backup") && !read.err.contains("salvage"), "{read:?}");
}

/// Four programs write one book at once: none is told of a race, and every command is there. More
/// commands of each by `PROCESS_COMMANDS`.
#[test]
fn programs_write_one_book_on_a_server_together() {
    let Some((server, name)) = database("programs together on a server") else { return };
    let more = std::env::var("PROCESS_COMMANDS").ok();
    let each: u32 = more.map_or(100, |text| text.parse().expect("a number"));
    let url = server.url(&name);
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
