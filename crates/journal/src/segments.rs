//! Which segments a journal has, and their files.
//!
//! A segment gets its name only when the one before is full, cut to its frames and synced. So a
//! segment with another behind it is exactly whole frames, and all from 1 to the last are there.

use std::sync::{Arc, Mutex};

use tuanzhang_log::ReadError;

use crate::disk::{Disk, DiskFile};
use crate::format::{SEGMENT_BYTES_MAX, VERSION, is_segment, segment_name, segment_number};
use crate::journal::locked;
use crate::place::Place;

/// The segments of one folder.
#[derive(Debug)]
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    place: Place,
    /// The file that was asked for last: most questions are about one.
    opened: Mutex<Option<(u32, Arc<dyn DiskFile>)>>,
}

impl Segments {
    pub(crate) const fn new(disk: Arc<dyn Disk>, place: Place) -> Self {
        Self { disk, place, opened: Mutex::new(None) }
    }

    /// The folder in which they stand.
    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    /// The number of the last one; 0 where there is none. All before it have to be there.
    pub(crate) fn last(&self) -> Result<u32, ReadError> {
        let names = self.disk.names().map_err(self.place.unreadable(""))?;
        if let Some(name) = names.iter().find(|name| is_strange(name)) {
            let what = format!("format version {VERSION} has no such segment");
            return Err(self.place.damaged(name, 0, what));
        }
        let numbers = numbers_in(&names);
        let missing = (1..).zip(&numbers).find(|(wanted, number)| wanted != *number);
        missing.map_or(Ok(()), |(wanted, _)| Err(self.missing(wanted)))?;
        Ok(numbers.last().copied().unwrap_or(0))
    }

    /// The numbers of all that are there, ascending, whether or not some are missing.
    pub(crate) fn numbers(&self) -> Result<Vec<u32>, ReadError> {
        let names = self.disk.names().map_err(self.place.unreadable(""))?;
        Ok(numbers_in(&names))
    }

    /// The file of a segment, if there is one.
    pub(crate) fn find(&self, number: u32) -> Result<Option<Arc<dyn DiskFile>>, ReadError> {
        let mut opened = locked(&self.opened);
        if let Some((_, file)) = opened.as_ref().filter(|(known, _)| *known == number) {
            return Ok(Some(Arc::clone(file)));
        }
        let name = segment_name(number);
        let file = self.disk.open(&name).map_err(self.place.unreadable(&name))?;
        let file: Option<Arc<dyn DiskFile>> = file.map(Arc::from);
        if let Some(file) = &file {
            *opened = Some((number, Arc::clone(file)));
        }
        Ok(file)
    }

    /// Forgets which file was asked for last: another may have its name now.
    pub(crate) fn forget(&self) {
        *locked(&self.opened) = None;
    }

    /// The file of a segment that has to be there.
    pub(crate) fn get(&self, number: u32) -> Result<Arc<dyn DiskFile>, ReadError> {
        self.find(number)?.ok_or_else(|| self.missing(number))
    }

    /// Length of a segment's file; one that no writer gives it is damage.
    pub(crate) fn length(&self, number: u32) -> Result<u64, ReadError> {
        let name = segment_name(number);
        let length = self.get(number)?.length().map_err(self.place.unreadable(&name))?;
        if length > SEGMENT_BYTES_MAX {
            let what = format!("the file has {length} bytes, more than a segment can have");
            return Err(self.place.damaged(&name, SEGMENT_BYTES_MAX, what));
        }
        Ok(length)
    }

    /// How many threads may read at once.
    pub(crate) fn readers(&self) -> usize {
        self.disk.readers()
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    fn missing(&self, number: u32) -> ReadError {
        self.place.damaged(&segment_name(number), 0, "the segment is missing")
    }
}

/// Whether a name ends like a segment's and is none.
fn is_strange(name: &str) -> bool {
    is_segment(name) && segment_number(name).is_none()
}

/// The numbers of the segments among some names, ascending.
fn numbers_in(names: &[String]) -> Vec<u32> {
    let mut numbers: Vec<u32> = names.iter().filter_map(|name| segment_number(name)).collect();
    numbers.sort_unstable();
    numbers
}
