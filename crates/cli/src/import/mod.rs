//! Foreign files turned into commands and facts. Prints nothing, writes nothing, reads no clock.
//!
//! A folder for each format; what they share: `file` (plain or gzipped), `rows` (lines and fields),
//! `rejects`. A new one is a folder here, a file in `verbs/import`, and a word there.
//!
//! `online_retail`: a [`Plan`] is read from a file once, whole: every row ends in exactly one [`Class`]. Its
//! [`commands`](Plan::commands) come in one order of time that depends on the file alone (and on how
//! an existing book was opened), so that running them again repeats, and an import that was
//! interrupted goes on where it stopped and ends with the same records. `docs/import.md`.
//!
//! ```text
//! let mut plan = Plan::read(path, |progress| bar.set_position(progress.bytes))?;
//! plan.check_against(ledger.book())?;   // nothing was written yet
//! for step in plan.commands() { … every one must be accepted or repeated … }
//! ```
//!
//! `activity`: [`Facts`] are read from a file once, whole, then compared with what the stream has.
//!
//! Cost of orders: one pass over the rows, memory for the sale lines (about 40 bytes each). Limits: [`LINE_BYTES_MAX`],
//! [`FILE_BYTES_MAX`], [`ROWS_MAX`], [`REJECTS_MAX`].

mod activity;
mod error;
mod file;
mod online_retail;
mod rejects;
mod rows;

use tuanzhang_core::{Actor, Command, Time};

pub(crate) use activity::{BATCH_ENTRIES, Facts, Field, Kind, Settings, Times, Word, packed};
pub(crate) use error::ImportError;
pub(crate) use online_retail::{Class, Plan, pounds};
pub(crate) use rejects::{Named, Reject, write_rejects};

/// The first month of the Online Retail file, gzipped; what `tuanzhang demo` runs. Licence and
/// changes: `data/ATTRIBUTION.md`.
pub(crate) const DEMO: &[u8] = include_bytes!("../../data/online_retail_2010-12.csv.gz");

/// Bytes of one line, and of the lines that one quoted field spans.
pub(crate) const LINE_BYTES_MAX: usize = 65_536;
/// Bytes of a file, decompressed: what a gzip bomb can cost.
pub(crate) const FILE_BYTES_MAX: u64 = 4 << 30;
/// Rows of a file.
pub(crate) const ROWS_MAX: u64 = 10_000_000;
/// Rows that are rejected before the file is taken for something else.
pub(crate) const REJECTS_MAX: usize = 100_000;
/// Rows between two calls of progress.
const PROGRESS_ROWS: u64 = 8_192;

/// How far reading is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Progress {
    /// Rows read.
    pub(crate) rows: u64,
    /// Bytes of the file read, as it lies on the disk.
    pub(crate) bytes: u64,
    /// Bytes of the file.
    pub(crate) bytes_total: u64,
}

/// A command to be executed, and where it comes from.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Step {
    /// When it is recorded; never falls from step to step.
    pub(crate) at: Time,
    /// When it happened outside; this format never says anything else than `at`.
    pub(crate) occurred_at: Option<Time>,
    /// Who sends it.
    pub(crate) actor: Actor,
    /// The command.
    pub(crate) command: Command,
    /// The line of the file (the header is line 1) of the first row that led to it.
    pub(crate) line: u64,
}
