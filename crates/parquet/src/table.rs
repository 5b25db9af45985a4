//! A table's shape, and how it becomes a Parquet schema.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use tuanzhang_core::{Position, Time};

use crate::column::{Buffer, Day, Field, Kind};
use crate::tables::Sheets;

/// A column: its name, what it holds and what that means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may have no value.
    pub optional: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// A table: a folder of Parquet files with these columns, after the common ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its name, and its folder's.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Its own columns; [`COMMON`] stand before them.
    pub columns: &'static [Column],
}

/// The columns that every table begins with. `book` and `month` stand in the path.
pub const COMMON: &[Column] = &[
    Column {
        name: "position",
        kind: Kind::Count,
        optional: false,
        meaning: "the record's place in the book; in `activity` the entry's place in that stream",
    },
    Column {
        name: "event",
        kind: Kind::Place,
        optional: false,
        meaning: "the event's place in its record, from 0",
    },
    Column {
        name: "at_utc",
        kind: Kind::Time,
        optional: false,
        meaning: "when it was recorded; in `activity` when it happened",
    },
    Column {
        name: "day",
        kind: Kind::Day,
        optional: false,
        meaning: "the day of `at_utc` in the book's zone",
    },
];

impl Table {
    /// All columns, in the order in which they stand in a file.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        COMMON.iter().chain(self.columns)
    }

    pub(crate) fn buffers(&self) -> Vec<Buffer> {
        self.all_columns().map(|column| Buffer::new(column.kind)).collect()
    }

    pub(crate) fn schema(&self) -> Result<TypePtr, ParquetError> {
        let fields = self.all_columns().map(|column| column.field().map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        Ok(Arc::new(Type::group_type_builder(self.name).with_fields(fields).build()?))
    }
}

impl Column {
    fn field(&self) -> Result<Type, ParquetError> {
        let (physical, logical) = match self.kind {
            Kind::Id | Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Place => (Physical::INT32, None),
            Kind::Count | Kind::Money => (Physical::INT64, None),
            Kind::Time => {
                let timestamp = LogicalType::timestamp(true, TimeUnit::MICROS);
                (Physical::INT64, Some(timestamp))
            }
            Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Flag => (Physical::BOOLEAN, None),
        };
        let repetition = if self.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        Type::primitive_type_builder(self.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()
    }
}

/// Where a row belongs: the common columns, and its month.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) position: Position,
    pub(crate) event: i32,
    pub(crate) at: Time,
    pub(crate) date: NaiveDate,
}

impl Moment {
    pub(crate) fn put(&self, to: &mut std::slice::IterMut<'_, Buffer>) {
        put(&i64::try_from(self.position.get()).unwrap_or(i64::MAX), to);
        put(&self.event, to);
        put(&self.at, to);
        put(&Day(self.date.to_epoch_days()), to);
    }

    pub(crate) fn month(&self) -> Month {
        Month { year: self.date.year(), month: self.date.month() }
    }
}

/// A calendar month of the book's zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Month {
    year: i32,
    month: u32,
}

impl std::fmt::Display for Month {
    /// `2021-12`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Puts a value into the next column.
pub(crate) fn put(value: &impl Field, to: &mut std::slice::IterMut<'_, Buffer>) {
    if let Some(column) = to.next() {
        value.put(column);
    }
}

/// A row of a table.
pub(crate) trait Row {
    /// The table's writer.
    fn sheet(sheets: &mut Sheets) -> &mut crate::sheet::Sheet;
    /// Puts its own columns.
    fn put(&self, to: &mut std::slice::IterMut<'_, Buffer>);
}
