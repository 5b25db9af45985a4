//! Whatever is damaged: no wrong record is given out, and what is missing is named to the position.

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::given::{
    BOOK, Files, HEAD, SHAPES, closed_book, disk, frame_offsets, head_at, record, records, segments,
};
use crate::disk::{Disk, DiskFile, Lock};
use crate::format::{FrameHeader, Slot, encode_frame, encode_slot, slot_offset};
use crate::place::Spot;
use crate::simulation::{Failing, SimulatedDisk};
use crate::{ActivityStream, Journal, KeysOf, OpenError, Salvage};
use tuanzhang_log::{BookKey, Damage, ReadError, Store};

fn salvage_on(disk: &SimulatedDisk, keys_of: &KeysOf<'_>) -> Result<Salvage, OpenError> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Salvage::on(&disk, keys_of)
}

fn salvage(files: &Files) -> Salvage {
    salvage_on(&disk(files), &|_| Vec::new()).unwrap()
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
    assert_eq!(salvage.last(), positions.last().copied().unwrap_or(0));
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
                assert!(salvage_on(&disk(&changed), &|_| Vec::new()).is_err());
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
        let keys_of = |bytes: Option<&[u8]>| {
            asked.set(true);
            assert_eq!(bytes, Some(record(1).as_slice()));
            vec![BookKey([1; 16]), BOOK]
        };
        let salvage = salvage_on(&disk(&changed), &keys_of).unwrap();
        assert!(asked.get());
        assert_eq!(given_out(&salvage).len() as u64, size);
        assert_eq!(salvage.acknowledged(), None);
        // Nothing states the root over the last frame.
        assert!(salvage.proven() < size && salvage.proven() > 0);
        assert!(!salvage.damages().is_empty());
        // Another key is not believed.
        let other = |_: Option<&[u8]>| vec![BookKey([1; 16])];
        assert!(salvage_on(&disk(&changed), &other).is_err());
        assert!(salvage_on(&disk(&changed), &|_| Vec::new()).is_err());
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
    let mut both = files.clone();
    for slot in [4096, 8192] {
        both.get_mut(HEAD).unwrap()[slot + 9] ^= 3;
    }
    for opened in [SHAPES[1].open(&disk(&both)), Journal::read_only_on(Arc::new(disk(&both)))] {
        let Err(OpenError::Damaged(damage)) = opened else { panic!("{opened:?}") };
        assert!(damage.place.contains(HEAD), "{damage}");
    }
    let found = salvage(&both);
    assert_eq!((given_out(&found).len() as u64, found.acknowledged()), (size, None));
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
    let salvage = salvage_on(&simulated, &|_| Vec::new()).unwrap();
    assert_eq!(given_out(&salvage).len() as u64, size);
    assert_eq!(simulated.files(), files);
    assert_eq!(simulated.undecided(), 0);
}

/// Behind a gap no root proves a guess, so a frame that a flip would explain is not given out.
#[test]
fn a_flip_that_nothing_proves_is_not_put_right() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let frames = frames(&files);
        let (name, place, lost) = &frames[2];
        let (other, there, guessed) = &frames[5];
        let mut changed = files.clone();
        changed.get_mut(name).unwrap()[place.start + 60] ^= 0b1001_0010;
        changed.get_mut(other).unwrap()[there.start + 60] ^= 0b1000;
        let salvage = all_but(&changed, size, lost.clone().chain(guessed.clone()));
        assert!(salvage.repaired().is_empty());
        assert!(salvage.missing()[1].why.contains("no root proves it"));
    }
}

