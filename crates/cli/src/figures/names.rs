//! Names in place of ids, for people: an app's own, kept out of the book.

use std::collections::HashMap;
use std::path::Path;

use tuanzhang_analytics::{Report, Value};

use crate::failure::Failure;

/// Columns that hold ids of people, groups and campaigns.
const ID_COLUMNS: [&str; 6] = ["leader", "party", "inviter", "buyer", "book", "campaign"];

/// Names by id.
#[derive(Clone, Debug)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Reads lines of id and name.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let failed = |error: csv::Error| Failure::file(file, "read", &error.into());
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_path(file).map_err(failed)?;
        let mut names = HashMap::new();
        for row in reader.records() {
            let row = row.map_err(failed)?;
            let (Some(id), Some(name)) = (row.get(0), row.get(1)) else { continue };
            names.insert(id.trim().trim_start_matches('\u{feff}').to_lowercase(), name.to_owned());
        }
        Ok(Self(names))
    }

    /// The name of an id, if one is known.
    pub(crate) fn of(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// The report with the names that are known.
    pub(crate) fn in_place_of_ids(&self, report: &Report) -> Report {
        let mut named = report.clone();
        for table in &mut named.tables {
            let is_id = |at: usize| {
                table.columns.get(at).is_some_and(|column| ID_COLUMNS.contains(&column.key))
            };
            let places: Vec<usize> = (0..table.columns.len()).filter(|at| is_id(*at)).collect();
            for row in &mut table.rows {
                for at in &places {
                    if let Some(Value::Text(text)) = row.get_mut(*at)
                        && let Some(name) = self.0.get(text.as_str())
                    {
                        text.clone_from(name);
                    }
                }
            }
        }
        named
    }
}
