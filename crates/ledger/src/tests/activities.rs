//! The activity handle on stores that fail, lose answers and race on demand.

use std::sync::Arc;

use tuanzhang_core::activity::{Happened, Joined, Visited};
use tuanzhang_core::{BatchId, Position};
use tuanzhang_log::testing::{AppendFault, FailingStore, Moment, ReadFault};
use tuanzhang_log::{MemoryStore, Store};

use super::*;
use crate::{
    Activities, ActivityBatch, ActivityError, ActivityRefusal, OpenError, Recorded, RecordsError,
};

fn batch(number: u32) -> BatchId {
    BatchId::from_bytes(id(9, number))
}

/// So many visits, from a second of the morning on.
fn visits(from: u32, count: u32) -> Vec<Happened> {
    let midnight = time("2026-01-06T00:00:00Z").micros();
    let visit = |number: u32| Happened {
        at: Time::from_micros(midnight + i64::from(number) * 1_000),
        activity: Visited { visitor: buyer(number), campaign: Some(campaign()), source: None }
            .into(),
    };
    (from..from + count).map(visit).collect()
}

fn now() -> Time {
    time("2026-01-06T09:00:00+08:00")
}

fn open_on(store: &dyn Store) -> Activities {
    Activities::with_clock(store.activity().unwrap(), book_id(1), Arc::new(clock())).unwrap()
}

fn new(position: u64) -> Recorded {
    Recorded { position: Position::new(position), repeated: false }
}

fn repeated(position: u64) -> Recorded {
    Recorded { position: Position::new(position), repeated: true }
}

/// Batch and number of entries of each record.
fn held(activities: &Activities) -> Vec<(BatchId, usize)> {
    let records = activities.records(Position::START).map(Result::unwrap);
    records.map(|record| (record.batch, record.entries.len())).collect()
}

#[test]
fn a_batch_is_recorded_once_and_read_back() {
    let memory = memory();
    let activities = open_on(&memory);
    assert_eq!(activities.append(batch(1), &visits(0, 3)).unwrap(), new(1));
    assert_eq!(activities.append(batch(2), &visits(3, 1)).unwrap(), new(2));
    assert_eq!(activities.append(batch(1), &visits(0, 3)).unwrap(), repeated(1));
    let again = open_on(&memory);
    assert_eq!(again.append(batch(2), &visits(3, 1)).unwrap(), repeated(2));
    let records: Vec<_> = again.records(Position::START).map(Result::unwrap).collect();
    assert_eq!(records[0].entries, visits(0, 3));
    assert_eq!((records[1].position, records[1].recorded_at), (Position::new(2), now()));
    assert_eq!(records.len(), 2);
}

#[test]
fn reading_goes_on_where_it_stood() {
    let activities = open_on(&memory());
    for number in 0..5 {
        activities.append(batch(number), &visits(number, 2)).unwrap();
    }
    let mut records = activities.records(Position::new(4));
    assert_eq!(records.by_ref().count(), 2);
    assert_eq!(records.next_position(), Position::new(6));
    activities.append(batch(9), &visits(9, 1)).unwrap();
    assert_eq!(records.next().unwrap().unwrap().batch, batch(9));
    assert!(records.next().is_none());
}

fn code(error: &ActivityError) -> Option<&'static str> {
    error.refusal().map(ActivityRefusal::code)
}

#[test]
fn what_is_wrong_with_a_batch_is_refused_and_leaves_nothing() {
    let activities = open_on(&memory());
    activities.append(batch(1), &visits(0, 3)).unwrap();
    let refused = |id, entries: &[Happened]| code(&activities.append(id, entries).unwrap_err());
    assert_eq!(refused(batch(1), &visits(0, 2)), Some("id_reused"));
    assert_eq!(refused(batch(2), &[]), Some("empty_batch"));
    let mut late = visits(0, 2);
    late[1].at = Time::from_micros(now().micros() + 1);
    assert_eq!(refused(batch(2), &late), Some("not_yet"));
    let at = now().plus_minutes(1);
    activities.append_many(&[ActivityBatch::new(batch(3), &late).at(at)]).unwrap();
    assert_eq!(refused(batch(4), &visits(0, 60_000)), Some("too_large"));
    assert_eq!(held(&activities), [(batch(1), 3), (batch(3), 2)]);
}

