//! Cases of a second handle on the same place, as another process would have it.

use super::given::{
    answered, failure, goes_on, holds, holds_verified, records, same, slices, write_some,
};
use super::{BOOK, Factory, NotOffered, Stopped, Trial};
use crate::limits::length;
use crate::{AppendError, Store};

/// Looks through the other handle after each append through the first; it was opened before them.
pub(super) fn another_handle_sees_what_was_answered(factory: &dyn Factory) -> Trial {
    let store = factory.fresh();
    let mut all = write_some(&*store)?;
    let other = factory.another()?;
    holds(&*other, BOOK, &all)?;
    let mut looks = 1_u64;
    for batch in [1, 3, 60, 2] {
        let next = records(length(all.len()).saturating_add(1), batch);
        goes_on(&*store, BOOK, &mut all, next)?;
        holds_verified(&*other, BOOK, &all)?;
        let last = answered("read_one", other.read_one(BOOK, length(all.len())))?;
        same("the last record", &all.last().cloned(), &last)?;
        looks = looks.saturating_add(1);
    }
    Ok(looks)
}

/// Appends through both in turn, each once where the other has just been.
pub(super) fn another_writer_loses_its_races_openly(factory: &dyn Factory) -> Trial {
    let store = factory.fresh();
    let mut all = write_some(&*store)?;
    let other = factory.another()?;
    let mut races = 0_u64;
    for turn in 0..6_u64 {
        let (winner, loser) = if turn % 2 == 0 { (&other, &store) } else { (&store, &other) };
        let expected = length(all.len());
        let next = records(expected.saturating_add(1), turn.saturating_add(1));
        match winner.append(BOOK, expected, &slices(&next)) {
            Ok(head) => same("size", &expected.saturating_add(length(next.len())), &head.size)?,
            Err(AppendError::ReadOnly) => {
                return Err(NotOffered("one handle writes at a time").into());
            }
            Err(other) => {
                return Err(Stopped::Failed(failure("append in turn", "taken", other)));
            }
        }
        all.extend(next);
        let actual = length(all.len());
        match loser.append(BOOK, expected, &[b"late"]) {
            Err(AppendError::Raced { expected: told, actual: found }) => {
                same("positions of a lost race", &(expected, actual), &(told, found))?;
            }
            other => return Err(Stopped::Failed(failure("a late append", "Raced", other))),
        }
        holds(&**loser, BOOK, &all)?;
        races = races.saturating_add(1);
    }
    holds_verified(&*store, BOOK, &all)?;
    Ok(races)
}
