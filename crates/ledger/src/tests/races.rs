//! Two handles on one book: both go on, positions gapless, nothing decided on a stale state.

use std::sync::Arc;
use std::thread;

use tuanzhang_core::book::Order;
use tuanzhang_core::{Actor, Position, Rejection};

use super::*;

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
