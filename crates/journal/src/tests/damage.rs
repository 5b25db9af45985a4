//! Bytes that change on the disk: noticed and named, never served, never cut.

use std::sync::Arc;

use super::given::{
    BOOK, Files, HEAD, SHAPES, Shape, closed_book, disk, frame_offsets, goes_on, last_segment,
    look, names, records, segments, small_book,
};
use crate::format::{
    FrameHeader, NEXT, Slot, checksum, encode_frame, encode_head, encode_slot, segment_name,
    slot_offset,
};
use crate::place::Spot;
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
    match Shape::Several.open(&disk(files)) {
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

/// Tries each change to each file of both shapes; each has to be noticed.
fn tried(what: &str, change: impl Fn(&mut Vec<u8>, usize) -> bool) {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let (cases, silent) = tried_on(&files, size, &change);
        println!("{shape:?}: {cases} {what}, {} not noticed", silent.len());
        assert!(silent.is_empty(), "{:#?}", &silent[..silent.len().min(9)]);
    }
}

/// Gives the number of cases and those not noticed.
fn tried_on(
    files: &Files,
    size: u64,
    change: &impl Fn(&mut Vec<u8>, usize) -> bool,
) -> (usize, Vec<String>) {
    let (mut cases, mut silent) = (0, Vec::new());
    let mut changed = files.clone();
    for name in &names(files) {
        for number in 0.. {
            let content = changed.get_mut(name).unwrap();
            content.clone_from(&files[name]);
            if !change(content, number) {
                break;
            }
            if *content == files[name] {
                continue;
            }
            cases += 1;
            let verdict = verdict(&changed, size);
            if verdict != Verdict::Noticed || !reader_is_right(&changed, size) {
                silent.push(format!("{name}, case {number}: {verdict:?}"));
            }
        }
        changed.insert(name.clone(), files[name].clone());
    }
    (cases, silent)
}

fn flip(content: &mut [u8], number: usize) -> bool {
    content.get_mut(number / 8).map(|byte| *byte ^= 1 << (number % 8)).is_some()
}

#[test]
fn every_flipped_bit_is_noticed() {
    tried("single-bit flips", |content, number| flip(content, number));
}

