//! Bytes that change on the disk: noticed and named, never served, never cut.

use std::sync::Arc;

use super::given::{
    BOOK, Files, HEAD, SEGMENT, closed_book, disk, look, open, records, small_book,
};
use crate::format::{Slot, encode_frame, encode_slot, slot_offset};
use crate::simulation::SimulatedDisk;
use crate::{Journal, OpenError};
use tuanzhang_log::{BookKey, Store, TreeHead};

/// What a writer and a reader make of some files.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Reported, with a place in the file that was changed or that follows from it.
    Noticed,
    /// Nothing was said, and everything is there.
    Silent,
    /// Something is missing or wrong, and nobody said so.
    Lost(String),
}

fn verdict(files: &Files, size: u64) -> Verdict {
    match open(&disk(files)) {
        Err(OpenError::Damaged(damage)) if damage.place.contains("offset") => Verdict::Noticed,
        Err(other) => Verdict::Lost(format!("{other:?}")),
        Ok(journal) => match look(&journal) {
            Ok(found) if found == size && journal.recovery().is_clean() => Verdict::Silent,
            Ok(found) if found == size => Verdict::Noticed,
            other => Verdict::Lost(format!("{other:?}, {:?}", journal.recovery())),
        },
    }
}

/// Whether a reader beside the writer serves nothing wrong.
fn reader_is_right(files: &Files, size: u64) -> bool {
    match Journal::read_only_on(Arc::new(disk(files))) {
        Err(OpenError::Damaged(_)) => true,
        Err(_) => false,
        Ok(journal) => look(&journal) == Ok(size),
    }
}

/// Tries each change to each file; gives the number of cases and those not noticed.
fn tried(
    files: &Files,
    size: u64,
    names: &[&str],
    change: impl Fn(&mut Vec<u8>, usize) -> bool,
) -> (usize, Vec<String>) {
    let (mut cases, mut silent) = (0, Vec::new());
    let mut changed = files.clone();
    for name in names {
        for number in 0.. {
            let content = changed.get_mut(*name).unwrap();
            content.clone_from(&files[*name]);
            if !change(content, number) {
                break;
            }
            if *content == files[*name] {
                continue;
            }
            cases += 1;
            let verdict = verdict(&changed, size);
            if verdict != Verdict::Noticed || !reader_is_right(&changed, size) {
                silent.push(format!("{name}, case {number}: {verdict:?}"));
            }
        }
        changed.insert((*name).into(), files[*name].clone());
    }
    (cases, silent)
}

fn flip(content: &mut [u8], number: usize) -> bool {
    content.get_mut(number / 8).map(|byte| *byte ^= 1 << (number % 8)).is_some()
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (files, size) = closed_book();
    let (cases, silent) = tried(&files, size, &[HEAD, SEGMENT], |content, n| flip(content, n));
    println!("{cases} single-bit flips, {} not noticed", silent.len());
    assert!(silent.is_empty(), "{:#?}", &silent[..silent.len().min(9)]);
}

/// The control: without slots that vouch for it, a flip in the last frame looks like a crash.
#[test]
fn without_slots_flips_in_the_last_frame_lose_it() {
    let (mut files, size) = closed_book();
    let head = files.get_mut(HEAD).unwrap();
    for sequence in [0, 1] {
        let slot = Slot { sequence, end: 0, head: TreeHead::EMPTY };
        let at = slot_offset(slot.number()) as usize;
        let bytes = encode_slot(BOOK, &slot);
        head[at..at + bytes.len()].copy_from_slice(&bytes);
    }
    assert_eq!(verdict(&files, size), Verdict::Silent);
    let mut lost = 0;
    for number in 0..files[SEGMENT].len() * 8 {
        let mut changed = files.clone();
        flip(changed.get_mut(SEGMENT).unwrap(), number);
        lost += usize::from(matches!(verdict(&changed, size), Verdict::Lost(_)));
    }
    println!("control: {lost} flips lost the last frame");
    assert!(lost > 0);
}

