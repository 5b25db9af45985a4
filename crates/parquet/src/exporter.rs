//! The export of one book: records in, files out.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use tuanzhang_core::activity::Happened;
use tuanzhang_core::{BookId, Event, Position, Record, Time};

use crate::claim::{Claim, io_error};
use crate::column::Day;
use crate::error::ExportError;
use crate::flatten::{Flatten, activity_row, put};
use crate::manifest::{Written, manifest};
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

/// A book that was opened, and its files.
struct Opened {
    book: BookId,
    sheets: Sheets,
    claim: Claim,
}

/// Writes one book below a folder that may hold other books; no other export of the book can run there
/// meanwhile. Dropped before [`Exporter::finish`], it leaves files under temporary names, which the next
/// export of the book removes.
pub struct Exporter<Z> {
    root: PathBuf,
    zone: Z,
    state: State,
    opened: Option<Opened>,
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
            opened: None,
            position: Position::START,
            activity: Position::START,
            place: 0,
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`ExportError`]: another export of the book runs in the folder, or it belongs to a journal; a record
    /// out of order, an event that names what isn't there, a full disk. The export can't go on then.
    pub fn record(&mut self, record: &Record) -> Result<(), ExportError> {
        let (given, expected) = (record.head.position, self.position.next());
        if given != expected {
            return Err(ExportError::OutOfOrder { given, expected });
        }
        let date = (self.zone)(record.head.at);
        let mut moment = Moment { position: given, event: 0, at: record.head.at, date };
        for event in &record.events {
            if let (Event::BookOpened(opened), None) = (event, &self.opened) {
                self.opened = Some(self.open(opened.book, &moment)?);
            }
            let Opened { sheets, .. } = self.opened.as_mut().ok_or(ExportError::NoBook)?;
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
        let Opened { sheets, .. } = self.opened.as_mut().ok_or(ExportError::NoBook)?;
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
        let Opened { book, mut sheets, claim } = self.opened.ok_or(ExportError::NoBook)?;
        let (position, activity) = (self.position, self.activity);
        let mut exported =
            Exported { book, position, activity, files: Vec::new(), rows: 0, bytes: 0 };
        // Everything is written whole before the first name changes.
        for sheet in sheets.all() {
            sheet.close_all()?;
        }
        claim.withdraw()?;
        let mut written = Vec::new();
        for sheet in sheets.all() {
            sheet.publish()?;
            exported.rows = exported.rows.saturating_add(sheet.rows());
            for path in sheet.files().map(Path::to_owned) {
                let found = fs::metadata(&path).map_err(|source| io_error(&path, source))?;
                let bytes = found.len();
                exported.bytes = exported.bytes.saturating_add(bytes);
                written.push(Written { path, bytes });
            }
        }
        claim.publish(&manifest(&self.root, &exported, &written))?;
        exported.files = written.into_iter().map(|file| file.path).collect();
        Ok(exported)
    }

    /// A writer for each table, and each table's file of the first month.
    fn open(&self, book: BookId, moment: &Moment) -> Result<Opened, ExportError> {
        let claim = Claim::take(&self.root, book)?;
        let sheets = Sheets::new(|table| {
            let months = if table.name == "activity" { ACTIVITY_MONTHS } else { RECORD_MONTHS };
            Sheet::new(table, &self.root, book, months)
        });
        let mut sheets = sheets.ok_or(ExportError::NoBook)?;
        for sheet in sheets.all() {
            sheet.sweep()?;
            sheet.touch(moment.month())?;
        }
        Ok(Opened { book, sheets, claim })
    }
}
