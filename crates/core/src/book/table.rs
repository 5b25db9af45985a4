//! Where entities live: a map from id to slot in shards, values in chunks of fixed size.
//!
//! Neither ever moves more than one shard (a 256th of the ids) or one chunk at a time, so growth
//! doesn't stop the writer. Nothing is ever removed: the log has no deletions.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

const SHARDS: usize = 256;
const CHUNK: usize = 1024;

/// All entities of one kind.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    hasher: DefaultHashBuilder,
    shards: Vec<HashTable<u32>>,
    chunks: Chunks<K, V>,
}

/// Keys and values, in the order in which they came.
type Chunks<K, V> = Vec<Vec<(K, V)>>;

impl<K: Hash + Eq + Clone, V> Default for Table<K, V> {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| HashTable::new()).collect();
        Self { hasher: DefaultHashBuilder::default(), shards, chunks: Vec::new() }
    }
}

fn place(slot: u32) -> (usize, usize) {
    let slot = usize::try_from(slot).unwrap_or(usize::MAX);
    (slot.checked_div(CHUNK).unwrap_or(0), slot.checked_rem(CHUNK).unwrap_or(0))
}

fn entry<K, V>(chunks: &Chunks<K, V>, slot: u32) -> Option<&(K, V)> {
    let (chunk, at) = place(slot);
    chunks.get(chunk)?.get(at)
}

/// The maps use the top bits and the low bits of a hash; the shard takes some from the middle.
fn shard_of(hash: u64) -> usize {
    usize::try_from((hash >> 24) & 0xff).unwrap_or(0)
}

impl<K: Hash + Eq + Clone, V> Table<K, V> {
    fn slot(&self, hash: u64, key: &K) -> Option<u32> {
        let same = |slot: &u32| entry(&self.chunks, *slot).is_some_and(|(known, _)| known == key);
        self.shards.get(shard_of(hash))?.find(hash, same).copied()
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let slot = self.slot(self.hasher.hash_one(key), key)?;
        entry(&self.chunks, slot).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (chunk, at) = place(self.slot(self.hasher.hash_one(key), key)?);
        self.chunks.get_mut(chunk)?.get_mut(at).map(|(_, value)| value)
    }

    /// Sets the value of a key.
    pub fn put(&mut self, key: K, value: V) {
        if let Some(known) = self.get_mut(&key) {
            *known = value;
            return;
        }
        let Ok(slot) = u32::try_from(self.len()) else { return };
        let hash = self.hasher.hash_one(&key);
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push((key, value)),
            Some(_) | None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push((key, value));
                self.chunks.push(chunk);
            }
        }
        let (chunks, hasher) = (&self.chunks, &self.hasher);
        if let Some(shard) = self.shards.get_mut(shard_of(hash)) {
            let again =
                |slot: &u32| entry(chunks, *slot).map_or(0, |(key, _)| hasher.hash_one(key));
            shard.insert_unique(hash, slot, again);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        let full = self.chunks.len().saturating_sub(1).saturating_mul(CHUNK);
        self.chunks.last().map_or(0, |last| full.saturating_add(last.len()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flatten().map(|(key, value)| (key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_put_in_the_order_it_came() {
        let mut table = Table::default();
        for n in 0..5000_u64 {
            table.put(n.wrapping_mul(7919), n);
        }
        table.put(7919, 77);
        assert_eq!((table.len(), table.get(&7919), table.get(&1)), (5000, Some(&77), None));
        assert!(table.iter().map(|(k, _)| *k).eq((0..5000_u64).map(|n| n.wrapping_mul(7919))));
    }
}
