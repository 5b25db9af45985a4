//! The case of an append that death interrupts.

use super::given::{answered, failure, goes_on, head_of, holds_verified, records, slices};
use super::{BOOK, Factory, Failure, NotOffered, Opened, Outcome, TornAppends, Trial};
use crate::limits::length;

/// Most deaths that are tried in one append.
const STEPS_MAX: usize = 10_000;

/// Lets appends to a new and to an old book die at every step that is offered.
pub(super) fn a_torn_append_is_there_whole_or_not_at_all(factory: &dyn Factory) -> Trial {
    let offered = factory.torn_appends()?;
    let mut tried = 0_u64;
    for size in [0, 6] {
        for step in 0..STEPS_MAX {
            let Some(opened) = die(factory, offered, size, step)? else { break };
            let what = |failure: Failure| Failure {
                what: format!("step {step} of an append behind {size}: {}", failure.what),
                ..failure
            };
            whole_or_nothing(factory, opened, size).map_err(what)?;
            tried = tried.saturating_add(1);
        }
    }
    if tried == 0 {
        return Err(NotOffered("no append of this factory's can be torn").into());
    }
    Ok(tried)
}

fn die(
    factory: &dyn Factory,
    offered: &dyn TornAppends,
    size: u64,
    step: usize,
) -> Result<Option<Opened>, Failure> {
    let store = factory.fresh();
    let base = records(1, size);
    let mut written = 0;
    for batch in base.chunks(4) {
        written = answered("append", store.append(BOOK, written, &slices(batch)))?.size;
    }
    Ok(offered.die_in_append(store, BOOK, size, &slices(&torn(size)), step))
}

/// The records of the append that is torn.
fn torn(size: u64) -> Vec<Vec<u8>> {
    records(size.saturating_add(1), 5)
}

/// Fails unless what is left is the book before or after the append, and goes on.
fn whole_or_nothing(factory: &dyn Factory, opened: Opened, size: u64) -> Outcome {
    let store = match opened {
        Opened::Sound(store) | Opened::Repaired(store, _) => store,
        Opened::Damaged(damage) => {
            return Err(failure("opening", "the book before or after, no damage", damage));
        }
    };
    let mut all = records(1, size);
    let found = answered("head", store.head(BOOK))?;
    if found != head_of(&all) {
        all.extend(torn(size));
    }
    holds_verified(&*store, BOOK, &all)?;
    let next = records(length(all.len()).saturating_add(500), 2);
    goes_on(&*store, BOOK, &mut all, next)?;
    let store = factory.reopen(store);
    holds_verified(&*store, BOOK, &all)
}
