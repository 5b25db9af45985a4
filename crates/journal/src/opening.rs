//! Opening for writing: reads everything, repairs what a crash may leave, refuses the rest.
//!
//! Order, and what holds if the process dies in between (each step can be done again):
//! 1. the lock; 2. the head file; 3. all frames, compared with the head slots; 4. a torn tail:
//!    its bytes into a file of their own, synced, then zeroed in the segment, synced; 5. a last
//!    segment without a frame is made again, its name synced; 6. a last frame that no slot
//!    vouches for is written once more and synced. Name and bytes may be in memory only, after a
//!    failed sync even marked as if they were not; 7. a slot.
//!
//! It reads every segment once: about the time of its checksums and two hashes a record, the
//! first of them in parallel.

use std::io;
use std::sync::Arc;

use tuanzhang_log::{BookKey, Cause, Damage, ReadError, TreeHead};

use crate::OpenError;
use crate::disk::{Disk, DiskFile, read_full};
use crate::fold::Fold;
use crate::format::{
    BLOCK_BYTES, HEAD, HEAD_BYTES, Head, HeadFault, NEXT, SLOT_BYTES, Slot, VERSION, cut_name,
    encode_slot, segment_name, slot_offset,
};
use crate::numbers::{long, short};
use crate::place::{Place, Spot};
use crate::segments::Segments;
use crate::tail::{behind_last_byte, torn};

/// What opening had to repair after a crash; no answered record was touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// A torn append that was cut off the end.
    pub cut: Option<Cut>,
    /// Damage that touches no record and was repaired, with its place.
    pub repaired: Vec<Damage>,
}

impl Recovery {
    /// Whether there was nothing to do.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Bytes that were cut off the end of a segment: an append that was never answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Name of the segment.
    pub file: String,
    /// Where the bytes stood.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
    /// Name of the file that keeps them.
    pub kept_in: String,
}

/// The files of a book that exists.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) key: BookKey,
    pub(crate) head: Box<dyn DiskFile>,
    /// The last segment.
    pub(crate) segment: Arc<dyn DiskFile>,
    /// Its number.
    pub(crate) number: u32,
    /// Offset in it behind the last frame.
    pub(crate) end: u64,
    /// Its length, zeroes behind the last frame included.
    pub(crate) capacity: u64,
    /// Sequence of the slot that was written last.
    pub(crate) sequence: u64,
}

/// What opening has found.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) files: Option<Files>,
    pub(crate) fold: Fold,
    pub(crate) recovery: Recovery,
}

/// Opens what a folder holds; the lock is held by the caller.
pub(crate) fn open(disk: &dyn Disk, segments: &Segments) -> Result<Opened, OpenError> {
    let place = segments.place();
    let last = segments.last()?;
    let Some((head_file, head)) = open_head(disk, place)? else {
        without_head(segments, last)?;
        let recovery = Recovery::default();
        return Ok(Opened { files: None, fold: Fold::new(), recovery });
    };
    let mut recovery = Recovery::default();
    for number in head.unreadable() {
        let what = format!("head slot {number} could not be read and was written anew");
        recovery.repaired.push(place.damage(HEAD, slot_offset(number), what));
    }
    let number = last.max(1);
    let segment = segments.get(number)?;
    let capacity = segments.length(number)?;
    let (newest, slots) = vouching(&head, place)?;
    let mut fold = Fold::new();
    let limit = Spot { segment: number, offset: capacity };
    let halt = fold.walk(segments, head.key, limit, &slots)?;
    let bytes = torn(&*segment, fold.head.size, halt, place)?;

    let (sequence, end) = (newest.sequence, halt.at.offset);
    let mut files =
        Files { key: head.key, head: head_file, segment, number, end, capacity, sequence };
    let name = segment_name(number);
    let unavailable = |attempt: &'static str, file: &str| {
        let file = file.to_owned();
        move |error| OpenError::Unavailable(place.cause(attempt, &file, error))
    };
    // What a writer that died had made ahead. Nothing is lost where it stays.
    let _ = disk.remove(NEXT);
    if !bytes.is_empty() {
        recovery.cut = Some(cut(disk, &*files.segment, halt.at, &bytes, place)?);
    }
    if number > 1 && files.end == 0 {
        files.segment = make_again(disk, &name).map_err(unavailable("making again", &name))?;
        files.capacity = 0;
        segments.forget();
    }
    let vouched = fold.head.size <= newest.head.size;
    if !vouched {
        rewrite_last(segments, &fold).map_err(unavailable("rewriting", &name))?;
    }
    if !vouched || !recovery.repaired.is_empty() {
        // The slot to be written is the older one: the one that can't be read, if one can't.
        let behind = slot_offset(Slot::number_of(files.sequence.saturating_add(1)));
        blank_behind(&*files.head, behind).map_err(unavailable("writing", HEAD))?;
        write_slot(&mut files, fold.end, fold.head).map_err(unavailable("writing", HEAD))?;
    }
    if !recovery.repaired.is_empty() {
        files.head.sync().map_err(unavailable("syncing", HEAD))?;
    }
    Ok(Opened { files: Some(files), fold, recovery })
}