/// The control: without slots that vouch for it, a flip in the last frame looks like a crash.
#[test]
fn without_slots_flips_in_the_last_frame_lose_it() {
    for shape in SHAPES {
        let (mut files, size) = closed_book(shape);
        let head = files.get_mut(HEAD).unwrap();
        for sequence in [0, 1] {
            let slot = Slot { sequence, end: Spot::START, head: TreeHead::EMPTY };
            let at = slot_offset(slot.number()) as usize;
            let bytes = encode_slot(BOOK, &slot);
            head[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        assert_eq!(verdict(&files, size), Verdict::Silent);
        let (mut losses, last) = (0, last_segment(&files));
        for number in 0..files[&last].len() * 8 {
            let mut changed = files.clone();
            flip(changed.get_mut(&last).unwrap(), number);
            losses += usize::from(matches!(verdict(&changed, size), Verdict::Lost(_)));
        }
        println!("control, {shape:?}: {losses} flips lost the last frame");
        assert!(losses > 0);
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    tried("changed bytes", |content, number| {
        content
            .get_mut(number / 3)
            .map(|byte| {
                *byte = [0, 0xff, byte.wrapping_add(1)][number % 3];
            })
            .is_some()
    });
}

#[test]
fn zeroed_and_swapped_sectors_are_noticed() {
    tried("sectors zeroed or swapped", |content, number| {
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
}

#[test]
fn every_lost_length_is_noticed() {
    tried("lengths lost", |content, length| {
        let shorter = length < content.len();
        content.truncate(length);
        shorter
    });
}

#[test]
fn grown_files_lose_nothing() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let last = last_segment(&files);
        for bytes in [1, 55, 56, 511, 4096, 70_000] {
            for name in segments(&files) {
                let mut grown = files.clone();
                let content = grown.get_mut(&name).unwrap();
                content.extend(vec![0; bytes]);
                // Zeroes are room to grow, but not where another segment stands behind.
                let wanted = if name == last { Verdict::Silent } else { Verdict::Noticed };
                assert_eq!(verdict(&grown, size), wanted, "{bytes} zeroes behind {name}");
                *grown.get_mut(&name).unwrap().last_mut().unwrap() = 7;
                assert_eq!(verdict(&grown, size), Verdict::Noticed, "{bytes} bytes of rubbish");
            }
            let mut grown = files.clone();
            grown.get_mut(HEAD).unwrap().extend(vec![0; bytes]);
            assert_eq!(verdict(&grown, size), Verdict::Noticed, "{bytes} zeroes behind the head");
        }
        let mut grown = files.clone();
        grown.get_mut(&last).unwrap().extend(vec![0xaa; 34 << 20]);
        assert_eq!(verdict(&grown, size), Verdict::Noticed, "more than an append can leave");
        assert!(shape.open(&disk(&grown)).is_err());
    }
}

#[test]
fn missing_swapped_and_strange_files_are_noticed() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let names = names(&files);
        for (number, name) in names.iter().enumerate() {
            let mut fewer = files.clone();
            fewer.remove(name);
            assert_eq!(verdict(&fewer, size), Verdict::Noticed, "without {name}");
            assert!(reader_is_right(&fewer, size), "without {name}");
            let mut blank = files.clone();
            blank.get_mut(name).unwrap().clear();
            assert_eq!(verdict(&blank, size), Verdict::Noticed, "{name} empty");
            assert!(reader_is_right(&blank, size), "{name} empty");
            for other in &names[number + 1..] {
                let mut swapped = files.clone();
                swapped.insert(name.clone(), files[other].clone());
                swapped.insert(other.clone(), files[name].clone());
                assert_eq!(verdict(&swapped, size), Verdict::Noticed, "{name} and {other}");
                assert!(reader_is_right(&swapped, size), "{name} and {other}");
            }
        }
        for name in ["00000009.seg", "00000000.seg", "1.seg", "book.seg", "000000001.seg"] {
            let mut more = files.clone();
            more.insert(name.into(), Vec::new());
            assert_eq!(verdict(&more, size), Verdict::Noticed, "{name}");
        }
        // A segment more, without bytes, is what a crash may leave behind a full one.
        let mut more = files.clone();
        more.insert(segment_name(u32::try_from(names.len()).unwrap()), Vec::new());
        assert_eq!(verdict(&more, size), Verdict::Silent);
    }
}

#[test]
fn an_old_segment_under_a_new_head_is_noticed() {
    for shape in SHAPES {
        let one = SimulatedDisk::new();
        let (journal, sizes) = small_book(&one, shape);
        let mut old = one.files();
        let size = super::given::append(&journal, *sizes.last().unwrap(), 3).unwrap();
        let new = one.files();
        assert_eq!(verdict(&new, size), Verdict::Silent);
        old.insert(HEAD.into(), new[HEAD].clone());
        assert_eq!(verdict(&old, size), Verdict::Noticed);
    }
}

#[test]
fn swapped_dropped_and_doubled_frames_are_noticed() {
    let mut cases = 0;
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for name in segments(&files) {
            let segment = &files[&name];
            let offsets = frame_offsets(segment);
            let frames: Vec<&[u8]> =
                offsets.windows(2).map(|pair| &segment[pair[0]..pair[1]]).collect();
            let mut check = |frames: &[&[u8]], what: &str| {
                let mut changed = files.clone();
                changed.insert(name.clone(), frames.concat());
                assert_eq!(verdict(&changed, size), Verdict::Noticed, "{name}: {what}");
                assert!(reader_is_right(&changed, size), "{name}: {what}");
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
        }
    }
    println!("{cases} lists of frames, all noticed");
}

/// Frames of a book, each with its segment's name and its place in it.
fn frames(files: &Files) -> Vec<(String, std::ops::Range<usize>, FrameHeader)> {
    let mut frames = Vec::new();
    for name in segments(files) {
        for pair in frame_offsets(&files[&name]).windows(2) {
            let header = FrameHeader::parse(&files[&name][pair[0]..]).unwrap();
            frames.push((name.clone(), pair[0]..pair[1], header));
        }
    }
    frames
}

fn encoded(book: BookKey, header: &FrameHeader, records: &[Vec<u8>]) -> Vec<u8> {
    let records: Vec<_> = records.iter().map(Vec::as_slice).collect();
    let mut frame = Vec::new();
    encode_frame(&mut frame, book, header.first, header.root_before, &records);
    frame
}

#[test]
fn frames_of_another_book_are_noticed() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, header) in frames(&files) {
            let mut changed = files.clone();
            let same = records(header.first, header.count.into());
            let frame = encoded(BookKey([9; 16]), &header, &same);
            changed.get_mut(&name).unwrap()[place.clone()].copy_from_slice(&frame);
            assert_eq!(verdict(&changed, size), Verdict::Noticed, "{name}: {place:?}");
        }
    }
}

