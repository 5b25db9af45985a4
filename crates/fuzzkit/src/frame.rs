//! Bytes as the files of a journal, with what only a checksum would stop made right.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | switches, [`HEAD`] … |
//! | 1 | number of segments less one, its lowest two bits; [`APPEND`] |
//! | 36 | the head file's first 32 bytes and its checksum |
//! | 68, 68 | its two slots |
//! | 3 each | length of each segment but the last, little-endian |
//! | | the segments |

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tuanzhang_journal::simulation::{Fate, SimulatedDisk};
use tuanzhang_journal::{Journal, OpenError};
use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{BookKey, Coverage, Damage, ReadError, Store, TreeHead};

/// The header of the head file has its magic, version and checksums.
pub const HEAD: u8 = 1;
/// The slots have their checksums and the parity of their sequences.
pub const SLOTS: u8 = 2;
/// Frames have their checksums.
pub const FRAMES: u8 = 4;
/// Frames have their positions, roots and numbers of records.
pub const TREE: u8 = 8;
/// The slots vouch for what the frames come to: the second for all, the first for all but the last.
pub const VOUCHED: u8 = 16;
/// There is room behind the last frame.
pub const ROOM: u8 = 32;
/// There is no head file.
pub const HEADLESS: u8 = 64;
/// There is a prepared segment.
pub const NEXT: u8 = 128;

/// In the second byte: what opens takes an append. Without it many more run in the same time.
pub const APPEND: u8 = 4;

/// Bytes before the first length or segment.
pub const PREFIX_BYTES: usize = 2 + SAID_BYTES;

/// What is said of the head file.
const SAID_BYTES: usize = 36 + 68 + 68;
const BLOCK_BYTES: usize = 4_096;
const FRAME_HEADER_BYTES: usize = 56;
/// Reads of one record at a time, of a book that opens.
const READ_ONE_MAX: u64 = 64;

/// Bytes as a journal's files: opening them names damage, or gives a book that is served whole, verifies,
/// takes an append, and is the same when it is opened again, after a power loss too. Gives how
/// many records it has.
pub(crate) fn frame(bytes: &[u8]) -> u64 {
    let files = files(bytes);
    let disk = SimulatedDisk::with_files(files.clone());
    let read = opened(Journal::read_only_on(Arc::new(disk.clone())));
    // What stands behind the last frame is judged by a check and by whoever opens it to write.
    let tail = Cell::new(false);
    let found = &mut |damage: &Damage| {
        named(damage);
        tail.set(true);
    };
    let seen = read.map(|journal| served_or(&journal, books(&journal), found));
    assert_eq!(disk.files(), files, "a reader changes nothing");

    let Some(journal) = opened(Journal::on(Arc::new(disk.clone()))) else { return 0 };
    assert!(!tail.get(), "a reader's check and a writer judge alike");
    let book = books(&journal);
    let head = served(&journal, book);
    if let Some(seen) = seen {
        assert!(seen.size <= head.size, "a reader sees nothing that a writer cuts");
        let root = root_at(&journal, book, seen.size);
        assert_eq!(root, seen, "a reader sees the writer's book");
    }
    if bytes.get(1).is_none_or(|count| count & APPEND == 0) {
        return head.size;
    }
    let key = book.unwrap_or(BookKey([7; 16]));
    let next = journal.append(key, head.size, &[b"one more"]).expect("what opens takes an append");
    assert_eq!(next.size, head.size + 1);
    drop(journal);

    let lost = disk.after_power_loss(|_| Fate::Lost);
    for disk in [disk.after_kill(), lost] {
        let again = Journal::on(Arc::new(disk)).expect("what was written opens");
        assert_eq!(served(&again, books(&again)), next, "an answered append is there");
        assert_eq!(again.recovery().cut, None, "it was cut before");
    }
    head.size
}

fn opened(opened: Result<Journal, OpenError>) -> Option<Journal> {
    match opened {
        Ok(journal) => Some(journal),
        Err(OpenError::Damaged(damage)) => {
            named(&damage);
            None
        }
        Err(OpenError::NeedsNewerVersion { found, known }) => {
            assert!(found > known);
            None
        }
        Err(
            error @ (OpenError::Locked { .. }
            | OpenError::Missing { .. }
            | OpenError::Unavailable(_)
            | OpenError::NetworkFileSystem { .. }),
        ) => panic!("these bytes are no reason for it: {error}"),
    }
}