/// Writes zeroes where a slot's block has none any more, behind the slot.
fn blank_behind(head: &dyn DiskFile, block: u64) -> io::Result<()> {
    let rest = BLOCK_BYTES.saturating_sub(SLOT_BYTES);
    head.write_at(&vec![0; rest], block.saturating_add(long(SLOT_BYTES)))
}

/// Writes the next slot, without a sync of its own.
pub(crate) fn write_slot(files: &mut Files, end: Spot, head: TreeHead) -> io::Result<()> {
    let sequence = files.sequence.saturating_add(1);
    let slot = Slot { sequence, end, head };
    files.head.write_at(&encode_slot(files.key, &slot), slot_offset(slot.number()))?;
    files.sequence = sequence;
    Ok(())
}

/// The head file and what it said.
pub(crate) type OpenHead = (Box<dyn DiskFile>, Head);

/// Opens and reads the head file; `None` when there is none.
pub(crate) fn open_head(disk: &dyn Disk, place: &Place) -> Result<Option<OpenHead>, OpenError> {
    let Some(file) = disk.open(HEAD).map_err(place.unreadable(HEAD))? else { return Ok(None) };
    let head = read_head(&*file, place)?;
    Ok(Some((file, head)))
}

/// Reads the head file.
pub(crate) fn read_head(file: &dyn DiskFile, place: &Place) -> Result<Head, OpenError> {
    // One byte more than it may have, to notice one that has grown.
    let mut bytes = vec![0; HEAD_BYTES.saturating_add(1)];
    let read = read_full(file, &mut bytes, 0).map_err(place.unreadable(HEAD))?;
    bytes.truncate(read);
    Head::parse(&bytes).map_err(|fault| match fault {
        HeadFault::Newer { found } => OpenError::NeedsNewerVersion { found, known: VERSION },
        HeadFault::Damaged { offset, what } => OpenError::Damaged(place.damage(HEAD, offset, what)),
    })
}

/// The newest slot, and all that can be read.
pub(crate) fn vouching(head: &Head, place: &Place) -> Result<(Slot, Vec<Slot>), ReadError> {
    let newest = head.newest().ok_or_else(|| {
        place.damaged(HEAD, slot_offset(0), "neither of the two head slots can be read")
    })?;
    Ok((newest, head.slots.iter().flatten().copied().collect()))
}

/// Without a head file there may be an empty segment: a creation that was not finished. Another segment
/// is made only behind records.
pub(crate) fn without_head(segments: &Segments, last: u32) -> Result<(), ReadError> {
    let place = segments.place();
    let damaged =
        |what: String| place.damaged(HEAD, 0, format!("the head file is missing, {what}"));
    match last {
        0 => Ok(()),
        1 => {
            let (name, segment) = (segment_name(1), segments.get(1)?);
            let behind = behind_last_byte(&*segment, 0, segments.length(1)?)
                .map_err(place.unreadable(&name))?;
            if behind == 0 { Ok(()) } else { Err(damaged(format!("{name} is not empty"))) }
        }
        several => Err(damaged(format!("and there are {several} segments"))),
    }
}

/// Keeps torn bytes aside and zeroes them where they stood.
fn cut(
    disk: &dyn Disk,
    segment: &dyn DiskFile,
    at: Spot,
    bytes: &[u8],
    place: &Place,
) -> Result<Cut, OpenError> {
    let unavailable = |attempt: &'static str, error| {
        OpenError::Unavailable(place.cause(attempt, "the torn tail of the segment", error))
    };
    let names = disk.names().map_err(|error| unavailable("listing before keeping", error))?;
    let free = (1..=u32::MAX).map(|number| cut_name(at, number));
    let kept_in = free.into_iter().find(|name| !names.contains(name)).ok_or_else(|| {
        OpenError::Unavailable(Cause::new("no name is free for the torn tail of the segment"))
    })?;
    let keep = || {
        let file = disk.create(&kept_in)?;
        file.write_at(bytes, 0)?;
        file.sync()?;
        disk.sync_names()
    };
    keep().map_err(|error| unavailable("keeping", error))?;
    let zero = || {
        segment.write_at(&vec![0; bytes.len()], at.offset)?;
        segment.sync()
    };
    zero().map_err(|error| unavailable("zeroing", error))?;
    let (file, bytes) = (segment_name(at.segment), long(bytes.len()));
    Ok(Cut { file, offset: at.offset, bytes, kept_in })
}

/// Puts a new file in the place of a segment without a frame, its name durable: whoever made the other may
/// have died, or failed, before its name was. One with a frame has been through that.
///
/// The name is never gone meanwhile: frames added to the segment before would be taken for damage if a power
/// loss brought it back.
fn make_again(disk: &dyn Disk, name: &str) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.create(NEXT)?;
    disk.rename(NEXT, name)?;
    disk.sync_names()?;
    Ok(Arc::from(file))
}

/// Writes the last frame over itself and syncs it.
fn rewrite_last(segments: &Segments, fold: &Fold) -> io::Result<()> {
    let segment = segments.get(fold.last.segment).map_err(io::Error::other)?;
    let length = fold.end.offset.saturating_sub(fold.last.offset);
    let mut bytes = vec![0; short(length)];
    let read = read_full(&*segment, &mut bytes, fold.last.offset)?;
    bytes.truncate(read);
    segment.write_at(&bytes, fold.last.offset)?;
    segment.sync()
}
