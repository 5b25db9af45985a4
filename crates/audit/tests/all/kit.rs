//! Books to audit, and the audits of them.

use tuanzhang_audit::{Audit, Options, audit};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Event, Head, Record, RulesVersion};
use tuanzhang_log::{BookKey, MemoryStore, Store, TreeHead};
use tuanzhang_proof::Checkpoint;
use tuanzhang_testkit::life::Life;
use tuanzhang_wire as wire;

/// The records of a whole life: so many commands, those that were accepted.
pub(crate) fn life(seed: u64, commands: usize) -> Vec<Record> {
    let (mut book, mut records) = (Book::default(), Vec::new());
    for sent in Life::new(seed).take(commands) {
        let decided = decide(&book, sent.at, sent.occurred_at, sent.actor, &sent.command);
        let Decision::Accepted(events) = decided else { continue };
        let head = Head {
            position: book.position().next(),
            at: sent.at,
            occurred_at: sent.occurred_at,
            actor: sent.actor,
            rules: RulesVersion::CURRENT,
        };
        let record = Record { head, events };
        apply(&mut book, &record).unwrap();
        records.push(record);
    }
    records
}

pub(crate) fn key(records: &[Record]) -> BookKey {
    let Event::BookOpened(opened) = &records[0].events[0] else { panic!("no book") };
    wire::book_key(opened.book)
}

pub(crate) fn encoded(records: &[Record]) -> Vec<Vec<u8>> {
    records.iter().map(|record| wire::encode(record).unwrap()).collect()
}

/// These bytes as a book, its tree computed anew.
pub(crate) fn store(key: BookKey, bytes: &[Vec<u8>]) -> MemoryStore {
    let store = MemoryStore::new();
    append(&store, key, bytes);
    store
}

/// Appends these bytes, a few at a time.
pub(crate) fn append(store: &dyn Store, key: BookKey, bytes: &[Vec<u8>]) {
    let mut size = store.head(key).unwrap().size;
    for some in bytes.chunks(5) {
        let some: Vec<&[u8]> = some.iter().map(Vec::as_slice).collect();
        size = store.append(key, size, &some).unwrap().size;
    }
}

pub(crate) fn audited(key: BookKey, bytes: &[Vec<u8>]) -> Audit {
    audit(&store(key, bytes), key, Options::default()).unwrap()
}

/// The same, against a checkpoint that was kept of another state of the book.
pub(crate) fn audited_against(key: BookKey, bytes: &[Vec<u8>], kept: TreeHead) -> Audit {
    let options = Options::default().against("kept", Checkpoint::of_book(key, kept));
    audit(&store(key, bytes), key, options).unwrap()
}

pub(crate) fn head(key: BookKey, bytes: &[Vec<u8>]) -> TreeHead {
    store(key, bytes).head(key).unwrap()
}

/// The rules of all findings that were kept, each once, in the order in which they are told.
pub(crate) fn rules(audit: &Audit) -> Vec<&'static str> {
    let mut rules = Vec::new();
    for finding in audit.findings.kept() {
        if !rules.contains(&finding.rule.name()) {
            rules.push(finding.rule.name());
        }
    }
    rules
}

/// Random numbers from a seed (splitmix64).
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}
