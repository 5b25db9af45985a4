//! The invariants of the records, one after the other.

use std::fmt::Write as _;

use tuanzhang_core::accounting::for_each_posting;
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Command, Event, Money, Position, Record, RulesVersion, Time, json};
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, Coverage};
use tuanzhang_wire as wire;

use super::difference;
use super::finding::{Finding, Findings};
use crate::failure::chain;
use crate::node::Node;

/// The records so far: their tree, the state that they fold to, what was looked at.
#[derive(Debug)]
pub(crate) struct Replay {
    key: BookKey,
    tree: Edge,
    book: Book,
    decimals: Option<Decimals>,
    last_at: Option<Time>,
    /// Where the fold had to end.
    ended: Option<u64>,
    encoded: Vec<u8>,
    record_bytes: u64,
    events: u64,
    replayed: u64,
    decided: u64,
}

impl Replay {
    pub(crate) fn new(key: BookKey) -> Self {
        Self {
            key,
            tree: Edge::new(),
            book: Book::default(),
            decimals: None,
            last_at: None,
            ended: None,
            encoded: Vec::new(),
            record_bytes: 0,
            events: 0,
            replayed: 0,
            decided: 0,
        }
    }

    /// Checks the record that stands at a position.
    pub(crate) fn check(&mut self, position: u64, bytes: &[u8], findings: &mut Findings) {
        let expected = self.tree.size().saturating_add(1);
        if position != expected {
            findings.add(Finding::of_record("positions_gapless", position, expected, position));
        }
        self.tree.push(leaf_hash(bytes));
        self.record_bytes =
            self.record_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let record = match wire::decode(bytes) {
            Ok(record) => record,
            Err(error) => {
                let said = chain(&error);
                findings.add(Finding::of_record("decodes", position, "a record", said));
                self.ended.get_or_insert(position);
                return;
            }
        };
        self.check_encoding(position, bytes, &record, findings);
        self.check_head(position, &record, findings);
        for (place, event) in record.events.iter().enumerate() {
            self.events = self.events.saturating_add(1);
            check_postings(position, place, event, findings);
        }
        if self.ended.is_none() {
            self.check_fold(position, &record, findings);
        }
    }

    /// The same record gives the same bytes: there is one way to write it.
    fn check_encoding(
        &mut self,
        position: u64,
        bytes: &[u8],
        record: &Record,
        findings: &mut Findings,
    ) {
        self.encoded.clear();
        match wire::encode_into(&mut self.encoded, record) {
            Ok(()) if self.encoded == bytes => (),
            Ok(()) => {
                let at = self.encoded.iter().zip(bytes).take_while(|(a, b)| a == b).count();
                let place = format!("byte {at} of the record");
                let (expected, found) = (hex(&self.encoded, at), hex(bytes, at));
                findings.add(
                    Finding::of_record("encodes_the_same", position, expected, found).place(place),
                );
            }
            Err(error) => {
                findings.add(Finding::of_record(
                    "encodes_the_same",
                    position,
                    "bytes",
                    chain(&error),
                ));
            }
        }
    }

    /// Position, times, rules version, and that the first record opens this book.
    fn check_head(&mut self, position: u64, record: &Record, findings: &mut Findings) {
        let head = record.head;
        let mut add = |rule, expected: String, found: String| {
            findings.add(Finding::of_record(rule, position, expected, found));
        };
        if head.position != Position::new(position) {
            add("positions_gapless", position.to_string(), head.position.to_string());
        }
        if let Some(last) = self.last_at.filter(|last| head.at < *last) {
            add("times_never_go_back", format!("{last} or later"), head.at.to_string());
        }
        if let Some(occurred_at) = head.occurred_at.filter(|occurred_at| *occurred_at > head.at) {
            add(
                "times_never_go_back",
                format!("occurred_at at most {}", head.at),
                occurred_at.to_string(),
            );
        }
        if head.rules != RulesVersion::CURRENT {
            let known = format!("rules version {}", RulesVersion::CURRENT.0);
            add("rules_known", known, head.rules.0.to_string());
        }
        self.last_at = Some(self.last_at.map_or(head.at, |last| last.max(head.at)));
        if let Some(Event::BookOpened(opened)) =
            record.events.first().filter(|_| self.decimals.is_none())
        {
            self.decimals = Some(opened.currency.decimals);
            let says = BookKey(opened.book.to_bytes());
            if says != self.key {
                add("book_id", self.key.to_string(), says.to_string());
            }
        }
    }

