//! The view that a batch is decided against: the durable state, and over it copies of the entities that
//! the batch touched. Merged when the append has returned, dropped when it failed.

use hashbrown::HashMap;

use super::state::{Book, Entity, Read, State};

/// Copies of what a batch touched, kept between batches for their room.
#[derive(Debug)]
pub struct Copies<E: Entity> {
    at: HashMap<E::Key, usize>,
    values: Vec<(E::Key, E)>,
}

impl<E: Entity> Default for Copies<E> {
    fn default() -> Self {
        Self { at: HashMap::new(), values: Vec::new() }
    }
}

impl<E: Entity> Copies<E> {
    fn get(&self, key: &E::Key) -> Option<&E> {
        if self.values.is_empty() {
            return None;
        }
        self.at.get(key).and_then(|at| self.values.get(*at)).map(|(_, value)| value)
    }

    fn get_mut(&mut self, key: &E::Key) -> Option<&mut E> {
        let at = self.at.get(key)?;
        self.values.get_mut(*at).map(|(_, value)| value)
    }

    fn put(&mut self, key: E::Key, value: E) {
        if let Some(known) = self.get_mut(&key) {
            *known = value;
        } else {
            self.at.insert(key.clone(), self.values.len());
            self.values.push((key, value));
        }
    }

    pub(super) fn merge_into(&mut self, book: &mut Book) {
        self.at.clear();
        for (key, value) in self.values.drain(..) {
            E::table_mut(book).put(key, value);
        }
    }

    pub(super) fn clear(&mut self) {
        self.at.clear();
        self.values.clear();
    }
}

use super::state::Touched;

/// A view of `base` with what a batch touched over it.
#[derive(Debug)]
pub struct Overlay<'a, B> {
    base: &'a B,
    touched: &'a mut Touched,
}

impl<'a, B: Read> Overlay<'a, B> {
    /// A view that reads `base` and writes into `touched`.
    pub fn new(base: &'a B, touched: &'a mut Touched) -> Self {
        Self { base, touched }
    }
}

impl<B: Read> Read for Overlay<'_, B> {
    fn get<E: Entity>(&self, key: &E::Key) -> Option<&E> {
        E::copies(self.touched).get(key).or_else(|| self.base.get(key))
    }
}

impl<B: Read> State for Overlay<'_, B> {
    fn edit<E: Entity>(&mut self, key: &E::Key) -> Option<&mut E> {
        if E::copies(self.touched).get(key).is_none() {
            let copy = self.base.get::<E>(key)?.clone();
            E::copies_mut(self.touched).put(key.clone(), copy);
        }
        E::copies_mut(self.touched).get_mut(key)
    }

    fn put<E: Entity>(&mut self, key: E::Key, value: E) {
        E::copies_mut(self.touched).put(key, value);
    }
}
