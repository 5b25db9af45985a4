//! Groups (books) side by side.

use super::{funnel, refunds, sales};
use crate::definition::{BOOK, GROUPS};
use crate::facts::Facts;
use crate::settings::Settings;
use crate::table::{Table, Value};
use crate::view::View;

/// What is compared: tables of one row, whole.
fn compared(view: &View<'_>) -> Vec<Table> {
    vec![sales::whole_table(view), funnel::whole_table(view), refunds::rates(view)]
}

/// A row for each book, in the order in which they were given.
pub(crate) fn groups(books: &[Facts], settings: &Settings) -> Table {
    let mut columns = vec![BOOK];
    let mut rows = Vec::new();
    for facts in books {
        let tables = compared(&View::new(facts, settings));
        if rows.is_empty() {
            columns.extend(tables.iter().flat_map(|table| table.columns.iter().copied()));
        }
        let mut row = vec![Value::maybe(facts.covered().first().map(|covered| covered.book))];
        row.extend(tables.into_iter().flat_map(|table| table.rows).flatten());
        rows.push(row);
    }
    Table::many(GROUPS, columns, rows)
}
