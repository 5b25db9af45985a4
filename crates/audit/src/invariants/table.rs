//! Things by their ids, one behind the other in memory.

use std::fmt::Display;
use std::hash::Hash;

use hashbrown::HashMap;

use super::say::Say;
use crate::Rule;

/// Rows by key; a row stays where it is.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    places: HashMap<K, u32>,
    rows: Vec<V>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), rows: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash + Display, V> Table<K, V> {
    /// Adds a row; a key that is there already is said, and its row kept.
    pub(super) fn add(&mut self, key: K, row: V, what: &str, say: &mut Say) {
        // A book of 2^32 orders doesn't fit into memory anyway; further ones would go unlooked at.
        let Ok(place) = u32::try_from(self.rows.len()) else { return };
        let before = self.places.contains_key(&key);
        say.hold(!before, Rule::IdsOnce, |_| {
            [what.into(), "an id that was not used before".into(), key.to_string()]
        });
        if !before {
            self.places.insert(key, place);
            self.rows.push(row);
        }
    }

    pub(super) fn place(&self, key: &K) -> Option<u32> {
        self.places.get(key).copied()
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.at(self.place(key)?)
    }

    pub(super) fn at(&self, place: u32) -> Option<&V> {
        usize::try_from(place).ok().and_then(|place| self.rows.get(place))
    }

    pub(super) fn at_mut(&mut self, place: u32) -> Option<&mut V> {
        usize::try_from(place).ok().and_then(|place| self.rows.get_mut(place))
    }

    /// The row of a key that an event names; one that is not there is said.
    pub(super) fn known(&mut self, key: &K, what: &str, say: &mut Say) -> Option<&mut V> {
        let place = self.place(key);
        if place.is_none() {
            say.unknown(what, key);
        }
        self.at_mut(place?)
    }
}
