//! Whatever is damaged: no wrong record is given out, and what is missing is named to the position.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::given::{
    BOOK, Files, HEAD, SHAPES, closed_book, disk, frame_offsets, record, records, segments,
};
use crate::disk::Disk;
use crate::format::{FrameHeader, encode_frame};
use crate::simulation::SimulatedDisk;
use crate::{KeyOf, OpenError, Salvage};
use tuanzhang_log::BookKey;

fn salvage_on(disk: &SimulatedDisk, key_of: &KeyOf<'_>) -> Result<Salvage, OpenError> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Salvage::on(&disk, key_of)
}

fn salvage(files: &Files) -> Salvage {
    salvage_on(&disk(files), &|_| None).unwrap()
}

/// The positions that are given out; each has to be the record that was written.
fn given_out(salvage: &Salvage) -> BTreeSet<u64> {
    let mut positions = BTreeSet::new();
    salvage
        .visit(&mut |position, bytes| {
            assert_eq!(bytes, record(position), "position {position}");
            assert!(positions.insert(position), "position {position} twice");
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(salvage.records(), positions.len() as u64);
    let unbroken =
        (1..=1_000).take_while(|position| positions.contains(position)).last().unwrap_or(0);
    assert_eq!(salvage.unbroken(), unbroken);
    assert!(salvage.proven() <= unbroken);
    positions
}

/// Wants exactly the records without `lost`, and these named as missing.
fn all_but(files: &Files, size: u64, lost: impl IntoIterator<Item = u64>) -> Salvage {
    let salvage = salvage(files);
    let lost: BTreeSet<u64> = lost.into_iter().collect();
    let wanted: BTreeSet<u64> = (1..=size).filter(|position| !lost.contains(position)).collect();
    assert_eq!(given_out(&salvage), wanted);
    let missing: BTreeSet<u64> =
        salvage.missing().iter().flat_map(|missing| missing.positions.clone()).collect();
    assert_eq!(missing, lost);
    assert_eq!(salvage.missing().iter().map(crate::Missing::count).sum::<u64>(), lost.len() as u64);
    salvage
}

/// Each frame: its segment, its bytes there, its positions.
fn frames(files: &Files) -> Vec<(String, std::ops::Range<usize>, std::ops::Range<u64>)> {
    let mut frames = Vec::new();
    for name in segments(files) {
        for pair in frame_offsets(&files[&name]).windows(2) {
            let header = FrameHeader::parse(&files[&name][pair[0]..]).unwrap();
            let positions = header.first..header.first + u64::from(header.count);
            frames.push((name.clone(), pair[0]..pair[1], positions));
        }
    }
    frames
}

#[test]
fn of_a_sound_book_everything_is_proven() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let salvage = all_but(&files, size, []);
        assert_eq!((salvage.key(), salvage.proven()), (BOOK, size));
        assert_eq!(salvage.acknowledged(), Some(size));
        assert!(salvage.damages().is_empty() && salvage.repaired().is_empty());
    }
}

#[test]
fn any_flipped_bit_of_a_segment_is_put_right() {
    let mut cases = 0;
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, _) in frames(&files) {
            for bit in place.start * 8..place.end * 8 {
                let mut changed = files.clone();
                changed.get_mut(&name).unwrap()[bit / 8] ^= 1 << (bit % 8);
                let salvage = all_but(&changed, size, []);
                assert_eq!(salvage.proven(), size);
                let [repaired] = salvage.repaired() else { panic!("{:?}", salvage.repaired()) };
                assert!(repaired.place.ends_with(&format!("{name} at offset {}", bit / 8)));
                assert!(salvage.damages().is_empty());
                cases += 1;
            }
        }
    }
    println!("{cases} flipped bits, all put right");
}

#[test]
fn a_frame_with_more_wrong_than_a_bit_is_missing_and_no_other_is() {
    let mut cases = 0;
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, positions) in frames(&files) {
            for at in place.clone() {
                let mut changed = files.clone();
                let bytes = changed.get_mut(&name).unwrap();
                // Three bits, so that no single flip explains them.
                bytes[at] ^= 0b1001_0010;
                let salvage = all_but(&changed, size, positions.clone());
                assert!(salvage.repaired().is_empty());
                assert!(salvage.damages().iter().any(|damage| damage.place.contains(&name)));
                // The frame before has its checksum, and nobody who states the root over it.
                assert!(salvage.proven() < positions.start);
                cases += 1;
            }
        }
    }
    println!("{cases} changed bytes, one frame missing each");
}

