//! Bytes as a file to import. What must hold: `crates/fuzzkit`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tuanzhang_fuzzkit::run("import", bytes));
