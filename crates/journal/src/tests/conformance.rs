//! The kit of the log, over real folders and over the simulated disk, with every fault that each
//! can make.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tuanzhang_log::conformance::{
    Capacity, Factory, LostAnswers, NotOffered, Opened, Report, Stored, StoredBytes, TornAppends,
    check_all,
};
use tuanzhang_log::{BookKey, Damage, Store};

use crate::disk::Disk;
use crate::simulation::{Failing, Fate, SimulatedDisk, Syncs};
use crate::{Journal, OpenError};

/// What came of opening, in the words of the kit.
fn opened(journal: Result<Journal, OpenError>) -> Opened {
    let journal = match journal {
        Ok(journal) => journal,
        Err(OpenError::Damaged(damage)) => return Opened::Damaged(damage),
        Err(other) => panic!("{other}"),
    };
    let cut = journal.recovery().cut.as_ref();
    let cut = cut.map(|cut| Damage::new(format!("{} at {}", cut.file, cut.offset), "torn"));
    match cut.or_else(|| journal.recovery().repaired.first().cloned()) {
        Some(damage) => Opened::Repaired(Box::new(journal), damage),
        None => Opened::Sound(Box::new(journal)),
    }
}

/// The files that have bytes: the lock has none.
fn stored(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<Stored> {
    let stored = files.into_iter().map(|(name, bytes)| Stored { name, bytes });
    stored.filter(|file| !file.bytes.is_empty()).collect()
}

fn is_segment(file: &Stored) -> bool {
    Path::new(&file.name).extension().is_some_and(|ending| ending == "seg")
}

fn conforms(report: &Report) {
    println!("{report}");
    assert!(report.conforms(), "{report}");
}

/// Journals in a temporary folder, the newest of which is the one that is opened again.
struct Folders {
    root: TempDir,
    made: AtomicU64,
}

impl Folders {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), made: AtomicU64::new(0) }
    }

    fn newest(&self) -> PathBuf {
        self.root.path().join(self.made.load(Ordering::Relaxed).to_string())
    }

    fn next(&self) -> PathBuf {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.newest()
    }

    /// All files of the newest journal, in the order of their names.
    fn files(&self) -> Vec<Stored> {
        let mut paths: Vec<_> =
            fs::read_dir(self.newest()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.is_file());
        paths.sort();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        stored(paths.iter().map(|path| (name(path), fs::read(path).unwrap())))
    }
}

impl Factory for Folders {
    fn fresh(&self) -> Box<dyn Store> {
        Box::new(Journal::at(self.next()).unwrap())
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        Box::new(Journal::at(self.newest()).unwrap())
    }

    fn capacity(&self) -> Capacity {
        Capacity::OneBook
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        Ok(Box::new(Journal::read_only(self.newest()).unwrap()))
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Ok(self)
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Ok(self)
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Err(NotOffered("a real folder fails when it likes; the simulated disk tries it"))
    }
}

impl StoredBytes for Folders {
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored> {
        drop(store);
        self.files()
    }

    fn open(&self, stored: &[Stored]) -> Opened {
        let folder = self.next();
        fs::create_dir(&folder).unwrap();
        for file in stored {
            fs::write(folder.join(&file.name), &file.bytes).unwrap();
        }
        opened(Journal::at(folder))
    }

    fn tries(&self) -> usize {
        300
    }
}

/// Bytes of the last append between one death and the next.
const TORN_BYTES: usize = 13;

impl TornAppends for Folders {
    /// The files before the append, and of its bytes in the segments the first: what vouches for
    /// them in other files is written later.
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened> {
        if expected == 0 {
            return None; // which file is created first is the simulated disk's to say
        }
        let mut left = self.files();
        store.append(book, expected, records).unwrap();
        let mut kept = step * TORN_BYTES;
        for after in self.files().into_iter().filter(is_segment) {
            let Some(file) = left.iter_mut().find(|file| file.name == after.name) else {
                let bytes = after.bytes[..kept.min(after.bytes.len())].to_vec();
                kept = kept.saturating_sub(after.bytes.len());
                left.push(Stored { bytes, ..after });
                continue;
            };
            file.bytes.resize(after.bytes.len(), 0);
            let changed = |at: &usize| file.bytes[*at] != after.bytes[*at];
            let mut places = 0..after.bytes.len();
            let Some(first) = places.find(changed) else { continue };
            let end = places.rfind(changed).unwrap_or(first) + 1;
            let until = end.min(first + kept);
            file.bytes[first..until].copy_from_slice(&after.bytes[first..until]);
            kept -= until - first;
        }
        drop(store);
        (kept < TORN_BYTES).then(|| self.open(&left))
    }
}

#[test]
fn a_journal_in_a_folder_conforms() {
    let report = check_all(&Folders::new());
    conforms(&report);
    assert_eq!(report.not_offered().count(), 6, "all of lost answers, a second writer, turns");
}