#[test]
fn batches_of_one_call_are_recorded_together_or_not_at_all() {
    let activities = open_on(&memory());
    activities.append(batch(1), &visits(0, 3)).unwrap();
    let (one, other) = (visits(10, 1), visits(11, 1));
    let call = [ActivityBatch::new(batch(5), &one), ActivityBatch::new(batch(5), &other)];
    assert_eq!(code(&activities.append_many(&call).unwrap_err()), Some("id_reused"));
    let call = [ActivityBatch::new(batch(5), &one), ActivityBatch::new(batch(1), &one)];
    assert_eq!(code(&activities.append_many(&call).unwrap_err()), Some("id_reused"));
    assert_eq!(held(&activities), [(batch(1), 3)]);
    let first = visits(0, 3);
    let call = [
        ActivityBatch::new(batch(5), &one),
        ActivityBatch::new(batch(5), &one),
        ActivityBatch::new(batch(1), &first),
        ActivityBatch::new(batch(6), &other),
    ];
    let answers = activities.append_many(&call).unwrap();
    assert_eq!(answers, [new(2), repeated(2), repeated(1), new(3)]);
    assert_eq!(activities.append_many(&[]).unwrap(), []);
    assert_eq!(activities.position(), Position::new(3));
}

#[test]
fn more_than_an_append_takes_is_refused() {
    let activities = open_on(&memory());
    let one = visits(0, 1);
    let batches: Vec<_> = (0..16_385).map(|n| ActivityBatch::new(batch(n), &one)).collect();
    let error = activities.append_many(&batches).unwrap_err();
    assert_eq!(code(&error), Some("too_large"), "{error}");
    assert_eq!(activities.append_many(&batches[1..]).unwrap().len(), 16_384);
}

/// What an append answers that fails so, and what the same batch sent again is answered.
fn after(fault: AppendFault, moment: Moment) -> (Result<Recorded, ActivityError>, Recorded) {
    let store = FailingStore::new(memory());
    let activities = open_on(&store);
    activities.append(batch(1), &visits(0, 2)).unwrap();
    store.fail_next_append(fault, moment);
    let first = activities.append(batch(2), &visits(2, 2));
    let second = activities.append(batch(2), &visits(2, 2)).unwrap();
    assert_eq!(activities.append(batch(3), &visits(4, 1)).unwrap(), new(3));
    let expected = [(batch(1), 2), (batch(2), 2), (batch(3), 1)];
    assert_eq!(held(&activities), expected, "{fault:?} {moment:?}");
    assert_eq!(held(&open_on(&store)), expected, "{fault:?} {moment:?}");
    (first, second)
}

#[test]
fn an_append_whose_answer_was_lost_is_not_doubled() {
    for fault in AppendFault::ALL {
        for moment in [Moment::Before, Moment::After] {
            // A race that was lost after writing is no race: a store that promises nothing.
            if (fault, moment) == (AppendFault::Raced, Moment::After) {
                continue;
            }
            let (first, second) = after(fault, moment);
            let told = match fault {
                AppendFault::Raced => first.is_ok(),
                AppendFault::Unknown => matches!(first, Err(ActivityError::Unknown { .. })),
                AppendFault::Unavailable => matches!(first, Err(ActivityError::Unavailable { .. })),
                AppendFault::Damaged => matches!(first, Err(ActivityError::Damaged { .. })),
                AppendFault::TooLarge => matches!(first, Err(ActivityError::Refused(_))),
            };
            assert!(told, "{fault:?} {moment:?}: {first:?}");
            let there = fault == AppendFault::Raced || moment == Moment::After;
            assert_eq!(second, if there { repeated(2) } else { new(2) }, "{fault:?} {moment:?}");
        }
    }
}

#[test]
fn while_the_store_cant_be_read_a_lost_answer_stays_open() {
    let store = Arc::new(FailingStore::new(memory()));
    let activities = open_on(&store);
    store.fail_next_append(AppendFault::Unknown, Moment::After);
    assert!(activities.append(batch(1), &visits(0, 1)).is_err());
    store.fail_reads(Some(ReadFault::Unavailable));
    let appends = store.appends();
    let error = activities.append(batch(1), &visits(0, 1)).unwrap_err();
    assert!(matches!(error, ActivityError::Unavailable { .. }), "{error}");
    assert_eq!(store.appends(), appends);
    store.fail_reads(None);
    assert_eq!(activities.append(batch(1), &visits(0, 1)).unwrap(), repeated(1));
}

