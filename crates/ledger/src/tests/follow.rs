//! Following a book: every durable record once and in order, whoever writes, however slow the follower,
//! whatever fails.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::{Actor, PartyId, Position, Record};
use tuanzhang_log::testing::{AppendFault, FailingStore, Moment, ReadFault};
use tuanzhang_log::{MemoryStore, ReadError, Store};
use tuanzhang_wire::book_key;

use super::stores::{Gated, Poisonable, Watched};
use super::*;
use crate::{ExecuteError, Follow, Health, RecordsError};

/// Longer than any test: whoever is woken isn't woken by it.
const NEVER: Duration = Duration::from_secs(100_000);

fn register(number: u32) -> Request {
    Request::new(Actor::Operator, RegisterLeader::new(PartyId::from_bytes(id(30, number))))
}

pub(super) fn registrations(from: u32, count: u32) -> Vec<Request> {
    (from..from + count).map(register).collect()
}

pub(super) fn numbers(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.head.position.get()).collect()
}

fn number(record: Option<Result<Record, RecordsError>>) -> Option<u64> {
    record.map(|record| record.unwrap().head.position.get())
}

/// All records until the follower's end, on a thread of its own.
fn all(follow: Follow) -> thread::JoinHandle<Vec<Record>> {
    thread::spawn(move || follow.collect::<Result<Vec<_>, _>>().unwrap())
}

/// What the store has, read at rest.
fn stored(store: &Arc<MemoryStore>, from: u64) -> Vec<Record> {
    let ledger = open(Arc::clone(store));
    ledger.records(Position::new(from)).collect::<Result<Vec<_>, _>>().unwrap()
}

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(limit)).unwrap()
    }
}

#[test]
fn catching_up_and_live_give_each_record_once_and_in_order() {
    for seed in 1..=60 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let store = memory();
        let ledger = shop(Arc::clone(&store));
        let (mut followers, mut next) = (Vec::new(), 0);
        for _ in 0..12 {
            let from = dice.below(20);
            let follow = ledger.follow(Position::new(u64::from(from))).poll_every(NEVER);
            followers.push((from.max(1), all(follow)));
            let count = dice.below(9);
            if count == 1 {
                ledger.execute_request(register(next)).unwrap();
            } else {
                ledger.execute_many(&registrations(next, count)).unwrap();
            }
            next += count;
        }
        drop(ledger);
        for (from, follower) in followers {
            assert_eq!(follower.join().unwrap(), stored(&store, u64::from(from)), "seed {seed}");
        }
    }
}

#[test]
fn writers_on_many_threads_and_followers_of_all_kinds() {
    let store = memory();
    let ledger = shop(Arc::clone(&store));
    let followers: Vec<_> =
        (0..8).map(|n| all(ledger.follow(Position::new(n)).poll_every(NEVER))).collect();
    thread::scope(|scope| {
        for writer in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..100 {
                    ledger.execute_request(register(writer * 1_000 + n)).unwrap();
                }
            });
        }
    });
    drop(ledger);
    for (n, follower) in (0..8).zip(followers) {
        assert_eq!(follower.join().unwrap(), stored(&store, n));
    }
}

#[test]
fn whoever_waits_is_woken_by_the_writer() {
    let ledger = shop(memory());
    let follow = ledger.follow(Position::new(5)).poll_every(NEVER);
    let (sender, given) = mpsc::channel();
    let follower = thread::spawn(move || {
        for record in follow {
            sender.send(record.unwrap().head.position.get()).unwrap();
        }
    });
    for n in 0..200 {
        ledger.execute_request(register(n)).unwrap();
        assert_eq!(given.recv().unwrap(), u64::from(n) + 5);
    }
    drop(ledger);
    follower.join().unwrap();
}

#[test]
fn a_slow_follower_holds_nobody_up_and_misses_nothing() {
    let store = memory();
    let ledger = shop(Arc::clone(&store));
    let mut slow = ledger.follow(Position::START);
    assert_eq!(number(slow.next()), Some(1));
    // More than a chunk, while it holds one record.
    ledger.execute_many(&registrations(0, 10_000)).unwrap();
    assert_eq!((number(slow.next()), slow.next_position()), (Some(2), Position::new(3)));
    ledger.execute_many(&registrations(10_000, 10)).unwrap();
    drop(ledger);
    let rest: Vec<_> = slow.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(rest, stored(&store, 3));
    assert_eq!((slow.next_position(), slow.has_ended()), (Position::new(10_015), true));
}

