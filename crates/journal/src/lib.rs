//! The embedded store: one book in one directory of append-only files, synced once an append.
//!
//! ```
//! use tuanzhang_journal::Journal;
//! use tuanzhang_log::{BookKey, Store};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("liu");
//! let journal = Journal::at(&path)?;
//! let book = BookKey(*b"the book of liu.");
//! let head = journal.append(book, 0, &[b"first", b"second"])?;
//! assert_eq!(head.size, 2);
//! journal.close()?;
//!
//! let journal = Journal::read_only(&path)?;
//! assert_eq!(journal.read_one(book, 2)?, Some(b"second".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Shape
//! `head` (12 KiB: version, book, two slots that vouch for the last frame), the segments
//! `00000001.seg`, `00000002.seg`, … (frames; zeroes behind the last), `lock`. Each frame is one
//! append with its checksum and the root of the book's tree before it; `docs/format.md` has the
//! bytes. The book's activity stream is a journal of its own in the folder `activity`
//! ([`ActivityStream`]), with a lock and a key of its own, and not there before the first append to
//! it.
//!
//! Segments have 64 KiB, 128 KiB, … 64 MiB. When one is half full, the next is zeroed and synced
//! beside the writer, in a file `next`; a full one is cut to its frames before that gets its number.
//! [`Journal::close`] and [`Journal::trim`] give the room ahead back: a closed book has the length
//! of its frames.
//!
//! # Cost
//! An append: two hashes a record, one write, one `fdatasync`, one write of 68 bytes that is
//! not waited for; at the start of a segment, two syncs more. Opening and `verify`: one pass over
//! all bytes, segments read and hashed in as many threads as the machine has cores. A read: from an
//! index with an entry for each 16 KiB or more of frames, so `read_one` reads 16 KiB or one frame.
//! Disk: an open book has up to half its length in zeroes in its last segment, and as much again,
//! twice, in the next.
//!
//! # Limits
//! Those of the log. One writing handle at a time (`lock`), also against other processes; a
//! network file system is refused where the system tells. Linux is promised and fault-tested.
//!
//! # What a fault leaves
//! - A killed process, a power loss: every answered append, and of the one that was not
//!   answered all or nothing. A torn one is cut at the next opening and kept in a file beside
//!   ([`Journal::recovery`]).
//! - A byte that changes on the disk: opening, reading or `verify` names file and offset.
//!   Nothing is cut that a slot or a later frame vouches for. Only when power is lost within
//!   moments of an answer, before the system has written the slot out, does nothing but its
//!   own checksum vouch for the last frame.
//! - A failed write or sync: the answer is `Unknown` (or `Unavailable`, when nothing of the
//!   records was written), and the handle writes nothing any more; reading goes on. Drop it
//!   and open again.

mod activity;
mod digest;
pub mod disk;
mod error;
mod fold;
mod follower;
mod format;
mod frames;
mod journal;
mod numbers;
mod opening;
mod place;
mod room;
mod salvage;
mod segments;
#[cfg(any(test, feature = "simulation"))]
pub mod simulation;
mod tail;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use activity::ActivityStream;
pub use error::{CloseError, OpenError};
pub use journal::Journal;
pub use opening::{Cut, Recovery};
pub use salvage::{KeysOf, Missing, Remains, Salvage};
