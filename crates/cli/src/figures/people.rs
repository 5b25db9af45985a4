//! A report as tables in a terminal: the first rows and columns of each; the whole is in JSON and CSV.

use std::io::Write;

use tuanzhang_analytics::{Report, Shape, Table};

use crate::failure::Failure;
use crate::table;

/// Most rows that are shown of a table.
const ROWS_MAX: usize = 20;
/// Most columns.
const COLUMNS_MAX: usize = 10;

/// Writes all tables that have rows.
pub(crate) fn write(report: &Report, out: &mut impl Write) -> Result<(), Failure> {
    for book in &report.books {
        let as_of = book.at.map_or_else(|| "–".to_owned(), |at| at.to_string());
        let (id, position, activity) = (book.book, book.position, book.activity);
        writeln!(out, "book {id}, position {position} ({as_of}), activity position {activity}")?;
    }
    let days = match (report.window.from, report.window.through) {
        (Some(from), Some(through)) => format!("{from} to {through}"),
        (Some(from), None) => format!("days from {from} on"),
        (None, Some(through)) => format!("days up to {through}"),
        (None, None) => "all days".to_owned(),
    };
    let last = report.as_of.map_or_else(|| "–".to_owned(), |day| day.to_string());
    let (currency, zone) = (&report.currency, &report.zone);
    writeln!(out, "{currency}, {days} of {zone}, as of {last}")?;
    for table in report.tables.iter().filter(|table| !table.rows.is_empty()) {
        writeln!(out, "\n{} {}: {}", table.english, table.chinese, table.meaning)?;
        match table.shape {
            Shape::One => write_one(report, table, out)?,
            Shape::Many => write_many(report, table, out)?,
        }
    }
    Ok(())
}

fn write_one(report: &Report, of: &Table, out: &mut impl Write) -> Result<(), Failure> {
    let mut printed = table::headed(&["figure", "指标", "value", "definition"]);
    for (column, value) in of.columns.iter().zip(of.rows.iter().flatten()) {
        let value = value.display(report.decimals);
        printed.add_row([column.english, column.chinese, &value, column.meaning]);
    }
    table::align_right(&mut printed, [2]);
    writeln!(out, "{printed}")?;
    Ok(())
}

fn write_many(report: &Report, of: &Table, out: &mut impl Write) -> Result<(), Failure> {
    let shown: Vec<_> = of.columns.iter().take(COLUMNS_MAX).collect();
    let headings: Vec<_> =
        shown.iter().map(|column| format!("{} {}", column.english, column.chinese)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut printed = table::headed(&headings);
    for row in of.rows.iter().take(ROWS_MAX) {
        printed.add_row(row.iter().take(COLUMNS_MAX).map(|value| value.display(report.decimals)));
    }
    let number = |at: &usize| {
        of.rows.iter().any(|row| row.get(*at).is_some_and(tuanzhang_analytics::Value::is_number))
    };
    table::align_right(&mut printed, (0..shown.len()).filter(number));
    writeln!(out, "{printed}")?;
    let rows = of.rows.len().saturating_sub(ROWS_MAX);
    let columns = of.columns.len().saturating_sub(COLUMNS_MAX);
    if rows > 0 || columns > 0 {
        writeln!(
            out,
            "{rows} more rows, {columns} more columns: --json, --csv DIR or --html FILE"
        )?;
    }
    Ok(())
}
