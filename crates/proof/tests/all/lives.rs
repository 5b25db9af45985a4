//! Whole lives: every order of every book has a receipt that holds and says what the book's own state says.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::book::{Order, Payment, Refund};
use tuanzhang_core::money::Money;
use tuanzhang_core::{Event, OrderId};
use tuanzhang_log::{Hash, Store, TreeHead};
use tuanzhang_proof::{
    Checkpoint, MakeError, Refused, Shown, SignedCheckpoint, Story, Sums, Verified, checkpoint_of,
    growth_of, receipt_of, verify,
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
    assert_eq!(story.status.word(), state.status().word(), "{order}");
    // Owed back is what its refunds still come to.
    let owed = sum(refunds.iter().map(|refund| refund.due));
    assert_eq!(story.sums.refund_due, owed, "{order}");
    // What arrived for it and paid it not is held, or was used elsewhere.
    let (mut held, mut elsewhere) = (Money::ZERO, Money::ZERO);
    for (id, named) in &lived.suspended {
        let payment = lived.book.get::<Payment>(id).filter(|_| *named == order);
        let Some(payment) = payment else { continue };
        if payment.in_suspense() {
            held = held.plus(payment.amount).unwrap();
        } else if state.payment != Some(*id) {
            elsewhere = elsewhere.plus(payment.amount).unwrap();
        }
    }
    assert_eq!((story.sums.in_suspense, story.sums.elsewhere), (held, elsewhere), "{order}");
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
    let (mut statuses, mut elsewhere) = (BTreeMap::new(), 0);
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
            *statuses.entry(story.status.word()).or_insert(0) += 1;
            elsewhere += u32::from(!story.sums.elsewhere.is_zero());
            receipts += 1;
            records += verified.records.len();
            for step in story.steps {
                assert!(step.said.to_string().lines().count() == 2, "{step:?}");
                *kinds.entry(step.event).or_insert(0) += 1;
            }
        }
    }
    println!("{receipts} receipts, {records} records, {} kinds: {kinds:?}", kinds.len());
    println!("{statuses:?}; money used elsewhere: {elsewhere}");
    assert!(statuses.len() == 8 && elsewhere > 0, "{statuses:?} {elsewhere}");
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

/// What is left when one record is left out is refused, or could have happened just so: the order's state by
/// core's own rules then lacks what that record did and nothing else. Counted, so that it shows how much each is.
#[test]
fn a_record_left_out_is_noticed_unless_the_rest_is_a_life_without_it() {
    let (mut receipts, mut refused, mut missing) = (0, BTreeMap::new(), 0);
    let mut unnoticed = BTreeMap::new();
    for seed in 20..26 {
        let lived = lived(seed, 600);
        for order in &lived.orders {
            let receipt = lived.receipt(*order);
            let whole = receipt.clone().verify().unwrap();
            receipts += 1;
            for left_out in 0..receipt.records.len() {
                let mut shorter = receipt.clone();
                shorter.records.remove(left_out);
                let kind = whole.records[left_out].events[0].name();
                match shorter.verify() {
                    Ok(rest) => {
                        *unnoticed.entry(kind).or_insert(0) += 1;
                        let Story { sums, steps, .. } = rest.story().unwrap();
                        assert!(sums.refunded <= sums.refund_due, "{order} {kind}: {sums:?}");
                        let has = |event: &str| steps.iter().any(|step| step.event == event);
                        let paid =
                            has("order_paid") || !(has("order_shipped") || has("refund_paid"));
                        assert!(paid, "{order} {kind}");
                    }
                    Err(Refused::Contradicts { .. }) => *refused.entry(kind).or_insert(0) += 1,
                    Err(Refused::Missing { .. } | Refused::NotOfOrder { .. }) => missing += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    println!("{receipts} receipts; left out and refused: {missing} that all need, {refused:?}");
    println!("left out, and the rest could have happened without: {unnoticed:?}");
    // The control: the last record of a life can always be left out.
    assert!(refused.len() >= 8 && !unnoticed.is_empty(), "{refused:?} {unnoticed:?}");
}

/// A million records: how long the two readings take, and how much a receipt of it weighs.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, reason = "measures")]
fn a_large_book() {
    const RECORDS: u64 = 1_000_000;
    let lived = lived(5, 600);
    let order = lived.longest().order;
    // Behind the life a record of it that is of no order, again and again.
    let filler = lived.records.get(1).unwrap();
    let mut at = u64::try_from(lived.records.len()).unwrap();
    while at < RECORDS {
        let batch: Vec<_> = (at + 1..=(at + 10_000).min(RECORDS))
            .map(|position| {
                let mut record = filler.clone();
                record[3..11].copy_from_slice(&position.to_le_bytes());
                record
            })
            .collect();
        let batch: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
        at = lived.store.append(lived.key, at, &batch).unwrap().size;
    }
    let begun = std::time::Instant::now();
    let receipt = receipt_of(&lived.store, lived.key, order, None, &mut |_| ()).unwrap();
    let made = begun.elapsed();
    let json = receipt.to_json().unwrap();
    let begun = std::time::Instant::now();
    let records = verified(&json).records.len();
    let checked = begun.elapsed();
    let bytes = json.len();
    println!(
        "{RECORDS} records: {records} of them in {bytes} bytes, made in {made:?}, checked in {checked:?}"
    );
}
