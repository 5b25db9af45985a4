//! Cases of a single writer.

use super::given::{answered, failure, head_of, holds, record, records, same, slices, write_some};
use super::{BOOK, Capacity, Factory, OTHER_BOOK, Outcome};
use crate::limits::{RECORD_BYTES_MAX, length};
use crate::{AppendError, TreeHead};

/// Gives bytes of every kind and wants them back.
pub(super) fn records_come_back_as_they_were(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let every_byte: Vec<u8> = (0..=255).collect();
    let odd = [
        every_byte,
        vec![0; 5_000],
        vec![0xff; 70_000],
        "团长".into(),
        b"'; drop table records; --".to_vec(),
        vec![0xc3, 0x28, 0],
    ];
    answered("append", store.append(BOOK, 0, &slices(&odd)))?;
    holds(&*store, BOOK, &odd)
}

/// Compares the head after each append with a root that is computed from all records.
pub(super) fn every_head_has_the_root_of_its_records(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let mut all = Vec::new();
    for batch in [1, 1, 2, 5, 1, 8, 16, 3] {
        let expected = length(all.len());
        let new = records(expected.saturating_add(1), batch);
        let told = answered("append", store.append(BOOK, expected, &slices(&new)))?;
        all.extend(new);
        same("head that append answers", &head_of(&all), &told)?;
        same("head", &told, &answered("head", store.head(BOOK))?)?;
    }
    Ok(())
}

/// Appends nothing to a new and to an old book, then a record of no bytes.
pub(super) fn nothing_and_an_empty_record_are_told_apart(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let told = answered("append of nothing", store.append(BOOK, 0, &[]))?;
    same("head after nothing", &TreeHead::EMPTY, &told)?;
    same("books after nothing", &Vec::new(), &answered("books", store.books())?)?;
    let told = answered("append of an empty record", store.append(BOOK, 0, &[b""]))?;
    same("head after an empty record", &head_of(&[Vec::new()]), &told)?;
    same("read_one", &Some(Vec::new()), &answered("read_one", store.read_one(BOOK, 1))?)?;
    let told = answered("append of nothing", store.append(BOOK, 1, &[]))?;
    same("head after nothing", &head_of(&[Vec::new()]), &told)?;
    match store.append(BOOK, 0, &[]) {
        Err(AppendError::Raced { expected: 0, actual: 1 }) => Ok(()),
        other => Err(failure("append of nothing to an old position", "Raced 0, 1", other)),
    }
}

/// Expects positions that are too low, too high and far off.
pub(super) fn a_raced_append_changes_nothing(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let raced = |expected: u64, actual: u64| match store.append(BOOK, expected, &[b"late"]) {
        Err(AppendError::Raced { expected: told, actual: found })
            if (told, found) == (expected, actual) =>
        {
            Ok(())
        }
        other => Err(failure("append to another position", ("Raced", expected, actual), other)),
    };
    raced(1, 0)?;
    raced(u64::MAX, 0)?;
    same("books", &Vec::new(), &answered("books", store.books())?)?;
    let all = write_some(&*store)?;
    let size = length(all.len());
    for expected in [0, 1, size.saturating_sub(1), size.saturating_add(1), 1 << 40, u64::MAX] {
        raced(expected, size)?;
    }
    holds(&*store, BOOK, &all)
}

/// Sends the append that created the book and the last one again, to the same handle and to a new
/// one; then the same records as an append of their own, which they may be.
pub(super) fn an_append_sent_again_is_raced_and_changes_nothing(factory: &dyn Factory) -> Outcome {
    let mut store = factory.fresh();
    let mut all = Vec::new();
    for count in [3, 1, 4] {
        let before = length(all.len());
        let batch = records(before.saturating_add(1), count);
        answered("append", store.append(BOOK, before, &slices(&batch)))?;
        all.extend(batch.clone());
        for _ in 0..2 {
            match store.append(BOOK, before, &slices(&batch)) {
                Err(AppendError::Raced { expected, actual }) => {
                    let promised = (before, length(all.len()));
                    same("positions of the lost race", &promised, &(expected, actual))?;
                }
                other => return Err(failure("the same append again", "Raced", other)),
            }
            holds(&*store, BOOK, &all)?;
            store = factory.reopen(store);
        }
    }
    let told = store.append(BOOK, length(all.len()), &slices(&all.clone()));
    answered("append of the same records behind themselves", told)?;
    all.extend(all.clone());
    holds(&*store, BOOK, &all)
}

/// Offers a batch whose last record is too large, to a new and to an old book.
pub(super) fn an_append_is_all_or_nothing(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let too_large = vec![b'x'; usize::try_from(RECORD_BYTES_MAX).unwrap_or(0).saturating_add(1)];
    let mut batch = records(1, 5);
    batch.push(too_large);
    let refused = |expected| match store.append(BOOK, expected, &slices(&batch)) {
        Err(AppendError::TooLarge { .. }) => Ok(()),
        other => Err(failure("append with one record too large", "TooLarge", other)),
    };
    refused(0)?;
    holds(&*store, BOOK, &[])?;
    let all = write_some(&*store)?;
    refused(length(all.len()))?;
    holds(&*store, BOOK, &all)
}

/// Closes and opens after appends and goes on, three times.
pub(super) fn a_reopened_store_has_the_same_head(factory: &dyn Factory) -> Outcome {
    let mut store = factory.reopen(factory.fresh());
    holds(&*store, BOOK, &[])?;
    let mut all = write_some(&*store)?;
    for _ in 0..3 {
        store = factory.reopen(store);
        holds(&*store, BOOK, &all)?;
        same("books", &vec![BOOK], &answered("books", store.books())?)?;
        let size = length(all.len());
        all.push(record(size.saturating_add(1)));
        let told = answered(
            "append",
            store.append(BOOK, size, &slices(&records(size.saturating_add(1), 1))),
        )?;
        same("head that append answers", &head_of(&all), &told)?;
    }
    Ok(())
}

/// Writes two books, or wants the second refused.
pub(super) fn books_are_kept_apart(factory: &dyn Factory) -> Outcome {
    let store = factory.fresh();
    let all = write_some(&*store)?;
    holds(&*store, OTHER_BOOK, &[])?;
    same("read_one", &None, &answered("read_one", store.read_one(OTHER_BOOK, 1))?)?;
    match (factory.capacity(), store.append(OTHER_BOOK, 0, &[b"elsewhere"])) {
        (Capacity::OneBook, Err(AppendError::OtherBook { holds: here, asked })) => {
            same("books that the refusal names", &(BOOK, OTHER_BOOK), &(here, asked))?;
            same("books", &vec![BOOK], &answered("books", store.books())?)?;
        }
        (Capacity::ManyBooks, Ok(_)) => {
            holds(&*store, OTHER_BOOK, &[b"elsewhere".to_vec()])?;
            let found = answered("books", store.books())?;
            same("books", &vec![OTHER_BOOK, BOOK], &found)?;
        }
        (capacity, other) => return Err(failure("append to a second book", capacity, other)),
    }
    holds(&*store, BOOK, &all)
}
