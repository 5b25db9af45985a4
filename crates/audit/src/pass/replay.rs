//! One record after the other: the tree, the state that they fold to, each decided again.

use std::sync::Arc;

use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Command, Event, Money, Record, json};
use tuanzhang_log::tree::Edge;
use tuanzhang_log::{BookKey, Coverage, TreeHead};

use super::prepare::Prepared;
use crate::against::Against;
use crate::finding::{Finding, Findings};
use crate::{Rule, difference};

/// The records so far.
#[derive(Debug)]
pub(super) struct Replay {
    key: BookKey,
    pub(super) tree: Edge,
    book: Book,
    decimals: Option<Decimals>,
    /// Where the fold had to end.
    pub(super) ended: Option<u64>,
    pub(super) replayed: u64,
    pub(super) decided: u64,
    pub(super) findings: Findings,
    pub(super) against: Against,
}

impl Replay {
    pub(super) fn new(key: BookKey, against: Against) -> Self {
        Self {
            key,
            tree: Edge::new(),
            book: Book::default(),
            decimals: None,
            ended: None,
            replayed: 0,
            decided: 0,
            findings: Findings::default(),
            against,
        }
    }

    /// Goes on with these records.
    pub(super) fn take(&mut self, prepared: &Arc<Prepared>) {
        self.against.see(&self.tree, &prepared.leaves);
        if !self.tree.join(&prepared.tree) {
            prepared.leaves.iter().for_each(|leaf| self.tree.push(*leaf));
        }
        for (position, record) in &prepared.records {
            match record {
                _ if self.ended.is_some() => return,
                None => self.ended = Some(*position),
                Some(record) => self.check(*position, record),
            }
        }
    }

    /// The record follows from the state before it: decided again it is the same, and it folds.
    fn check(&mut self, position: u64, record: &Record) {
        if let (None, Some(Event::BookOpened(opened))) = (self.decimals, record.events.first()) {
            self.decimals = Some(opened.currency.decimals);
            let says = BookKey(opened.book.to_bytes());
            if says != self.key {
                self.findings.add(Finding::of_record(Rule::BookId, position, self.key, says));
            }
        }
        match self.decimals {
            Some(decimals) => self.check_decision(position, record, decimals),
            None => self.findings.add(Finding::of_record(
                Rule::BookId,
                position,
                "book_opened",
                "another event",
            )),
        }
        match apply(&mut self.book, record) {
            Ok(()) => self.replayed = self.replayed.saturating_add(1),
            Err(error) => {
                let expected = "a record that follows";
                self.findings.add(Finding::of_record(Rule::Folds, position, expected, error));
                self.ended = Some(position);
            }
        }
    }

    fn check_decision(&mut self, position: u64, record: &Record, decimals: Decimals) {
        let head = record.head;
        let command = match Command::from_record(record, decimals) {
            Ok(command) => command,
            Err(error) => {
                let expected = "the events of one command";
                let finding = Finding::of_record(Rule::IsACommand, position, expected, error);
                return self.findings.add(finding);
            }
        };
        self.decided = self.decided.saturating_add(1);
        let rule = Rule::DecidesTheSame;
        match decide(&self.book, head.at, head.occurred_at, head.actor, &command) {
            Decision::Accepted(events) if events == record.events => (),
            Decision::Accepted(events) => {
                self.findings.add(differing(position, &events, &record.events, decimals));
            }
            Decision::Known(known) => {
                let expected =
                    format!("nothing new: it was recorded at position {}", known.position);
                self.findings.add(Finding::of_record(rule, position, expected, command.name()));
            }
            Decision::Rejected(rejection) => {
                let expected = format!("{}: {rejection}", rejection.code());
                self.findings.add(Finding::of_record(rule, position, expected, command.name()));
            }
        }
    }

    /// What can be said only at the end. `read_whole`: nothing kept the records from being read to the end.
    pub(super) fn check_end(&mut self, stored: Option<&Coverage>) {
        let head = self.tree.head();
        if let Some(stored) = stored {
            self.check_head(head, stored.head);
        }
        match Money::sum(self.book.balances().into_values()) {
            Ok(sum) if sum.is_zero() => (),
            Ok(sum) => {
                let shown = self.decimals.map(|decimals| sum.display(decimals));
                let found = shown.unwrap_or_else(|| sum.minor().to_string());
                self.findings.add(Finding::of_book(Rule::BookSumsToZero, "0", found));
            }
            Err(error) => self.findings.add(Finding::of_book(Rule::BookSumsToZero, "0", error)),
        }
    }

    fn check_head(&mut self, head: TreeHead, stored: TreeHead) {
        if head.size != stored.size {
            let finding = Finding::of_book(Rule::Root, stored.size, head.size);
            self.findings.add(finding.place("number of records".into()));
        }
        if head.root != stored.root {
            self.findings.add(Finding::of_book(Rule::Root, stored.root, head.root));
        }
    }
}

/// Where what the rules give differs from what was recorded.
fn differing(position: u64, expected: &[Event], found: &[Event], decimals: Decimals) -> Finding {
    let event = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    let shown = |events: &[Event]| {
        events.get(event).map(|event| json::to_value(event, decimals).unwrap_or_default())
    };
    let (left, right) = (shown(expected).unwrap_or_default(), shown(found).unwrap_or_default());
    let (place, expected, found) = difference::first(&left, &right)
        .unwrap_or_else(|| (String::new(), expected.len().to_string(), found.len().to_string()));
    let place = place.trim_start_matches('.').to_owned();
    let finding = Finding::of_record(Rule::DecidesTheSame, position, expected, found);
    finding.event(Some(event)).place(place)
}
