//! Segments: how they grow and are given back, and that reading them in parallel is the same.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::{io, thread};

use super::given::{
    BOOK, Shape, append, closed_book, disk, frame_offsets, look, names, record, segments,
    small_book,
};
use crate::Journal;
use crate::digest::{Stretch, digest_all};
use crate::disk::{Disk, DiskFile, Lock};
use crate::format::{NEXT, segment_name};
use crate::place::Place;
use crate::room::Sizes;
use crate::segments::Segments;
use crate::simulation::{Failing, SimulatedDisk};
use tuanzhang_log::{Cause, ReadError, Store};

fn lengths(folder: &Path) -> Vec<u64> {
    let length = |number| folder.join(segment_name(number)).metadata().map(|found| found.len());
    (1..).map_while(|number| length(number).ok()).collect()
}

/// Appends until the book has so many segments.
fn filled(journal: &Journal, folder: &Path, wanted: usize) -> u64 {
    let mut size = journal.head(BOOK).unwrap().size;
    while lengths(folder).len() < wanted {
        size = append(journal, size, 200).unwrap();
    }
    size
}

#[test]
fn the_small_book_of_several_segments_has_several() {
    assert_eq!(segments(&closed_book(Shape::One).0).len(), 1);
    assert!(segments(&closed_book(Shape::Several).0).len() > 2);
}

#[test]
fn segments_double_up_to_the_largest() {
    let sizes = Sizes::USUAL;
    let kib: Vec<_> = (1..=13).map(|number| sizes.of(number) >> 10).collect();
    assert_eq!(kib[..4], [64, 128, 256, 512]);
    assert_eq!(kib[10..], [64 << 10, 64 << 10, 64 << 10]);
    assert_eq!(sizes.of(u32::MAX), 64 << 20);
    // A first frame that is larger than its segment makes it as large as it has to be.
    assert_eq!(sizes.grown(1, 0, sizes.step(), 34 << 20), 34 << 20);
    assert_eq!(sizes.grown(1, 0, sizes.step(), 70_000), 128 << 10);
}

#[test]
fn full_segments_are_cut_and_a_closed_book_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path()).unwrap();
    let size = filled(&journal, folder.path(), 4);
    let open = lengths(folder.path());
    assert_eq!(open.last(), Some(&(512 << 10)), "the last has room: {open:?}");
    for (number, length) in (1..).zip(&open[..3]) {
        assert!(*length <= Sizes::USUAL.of(number), "{open:?}");
        assert!(*length > Sizes::USUAL.of(number) * 3 / 4, "{open:?}");
    }
    let verified = journal.verify(BOOK).unwrap();
    assert_eq!(verified.bytes, 12_288 + open.iter().sum::<u64>());
    let before = journal.head(BOOK).unwrap();
    journal.close().unwrap();
    let closed = lengths(folder.path());
    assert_eq!(open[..3], closed[..3]);
    assert!(closed[3] < open[3], "{closed:?}");
    assert!(!folder.path().join(NEXT).exists());

    let journal = Journal::at(folder.path()).unwrap();
    assert_eq!(journal.head(BOOK).unwrap(), before);
    assert_eq!(look(&journal), Ok(size));
    for position in [1, size / 3, size] {
        assert_eq!(journal.read_one(BOOK, position).unwrap(), Some(record(position)));
    }
    append(&journal, size, 200).unwrap();
    assert_eq!(look(&journal), Ok(size + 200));
}

#[test]
fn an_idle_book_gives_its_room_back_and_goes_on() {
    let simulated = SimulatedDisk::new();
    let (journal, sizes) = small_book(&simulated, Shape::Several);
    let mut size = *sizes.last().unwrap();
    while !simulated.files().contains_key(NEXT) {
        size = append(&journal, size, 2).unwrap();
    }
    journal.trim().unwrap();
    let trimmed = simulated.files();
    assert!(!trimmed.contains_key(NEXT));
    assert_eq!(journal.verify(BOOK).unwrap().bytes, {
        names(&trimmed).iter().map(|name| trimmed[name].len() as u64).sum::<u64>()
    });
    let size = append(&journal, size, 30).unwrap();
    assert_eq!(look(&journal), Ok(size));
    journal.close().unwrap();
    assert_eq!(look(&Shape::Several.open(&simulated).unwrap()), Ok(size));
}

#[test]
fn a_reader_follows_into_new_segments() {
    let simulated = SimulatedDisk::new();
    let journal = Shape::Several.open(&simulated).unwrap();
    let reader = Journal::read_only_on(Arc::new(simulated.clone())).unwrap();
    let mut size = 0;
    for count in (1..9).cycle().take(60) {
        size = append(&journal, size, count).unwrap();
        assert_eq!(look(&reader), Ok(size));
        assert_eq!(reader.read_one(BOOK, size).unwrap(), Some(record(size)));
    }
    assert!(segments(&simulated.files()).len() > 4);
    assert_eq!(reader.verify(BOOK).unwrap().head, journal.verify(BOOK).unwrap().head);
}

