//! Figures from a book's events: a work in progress.

mod calendar;
mod exact;
mod report;
mod table;

pub use calendar::{Day, Month, NotADay, Period, Utc, Window, Zone};
pub use exact::{Ratio, Total};
pub use report::{Covered, Report};
pub use table::{Column, PERCENT_DIGITS, Shape, Table, Value};