/// What stands behind the last whole frame may have been answered, where the slots lag.
#[test]
fn bytes_behind_the_last_frame_are_counted_and_slots_say_what_they_know() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        assert_eq!(salvage(&files).vouched(), Some(head_at(size)));
        assert_eq!(salvage(&files).tail(), 0);
        let (name, place, _) = frames(&files).pop().unwrap();
        let mut changed = files.clone();
        changed.get_mut(&name).unwrap()[place.end - 1] ^= 0b1001_0010;
        let found = salvage(&changed);
        assert_eq!(found.tail(), (place.end - place.start) as u64);
        assert_eq!(found.vouched(), Some(head_at(size)));
        changed.get_mut(HEAD).unwrap()[8192] ^= 1;
        assert_eq!(
            salvage(&changed).vouched(),
            None,
            "of one slot nobody knows if it is the newest"
        );
        // A header that is hurt costs no slot.
        let mut changed = files.clone();
        changed.get_mut(HEAD).unwrap()[2000] ^= 1;
        let found = salvage_on(&disk(&changed), &|_| vec![BOOK]).unwrap();
        assert_eq!((found.vouched(), found.proven()), (Some(head_at(size)), size));
    }
}

/// A file name, a length: nothing that costs nothing on the disk costs more than that here.
#[test]
fn names_and_lengths_without_bytes_are_cheap() {
    let (mut files, size) = closed_book(SHAPES[1]);
    files.insert("99999999.seg".into(), Vec::new());
    let found = all_but(&files, size, []);
    assert!(found.damages().iter().any(|damage| damage.what.contains("99999998.seg are missing")));
    let last = segments(&closed_book(SHAPES[0]).0).pop().unwrap();
    let (mut files, size) = closed_book(SHAPES[0]);
    files.get_mut(&last).unwrap().resize(200 << 20, 0);
    let opened = SHAPES[0].open(&disk(&files));
    assert!(matches!(&opened, Err(OpenError::Damaged(_))), "{opened:?}");
    let found = all_but(&files, size, []);
    assert!(found.damages().iter().any(|damage| damage.what.contains("more than a segment")));
}

/// A disk that refuses some blocks of a file.
#[derive(Debug)]
struct BadBlocks(Arc<dyn DiskFile>, std::ops::Range<u64>);

impl DiskFile for BadBlocks {
    fn length(&self) -> io::Result<u64> {
        self.0.length()
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let end = offset + buffer.len() as u64;
        if offset < self.1.end && end > self.1.start {
            return Err(io::Error::other("bad block"));
        }
        self.0.read_at(buffer, offset)
    }
    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn set_length(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct BadDisk(SimulatedDisk);

impl Disk for BadDisk {
    fn place(&self) -> String {
        self.0.place()
    }
    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>> {
        self.0.lock()
    }
    fn is_locked(&self) -> io::Result<bool> {
        self.0.is_locked()
    }
    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>> {
        let file = self.0.open(name)?;
        Ok(match file {
            Some(file) if name.starts_with('0') => {
                Some(Box::new(BadBlocks(Arc::from(file), 8192..16_384)))
            }
            file => file,
        })
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.0.create(name)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn beside(&self, job: Box<dyn FnOnce() + Send>) {
        self.0.beside(job);
    }
    fn readers(&self) -> usize {
        1
    }
    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }
    fn within(&self, name: &str) -> Arc<dyn Disk> {
        self.0.within(name)
    }
    fn exists(&self) -> io::Result<bool> {
        self.0.exists()
    }
    fn create_folder(&self) -> io::Result<()> {
        self.0.create_folder()
    }
}

#[test]
fn blocks_that_cannot_be_read_cost_their_frames_only() {
    let simulated = SimulatedDisk::new();
    let journal = SHAPES[0].open(&simulated).unwrap();
    let mut size = 0;
    for _ in 0..200 {
        size = super::given::append(&journal, size, 1).unwrap();
    }
    journal.close().unwrap();
    let files = simulated.files();
    let lost: BTreeSet<u64> = frames(&files)
        .into_iter()
        .filter(|(_, place, _)| place.start < 16_384 && place.end > 8192)
        .flat_map(|(_, _, positions)| positions)
        .collect();
    let disk: Arc<dyn Disk> = Arc::new(BadDisk(simulated));
    let found = Salvage::on(&disk, &|_| Vec::new()).unwrap();
    let wanted: BTreeSet<u64> = (1..=size).filter(|position| !lost.contains(position)).collect();
    assert!(!lost.is_empty());
    assert_eq!(given_out(&found), wanted);
    assert!(found.damages().iter().any(|damage| damage.what.contains("can't be read")));
}

/// Whatever call the disk refuses, what is given out is what was written, and the rest is named as missing.
#[test]
fn a_call_that_the_disk_refuses_costs_what_it_was_for() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let (mut cases, mut unavailable) = (0, 0);
        for call in 1.. {
            let simulated = disk(&files);
            simulated.fail(call, Failing::Once, io::ErrorKind::Other);
            let found = salvage_on(&simulated, &|_| vec![BOOK]);
            if simulated.calls() < call {
                break;
            }
            simulated.heal();
            cases += 1;
            match found {
                Ok(found) => {
                    let given = given_out(&found).len() as u64;
                    let missing: u64 = found.missing().iter().map(crate::Missing::count).sum();
                    assert_eq!(given + missing, size, "call {call}");
                    assert!(given == size || !found.damages().is_empty(), "call {call}");
                }
                Err(OpenError::Unavailable(_)) => unavailable += 1,
                // The only segment is the one that is refused: it says so.
                Err(OpenError::Damaged(damage)) if damage.what.contains("can't be") => {
                    unavailable += 1;
                }
                Err(other) => panic!("call {call}: {other}"),
            }
        }
        println!("{shape:?}: {cases} calls refused, {unavailable} of them end it, no wrong record");
        assert!(unavailable < cases);
    }
}

