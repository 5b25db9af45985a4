//! Bytes as a receipt, a growth, a checkpoint or a signed note. What must hold: `crates/fuzzkit`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tuanzhang_fuzzkit::run("receipt", bytes));
