//! What tests hold: a disk that outlives its mounts.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::filesystem::MountedDisk;
use crate::machine::{Cut, Machine, Options};
use crate::mount::{Mounted, mount};

/// A disk in this process's memory. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Machine>);

impl Disk {
    /// Makes an empty disk.
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Machine::new(options)))
    }

    /// Mounts it on an empty folder. After a power loss the mount answers nothing but EIO: drop
    /// it, [`restart`](Self::restart) and mount anew.
    ///
    /// # Errors
    /// The system's, where it has no FUSE or doesn't let us.
    pub fn mount(&self, at: &Path) -> io::Result<Mounted> {
        mount(MountedDisk::new(Arc::clone(&self.0)), at)
    }

    /// Number of calls so far that change or sync something.
    pub fn calls(&self) -> u64 {
        self.0.calls()
    }

    /// Cuts the power in the nth call from now that changes or syncs something; 1 is the next.
    /// That call answers EIO, as all do that come after it: a change may have reached the disk, of
    /// a sync all, a part or nothing is done.
    pub fn cut_in(&self, calls: u64) {
        self.0.cut_in(calls);
    }

    /// The power loss, if there was one since the last start.
    pub fn cut(&self) -> Option<Cut> {
        self.0.cut()
    }

    /// Starts the machine again, after a power loss now if there was none yet. The seed decides
    /// what of the changes that were not durable has reached the disk.
    pub fn restart(&self, seed: u64) -> Cut {
        self.0.restart(seed)
    }

    /// Says why no disk can be mounted here; `None` if one can.
    pub fn unavailable(at: &Path) -> Option<String> {
        let disk = Self::new(Options::default());
        disk.mount(at).err().map(|error| format!("no FUSE here ({error})"))
    }
}
