//! Bytes as a receipt, a growth, a checkpoint or a signed note.

use tuanzhang_log::TreeHead;
use tuanzhang_log::tree::{Prover, leaf_hash};
use tuanzhang_proof::{Checkpoint, File, Note, Receipt, Refused, Shown, SignedCheckpoint, verify};
use tuanzhang_wire::book_key;

/// Where a record says its position.
const POSITION: std::ops::Range<usize> = 3..11;

/// Bytes as each of them: refused in few words, or read and written as they are; a receipt is checked as it
/// stands, and once more with its tree made right, so that what only a hash would stop is looked at too.
pub(crate) fn receipt(bytes: &[u8]) -> u64 {
    let notes = u64::from(note(bytes)) + u64::from(checkpoint(bytes));
    let file = match verify(bytes) {
        Err(Refused::Unreadable(error)) => {
            short(&error.to_string());
            return notes;
        }
        Err(error) => {
            short(&error.to_string());
            0
        }
        Ok(shown) => told(&shown),
    };
    let parsed = File::parse(bytes).expect("what was checked was read");
    let again = match &parsed {
        File::Receipt(receipt) => receipt.to_json(),
        File::Growth(growth) => growth.to_json(),
    };
    let again = again.expect("what was read is no larger than it may be");
    assert_eq!(File::parse(again.as_bytes()).expect("what was written reads"), parsed);
    let repaired = match parsed {
        File::Receipt(receipt) => receipt_in_a_tree(receipt),
        File::Growth(_) => 0,
    };
    notes + 1 + file + repaired
}

fn short(said: &str) {
    assert!(!said.is_empty() && said.len() < 4_000, "{said}");
}

fn told(shown: &Shown) -> u64 {
    match shown {
        Shown::Receipt(verified) => match verified.story() {
            Ok(story) => {
                assert!(story.steps.len() >= 3, "opened, campaign opened, placed");
                1
            }
            Err(Refused::Overflow) => 0,
            Err(error) => panic!("a receipt that holds tells a story: {error}"),
        },
        Shown::Growth(_) => 1,
    }
}

/// The receipt as if its records were the whole book, from position 1 on: a tree that holds.
fn receipt_in_a_tree(mut receipt: Receipt) -> u64 {
    let mut prover = Prover::default();
    for (position, record) in (1_u64..).zip(&mut receipt.records) {
        record.position = position;
        if let Some(place) = record.bytes.get_mut(POSITION) {
            place.copy_from_slice(&position.to_le_bytes());
        }
        prover.push_proven(leaf_hash(&record.bytes));
    }
    let proofs = prover.finish();
    for (record, proof) in receipt.records.iter_mut().zip(proofs.inclusions) {
        record.hashes = proof.hashes;
    }
    let head: TreeHead = proofs.head;
    let checkpoint = Checkpoint::of_book(book_key(receipt.book), head);
    receipt.checkpoint = SignedCheckpoint::unsigned(checkpoint).expect("three short lines");
    receipt.since = None;
    match receipt.verify() {
        Ok(verified) => told(&Shown::Receipt(Box::new(verified))),
        Err(error @ (Refused::NotInBook { .. } | Refused::OtherOrigin { .. })) => {
            panic!("the tree was made right: {error}")
        }
        Err(error) => {
            short(&error.to_string());
            0
        }
    }
}

fn note(bytes: &[u8]) -> bool {
    match Note::parse(bytes) {
        Ok(note) => {
            assert_eq!(note.to_string().as_bytes(), bytes, "a note has one form");
            true
        }
        Err(error) => {
            short(&error.to_string());
            false
        }
    }
}

fn checkpoint(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    match SignedCheckpoint::parse(text) {
        Ok(signed) => {
            assert_eq!(signed.to_string(), text, "a checkpoint has one form");
            let of_text = Checkpoint::parse(&signed.checkpoint().to_string());
            assert_eq!(of_text.as_ref(), Ok(signed.checkpoint()));
            true
        }
        Err(error) => {
            short(&error.to_string());
            false
        }
    }
}
