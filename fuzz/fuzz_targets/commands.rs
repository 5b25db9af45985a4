//! JSON lines, as `tuanzhang apply` reads them, into decide and apply: no input panics, every accepted
//! command's record gives its command back and sums to zero.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Actor, Command, Head, Record, RulesVersion, Time};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

fuzz_target!(|text: &str| {
    let mut book = Book::default();
    for line in text.lines() {
        let Ok(Line { at, occurred_at, actor, command }) = serde_json::from_str(line) else { continue };
        let Decision::Accepted(events) = decide(&book, at, occurred_at, actor, &command) else { continue };
        let position = book.position().next();
        let head = Head { position, at, occurred_at, actor, rules: RulesVersion::CURRENT };
        let record = Record { head, events };
        apply(&mut book, &record).expect("what was decided applies");
        assert_eq!(tuanzhang_core::book::difference(&book, &command, &record), None);
        assert_eq!(book.balances().values().map(|money| money.minor()).sum::<i64>(), 0);
    }
});