/// Between the look and the visit the files may change, or the disk refuse: nothing else is given out.
#[test]
fn what_changes_after_the_look_is_not_given_out() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        let simulated = disk(&files);
        let found = salvage_on(&simulated, &|_| Vec::new()).unwrap();
        let mut seen = 0;
        let mut visit = |found: &Salvage, last: u64| {
            seen = 0;
            let outcome = found.visit(&mut |position, bytes| {
                assert_eq!(bytes, record(position));
                seen = position;
                if position == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            (outcome, seen)
        };
        assert!(matches!(visit(&found, 3), (Ok(()), 3)));
        for (name, place, positions) in frames(&files) {
            let file = simulated.open(&name).unwrap().unwrap();
            for at in [place.start, place.start + 30, place.end - 1] {
                file.write_at(&[files[&name][at] ^ 1], at as u64).unwrap();
                let (outcome, seen) = visit(&found, size);
                let Err(ReadError::Damaged(damage)) = outcome else { panic!("{outcome:?}") };
                assert!(damage.what.contains("changed meanwhile"), "{damage}");
                assert!(damage.place.contains(&name), "{damage}");
                assert_eq!(seen, positions.start - 1);
                file.write_at(&files[&name][at..=at], at as u64).unwrap();
            }
        }
        simulated.fail(simulated.calls() + 2, Failing::Once, io::ErrorKind::Other);
        assert!(matches!(visit(&found, size), (Err(ReadError::Unavailable(_)), 0..)));
        assert!(matches!(visit(&found, size), (Ok(()), last) if last == size));
    }
}

/// A slot may speak of a number of records at which no frame ends; then it is the slot that is wrong.
#[test]
fn a_slot_that_no_frame_meets_is_named_and_costs_nothing() {
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for sequence in [0, 1] {
            let slot = Slot { sequence, end: Spot::START, head: head_at(2) };
            let mut changed = files.clone();
            let at = slot_offset(slot.number()) as usize;
            let bytes = encode_slot(BOOK, &slot);
            changed.get_mut(HEAD).unwrap()[at..at + bytes.len()].copy_from_slice(&bytes);
            let found = salvage(&changed);
            assert_eq!(given_out(&found).len() as u64, size);
            let named = |damage: &tuanzhang_log::Damage| {
                damage.what.contains("speaks of 2 records") && damage.place.contains(HEAD)
            };
            assert!(found.damages().iter().any(named), "{:?}", found.damages());
        }
    }
}

