//! Room for frames to come: zeroes that are on the disk before they are needed, so that the sync of
//! an append has no length and no extent to write.
//!
//! Segments grow: the first has 64 KiB, each further one twice as much, up to 64 MiB. When one is
//! half full, the next is zeroed and synced beside the writer, under the name [`NEXT`]; it
//! gets its number when the full one is cut to its frames. Where that has failed, or a journal was
//! cut at its closing, the writer adds zeroes itself, a little at first.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use crate::disk::{Disk, DiskFile};
use crate::format::NEXT;
use crate::numbers::{long, short};

/// Most zeroes that the writer adds at once beyond what an append needs: bounds how long it takes.
const STEP_BYTES_MAX: u64 = 1 << 20;

/// How large segments are. Readers don't care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    first: u64,
    largest: u64,
}

impl Sizes {
    /// 64 KiB, doubling to 64 MiB.
    pub(crate) const USUAL: Self = Self { first: 64 << 10, largest: 64 << 20 };

    /// Others, so that tests see many segments in few bytes.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) const fn new(first: u64, largest: u64) -> Self {
        Self { first, largest }
    }

    /// Bytes of a segment; one whose first frame is larger is as large as that frame.
    pub(crate) fn of(self, number: u32) -> u64 {
        let doubled = 1_u64.checked_shl(number.saturating_sub(1)).unwrap_or(u64::MAX);
        self.first.saturating_mul(doubled).min(self.largest)
    }

    /// Zeroes that the first step of a handle adds, and the unit that all steps are rounded to.
    pub(crate) const fn step(self) -> u64 {
        self.first
    }

    /// The step after this one.
    pub(crate) fn next_step(self, step: u64) -> u64 {
        step.saturating_mul(2).min(STEP_BYTES_MAX).min(self.largest)
    }

    /// How long a segment becomes whose writer needs it to reach `end`.
    pub(crate) fn grown(self, number: u32, capacity: u64, step: u64, end: u64) -> u64 {
        let unit = self.first.max(1);
        let full = self.of(number).max(capacity);
        let wanted = capacity.saturating_add(step).min(full).max(end);
        wanted.div_ceil(unit).saturating_mul(unit)
    }
}

/// Writes zeroes.
pub(crate) fn zero(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    const ZEROES: &[u8] = &[0; 64 << 10];
    let mut at = from;
    while at < to {
        let zeroes = ZEROES.get(..short(to.saturating_sub(at))).unwrap_or(ZEROES);
        file.write_at(zeroes, at)?;
        at = at.saturating_add(long(zeroes.len()));
    }
    Ok(())
}

/// The segment after the one that is written.
#[derive(Debug, Default)]
pub(crate) enum Ahead {
    /// Not asked for.
    #[default]
    Nothing,
    /// Asked for; made, or not yet.
    Coming(Receiver<io::Result<Box<dyn DiskFile>>>),
}

impl Ahead {
    /// Has a segment zeroed and synced under the name [`NEXT`].
    pub(crate) fn ask(disk: &Arc<dyn Disk>, bytes: u64) -> Self {
        let (sender, receiver) = mpsc::sync_channel(1);
        let made_on = Arc::clone(disk);
        disk.beside(Box::new(move || {
            let make = || {
                let file = made_on.create(NEXT)?;
                zero(&*file, 0, bytes)?;
                file.sync()?;
                Ok(file)
            };
            let answer = make();
            if answer.is_err() {
                // Half a segment helps nobody, and takes room.
                let _ = made_on.remove(NEXT);
            }
            // A writer that has gone leaves the file for the next opening to take away.
            let _ = sender.send(answer);
        }));
        Self::Coming(receiver)
    }

    /// Waits for the segment, if one was asked for; `None` also where it could not be made.
    pub(crate) fn take(&mut self) -> Option<Box<dyn DiskFile>> {
        match std::mem::take(self) {
            Self::Nothing => None,
            Self::Coming(receiver) => receiver.recv().ok()?.ok(),
        }
    }
}
