//! Faults under the real program: power loss, kill -9, a full disk, failing calls, a second process.
//!
//! Each test prints its seed, its cases and what was lost, and has a control that must lose. More cases by
//! `POWER_CUTS`, `KILLS`, `FULL_STEP_KIB` and `CALL_RUNS`; another sequence by `FAULT_SEED`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod book;
mod calls;
mod full;
mod killed;
#[path = "../kit/mod.rs"]
mod kit;
mod power;
mod two;

use std::io::Write;

/// Seed of all tests here.
fn seed() -> u64 {
    number("FAULT_SEED").unwrap_or(20)
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Says what is skipped and why, past the test's own capture: what is skipped is seen.
fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}
