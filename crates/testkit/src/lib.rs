//! A second opinion on the books, for tests only.
//!
//! - [`model`]: a slow reference model, written from the contract (`domain.md`, `cli.md`) alone. Plain
//!   data and whole numbers; it shares with core the ids, the command structs and the words, no rule.
//! - [`agree`]: core against the model, over whole lives, command by command; and what must be true whatever
//!   the rules compute.
//! - [`life`]: whole lives of a book from one seed, or from choices: mostly sensible commands chosen by looking at the
//!   model, mixed with repetitions, wrong actors and nonsense.
//! - [`judges`]: beancount and hledger, for journals that a book is exported as.
//!
//! `tests/agree.rs` sends lives of seeds through the driver, `tests/stateful.rs` lives that shrink,
//! `tests/planted.rs` plants errors that must be found. `tests/simulate/` holds the real ledger, on a disk that
//! fails, to the same model.
//! Cost: the model looks things up by walking lists; a life of a few thousand commands is its measure.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "for tests only: the model says what it means, in 128 bits; a panic here is a failed test"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a command that a match forgets shows as a disagreement with core"
)]
#![allow(clippy::match_bool, reason = "a choice by chance reads best as two arms")]

pub mod agree;
pub mod judges;
pub mod life;
pub mod model;
