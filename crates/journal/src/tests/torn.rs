//! The last append, torn: recovered to the frame before or after, and the bytes kept aside.

use super::given::{
    BOOK, Files, HEAD, LastAppend, Random, disk, goes_on, last_appends, look, segments,
};
use crate::OpenError;
use tuanzhang_log::Store;

/// The files after a power loss in the last append: the slot is old, of the frame the first
/// `kept` bytes are there, and the rest is what `behind` says.
fn torn(last: &LastAppend, kept: usize, behind: &mut dyn FnMut(usize) -> u8) -> Files {
    let mut files = last.before.clone();
    let segment = files.get_mut(&last.segment).unwrap();
    let frame = last.start..last.start + kept;
    segment[frame.clone()].copy_from_slice(&last.after[&last.segment][frame]);
    for (at, byte) in segment[..last.end].iter_mut().enumerate().skip(last.start + kept) {
        *byte = behind(at);
    }
    files
}

impl LastAppend {
    fn is_whole(&self, files: &Files) -> bool {
        let frame = self.start..self.end;
        files[&self.segment].get(frame.clone()) == self.after[&self.segment].get(frame)
    }

    fn promised(&self, files: &Files) -> u64 {
        if self.is_whole(files) { self.large } else { self.small }
    }
}

#[test]
fn a_torn_last_frame_is_cut_at_every_byte() {
    let mut random = Random(1);
    let mut cases = 0;
    for last in last_appends() {
        let old: Vec<u8> =
            segments(&last.before).iter().flat_map(|name| last.before[name].clone()).collect();
        for kept in 0..=last.end - last.start {
            for filling in 0..3 {
                let mut behind = |at: usize| match filling {
                    0 => 0,
                    // Old bytes: of the frames before, not at the start of one.
                    1 => old[(at + 1) % 500],
                    _ => random.bits() as u8,
                };
                let files = torn(&last, kept, &mut behind);
                let promised = last.promised(&files);
                let simulated = disk(&files);
                let journal = last.shape.open(&simulated).unwrap();
                assert_eq!(look(&journal), Ok(promised), "{kept} bytes, filling {filling}");
                let frame = &files[&last.segment][last.start..last.end];
                let blank = frame.iter().all(|byte| *byte == 0);
                let recovery = journal.recovery();
                assert_eq!(recovery.is_clean(), last.is_whole(&files) || blank);
                if let Some(cut) = &recovery.cut {
                    let bytes = &simulated.files()[&cut.kept_in];
                    assert_eq!((&cut.file, cut.offset), (&last.segment, last.start as u64));
                    assert_eq!(bytes.len() as u64, cut.bytes);
                    assert!(frame.starts_with(bytes));
                }
                drop(journal);
                goes_on(&simulated, last.shape, promised..=promised).unwrap();
                cases += 1;
            }
        }
    }
    println!("{cases} torn frames, 0 lost");
}

