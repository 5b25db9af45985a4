//! Proofs about a book that hold without the book. docs/proofs.md has every format byte for byte.
//!
//! - [`Checkpoint`]: a book's origin, size and root as C2SP text: what one keeps elsewhere.
//!   [`SignedCheckpoint`]: with the signatures on it, if any. [`Note`]: signed text of any kind.
//! - [`receipt_of`], [`growth_of`]: out of a store, the story of one order, or that the book only grew.
//! - [`verify`]: either of them checked from its bytes alone; [`Verified::story`]: what it tells.
//! - `SignerKey`, `VerifierKey` (feature `notes`): who signed a checkpoint.
//!
//! A receipt shows that records are in a book as they were written. What it can't show is in
//! [`CANNOT_SHOW`], and is said wherever one is printed.

mod base64;
mod checkpoint;
mod file;
#[cfg(feature = "notes")]
mod key;
mod life;
mod make;
mod note;
mod said;
mod story;
mod touch;
mod verify;
mod words;

pub use checkpoint::{Checkpoint, NotACheckpoint, SignedCheckpoint};
pub use file::{
    File, Growth, NotAFile, Proven, RECEIPT_BYTES_MAX, RECEIPT_RECORDS_MAX, Receipt, Since,
};
#[cfg(feature = "notes")]
pub use key::{NotAKey, NotMade, NotSigned, SignerKey, VerifierKey};
pub use make::{MakeError, checkpoint_of, growth_of, receipt_of};
pub use note::{NOTE_BYTES_MAX, NotANote, Note, SIGNATURES_MAX, Signature};
pub use said::{Piece, Said};
pub use story::{Line, Part, Status, Step, Story, Sums};
pub use verify::{CANNOT_SHOW, Grown, Refused, Shown, Verified, verify};
