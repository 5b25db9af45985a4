//! Tests against real servers, which they start themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::as_conversions,
    reason = "tests"
)]

mod backup;
mod calls;
mod conformance;
mod damage;
mod given;
mod hosts;
mod kit;
mod known;
mod refused;
mod replicas;
#[cfg(feature = "tls")]
mod tls;
mod turns;
mod views;
