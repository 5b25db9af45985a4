//! Cases of the activity streams beside the books.

use super::given::{answered, failure, head_of, holds, record, records, same, slices, write_some};
use super::{BOOK, Capacity, Factory, Failure, OTHER_BOOK, Outcome};
use crate::limits::length;
use crate::{AppendError, Store};

fn activity_of(store: &dyn Store) -> Result<Box<dyn Store>, Failure> {
    answered("activity", store.activity())
}

/// Writes both, one after the other, and wants each alone in its place, in lists and checks too.
pub(super) fn activity_is_kept_apart_from_the_book(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let visits = records(1000, 5);
    {
        let activity = activity_of(&*store)?;
        holds(&*activity, BOOK, &[])?;
        answered("append of activity", activity.append(BOOK, 0, &slices(&visits)))?;
    }
    same("books, with activity only", &Vec::new(), &answered("books", store.books())?)?;
    holds(&*store, BOOK, &[])?;
    same("read_one of the book", &None, &answered("read_one", store.read_one(BOOK, 1))?)?;
    let all = write_some(&*store)?;
    holds(&*store, BOOK, &all)?;
    let activity = activity_of(&*store)?;
    holds(&*activity, BOOK, &visits)?;
    same("books with activity", &vec![BOOK], &answered("books", activity.books())?)?;
    let first = answered("read_one", activity.read_one(BOOK, 1))?;
    same("read_one of the activity", &visits.first().cloned(), &first)?;
    holds(&*activity, OTHER_BOOK, &[])?;
    for (what, store, promised) in [("book", &store, &all), ("activity", &activity, &visits)] {
        let coverage = answered("verify", store.verify(BOOK))?;
        let found = (coverage.records, coverage.head);
        same(what, &(length(promised.len()), head_of(promised)), &found)?;
    }
    match (factory.capacity(), activity.append(OTHER_BOOK, 0, &[b"elsewhere"])) {
        (Capacity::OneBook, Err(AppendError::OtherBook { holds, asked })) => {
            same("books that the refusal names", &(BOOK, OTHER_BOOK), &(holds, asked))
        }
        (Capacity::ManyBooks, Ok(_)) => holds(&*activity, BOOK, &visits),
        (capacity, other) => Err(failure("append of another book's activity", capacity, other)),
    }
}

/// Appends turn by turn through two handles on the activity, and races on each.
pub(super) fn book_and_activity_have_positions_of_their_own(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let (one, other) = (activity_of(&*store)?, activity_of(&*store)?);
    let (mut book, mut seen) = (Vec::new(), Vec::new());
    for turn in 0..6_u64 {
        let before = length(book.len());
        book.push(record(turn));
        answered("append", store.append(BOOK, before, &slices(&[record(turn)])))?;
        same("head of the activity", &head_of(&seen), &answered("head", one.head(BOOK))?)?;
        let before = length(seen.len());
        let visits = records(turn.saturating_add(500), 3);
        let writer = if turn % 2 == 0 { &one } else { &other };
        answered("append of activity", writer.append(BOOK, before, &slices(&visits)))?;
        seen.extend(visits);
        same("head of the book", &head_of(&book), &answered("head", store.head(BOOK))?)?;
    }
    for (store, actual) in [(&store, length(book.len())), (&one, length(seen.len()))] {
        match store.append(BOOK, actual.saturating_sub(1), &[b"late"]) {
            Err(AppendError::Raced { actual: found, .. }) => same("actual", &actual, &found)?,
            other => return Err(failure("append to an old position", "Raced", other)),
        }
    }
    holds(&*store, BOOK, &book)?;
    holds(&*one, BOOK, &seen)?;
    holds(&*other, BOOK, &seen)
}

/// Closes and opens with both written, and goes on with both.
pub(super) fn book_and_activity_survive_a_reopen(factory: &dyn Factory) -> Outcome {
    let mut store = factory.fresh();
    let mut all = write_some(&*store)?;
    let mut visits = Vec::new();
    for round in 0..3_u64 {
        {
            let activity = activity_of(&*store)?;
            holds(&*activity, BOOK, &visits)?;
            let new = records(round.saturating_add(700), 4);
            let told = activity.append(BOOK, length(visits.len()), &slices(&new));
            visits.extend(new);
            same("head", &head_of(&visits), &answered("append of activity", told)?)?;
        }
        store = factory.reopen(store);
        holds(&*store, BOOK, &all)?;
        holds(&*activity_of(&*store)?, BOOK, &visits)?;
        let size = length(all.len());
        all.push(record(size));
        answered("append", store.append(BOOK, size, &slices(&[record(size)])))?;
    }
    holds(&*store, BOOK, &all)
}
