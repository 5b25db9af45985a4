//! A report as CSV files, one a table, for spreadsheets.

use std::fs;
use std::io;
use std::path::Path;

use tuanzhang_analytics::{HEADINGS, Report, Table, Value};
use tuanzhang_core::money::Decimals;

use crate::csv_file::write_file;
use crate::failure::Failure;
use crate::out_file;
use crate::spreadsheet::harmless;

/// Writes `KEY.csv` for each table, the list of buyers among them, and `definitions.csv` into a directory, which is
/// made if it isn't there.
pub(crate) fn write_csv(report: &Report, buyers: &Table, directory: &Path) -> Result<(), Failure> {
    out_file::make_folder(directory)?;
    let tables = || report.tables.iter().chain([buyers]);
    remove_others(directory, &tables().map(|table| table.key).collect::<Vec<_>>())?;
    for table in tables() {
        let head = table.columns.iter().map(|column| column.key.to_owned()).collect();
        let rows = table.rows.iter();
        let rows = rows.map(|row| row.iter().map(|value| cell(value, report.decimals)).collect());
        write_file(&directory.join(format!("{}.csv", table.key)), head, rows)?;
    }
    let head = ["key", "english", "chinese", "meaning", "chinese_meaning"];
    let head = head.map(str::to_owned).to_vec();
    let columns = tables().flat_map(|table| &table.columns);
    let mut rows: Vec<Vec<String>> = columns
        .map(|of| [of.key, of.english, of.chinese, of.meaning, of.chinese_meaning])
        .map(|cells| cells.map(str::to_owned).to_vec())
        .collect();
    rows.sort();
    rows.dedup();
    write_file(&directory.join("definitions.csv"), head, rows.into_iter())
}

/// What an earlier report wrote and this one doesn't have is not left beside it.
fn remove_others(directory: &Path, written: &[&str]) -> Result<(), Failure> {
    for heading in HEADINGS.iter().filter(|heading| !written.contains(&heading.key)) {
        let path = directory.join(format!("{}.csv", heading.key));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::file(&path, "remove", &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn cell(value: &Value, decimals: Decimals) -> String {
    let plain = value.plain(decimals).unwrap_or_default();
    match value {
        Value::Text(_) => harmless(&plain),
        Value::None
        | Value::Count(_)
        | Value::Money(_)
        | Value::Average(_)
        | Value::Share(_)
        | Value::MoneyShare(_)
        | Value::Rate(_) => plain,
    }
}
