//! Figures from a book's events: sales and buyers, whole, by month, by leader.
//!
//! - [`Projection`]: a fold of events; live, replayed and resumed folds give the same figures.
//! - [`Report`]: all families at once; [`Report::row`] for each [`Scope`].
//! - [`DEFINITIONS`]: what every figure means, to be printed beside it.
//!
//! Knows no store, no clock and no time zone: events come in, and the zone is a function
//! ([`Zone`]). Whole numbers throughout; a ratio keeps its numerator and denominator until it is
//! printed ([`Ratio`]).

mod buyers;
mod definition;
mod exact;
mod orders;
mod projection;
mod report;
mod sales;
mod scope;

pub use buyers::{Buyers, PayingBuyers};
pub use definition::{DEFINITIONS, Definition};
pub use exact::{Ratio, Total};
pub use orders::{Fact, Orders, Sale};
pub use projection::Projection;
pub use report::{Report, Row};
pub use sales::{Sales, SalesFigures};
pub use scope::{Month, Scope, Zone};
