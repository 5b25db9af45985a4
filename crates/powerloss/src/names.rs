//! The names in folders: as programs see them, as the disk has them, and what lies between.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use crate::random::Random;

/// A folder's number, and a name in it.
pub(crate) type Place = (u64, OsString);

/// When a name is durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Once its folder was synced, as POSIX says and no more. Of what was not synced, changes
    /// of different names survive independently.
    #[default]
    Strict,
    /// Once anything was synced that came after it, as on ext4 and XFS, whose journal is
    /// written in order. Of what was not synced, the first changes survive.
    Journaled,
}

/// A change of names that happens whole or not at all.
#[derive(Clone, Debug)]
struct Change {
    sets: Vec<(Place, Option<u64>)>,
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<Place, u64>) {
        for (place, node) in &self.sets {
            match node {
                Some(node) => drop(names.insert(place.clone(), *node)),
                None => drop(names.remove(place)),
            }
        }
    }

    fn touches(&self, places: &BTreeSet<&Place>) -> bool {
        self.sets.iter().any(|(place, _)| places.contains(place))
    }
}

/// The names of a file system.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    now: BTreeMap<Place, u64>,
    durable: BTreeMap<Place, u64>,
    pending: Vec<Change>,
}

fn place(folder: u64, name: &OsStr) -> Place {
    (folder, name.to_owned())
}

impl Names {
    pub(crate) fn get(&self, folder: u64, name: &OsStr) -> Option<u64> {
        self.now.get(&place(folder, name)).copied()
    }

    /// Names in a folder, in order.
    pub(crate) fn of(&self, folder: u64) -> impl Iterator<Item = (&OsStr, u64)> {
        let first = place(folder, OsStr::new(""));
        let names = self.now.range(first..).take_while(move |((at, _), _)| *at == folder);
        names.map(|((_, name), node)| (name.as_os_str(), *node))
    }

    /// Gives places other nodes, or none, all in one step.
    pub(crate) fn set<const N: usize>(&mut self, sets: [(u64, &OsStr, Option<u64>); N]) {
        let sets = sets.map(|(folder, name, node)| (place(folder, name), node));
        let change = Change { sets: sets.into() };
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    /// Changes that aren't durable.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether a node has a name on the disk, or may get one there.
    pub(crate) fn may_need(&self, node: u64) -> bool {
        let set = |change: &Change| change.sets.iter().any(|(_, to)| *to == Some(node));
        self.durable.values().any(|named| *named == node) || self.pending.iter().any(set)
    }

    /// Makes the names in a folder durable, and the changes that those build on.
    pub(crate) fn sync(&mut self, folder: u64) {
        let mut needed = BTreeSet::new();
        let mut synced = vec![false; self.pending.len()];
        for (change, synced) in self.pending.iter().zip(&mut synced).rev() {
            let here = change.sets.iter().any(|((at, _), _)| *at == folder);
            *synced = here || change.touches(&needed);
            if *synced {
                needed.extend(change.sets.iter().map(|(place, _)| place));
            }
        }
        let mut synced = synced.into_iter();
        for change in self.pending.extract_if(.., |_| synced.next() == Some(true)) {
            change.apply(&mut self.durable);
        }
    }

    /// Makes all names durable.
    pub(crate) fn sync_all(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// Loses power. A change that builds on a lost one is lost, too.
    pub(crate) fn cut(&mut self, naming: Naming, random: &mut Random) {
        let changes = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        let first = random.below(changes.saturating_add(1));
        let often = match random.below(4) {
            0 => 0,
            1 => 8,
            _ => 4,
        };
        let mut lost = BTreeSet::new();
        for (nth, change) in (0..).zip(&self.pending) {
            let reached = match naming {
                Naming::Strict => random.eighths(often) && !change.touches(&lost),
                Naming::Journaled => nth < first,
            };
            if reached {
                change.apply(&mut self.durable);
            } else {
                lost.extend(change.sets.iter().map(|(place, _)| place));
            }
        }
        self.pending.clear();
        self.now = self.durable.clone();
    }

    /// Forgets the names in folders that are gone.
    pub(crate) fn retain(&mut self, kept: impl Fn(u64) -> bool) {
        self.now.retain(|(folder, _), _| kept(*folder));
        self.durable = self.now.clone();
    }
}