#[test]
fn every_changed_byte_is_noticed() {
    let (files, size) = closed_book();
    let (cases, silent) = tried(&files, size, &[HEAD, SEGMENT], |content, number| {
        content
            .get_mut(number / 3)
            .map(|byte| {
                *byte = [0, 0xff, byte.wrapping_add(1)][number % 3];
            })
            .is_some()
    });
    println!("{cases} changed bytes, {} not noticed", silent.len());
    assert!(silent.is_empty(), "{:#?}", &silent[..silent.len().min(9)]);
}

#[test]
fn zeroed_and_swapped_sectors_are_noticed() {
    let (files, size) = closed_book();
    let (cases, silent) = tried(&files, size, &[HEAD, SEGMENT], |content, number| {
        let (first, second) = (number % 30 * 512, number / 30 * 512);
        if second >= content.len() {
            return false;
        }
        let end = |start: usize| (start + 512).min(content.len());
        if first >= content.len() || end(first) - first != end(second) - second {
            return true;
        }
        if first == second {
            let end = end(first);
            content[first..end].fill(0);
        } else {
            for at in 0..end(first) - first {
                content.swap(first + at, second + at);
            }
        }
        true
    });
    println!("{cases} sectors zeroed or swapped, {} not noticed", silent.len());
    assert!(silent.is_empty(), "{:#?}", &silent[..silent.len().min(9)]);
}

#[test]
fn every_lost_length_is_noticed() {
    let (files, size) = closed_book();
    let (cases, silent) = tried(&files, size, &[HEAD, SEGMENT], |content, length| {
        let shorter = length < content.len();
        content.truncate(length);
        shorter
    });
    println!("{cases} lengths lost, {} not noticed", silent.len());
    assert!(silent.is_empty(), "{:#?}", &silent[..silent.len().min(9)]);
}

#[test]
fn grown_files_lose_nothing() {
    let (files, size) = closed_book();
    for bytes in [1, 55, 56, 511, 4096, 70_000] {
        let mut grown = files.clone();
        grown.get_mut(SEGMENT).unwrap().extend(vec![0; bytes]);
        assert_eq!(verdict(&grown, size), Verdict::Silent, "{bytes} zeroes are room to grow");
        let last = grown.get_mut(SEGMENT).unwrap().last_mut().unwrap();
        *last = 7;
        assert_eq!(verdict(&grown, size), Verdict::Noticed, "{bytes} bytes of rubbish");
        let mut grown = files.clone();
        grown.get_mut(HEAD).unwrap().extend(vec![0; bytes]);
        assert_eq!(verdict(&grown, size), Verdict::Noticed, "{bytes} zeroes behind the head");
    }
    let mut grown = files.clone();
    grown.get_mut(SEGMENT).unwrap().extend(vec![0xaa; 34 << 20]);
    assert_eq!(verdict(&grown, size), Verdict::Noticed, "more than an append can leave");
    assert!(open(&disk(&grown)).is_err());
}

#[test]
fn missing_and_strange_files_are_noticed() {
    let (files, size) = closed_book();
    for name in [HEAD, SEGMENT] {
        let mut fewer = files.clone();
        fewer.remove(name);
        assert_eq!(verdict(&fewer, size), Verdict::Noticed, "without {name}");
    }
    let mut more = files.clone();
    more.insert("00000002.seg".into(), Vec::new());
    assert_eq!(verdict(&more, size), Verdict::Noticed);
}

#[test]
fn an_old_segment_under_a_new_head_is_noticed() {
    let one = SimulatedDisk::new();
    let (journal, sizes) = small_book(&one);
    let old = one.files();
    let size = super::given::append(&journal, *sizes.last().unwrap(), 3).unwrap();
    let mut mixed = one.files();
    assert_eq!(verdict(&mixed, size), Verdict::Silent);
    mixed.insert(SEGMENT.into(), old[SEGMENT].clone());
    assert_eq!(verdict(&mixed, size), Verdict::Noticed);
}

/// Offsets of the frames in the small book, and the end.
fn frame_offsets(files: &Files) -> Vec<usize> {
    let segment = &files[SEGMENT];
    let mut offsets = vec![0];
    while let Some(header) = crate::format::FrameHeader::parse(&segment[*offsets.last().unwrap()..])
    {
        offsets.push(offsets.last().unwrap() + header.length);
    }
    offsets
}

