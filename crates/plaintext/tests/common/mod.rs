//! Books that lived, and their journals.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Actor, Head, Record, RulesVersion, Time};
use tuanzhang_plaintext::{Journal, Tool, Written, name_of};
use tuanzhang_testkit::life::{Life, choices_of};

/// The day in Shanghai, where no clock is ever changed.
pub(crate) fn shanghai(at: Time) -> NaiveDate {
    let local = at.micros().saturating_add(8 * 3_600_000_000);
    DateTime::from_timestamp_micros(local).unwrap().date_naive()
}

/// A book, and the records that made it.
#[derive(Default)]
pub(crate) struct Lived {
    pub(crate) book: Book,
    pub(crate) records: Vec<Record>,
}

impl Lived {
    /// Sends a command; whether it was accepted.
    pub(crate) fn send(
        &mut self,
        at: Time,
        occurred_at: Option<Time>,
        actor: Actor,
        command: &tuanzhang_core::Command,
    ) -> bool {
        let decided = decide(&self.book, at, occurred_at, actor, command);
        let Decision::Accepted(events) = decided else { return false };
        let position = self.book.position().next();
        let head = Head { position, at, occurred_at, actor, rules: RulesVersion::CURRENT };
        let record = Record { head, events };
        apply(&mut self.book, &record).unwrap();
        self.records.push(record);
        true
    }

    /// Balances by the accounts' names in the tools, zeroes left out.
    pub(crate) fn balances(&self) -> BTreeMap<String, String> {
        let decimals = self.book.head().unwrap().opened.currency.decimals;
        let named = self.book.balances().into_iter();
        named.map(|(account, amount)| (name_of(&account), amount.display(decimals))).collect()
    }
}

/// What a life's accepted commands wrote.
pub(crate) fn lived(seed: u64, chosen: bool, commands: usize) -> Lived {
    let life = if chosen { Life::of_choices(choices_of(seed, commands)) } else { Life::new(seed) };
    let mut lived = Lived::default();
    for sent in life.take(commands) {
        lived.send(sent.at, sent.occurred_at, sent.actor, &sent.command);
    }
    lived
}

/// A book as a journal.
pub(crate) fn journal(tool: Tool, records: &[Record]) -> (String, Written) {
    let mut journal = Journal::new(tool, Vec::new(), shanghai);
    for record in records {
        journal.record(record).unwrap();
    }
    let (bytes, written) = journal.finish().unwrap();
    (String::from_utf8(bytes).unwrap(), written)
}
