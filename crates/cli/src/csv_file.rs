//! CSV files that a spreadsheet may open.

use std::io::Write;
use std::path::Path;

use crate::failure::Failure;
use crate::out_file::{Kind, OutFile};
use crate::spreadsheet::BOM;

/// Writes a CSV file that a spreadsheet takes for UTF-8. Cells stand as they are: texts of others go through
/// [`harmless`](crate::spreadsheet::harmless) before.
pub(crate) fn write_file(
    path: &Path,
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure::file(path, "write", &error.into());
    let mut file = OutFile::create(path, Kind::Other)?;
    file.write_all(BOM.as_bytes()).map_err(|error| Failure::file(path, "write", &error))?;
    let mut writer = csv::Writer::from_writer(file);
    for row in std::iter::once(head).chain(rows) {
        writer.write_record(row).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(|error| Failure::file(path, "write", error.error()))?;
    file.finish()
}
