//! CSV files that a spreadsheet may open.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::failure::Failure;
use crate::spreadsheet::BOM;

/// Writes a CSV file that a spreadsheet takes for UTF-8. Cells stand as they are: texts of others go through
/// [`harmless`](crate::spreadsheet::harmless) before.
pub(crate) fn write_file(
    path: &Path,
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure::file(path, "write", &error.into());
    let mut file = File::create(path).map_err(|error| Failure::file(path, "write", &error))?;
    file.write_all(BOM.as_bytes()).map_err(|error| Failure::file(path, "write", &error))?;
    let mut writer = csv::Writer::from_writer(file);
    for row in std::iter::once(head).chain(rows) {
        writer.write_record(row).map_err(failed)?;
    }
    writer.flush().map_err(|error| Failure::file(path, "write", &error))
}
