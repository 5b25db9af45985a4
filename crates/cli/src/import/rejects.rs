use std::io;

use super::Class;
use crate::spreadsheet::harmless;

/// Bytes of a rejected row that are kept to be shown.
const RAW_BYTES_MAX: usize = 2_000;

/// A class of rows, with its name in output.
pub(crate) trait Named {
    /// `rejected_bad_csv`.
    fn name(&self) -> &'static str;
}

/// A row that can't be used, and why; each format has classes of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reject<C = Class> {
    /// The line of the file where the row begins; the header is line 1.
    pub(crate) line: u64,
    /// Its class.
    pub(crate) class: C,
    /// What is wrong with it.
    pub(crate) reason: String,
    /// The row as it stands, its first 2,000 bytes; what is no UTF-8 is replaced.
    pub(crate) raw: String,
}

impl<C> Reject<C> {
    pub(crate) fn new(line: u64, class: C, reason: String, raw: &[u8]) -> Self {
        let raw = raw.get(..RAW_BYTES_MAX).unwrap_or(raw);
        Self { line, class, reason, raw: String::from_utf8_lossy(raw).into_owned() }
    }
}

/// Writes rejected rows as CSV: line, class, reason, row. A cell that a spreadsheet would take for a
/// formula gets an apostrophe before it.
///
/// # Errors
/// What `out` says.
pub(crate) fn write_rejects<C: Named>(
    out: impl io::Write,
    rejects: &[Reject<C>],
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["line", "class", "reason", "row"])?;
    for reject in rejects {
        let (line, class) = (reject.line.to_string(), reject.class.name());
        writer.write_record([&line, class, &harmless(&reject.reason), &harmless(&reject.raw)])?;
    }
    writer.flush()
}
