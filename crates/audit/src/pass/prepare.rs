//! What can be done with each record by itself, on any thread: its leaf, its decoding, its bytes again.

use std::fmt::Write as _;

use tuanzhang_core::{Position, Record, RulesVersion};
use tuanzhang_log::Hash;
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_wire as wire;

use super::chunk::Chunk;
use crate::Rule;
use crate::error::chain;
use crate::finding::{Finding, Findings};

/// A chunk of records, decoded.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Position at which the store has each, and the record; none where its bytes are none.
    pub(super) records: Vec<(u64, Option<Record>)>,
    pub(super) leaves: Vec<Hash>,
    /// The tree over the leaves.
    pub(super) tree: Edge,
    pub(super) record_bytes: u64,
    pub(super) events: u64,
    pub(super) findings: Findings,
}

impl Prepared {
    pub(super) fn of(chunk: &Chunk, scratch: &mut Vec<u8>) -> Self {
        let mut prepared = Self {
            records: Vec::with_capacity(chunk.len()),
            leaves: Vec::with_capacity(chunk.len()),
            tree: Edge::new(),
            record_bytes: chunk.byte_count(),
            events: 0,
            findings: Findings::default(),
        };
        for (before, position, bytes) in chunk.records() {
            let expected = before.saturating_add(1);
            if position != expected {
                let rule = Rule::PositionsGapless;
                prepared.findings.add(Finding::of_record(rule, position, expected, position));
            }
            let leaf = leaf_hash(bytes);
            prepared.leaves.push(leaf);
            prepared.tree.push(leaf);
            prepared.take(position, bytes, scratch);
        }
        prepared
    }

    fn take(&mut self, position: u64, bytes: &[u8], scratch: &mut Vec<u8>) {
        let record = match wire::decode(bytes) {
            Ok(record) => record,
            Err(error) => {
                let finding =
                    Finding::of_record(Rule::Decodes, position, "a record", chain(&error));
                self.findings.add(finding);
                return self.records.push((position, None));
            }
        };
        if !wire::is_encoding_of(bytes, &record, scratch) {
            let at = scratch.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            let (expected, found) = (hex(scratch, at), hex(bytes, at));
            let finding = Finding::of_record(Rule::EncodesTheSame, position, expected, found);
            self.findings.add(finding.place(format!("byte {at} of the record")));
        }
        let head = record.head;
        if head.position != Position::new(position) {
            let says = head.position;
            self.findings.add(Finding::of_record(Rule::PositionsGapless, position, position, says));
        }
        if head.rules != RulesVersion::CURRENT {
            let known = format!("rules version {}", RulesVersion::CURRENT.0);
            self.findings.add(Finding::of_record(Rule::RulesKnown, position, known, head.rules.0));
        }
        let events = u64::try_from(record.events.len()).unwrap_or(u64::MAX);
        self.events = self.events.saturating_add(events);
        self.records.push((position, Some(record)));
    }
}

/// Some bytes from a place on.
pub(crate) fn hex(bytes: &[u8], at: usize) -> String {
    let mut text = String::new();
    for byte in bytes.get(at..).unwrap_or_default().iter().take(8) {
        let _ = write!(text, "{byte:02x}");
    }
    if text.is_empty() { "the end".into() } else { text }
}