/// Damage has its file and offset.
fn named(damage: &Damage) {
    let place = damage.place.rsplit_once(" at offset ");
    let (file, offset) = place.unwrap_or_else(|| panic!("no place: {damage}"));
    assert!(file.starts_with("simulated/") && offset.parse::<u64>().is_ok(), "{damage}");
    assert!(!damage.what.is_empty() && damage.what.len() < 2_000, "{damage}");
}

fn books(journal: &Journal) -> Option<BookKey> {
    let books = journal.books().expect("a book that opened can be named");
    assert!(books.len() <= 1, "{books:?}");
    books.first().copied()
}

/// Reads all that a store has of a book: every record is there, once, and their tree is the one that it
/// states.
pub fn served(store: &dyn Store, book: Option<BookKey>) -> TreeHead {
    served_or(store, book, &mut |damage| panic!("a book that opened verifies: {damage}"))
}

/// The same; a check that finds damage says so.
fn served_or(
    store: &dyn Store,
    book: Option<BookKey>,
    damaged: &mut dyn FnMut(&Damage),
) -> TreeHead {
    let Some(book) = book else { return TreeHead::EMPTY };
    let head = store.head(book).expect("a book that opened has a head");
    let mut edge = Edge::new();
    let mut records = BTreeMap::new();
    let mut bytes = 0_u64;
    let read = store.read(book, 1, &mut |position, record| {
        assert_eq!(position, edge.size() + 1, "positions have no gaps");
        edge.push(leaf_hash(record));
        bytes += u64::try_from(record.len()).unwrap_or(u64::MAX);
        if position <= READ_ONE_MAX {
            records.insert(position, record.to_vec());
        }
        ControlFlow::Continue(())
    });
    read.expect("a book that opened can be read");
    assert_eq!(edge.head(), head, "what is served is what the head states");
    for (position, record) in &records {
        let one = store.read_one(book, *position).expect("a book that opened can be read");
        assert_eq!(one.as_ref(), Some(record), "position {position}");
    }
    let beyond = store.read_one(book, head.size + 1).expect("a book that opened can be read");
    assert_eq!(beyond, None);
    match store.verify(book) {
        Ok(Coverage { records, head: verified, .. }) => {
            assert_eq!((records, verified), (head.size, head));
        }
        Err(ReadError::Damaged(damage)) => damaged(&damage),
        Err(error) => panic!("a book that opened can be read: {error}"),
    }
    head
}

