//! One table's files: a part for each month that is open, its rows collected until they fill a row group.
//!
//! Every file is written under a temporary name that no reader takes for data, and gets its own at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};
use tuanzhang_core::BookId;

use crate::claim::io_error;
use crate::column::Buffer;
use crate::error::ExportError;
use crate::table::{Moment, Month, Row, Table};

/// Rows of a table that are held in memory, and then written as one row group.
pub const ROW_GROUP_ROWS: usize = 65_536;

/// The version of the tables; higher where a column's meaning changes.
pub(crate) const SCHEMA_VERSION: &str = "1";

/// A month's file that takes rows.
#[derive(Debug)]
struct Part {
    buffers: Vec<Buffer>,
    /// Rows in the buffers.
    rows: usize,
    /// When it was last put into; the one that waited longest is closed first.
    turn: u64,
    temporary: PathBuf,
    file: PathBuf,
    writer: SerializedFileWriter<File>,
}

/// A table of one book, on its way to disk.
#[derive(Debug)]
pub(crate) struct Sheet {
    table: Table,
    folder: PathBuf,
    schema: Option<TypePtr>,
    properties: WriterPropertiesPtr,
    /// So many months take rows at a time: one where rows come in time order.
    months_max: usize,
    open: BTreeMap<Month, Part>,
    /// How many parts each month has.
    parts: BTreeMap<Month, u32>,
    /// Rows in all buffers.
    held: usize,
    turn: u64,
    rows: u64,
    /// Whole files: where they are, and where they belong.
    written: Vec<(PathBuf, PathBuf)>,
}

impl Sheet {
    pub(crate) fn new(table: Table, root: &Path, book: BookId, months_max: usize) -> Self {
        let folder = root.join(table.name).join(format!("book={book}"));
        Self {
            table,
            folder,
            schema: None,
            properties: properties(&table, book),
            months_max,
            open: BTreeMap::new(),
            parts: BTreeMap::new(),
            held: 0,
            turn: 0,
            rows: 0,
            written: Vec::new(),
        }
    }

    pub(crate) fn add<R: Row>(&mut self, moment: &Moment, row: &R) -> Result<(), ExportError> {
        self.turn = self.turn.saturating_add(1);
        let turn = self.turn;
        let part = self.part(moment.month())?;
        let mut columns = part.buffers.iter_mut();
        moment.put(&mut columns);
        row.put(&mut columns);
        part.rows = part.rows.saturating_add(1);
        part.turn = turn;
        self.rows = self.rows.saturating_add(1);
        self.held = self.held.saturating_add(1);
        if self.held < ROW_GROUP_ROWS {
            return Ok(());
        }
        // The fullest month: the others wait for more, so that row groups are few.
        let fullest = self.open.values_mut().max_by_key(|part| part.rows);
        if let Some(part) = fullest {
            self.held = self.held.saturating_sub(part.rows);
            part.flush()?;
        }
        Ok(())
    }

    /// Makes the file of a month, be there rows or not: a reader finds the columns of an empty table.
    pub(crate) fn touch(&mut self, month: Month) -> Result<(), ExportError> {
        self.part(month).map(|_| ())
    }

    fn part(&mut self, month: Month) -> Result<&mut Part, ExportError> {
        if !self.open.contains_key(&month) && self.open.len() >= self.months_max {
            let longest = self.open.iter().min_by_key(|(_, part)| part.turn);
            if let Some(month) = longest.map(|(month, _)| *month) {
                self.close(month)?;
            }
        }
        let part = match self.open.entry(month) {
            std::collections::btree_map::Entry::Occupied(open) => return Ok(open.into_mut()),
            std::collections::btree_map::Entry::Vacant(vacant) => vacant,
        };
        let folder = self.folder.join(format!("month={month}"));
        let number = self.parts.entry(month).or_insert(0);
        let file = folder.join(format!("part-{number}.parquet"));
        let temporary = folder.join(temporary(*number));
        *number = number.saturating_add(1);
        let fails = |source| ExportError::Io { path: temporary.clone(), source };
        fs::create_dir_all(&folder).map_err(fails)?;
        let to = File::create_new(&temporary).map_err(fails)?;
        let fails = |source| ExportError::Parquet { path: temporary.clone(), source };
        let schema = match &self.schema {
            Some(schema) => Arc::clone(schema),
            None => self.table.schema().map_err(fails)?,
        };
        self.schema = Some(Arc::clone(&schema));
        let writer = SerializedFileWriter::new(to, schema, Arc::clone(&self.properties));
        let writer = writer.map_err(fails)?;
        let buffers = self.table.buffers();
        Ok(part.insert(Part { buffers, rows: 0, turn: self.turn, temporary, file, writer }))
    }

