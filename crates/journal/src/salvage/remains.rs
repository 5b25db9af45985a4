//! The records before a damage, as a store that can be read and not written.

use std::ops::ControlFlow;

use tuanzhang_log::tree::{Edge, leaf_hash};
use tuanzhang_log::{
    AppendError, BookKey, Coverage, Damage, Guarantees, ReadError, Store, TreeHead, Visitor,
};

use super::Salvage;
use crate::ActivityStream;
use crate::disk::Access;
use crate::journal::{activity_unopened, guarantees};

/// The records of a damaged journal that stand before the damage, as they were written: what [`Salvage::before`]
/// gives. A store that is only read; its head is that of the last of these records, and `verify` is the damage.
#[derive(Debug)]
pub struct Remains {
    salvage: Salvage,
    damage: Damage,
    head: TreeHead,
}

impl Salvage {
    /// The records from 1 on that stand before this damage, which opening has named, and before the first that is
    /// missing or was put right.
    ///
    /// # Errors
    /// As [`visit`](Salvage::visit).
    pub fn before(self, damage: Damage) -> Result<Remains, ReadError> {
        let repaired = self.frames.iter().find(|saved| saved.flip.is_some());
        let ends = [repaired.map(|saved| saved.header.first), damage.position];
        let ends = ends.into_iter().flatten().map(|first| first.saturating_sub(1));
        let end = ends.fold(self.unbroken(), u64::min);
        let mut edge = Edge::new();
        visit(&self, 1, end, &mut |_, record| {
            edge.push(leaf_hash(record));
            ControlFlow::Continue(())
        })?;
        Ok(Remains { salvage: self, damage, head: edge.head() })
    }
}

/// Visits the records of these positions; gives whether the visitor has broken.
fn visit(
    salvage: &Salvage,
    from: u64,
    to: u64,
    visitor: &mut Visitor<'_>,
) -> Result<bool, ReadError> {
    let mut is_broken = false;
    if from > to {
        return Ok(is_broken);
    }
    salvage.visit(&mut |position, record| {
        if position > to {
            return ControlFlow::Break(());
        }
        if position >= from {
            let goes_on = visitor(position, record);
            is_broken = goes_on.is_break();
            return goes_on;
        }
        ControlFlow::Continue(())
    })?;
    Ok(is_broken)
}

impl Remains {
    /// The book's key.
    pub fn key(&self) -> BookKey {
        self.salvage.key()
    }

    fn holds(&self, book: BookKey) -> bool {
        book == self.key()
    }

    fn damaged(&self) -> ReadError {
        ReadError::Damaged(self.damage.clone())
    }
}

impl Store for Remains {
    fn guarantees(&self) -> Guarantees {
        guarantees()
    }

    fn books(&self) -> Result<Vec<BookKey>, ReadError> {
        Ok(Some(self.key()).filter(|_| self.head.size > 0).into_iter().collect())
    }

    fn head(&self, book: BookKey) -> Result<TreeHead, ReadError> {
        Ok(if self.holds(book) { self.head } else { TreeHead::EMPTY })
    }

    fn append(
        &self,
        _book: BookKey,
        _expected: u64,
        _records: &[&[u8]],
    ) -> Result<TreeHead, AppendError> {
        Err(AppendError::ReadOnly)
    }

    fn read_one(&self, book: BookKey, position: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let mut found = None;
        if !self.holds(book) || position == 0 {
            return Ok(found);
        }
        if position > self.head.size {
            return Err(self.damaged());
        }
        visit(&self.salvage, position, position, &mut |_, record| {
            found = Some(record.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Ends with the damage.
    fn read(&self, book: BookKey, from: u64, visitor: &mut Visitor<'_>) -> Result<(), ReadError> {
        if !self.holds(book) || visit(&self.salvage, from.max(1), self.head.size, visitor)? {
            return Ok(());
        }
        Err(self.damaged())
    }

    fn verify(&self, book: BookKey) -> Result<Coverage, ReadError> {
        if self.holds(book) { Err(self.damaged()) } else { Ok(Coverage::EMPTY) }
    }

    fn activity(&self) -> Result<Box<dyn Store>, ReadError> {
        let stream = ActivityStream::beside(self.salvage.segments.disk(), Access::Read);
        Ok(Box::new(stream.map_err(activity_unopened)?))
    }
}