/// A record altered with care: the checksum of its frame is right again, the tree is not.
#[test]
fn altered_records_with_repaired_checksums_are_noticed() {
    let mut cases = 0;
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, header) in frames(&files) {
            let original = records(header.first, header.count.into());
            for (number, record) in original.iter().enumerate() {
                for at in 0..record.len() {
                    let mut altered = original.clone();
                    altered[number][at] ^= 1;
                    let frame = encoded(BOOK, &header, &altered);
                    let mut changed = files.clone();
                    changed.get_mut(&name).unwrap()[place.clone()].copy_from_slice(&frame);
                    assert_eq!(verdict(&changed, size), Verdict::Noticed);
                    cases += 1;
                }
            }
        }
    }
    println!("{cases} altered records, all noticed");
}

/// A segment is made only behind records. Blank ones that stand behind none would be left in the way of the
/// first append: it would be answered, and damage at the next opening.
#[test]
fn blank_segments_of_a_book_without_records_are_noticed() {
    let head = (HEAD.to_owned(), encode_head(BOOK));
    let blank = |number: u32, bytes: usize| (segment_name(number), vec![0; bytes]);
    for head in [None, Some(head)] {
        for bytes in [0, 2, 4096] {
            let one: Files = head.iter().cloned().chain([blank(1, bytes)]).collect();
            // The control: what a creation leaves that was not finished.
            goes_on(&disk(&one), Shape::One, 0..=0).unwrap();
            for more in 2..5 {
                let mut several = one.clone();
                several.extend((2..=more).map(|number| blank(number, bytes)));
                assert_eq!(verdict(&several, 0), Verdict::Noticed, "{more} of {bytes} bytes");
                let read = Journal::read_only_on(Arc::new(disk(&several)));
                assert!(matches!(read, Err(OpenError::Damaged(_))), "{read:?}");
            }
        }
    }
}

/// A body that is not the records that its header counts, behind a checksum that is right.
#[test]
fn malformed_bodies_with_repaired_checksums_are_noticed() {
    type Forge = fn(&mut [u8]);
    let forged: [(&str, Forge); 4] = [
        ("a record more is counted", |frame| frame[12] += 1),
        ("a record fewer is counted", |frame| frame[12] -= 1),
        ("a length beyond the body", |frame| frame[56] = 0x7f),
        ("a length in too many bytes", |frame| {
            let end = frame.len().min(60);
            frame[56..end].fill(0x80);
        }),
    ];
    let mut cases = 0;
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, _) in frames(&files) {
            for (what, forge) in forged {
                let mut changed = files.clone();
                let frame = &mut changed.get_mut(&name).unwrap()[place.clone()];
                forge(frame);
                let crc = checksum(BOOK, &[&frame[..8], &frame[12..]]);
                frame[8..12].copy_from_slice(&crc.to_le_bytes());
                assert_eq!(verdict(&changed, size), Verdict::Noticed, "{name}: {what}");
                assert!(reader_is_right(&changed, size), "{name}: {what}");
                cases += 1;
            }
        }
    }
    println!("{cases} bodies that their headers don't count, all noticed");
}

