//! Cases of appends whose answer is an error though nobody made a mistake.

use super::given::{
    answered, failure, goes_on, head_of, holds_verified, read_all, records, same, slices,
};
use super::{BOOK, Factory, Failure, LostAnswers, NotOffered, Outcome, Trial};
use crate::limits::length;
use crate::{AppendError, ReadError, Store, TreeHead};

/// Sizes of the book when an answer is lost.
const SIZES: [u64; 2] = [0, 6];

/// Tries every way; `Unknown` may have written all of an append or nothing, never a part.
pub(super) fn after_unknown_an_append_is_there_whole_or_not_at_all(factory: &dyn Factory) -> Trial {
    let is_unknown = |answer: &Answer| matches!(answer, Err(AppendError::Unknown(_)));
    settles(factory, is_unknown, "no way of this factory's ends in Unknown")
}

/// Tries every way; `Unavailable` has written nothing.
pub(super) fn after_unavailable_nothing_of_an_append_is_there(factory: &dyn Factory) -> Trial {
    let is_unavailable = |answer: &Answer| matches!(answer, Err(AppendError::Unavailable(_)));
    settles(factory, is_unavailable, "no way of this factory's ends in Unavailable")
}

/// Goes on through the handle, which may refuse, and through a new one, which may not.
pub(super) fn after_a_lost_answer_a_store_goes_on_or_refuses(factory: &dyn Factory) -> Trial {
    each_way(factory, |lost| {
        // A way in which the store copes is right, and tries nothing.
        let failed = lost.answer.is_err();
        let (mut store, mut may_be) = (lost.store, lost.may_be);
        append_again(&*store, &mut may_be)?;
        store = factory.reopen(store);
        let mut all = is_one_of(&*store, &may_be, 0)?;
        let next = records(length(all.len()).saturating_add(900), 3);
        goes_on(&*store, BOOK, &mut all, next)?;
        store = factory.reopen(store);
        holds_verified(&*store, BOOK, &all)?;
        Ok(failed)
    })
}

type Answer = Result<TreeHead, AppendError>;
type Records = Vec<Vec<u8>>;

/// A store whose last append went wrong, or did not.
struct Lost {
    store: Box<dyn Store>,
    answer: Answer,
    /// What the book may hold after that answer.
    may_be: Vec<Records>,
}

/// Looks, through the handle and a new one, at what the answers of one kind leave.
fn settles(factory: &dyn Factory, of_kind: fn(&Answer) -> bool, none: &'static str) -> Trial {
    let tried = each_way(factory, |lost| {
        if !of_kind(&lost.answer) {
            return Ok(false);
        }
        let seen = match lost.store.head(BOOK) {
            Ok(_) => length(is_one_of(&*lost.store, &lost.may_be, 0)?.len()),
            // A handle may refuse to read after a failure.
            Err(ReadError::Unavailable(_)) => 0,
            Err(error) => return Err(failure("head after a lost answer", "no damage", error)),
        };
        let store = factory.reopen(lost.store);
        is_one_of(&*store, &lost.may_be, seen)?;
        Ok(true)
    })?;
    if tried == 0 { Err(NotOffered(none).into()) } else { Ok(tried) }
}

/// Runs a look for each way and each size; gives how many said that they were about it.
fn each_way(factory: &dyn Factory, look: impl Fn(Lost) -> Result<bool, Failure>) -> Trial {
    let offered = factory.lost_answers()?;
    let mut tried = 0_u64;
    for (way, name) in offered.ways().iter().enumerate() {
        for size in SIZES {
            let outcome = lose(factory, offered, way, size).and_then(&look);
            let counted = outcome.map_err(|failure| Failure {
                what: format!("{name}, behind {size}: {}", failure.what),
                ..failure
            })?;
            tried = tried.saturating_add(u64::from(counted));
        }
    }
    Ok(tried)
}

fn lose(
    factory: &dyn Factory,
    offered: &dyn LostAnswers,
    way: usize,
    size: u64,
) -> Result<Lost, Failure> {
    let store = factory.fresh();
    let before = records(1, size);
    let mut written = 0;
    for batch in before.chunks(4) {
        written = answered("append", store.append(BOOK, written, &slices(batch)))?.size;
    }
    let after = records(1, size.saturating_add(5));
    let new = records(size.saturating_add(1), 5);
    offered.lose_next(way);
    let answer = store.append(BOOK, size, &slices(&new));
    offered.heal();
    let may_be = match &answer {
        Ok(head) => {
            same("head that append answers", &head_of(&after), head)?;
            vec![after]
        }
        Err(AppendError::Unknown(_)) => vec![before, after],
        Err(AppendError::Unavailable(_)) => vec![before],
        Err(other) => return Err(failure("append", "Ok, Unknown or Unavailable", other)),
    };
    Ok(Lost { store, answer, may_be })
}

/// Gives what a book holds; fails unless it is one of these, and has as many records as were seen.
fn is_one_of(store: &dyn Store, may_be: &[Records], seen: u64) -> Result<Records, Failure> {
    let size = length(read_all(store, BOOK)?.len());
    let sizes: Vec<_> = may_be.iter().map(|all| length(all.len())).collect();
    let found = may_be.iter().find(|all| length(all.len()) == size);
    let Some(found) = found.filter(|_| size >= seen) else {
        return Err(failure("size", format!("one of {sizes:?}, not less than {seen}"), size));
    };
    holds_verified(store, BOOK, found)?;
    Ok(found.clone())
}

/// Appends once more through the handle; keeps in mind what the answer says of the book.
fn append_again(store: &dyn Store, may_be: &mut Vec<Records>) -> Outcome {
    let before = match store.head(BOOK) {
        Ok(head) => head.size,
        Err(ReadError::Unavailable(_)) => may_be.first().map_or(0, |all| length(all.len())),
        Err(error) => return Err(failure("head after a lost answer", "no damage", error)),
    };
    let new = records(before.saturating_add(700), 2);
    let grown = |all: &Records| -> Option<Records> {
        (length(all.len()) == before).then(|| [all.as_slice(), &new].concat())
    };
    match store.append(BOOK, before, &slices(&new)) {
        Ok(head) => {
            *may_be = may_be.iter().filter_map(grown).collect();
            let heads: Vec<_> = may_be.iter().map(|all| head_of(all)).collect();
            same("head that a later append answers", &heads, &vec![head])
        }
        Err(AppendError::Raced { actual, .. }) => {
            may_be.retain(|all| length(all.len()) == actual && actual != before);
            same("sizes that a lost race may name", &1, &may_be.len())
        }
        Err(AppendError::Unknown(_)) => {
            let with: Vec<_> = may_be.iter().filter_map(grown).collect();
            may_be.extend(with);
            Ok(())
        }
        Err(AppendError::Unavailable(_)) => Ok(()),
        Err(other) => Err(failure("a later append", "taken, raced, unknown or unavailable", other)),
    }
}
