//! Making receipts and growths out of a store.
//!
//! Cost: the head for a checkpoint; one reading of the book for a growth; for a receipt one more up to the
//! record that placed the order. Memory: the records of the receipt and the hashes of their proofs. Nothing
//! is written. The store's records are believed: whether they are a sound book is for an audit to say, and
//! a proof of them holds against their own root in any case.

use std::ops::ControlFlow;

use tuanzhang_core::{CampaignId, OrderId, Record};
use tuanzhang_log::tree::{Proofs, Prover, leaf_hash};
use tuanzhang_log::{BookKey, ReadError, Store, TreeHead};
use tuanzhang_wire as wire;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::file::{Growth, NotAFile, Proven, RECEIPT_BYTES_MAX, Receipt, Since};
use crate::touch::{Touch, placed_in};

/// Why there is no receipt, or no growth.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// A record that this version can't read.
    #[error("record {position} can't be read: {error}; run an audit")]
    Record {
        /// Its place.
        position: u64,
        /// Why.
        #[source]
        error: wire::DecodeError,
    },
    /// No record places the order.
    #[error("the book has no order {order}")]
    UnknownOrder {
        /// Which one was asked for.
        order: OrderId,
    },
    /// Too many records tell of it.
    #[error(transparent)]
    TooLarge(#[from] NotAFile),
    /// The older checkpoint is of another log.
    #[error("the older checkpoint is of {origin}, not of this book")]
    OtherOrigin {
        /// Its origin.
        origin: String,
    },
    /// The older checkpoint is of an empty book, or of more records than there are.
    #[error(
        "the older checkpoint is of {old} records, this book has {size}; only 1 to {size} can be shown to be continued"
    )]
    NoSuchSize {
        /// Its size.
        old: u64,
        /// The book's.
        size: u64,
    },
    /// The book is not that of the older checkpoint: its past was changed.
    #[error(
        "the first {size} records of this book have the root {found}, the older checkpoint {stated}: this is not the book that it was made of"
    )]
    NotContinued {
        /// The older checkpoint's size.
        size: u64,
        /// The root over that many records.
        found: tuanzhang_log::Hash,
        /// The older checkpoint's root.
        stated: tuanzhang_log::Hash,
    },
}

