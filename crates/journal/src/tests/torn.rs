//! The last append, torn: recovered to the frame before or after, and the bytes kept aside.

use super::given::{BOOK, Files, HEAD, Random, SEGMENT, disk, goes_on, last_append, look, open};
use crate::OpenError;
use tuanzhang_log::Store;

/// The files after a power loss in the last append: the slot is old, of the frame the first
/// `kept` bytes are there, and the rest is what `behind` says.
fn torn(
    before: &Files,
    after: &Files,
    end: usize,
    kept: usize,
    behind: &mut dyn FnMut(usize) -> u8,
) -> Files {
    let mut files = before.clone();
    let (old, new) = (&before[SEGMENT], &after[SEGMENT]);
    let start = old.iter().zip(new).position(|(old, new)| old != new).unwrap();
    let segment = files.get_mut(SEGMENT).unwrap();
    segment[start..start + kept].copy_from_slice(&new[start..start + kept]);
    for (at, byte) in segment[start..end].iter_mut().enumerate().skip(kept) {
        *byte = behind(at);
    }
    files
}

/// Where the frame of the last append starts and ends.
fn last_frame(before: &Files, after: &Files) -> (usize, usize) {
    let (old, new) = (&before[SEGMENT], &after[SEGMENT]);
    let start = old.iter().zip(new).position(|(old, new)| old != new).unwrap();
    let header = crate::format::FrameHeader::parse(&new[start..]).unwrap();
    (start, start + header.length)
}

#[test]
fn a_torn_last_frame_is_cut_at_every_byte() {
    let ((before, small), (after, large)) = last_append();
    let (start, end) = last_frame(&before, &after);
    let mut random = Random(1);
    let mut cases = 0;
    for kept in 0..=end - start {
        let old = before[SEGMENT].clone();
        for filling in 0..3 {
            let mut behind = |at: usize| match filling {
                0 => 0,
                // Old bytes: of the frames before, not at the start of one.
                1 => old[(at + 1) % start],
                _ => random.bits() as u8,
            };
            let files = torn(&before, &after, end, kept, &mut behind);
            let whole = files[SEGMENT][start..end] == after[SEGMENT][start..end];
            let promised = if whole { large } else { small };
            let simulated = disk(&files);
            let journal = open(&simulated).unwrap();
            assert_eq!(look(&journal), Ok(promised), "{kept} bytes, filling {filling}");
            let blank = files[SEGMENT][start..end].iter().all(|byte| *byte == 0);
            assert_eq!(journal.recovery().is_clean(), whole || blank);
            if let Some(cut) = &journal.recovery().cut {
                let bytes = &simulated.files()[&cut.kept_in];
                assert_eq!(cut.offset, start as u64);
                assert_eq!(bytes.len() as u64, cut.bytes);
                assert!(files[SEGMENT][start..].starts_with(bytes));
            }
            drop(journal);
            goes_on(&simulated, promised..=promised).unwrap();
            cases += 1;
        }
    }
    println!("{cases} torn frames, 0 lost");
}

/// The control: the same images under a slot that vouches for the frame are damage, and
/// nothing is cut.
#[test]
fn an_acknowledged_last_frame_is_never_cut() {
    let ((before, _), (after, large)) = last_append();
    let (start, end) = last_frame(&before, &after);
    for kept in 0..=end - start {
        let mut files = torn(&before, &after, end, kept, &mut |_| 0);
        files.insert(HEAD.into(), after[HEAD].clone());
        let whole = files[SEGMENT][start..end] == after[SEGMENT][start..end];
        let simulated = disk(&files);
        match open(&simulated) {
            Ok(journal) => assert!(whole && look(&journal) == Ok(large), "{kept} bytes"),
            Err(OpenError::Damaged(damage)) => {
                assert!(!whole);
                assert!(damage.place.ends_with(&format!("{SEGMENT} at offset {start}")));
                assert_eq!(simulated.files(), files, "nothing is changed");
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_last_append_cut_short_by_length_is_recovered_at_every_length() {
    let ((before, small), (after, large)) = last_append();
    let (start, end) = last_frame(&before, &after);
    for length in start..=after[SEGMENT].len().min(end + 600) {
        let mut files = before.clone();
        files.insert(SEGMENT.into(), after[SEGMENT][..length].to_vec());
        // The last bytes of the frame may be zeroes that are missing: still cut, not guessed.
        let promised = if length >= end { large } else { small };
        goes_on(&disk(&files), promised..=promised).unwrap();
    }
}

/// Any one sector of the last frame missing, any one kept.
#[test]
fn lost_sectors_of_the_last_append_are_recovered() {
    let ((before, small), _) = last_append();
    let simulated = disk(&before);
    let journal = open(&simulated).unwrap();
    let large = super::given::append(&journal, small, 60).unwrap();
    let after = simulated.files();
    let (start, end) = last_frame(&before, &after);
    for sector in start / 512..=end / 512 {
        let range = (sector * 512).max(start)..((sector + 1) * 512).min(end);
        let mut missing = before.clone();
        missing.insert(SEGMENT.into(), after[SEGMENT].clone());
        missing.get_mut(SEGMENT).unwrap()[range.clone()].fill(0);
        let mut only = before.clone();
        only.get_mut(SEGMENT).unwrap()[range.clone()].copy_from_slice(&after[SEGMENT][range]);
        for files in [missing, only] {
            let whole = files[SEGMENT] == after[SEGMENT];
            let promised = if whole { large } else { small };
            goes_on(&disk(&files), promised..=promised).unwrap();
        }
    }
}

/// A slot that was torn while it was written: the other one and the frames are enough.
#[test]
fn a_torn_slot_is_written_anew() {
    let ((before, _), (after, large)) = last_append();
    let changed: Vec<_> =
        (0..before[HEAD].len()).filter(|at| before[HEAD][*at] != after[HEAD][*at]).collect();
    let (first, last) = (changed[0], changed[changed.len() - 1]);
    for at in first..=last {
        let mut files = after.clone();
        files.get_mut(HEAD).unwrap()[at..=last].copy_from_slice(&before[HEAD][at..=last]);
        let simulated = disk(&files);
        let journal = open(&simulated).unwrap();
        assert_eq!(look(&journal), Ok(large));
        let verified = journal.verify(BOOK).unwrap();
        assert_eq!(verified.records, large);
        drop(journal);
        assert!(open(&simulated).unwrap().recovery().is_clean());
    }
}

/// A whole frame that nobody vouches for is kept, written once more, and then vouched for.
#[test]
fn an_unanswered_whole_frame_is_kept_and_made_durable() {
    let ((before, _), (after, large)) = last_append();
    let mut files = after;
    files.insert(HEAD.into(), before[HEAD].clone());
    let simulated = disk(&files);
    let reader = crate::Journal::read_only_on(std::sync::Arc::new(simulated.clone())).unwrap();
    assert!(look(&reader).unwrap() < large, "nobody vouches for the last frame yet");
    let journal = open(&simulated).unwrap();
    assert_eq!(look(&journal), Ok(large));
    assert_eq!(look(&reader), Ok(large));
    assert!(journal.recovery().is_clean());
}
