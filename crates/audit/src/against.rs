//! Checkpoints that were kept elsewhere: that the book only grew since.

use tuanzhang_log::tree::Edge;
use tuanzhang_log::{BookKey, Hash, TreeHead};
use tuanzhang_proof::Checkpoint;

use crate::Rule;
use crate::finding::{Finding, Findings};

/// A checkpoint, and what the book has in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// Where it was kept, as the caller named it.
    pub label: String,
    /// What was kept.
    pub checkpoint: Checkpoint,
    /// The root over as many records of this book; none where it has fewer.
    pub root: Option<Hash>,
    /// The book is the one that the checkpoint names, and continues it.
    pub holds: bool,
    /// Why it wasn't compared; none where it was.
    pub not_compared: Option<&'static str>,
}

impl Compared {
    /// A checkpoint that nothing could be compared with, since the book is damaged.
    pub fn damaged(label: String, checkpoint: Checkpoint) -> Self {
        Self { label, checkpoint, root: None, holds: false, not_compared: Some(DAMAGED) }
    }
}

/// What a book that isn't there has of checkpoints that were kept of it: nothing, which is a finding for each.
pub fn removed(kept: Vec<(String, Checkpoint)>) -> (Vec<Compared>, Findings) {
    let mut findings = Findings::default();
    let compared = kept.into_iter().map(|(label, checkpoint)| {
        let expected = format!("{} records or more", checkpoint.head().size);
        findings.add(Finding::of_book(Rule::Against, expected, "0 records").place(label.clone()));
        Compared { label, checkpoint, root: None, holds: false, not_compared: None }
    });
    (compared.collect(), findings)
}

/// Why a checkpoint isn't compared behind a damage.
const DAMAGED: &str = "the book is damaged";

/// Compares on the way what is to be compared.
#[derive(Debug)]
pub(crate) struct Against {
    key: BookKey,
    compared: Vec<Compared>,
    reached: u64,
}

impl Against {
    pub(crate) fn new(key: BookKey, kept: Vec<(String, Checkpoint)>) -> Self {
        let compared = kept.into_iter().map(|(label, checkpoint)| {
            let root = (checkpoint.head().size == 0).then_some(TreeHead::EMPTY.root);
            Compared { label, checkpoint, root, holds: false, not_compared: None }
        });
        let mut compared: Vec<_> = compared.collect();
        compared.sort_by_key(|kept| kept.checkpoint.head().size);
        Self { key, compared, reached: 0 }
    }

    /// Looks at the leaves behind a tree: the root where a checkpoint's size lies among them.
    pub(crate) fn see(&mut self, before: &Edge, leaves: &[Hash]) {
        let end = before.size().saturating_add(u64::try_from(leaves.len()).unwrap_or(u64::MAX));
        for kept in &mut self.compared {
            let size = kept.checkpoint.head().size;
            if size <= before.size() || size > end {
                continue;
            }
            let more = usize::try_from(size.saturating_sub(before.size())).unwrap_or(usize::MAX);
            let mut edge = before.clone();
            leaves.iter().take(more).for_each(|leaf| edge.push(*leaf));
            kept.root = Some(edge.root());
        }
    }

    /// `is_whole`: every record could be read.
    pub(crate) fn end(&mut self, head: TreeHead, is_whole: bool) {
        self.reached = head.size;
        let key = self.key;
        for kept in &mut self.compared {
            let same_book = kept.checkpoint.book() == Some(key);
            kept.holds = same_book && kept.root == Some(kept.checkpoint.head().root);
            // Behind the damage nobody knows; another book's checkpoint doesn't hold either way.
            kept.not_compared = (!is_whole && same_book && kept.root.is_none()).then_some(DAMAGED);
        }
    }

    /// What doesn't hold.
    pub(crate) fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        // The last that holds before one that doesn't: what was rewritten stands behind it.
        let mut holds_up_to = 0;
        for kept in &self.compared {
            let TreeHead { size, root } = kept.checkpoint.head();
            if kept.holds {
                holds_up_to = size;
                continue;
            }
            if kept.not_compared.is_some() {
                continue;
            }
            let own = Checkpoint::of_book(self.key, TreeHead::EMPTY);
            let finding = if kept.checkpoint.origin() != own.origin() {
                Finding::of_book(Rule::Against, kept.checkpoint.origin(), own.origin())
            } else if let Some(found) = kept.root {
                let finding = Finding::of_book(Rule::Against, root, found);
                let place = format!(
                    "{}: root over {size} records; altered behind position {holds_up_to}, up to {size}",
                    kept.label
                );
                findings.add(finding.place(place));
                continue;
            } else {
                let found = format!("{} records", self.reached);
                Finding::of_book(Rule::Against, format!("{size} records or more"), found)
            };
            findings.add(finding.place(kept.label.clone()));
        }
        findings
    }

    pub(crate) fn compared(self) -> Vec<Compared> {
        self.compared
    }
}
