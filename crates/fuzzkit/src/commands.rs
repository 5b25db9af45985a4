//! Lines as commands, for core.

use tuanzhang_core::book::{Book, Decision, apply, decide, difference};
use tuanzhang_core::{Actor, Command, Head, Record, RulesVersion, Time};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
    command: Command,
}

/// JSON lines into decide and apply: every accepted command's record gives its command back and sums to
/// zero.
pub(crate) fn commands(bytes: &[u8]) -> u64 {
    let Ok(text) = std::str::from_utf8(bytes) else { return 0 };
    let mut book = Book::default();
    for line in text.lines() {
        let Ok(Line { at, occurred_at, actor, command }) = serde_json::from_str(line) else {
            continue;
        };
        let Decision::Accepted(events) = decide(&book, at, occurred_at, actor, &command) else {
            continue;
        };
        let position = book.position().next();
        let head = Head { position, at, occurred_at, actor, rules: RulesVersion::CURRENT };
        let record = Record { head, events };
        apply(&mut book, &record).expect("what was decided applies");
        assert_eq!(difference(&book, &command, &record), None);
        assert_eq!(book.balances().values().map(|money| money.minor()).sum::<i64>(), 0);
    }
    book.position().get()
}