#[test]
fn an_activity_stream_is_salvaged_by_its_own_key_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book");
    super::given::append(&Journal::at(&path).unwrap(), 0, 3).unwrap();
    assert!(Salvage::activity_at(&path, BOOK).unwrap().is_none());
    std::fs::create_dir(path.join("activity")).unwrap();
    assert!(Salvage::activity_at(&path, BOOK).unwrap().is_none(), "an empty folder");
    let stream = ActivityStream::at(&path).unwrap();
    let visits = records(1, 5);
    let visits: Vec<_> = visits.iter().map(Vec::as_slice).collect();
    stream.append(BOOK, 0, &visits).unwrap();
    stream.close().unwrap();
    std::fs::remove_file(path.join("activity").join(HEAD)).unwrap();
    let found = Salvage::activity_at(&path, BOOK).unwrap().unwrap();
    assert_eq!(given_out(&found).len(), 5);
    // The book's own records are not among them, and another book's key finds nothing.
    assert!(Salvage::activity_at(&path, BookKey([1; 16])).is_err());
    assert_eq!(given_out(&Salvage::at(&path, &|_| Vec::new()).unwrap()).len(), 3);
    let missing = Salvage::at(folder.path().join("nothing"), &|_| Vec::new());
    assert!(matches!(missing, Err(OpenError::Missing { .. })));
}

#[test]
fn what_stands_before_a_damage_is_served_as_it_was_written_and_ends_with_it() {
    let (mut looked, mut whole) = (0, 0);
    for shape in SHAPES {
        let (files, size) = closed_book(shape);
        for (name, content) in &files {
            for at in (0..content.len()).step_by(3) {
                let mut changed = files.clone();
                // More than one bit: none can be put right.
                changed.get_mut(name).unwrap()[at] ^= 0x5a;
                let opened = Journal::read_only_on(Arc::new(disk(&changed)));
                let Err(OpenError::Damaged(damage)) = opened else { continue };
                let remains = salvage_on(&disk(&changed), &|_| vec![BOOK]);
                let remains = remains.unwrap().before(damage.clone()).unwrap();
                let mut next = 1;
                let read = remains.read(BOOK, 0, &mut |position, bytes| {
                    assert_eq!((position, bytes), (next, &*record(position)), "{name} at {at}");
                    next += 1;
                    ControlFlow::Continue(())
                });
                assert!(matches!(read, Err(ReadError::Damaged(found)) if found == damage));
                let head = remains.head(BOOK).unwrap();
                assert_eq!(head, head_at(next - 1));
                if let Some(position) = damage.position {
                    assert_eq!(head.size, position - 1, "{name} at {at}: {damage}");
                    assert!(head.size < size);
                } else {
                    assert!(name.as_str() == HEAD || head.size == 0, "{name} at {at}: {damage}");
                    whole += u64::from(head.size == size);
                }
                looked += 1;
            }
        }
    }
    println!("{looked} damages, {whole} with every record before them");
    assert!(looked > 100 && whole > 0);
}

#[test]
fn what_stands_before_a_damage_ends_before_a_record_that_was_put_right() {
    let (mut files, _) = closed_book(SHAPES[0]);
    let name = segments(&files)[0].clone();
    let offsets = frame_offsets(&files[&name]);
    let first = FrameHeader::parse(&files[&name][offsets[1]..]).unwrap().first;
    let segment = files.get_mut(&name).unwrap();
    segment[offsets[2] - 1] ^= 1;
    let Err(OpenError::Damaged(damage)) = Journal::read_only_on(Arc::new(disk(&files))) else {
        panic!("a bit has flipped")
    };
    assert_eq!(damage.position, Some(first));
    let wreck = salvage(&files);
    assert_eq!(wreck.repaired().len(), 1);
    let unnamed = Damage::new("", "");
    for damage in [damage, unnamed] {
        let remains = salvage(&files).before(damage).unwrap();
        assert_eq!(remains.head(BOOK).unwrap().size, first - 1);
        assert_eq!(remains.read_one(BOOK, 1).unwrap(), Some(record(1)));
        assert!(remains.read_one(BOOK, first).is_err() && remains.verify(BOOK).is_err());
    }
}
