//! Two handles on one book: both go on, positions gapless, nothing decided on a stale state.

use std::sync::Arc;
use std::thread;

use tuanzhang_core::book::Order;
use tuanzhang_core::{Actor, Position, Rejection};

use super::stores::{Contended, Replaceable};
use super::*;
use crate::ExecuteError;

#[test]
fn a_handle_that_lost_a_race_decides_again_on_what_the_winner_wrote() {
    let store = memory();
    let one = shop(Arc::clone(&store));
    let two = open(Arc::clone(&store));
    one.execute(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1)).unwrap();
    let late = two.execute(Actor::Buyer(buyer(2)), place_sku(2, "rare", 1)).unwrap_err();
    assert_eq!(late.rejection().map(Rejection::code), Some("out_of_stock"));
    assert_eq!(two.stats().races, 1);
    let done = two.execute(Actor::Buyer(buyer(2)), place(2, 1)).unwrap();
    assert_eq!(done.position, Position::new(6));
    let done = one.execute(Actor::Buyer(buyer(3)), place(3, 1)).unwrap();
    assert_eq!(done.position, Position::new(7));
    assert!(one.read(|book| book.get::<Order>(&order(2)).is_some()));
}

#[test]
fn a_command_that_the_other_handle_recorded_is_repeated() {
    let store = memory();
    let one = shop(Arc::clone(&store));
    let two = open(Arc::clone(&store));
    let first = one.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    let again = two.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    assert_eq!((again.repeated, &again.record), (true, &first.record));
}

#[test]
fn a_refusal_on_a_stale_state_is_never_given() {
    let store = memory();
    let early = open(Arc::clone(&store));
    let one = shop(Arc::clone(&store));
    // `early` was opened before there was a book; to it, nothing exists.
    one.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    early.execute(Actor::Operator, pay(1, "89.90")).unwrap();
    assert_eq!(early.position(), Position::new(6));
    // Only refused: the empty append notices that the state is not the last.
    let two = open(Arc::clone(&store));
    one.execute(Actor::Buyer(buyer(2)), place_sku(2, "rare", 1)).unwrap();
    let cancel = tuanzhang_core::order::CancelOrder::new(order(2));
    two.execute(Actor::Buyer(buyer(2)), cancel).unwrap();
    assert_eq!(two.stats().races, 1);
}