/// The control: the same images under a slot that vouches for the frame are damage, and
/// nothing is cut.
#[test]
fn an_acknowledged_last_frame_is_never_cut() {
    for last in last_appends() {
        for kept in 0..=last.end - last.start {
            let mut files = torn(&last, kept, &mut |_| 0);
            files.insert(HEAD.into(), last.after[HEAD].clone());
            let whole = last.is_whole(&files);
            let simulated = disk(&files);
            match last.shape.open(&simulated) {
                Ok(journal) => assert!(whole && look(&journal) == Ok(last.large), "{kept} bytes"),
                Err(OpenError::Damaged(damage)) => {
                    assert!(!whole);
                    let place = format!("{} at offset {}", last.segment, last.start);
                    assert!(damage.place.ends_with(&place), "{damage}");
                    assert_eq!(simulated.files(), files, "nothing is changed");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_last_append_cut_short_by_length_is_recovered_at_every_length() {
    for last in last_appends() {
        let content = &last.after[&last.segment];
        for length in last.start..=content.len().min(last.end + 600) {
            let mut files = last.before.clone();
            files.insert(last.segment.clone(), content[..length].to_vec());
            // The last bytes of the frame may be zeroes that are missing: still cut, not guessed.
            let promised = if length >= last.end { last.large } else { last.small };
            goes_on(&disk(&files), last.shape, promised..=promised).unwrap();
        }
    }
}

/// Any one sector of the last frame missing, any one kept.
#[test]
fn lost_sectors_of_the_last_append_are_recovered() {
    for last in last_appends() {
        let content = &last.after[&last.segment];
        for sector in last.start / 512..=last.end / 512 {
            let range = (sector * 512).max(last.start)..((sector + 1) * 512).min(last.end);
            let mut missing = last.before.clone();
            missing.insert(last.segment.clone(), content.clone());
            missing.get_mut(&last.segment).unwrap()[range.clone()].fill(0);
            let mut only = last.before.clone();
            only.get_mut(&last.segment).unwrap()[range.clone()].copy_from_slice(&content[range]);
            for files in [missing, only] {
                let promised = last.promised(&files);
                goes_on(&disk(&files), last.shape, promised..=promised).unwrap();
            }
        }
    }
}

/// A slot that was torn while it was written: the other one and the frames are enough.
#[test]
fn a_torn_slot_is_written_anew() {
    for LastAppend { before, after, large, shape, .. } in last_appends() {
        let changed: Vec<_> =
            (0..before[HEAD].len()).filter(|at| before[HEAD][*at] != after[HEAD][*at]).collect();
        let (first, last) = (changed[0], changed[changed.len() - 1]);
        for at in first..=last {
            let mut files = after.clone();
            files.get_mut(HEAD).unwrap()[at..=last].copy_from_slice(&before[HEAD][at..=last]);
            let simulated = disk(&files);
            let journal = shape.open(&simulated).unwrap();
            assert_eq!(look(&journal), Ok(large));
            let verified = journal.verify(BOOK).unwrap();
            assert_eq!(verified.records, large);
            drop(journal);
            assert!(shape.open(&simulated).unwrap().recovery().is_clean());
        }
    }
}

/// Any bit of a slot's block, the zeroes behind the slot included, is put right by an opening.
#[test]
fn a_changed_slot_block_is_whole_after_an_opening() {
    for shape in super::given::SHAPES {
        let (files, size) = super::given::closed_book(shape);
        for at in (4096..12_288).step_by(7) {
            let mut changed = files.clone();
            changed.get_mut(HEAD).unwrap()[at] ^= 0x40;
            let simulated = disk(&changed);
            let journal = shape.open(&simulated).unwrap();
            assert_eq!(journal.recovery().repaired.len(), 1, "{at}");
            assert_eq!(journal.verify(BOOK).unwrap().records, size, "{at}");
            drop(journal);
            let journal = shape.open(&simulated).unwrap();
            assert!(journal.recovery().is_clean(), "{at}");
            assert_eq!(look(&journal), Ok(size));
        }
    }
}

/// A whole frame that nobody vouches for is kept, written once more, and then vouched for.
#[test]
fn an_unanswered_whole_frame_is_kept_and_made_durable() {
    for LastAppend { before, after, large, shape, .. } in last_appends() {
        let mut files = after;
        files.insert(HEAD.into(), before[HEAD].clone());
        let simulated = disk(&files);
        let reader = crate::Journal::read_only_on(std::sync::Arc::new(simulated.clone())).unwrap();
        assert!(look(&reader).unwrap() < large, "nobody vouches for the last frame yet");
        let journal = shape.open(&simulated).unwrap();
        assert_eq!(look(&journal), Ok(large));
        assert_eq!(look(&reader), Ok(large));
        assert!(journal.recovery().is_clean());
    }
}

/// The power is lost when the full segment is cut and the next has its name, but no frame.
#[test]
fn a_new_segment_without_a_frame_is_gone_on_with() {
    for last in last_appends().into_iter().filter(|last| last.start == 0) {
        for length in [0, 1, 512, 70_000] {
            let mut files = last.before.clone();
            files.insert(last.segment.clone(), vec![0; length]);
            goes_on(&disk(&files), last.shape, last.small..=last.small).unwrap();
        }
    }
}
