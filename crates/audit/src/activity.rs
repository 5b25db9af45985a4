//! The invariants of the activity stream beside the book: every byte, every record decoded.

use std::collections::HashSet;
use std::ops::ControlFlow;

use tuanzhang_core::activity::ActivityRecord;
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, Coverage, Store, TreeHead};
use tuanzhang_wire::activity;

use crate::Rule;
use crate::error::{AuditError, chain};
use crate::finding::{Finding, Findings};
use crate::pass::damage_is_a_finding as found_damage;
use crate::pass::prepare::hex;

/// What was looked at of the activity beside a book.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActivityCovered {
    /// What the store has read of its own bytes; none where it found damage.
    pub stored: Option<Coverage>,
    /// Size and root over the records that were read.
    pub head: TreeHead,
    /// Things that happened.
    pub entries: u64,
    /// Bytes of all records.
    pub record_bytes: u64,
}

/// What was looked at of a stream.
#[derive(Debug)]
struct Stream {
    /// None where the store found damage.
    stored: Option<Coverage>,
    tree: Edge,
    entries: u64,
    record_bytes: u64,
    batches: HashSet<[u8; 16]>,
    encoded: Vec<u8>,
}

/// Audits the stream beside a book; none where nothing was ever appended to it.
pub(crate) fn audit(
    book: &dyn Store,
    key: BookKey,
    findings: &mut Findings,
) -> Result<Option<ActivityCovered>, AuditError> {
    let Some(store) = found_damage(book.activity(), findings)? else {
        return Ok(Some(Stream::new(None).covered()));
    };
    let Some(books) = found_damage(store.books(), findings)? else {
        return Ok(Some(Stream::new(None).covered()));
    };
    if let [other] = books.as_slice()
        && *other != key
    {
        findings.add(Finding::of_book(Rule::ActivityBook, key, other).place("activity".into()));
    }
    let stored = found_damage(store.verify(key), findings)?;
    if stored == Some(Coverage::EMPTY) {
        return Ok(None);
    }
    let mut stream = Stream::new(stored);
    // As far as was verified; without that, as far as it can be read.
    let to = stored.map_or(u64::MAX, |stored| stored.head.size);
    let read = store.read(key, 1, &mut |position, bytes| {
        stream.check(position, bytes, findings);
        if position >= to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    // The same damage is hit by both passes; it is one finding.
    if let Some(stored) = stored {
        found_damage(read, findings)?;
        stream.check_end(&stored, findings);
    }
    Ok(Some(stream.covered()))
}

impl Stream {
    fn new(stored: Option<Coverage>) -> Self {
        let (tree, batches, encoded) = (Edge::new(), HashSet::new(), Vec::new());
        Self { stored, tree, entries: 0, record_bytes: 0, batches, encoded }
    }

    fn check(&mut self, position: u64, bytes: &[u8], findings: &mut Findings) {
        let expected = self.tree.size().saturating_add(1);
        let mut add = |rule, expected: String, found: String| {
            let finding = Finding::of_record(rule, position, expected, found);
            findings.add(finding.place("activity".into()));
        };
        if position != expected {
            add(Rule::PositionsGapless, expected.to_string(), position.to_string());
        }
        self.tree.push(leaf_hash(bytes));
        self.record_bytes =
            self.record_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let record = match activity::decode(bytes) {
            Ok(record) => record,
            Err(error) => return add(Rule::Decodes, "an activity record".into(), chain(&error)),
        };
        let entries = u64::try_from(record.entries.len()).unwrap_or(u64::MAX);
        self.entries = self.entries.saturating_add(entries);
        if !activity::is_encoding_of(bytes, &record, &mut self.encoded) {
            let at = self.encoded.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            add(Rule::EncodesTheSame, hex(&self.encoded, at), hex(bytes, at));
        }
        let ActivityRecord { position: says, recorded_at, batch, entries } = record;
        if says.get() != position {
            add(Rule::PositionsGapless, position.to_string(), says.to_string());
        }
        if !self.batches.insert(batch.to_bytes()) {
            add(Rule::BatchesOnce, "a batch of its own".into(), batch.to_string());
        }
        if let Some(late) = entries.iter().find(|happened| happened.at > recorded_at) {
            let expected = format!("entries at most {recorded_at}");
            add(Rule::RecordedAfterItHappened, expected, late.at.to_string());
        }
    }

    fn check_end(&self, stored: &Coverage, findings: &mut Findings) {
        let head = self.tree.head();
        if head != stored.head {
            let finding = Finding::of_book(Rule::Root, stored.head.root, head.root);
            findings.add(finding.place("activity".into()));
        }
    }

    fn covered(&self) -> ActivityCovered {
        let Self { stored, entries, record_bytes, .. } = *self;
        ActivityCovered { stored, head: self.tree.head(), entries, record_bytes }
    }
}

#[cfg(test)]
mod tests {
    use tuanzhang_core::activity::{Happened, Left};
    use tuanzhang_core::{BatchId, BuyerId, Position, Time};
    use tuanzhang_log::MemoryStore;

    use super::*;

    const BOOK: BookKey = BookKey([1; 16]);

    fn record(position: u64, batch: u8, at: i64) -> ActivityRecord {
        let left = Left { member: BuyerId::from_bytes([7; 16]) };
        let at = Time::from_micros(at);
        ActivityRecord {
            position: Position::new(position),
            recorded_at: Time::from_micros(100),
            batch: BatchId::from_bytes([batch; 16]),
            entries: vec![Happened { at, activity: left.into() }; 2],
        }
    }

    /// What an audit finds in these records: rule and position.
    #[track_caller]
    fn check(bytes: &[Vec<u8>], expected: &[(Rule, u64)]) {
        let store = MemoryStore::new();
        let records: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        store.activity().unwrap().append(BOOK, 0, &records).unwrap();
        let mut findings = Findings::default();
        let stream = audit(&store, BOOK, &mut findings).unwrap().unwrap();
        let found = findings.kept().iter().map(|found| (found.rule, found.position.unwrap()));
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(stream.head.size, u64::try_from(bytes.len()).unwrap());
    }

    fn encoded(record: &ActivityRecord) -> Vec<u8> {
        activity::encode(record).unwrap()
    }

    #[test]
    fn a_sound_stream_has_no_finding_and_each_rule_is_broken_by_one_record() {
        let first = encoded(&record(1, 1, 100));
        check(&[first.clone(), encoded(&record(2, 2, 50))], &[]);
        check(&[first.clone(), encoded(&record(3, 2, 50))], &[(Rule::PositionsGapless, 2)]);
        check(&[first.clone(), encoded(&record(2, 1, 50))], &[(Rule::BatchesOnce, 2)]);
        let late = encoded(&record(2, 2, 101));
        check(&[first.clone(), late], &[(Rule::RecordedAfterItHappened, 2)]);
        let mut longer = encoded(&record(2, 2, 50));
        let behind = longer.len() - 1;
        assert_eq!(longer.pop(), Some(2), "the id of the first entry");
        longer.push(1);
        longer.extend([7; 16]);
        check(&[first.clone(), longer.clone()], &[(Rule::EncodesTheSame, 2)]);
        check(&[first, longer[..behind].to_vec()], &[(Rule::Decodes, 2)]);
    }

    #[test]
    fn a_book_without_activity_costs_nothing() {
        let mut findings = Findings::default();
        assert!(audit(&MemoryStore::new(), BOOK, &mut findings).unwrap().is_none());
        assert!(findings.is_empty());
    }

    #[test]
    fn another_books_stream_is_a_finding() {
        let store = MemoryStore::new();
        let streams = store.activity().unwrap();
        streams.append(BookKey([2; 16]), 0, &[&encoded(&record(1, 1, 1))]).unwrap();
        let mut findings = Findings::default();
        assert!(audit(&store, BOOK, &mut findings).unwrap().is_none());
        assert_eq!(findings.kept().first().map(|found| found.rule), Some(Rule::ActivityBook));
    }
}
