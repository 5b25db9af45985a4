//! The importers without the program around them: what becomes of rows, and of whole files.

#[allow(dead_code, unused_imports, reason = "the program uses the rest")]
#[path = "../../src/import/mod.rs"]
mod import;
#[allow(dead_code, reason = "the program uses the rest")]
#[path = "../../src/spreadsheet.rs"]
mod spreadsheet;

mod rows;
mod whole;
