//! What every store of books promises, and the tree that makes a book tamper-evident.
//!
//! A store keeps books; a book is a list of records with the positions 1, 2, 3, …; a record
//! is bytes. This crate knows no event, no clock and no other crate of the house.
//!
//! # The six promises
//!
//! 1. **An append is all or nothing**: its records get the next positions together, or none
//!    of them is ever seen, whatever fails and whenever the process dies.
//! 2. **An answered append is durable** at the level that [`Store::guarantees`] names, and
//!    no record can be read before it is, or disappears after it was read.
//! 3. **A race is lost openly**: an append names the last position it knows; if that is no
//!    longer the last, nothing is written and the answer names both; there is no value for
//!    "don't check".
//! 4. **Reads are gapless and in order**: every position up to the head has exactly one
//!    record for ever, and reading goes on beside the writer.
//! 5. **Damage is noticed and named**: bytes that nobody wrote are an error with a place,
//!    never skipped, never served; [`Store::verify`] looks at all of them.
//! 6. **Errors say what to do**: raced, unknown, unavailable, damaged and refused are
//!    different types of answer, in every adapter.
//!
//! [`copy`] takes a book from one store to another. The conformance kit (module `conformance`, feature of
//! the same name) holds an adapter to them.

pub mod copy;
mod error;
mod hash;
mod limits;
pub mod memory;
mod store;
pub mod tree;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use error::{AppendError, Cause, Damage, ReadError};
pub use hash::{BookKey, Hash, NotAHash};
pub use limits::{APPEND_BYTES_MAX, APPEND_RECORDS_MAX, RECORD_BYTES_MAX, check as check_limits};
pub use memory::MemoryStore;
pub use store::{Coverage, Durability, Guarantees, Store, TreeHead, Turn, Visitor, Writers};
