//! Figures from a book's events and its activity: conversion, GMV, repeat purchase and all that a leader steers
//! by.
//!
//! - [`Facts`]: the fold. It takes records and activity, live or replayed; can be saved and gone on with; those of
//!   several books can be merged.
//! - [`Report::of`]: every family's figures of some facts, under [`Settings`]: a window of days, cohorts, a target.
//! - [`Table`]: their one shape. Each [`Column`] carries its definition; each [`Value`] is exact until it is printed.
//!
//! One file a family in `figures/`: sales, funnel, repeat, lifecycle, boards, refunds, margin, suspense, exposure,
//! group, target.
//!
//! Knows no store, no clock and no list of time zones: events come in, and the zone is given ([`Zone`]). Whole
//! numbers throughout; a ratio keeps its numerator and denominator ([`Ratio`]). Distinct counts are exact.

mod calendar;
mod definition;
mod exact;
mod facts;
mod figures;
mod projection;
mod report;
mod settings;
mod table;
mod view;

pub use calendar::{Day, Month, NotADay, Period, Utc, Window, Zone};
pub use definition::{DEFINITIONS, HEADINGS};
pub use exact::Ratio;
pub use facts::Facts;
pub use projection::{FoldError, MergeError, Projection, RestoreError};
pub use report::{Covered, Report};
pub use settings::Settings;
pub use table::{Column, Heading, PERCENT_DIGITS, Shape, Table, Value};
pub use tuanzhang_core::money::Total;

/// The page's example is run as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/analytics.md")]
struct AnalyticsPage;