/// A flip under an open handle: whatever reads it says so.
#[test]
fn flips_under_an_open_journal_are_noticed_by_verify() {
    for shape in SHAPES {
        let simulated = SimulatedDisk::new();
        let (journal, _) = small_book(&simulated, shape);
        assert!(journal.verify(BOOK).is_ok());
        for (name, bytes) in simulated.files().into_iter().filter(|(name, _)| name != NEXT) {
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
}

/// Behind the last frame megabytes of what looks like starts of large frames: judged in the time
/// that they take to be read, and never served.
#[test]
fn bytes_that_look_like_many_large_frames_are_judged() {
    let (files, size) = closed_book(Shape::One);
    let last = last_segment(&files);
    let mut changed = files.clone();
    let segment = changed.get_mut(&last).unwrap();
    let end = segment.len();
    let mut header = b"TZF1".to_vec();
    header.extend(3_000_000_u32.to_le_bytes());
    header.extend([7; 4]);
    header.extend(1_u32.to_le_bytes());
    header.extend((size + 5).to_le_bytes());
    while segment.len() < end + 6_000_000 {
        segment.extend(&header);
    }
    let simulated = disk(&changed);
    let error = Shape::One.open(&simulated).unwrap_err();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    let simulated: Arc<dyn crate::disk::Disk> = Arc::new(disk(&changed));
    let salvage = crate::Salvage::on(&simulated, &|_| Vec::new()).unwrap();
    assert_eq!((salvage.records(), salvage.proven()), (size, size));
}

/// Random bits of a book with segments of their usual sizes.
#[test]
fn random_flips_in_a_larger_book_are_noticed() {
    let simulated = SimulatedDisk::new();
    let journal = Shape::One.open(&simulated).unwrap();
    let mut size = 0;
    while segments(&simulated.files()).len() < 4 {
        size = super::given::append(&journal, size, 300).unwrap();
    }
    journal.close().unwrap();
    let mut files = simulated.files();
    let mut random = super::given::Random(5);
    let lengths: Vec<(String, u64)> =
        names(&files).iter().map(|name| (name.clone(), files[name].len() as u64)).collect();
    let all: u64 = lengths.iter().map(|(_, length)| length).sum();
    let cases = 300;
    for _ in 0..cases {
        let mut at = random.below(all * 8);
        let (name, _) = lengths
            .iter()
            .find(|(_, length)| {
                let here = at < length * 8;
                at -= if here { 0 } else { length * 8 };
                here
            })
            .unwrap();
        flip(files.get_mut(name).unwrap(), at as usize);
        assert_eq!(verdict(&files, size), Verdict::Noticed, "{name}, bit {at}");
        assert!(reader_is_right(&files, size), "{name}, bit {at}");
        flip(files.get_mut(name).unwrap(), at as usize);
    }
    assert_eq!(verdict(&files, size), Verdict::Silent);
    println!("{cases} random flips in {all} bytes, all noticed");
}

/// A reader's check looks behind what is vouched for: what no crash leaves is damage, and what a
/// crash may have left is counted.
#[test]
fn bytes_behind_the_last_vouched_frame_are_judged_by_a_reader() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let verify = |files: &Files| {
            let reader = Journal::read_only_on(Arc::new(disk(files)));
            reader
                .map_err(|error| error.to_string())?
                .verify(BOOK)
                .map_err(|error| error.to_string())
        };
        assert_eq!(verify(&files).unwrap().unvouched, 0);
        let last = last_segment(&files);
        let mut junk = files.clone();
        junk.get_mut(&last).unwrap().extend(b"junk");
        let found = verify(&junk).unwrap();
        assert_eq!((found.records, found.unvouched), (size, 4));
        // An older head, and every frame behind it hurt: more than one append can leave torn.
        let one = SimulatedDisk::new();
        let journal = shape.open(&one).unwrap();
        let mut at = super::given::append(&journal, 0, 3).unwrap();
        let old = one.files()[HEAD].clone();
        for _ in 0..3 {
            at = super::given::append(&journal, at, 1).unwrap();
        }
        let mut lagging = one.after_kill().files();
        lagging.insert(HEAD.into(), old);
        let whole = frames(&lagging);
        // A frame behind vouches for all but the last.
        assert_eq!(verify(&lagging).unwrap().unvouched, whole[3].1.len() as u64);
        for (name, place, _) in &whole[1..] {
            lagging.get_mut(name).unwrap()[place.end - 1] ^= 0x92;
        }
        assert!(verify(&lagging).unwrap_err().contains("damaged"));
        assert!(matches!(shape.open(&disk(&lagging)), Err(OpenError::Damaged(_))));
    }
}
