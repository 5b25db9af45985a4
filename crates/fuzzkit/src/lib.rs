//! What is done with hostile bytes: one function a target, for libFuzzer (`fuzz/`) and for the plain test
//! that replays the seeds of the repository on stable (`tests/seeds.rs`).
//!
//! A function panics where something happened that no bytes may cause, and returns otherwise, whatever the
//! bytes are. It is the same each time: no clock, no randomness, no files.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "for tests only: a panic here is a failed test"
)]

mod commands;
pub mod frame;
#[cfg(feature = "model")]
mod lives;
mod receipts;
pub mod records;

/// A target, by the name of its program and of its folder of seeds.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// What is done with bytes; gives how much of them was no refusal: rows, commands, records.
    pub run: fn(&[u8]) -> u64,
}

/// All of them; without the features `model` and `program` those alone that need neither, quick to build.
pub const TARGETS: &[Target] = &[
    Target { name: "activity", run: records::activity },
    Target { name: "commands", run: commands::commands },
    Target { name: "frame", run: frame::frame },
    #[cfg(feature = "program")]
    Target { name: "import", run: import },
    #[cfg(feature = "program")]
    Target { name: "json", run: tuanzhang_cli::fuzzing::json },
    #[cfg(feature = "model")]
    Target { name: "lives", run: lives::lives },
    Target { name: "receipt", run: receipts::receipt },
    Target { name: "record", run: records::record },
    Target { name: "wire", run: records::wire },
];

/// Does what the target of this name does.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("there is no target {name}")).run)(bytes);
}

#[cfg(feature = "program")]
fn import(bytes: &[u8]) -> u64 {
    tuanzhang_cli::fuzzing::import(bytes).unwrap_or(0)
}
