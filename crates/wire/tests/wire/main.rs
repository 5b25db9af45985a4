//! Tests of the stored bytes: round trips, golden files, limits, hostile bytes.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests"
)]

mod activity;
mod draw;
mod events;
mod golden;
mod hostile;
mod limits;
mod refused;
mod round_trip;
