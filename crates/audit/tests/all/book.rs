//! A journal as an attacker sees it: files, frames, checksums. Written from docs/format.md.

use std::collections::BTreeMap;
use std::sync::Arc;

use tuanzhang_audit::{Audit, Options, audit};
use tuanzhang_journal::disk::Disk;
use tuanzhang_journal::simulation::SimulatedDisk;
use tuanzhang_journal::{Journal, OpenError, Salvage};
use tuanzhang_log::{BookKey, Store, TreeHead};
use tuanzhang_proof::Checkpoint;

use crate::kit::append;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

const HEADER_BYTES: usize = 56;

/// The files of a journal that holds these records.
pub(crate) fn journal(key: BookKey, bytes: &[Vec<u8>]) -> Files {
    let disk = SimulatedDisk::new();
    let journal = Journal::on(Arc::new(disk.clone())).unwrap();
    append(&journal, key, bytes);
    drop(journal);
    disk.files()
}

/// An audit of these files; of a journal that damage keeps from being opened, as far as it can be read.
pub(crate) fn audited(files: &Files, kept: Option<(BookKey, TreeHead)>) -> Audit {
    let disk: Arc<dyn Disk> = Arc::new(SimulatedDisk::with_files(files.clone()));
    let (store, own): (Box<dyn Store>, _) = match Journal::read_only_on(Arc::clone(&disk)) {
        Ok(journal) => {
            let key = journal.books().unwrap()[0];
            (Box::new(journal), key)
        }
        Err(OpenError::Damaged(damage)) => {
            let keys = |_: Option<&[u8]>| kept.iter().map(|(key, _)| *key).collect();
            let remains = Salvage::on(&disk, &keys).unwrap().before(damage).unwrap();
            let key = remains.key();
            (Box::new(remains), key)
        }
        Err(other) => panic!("{other}"),
    };
    let mut options = Options::default();
    if let Some((key, head)) = kept {
        options = options.against("kept", Checkpoint::of_book(key, head));
    }
    audit(&*store, own, options).unwrap()
}

/// Where a frame stands.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) file: String,
    pub(crate) at: usize,
    pub(crate) bytes: usize,
    /// Position of its first record.
    pub(crate) first: u64,
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

/// Segments have the extension `seg`.
pub(crate) fn is_segment(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|extension| extension == "seg")
}

/// All frames, in order.
pub(crate) fn frames(files: &Files) -> Vec<Frame> {
    let mut frames = Vec::new();
    for (file, bytes) in files.iter().filter(|(name, _)| is_segment(name)) {
        let mut at = 0;
        while bytes.get(at..at + 4) == Some(b"TZF1") {
            let length = HEADER_BYTES + number(&bytes[at + 4..at + 8]);
            let first = u64::try_from(number(&bytes[at + 16..at + 24])).unwrap();
            frames.push(Frame { file: file.clone(), at, bytes: length, first });
            at += length;
        }
    }
    frames
}

/// Makes a frame's checksum right again.
pub(crate) fn repair(files: &mut Files, key: BookKey, frame: &Frame) {
    let bytes = files.get_mut(&frame.file).unwrap();
    let (at, end) = (frame.at, frame.at + frame.bytes);
    let sum = crc32c::crc32c(&key.0);
    let sum = crc32c::crc32c_append(sum, &bytes[at..at + 8]);
    let sum = crc32c::crc32c_append(sum, &bytes[at + 12..end]);
    bytes[at + 8..at + 12].copy_from_slice(&sum.to_le_bytes());
}

/// Where in a frame's file each of its records stands.
pub(crate) fn records(files: &Files, frame: &Frame) -> Vec<std::ops::Range<usize>> {
    let bytes = &files[&frame.file];
    let (mut at, end) = (frame.at + HEADER_BYTES, frame.at + frame.bytes);
    let mut records = Vec::new();
    while at < end {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = usize::from(bytes[at]);
            at += 1;
            length |= (byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        records.push(at..at + length);
        at += length;
    }
    records
}

/// The frame that holds a record.
pub(crate) fn frame_of(frames: &[Frame], position: u64) -> usize {
    frames.iter().rposition(|frame| frame.first <= position).unwrap()
}