#[test]
fn without_waiting_it_gives_what_is_durable_now() {
    let store = Gated::new();
    let ledger = shop(Arc::clone(&store));
    let mut follow = ledger.follow(Position::new(4));
    assert_eq!(number(follow.try_next()), Some(4));
    assert_eq!(number(follow.try_next()), None);
    assert_eq!(number(follow.next_within(Duration::ZERO)), None);
    assert_eq!(number(follow.next_within(Duration::from_millis(1))), None);
    store.close();
    let submitted = ledger.submit(Actor::Buyer(buyer(1)), place(1, 1));
    store.await_append();
    // Written by nobody yet: the append stands before the gate.
    assert_eq!(number(follow.try_next()), None);
    store.open();
    super::submit::block_on(submitted).unwrap();
    assert_eq!(number(follow.next_within(NEVER)), Some(5));
    assert!(!follow.has_ended());
}

#[test]
fn a_position_ahead_of_the_book_is_waited_for() {
    let ledger = shop(memory());
    let mut ahead = ledger.follow(Position::new(7));
    ledger.execute_many(&registrations(0, 2)).unwrap();
    assert_eq!(number(ahead.try_next()), None);
    ledger.execute_request(register(2)).unwrap();
    assert_eq!(number(ahead.try_next()), Some(7));
}

#[test]
fn a_book_that_is_not_there_yet_is_followed_from_its_first_record() {
    let store = memory();
    let (own, other) = (open(Arc::clone(&store)), open(Arc::clone(&store)));
    let named = Ledger::open_book(Arc::clone(&store), book_id(1), Options::new(clock())).unwrap();
    let elsewhere =
        Ledger::open_book(Arc::clone(&store), book_id(2), Options::new(clock())).unwrap();
    let mut follows = [&own, &other, &named].map(|ledger| ledger.follow(Position::START));
    let mut nothing = elsewhere.follow(Position::START);
    for follow in &mut follows {
        assert_eq!(number(follow.try_next()), None);
    }
    own.execute_many(&setup()).unwrap();
    for follow in &mut follows {
        assert_eq!((number(follow.next()), number(follow.next())), (Some(1), Some(2)));
    }
    assert_eq!(number(nothing.try_next()), None);
    drop(elsewhere);
    assert_eq!(number(nothing.next()), None);
}

#[test]
fn what_another_handle_appends_is_found_by_looking() {
    let store = memory();
    let (reader, writer) = (open(Arc::clone(&store)), shop(Arc::clone(&store)));
    let mut follow = reader.follow(Position::START).poll_every(Duration::ZERO);
    let (sender, given) = mpsc::channel();
    let follower = thread::spawn(move || {
        for record in follow.by_ref() {
            sender.send(record.unwrap().head.position.get()).unwrap();
        }
    });
    assert!(given.iter().take(4).eq(1..=4));
    for n in 0..50 {
        writer.execute_request(register(n)).unwrap();
        assert_eq!(given.recv().unwrap(), u64::from(n) + 5);
    }
    // The reader's own state was left as it was.
    assert_eq!(reader.position(), Position::START);
    drop(reader);
    follower.join().unwrap();
}

#[test]
fn a_lone_writers_follower_reads_only_when_there_is_more() {
    let memory = memory();
    drop(shop(Arc::clone(&memory)));
    let (store, watch) = Watched::over(memory);
    let ledger = open(store);
    let mut follow = ledger.follow(Position::new(5));
    let reads = || watch.reads.swap(0, Ordering::SeqCst);
    reads();
    for _ in 0..3 {
        // Somebody else may be the one who writes: this handle has written nothing.
        assert_eq!((number(follow.try_next()), reads()), (None, 1));
    }
    ledger.execute_request(register(0)).unwrap();
    assert_eq!((number(follow.try_next()), reads()), (Some(5), 1));
    assert_eq!((number(follow.try_next()), reads()), (None, 0));
    assert_eq!((number(follow.next_within(Duration::from_millis(1))), reads()), (None, 0));
    ledger.execute_many(&registrations(1, 7)).unwrap();
    let given: Vec<_> = (0..7).map(|_| number(follow.try_next())).collect();
    assert_eq!((given, reads()), ((6..=12).map(Some).collect(), 1));
    // More than a chunk is read on without further news, up to the end and no further.
    ledger.execute_many(&registrations(8, 10_000)).unwrap();
    let given = std::iter::from_fn(|| number(follow.try_next()));
    assert!(given.eq(13..=10_012));
    reads();
    assert_eq!((number(follow.try_next()), reads()), (None, 0));
}

