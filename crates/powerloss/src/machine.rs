//! A machine with a disk, whose power can be cut.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fuser::Errno;

use crate::image::Image;
use crate::names::Naming;
use crate::random::Random;

/// What a sync does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syncs {
    /// What it says.
    #[default]
    Honest,
    /// Answers that it went well, and makes nothing durable: the control that must lose.
    Ignored,
    /// Makes files durable, but never the names in a folder: the control that must lose names.
    NamesIgnored,
}

/// How a disk behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What a sync does.
    pub syncs: Syncs,
    /// When a name is durable.
    pub naming: Naming,
}

/// The call in which the power was cut, and what was at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Its number, counted from the disk's first.
    pub call: u64,
    /// Its name: `write`, `fsync`, `rename` and so on.
    pub under_way: &'static str,
    /// Edits of files that were not durable.
    pub edits: usize,
    /// Changes of names that were not durable.
    pub names: usize,
}

#[derive(Debug)]
struct State {
    image: Image,
    syncs: Syncs,
    /// Times that the machine was started. A mount of an earlier start is dead.
    start: u64,
    calls: u64,
    cut_in_call: Option<u64>,
    cut: Option<Cut>,
}

#[derive(Debug)]
pub(crate) struct Machine(Mutex<State>);

/// What a call is about, for the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synced {
    File,
    Folder,
}

impl State {
    fn check(&self, start: u64) -> Result<(), Errno> {
        if self.start == start && self.cut.is_none() { Ok(()) } else { Err(Errno::EIO) }
    }

    /// Counts a call; says whether the power goes in it.
    fn count(&mut self) -> bool {
        self.calls = self.calls.saturating_add(1);
        self.cut_in_call.is_some_and(|call| self.calls >= call)
    }

    fn cut(&mut self, under_way: &'static str) {
        let (edits, names) = self.image.pending();
        self.cut_in_call = None;
        self.cut = Some(Cut { call: self.calls, under_way, edits, names });
    }
}

impl Machine {
    pub(crate) fn new(options: Options) -> Self {
        Self(Mutex::new(State {
            image: Image::new(options.naming),
            syncs: options.syncs,
            start: 0,
            calls: 0,
            cut_in_call: None,
            cut: None,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn start(&self) -> u64 {
        self.state().start
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    pub(crate) fn cut_in(&self, calls: u64) {
        let mut state = self.state();
        state.cut_in_call = Some(state.calls.saturating_add(calls));
    }

    pub(crate) fn cut(&self) -> Option<Cut> {
        self.state().cut
    }

    pub(crate) fn restart(&self, seed: u64) -> Cut {
        let mut state = self.state();
        if state.cut.is_none() {
            state.cut("nothing");
        }
        let cut = state.cut.take();
        state.start = state.start.saturating_add(1);
        state.image.cut(&mut Random::new(seed));
        cut.unwrap_or(Cut { call: 0, under_way: "nothing", edits: 0, names: 0 })
    }

    /// Looks, without counting the call.
    pub(crate) fn look<T>(
        &self,
        start: u64,
        look: impl FnOnce(&mut Image) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let mut state = self.state();
        state.check(start)?;
        look(&mut state.image)
    }

    /// Changes something. If the power goes in this call, the change may reach the disk.
    pub(crate) fn change<T>(
        &self,
        start: u64,
        name: &'static str,
        change: impl FnOnce(&mut Image) -> Result<T, Errno>,
    ) -> Result<T, Errno> {
        let mut state = self.state();
        state.check(start)?;
        let last = state.count();
        let changed = change(&mut state.image);
        if last {
            state.cut(name);
            return Err(Errno::EIO);
        }
        changed
    }

    /// Makes a file or the names in a folder durable. If the power goes in this call, all,
    /// a part or nothing of it is.
    pub(crate) fn sync(&self, start: u64, synced: Synced, number: u64) -> Result<(), Errno> {
        let mut state = self.state();
        state.check(start)?;
        if state.count() {
            state.cut(match synced {
                Synced::File => "fsync",
                Synced::Folder => "fsync of a folder",
            });
            return Err(Errno::EIO);
        }
        match (state.syncs, synced) {
            (Syncs::Ignored, _) | (Syncs::NamesIgnored, Synced::Folder) => Ok(()),
            (Syncs::Honest, _) | (Syncs::NamesIgnored, Synced::File) => state.image.sync(number),
        }
    }
}
