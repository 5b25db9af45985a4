//! The store on real servers that are killed, lose power or their connections, or give way to a standby.
//!
//! Each fault has a control, the same without what protects, which must lose. Environment variables ask for more:
//! `CUTS`, `KILLS`, `POWER_CUTS`, `FAILOVERS`, `PROCESS_COMMANDS`, and `FAULT_SEED` for other ones.
#![cfg(target_os = "linux")]
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

mod app;
mod child;
mod cuts;
mod failover;
mod given;
mod killed;
mod late;
mod pooler;
mod power;
mod processes;