#[test]
fn swapped_dropped_and_doubled_frames_are_noticed() {
    let (files, size) = closed_book();
    let offsets = frame_offsets(&files);
    let segment = &files[SEGMENT];
    let frames: Vec<&[u8]> = offsets.windows(2).map(|pair| &segment[pair[0]..pair[1]]).collect();
    let mut cases = 0;
    let mut check = |frames: &[&[u8]], what: &str| {
        let mut changed = files.clone();
        changed.insert(SEGMENT.into(), frames.concat());
        assert_eq!(verdict(&changed, size), Verdict::Noticed, "{what}");
        assert!(reader_is_right(&changed, size), "{what}");
        cases += 1;
    };
    for first in 0..frames.len() {
        for second in first + 1..frames.len() {
            let mut swapped = frames.clone();
            swapped.swap(first, second);
            check(&swapped, &format!("{first} and {second} swapped"));
        }
        let mut dropped = frames.clone();
        dropped.remove(first);
        check(&dropped, &format!("{first} dropped"));
        let mut doubled = frames.clone();
        doubled.insert(first, frames[first]);
        check(&doubled, &format!("{first} doubled"));
    }
    println!("{cases} lists of frames, all noticed");
}

#[test]
fn frames_of_another_book_are_noticed() {
    let (files, size) = closed_book();
    for (number, pair) in frame_offsets(&files).windows(2).enumerate() {
        let mut changed = files.clone();
        let header = crate::format::FrameHeader::parse(&files[SEGMENT][pair[0]..]).unwrap();
        let same = records(header.first, header.count.into());
        let same: Vec<_> = same.iter().map(Vec::as_slice).collect();
        let mut frame = Vec::new();
        let other = BookKey([9; 16]);
        encode_frame(&mut frame, other, header.first, header.root_before, &same);
        assert_eq!(frame.len(), pair[1] - pair[0]);
        changed.get_mut(SEGMENT).unwrap()[pair[0]..pair[1]].copy_from_slice(&frame);
        assert_eq!(verdict(&changed, size), Verdict::Noticed, "frame {number}");
    }
}

/// A record altered with care: the checksum of its frame is right again, the tree is not.
#[test]
fn altered_records_with_repaired_checksums_are_noticed() {
    let (files, size) = closed_book();
    let mut cases = 0;
    for pair in frame_offsets(&files).windows(2) {
        let header = crate::format::FrameHeader::parse(&files[SEGMENT][pair[0]..]).unwrap();
        let original = records(header.first, header.count.into());
        for (number, record) in original.iter().enumerate() {
            for at in 0..record.len() {
                let mut altered = original.clone();
                altered[number][at] ^= 1;
                let altered: Vec<_> = altered.iter().map(Vec::as_slice).collect();
                let mut frame = Vec::new();
                encode_frame(&mut frame, BOOK, header.first, header.root_before, &altered);
                let mut changed = files.clone();
                changed.get_mut(SEGMENT).unwrap()[pair[0]..pair[1]].copy_from_slice(&frame);
                assert_eq!(verdict(&changed, size), Verdict::Noticed);
                cases += 1;
            }
        }
    }
    println!("{cases} altered records, all noticed");
}

/// A flip under an open handle: whatever reads it says so.
#[test]
fn flips_under_an_open_journal_are_noticed_by_verify() {
    let simulated = SimulatedDisk::new();
    let (journal, _) = small_book(&simulated);
    assert!(journal.verify(BOOK).is_ok());
    for (name, bytes) in simulated.files() {
        let file = crate::disk::Disk::open(&simulated, &name).unwrap().unwrap();
        for (at, byte) in bytes.iter().enumerate().take(13_000) {
            file.write_at(&[byte ^ 0x10], at as u64).unwrap();
            let error = journal.verify(BOOK).expect_err(&format!("{name} at {at}"));
            assert!(error.to_string().contains(&name), "{name} at {at}: {error}");
            file.write_at(&[*byte], at as u64).unwrap();
        }
    }
    assert!(journal.verify(BOOK).is_ok());
}
