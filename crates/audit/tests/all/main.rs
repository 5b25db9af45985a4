//! What an audit finds: each rule planted alone, a table of tampering, 1,000 altered values.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod altered;
mod book;
mod kit;
mod planted;
mod tamper;
