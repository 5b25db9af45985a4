//! Tests that look inside; those with processes and power losses are in the folder `tests`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod backup;
mod calls;
mod child;
mod conformance;
mod damage;
mod given;
#[cfg(target_os = "linux")]
mod power;
mod processes;
mod views;
