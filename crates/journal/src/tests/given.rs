//! The one helper of the fault tests: a small book, the disks that hold it, and the look that
//! says whether an answered record is lost.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_log::tree::{leaf_hash, root_of};
use tuanzhang_log::{AppendError, BookKey, Store, TreeHead};

use crate::simulation::SimulatedDisk;
use crate::{Journal, OpenError};

pub(super) const BOOK: BookKey = BookKey(*b"a book of faults");
pub(super) const SEGMENT: &str = "00000001.seg";
pub(super) const HEAD: &str = "head";

/// Files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Records in each append of the small book: about 4 kB in all.
pub(super) const BATCHES: [u64; 9] = [1, 3, 1, 1, 8, 2, 5, 1, 4];

/// A record: its number and some bytes, zeroes and frame-like ones among them.
pub(super) fn record(number: u64) -> Vec<u8> {
    let mut record = format!("record {number}:").into_bytes();
    match number % 5 {
        0 => record.extend_from_slice(&[0; 40]),
        1 => record.extend_from_slice(b"TZF1\x10\0\0\0TZF1TZF1 like a frame"),
        2 => record.resize(record.len() + 150, 0xff),
        3 => record.clear(),
        _ => record.extend((0..number % 97).map(|byte| (byte * 7) as u8)),
    }
    record
}

pub(super) fn records(first: u64, count: u64) -> Vec<Vec<u8>> {
    (first..first + count).map(record).collect()
}

pub(super) fn head_at(size: u64) -> TreeHead {
    let leaves: Vec<_> = (1..=size).map(|number| leaf_hash(&record(number))).collect();
    TreeHead { size, root: root_of(&leaves) }
}

/// Appends the next `count` numbered records behind `size`.
pub(super) fn append(journal: &Journal, size: u64, count: u64) -> Result<u64, AppendError> {
    let records = records(size + 1, count);
    let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
    Ok(journal.append(BOOK, size, &slices)?.size)
}

pub(super) fn open(disk: &SimulatedDisk) -> Result<Journal, OpenError> {
    Journal::on(Arc::new(disk.clone()))
}

/// The small book, and the sizes after each append.
pub(super) fn small_book(disk: &SimulatedDisk) -> (Journal, Vec<u64>) {
    let journal = open(disk).unwrap();
    let mut sizes = vec![0];
    for count in BATCHES {
        sizes.push(append(&journal, *sizes.last().unwrap(), count).unwrap());
    }
    (journal, sizes)
}

/// The files of the small book after a clean close, and its size.
pub(super) fn closed_book() -> (Files, u64) {
    let disk = SimulatedDisk::new();
    let (journal, sizes) = small_book(&disk);
    journal.close().unwrap();
    (disk.files(), *sizes.last().unwrap())
}

/// The files before and after the last append of the small book, as a killed process leaves
/// them, and the sizes.
pub(super) fn last_append() -> ((Files, u64), (Files, u64)) {
    let disk = SimulatedDisk::new();
    let (journal, sizes) = small_book(&disk);
    let size = *sizes.last().unwrap();
    let before = disk.files();
    let after = append(&journal, size, 4).unwrap();
    ((before, size), (disk.files(), after))
}

/// A disk with these files.
pub(super) fn disk(files: &Files) -> SimulatedDisk {
    SimulatedDisk::with_files(files.clone())
}

/// Gives the size of the book if all that it serves is what was written, else says what is
/// wrong.
pub(super) fn look(journal: &Journal) -> Result<u64, String> {
    let head = journal.head(BOOK).map_err(|error| format!("head: {error}"))?;
    let mut next = 1;
    let mut wrong = None;
    journal
        .read(BOOK, 1, &mut |position, bytes| {
            if position != next || bytes != record(position) {
                wrong = Some(format!("record {position} where {next} belongs is another"));
                return ControlFlow::Break(());
            }
            next += 1;
            ControlFlow::Continue(())
        })
        .map_err(|error| format!("read: {error}"))?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    if next != head.size + 1 || head != head_at(head.size) {
        return Err(format!("{head:?}, and {} records were read", next - 1));
    }
    Ok(head.size)
}

/// Opens the book, wants a size out of `promised`, goes on, closes and opens again.
pub(super) fn goes_on(
    disk: &SimulatedDisk,
    promised: std::ops::RangeInclusive<u64>,
) -> Result<(), String> {
    let journal = open(disk).map_err(|error| error.to_string())?;
    let size = look(&journal)?;
    if !promised.contains(&size) {
        return Err(format!("{size} records, {promised:?} promised"));
    }
    journal.verify(BOOK).map_err(|error| format!("verify: {error}"))?;
    let size = append(&journal, size, 2).map_err(|error| error.to_string())?;
    journal.close().map_err(|error| error.to_string())?;
    let journal = open(disk).map_err(|error| format!("again: {error}"))?;
    if !journal.recovery().is_clean() {
        return Err(format!("after a clean close: {:?}", journal.recovery()));
    }
    let found = look(&journal)?;
    if found == size { Ok(()) } else { Err(format!("{found} records after going on, not {size}")) }
}

/// A few random bits from a seed; the same seed gives the same (`SplitMix64`).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit.max(1)
    }
}
