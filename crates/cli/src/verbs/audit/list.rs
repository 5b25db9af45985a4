//! Everything that is to be looked at, as CSV for a spreadsheet.

use std::io::Write;
use std::path::{Path, PathBuf};

use tuanzhang_audit::Look;

use crate::failure::Failure;
use crate::out_file::{Kind, OutFile};
use crate::spreadsheet::{BOM, harmless};

/// A CSV file that is being written.
#[derive(Debug)]
pub(super) struct List {
    path: PathBuf,
    rows: csv::Writer<OutFile>,
    failed: Option<csv::Error>,
}

impl List {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let written = |error| Failure::file(path, "write", &error);
        let mut file = OutFile::create(path, Kind::Other)?;
        file.write_all(BOM.as_bytes()).map_err(written)?;
        let mut list =
            Self { path: path.into(), rows: csv::Writer::from_writer(file), failed: None };
        list.row(&[
            "kind",
            "类别",
            "position",
            "event",
            "at",
            "actor",
            "amount_minor",
            "about",
            "reason",
        ]);
        Ok(list)
    }

    /// Adds a row; an error shows when it ends.
    pub(super) fn add(&mut self, look: &Look) {
        let amount = look.amount.minor().to_string();
        self.row(&[
            look.kind.name(),
            look.kind.name_zh(),
            &look.position.to_string(),
            &look.event.to_string(),
            &look.at.to_string(),
            &look.actor.to_string(),
            &amount,
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
