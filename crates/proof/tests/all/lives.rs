//! Whole lives: every order of every book has a receipt that holds and says what the book's own state says.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::book::{Order, Refund};
use tuanzhang_core::money::Money;
use tuanzhang_core::{Event, OrderId, Position};
use tuanzhang_log::{Hash, Store, TreeHead};
use tuanzhang_proof::{
    Checkpoint, MakeError, Refused, Shown, SignedCheckpoint, Status, Story, Sums, Verified,
    checkpoint_of, growth_of, receipt_of, verify,
};

use crate::books::{Lived, lived};

fn verified(json: &str) -> Verified {
    match verify(json.as_bytes()).unwrap() {
        Shown::Receipt(verified) => *verified,
        Shown::Growth(grown) => panic!("{grown:?}"),
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    Money::sum(amounts).unwrap()
}

/// What the book's state says of the order, which shares no line with the story.
fn same_as_the_state(lived: &Lived, order: OrderId, story: &Story) {
    let state = lived.book.get::<Order>(&order).unwrap();
    let refund = |id| lived.book.get::<Refund>(id).unwrap();
    let refunds: Vec<&Refund> = state.refunds.iter().map(refund).collect();
    let refunded = sum(refunds.iter().map(|refund| refund.paid));
    assert_eq!(story.sums.refunded, refunded, "{order}");
    assert_eq!(story.sums.paid.is_positive() || state.due.is_zero(), state.paid.is_some());
    if state.paid.is_some() {
        assert_eq!(story.sums.paid, story.sums.due, "{order}");
    }
    let status = story.status;
    assert_eq!(status == Status::Cancelled, state.cancelled.is_some(), "{order}");
    assert_eq!(status == Status::Expired, state.expired.is_some(), "{order}");
    if status != Status::Cancelled {
        assert_eq!(status == Status::Settled, state.settled.is_some(), "{order}");
    }
    // What parties have in their buckets is what the story says they have, costs to the operator aside.
    let mut held: BTreeMap<_, i64> = BTreeMap::new();
    for part in &state.held {
        *held.entry(part.party).or_default() += part.goods.minor() + part.shipping.minor();
    }
    let operator = lived.book.head().unwrap().opened.operator;
    // Settling moves it on.
    let held = held.iter().filter(|_| state.settled.is_none());
    for (party, minor) in held.filter(|(party, _)| **party != operator) {
        let told = story.parts.iter().filter(|part| part.party == *party);
        assert_eq!(sum(told.map(|part| part.amount)).minor(), *minor, "{order} {party}");
    }
}

/// What came in for the order, less what it cost and what is owed back, is what the parties have of it.
fn nothing_is_lost(verified: &Verified, story: &Story) {
    let mut fees = 0;
    for event in verified.records.iter().flat_map(|record| &record.events) {
        fees += match event {
            Event::OrderPaid(e) if e.order == story.order => {
                e.payment.as_ref().map_or(0, |payment| payment.fee.minor())
            }
            Event::RefundPaid(e) => -e.fee_returned.minor(),
            _ => 0,
        };
    }
    let parts = sum(story.parts.iter().map(|part| part.amount)).minor();
    let Sums { paid, refund_due, .. } = story.sums;
    assert_eq!(parts, paid.minor() - fees - refund_due.minor(), "{}", story.order);
}

/// Positions of the records in which any of these ids stands, found by its bytes.
fn naming(lived: &Lived, ids: &[[u8; 16]]) -> BTreeSet<u64> {
    let names =
        |record: &Vec<u8>| record.windows(16).any(|window| ids.iter().any(|id| id == window));
    let records = (1..).zip(&lived.records).filter(|(_, record)| names(record));
    records.map(|(position, _)| position).collect()
}

#[test]
fn every_order_has_a_receipt_that_says_what_the_book_says() {
    let (mut receipts, mut records, mut kinds) = (0, 0, BTreeMap::new());
    for seed in 0..12 {
        let lived = lived(seed, 600);
        for order in &lived.orders {
            let receipt = lived.receipt(*order);
            let verified = verified(&receipt.to_json().unwrap());
            let story = verified.story().unwrap();
            same_as_the_state(&lived, *order, &story);
            nothing_is_lost(&verified, &story);
            // Whatever record names the order or a refund of it is there.
            let state = lived.book.get::<Order>(order).unwrap();
            let ids = state.refunds.iter().map(|refund| refund.to_bytes());
            let ids: Vec<_> = ids.chain([order.to_bytes()]).collect();
            let shown: BTreeSet<_> =
                verified.records.iter().map(|record| record.head.position.get()).collect();
            assert!(naming(&lived, &ids).is_subset(&shown), "seed {seed} order {order}");
            receipts += 1;
            records += verified.records.len();
            for step in story.steps {
                assert!(step.said.to_string().lines().count() == 2, "{step:?}");
                *kinds.entry(step.event).or_insert(0) += 1;
            }
        }
    }
    println!("{receipts} receipts, {records} records, {} kinds: {kinds:?}", kinds.len());
    assert!(receipts > 300 && kinds.len() >= 25, "{receipts} receipts, {kinds:?}");
}

#[test]
fn a_book_that_grew_continues_what_was_kept_and_another_doesnt() {
    let whole = lived(3, 400);
    let size = whole.records.len();
    let (mut shown, order) = (0, whole.orders[0]);
    for old in (1..=size).step_by(7).chain([size]) {
        let mut edge = tuanzhang_log::tree::Edge::new();
        for record in &whole.records[..old] {
            edge.push(tuanzhang_log::tree::leaf_hash(record));
        }
        let kept = SignedCheckpoint::unsigned(Checkpoint::of_book(whole.key, edge.head())).unwrap();
        let growth = growth_of(&whole.store, whole.key, &kept, &mut |_| ()).unwrap();
        let Shown::Growth(grown) = verify(growth.to_json().unwrap().as_bytes()).unwrap() else {
            panic!("a growth")
        };
        assert_eq!((grown.since.checkpoint().head(), &grown.since), (edge.head(), &kept));
        let receipt = receipt_of(&whole.store, whole.key, order, Some(&kept), &mut |_| ()).unwrap();
        assert_eq!(verified(&receipt.to_json().unwrap()).since, Some(kept));

        // The control: the same size with another root is another past.
        let other = TreeHead { size: edge.size(), root: Hash([7; 32]) };
        let other = SignedCheckpoint::unsigned(Checkpoint::of_book(whole.key, other)).unwrap();
        let refused = growth_of(&whole.store, whole.key, &other, &mut |_| ());
        assert!(matches!(refused, Err(MakeError::NotContinued { .. })), "{refused:?}");
        let mut forged = growth;
        forged.since.checkpoint = other;
        let refused = verify(forged.to_json().unwrap().as_bytes());
        assert!(matches!(refused, Err(Refused::NotContinued(_))), "{refused:?}");
        shown += 1;
    }
    println!("{shown} older heads of {size} records");
}

#[test]
fn what_cant_be_shown_isnt_made() {
    let lived = lived(1, 100);
    let head = lived.store.head(lived.key).unwrap();
    let made = |order, checkpoint: Option<Checkpoint>| {
        let since = checkpoint.map(|one| SignedCheckpoint::unsigned(one).unwrap());
        receipt_of(&lived.store, lived.key, order, since.as_ref(), &mut |_| ())
    };
    let unknown = OrderId::from_bytes([9; 16]);
    assert!(matches!(made(unknown, None), Err(MakeError::UnknownOrder { .. })));
    let order = lived.orders[0];
    let empty = Checkpoint::of_book(lived.key, TreeHead::EMPTY);
    assert!(matches!(made(order, Some(empty)), Err(MakeError::NoSuchSize { old: 0, .. })));
    let larger = TreeHead { size: head.size + 1, root: head.root };
    let larger = Checkpoint::of_book(lived.key, larger);
    assert!(matches!(made(order, Some(larger)), Err(MakeError::NoSuchSize { .. })));
    let other = Checkpoint::of_book(lived.key.of_activity(), head);
    assert!(matches!(made(order, Some(other)), Err(MakeError::OtherOrigin { .. })));
    let checkpoint = checkpoint_of(&lived.store, lived.key).unwrap();
    assert_eq!((checkpoint.head(), checkpoint.book()), (head, Some(lived.key)));
}

/// The limit that a receipt states of itself: a record that isn't of the order's opening may be left out, and
/// nobody can tell from the receipt alone.
#[test]
fn what_is_left_out_is_not_noticed_unless_it_is_needed() {
    let lived = lived(5, 600);
    let receipt = lived.longest();
    let (mut needed, mut unnoticed) = (Vec::new(), 0);
    for left_out in 0..receipt.records.len() {
        let mut shorter = receipt.clone();
        let position = Position::new(shorter.records.remove(left_out).position);
        match shorter.verify() {
            Ok(_) => unnoticed += 1,
            Err(Refused::Missing { .. } | Refused::NotOfOrder { .. }) => needed.push(position),
            Err(other) => panic!("{other}"),
        }
    }
    println!("of {} records {} are needed", receipt.records.len(), needed.len());
    assert!(needed.len() >= 3 && unnoticed > 0, "{needed:?}");
}
