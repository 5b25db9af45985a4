//! A disk in memory that keeps what was synced and may lose, tear or refuse the rest.
//!
//! Every change is logged until it is durable. [`SimulatedDisk::after_power_loss`] gives the
//! disk that a machine finds after a power cut: what was synced, and of each other change
//! whatever the caller's choice says (nothing, all, some sectors, the first bytes), names of
//! files included. [`SimulatedDisk::after_kill`] gives the disk that the next process finds
//! when only this one died: everything. A failed sync leaves its changes in memory and marks
//! them as if they had been written, as Linux does: a later sync doesn't try them again unless
//! the same page is written once more. A folder within is a disk of its own, counted and failing apart;
//! its creation is durable at once.
//!
//! Calls are counted; the Nth can be made to fail, once or from then on. The same calls always
//! give the same disk: there is no clock and no randomness in here.

mod change;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, DiskFile, Lock};
use crate::numbers::{long, short};
use change::{Change, Stage, What};

pub use change::{Fate, SECTOR_BYTES};

/// How long calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// One call.
    Once,
    /// That call and all after it.
    ForEver,
}

/// What syncs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    /// What they should.
    Honest,
    /// Nothing, and they say that they did: the control of every test of durability.
    Ignored,
}

/// A disk in memory; clones are the same disk.
#[derive(Clone, Debug)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Debug)]
struct State {
    /// Durable names at the time of the oldest change in the log.
    names: BTreeMap<String, usize>,
    /// Durable bytes of each file at that time, by the file's number.
    files: Vec<Vec<u8>>,
    /// Names and bytes as programs see them.
    seen_names: BTreeMap<String, usize>,
    seen_files: Vec<Vec<u8>>,
    log: Vec<Change>,
    locked: bool,
    syncs: Syncs,
    calls: u64,
    failing: Option<(u64, Failing, io::ErrorKind)>,
    /// Whether the folder was created; the outermost always is.
    exists: bool,
    folders: BTreeMap<String, SimulatedDisk>,
}

impl State {
    fn call(&mut self) -> io::Result<()> {
        self.calls = self.calls.saturating_add(1);
        match self.failing {
            Some((nth, Failing::Once, kind)) if self.calls == nth => Err(kind.into()),
            Some((nth, Failing::ForEver, kind)) if self.calls >= nth => Err(kind.into()),
            _ => Ok(()),
        }
    }

    fn change(&mut self, what: What, fate: Fate) {
        what.apply(fate, &mut self.seen_names, &mut self.seen_files);
        if let Some((file, first, last)) = what.pages() {
            // Writing to a page brings back what a failed sync had made the system forget.
            for change in self.log.iter_mut().filter(|change| change.stage == Stage::Forgotten) {
                let same = |(other, from, to)| other == file && from <= last && first <= to;
                if change.what.pages().is_some_and(same) {
                    change.stage = Stage::Unsynced;
                }
            }
        }
        self.log.push(Change { what, stage: Stage::Unsynced });
    }

    fn sync(&mut self, file: Option<usize>) -> io::Result<()> {
        let answer = self.call();
        if self.syncs == Syncs::Ignored {
            return answer;
        }
        let stage = if answer.is_ok() { Stage::Durable } else { Stage::Forgotten };
        for change in &mut self.log {
            if change.what.file() == file && change.stage == Stage::Unsynced {
                change.stage = stage;
            }
        }
        let durable = self.log.iter().take_while(|change| change.stage == Stage::Durable).count();
        for change in self.log.drain(..durable) {
            change.what.apply(Fate::Kept, &mut self.names, &mut self.files);
        }
        answer
    }

    fn add_file(&mut self) -> usize {
        self.files.push(Vec::new());
        self.seen_files.push(Vec::new());
        self.files.len().saturating_sub(1)
    }

    fn undecided(&self) -> impl Iterator<Item = &Change> {
        self.log.iter().filter(|change| change.stage != Stage::Durable)
    }
}

impl SimulatedDisk {
    /// Makes an empty disk.
    pub fn new() -> Self {
        Self::of(BTreeMap::new(), Vec::new())
    }

