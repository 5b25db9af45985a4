//! The report, a statement of account, and the receipt of an order, each as one HTML page: no script, no network, no second file.
//!
//! [`render_statement`] renders a party's statement of a period, to print on A4 or to read on a phone.
//!
//! [`receipt`] shows what a verified receipt tells, see `receipt.rs`. [`render`] is the whole of the report. A page reads a [`Report`] and computes no figure of its own but the sums
//! of the RFM grid; what it prints is [`Value::display`] with the thousands set apart, and beside each
//! printed value stands [`Value::plain`] as `data-value`, so that a test can compare page and JSON.
//!
//! `page.rs` lays the page out, `sections.rs` says which tables stand where, one file a kind of view
//! shows them. A table that no section names stands at the end: nothing of a report is lost.
//!
//! Floating point appears in one place, the chart library's pixels; no printed number passes through it.
//!
//! [`Value::display`]: tuanzhang_analytics::Value::display
//! [`Value::plain`]: tuanzhang_analytics::Value::plain

mod bars;
mod cell;
mod charts;
mod cohorts;
mod covered;
mod definitions;
mod figures;
mod header;
mod page;
mod receipt;
mod rfm;
mod rows;
mod scale;
mod sections;
mod side;
mod single;
mod statement;
mod view;
mod words;

pub use statement::{Labels, render_statement};
use tuanzhang_analytics::Report;
use tuanzhang_core::Time;
use tuanzhang_proof::{Refused, Verified};

/// Renders a report as a complete HTML document.
pub fn render(report: &Report) -> String {
    page::document(report).into_string()
}

/// Renders a verified receipt as a complete HTML document for A4; `time` writes an instant in the book's zone.
/// What each party has of the order is on it only `with_parts`: a buyer needn't know.
///
/// # Errors
/// As [`Verified::story`].
pub fn receipt(
    verified: &Verified,
    time: &dyn Fn(Time) -> String,
    with_parts: bool,
) -> Result<String, Refused> {
    let story = verified.story()?;
    Ok(receipt::document(verified, &story, time, with_parts).into_string())
}
