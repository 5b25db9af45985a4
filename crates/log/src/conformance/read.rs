//! Cases of a single reader.

use std::ops::ControlFlow;

use super::given::{answered, failure, head_of, read_all, read_from, same, write_some};
use super::{BOOK, Factory, Outcome};
use crate::Coverage;
use crate::limits::length;

/// Asks a new store everything.
pub(super) fn an_unwritten_book_is_empty(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    same("books", &Vec::new(), &answered("books", store.books())?)?;
    same("head", &head_of(&[]), &answered("head", store.head(BOOK))?)?;
    for position in [0, 1, 2, u64::MAX] {
        let found = answered("read_one", store.read_one(BOOK, position))?;
        same("read_one", &None, &found)?;
        same("read", &Vec::new(), &read_from(&*store, BOOK, position)?)?;
    }
    same("verify", &Coverage::EMPTY, &answered("verify", store.verify(BOOK))?)
}

/// Reads from every position, also before the first and behind the last.
pub(super) fn reads_are_gapless_from_every_position(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let all: Vec<_> = (1_u64..).zip(write_some(&*store)?).collect();
    let size = length(all.len());
    for from in (0..=size.saturating_add(2)).chain([1 << 40, u64::MAX]) {
        let promised: Vec<_> = all.iter().filter(|(at, _)| *at >= from).cloned().collect();
        same(&format!("read from {from}"), &promised, &read_from(&*store, BOOK, from)?)?;
    }
    Ok(())
}

/// Breaks after each number of records.
pub(super) fn a_visitor_that_breaks_is_not_called_again(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let size = length(write_some(&*store)?.len());
    for last in 1..=size {
        let mut seen = Vec::new();
        let answer = store.read(BOOK, 1, &mut |position, _| {
            seen.push(position);
            if position == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        answered("read", answer)?;
        same("positions", &(1..=last).collect(), &seen)?;
    }
    Ok(())
}

/// Compares each record of `read` with `read_one`, and wants nothing around them.
pub(super) fn read_one_agrees_with_read(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let size = length(write_some(&*store)?.len());
    for (position, record) in read_all(&*store, BOOK)? {
        let found = answered("read_one", store.read_one(BOOK, position))?;
        same(&format!("read_one({position})"), &Some(record), &found)?;
    }
    for position in [0, size.saturating_add(1), u64::MAX] {
        let found = answered("read_one", store.read_one(BOOK, position))?;
        same(&format!("read_one({position})"), &None, &found)?;
    }
    Ok(())
}

/// Compares what `verify` says with what was written.
pub(super) fn verify_covers_every_record(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let all = write_some(&*store)?;
    for store in [&store, &factory.reopen(factory.fresh())] {
        // The second store is empty: nothing to cover is no damage.
        let promised = if answered("books", store.books())?.is_empty() { &[][..] } else { &all };
        let found = answered("verify", store.verify(BOOK))?;
        same("records", &length(promised.len()), &found.records)?;
        same("head", &head_of(promised), &found.head)?;
        let bytes = promised.iter().map(|record| length(record.len())).sum::<u64>();
        if found.bytes < bytes {
            return Err(failure("bytes", format!("{bytes} or more"), found.bytes));
        }
    }
    Ok(())
}