#[test]
fn two_handles_write_side_by_side_and_nothing_is_lost() {
    const EACH: u32 = 300;
    let store = memory();
    drop(shop(Arc::clone(&store)));
    let handles = [open(Arc::clone(&store)), open(Arc::clone(&store))];
    let mut positions: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0_u32..)
            .zip(&handles)
            .map(|(handle, ledger)| {
                scope.spawn(move || {
                    let send = |n| {
                        let number = handle * EACH + n;
                        ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap()
                    };
                    (0..EACH).map(|n| send(n).position.get()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    positions.sort_unstable();
    assert_eq!(positions, (5..=4 + u64::from(2 * EACH)).collect::<Vec<_>>());
    let races: u64 = handles.iter().map(|ledger| ledger.stats().races).sum();
    println!("{} commands over two handles, {races} races", 2 * EACH);
    let all = seen(&open(store));
    for ledger in &handles {
        // Even a refusal is given on the last state only.
        ledger.execute(Actor::Operator, place_sku(9_999, "no such", 1)).unwrap_err();
        assert_eq!(seen(ledger), all);
    }
}

/// A shop on a contended store, and the records that others come with: orders of their own, as another handle
/// has recorded them behind the shop's.
fn contended(turns: bool, others: u32) -> (Arc<Contended>, Ledger) {
    let (store, twin) = (Contended::new(turns), memory());
    let ledger = shop(Arc::clone(&store));
    let other = shop(Arc::clone(&twin));
    let from = other.position().get() + 1;
    for number in 0..others {
        other.execute(Actor::Buyer(buyer(900 + number)), place(900 + number, 1)).unwrap();
    }
    let mut records = Vec::new();
    twin.read(tuanzhang_wire::book_key(book_id(1)), from, &mut |_, record| {
        records.push(record.to_vec());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    store.others(records);
    (store, ledger)
}

#[test]
fn after_two_lost_races_a_handle_takes_its_turn_and_loses_no_third() {
    let (store, ledger) = contended(true, 50);
    let before = ledger.position().get();
    let done = ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    assert_eq!(done.position.get(), before + 3, "behind the two that were first");
    let stats = ledger.stats();
    assert_eq!((stats.races, stats.turns, store.others_left()), (2, 1, 48));
    assert_eq!(seen(&ledger), seen(&open(store)));
}

#[test]
fn in_a_turn_refusals_and_repetitions_rest_on_the_last_state_and_append_nothing() {
    let (store, ledger) = contended(true, 50);
    let refused = ledger.execute(Actor::Buyer(buyer(2)), place_sku(2, "no such", 1)).unwrap_err();
    assert_eq!(refused.rejection().map(Rejection::code), Some("unknown_sku"));
    assert_eq!((ledger.stats().turns, store.others_left()), (1, 48));
    let (store, ledger) = contended(true, 50);
    let head = ledger.position().get() + 2;
    // The second of those who were first had recorded it.
    let again = ledger.execute(Actor::Buyer(buyer(901)), place(901, 1)).unwrap();
    assert!(again.repeated && again.position.get() == head);
    assert_eq!((ledger.stats().turns, store.others_left()), (1, 48));
    assert_eq!(ledger.position().get(), head);
}

#[test]
fn without_turns_every_race_can_be_lost() {
    let (store, ledger) = contended(false, 50);
    let before = ledger.position().get();
    let done = ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    assert_eq!(done.position.get(), before + 51, "behind all of them");
    assert_eq!((ledger.stats().races, ledger.stats().turns, store.others_left()), (50, 0, 0));
    let (_, ledger) = contended(false, crate::RACES_MAX + 1);
    let error = ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap_err();
    assert!(matches!(error, ExecuteError::Unavailable { .. }), "{error}");
}

#[test]
fn a_log_that_became_shorter_is_damage_and_nothing_is_written() {
    for turns in [true, false] {
        let store = Replaceable::new(turns);
        let ledger = shop(Arc::clone(&store));
        for number in 1..=5 {
            ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap();
        }
        let (key, all) = (tuanzhang_wire::book_key(book_id(1)), ledger.position().get());
        for first in [all - 1, 2] {
            let ledger = open(Arc::clone(&store));
            let before = store.head(key).unwrap().size;
            store.restore(first);
            let error = ledger.execute(Actor::Buyer(buyer(9)), place(9, 1)).unwrap_err();
            assert!(matches!(error, ExecuteError::Damaged { .. }), "{turns} {first}: {error}");
            assert!(error.to_string().contains(&format!("{before} records were read")), "{error}");
            assert_eq!(store.head(key).unwrap().size, first, "nothing is written");
            // It stays so; who opens the book anew goes on from what is there.
            ledger.execute(Actor::Buyer(buyer(9)), place(9, 1)).unwrap_err();
            assert_eq!(open(Arc::clone(&store)).position().get(), first);
        }
    }
}

/// What the handle checks before it appends in a turn: the store is asked only once it has raced twice.
#[test]
fn a_turn_behind_another_record_than_the_last_that_was_read_is_never_used() {
    let store = Replaceable::new(true);
    let ledger = shop(Arc::clone(&store));
    ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    let key = tuanzhang_wire::book_key(book_id(1));
    let all = ledger.position().get();
    store.restore(all - 1);
    let shared = ledger.shared();
    let error = crate::execute::take_turn(shared, &mut shared.writer()).err().unwrap();
    assert!(matches!(error, ExecuteError::Damaged { .. }), "{error}");
    assert_eq!(store.head(key).unwrap().size, all - 1);
}
