//! A book as Parquet files, for engines that read many books at once: the events, flattened into tables.
//!
//! `DIR/TABLE/book=UUID/month=YYYY-MM/part-0.parquet`: a month holds the rows of its records, by the
//! record's `at` in the book's zone. Tables only grow, so files of past months never change. The tables
//! are docs/export.md and [`TABLES`]; the figures as SQL are docs/sql/metrics.sql.
//!
//! An [`Exporter`] is fed every record from position 1, then the community facts. The same book gives the
//! same bytes. Memory: about 200 bytes an order, and one row group ([`ROW_GROUP_ROWS`]) a table.
//!
//! One export of a book runs in a folder at a time. If the process dies, what was there before is untouched
//! but for files renamed so far; every file is written whole under another name first, and the manifest is
//! away while names change. Exporting again replaces all of it.

mod claim;
mod column;
mod error;
mod exporter;
mod flatten;
mod manifest;
mod sheet;
mod state;
mod table;
mod tables;

pub use claim::journal_around;
pub use column::Kind;
pub use error::ExportError;
pub use exporter::{Exported, Exporter};
pub use sheet::ROW_GROUP_ROWS;
pub use table::{COMMON, Column, Table};
pub use tables::TABLES;