#[test]
fn two_handles_race_and_both_are_served() {
    let memory = memory();
    let (one, other) = (open_on(&memory), open_on(&memory));
    assert_eq!(one.append(batch(1), &visits(0, 1)).unwrap(), new(1));
    assert_eq!(other.append(batch(2), &visits(1, 1)).unwrap(), new(2));
    assert_eq!(one.append(batch(2), &visits(1, 1)).unwrap(), repeated(2));
    std::thread::scope(|scope| {
        for (handle, from) in [(&one, 100), (&other, 200)] {
            scope.spawn(move || {
                for number in from..from + 50 {
                    let visits = visits(number, 1);
                    assert!(!handle.append(batch(number), &visits).unwrap().repeated);
                }
            });
        }
    });
    assert_eq!(held(&open_on(&memory)).len(), 102);
}

#[test]
fn races_without_end_are_given_up() {
    let store = FailingStore::new(memory());
    let activities = open_on(&store);
    for number in 1..=u64::from(crate::RACES_MAX) + 1 {
        store.fail_append(number, AppendFault::Raced, Moment::Before);
    }
    let error = activities.append(batch(1), &visits(0, 1)).unwrap_err();
    assert!(matches!(error, ActivityError::Unavailable { .. }), "{error}");
    assert_eq!(activities.append(batch(1), &visits(0, 1)).unwrap(), new(1));
}

#[test]
fn a_stream_that_became_shorter_is_damage_and_nothing_is_written() {
    for turns in [true, false] {
        let store = super::stores::Replaceable::new(turns);
        let opened = || Activities::open(Arc::clone(&store), book_id(1)).unwrap();
        let activities = opened();
        for number in 1..=3 {
            activities.append(batch(number), &visits(number, 1)).unwrap();
        }
        store.restore(1);
        let error = activities.append(batch(9), &visits(0, 1)).unwrap_err();
        assert!(matches!(error, ActivityError::Damaged { .. }), "{error}");
        assert_eq!(held(&opened()).len(), 1);
    }
}

#[test]
fn a_ledger_gives_the_stream_beside_its_book() {
    let memory = memory();
    let ledger = open(Arc::clone(&memory));
    assert!(matches!(ledger.activities(), Err(OpenError::NoBook)));
    let ledger = shop(Arc::clone(&memory));
    let (position, activities) = (ledger.position(), ledger.activities().unwrap());
    let joined = Joined { member: buyer(1), invited_by: None };
    let entries = [Happened { at: now(), activity: joined.into() }];
    assert_eq!(activities.append(batch(1), &entries).unwrap(), new(1));
    let place = Request::new(Actor::Buyer(buyer(1)), place(1, 1));
    assert_eq!(ledger.execute_request(place).unwrap().position, position.next());
    assert_eq!(held(&ledger.activities().unwrap()), [(batch(1), 1)]);
    let alone = Activities::open(memory.activity().unwrap(), book_id(1)).unwrap();
    assert_eq!(held(&alone), held(&Activities::of(&memory, book_id(1)).unwrap()));
    assert_eq!(open_on(&MemoryStore::new()).position(), Position::START);
}

/// A stream with these bytes as its first record, opened.
fn opened_on(bytes: &[u8]) -> Result<Activities, OpenError> {
    let streams = MemoryStore::new();
    streams.append(tuanzhang_wire::book_key(book_id(1)), 0, &[bytes]).unwrap();
    Activities::open(streams, book_id(1))
}

#[test]
fn what_is_no_record_stops_the_reader() {
    let opened = opened_on(b"\x01\0\0short");
    assert!(matches!(opened, Err(OpenError::Decode { .. })), "{opened:?}");
    let opened = opened_on(&[2; 100]);
    assert!(matches!(opened, Err(OpenError::NeedsNewerVersion { .. })), "{opened:?}");
    let encoded = |position| {
        let (mut bytes, at) = (Vec::new(), Position::new(position));
        let encode = tuanzhang_wire::activity::encode_batch_into;
        encode(&mut bytes, at, now(), batch(1), &visits(0, 1)).unwrap();
        bytes
    };
    let opened = opened_on(&encoded(7));
    assert!(matches!(opened, Err(OpenError::Misplaced { .. })), "{opened:?}");
    // A head alone opens; its entries are looked at when they are read.
    let mut cut = encoded(1);
    cut.pop();
    let activities = opened_on(&cut).unwrap();
    let read = activities.records(Position::START).next();
    assert!(matches!(read, Some(Err(RecordsError::Decode { .. }))), "{read:?}");
    let again = activities.append(batch(1), &visits(0, 1)).unwrap_err();
    assert!(matches!(again, ActivityError::Damaged { .. }), "{again}");
}
