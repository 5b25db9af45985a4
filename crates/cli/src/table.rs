//! Tables for people.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use crate::node::Node;

/// A line above, below and under the headings; none between rows.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('═').junction('═'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// A table with these headings.
pub(crate) fn headed(headings: &[&str]) -> Table {
    let mut table = plain();
    table.set_header(headings.iter().copied());
    table
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// Numbers stand at the right of their column.
pub(crate) fn align_right(table: &mut Table, columns: impl IntoIterator<Item = usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Writes a value: its fields in one table, each list of maps in one of its own below.
pub(crate) fn write_node(out: &mut impl Write, node: &Node) -> io::Result<()> {
    let Node::Map(fields) = node else { return writeln!(out, "{}", node.cell()) };
    let mut table = plain();
    for (key, value) in fields.iter().filter(|(_, value)| rows(value).is_none()) {
        table.add_row([(*key).to_owned(), value.cell()]);
    }
    writeln!(out, "{table}")?;
    for (key, value) in fields {
        if let Some(rows) = rows(value) {
            write_rows(out, key, &rows)?;
        }
    }
    Ok(())
}

type Fields = Vec<(&'static str, Node)>;

/// The maps of a list of maps.
fn rows(node: &Node) -> Option<Vec<&Fields>> {
    let Node::List(values) = node else { return None };
    let maps = values.iter().map(|value| match value {
        Node::Map(fields) => Some(fields),
        Node::Null
        | Node::Bool(_)
        | Node::Count(_)
        | Node::Text(_)
        | Node::List(_)
        | Node::Json(_) => None,
    });
    maps.collect::<Option<Vec<_>>>().filter(|maps| !maps.is_empty())
}

fn write_rows(out: &mut impl Write, title: &str, rows: &[&Fields]) -> io::Result<()> {
    let headings: Vec<_> =
        rows.first().into_iter().flat_map(|row| row.iter().map(|(key, _)| *key)).collect();
    let mut table = headed(&headings);
    for row in rows {
        table.add_row(row.iter().map(|(_, value)| value.cell()));
    }
    writeln!(out, "\n{title}\n{table}")
}
