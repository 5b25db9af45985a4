//! Records as bytes, for ever: what is hashed and kept, the same in every store.
//!
//! - [`encode`], [`encode_into`]: a record's one encoding.
//! - [`decode`], [`decode_head`]: a record, whatever released version wrote it; or why not.
//! - [`reencodes`], [`is_encoding_of`]: whether bytes are that one encoding, for audits.
//! - [`activity`]: the same for the records of the activity stream.
//! - [`book_key`], [`book_id`]: a book's name here and at the store.
//!
//! Shape: a fixed-width head, then events as (kind, schema, length, payload); docs/format.md is enough
//! to write a reader. Cost: one pass each way; texts are borrowed, lists are copied once. Limits: 1 MiB
//! a record, 16 MiB declared by a payload. Nothing is skipped: an unknown kind, schema, choice or
//! layout flag is an error that says so.
//!
//! ```
//! use tuanzhang_core::event::PayoutRequested;
//! use tuanzhang_core::{Actor, Head, Money, PartyId, PayoutId, Position, Record, RulesVersion, Time};
//!
//! let (payout, party) = (PayoutId::from_bytes([7; 16]), PartyId::from_bytes([2; 16]));
//! let head = Head {
//!     position: Position::new(42),
//!     at: "2021-12-01T08:00:00+08:00".parse()?,
//!     occurred_at: None,
//!     actor: Actor::Leader(party),
//!     rules: RulesVersion::CURRENT,
//! };
//! let event = PayoutRequested { payout, party, amount: Money::from_minor(9450)? };
//! let record = Record { head, events: vec![event.into()] };
//!
//! let bytes = tuanzhang_wire::encode(&record)?;
//! assert_eq!(bytes.len(), 82);
//! assert_eq!(tuanzhang_wire::decode(&bytes)?, record);
//! assert!(tuanzhang_wire::reencodes(&bytes)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod activity;
mod convert;
mod error;
mod payload;
mod record;
mod upcast;
mod v1;

pub use error::{DecodeError, EncodeError};
pub use record::{decode, decode_head, encode, encode_into, is_encoding_of, reencodes};
pub use upcast::SHIPPED;

use tuanzhang_core::BookId;
use tuanzhang_log::BookKey;

/// The level that new books get, and the highest that this version reads.
pub const LEVEL: u16 = 1;

/// The book's name at the store.
pub const fn book_key(book: BookId) -> BookKey {
    BookKey(book.to_bytes())
}

/// The book that a store's name means.
pub const fn book_id(key: BookKey) -> BookId {
    BookId::from_bytes(key.0)
}
