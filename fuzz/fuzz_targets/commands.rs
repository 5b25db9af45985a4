//! JSON lines into decide and apply. What must hold: `crates/fuzzkit`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tuanzhang_fuzzkit::run("commands", bytes));
