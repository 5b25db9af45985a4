//! The export of one book: records in, files out.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use tuanzhang_core::activity::Happened;
use tuanzhang_core::{BookId, Event, Position, Record, Time};

use crate::column::Day;
use crate::error::ExportError;
use crate::flatten::{Flatten, activity_row, put};
use crate::sheet::Sheet;
use crate::state::State;
use crate::table::Moment;
use crate::tables::Sheets;

/// Months of records that take rows at a time: records come in the order of their times.
const RECORD_MONTHS: usize = 1;
/// The same of community facts, which may come in any order; a month that waited longest gets a second part.
const ACTIVITY_MONTHS: usize = 24;

/// What an export wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exported {
    /// The book.
    pub book: BookId,
    /// The last record that is in it.
    pub position: Position,
    /// The last entry of the activity stream that is in it; [`Position::START`] for none.
    pub activity: Position,
    /// Every file, in the order of the tables and months.
    pub files: Vec<PathBuf>,
    /// Rows in all of them.
    pub rows: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Writes one book below a folder that may hold other books. Dropped before [`Exporter::finish`], it
/// leaves files under temporary names, which the next export of the book removes.
pub struct Exporter<Z> {
    root: PathBuf,
    zone: Z,
    state: State,
    sheets: Option<(BookId, Sheets)>,
    position: Position,
    activity: Position,
    /// The place of the last community fact in its entry.
    place: i32,
}

impl<Z: Fn(Time) -> NaiveDate> Exporter<Z> {
    /// An export into `folder`, which is made when the first record comes. `zone` gives the day of an
    /// instant in the book's zone, which `book_opened` names.
    pub fn new(folder: &Path, zone: Z) -> Self {
        Self {
            root: folder.to_owned(),
            zone,
            state: State::default(),
            sheets: None,
            position: Position::START,
            activity: Position::START,
            place: 0,
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`ExportError`]: a record out of order, an event that names what isn't there, a full disk. The export
    /// can't go on then.
    pub fn record(&mut self, record: &Record) -> Result<(), ExportError> {
        let (given, expected) = (record.head.position, self.position.next());
        if given != expected {
            return Err(ExportError::OutOfOrder { given, expected });
        }
        let date = (self.zone)(record.head.at);
        let mut moment = Moment { position: given, event: 0, at: record.head.at, date };
        for event in &record.events {
            if let (Event::BookOpened(opened), None) = (event, &self.sheets) {
                self.sheets = Some((opened.book, self.open(opened.book, &moment)?));
            }
            let (_, sheets) = self.sheets.as_mut().ok_or(ExportError::NoBook)?;
            let day = |at| Day((self.zone)(at).to_epoch_days());
            let state = &mut self.state;
            Flatten { state, sheets, moment, day: &day }.event(&record.head, event)?;
            moment.event = moment.event.saturating_add(1);
        }
        self.position = given;
        Ok(())
    }

    /// Takes a community fact of an entry of the book's activity stream; several may share a position.
    ///
    /// # Errors
    /// [`ExportError::NoBook`] before the first record; a full disk.
    pub fn activity(&mut self, position: Position, fact: &Happened) -> Result<(), ExportError> {
        let (_, sheets) = self.sheets.as_mut().ok_or(ExportError::NoBook)?;
        self.place = if position == self.activity { self.place.saturating_add(1) } else { 0 };
        self.activity = position;
        let date = (self.zone)(fact.at);
        let moment = Moment { position, event: self.place, at: fact.at, date };
        put(sheets, &moment, &activity_row(&fact.activity))
    }

    /// Gives all files their names, and removes those of an earlier export of the book.
    ///
    /// # Errors
    /// [`ExportError::NoBook`] without a record; a full disk.
    pub fn finish(self) -> Result<Exported, ExportError> {
        let (book, mut sheets) = self.sheets.ok_or(ExportError::NoBook)?;
        let (position, activity) = (self.position, self.activity);
        let mut exported =
            Exported { book, position, activity, files: Vec::new(), rows: 0, bytes: 0 };
        // Everything is on disk before the first name changes.
        for sheet in sheets.all() {
            sheet.close_all()?;
        }
        for sheet in sheets.all() {
            sheet.publish()?;
            exported.rows = exported.rows.saturating_add(sheet.rows());
            for file in sheet.files() {
                let fails = |source| ExportError::Io { path: file.to_owned(), source };
                let bytes = fs::metadata(file).map_err(fails)?.len();
                exported.bytes = exported.bytes.saturating_add(bytes);
                exported.files.push(file.to_owned());
            }
        }
        Ok(exported)
    }

    /// A writer for each table, and each table's file of the first month.
    fn open(&self, book: BookId, moment: &Moment) -> Result<Sheets, ExportError> {
        let sheets = Sheets::new(|table| {
            let months = if table.name == "activity" { ACTIVITY_MONTHS } else { RECORD_MONTHS };
            Sheet::new(table, &self.root, book, months)
        });
        let mut sheets = sheets.ok_or(ExportError::NoBook)?;
        for sheet in sheets.all() {
            sheet.touch(moment.month())?;
        }
        Ok(sheets)
    }
}
