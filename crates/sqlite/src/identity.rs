//! Which file a path leads to, so that one that was put into another's place is noticed.

use std::path::Path;
use std::sync::OnceLock;

use tuanzhang_log::{Cause, Damage, ReadError};

use crate::place::Place;

/// Device and number of a file, as the system counts them; nothing where it doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(Option<(u64, u64)>);

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let found = std::fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Ok(Self(Some((found.dev(), found.ino()))))
        }
        #[cfg(not(unix))]
        {
            let _ = found;
            Ok(Self(None))
        }
    }

    /// Compares what is at the path with what was there first; the first time it is taken note of.
    pub(crate) fn compare(
        path: &Path,
        first: &OnceLock<Self>,
        place: &Place,
    ) -> Result<(), ReadError> {
        let found = Self::of(path).map_err(|error| {
            let text = format!("{}: the file is not at its path; put it back, then retry", place.0);
            ReadError::Unavailable(Cause::with(text, error))
        })?;
        if *first.get_or_init(|| found) == found {
            return Ok(());
        }
        let what = "another file was put in the place of the one that is open; nothing is written to \
                    either: audit what is there now, then open the store anew";
        Err(ReadError::Damaged(Damage::new(place.0.clone(), what)))
    }
}