    /// Makes a disk that holds these files, durably.
    pub fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let (names, files): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        Self::of(names.into_iter().zip(0..).collect(), files)
    }

    fn of(names: BTreeMap<String, usize>, files: Vec<Vec<u8>>) -> Self {
        let state = State {
            seen_names: names.clone(),
            seen_files: files.clone(),
            names,
            files,
            log: Vec::new(),
            locked: false,
            syncs: Syncs::Honest,
            calls: 0,
            failing: None,
            exists: true,
            folders: BTreeMap::new(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what syncs do from now on.
    pub fn set_syncs(&self, syncs: Syncs) {
        let mut state = self.state();
        state.syncs = syncs;
        state.folders.values().for_each(|folder| folder.set_syncs(syncs));
    }

    /// The folder of this name within this one, created or not.
    #[must_use]
    pub fn folder(&self, name: &str) -> Self {
        let mut state = self.state();
        let syncs = state.syncs;
        let made = || {
            let folder = Self::new();
            folder.state().exists = false;
            folder.state().syncs = syncs;
            folder
        };
        state.folders.entry(name.into()).or_insert_with(made).clone()
    }

    /// Number of calls so far, those that failed included.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Lets the call with this number (the first is 1) fail. A failing write writes the first
    /// half of its bytes; a failing sync forgets.
    pub fn fail(&self, call: u64, failing: Failing, kind: io::ErrorKind) {
        self.state().failing = Some((call, failing, kind));
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        self.state().failing = None;
    }

    /// All files as programs see them.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let content = |file: &usize| state.seen_files.get(*file).cloned().unwrap_or_default();
        state.seen_names.iter().map(|(name, file)| (name.clone(), content(file))).collect()
    }

    /// Number of changes that a power loss may lose.
    pub fn undecided(&self) -> usize {
        let state = self.state();
        let within = state.folders.values().map(Self::undecided);
        state.undecided().count().saturating_add(within.sum())
    }

    /// Bytes of each change that a power loss may lose; 0 for lengths and names.
    pub fn undecided_bytes(&self) -> Vec<u64> {
        let bytes = |change: &Change| match &change.what {
            What::Write { bytes, .. } => long(bytes.len()),
            What::Name { .. }
            | What::Rename { .. }
            | What::Removal { .. }
            | What::Length { .. } => 0,
        };
        let state = self.state();
        let within = state.folders.values().flat_map(Self::undecided_bytes);
        state.undecided().map(bytes).chain(within).collect()
    }

    /// The disk that is found after a power loss, unlocked. The choice is asked for each
    /// change that may be lost, in the order in which they were made, from 0; those of folders
    /// within come last.
    #[must_use]
    pub fn after_power_loss(&self, mut choice: impl FnMut(usize) -> Fate) -> Self {
        self.lost(&mut 0, &mut choice)
    }

    fn lost(&self, next: &mut usize, choice: &mut dyn FnMut(usize) -> Fate) -> Self {
        let state = self.state();
        let (mut names, mut files) = (state.names.clone(), state.files.clone());
        for change in &state.log {
            let fate = if change.stage == Stage::Durable {
                Fate::Kept
            } else {
                let fate = choice(*next);
                *next = next.saturating_add(1);
                fate
            };
            change.what.apply(fate, &mut names, &mut files);
        }
        let disk = Self::of(names, files);
        disk.state().exists = state.exists;
        let mut folders = BTreeMap::new();
        for (name, folder) in &state.folders {
            folders.insert(name.clone(), folder.lost(next, choice));
        }
        disk.state().folders = folders;
        disk
    }

    /// The disk that the next process finds when this one was killed, unlocked.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let state = self.state().clone();
        let folders =
            state.folders.iter().map(|(name, folder)| (name.clone(), folder.after_kill()));
        let folders = folders.collect();
        let state = State { locked: false, failing: None, folders, ..state };
        Self { state: Arc::new(Mutex::new(state)) }
    }
}

impl Default for SimulatedDisk {
    fn default() -> Self {
        Self::new()
    }
}

/// The lock of a simulated disk.
#[derive(Debug)]
struct Locked(SimulatedDisk);

impl Lock for Locked {}

impl Drop for Locked {
    fn drop(&mut self) {
        self.0.state().locked = false;
    }
}

impl Disk for SimulatedDisk {
    fn place(&self) -> String {
        "simulated".into()
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Lock>>> {
        let mut state = self.state();
        state.call()?;
        if state.locked {
            return Ok(None);
        }
        state.locked = true;
        Ok(Some(Box::new(Locked(self.clone()))))
    }

    fn is_locked(&self) -> io::Result<bool> {
        let mut state = self.state();
        state.call()?;
        Ok(state.locked)
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.call()?;
        Ok(state.seen_names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Option<Box<dyn DiskFile>>> {
        let mut state = self.state();
        state.call()?;
        let file = state.seen_names.get(name).copied();
        Ok(file.map(|file| Box::new(SimulatedFile { disk: self.clone(), file }).into_dyn()))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.call()?;
        let file = if let Some(file) = state.seen_names.get(name).copied() {
            state.change(What::Length { file, length: 0 }, Fate::Kept);
            file
        } else {
            let file = state.add_file();
            state.change(What::Name { name: name.into(), file }, Fate::Kept);
            file
        };
        Ok(Box::new(SimulatedFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        let Some(file) = state.seen_names.get(from).copied() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        state.change(What::Rename { from: from.into(), to: to.into(), file }, Fate::Kept);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        if state.seen_names.contains_key(name) {
            state.change(What::Removal { name: name.into() }, Fate::Kept);
        }
        Ok(())
    }

    fn beside(&self, job: Box<dyn FnOnce() + Send>) {
        // At once, so that the same life always makes the same calls.
        job();
    }

    fn readers(&self) -> usize {
        1
    }

    fn sync_names(&self) -> io::Result<()> {
        self.state().sync(None)
    }

    fn within(&self, name: &str) -> Arc<dyn Disk> {
        Arc::new(self.folder(name))
    }

    fn exists(&self) -> io::Result<bool> {
        let mut state = self.state();
        state.call()?;
        Ok(state.exists)
    }

    fn create_folder(&self) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        state.exists = true;
        Ok(())
    }
}

/// An open file of a simulated disk.
#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    file: usize,
}

impl SimulatedFile {
    fn into_dyn(self: Box<Self>) -> Box<dyn DiskFile> {
        self
    }
}

impl DiskFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.call()?;
        Ok(state.seen_files.get(self.file).map_or(0, |content| long(content.len())))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.call()?;
        let content = state.seen_files.get(self.file).and_then(|all| all.get(short(offset)..));
        let content = content.unwrap_or_default();
        let read = content.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..read), content.get(..read)) {
            to.copy_from_slice(from);
        }
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let answer = state.call();
        let written = if answer.is_ok() { bytes.len() } else { bytes.len() / 2 };
        let bytes = bytes.get(..written).unwrap_or_default().to_vec();
        if !bytes.is_empty() {
            state.change(What::Write { file: self.file, offset, bytes }, Fate::Kept);
        }
        answer
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call()?;
        state.change(What::Length { file: self.file, length }, Fate::Kept);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().sync(Some(self.file))
    }
}