/// A visitor that appends sees the book grow into a new segment under it.
#[test]
fn a_read_that_began_before_a_roll_ends_well() {
    let simulated = SimulatedDisk::new();
    let (journal, sizes) = small_book(&simulated, Shape::Several);
    let (mut size, mut seen) = (*sizes.last().unwrap(), 0);
    journal
        .read(BOOK, 1, &mut |position, bytes| {
            seen += 1;
            assert_eq!((position, bytes), (seen, record(seen).as_slice()));
            size = append(&journal, size, 8).unwrap();
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(seen >= *sizes.last().unwrap());
    assert_eq!(look(&journal), Ok(size));
}

/// What was made ahead by a writer that died is taken away by the next.
#[test]
fn a_segment_made_ahead_and_never_used_is_taken_away() {
    let (files, size) = closed_book(Shape::Several);
    let mut left = files.clone();
    left.insert(NEXT.into(), vec![7; 5_000]);
    let simulated = disk(&left);
    let reader = Journal::read_only_on(Arc::new(simulated.clone())).unwrap();
    assert_eq!(look(&reader), Ok(size));
    let journal = Shape::Several.open(&simulated).unwrap();
    assert_eq!(look(&journal), Ok(size));
    assert!(journal.recovery().is_clean());
    assert_eq!(simulated.files(), files);
}

/// Room that can't be made ahead is not missed before it is needed.
#[test]
fn an_append_does_not_fail_for_room_that_it_does_not_need() {
    let calls_of = |disk: &SimulatedDisk, journal: &Journal, size| {
        let before = disk.calls();
        (append(journal, size, 1), disk.calls() - before)
    };
    let simulated = SimulatedDisk::new();
    let journal = Journal::with_segments(Arc::new(simulated.clone()), 4096, 4096).unwrap();
    let (mut size, mut usual) = (0, 0);
    // The append that asks for the next segment makes more calls than those before it.
    for _ in 0..100 {
        let copy = simulated.after_kill();
        let (answer, calls) = calls_of(&simulated, &journal, size);
        size = answer.unwrap();
        if size > 4 && calls > usual {
            let again = Journal::with_segments(Arc::new(copy.clone()), 4096, 4096).unwrap();
            append(&again, size - 1, 0).unwrap();
            copy.fail(copy.calls() + usual + 1, Failing::ForEver, std::io::ErrorKind::StorageFull);
            assert_eq!(append(&again, size - 1, 1).unwrap(), size);
            copy.heal();
            let mut more = size;
            while segments(&copy.files()).len() < 3 {
                more = append(&again, more, 1).unwrap();
            }
            assert_eq!(look(&again), Ok(more));
            return;
        }
        usual = calls;
    }
    panic!("no append asked for a segment");
}

/// Digests of a book and of a segment that is missing behind it, by so many readers, as text; and
/// the error that ended them.
fn digests(disk: &SimulatedDisk, readers: usize, take: usize) -> (Vec<String>, String) {
    let segments = Segments::new(Arc::new(disk.clone()), Place("simulated".into()));
    let last = segments.last().unwrap();
    let stretches: Vec<_> =
        (1..=last + 1).map(|number| Stretch { number, from: 0, to: u64::MAX }).collect();
    let mut seen = Vec::new();
    let outcome = digest_all(&stretches, &segments, BOOK, readers, &mut |stretch, digest| {
        seen.push(format!("{} {digest:?}", stretch.number));
        if seen.len() < take {
            return Ok(());
        }
        Err(ReadError::Unavailable(Cause::new("enough")))
    });
    (seen, outcome.unwrap_err().to_string())
}

#[test]
fn any_number_of_readers_gives_the_same() {
    let simulated = SimulatedDisk::new();
    let (journal, sizes) = small_book(&simulated, Shape::Several);
    append(&journal, *sizes.last().unwrap(), 200).unwrap();
    journal.close().unwrap();
    let count = segments(&simulated.files()).len();
    assert!(count > 3);
    for take in [1, 2, count, count + 1] {
        let alone = digests(&simulated, 1, take);
        assert_eq!(alone.0.len(), take.min(count));
        assert_eq!(alone.1.contains("missing"), take > count, "{}", alone.1);
        for readers in [2, 3, 16] {
            assert_eq!(digests(&simulated, readers, take), alone, "{readers} readers, {take}");
        }
    }
}

/// More records in one segment than are hashed at once.
#[test]
fn a_segment_of_very_many_records_is_read_in_parts() {
    const AT_ONCE: u64 = 8_000;
    let simulated = SimulatedDisk::new();
    let sized =
        |disk: &SimulatedDisk| Journal::with_segments(Arc::new(disk.clone()), 1 << 20, 1 << 20);
    let journal = sized(&simulated).unwrap();
    let empty: Vec<&[u8]> = vec![b""; AT_ONCE as usize];
    let mut head = journal.head(BOOK).unwrap();
    while head.size < 80_000 {
        head = journal.append(BOOK, head.size, &empty).unwrap();
    }
    head = journal.append(BOOK, head.size, &[b"last"]).unwrap();
    assert_eq!(journal.verify(BOOK).unwrap().head, head);
    journal.close().unwrap();
    let files = simulated.files();
    assert_eq!(segments(&files).len(), 1);
    for journal in
        [sized(&simulated).unwrap(), Journal::read_only_on(Arc::new(simulated.clone())).unwrap()]
    {
        let verified = journal.verify(BOOK).unwrap();
        assert_eq!((verified.head, verified.frames), (head, 80_000 / AT_ONCE + 1));
        assert_eq!(journal.read_one(BOOK, head.size).unwrap(), Some(b"last".to_vec()));
    }
    // A changed byte in any frame is named with its place, in whichever part it is.
    let name = segment_name(1);
    for start in frame_offsets(&files[&name]).into_iter().filter(|at| *at < files[&name].len()) {
        let mut changed = files.clone();
        changed.get_mut(&name).unwrap()[start + 30] ^= 1;
        let error = sized(&disk(&changed)).unwrap_err().to_string();
        assert!(error.contains(&format!("{name} at offset {start}")), "{start}: {error}");
    }
}

/// `head` first and then the segments, each at one moment, while the writer goes on between any two.
#[test]
fn a_copy_made_beside_the_writer_is_a_book() {
    for appends in 0..4 {
        let simulated = SimulatedDisk::new();
        let (journal, sizes) = small_book(&simulated, Shape::Several);
        let mut size = *sizes.last().unwrap();
        for _ in 0..5 {
            let mut go_on = || {
                for _ in 0..appends {
                    size = append(&journal, size, 3).unwrap();
                }
                size
            };
            let copied = go_on();
            let mut copy = simulated.files();
            copy.retain(|name, _| name == "head");
            go_on();
            for name in segments(&simulated.files()) {
                copy.insert(name.clone(), simulated.files()[&name].clone());
                go_on();
            }
            let found = look(&Shape::Several.open(&disk(&copy)).unwrap()).unwrap();
            assert!((copied..=size).contains(&found), "{found} of {copied} to {size}");
        }
    }
}

/// A disk on which a job beside the writer takes its time, and that notes when it has ended.
#[derive(Debug)]
struct Slow(SimulatedDisk, Arc<Mutex<Vec<&'static str>>>);

#[derive(Debug)]
struct NotedLock(Option<Box<dyn Lock>>, Arc<Mutex<Vec<&'static str>>>);

impl Lock for NotedLock {}

impl Drop for NotedLock {
    fn drop(&mut self) {
        self.1.lock().unwrap().push("unlocked");
        drop(self.0.take());
    }
}

impl Disk for Slow {
    fn place(&self) -> String {
        self.0.place()
    }
    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>> {
        let noted = |lock| Box::new(NotedLock(Some(lock), Arc::clone(&self.1))).into_lock();
        Ok(self.0.lock()?.map(noted))
    }
    fn is_locked(&self) -> io::Result<bool> {
        self.0.is_locked()
    }
    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>> {
        self.0.open(name)
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
        let notes = Arc::clone(&self.1);
        thread::spawn(move || {
            (0..100).for_each(|_| thread::yield_now());
            notes.lock().unwrap().push("made");
            job();
        });
    }
    fn readers(&self) -> usize {
        4
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

impl NotedLock {
    fn into_lock(self: Box<Self>) -> Box<dyn Lock> {
        self
    }
}

/// Nobody may still be making a segment when the next writer comes, poisoned or not.
#[test]
fn the_lock_is_held_until_the_segment_ahead_is_made() {
    for poisoned in [false, true] {
        let (simulated, notes) = (SimulatedDisk::new(), Arc::default());
        let disk = Slow(simulated.clone(), Arc::clone(&notes));
        let journal = Journal::with_segments(Arc::new(disk), 4096, 4096).unwrap();
        let size = append(&journal, 0, 60).unwrap();
        assert!(simulated.files()[&segment_name(1)].len() > 2048, "more than half full");
        if poisoned {
            simulated.fail(simulated.calls() + 1, Failing::Once, io::ErrorKind::Other);
            append(&journal, size, 1).unwrap_err();
        }
        drop(journal);
        assert_eq!(*notes.lock().unwrap(), ["made", "unlocked"], "poisoned: {poisoned}");
        let journal = Journal::with_segments(Arc::new(simulated), 4096, 4096).unwrap();
        assert!(look(&journal).unwrap() >= size);
    }
}
