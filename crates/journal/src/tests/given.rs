//! The one helper of the fault tests: a small book, the disks that hold it, and the look that
//! says whether an answered record is lost.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_log::tree::{leaf_hash, root_of};
use tuanzhang_log::{AppendError, BookKey, Store, TreeHead};

use crate::format::{FrameHeader, is_segment};
use crate::simulation::SimulatedDisk;
use crate::{Journal, OpenError};

pub(super) const BOOK: BookKey = BookKey(*b"a book of faults");
pub(super) const HEAD: &str = "head";

/// How many segments a small book has: the faults are tried on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One.
    One,
    /// Several, of 512 to 2,048 bytes.
    Several,
}

pub(super) const SHAPES: [Shape; 2] = [Shape::One, Shape::Several];

impl Shape {
    pub(super) fn open(self, disk: &SimulatedDisk) -> Result<Journal, OpenError> {
        match self {
            Self::One => Journal::on(Arc::new(disk.clone())),
            Self::Several => Journal::with_segments(Arc::new(disk.clone()), 512, 2048),
        }
    }
}

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
    Shape::One.open(disk)
}

/// The small book, and the sizes after each append.
pub(super) fn small_book(disk: &SimulatedDisk, shape: Shape) -> (Journal, Vec<u64>) {
    let journal = shape.open(disk).unwrap();
    let mut sizes = vec![0];
    for count in BATCHES {
        sizes.push(append(&journal, *sizes.last().unwrap(), count).unwrap());
    }
    (journal, sizes)
}

/// The files of the small book after a clean close, and its size.
pub(super) fn closed_book(shape: Shape) -> (Files, u64) {
    let disk = SimulatedDisk::new();
    let (journal, sizes) = small_book(&disk, shape);
    journal.close().unwrap();
    (disk.files(), *sizes.last().unwrap())
}

/// Names of the segments among some files, in order.
pub(super) fn segments(files: &Files) -> Vec<String> {
    files.keys().filter(|name| is_segment(name)).cloned().collect()
}

/// Name of the last segment.
pub(super) fn last_segment(files: &Files) -> String {
    segments(files).pop().unwrap()
}

/// Names of the files that hold a book.
pub(super) fn names(files: &Files) -> Vec<String> {
    std::iter::once(HEAD.to_owned()).chain(segments(files)).collect()
}

/// A small book whose last append was torn by a power loss: the files with the old head and
/// zeroes where its frame belongs, those with all of it, and the sizes.
#[derive(Debug)]
pub(super) struct LastAppend {
    pub(super) before: Files,
    pub(super) small: u64,
    pub(super) after: Files,
    pub(super) large: u64,
    /// Name of the segment that the frame is in.
    pub(super) segment: String,
    /// Where it starts.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    pub(super) shape: Shape,
}

/// Such books: of each shape, with a last append of one record to many; in some of them it is the
/// first frame of its segment.
pub(super) fn last_appends() -> Vec<LastAppend> {
    let mut all = Vec::new();
    for (shape, counts) in [(Shape::One, [4, 60].as_slice()), (Shape::Several, &[1, 4, 12, 60])] {
        for count in counts {
            let disk = SimulatedDisk::new();
            let (journal, sizes) = small_book(&disk, shape);
            let small = *sizes.last().unwrap();
            let old = disk.files();
            let large = append(&journal, small, *count).unwrap();
            let after = disk.files();
            let segment = last_segment(&after);
            let blank = Vec::new();
            let (then, now) = (old.get(&segment).unwrap_or(&blank), &after[&segment]);
            let start = if then.is_empty() { 0 } else { written(then) };
            let end = start + FrameHeader::parse(&now[start..]).unwrap().length;
            let mut before = after.clone();
            before.insert(HEAD.into(), old[HEAD].clone());
            before.get_mut(&segment).unwrap()[start..].fill(0);
            all.push(LastAppend { before, small, after, large, segment, start, end, shape });
        }
    }
    let new = all.iter().filter(|last| last.start == 0).count();
    assert!(new > 0 && new < all.len(), "{new} of {} begin a segment", all.len());
    all
}

/// Offset behind the last frame of a segment.
fn written(segment: &[u8]) -> usize {
    frame_offsets(segment).pop().unwrap()
}

/// Offsets of the frames in a segment, and the end.
pub(super) fn frame_offsets(segment: &[u8]) -> Vec<usize> {
    let mut offsets = vec![0];
    while let Some(header) = FrameHeader::parse(&segment[*offsets.last().unwrap()..]) {
        offsets.push(offsets.last().unwrap() + header.length);
    }
    offsets
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
    shape: Shape,
    promised: std::ops::RangeInclusive<u64>,
) -> Result<(), String> {
    let journal = shape.open(disk).map_err(|error| error.to_string())?;
    let size = look(&journal)?;
    if !promised.contains(&size) {
        return Err(format!("{size} records, {promised:?} promised"));
    }
    journal.verify(BOOK).map_err(|error| format!("verify: {error}"))?;
    let size = append(&journal, size, 2).map_err(|error| error.to_string())?;
    journal.close().map_err(|error| error.to_string())?;
    let journal = shape.open(disk).map_err(|error| format!("again: {error}"))?;
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
