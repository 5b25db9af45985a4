//! How what a file shows stands to a checkpoint that somebody kept.

use tuanzhang_log::TreeHead;
use tuanzhang_proof::{Shown, SignedCheckpoint};

/// How two checkpoints stand to each other, as far as it was shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    /// They are the same.
    Same,
    /// The file's continues the one that was kept.
    Continues,
    /// The one that was kept continues the file's.
    ContinuedBy,
    /// They are of the same size and differ: the book was given two histories.
    Contradicts,
    /// They are of different books.
    OtherBook,
    /// Nothing given shows it.
    NotShown,
}

/// The checkpoints of a file: its own, and the older one that it continues.
pub(crate) fn checkpoints(shown: &Shown) -> (&SignedCheckpoint, Option<&SignedCheckpoint>) {
    match shown {
        Shown::Receipt(verified) => (&verified.checkpoint, verified.since.as_ref()),
        Shown::Growth(grown) => (&grown.checkpoint, Some(&grown.since)),
    }
}

fn head(checkpoint: &SignedCheckpoint) -> TreeHead {
    checkpoint.checkpoint().head()
}

/// Whether two files were given two histories: checkpoints of one origin and size with different roots.
pub(crate) fn contradict(one: &Shown, other: &Shown) -> bool {
    let all = |shown| {
        let (own, since) = checkpoints(shown);
        std::iter::once(own).chain(since)
    };
    let differ = |a: &SignedCheckpoint, b: &SignedCheckpoint| {
        let (a, b) = (a.checkpoint(), b.checkpoint());
        a.origin() == b.origin() && a.head().size == b.head().size && a.head().root != b.head().root
    };
    all(one).any(|a| all(other).any(|b| differ(a, b)))
}

/// What continues what, of all files given.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Older, newer.
    steps: Vec<(TreeHead, TreeHead)>,
}

impl Chain {
    pub(crate) fn of<'s>(shown: impl Iterator<Item = &'s Shown>) -> Self {
        let step = |shown| {
            let (own, since) = checkpoints(shown);
            Some((head(since?), head(own)))
        };
        Self { steps: shown.filter_map(step).collect() }
    }

    /// Whether steps lead from one head to the other. Steps of other books have other roots, so a head that
    /// is equal is of this one.
    fn leads(&self, from: TreeHead, to: TreeHead) -> bool {
        let (mut reached, mut next) = (vec![from], vec![from]);
        while let Some(at) = next.pop() {
            if at == to {
                return true;
            }
            for (_, newer) in self.steps.iter().filter(|(older, _)| *older == at) {
                if !reached.contains(newer) {
                    reached.push(*newer);
                    next.push(*newer);
                }
            }
        }
        false
    }
}

impl Link {
    /// Compares what a file shows with what was kept, over the steps of all files.
    pub(crate) fn of(kept: &SignedCheckpoint, shown: &Shown, chain: &Chain) -> Self {
        let (own, since) = checkpoints(shown);
        if kept.checkpoint().origin() != own.checkpoint().origin() {
            return Self::OtherBook;
        }
        let (kept, own) = (head(kept), head(own));
        if own.size == kept.size {
            return if own == kept { Self::Same } else { Self::Contradicts };
        }
        if since.map(head).is_some_and(|since| since.size == kept.size && since != kept) {
            Self::Contradicts
        } else if chain.leads(kept, own) {
            Self::Continues
        } else if chain.leads(own, kept) {
            Self::ContinuedBy
        } else {
            Self::NotShown
        }
    }

    pub(crate) const fn holds(self) -> bool {
        match self {
            Self::Same | Self::Continues | Self::ContinuedBy => true,
            Self::Contradicts | Self::OtherBook | Self::NotShown => false,
        }
    }

    /// The word in JSON.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Continues => "continues",
            Self::ContinuedBy => "continued_by",
            Self::Contradicts => "contradicts",
            Self::OtherBook => "other_book",
            Self::NotShown => "not_shown",
        }
    }

    /// For people.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Same => "is the checkpoint that you kept",
            Self::Continues => "continues the checkpoint that you kept",
            Self::ContinuedBy => "is continued by the checkpoint that you kept",
            Self::Contradicts => {
                "CONTRADICTS the checkpoint that you kept: the book was given two histories"
            }
            Self::OtherBook => "is of another book than the checkpoint that you kept",
            Self::NotShown => {
                "is not shown to agree with the checkpoint that you kept: ask for a receipt --since it, or for \
                 the growth between the two (checkpoint --since)"
            }
        }
    }
}
