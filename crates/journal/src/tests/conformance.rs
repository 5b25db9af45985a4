//! The kit of the log, over real folders and over the simulated disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tuanzhang_log::Store;
use tuanzhang_log::conformance::{Capacity, Factory, check_all};

use crate::Journal;
use crate::simulation::SimulatedDisk;

/// Journals in a temporary folder, the newest of which is the one that is opened again.
struct Folders {
    root: TempDir,
    made: AtomicU64,
}

impl Folders {
    fn open(&self, number: u64) -> Box<dyn Store> {
        Box::new(Journal::at(self.root.path().join(number.to_string())).unwrap())
    }
}

impl Factory for Folders {
    fn fresh(&self) -> Box<dyn Store> {
        self.open(self.made.fetch_add(1, Ordering::Relaxed))
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        drop(store);
        self.open(self.made.load(Ordering::Relaxed).checked_sub(1).unwrap())
    }

    fn capacity(&self) -> Capacity {
        Capacity::OneBook
    }
}

#[test]
fn a_journal_in_a_folder_conforms() {
    let folders = Folders { root: tempfile::tempdir().unwrap(), made: AtomicU64::new(0) };
    let report = check_all(&folders);
    println!("{report}");
    assert!(report.conforms(), "{report}");
}

/// Journals on simulated disks; opening again is after a power loss that loses all it may.
struct Simulated(std::sync::Mutex<SimulatedDisk>);

impl Factory for Simulated {
    fn fresh(&self) -> Box<dyn Store> {
        let mut disk = self.0.lock().unwrap();
        *disk = SimulatedDisk::new();
        Box::new(Journal::on(Arc::new(disk.clone())).unwrap())
    }

    fn reopen(&self, store: Box<dyn Store>) -> Box<dyn Store> {
        let mut disk = self.0.lock().unwrap();
        *disk = disk.after_power_loss(|_| crate::simulation::Fate::Lost);
        drop(store);
        Box::new(Journal::on(Arc::new(disk.clone())).unwrap())
    }

    fn capacity(&self) -> Capacity {
        Capacity::OneBook
    }
}

#[test]
fn a_journal_that_loses_power_at_each_opening_conforms() {
    let report = check_all(&Simulated(std::sync::Mutex::default()));
    assert!(report.conforms(), "{report}");
}