/// Makes the receipt of an order, under the head of now; `since` adds that the book continues an older
/// checkpoint. `seen` is told each position that was read, for a progress bar.
///
/// # Errors
/// [`MakeError`].
pub fn receipt_of(
    store: &(impl Store + ?Sized),
    book: BookKey,
    order: OrderId,
    since: Option<&SignedCheckpoint>,
    seen: &mut dyn FnMut(u64),
) -> Result<Receipt, MakeError> {
    let campaign = campaign_of(store, book, order)?;
    let mut touch = Touch::new(order, campaign);
    let mut taken: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut left = RECEIPT_BYTES_MAX;
    let mut failed = None;
    let proofs = prove(store, book, since, &mut |position, bytes| {
        seen(position);
        let belongs = match decoded(position, bytes) {
            Ok(record) => !touch.told_by(&record).is_empty(),
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        if belongs {
            // What can't be a receipt any more isn't collected further.
            let Some(rest) = left.checked_sub(bytes.len()) else {
                let (bytes, limit) =
                    (bytes.len().saturating_add(RECEIPT_BYTES_MAX), RECEIPT_BYTES_MAX);
                failed = Some(NotAFile::TooLarge { bytes, limit }.into());
                return ControlFlow::Break(());
            };
            left = rest;
            taken.push((position, bytes.to_vec()));
        }
        ControlFlow::Continue(belongs)
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let (head, since) = proofs.shown(since)?;
    let records = taken.into_iter().zip(proofs.proofs.inclusions);
    let proven = |((position, bytes), proof): ((u64, Vec<u8>), tuanzhang_log::tree::Inclusion)| {
        Proven { position, bytes, hashes: proof.hashes }
    };
    let receipt = Receipt {
        book: wire::book_id(book),
        order,
        checkpoint: unsigned(book, head)?,
        since,
        records: records.map(proven).collect(),
    };
    // What would be refused when it is read isn't made.
    receipt.to_json()?;
    Ok(receipt)
}

/// Shows that a book only grew since an older checkpoint.
///
/// # Errors
/// [`MakeError`].
pub fn growth_of(
    store: &(impl Store + ?Sized),
    book: BookKey,
    since: &SignedCheckpoint,
    seen: &mut dyn FnMut(u64),
) -> Result<Growth, MakeError> {
    let proofs = prove(store, book, Some(since), &mut |position, _| {
        seen(position);
        ControlFlow::Continue(false)
    })?;
    let (head, shown) = proofs.shown(Some(since))?;
    let no_such_size = MakeError::NoSuchSize { old: 0, size: head.size };
    let since = shown.ok_or(no_such_size)?;
    Ok(Growth { book: wire::book_id(book), checkpoint: unsigned(book, head)?, since })
}

/// Says of each record whether it is to be proven, or breaks.
type Judge<'j> = dyn FnMut(u64, &[u8]) -> ControlFlow<(), bool> + 'j;

/// What one reading of a book gave.
struct Shown {
    proofs: Proofs,
    /// Head of the book when it had as many records as the older checkpoint.
    old: Option<TreeHead>,
}

/// Reads a book.
fn prove(
    store: &(impl Store + ?Sized),
    book: BookKey,
    since: Option<&SignedCheckpoint>,
    judge: &mut Judge<'_>,
) -> Result<Shown, MakeError> {
    if let Some(other) = since.filter(|since| since.checkpoint().book() != Some(book)) {
        return Err(MakeError::OtherOrigin { origin: other.checkpoint().origin().to_owned() });
    }
    let asked = since.map(|since| since.checkpoint().head().size);
    let mut prover = Prover::default();
    let mut old = None;
    store.read(book, 1, &mut |position, bytes| {
        match judge(position, bytes) {
            ControlFlow::Break(()) => return ControlFlow::Break(()),
            ControlFlow::Continue(true) => prover.push_proven(leaf_hash(bytes)),
            ControlFlow::Continue(false) => prover.push(leaf_hash(bytes)),
        }
        if asked == Some(position) {
            old = Some(prover.grow_from_here());
        }
        ControlFlow::Continue(())
    })?;
    Ok(Shown { proofs: prover.finish(), old })
}

impl Shown {
    /// The head of now, and that it continues what was asked for.
    fn shown(
        &self,
        since: Option<&SignedCheckpoint>,
    ) -> Result<(TreeHead, Option<Since>), MakeError> {
        let head = self.proofs.head;
        let Some(since) = since else { return Ok((head, None)) };
        let stated = since.checkpoint().head();
        let no_such_size = MakeError::NoSuchSize { old: stated.size, size: head.size };
        let found = self.old.ok_or(no_such_size)?;
        if found != stated {
            let (size, found, stated) = (stated.size, found.root, stated.root);
            return Err(MakeError::NotContinued { size, found, stated });
        }
        let hashes = self.proofs.growths.first().map(|growth| growth.hashes.clone());
        let hashes = hashes.unwrap_or_default();
        Ok((head, Some(Since { checkpoint: since.clone(), hashes })))
    }
}

fn unsigned(book: BookKey, head: TreeHead) -> Result<SignedCheckpoint, MakeError> {
    SignedCheckpoint::unsigned(Checkpoint::of_book(book, head))
        .map_err(|error| NotAFile::Checkpoint { field: "checkpoint", error: error.into() }.into())
}

/// The campaign of an order: reads up to the record that placed it.
fn campaign_of(
    store: &(impl Store + ?Sized),
    book: BookKey,
    order: OrderId,
) -> Result<CampaignId, MakeError> {
    let mut found = Err(MakeError::UnknownOrder { order });
    let id = order.to_bytes();
    store.read(book, 1, &mut |position, bytes| {
        // An id stands in a record as its 16 bytes: what doesn't have them needs no decoding.
        if !bytes.windows(id.len()).any(|window| window == id) {
            return ControlFlow::Continue(());
        }
        match decoded(position, bytes).map(|record| placed_in(&record, order)) {
            Ok(None) => return ControlFlow::Continue(()),
            Ok(Some(campaign)) => found = Ok(campaign),
            Err(error) => found = Err(error),
        }
        ControlFlow::Break(())
    })?;
    found
}

fn decoded(position: u64, bytes: &[u8]) -> Result<Record, MakeError> {
    wire::decode(bytes).map_err(|error| MakeError::Record { position, error })
}

/// A book's checkpoint as its store states it.
///
/// # Errors
/// The store can't be read.
pub fn checkpoint_of(
    store: &(impl Store + ?Sized),
    book: BookKey,
) -> Result<Checkpoint, ReadError> {
    Ok(Checkpoint::of_book(book, store.head(book)?))
}