    /// The record follows from the state before it: decided again it is the same, and it folds.
    fn check_fold(&mut self, position: u64, record: &Record, findings: &mut Findings) {
        match self.decimals {
            Some(decimals) => {
                self.check_decision(position, record, decimals, findings);
            }
            None => findings.add(Finding::of_record(
                "book_id",
                position,
                "book_opened",
                "another event",
            )),
        }
        match apply(&mut self.book, record) {
            Ok(()) => self.replayed = self.replayed.saturating_add(1),
            Err(error) => {
                findings.add(Finding::of_record("folds", position, "a record that follows", error));
                self.ended = Some(position);
            }
        }
    }

    fn check_decision(
        &mut self,
        position: u64,
        record: &Record,
        decimals: Decimals,
        findings: &mut Findings,
    ) {
        let rule = "decides_the_same";
        let head = record.head;
        let command = match Command::from_record(record, decimals) {
            Ok(command) => command,
            Err(error) => {
                findings.add(Finding::of_record(
                    "is_a_command",
                    position,
                    "the events of one command",
                    error,
                ));
                return;
            }
        };
        self.decided = self.decided.saturating_add(1);
        match decide(&self.book, head.at, head.occurred_at, head.actor, &command) {
            Decision::Accepted(events) if events == record.events => (),
            Decision::Accepted(events) => {
                findings.add(differing(rule, position, &events, &record.events, decimals));
            }
            Decision::Known(known) => {
                let expected =
                    format!("nothing new: it was recorded at position {}", known.position);
                findings.add(Finding::of_record(rule, position, expected, command.name()));
            }
            Decision::Rejected(rejection) => {
                let expected = format!("{}: {rejection}", rejection.code());
                findings.add(Finding::of_record(rule, position, expected, command.name()));
            }
        }
    }

    /// What can be said only at the end.
    pub(crate) fn check_end(&self, stored: &Coverage, findings: &mut Findings) {
        let head = self.tree.head();
        if head.size != stored.head.size {
            findings.add(
                Finding::of_book("root", stored.head.size, head.size)
                    .place("number of records".into()),
            );
        }
        if head.root != stored.head.root {
            findings.add(Finding::of_book("root", stored.head.root, head.root));
        }
        match Money::sum(self.book.balances().into_values()) {
            Ok(sum) if sum.is_zero() => (),
            Ok(sum) => {
                let decimals =
                    self.decimals.map_or_else(|| sum.minor().to_string(), |d| sum.display(d));
                findings.add(Finding::of_book("book_sums_to_zero", "0", decimals));
            }
            Err(error) => findings.add(Finding::of_book("book_sums_to_zero", "0", error)),
        }
    }
}

/// What was looked at; nothing where the store couldn't be opened.
pub(crate) fn covered(replay: Option<&Replay>) -> Vec<(&'static str, Node)> {
    let count = |of: fn(&Replay) -> u64| Node::Count(replay.map_or(0, of));
    vec![
        ("records", count(|replay| replay.tree.size())),
        ("events", count(|replay| replay.events)),
        ("record_bytes", count(|replay| replay.record_bytes)),
        ("replayed", count(|replay| replay.replayed)),
        ("decided_again", count(|replay| replay.decided)),
        ("replay_ended_at", replay.and_then(|replay| replay.ended).into()),
        ("root", replay.map(|replay| replay.tree.root().to_string()).into()),
    ]
}

fn check_postings(position: u64, place: usize, event: &Event, findings: &mut Findings) {
    let mut sum = 0_i128;
    for_each_posting(event, &mut |_, amount| sum = sum.saturating_add(i128::from(amount.minor())));
    if sum != 0 {
        let found = format!("{sum} minor units, {}", event.name());
        findings.add(Finding::of_record("postings_sum_to_zero", position, 0, found).event(place));
    }
}

/// Where what the rules give differs from what was recorded.
fn differing(
    rule: &'static str,
    position: u64,
    expected: &[Event],
    found: &[Event],
    decimals: Decimals,
) -> Finding {
    let event = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let shown = |events: &[Event]| {
        events.get(event).map(|event| json::to_value(event, decimals).unwrap_or_default())
    };
    let (left, right) = (shown(expected).unwrap_or_default(), shown(found).unwrap_or_default());
    let (place, expected, found) = difference::first(&left, &right)
        .unwrap_or_else(|| (String::new(), expected.len().to_string(), found.len().to_string()));
    let place = place.trim_start_matches('.').to_owned();
    Finding::of_record(rule, position, expected, found).event(event).place(place)
}

/// Some bytes from a place on.
pub(super) fn hex(bytes: &[u8], at: usize) -> String {
    let mut text = String::new();
    for byte in bytes.get(at..).unwrap_or_default().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    if text.is_empty() { "the end".into() } else { text }
}
