//! Proofs about a book that hold without the book. docs/proofs.md has every format byte for byte.
//!
//! - [`Checkpoint`]: a book's origin, size and root as C2SP text: what one keeps elsewhere.
//! - [`Note`]: signed text; [`SignedCheckpoint`]: a checkpoint with the signatures on it, if any.

mod base64;
mod checkpoint;
mod note;

pub use checkpoint::{Checkpoint, NotACheckpoint, SignedCheckpoint};
pub use note::{NOTE_BYTES_MAX, NotANote, Note, SIGNATURES_MAX, Signature};
