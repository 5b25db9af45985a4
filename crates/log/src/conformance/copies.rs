//! Cases of a book that is copied to or from the store, with memory on the other side.

use super::given::{answered, head_of, holds_verified, records, same, slices, write_some};
use super::{BOOK, Factory, Outcome};
use crate::limits::length;
use crate::{MemoryStore, Store, copy};

/// Copies a book out into memory, and from there into another store.
pub(super) fn a_copy_has_the_same_root(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let all = write_some(&*store)?;
    let (memory, other) = (MemoryStore::new(), factory.fresh());
    let pairs: [(&dyn Store, &dyn Store); 2] = [(&*store, &memory), (&memory, &*other)];
    for (from, to) in pairs {
        let copied = answered("copy", copy::book(from, to, BOOK, &mut |_| {}))?;
        let found = (copied.before, copied.copied, copied.head);
        same("what was copied", &(0, length(all.len()), head_of(&all)), &found)?;
        holds_verified(to, BOOK, &all)?;
    }
    Ok(())
}

/// Copies a book that grows, with the store opened anew in between, and refuses to go on with
/// another.
pub(super) fn a_copy_goes_on_where_it_stopped(factory: &dyn Factory) -> Outcome {
    let source = MemoryStore::new();
    let mut target = factory.fresh();
    let mut all = Vec::new();
    for _ in 0..3 {
        let before = length(all.len());
        let new = records(before.saturating_add(1), 20);
        answered("append", source.append(BOOK, before, &slices(&new)))?;
        all.extend(new);
        let copied = answered("copy", copy::book(&source, &*target, BOOK, &mut |_| {}))?;
        same("what was copied", &(before, 20), &(copied.before, copied.copied))?;
        target = factory.reopen(target);
        holds_verified(&*target, BOOK, &all)?;
    }
    let another = MemoryStore::new();
    answered("append", another.append(BOOK, 0, &slices(&records(100, 80))))?;
    let refused = copy::book(&another, &*target, BOOK, &mut |_| {}).is_err();
    same("a copy of another book is refused", &true, &refused)?;
    holds_verified(&*target, BOOK, &all)
}
