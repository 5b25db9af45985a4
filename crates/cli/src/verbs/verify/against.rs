//! How what a file shows stands to a checkpoint that somebody kept.

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

impl Link {
    /// Compares what a file shows with what was kept, over these growths if they join the two.
    pub(crate) fn of(
        kept: &SignedCheckpoint,
        shown: &Shown,
        growths: &[(SignedCheckpoint, SignedCheckpoint)],
    ) -> Self {
        let (own, since) = match shown {
            Shown::Receipt(verified) => (&verified.checkpoint, verified.since.as_ref()),
            Shown::Growth(grown) => (&grown.checkpoint, Some(&grown.since)),
        };
        let kept = kept.checkpoint();
        if kept.origin() != own.checkpoint().origin() {
            return Self::OtherBook;
        }
        let head = |checkpoint: &SignedCheckpoint| checkpoint.checkpoint().head();
        let (kept, own) = (kept.head(), head(own));
        let known = |other| if other == kept { Self::Same } else { Self::Contradicts };
        if own.size == kept.size {
            return known(own);
        }
        if let Some(since) = since.map(head).filter(|since| since.size == kept.size) {
            return if since == kept { Self::Continues } else { Self::Contradicts };
        }
        // Growths of other books have other roots, so a head that is equal is of this one.
        let joins =
            |from, to| growths.iter().any(|(old, new)| head(old) == from && head(new) == to);
        if joins(kept, own) {
            Self::Continues
        } else if joins(own, kept) {
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
