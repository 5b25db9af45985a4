//! An audit of a book: every byte read, every record decided again, every invariant checked from the events alone.
//!
//! [`audit`] reads a book in any store and says what is wrong ([`Finding`]: position, event, rule, both values), what it
//! covered ([`Covered`]), and what no rule forbids but an auditor looks at ([`ToLookAt`]). It writes nothing and runs
//! beside a writer. docs/audit.md has every rule, and what catches which tampering.
//!
//! - `pass`: one pass over the records, on several threads; `replay` decides again and folds.
//! - [`invariants`]: the second opinion, a fold of its own that asks neither the rules nor core's state.
//! - [`look`]: approvals, self-purchases, adjustments.
//!
//! One finding never hides another, but a record that can't be folded ends the replay: what follows is then checked
//! as bytes only, and the coverage says so.
//!
//! Memory: the book's state and some 400 bytes an order for the second opinion; findings and lists are bounded.
//!
//! ```
//! use tuanzhang_audit::{Options, audit};
//! use tuanzhang_log::{BookKey, MemoryStore};
//!
//! let audited = audit(&MemoryStore::new(), BookKey([7; 16]), Options::default())?;
//! assert!(audited.is_sound());
//! assert_eq!(audited.covered.head.size, 0);
//! # Ok::<(), tuanzhang_audit::AuditError>(())
//! ```

mod activity;
mod against;
mod difference;
mod error;
mod finding;
pub mod invariants;
pub mod look;
mod pass;
mod rule;

use tuanzhang_core::money::Decimals;
use tuanzhang_log::{BookKey, Coverage, Store, TreeHead};
use tuanzhang_proof::Checkpoint;

pub use activity::ActivityCovered;
pub use against::{Compared, removed};
pub use error::AuditError;
pub use finding::{FINDINGS_MAX, Finding, Findings};
pub use look::{Look, ToLookAt};
pub use rule::Rule;

use against::Against;
use invariants::Invariants;
use look::Looking;

/// What no audit of a book alone can know.
pub const UNKNOWABLE: &[&str] = &[
    "whether the money is at the channels: compare with their bills",
    "whether something happened that nobody recorded",
    "whether the whole log was replaced, or its last frames cut off, by somebody who wrote it anew: \
     keep its checkpoint elsewhere and audit against it",
    "whether the activity beside the book was removed, cut or written anew: it is in no checkpoint",
    "what else stands in a database beside the records: views, triggers, names of kinds",
    "whether the actors were who they said, and the times true: the app vouched for both",
];

/// How to audit.
#[derive(Default)]
#[non_exhaustive]
pub struct Options<'a> {
    against: Vec<(String, Checkpoint)>,
    list: Option<&'a mut dyn FnMut(&Look)>,
    progress: Option<&'a mut dyn FnMut(u64)>,
}

impl<'a> Options<'a> {
    /// Compares with a checkpoint that was kept elsewhere: the book must continue it. `label` names it in findings.
    /// Every book continues one of no records, so it proves nothing.
    #[must_use]
    pub fn against(mut self, label: impl Into<String>, checkpoint: Checkpoint) -> Self {
        self.against.push((label.into(), checkpoint));
        self
    }

    /// Gives each record that is to be looked at, in order, as it comes.
    #[must_use]
    pub fn list(mut self, list: &'a mut dyn FnMut(&Look)) -> Self {
        self.list = Some(list);
        self
    }

    /// Tells now and then how many more records were looked at.
    #[must_use]
    pub fn progress(mut self, progress: &'a mut dyn FnMut(u64)) -> Self {
        self.progress = Some(progress);
        self
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("against", &self.against).finish_non_exhaustive()
    }
}

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Covered {
    /// What the store has read of its own bytes; none where it found damage: then all else is of what stands before.
    pub stored: Option<Coverage>,
    /// Size and root over the records that were read.
    pub head: TreeHead,
    /// Bytes of all records.
    pub record_bytes: u64,
    /// Events in all records.
    pub events: u64,
    /// Records that were folded.
    pub replayed: u64,
    /// Records whose command was decided again.
    pub decided: u64,
    /// Records that the invariants were held against.
    pub held: u64,
    /// Where the replay had to end.
    pub ended: Option<u64>,
}

/// What an audit came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Audit {
    /// The book.
    pub book: BookKey,
    /// What is wrong.
    pub findings: Findings,
    /// What was looked at.
    pub covered: Covered,
    /// What no rule forbids.
    pub to_look_at: ToLookAt,
    /// The checkpoints that were kept elsewhere, by size.
    pub against: Vec<Compared>,
    /// The activity beside the book; none where there is none.
    pub activity: Option<ActivityCovered>,
    /// Of the book's currency; none where no record opens the book.
    pub decimals: Option<Decimals>,
}

impl Audit {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// The checkpoint of what was audited, to keep elsewhere; none where bytes are damaged or the trees differ, or
    /// where there is no record.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let whole = |stored: &Coverage| stored.head == self.covered.head && stored.head.size > 0;
        let stored = self.covered.stored.filter(whole);
        stored.map(|stored| Checkpoint::of_book(self.book, stored.head))
    }
}

/// Audits a book. Damage is a finding; so is everything else that is wrong with it.
///
/// # Errors
/// Only where the audit couldn't be carried out: the store can't be reached.
pub fn audit(store: &dyn Store, book: BookKey, options: Options<'_>) -> Result<Audit, AuditError> {
    let Options { against, list, mut progress } = options;
    let mut invariants = Invariants::new();
    let mut looking = Looking::listing(list);
    let mut broken = Findings::default();
    let mut held = 0_u64;
    let passed = pass::pass(
        store,
        book,
        Against::new(book, against),
        &mut |position, record| {
            held = held.saturating_add(1);
            for said in invariants.record(record) {
                let finding = Finding::of_record(said.rule, position, said.expected, said.found);
                broken.add(finding.event(said.event).place(said.about));
            }
            looking.record(position, record, &invariants);
        },
        &mut |records| {
            if let Some(progress) = &mut progress {
                progress(records);
            }
        },
    )?;
    let mut findings = passed.findings;
    findings.merge(broken);
    findings.merge(passed.against.findings());
    let mut beside = Findings::default();
    let activity = activity::audit(store, book, &mut beside)?;
    findings.merge(beside);
    Ok(Audit {
        book,
        findings,
        covered: Covered {
            stored: passed.stored,
            head: passed.head,
            record_bytes: passed.record_bytes,
            events: passed.events,
            replayed: passed.replayed,
            decided: passed.decided,
            held,
            ended: passed.ended,
        },
        to_look_at: looking.done(),
        against: passed.against.compared(),
        activity,
        decimals: invariants.decimals(),
    })
}