    fn close(&mut self, month: Month) -> Result<(), ExportError> {
        let Some(mut part) = self.open.remove(&month) else { return Ok(()) };
        self.held = self.held.saturating_sub(part.rows);
        part.flush()?;
        let Part { temporary, file, writer, .. } = part;
        let closed = writer.close();
        closed.map_err(|source| ExportError::Parquet { path: temporary.clone(), source })?;
        self.written.push((temporary, file));
        Ok(())
    }

    /// Closes every file; none has its name yet.
    pub(crate) fn close_all(&mut self) -> Result<(), ExportError> {
        while let Some(month) = self.open.keys().next().copied() {
            self.close(month)?;
        }
        Ok(())
    }

    /// Removes the temporary files that a broken export of this table of this book left.
    pub(crate) fn sweep(&self) -> Result<(), ExportError> {
        for month in list(&self.folder)? {
            for file in list(&month)?.iter().filter(|file| is_temporary(file)) {
                fs::remove_file(file).map_err(|source| io_error(file, source))?;
            }
        }
        Ok(())
    }

    /// Gives every file its name, and removes what an earlier export left of this table of this book.
    pub(crate) fn publish(&mut self) -> Result<(), ExportError> {
        for (temporary, file) in &self.written {
            let fails = |source| ExportError::Io { path: file.clone(), source };
            fs::rename(temporary, file).map_err(fails)?;
        }
        let ours: BTreeSet<&Path> = self.files().collect();
        for month in list(&self.folder)? {
            for file in list(&month)? {
                if !ours.contains(file.as_path()) {
                    fs::remove_file(&file).map_err(|source| io_error(&file, source))?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.written.iter().map(|(_, file)| file.as_path())
    }

    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }
}

impl Part {
    fn flush(&mut self) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let written = write_group(&mut self.writer, &mut self.buffers);
        written.map_err(|source| ExportError::Parquet { path: self.temporary.clone(), source })
    }
}

fn write_group(
    to: &mut SerializedFileWriter<File>,
    buffers: &mut [Buffer],
) -> Result<(), ParquetError> {
    let mut group = to.next_row_group()?;
    for buffer in buffers {
        if let Some(mut column) = group.next_column()? {
            buffer.write(&mut column)?;
            column.close()?;
        }
    }
    group.close().map(|_| ())
}

/// Snappy, which every reader has. What rises from row to row is written as differences.
fn properties(table: &Table, book: BookId) -> WriterPropertiesPtr {
    let about = [
        ("tuanzhang.table", table.name.to_owned()),
        ("tuanzhang.book", book.to_string()),
        ("tuanzhang.schema", SCHEMA_VERSION.to_owned()),
    ];
    let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec();
    let mut properties = WriterProperties::builder()
        .set_created_by("tuanzhang".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(about));
    for column in ["position", "at_utc"] {
        properties = properties
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_encoding(ColumnPath::from(column), Encoding::DELTA_BINARY_PACKED);
    }
    Arc::new(properties.build())
}

/// What every temporary name ends with.
const TEMPORARY: &str = ".parquet.new";

/// The temporary name of a part: no reader takes it for data, and no other export has it.
fn temporary(number: u32) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (process, own) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    format!(".part-{number}-{process}-{own}{TEMPORARY}")
}

fn is_temporary(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TEMPORARY))
}

/// What is in a folder, sorted; nothing where there is none.
fn list(folder: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let fails = |source| ExportError::Io { path: folder.to_owned(), source };
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(fails)? {
        found.push(entry.map_err(fails)?.path());
    }
    found.sort();
    Ok(found)
}
