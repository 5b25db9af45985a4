//! One run: what it is made of, what it counts, how it ends.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};
use tuanzhang_journal::simulation::Syncs;

use crate::app::Retry;
use crate::planted::Plant;
use crate::setting;
use crate::world::World;

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    /// What the app wants in all.
    pub(crate) commands: u64,
    pub(crate) syncs: Syncs,
    pub(crate) plant: Plant,
    pub(crate) retry: Retry,
}

impl Settings {
    /// Nothing is wrong but the machines.
    pub(crate) fn sound(seed: u64, commands: u64) -> Self {
        let (syncs, plant, retry) = (Syncs::Honest, Plant::Nothing, Retry::Same);
        Self { seed, commands, syncs, plant, retry }
    }
}

/// What happened how often, by name.
#[derive(Clone, Default, Debug)]
pub(crate) struct Figures(BTreeMap<&'static str, u64>);

impl Figures {
    pub(crate) fn add(&mut self, what: &'static str, count: u64) {
        *self.0.entry(what).or_default() += count;
    }

    pub(crate) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            self.add(what, *count);
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(what, count)| writeln!(f, "{count:>9} {what}"))
    }
}

/// A run that came to its end with nothing wrong.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) figures: Figures,
    /// Digest of all that happened, in order.
    pub(crate) digest: String,
}

/// Lives one life.
pub(crate) fn run(settings: Settings) -> Result<Ran, String> {
    let mut world = World::new(settings);
    match world.live() {
        Ok(()) => {
            let digest = Sha256::digest(world.trace.join("\n"));
            let digest = digest.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            Ok(Ran { figures: world.figures, digest })
        }
        Err(what) => {
            let lines = setting("TUANZHANG_SIMULATION_TRACE").unwrap_or(25);
            let last = world.trace.len().saturating_sub(usize::try_from(lines).unwrap());
            let Settings { seed, commands, .. } = settings;
            Err(format!(
                "seed {seed}, {commands} commands: {what}\nwhat came before:\n  {}\n\
                 again: TUANZHANG_SIMULATION_SEED={seed} TUANZHANG_SIMULATION_COMMANDS={commands} \
                 cargo test -p tuanzhang-testkit --test simulate simulated",
                world.trace[last..].join("\n  ")
            ))
        }
    }
}