/// The head of a book when it had so many records.
fn root_at(store: &dyn Store, book: Option<BookKey>, size: u64) -> TreeHead {
    let mut edge = Edge::new();
    if let Some(book) = book.filter(|_| size > 0) {
        let read = store.read(book, 1, &mut |position, record| {
            edge.push(leaf_hash(record));
            if position >= size { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        read.expect("a book that opened can be read");
    }
    edge.head()
}

/// The files that bytes describe, by name.
pub fn files(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut rest = bytes;
    let [switches, count] = take::<2>(&mut rest);
    let head = take::<SAID_BYTES>(&mut rest);
    let lengths: Vec<usize> = (0..count % 4)
        .map(|_| {
            let [low, mid, high] = take::<3>(&mut rest);
            usize::from(low) | usize::from(mid) << 8 | usize::from(high) << 16
        })
        .collect();
    let mut segments = Vec::new();
    for length in lengths {
        let (segment, left) = rest.split_at(length.min(rest.len()));
        segments.push(segment.to_vec());
        rest = left;
    }
    segments.push(rest.to_vec());
    let key: [u8; 16] = head[16..32].try_into().unwrap();
    let ends = repair_frames(&mut segments, key, switches);
    if switches & ROOM != 0 {
        segments.last_mut().unwrap().resize(rest.len() + BLOCK_BYTES, 0);
    }
    let mut files = BTreeMap::new();
    for (number, segment) in (1..).zip(segments) {
        files.insert(format!("{number:08}.seg"), segment);
    }
    if switches & HEADLESS == 0 {
        files.insert("head".into(), head_file(&head, &ends, switches));
    }
    if switches & NEXT != 0 {
        files.insert("next".into(), vec![0; 100]);
    }
    files
}

/// What slots vouch for: size, root, number of the segment and the offset in it.
struct End {
    head: TreeHead,
    segment: u32,
    offset: usize,
}

/// Makes of frames what the switches say, and gives where they end.
fn repair_frames(segments: &mut [Vec<u8>], key: [u8; 16], switches: u8) -> Vec<End> {
    let mut edge = Edge::new();
    let mut ends = vec![End { head: edge.head(), segment: 1, offset: 0 }];
    for (number, segment) in (1..).zip(segments) {
        let mut at = 0;
        while let Some(length) = frame_at(&segment[at..]) {
            let frame = &mut segment[at..at + length];
            let records = records(&frame[FRAME_HEADER_BYTES..]);
            if let Some(records) = records.as_ref().filter(|_| switches & TREE != 0) {
                let count = u32::try_from(records.len()).unwrap();
                frame[12..16].copy_from_slice(&count.to_le_bytes());
                frame[16..24].copy_from_slice(&(edge.size() + 1).to_le_bytes());
                frame[24..56].copy_from_slice(&edge.root().0);
            }
            for record in records.unwrap_or_default() {
                edge.push(leaf_hash(&record));
            }
            if switches & FRAMES != 0 {
                let crc = checksum(&key, &[&frame[..8], &frame[12..]]);
                frame[8..12].copy_from_slice(&crc.to_le_bytes());
            }
            at += length;
            ends.push(End { head: edge.head(), segment: number, offset: at });
        }
    }
    ends
}

/// Bytes of the frame that these begin with, by its own word.
fn frame_at(bytes: &[u8]) -> Option<usize> {
    let body = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let length = FRAME_HEADER_BYTES.checked_add(usize::try_from(body).ok()?)?;
    (bytes.starts_with(b"TZF1") && length <= bytes.len()).then_some(length)
}

/// The records of a body; none where it has other bytes.
fn records(mut body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    while !body.is_empty() {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let byte = *body.first()?;
            body = &body[1..];
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
            if shift > 14 {
                return None;
            }
        }
        let (record, left) = body.split_at_checked(length)?;
        records.push(record.to_vec());
        body = left;
    }
    Some(records)
}

fn head_file(said: &[u8], ends: &[End], switches: u8) -> Vec<u8> {
    let key = &said[16..32];
    let mut file = vec![0; 3 * BLOCK_BYTES];
    file[..32].copy_from_slice(&said[..32]);
    file[BLOCK_BYTES - 4..BLOCK_BYTES].copy_from_slice(&said[32..36]);
    if switches & HEAD != 0 {
        file[..12].copy_from_slice(b"TZJRNL\r\n\x01\0\0\0");
        let crc = crc32c::crc32c(&file[..12]);
        file[12..16].copy_from_slice(&crc.to_le_bytes());
        let crc = checksum(key, &[&file[..BLOCK_BYTES - 4]]);
        file[BLOCK_BYTES - 4..BLOCK_BYTES].copy_from_slice(&crc.to_le_bytes());
    }
    for number in 0..2_u8 {
        let from = 36 + 68 * usize::from(number);
        let at = BLOCK_BYTES * (usize::from(number) + 1);
        let slot = &mut file[at..at + 68];
        slot.copy_from_slice(&said[from..from + 68]);
        if switches & VOUCHED != 0 {
            let behind = ends.len().saturating_sub(2 - usize::from(number));
            let end = &ends[behind.min(ends.len() - 1)];
            slot[..8].copy_from_slice(&u64::from(number).to_le_bytes());
            slot[8..16].copy_from_slice(&end.head.size.to_le_bytes());
            slot[16..24].copy_from_slice(&u64::try_from(end.offset).unwrap().to_le_bytes());
            slot[24..28].copy_from_slice(&end.segment.to_le_bytes());
            slot[28..32].fill(0);
            slot[32..64].copy_from_slice(&end.head.root.0);
        }
        if switches & SLOTS != 0 {
            slot[0] = slot[0] & 0xfe | number;
            let crc = checksum(key, &[&[number], &slot[..64]]);
            slot[64..68].copy_from_slice(&crc.to_le_bytes());
        }
    }
    file
}

fn checksum(key: &[u8], parts: &[&[u8]]) -> u32 {
    parts.iter().fold(crc32c::crc32c(key), |crc, part| crc32c::crc32c_append(crc, part))
}

/// The next bytes, zeroes where there are none left.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    let (bytes, left) = rest.split_at(N.min(rest.len()));
    taken[..bytes.len()].copy_from_slice(bytes);
    *rest = left;
    taken
}