#[test]
fn it_ends_with_what_is_durable_when_the_ledger_is_gone() {
    let (store, watch) = Watched::over(memory());
    let ledger = shop(store);
    let mut follow = ledger.follow(Position::START);
    assert_eq!(number(follow.next()), Some(1));
    drop(ledger.submit(Actor::Operator, RegisterLeader::new(PartyId::from_bytes(id(30, 1)))));
    drop(ledger);
    watch.let_go.try_recv().unwrap_err();
    assert_eq!(numbers(&follow.by_ref().map(Result::unwrap).collect::<Vec<_>>()), [2, 3, 4, 5]);
    watch.let_go.try_recv().unwrap();
    assert_eq!((number(follow.next()), number(follow.try_next())), (None, None));
}

#[test]
fn it_ends_although_others_go_on() {
    let store = memory();
    let (ledger, other) = (shop(Arc::clone(&store)), open(Arc::clone(&store)));
    let mut follow = ledger.follow(Position::START);
    drop(ledger);
    let mut given = Vec::new();
    // For each record that it gives, another one comes.
    for record in follow.by_ref() {
        given.push(record.unwrap().head.position.get());
        other.execute_request(register(u32::try_from(given.len()).unwrap())).unwrap();
    }
    assert_eq!(given, [1, 2, 3, 4]);
    assert!(follow.has_ended());
}

#[test]
fn a_stopper_wakes_whoever_waits_and_lets_go_of_the_store() {
    let (store, watch) = Watched::over(memory());
    let ledger = shop(store);
    let mut follow = ledger.follow(Position::START).poll_every(NEVER);
    let (stopper, again) = (follow.stopper(), follow.stopper());
    let (sender, given) = mpsc::channel();
    let follower = thread::spawn(move || {
        for record in follow.by_ref() {
            sender.send(record.unwrap().head.position.get()).unwrap();
        }
        follow
    });
    assert!(given.iter().take(4).eq(1..=4));
    stopper.stop();
    let mut follow = follower.join().unwrap();
    assert_eq!((number(follow.next()), follow.next_position()), (None, Position::new(5)));
    again.stop();
    ledger.execute_request(register(0)).unwrap();
    assert_eq!(number(follow.try_next()), None);
    // Of another one, what was read and not given is not lost: its position says so.
    let mut other = ledger.follow(Position::new(2));
    assert_eq!(number(other.next()), Some(2));
    other.stopper().stop();
    assert_eq!((number(other.next()), other.next_position()), (None, Position::new(3)));
    let unasked = ledger.follow(Position::START);
    let (stopper, kept) = (unasked.stopper(), ledger.follow(Position::START));
    drop(ledger);
    stopper.stop();
    watch.let_go.try_recv().unwrap_err();
    drop(kept);
    watch.let_go.try_recv().unwrap();
    drop((unasked, follow, other));
}

fn failing() -> (Arc<FailingStore<Arc<MemoryStore>>>, Ledger) {
    let store = Arc::new(FailingStore::new(memory()));
    let ledger = shop(Arc::clone(&store));
    (store, ledger)
}

fn is_unavailable(given: Option<&Result<Record, RecordsError>>) -> bool {
    matches!(given, Some(Err(RecordsError::Store(ReadError::Unavailable(_)))))
}

