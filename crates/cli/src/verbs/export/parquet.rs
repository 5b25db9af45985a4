//! A book as Parquet files.

use std::cell::Cell;
use std::io::Write;
use std::path::Path;

use tuanzhang_analytics::Zone;
use tuanzhang_parquet::{ExportError, Exported, Exporter};

use crate::book_url::BookUrl;
use crate::failure::Failure;
use crate::fold::{Known, walk_activity, walk_book};
use crate::node::Node;
use crate::zone::Local;

pub(super) fn run(
    book: &BookUrl,
    folder: &Path,
    json: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (exported, zone) = written(book, folder)?;
    let node = Node::Map(vec![
        ("book", exported.book.to_string().into()),
        ("position", exported.position.get().into()),
        ("activity_position", exported.activity.get().into()),
        ("timezone", zone.name().into()),
        ("files", u64::try_from(exported.files.len()).unwrap_or(u64::MAX).into()),
        ("rows", exported.rows.into()),
        ("bytes", exported.bytes.into()),
    ]);
    if json {
        writeln!(out, "{}", serde_json::to_string(&node)?)?;
    } else {
        let (files, folder) = (exported.files.len(), folder.display());
        let Exported { position, activity, rows, bytes, .. } = exported;
        writeln!(out, "position {position}, activity position {activity}")?;
        writeln!(out, "{rows} rows, {bytes} bytes in {files} files")?;
        writeln!(out, "below {folder}, months of {}", zone.name())?;
    }
    Ok(())
}

fn written(book: &BookUrl, folder: &Path) -> Result<(Exported, Local), Failure> {
    // The zone stands in the first record, before any day is asked for.
    let zone = Cell::new(None);
    let mut exporter =
        Exporter::new(folder, |at| zone.get().map(|zone: Local| zone.date(at)).unwrap_or_default());
    let mut first = None;
    let source = book.read_only()?;
    walk_book(book, &source, Known::NOW, &mut |record| {
        first.get_or_insert_with(|| zone.set(Some(Local::of_book(record))));
        exporter.record(record).map_err(|error| failed(&error))
    })?;
    walk_activity(&source, Known::NOW, &mut |record| {
        let mut entries = record.entries.iter();
        entries.try_for_each(|entry| {
            exporter.activity(record.position, entry).map_err(|error| failed(&error))
        })
    })?;
    let written = exporter.finish().map_err(|error| failed(&error))?;
    let zone = zone.get().ok_or_else(|| failed(&ExportError::NoBook))?;
    Ok((written, zone))
}

fn failed(error: &ExportError) -> Failure {
    match error {
        ExportError::Io { .. } | ExportError::Journal { .. } | ExportError::Parquet { .. } => {
            Failure::input(error.to_string())
        }
        ExportError::Busy { .. }
        | ExportError::OutOfOrder { .. }
        | ExportError::NoBook
        | ExportError::Unknown { .. } => Failure::store(error),
    }
}