#[test]
fn altered_records_with_repaired_checksums_are_never_given_out() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, positions) in frames(&files) {
            let header = FrameHeader::parse(&files[&name][place.start..]).unwrap();
            let mut altered = records(positions.start, positions.end - positions.start);
            let Some(byte) = altered.iter_mut().flatten().next() else { continue };
            *byte ^= 1;
            let slices: Vec<_> = altered.iter().map(Vec::as_slice).collect();
            let mut frame = Vec::new();
            encode_frame(&mut frame, BOOK, header.first, header.root_before, &slices);
            let mut changed = files.clone();
            changed.get_mut(&name).unwrap()[place].copy_from_slice(&frame);
            let salvage = all_but(&changed, size, positions.clone());
            assert!(salvage.missing()[0].why.contains("not the root"));
            assert_eq!(salvage.proven(), positions.start - 1);
        }
    }
}

/// A frame that lies about the root before it is no reason to drop the one before.
#[test]
fn a_root_that_later_roots_contradict_costs_nothing() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, place, positions) in frames(&files) {
            let same = records(positions.start, positions.end - positions.start);
            let slices: Vec<_> = same.iter().map(Vec::as_slice).collect();
            let mut frame = Vec::new();
            let lie = tuanzhang_log::Hash([7; 32]);
            encode_frame(&mut frame, BOOK, positions.start, lie, &slices);
            let mut changed = files.clone();
            changed.get_mut(&name).unwrap()[place].copy_from_slice(&frame);
            assert_eq!(all_but(&changed, size, []).proven(), size);
        }
    }
}

#[test]
fn missing_segments_and_cut_files_cost_what_stood_there() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let frames = frames(&files);
        for gone in segments(&files) {
            let mut changed = files.clone();
            changed.remove(&gone);
            let lost: Vec<u64> = frames
                .iter()
                .filter(|(name, ..)| *name == gone)
                .flat_map(|(_, _, positions)| positions.clone())
                .collect();
            if lost.len() as u64 == size {
                assert!(salvage_on(&disk(&changed), &|_| None).is_err());
            } else {
                all_but(&changed, size, lost);
            }
            for length in 0..files[&gone].len() {
                let mut changed = files.clone();
                changed.get_mut(&gone).unwrap().truncate(length);
                let lost: Vec<u64> = frames
                    .iter()
                    .filter(|(name, place, _)| *name == gone && place.end > length)
                    .flat_map(|(_, _, positions)| positions.clone())
                    .collect();
                if (lost.len() as u64) < size {
                    all_but(&changed, size, lost);
                }
            }
        }
    }
}

#[test]
fn without_a_head_the_first_record_names_the_book() {
    let (files, size) = closed_book(SHAPES[1]);
    for broken in [None, Some(Vec::new()), Some(vec![0xaa; 12_288])] {
        let mut changed = files.clone();
        match broken {
            None => changed.remove(HEAD),
            Some(bytes) => changed.insert(HEAD.into(), bytes),
        };
        let asked = std::cell::Cell::new(false);
        let key_of = |bytes: &[u8]| {
            asked.set(true);
            (bytes == record(1)).then_some(BOOK)
        };
        let salvage = salvage_on(&disk(&changed), &key_of).unwrap();
        assert!(asked.get());
        assert_eq!(given_out(&salvage).len() as u64, size);
        assert_eq!(salvage.acknowledged(), None);
        // Nothing states the root over the last frame.
        assert!(salvage.proven() < size && salvage.proven() > 0);
        assert!(!salvage.damages().is_empty());
        // Another key is not believed.
        let other = |_: &[u8]| Some(BookKey([1; 16]));
        assert!(salvage_on(&disk(&changed), &other).is_err());
        assert!(salvage_on(&disk(&changed), &|_| None).is_err());
    }
}

#[test]
fn torn_slots_and_swapped_segments_cost_no_record() {
    let (files, size) = closed_book(SHAPES[1]);
    for slot in [4096, 8192] {
        let mut changed = files.clone();
        changed.get_mut(HEAD).unwrap()[slot + 9] ^= 3;
        assert!(!all_but(&changed, size, []).damages().is_empty());
    }
    let names = segments(&files);
    let mut swapped = files.clone();
    swapped.insert(names[0].clone(), files[&names[1]].clone());
    swapped.insert(names[1].clone(), files[&names[0]].clone());
    assert_eq!(all_but(&swapped, size, []).proven(), size);
    let mut doubled = files.clone();
    doubled.insert("00000044.seg".into(), files[&names[0]].clone());
    let salvage = all_but(&doubled, size, []);
    assert!(salvage.damages().iter().any(|damage| damage.what.contains("as well")));
}

#[test]
fn nothing_is_written() {
    let (mut files, size) = closed_book(SHAPES[1]);
    files.get_mut("00000002.seg").unwrap()[30] ^= 1;
    let simulated = disk(&files);
    let salvage = salvage_on(&simulated, &|_| None).unwrap();
    assert_eq!(given_out(&salvage).len() as u64, size);
    assert_eq!(simulated.files(), files);
    assert_eq!(simulated.undecided(), 0);
}
