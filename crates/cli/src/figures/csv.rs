//! A report as CSV files, one a table, for spreadsheets.

use std::fs;
use std::path::Path;

use tuanzhang_analytics::{Report, Table, Value};
use tuanzhang_core::money::Decimals;

use crate::failure::Failure;

/// Writes `KEY.csv` for each table, the list of buyers among them, and `definitions.csv` into a directory, which is
/// made if it isn't there.
pub(crate) fn write_csv(report: &Report, buyers: &Table, directory: &Path) -> Result<(), Failure> {
    fs::create_dir_all(directory).map_err(|error| Failure::file(directory, "make", &error))?;
    let tables = || report.tables.iter().chain([buyers]);
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

fn write_file(
    path: &Path,
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), Failure> {
    let failed = |error: csv::Error| Failure::file(path, "write", &error.into());
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    for row in std::iter::once(head).chain(rows) {
        writer.write_record(row).map_err(failed)?;
    }
    writer.flush().map_err(|error| Failure::file(path, "write", &error))
}

fn cell(value: &Value, decimals: Decimals) -> String {
    let plain = value.plain(decimals).unwrap_or_default();
    match value {
        Value::Text(_) => harmless(plain),
        Value::None
        | Value::Count(_)
        | Value::Money(_)
        | Value::Average(_)
        | Value::Share(_)
        | Value::MoneyShare(_)
        | Value::Rate(_) => plain,
    }
}

/// A text that a spreadsheet would run as a formula gets an apostrophe in front.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_title_is_no_formula() {
        assert_eq!(harmless("=cmd|' /C calc'!A0".into()), "'=cmd|' /C calc'!A0");
        assert_eq!(harmless("红枣 -1".into()), "红枣 -1");
    }
}
