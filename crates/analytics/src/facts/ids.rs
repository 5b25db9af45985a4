//! Dense numbers in place of ids: four bytes where an id takes sixteen.

use std::hash::Hash;
use std::num::NonZeroU32;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// The place of a thing in its list; an `Option` of it takes four bytes as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Index(NonZeroU32);

impl Index {
    /// The first 2^32 - 2 places; none beyond: what would stand there is not counted.
    pub(crate) fn new(place: usize) -> Option<Self> {
        let number = u32::try_from(place).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    pub(crate) fn get(self) -> usize {
        usize::try_from(self.0.get().saturating_sub(1)).unwrap_or(usize::MAX)
    }
}

/// Ids in the order in which they were first seen. 16 bytes in the list, about 40 in the map.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<T>", into = "Vec<T>", bound(serialize = "T: Serialize + Clone + Eq + Hash"))]
#[serde(bound(deserialize = "T: Deserialize<'de> + Clone + Eq + Hash"))]
pub(crate) struct Ids<T> {
    list: Vec<T>,
    places: HashMap<T, Index>,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self { list: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> From<Vec<T>> for Ids<T> {
    fn from(list: Vec<T>) -> Self {
        let places = list.iter().enumerate();
        let places = places.filter_map(|(at, id)| Some((id.clone(), Index::new(at)?))).collect();
        Self { list, places }
    }
}

impl<T> From<Ids<T>> for Vec<T> {
    fn from(ids: Ids<T>) -> Self {
        ids.list
    }
}

impl<T: Clone + Eq + Hash> Ids<T> {
    /// The place of an id, a new one at the end if it wasn't seen before.
    pub(crate) fn place(&mut self, id: &T) -> Option<Index> {
        if let Some(known) = self.places.get(id) {
            return Some(*known);
        }
        let new = Index::new(self.list.len())?;
        self.list.push(id.clone());
        self.places.insert(id.clone(), new);
        Some(new)
    }

    /// The place of an id that was seen.
    pub(crate) fn find(&self, id: &T) -> Option<Index> {
        self.places.get(id).copied()
    }

    /// The id at a place.
    pub(crate) fn get(&self, place: Index) -> Option<&T> {
        self.list.get(place.get())
    }

    /// Adds another list's ids; gives the place of each of them here.
    pub(crate) fn merge(&mut self, other: &Self) -> Vec<Option<Index>> {
        other.list.iter().map(|id| self.place(id)).collect()
    }
}

/// The new place of something after a merge.
pub(crate) fn moved(places: &[Option<Index>], old: Index) -> Option<Index> {
    places.get(old.get()).copied().flatten()
}
