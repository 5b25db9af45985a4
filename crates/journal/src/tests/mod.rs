//! Tests that reach under the handle: every fault that the design names, over a simulated disk,
//! each with a control that must fail.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "tests with small numbers"
)]

mod activity;
mod again;
mod calls;
mod conformance;
mod damage;
mod given;
mod golden;
mod handle;
mod model;
mod open;
mod power;
mod salvage;
mod segments;
mod torn;