#[test]
fn after_unavailable_it_goes_on_where_it_stood() {
    let (store, ledger) = failing();
    for at in 1..=4 {
        let mut follow = ledger.follow(Position::new(at)).poll_every(NEVER);
        store.fail_reads(Some(ReadFault::Unavailable));
        assert!(is_unavailable(follow.try_next().as_ref()));
        assert!(is_unavailable(follow.next_within(Duration::from_millis(1)).as_ref()));
        assert!(!follow.has_ended());
        store.fail_reads(None);
        let given = std::iter::from_fn(|| number(follow.try_next()));
        assert!(given.eq(at..=4));
    }
    // Blocking, it waits before it reads again; here until it hears of a record.
    let mut follow = ledger.follow(Position::new(5)).poll_every(NEVER);
    store.fail_reads(Some(ReadFault::Unavailable));
    assert!(is_unavailable(follow.next().as_ref()));
    store.fail_reads(None);
    let follower = thread::spawn(move || number(follow.next()));
    ledger.execute_request(register(0)).unwrap();
    assert_eq!(follower.join().unwrap(), Some(5));
}

#[test]
fn damage_ends_it_and_so_does_any_error_once_the_ledger_is_gone() {
    let (store, ledger) = failing();
    let mut follow = ledger.follow(Position::START);
    store.fail_reads(Some(ReadFault::Damaged));
    let error = follow.next().unwrap().unwrap_err();
    assert!(matches!(error, RecordsError::Store(ReadError::Damaged(_))));
    store.fail_reads(None);
    assert_eq!((number(follow.next()), follow.has_ended()), (None, true));

    let mut follow = ledger.follow(Position::START);
    store.fail_reads(Some(ReadFault::Unavailable));
    drop(ledger);
    assert!(is_unavailable(follow.next().as_ref()));
    assert_eq!((number(follow.next()), follow.has_ended()), (None, true));
    assert_eq!(follow.next_position(), Position::new(1));
    assert_eq!(Arc::strong_count(&store), 1);
}

#[test]
fn sound_records_before_a_bad_one_are_given() {
    let memory = memory();
    let ledger = shop(Arc::clone(&memory));
    memory.append(book_key(book_id(1)), 4, &[b"nobody wrote this as a record"]).unwrap();
    let mut follow = ledger.follow(Position::new(3));
    assert_eq!((number(follow.next()), number(follow.next())), (Some(3), Some(4)));
    let error = follow.next().unwrap().unwrap_err();
    assert!(
        matches!(error, RecordsError::Decode { position, .. } if position == Position::new(5))
            || error.to_string().contains("record 5"),
        "{error}"
    );
    assert_eq!((number(follow.next()), follow.next_position()), (None, Position::new(5)));
}

#[test]
fn a_lost_answer_changes_nothing_for_who_follows() {
    for (moment, expected) in [(Moment::Before, None), (Moment::After, Some(5))] {
        // With one writer, so that it reads only what it has heard of.
        let store = Arc::new(FailingStore::new(Watched::over(memory()).0));
        let ledger = shop(Arc::clone(&store));
        let mut follow = ledger.follow(Position::new(5)).poll_every(NEVER);
        assert_eq!(number(follow.try_next()), None);
        store.fail_next_append(AppendFault::Unknown, moment);
        let lost = ledger.execute_request(register(0)).unwrap_err();
        assert!(matches!(lost, ExecuteError::Unknown { .. }));
        assert_eq!(ledger.health(), Health::Behind);
        // What the store shows is durable, although the sender wasn't told.
        assert_eq!(number(follow.try_next()), expected);
        ledger.execute_request(register(0)).unwrap();
        let rest = number(follow.try_next());
        assert_eq!(expected.or(rest), Some(5));
        assert_eq!(number(follow.try_next()), None);
    }
}

#[test]
fn what_the_store_does_not_vouch_for_is_never_given() {
    let store = Poisonable::new();
    let ledger = shop(Arc::clone(&store));
    let follow = all(ledger.follow(Position::START).poll_every(NEVER));
    store.poison_at_next();
    ledger.execute_request(register(0)).unwrap_err();
    ledger.execute_request(register(0)).unwrap_err();
    drop(ledger);
    assert_eq!(numbers(&follow.join().unwrap()), [1, 2, 3, 4]);
    // It was written after all, and a new handle finds it.
    let reopened = open(store.reopened());
    assert_eq!(number(reopened.follow(Position::new(5)).next()), Some(5));
}

#[test]
fn a_follower_can_live_anywhere() {
    fn moves<T: Send + 'static>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let follow = shop(memory()).follow(Position::START);
    moves(&follow);
    is_shared(&follow.stopper());
    moves(&follow.into_stream());
}
