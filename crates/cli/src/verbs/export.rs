//! `tuanzhang export BOOK DIR`: a book as files for other engines.

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use tuanzhang_core::{Event, Record, Time};
use tuanzhang_parquet::{ExportError, Exported, Exporter};

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::fold::walk;
use crate::node::Node;
use crate::progress;

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[arg(help = READ)]
    book: BookUrl,
    /// What is written: Parquet files by table, book and month
    #[arg(long, value_enum)]
    format: Format,
    /// The folder; other books may be in it, this one is replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// docs/export.md
    Parquet,
}

impl Export {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let Format::Parquet = self.format;
        let (exported, zone) = self.parquet()?;
        let node = Node::Map(vec![
            ("book", exported.book.to_string().into()),
            ("position", exported.position.get().into()),
            ("timezone", zone.name().into()),
            ("files", u64::try_from(exported.files.len()).unwrap_or(u64::MAX).into()),
            ("rows", exported.rows.into()),
            ("bytes", exported.bytes.into()),
        ]);
        if json {
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            let (files, Exported { position, rows, bytes, .. }) = (exported.files.len(), exported);
            let folder = self.folder.display();
            writeln!(out, "position {position}: {rows} rows, {bytes} bytes in {files} files")?;
            writeln!(out, "below {folder}, months of {}", zone.name())?;
        }
        Ok(Outcome::Done)
    }

    fn parquet(&self) -> Result<(Exported, Tz), Failure> {
        let source = self.book.read_only()?;
        // The zone stands in the first record, before any day is asked for.
        let zone = Cell::new(Tz::UTC);
        let mut exporter = Exporter::new(&self.folder, |at| day(at, zone.get()));
        let bar = progress::bar("exporting", Some(source.store.head(source.key)?.size));
        walk(&source, &mut |record| {
            if let Some(Event::BookOpened(opened)) = record.events.first() {
                zone.set(zone_of(opened.timezone.as_str()));
            }
            take(&mut exporter, record)?;
            bar.inc(1);
            Ok(ControlFlow::Continue(()))
        })?;
        bar.finish_and_clear();
        let written = exporter.finish().map_err(|error| failed(&error))?;
        Ok((written, zone.get()))
    }
}

fn take<Z: Fn(Time) -> NaiveDate>(
    exporter: &mut Exporter<Z>,
    record: &Record,
) -> Result<(), Failure> {
    exporter.record(record).map_err(|error| failed(&error))
}

fn failed(error: &ExportError) -> Failure {
    match error {
        ExportError::Io { .. } | ExportError::Parquet { .. } => Failure::input(error.to_string()),
        ExportError::OutOfOrder { .. } | ExportError::NoBook | ExportError::Unknown { .. } => {
            Failure::store(error)
        }
    }
}

fn zone_of(name: &str) -> Tz {
    name.parse().unwrap_or_else(|_| {
        let text = "is not known to this program; days and months are counted in UTC";
        let _ = writeln!(io::stderr(), "tuanzhang: the book's time zone {name} {text}");
        Tz::UTC
    })
}

/// The day in a zone. An instant beyond the calendar counts as the first of 1970.
fn day(at: Time, zone: Tz) -> NaiveDate {
    let instant = DateTime::<Utc>::from_timestamp_micros(at.micros()).unwrap_or_default();
    instant.with_timezone(&zone).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_books_zone() {
        let at: Time = "2021-11-30T16:30:00Z".parse().unwrap();
        assert_eq!(day(at, Tz::Asia__Shanghai).to_string(), "2021-12-01");
        assert_eq!(day(at, Tz::UTC).to_string(), "2021-11-30");
    }
}
