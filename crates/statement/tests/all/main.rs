//! Explanations, statements and business time, over generated lives of a book and on worked examples.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod lives;
mod time;

use tuanzhang_core::Record;
use tuanzhang_core::book::decide;
use tuanzhang_testkit::agree::Core;
use tuanzhang_testkit::life::Life;

/// The records of so many commands of a life.
fn records(seed: u64, commands: usize) -> Vec<Record> {
    let mut core = Core::new(decide);
    for sent in Life::new(seed).take(commands) {
        core.submit(&sent).unwrap();
    }
    core.records
}