/// Journals on simulated disks; opening again is after a power loss that loses all it may.
struct Simulated {
    disk: Mutex<SimulatedDisk>,
    syncs: Syncs,
}

impl Simulated {
    fn new(syncs: Syncs) -> Self {
        Self { disk: Mutex::default(), syncs }
    }

    fn put(&self, disk: SimulatedDisk) -> Arc<dyn Disk> {
        disk.set_syncs(self.syncs);
        *self.disk.lock().unwrap() = disk.clone();
        Arc::new(disk)
    }

    fn disk(&self) -> SimulatedDisk {
        self.disk.lock().unwrap().clone()
    }
}

impl Factory for Simulated {
    fn fresh(&self) -> Box<dyn Store> {
        Box::new(Journal::on(self.put(SimulatedDisk::new())).unwrap())
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        let disk = self.put(self.disk().after_power_loss(|_| Fate::Lost));
        drop(store);
        Box::new(Journal::on(disk).unwrap())
    }

    fn capacity(&self) -> Capacity {
        Capacity::OneBook
    }

    fn another(&self) -> Result<Box<dyn Store>, NotOffered> {
        Ok(Box::new(Journal::read_only_on(Arc::new(self.disk())).unwrap()))
    }

    fn stored_bytes(&self) -> Result<&dyn StoredBytes, NotOffered> {
        Ok(self)
    }

    fn torn_appends(&self) -> Result<&dyn TornAppends, NotOffered> {
        Ok(self)
    }

    fn lost_answers(&self) -> Result<&dyn LostAnswers, NotOffered> {
        Ok(self)
    }
}

impl StoredBytes for Simulated {
    fn close(&self, store: Box<dyn Store>) -> Vec<Stored> {
        drop(store);
        stored(self.disk().files())
    }

    fn open(&self, stored: &[Stored]) -> Opened {
        let files = stored.iter().map(|file| (file.name.clone(), file.bytes.clone()));
        opened(Journal::on(self.put(SimulatedDisk::with_files(files))))
    }

    fn tries(&self) -> usize {
        2_000
    }
}

/// What power that is lost leaves of changes that were not synced. A head slot is whole or not
/// there at all in each of them, as a disk writes its sector.
const FATES: [Fate; 7] = [
    Fate::Lost,
    Fate::Kept,
    Fate::Prefix(100),
    Fate::Prefix(300),
    Fate::Prefix(600),
    Fate::Sectors(0x5555_5555_5555_5555),
    Fate::Sectors(0xaaaa_aaaa_aaaa_aaaa),
];

impl TornAppends for Simulated {
    /// Power is lost at each call that the append makes, in turn, with each fate.
    fn die_in_append(
        &self,
        store: Box<dyn Store>,
        book: BookKey,
        expected: u64,
        records: &[&[u8]],
        step: usize,
    ) -> Option<Opened> {
        let (call, fate) = (step / FATES.len(), FATES[step % FATES.len()]);
        let disk = self.disk();
        disk.fail(disk.calls() + 1 + call as u64, Failing::ForEver, std::io::ErrorKind::Other);
        store.append(book, expected, records).err()?;
        Some(opened(Journal::on(self.put(disk.after_power_loss(|_| fate)))))
    }
}

/// Calls of an append that fail in turn, and how long.
const CALLS: u64 = 14;
const FAILING: [Failing; 2] = [Failing::Once, Failing::ForEver];

impl LostAnswers for Simulated {
    fn ways(&self) -> Vec<String> {
        let calls = (1..=CALLS).flat_map(|call| FAILING.map(|failing| (call, failing)));
        calls.map(|(call, failing)| format!("call {call} fails, {failing:?}")).collect()
    }

    fn lose_next(&self, way: usize) {
        let (call, failing) = (way / FAILING.len(), FAILING[way % FAILING.len()]);
        let disk = self.disk();
        disk.fail(disk.calls() + 1 + call as u64, failing, std::io::ErrorKind::StorageFull);
    }

    fn heal(&self) {
        self.disk().heal();
    }
}

#[test]
fn a_journal_that_loses_power_at_each_opening_conforms() {
    let report = check_all(&Simulated::new(Syncs::Honest));
    conforms(&report);
    assert_eq!(report.not_offered().count(), 3, "a second writer, turns");
}

/// The control: the same disk without syncs.
#[test]
fn without_syncs_a_journal_does_not_conform() {
    let report = check_all(&Simulated::new(Syncs::Ignored));
    let failed: Vec<_> = report.failed().map(|line| line.name).collect();
    println!("control: {failed:?}");
    for name in [
        "a_reopened_store_has_the_same_head",
        "book_and_activity_survive_a_reopen",
        "a_torn_append_is_there_whole_or_not_at_all",
        "after_a_lost_answer_a_store_goes_on_or_refuses",
    ] {
        assert!(failed.contains(&name), "{name} passes\n{report}");
    }
}
