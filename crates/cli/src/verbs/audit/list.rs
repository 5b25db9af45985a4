//! Everything that is to be looked at, as CSV for a spreadsheet.

use std::io::Write;
use std::path::{Path, PathBuf};

use tuanzhang_audit::Look;
use tuanzhang_core::Event;
use tuanzhang_core::money::Currency;
use tuanzhang_log::{BookKey, Store};

use crate::failure::Failure;
use crate::out_file::{Kind, OutFile};
use crate::spreadsheet::{BOM, harmless};

/// A CSV file that is being written.
#[derive(Debug)]
pub(super) struct List {
    path: PathBuf,
    rows: csv::Writer<OutFile>,
    failed: Option<csv::Error>,
    currency: Option<Currency>,
}

impl List {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let written = |error| Failure::file(path, "write", &error);
        let mut file = OutFile::create(path, Kind::Other)?;
        file.write_all(BOM.as_bytes()).map_err(written)?;
        let rows = csv::Writer::from_writer(file);
        let mut list = Self { path: path.into(), rows, failed: None, currency: None };
        list.row(&[
            "kind", "类别", "position", "event", "at", "actor", "amount", "currency", "about",
            "reason",
        ]);
        Ok(list)
    }

    /// Amounts are in the currency of this book, from here on.
    pub(super) fn of(&mut self, store: &dyn Store, key: BookKey) {
        let first = store.read_one(key, 1).ok().flatten();
        let record = first.and_then(|bytes| tuanzhang_wire::decode(&bytes).ok());
        self.currency = record.and_then(|record| match record.events.into_iter().next() {
            Some(Event::BookOpened(opened)) => Some(opened.currency),
            Some(_) | None => None,
        });
    }

    /// Adds a row; an error shows when it ends.
    pub(super) fn add(&mut self, look: &Look) {
        let (amount, currency) = match &self.currency {
            Some(currency) => (look.amount.display(currency.decimals), currency.code.to_string()),
            None => (look.amount.minor().to_string(), "minor units".to_owned()),
        };
        self.row(&[
            look.kind.name(),
            look.kind.name_zh(),
            &look.position.to_string(),
            &look.event.to_string(),
            &look.at.to_string(),
            &look.actor.to_string(),
            &amount,
            &harmless(&currency),
            &harmless(&look.about),
            &harmless(&look.reason),
        ]);
    }

    fn row(&mut self, cells: &[&str]) {
        if let (None, Err(error)) = (&self.failed, self.rows.write_record(cells)) {
            self.failed = Some(error);
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let path = &self.path;
        if let Some(error) = self.failed {
            return Err(Failure::file(path, "write", &error.into()));
        }
        let file = self.rows.into_inner();
        file.map_err(|error| Failure::file(path, "write", error.error()))?.finish()
    }
}
