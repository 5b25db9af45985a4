//! The report as one HTML page, and statements of account: no script, no network, no second file.
//!
//! [`render_statement`] renders a party's statement of a period, to print on A4 or to read on a phone.
//!
//! [`render`] is the whole of it. A page reads a [`Report`] and computes no figure of its own but the sums
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

/// Renders a report as a complete HTML document.
pub fn render(report: &Report) -> String {
    page::document(report).into_string()
}
