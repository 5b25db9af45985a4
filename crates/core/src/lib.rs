//! The rules of **tuanzhang** (团账): commands are decided against a book's state, events record what
//! happened and every fen that moved, folding only adds.
//!
//! - [`command::Command`]: what an actor asks. One file each, beside its rule: `order/place.rs`,
//!   `refund/approve.rs`, …
//! - [`book::decide`]: accepted (events), known (where it was recorded), or a [`Rejection`].
//! - [`book::Book`]: the state, a fold of the records; [`accounting::postings`]: what an event posts.
//!
//! No clock, no I/O, no thread, no randomness: time and ids come in with the commands.

pub mod accounting;
pub mod activity;
pub mod actor;
pub mod book;
pub mod campaign;
pub mod command;
pub mod event;
pub mod id;
#[cfg(feature = "json")]
pub mod json;
pub mod limits;
pub mod money;
pub mod order;
pub mod party;
pub mod payout;
pub mod record;
pub mod refund;
pub mod rejection;
pub mod role;
pub mod text;
pub mod time;

pub use activity::Activity;
pub use actor::Actor;
pub use command::Command;
pub use event::Event;
pub use id::*;
pub use money::Money;
pub use record::{Head, Position, Record, RulesVersion};
pub use rejection::Rejection;
pub use role::Role;
pub use time::Time;
