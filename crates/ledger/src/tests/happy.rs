//! What a handle does when nothing fails.

use std::sync::Arc;

use tuanzhang_core::book::Order;
use tuanzhang_core::{Actor, Event, Position, Rejection};
use tuanzhang_log::{BookKey, MemoryStore, Store};

use super::*;
use crate::{ExecuteError, Health, OpenError};

#[test]
fn a_command_is_answered_with_its_record_and_can_be_read() {
    let ledger = shop(memory());
    assert_eq!(ledger.position(), Position::new(4));
    let done = ledger.execute(Actor::Buyer(buyer(1)), place(1, 2)).unwrap();
    assert_eq!((done.position, done.repeated), (Position::new(5), false));
    assert!(matches!(done.events(), [Event::OrderPlaced(_)]));
    assert!(ledger.read(|book| book.get::<Order>(&order(1)).is_some()));
    let paid = ledger.execute(Actor::Operator, pay(1, "179.80")).unwrap();
    assert_eq!(paid.position, Position::new(6));
    let sum: i64 = ledger.read(|book| book.balances().values().map(|money| money.minor()).sum());
    assert_eq!(sum, 0);
    assert!(ledger.read(|book| !book.balances().is_empty()));
    assert_eq!(ledger.health(), Health::Ready);
}

#[test]
fn the_same_command_again_is_answered_with_the_record_it_had() {
    let store = memory();
    let first = {
        let ledger = shop(Arc::clone(&store));
        let first = ledger.execute(Actor::Buyer(buyer(1)), place(1, 2)).unwrap();
        let again = ledger.execute(Actor::Buyer(buyer(1)), place(1, 2)).unwrap();
        assert!(again.repeated);
        assert_eq!((again.position, &again.record), (first.position, &first.record));
        first
    };
    let reopened = open(Arc::clone(&store));
    let again = reopened.execute(Actor::Buyer(buyer(1)), place(1, 2)).unwrap();
    assert!(again.repeated);
    assert_eq!((again.position, &again.record), (first.position, &first.record));
    assert_eq!(reopened.position(), Position::new(5));
}

#[test]
fn within_one_batch_each_request_sees_what_came_before_it() {
    let ledger = open(memory());
    let mut requests = setup();
    requests.push(Request::new(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1)));
    requests.push(Request::new(Actor::Buyer(buyer(1)), place_sku(1, "rare", 1)));
    requests.push(Request::new(Actor::Buyer(buyer(1)), place_sku(1, "peach-5kg", 1)));
    requests.push(Request::new(Actor::Buyer(buyer(2)), place_sku(2, "rare", 1)));
    let answers = ledger.execute_many(&requests).unwrap();
    assert_eq!(answers.len(), requests.len());
    assert_eq!(ledger.stats().appends, 1);
    assert!(answers[..5].iter().all(|answer| !answer.as_ref().unwrap().repeated));
    let again = answers[5].as_ref().unwrap();
    assert_eq!((again.repeated, again.position), (true, Position::new(5)));
    let reused = Rejection::IdReused { field: "lines", position: Position::new(5) };
    assert_eq!(answers[6], Err(reused));
    assert_eq!(answers[7].as_ref().unwrap_err().code(), "out_of_stock");
    assert_eq!(ledger.position(), Position::new(5));
}

#[test]
fn an_id_used_for_something_else_is_refused_with_the_field_across_reopening() {
    let store = memory();
    shop(Arc::clone(&store)).execute(Actor::Buyer(buyer(1)), place(1, 2)).unwrap();
    let error = open(store).execute(Actor::Buyer(buyer(1)), place(1, 3)).unwrap_err();
    let expected = Rejection::IdReused { field: "lines", position: Position::new(5) };
    assert_eq!(error.rejection(), Some(&expected));
    assert!(!error.can_retry());
}

#[test]
fn reopening_gives_the_same_state() {
    let store = memory();
    let before = {
        let ledger = shop(Arc::clone(&store));
        for number in 0..50 {
            ledger.execute(Actor::Buyer(buyer(number)), place(number, 1)).unwrap();
            ledger.execute(Actor::Operator, pay(number, "89.90")).unwrap();
        }
        seen(&ledger)
    };
    assert_eq!(seen(&open(store)), before);
}

#[test]
fn every_command_sent_twice_gives_the_same_book() {
    let mut requests = setup();
    for number in 0..20 {
        requests.push(Request::new(Actor::Buyer(buyer(number)), place(number, 1)));
        requests.push(Request::new(Actor::Operator, pay(number, "89.90")));
    }
    let once = open(memory());
    once.execute_many(&requests).unwrap();
    let doubled: Vec<_> = requests.iter().flat_map(|request| [request, request]).cloned().collect();
    let twice = open(memory());
    let answers = twice.execute_many(&doubled).unwrap();
    assert!(answers.iter().skip(1).step_by(2).all(|again| again.as_ref().unwrap().repeated));
    assert_eq!(seen(&twice), seen(&once));
}

#[test]
fn many_requests_are_answered_one_each_in_order_in_few_appends() {
    let ledger = shop(memory());
    let before = ledger.stats().appends;
    let requests: Vec<_> = (0..5000)
        .map(|number| Request::new(Actor::Buyer(buyer(number)), place(number, 1)))
        .collect();
    let answers = ledger.execute_many(&requests).unwrap();
    for (number, answer) in (5_u64..).zip(&answers) {
        assert_eq!(answer.as_ref().unwrap().position.get(), number);
    }
    assert_eq!(answers.len(), 5000);
    assert_eq!(ledger.stats().appends - before, 3);
    assert!(ledger.execute_many(&[]).unwrap().is_empty());
}

#[test]
fn records_are_read_in_order_and_reading_goes_on_where_it_stood() {
    let ledger = shop(memory());
    let mut records = ledger.records(Position::START);
    let positions: Vec<_> = records.by_ref().map(|r| r.unwrap().head.position.get()).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
    assert!(records.next().is_none());
    let done = ledger.execute(Actor::Buyer(buyer(1)), place(1, 1)).unwrap();
    assert_eq!(records.next().unwrap().unwrap(), *done.record);
    assert_eq!(records.next_position(), Position::new(6));
    assert_eq!(ledger.records(Position::new(4)).count(), 2);
    assert_eq!(Ledger::in_memory().records(Position::START).count(), 0);
}

#[test]
fn without_a_book_only_open_book_is_accepted_and_only_once() {
    let ledger = open(memory());
    let error = ledger.execute(Actor::Operator, RegisterLeader::new(leader())).unwrap_err();
    assert_eq!(error.rejection().map(Rejection::code), Some("book_missing"));
    ledger.execute(Actor::Operator, open_book(1)).unwrap();
    let error = ledger.execute(Actor::Operator, open_book(2)).unwrap_err();
    assert_eq!(error.rejection().map(Rejection::code), Some("book_exists"));
    assert!(ledger.execute(Actor::Operator, open_book(1)).unwrap().repeated);
}

#[test]
fn a_store_of_many_books_is_opened_by_name() {
    let store = memory();
    let book = |number| {
        Ledger::open_book(Arc::clone(&store), book_id(number), Options::new(clock())).unwrap()
    };
    let (one, two) = (book(1), book(2));
    let other = one.execute(Actor::Operator, open_book(2)).unwrap_err();
    assert_eq!(other.rejection(), Some(&Rejection::BookExists { book: book_id(1) }));
    one.execute(Actor::Operator, open_book(1)).unwrap();
    two.execute(Actor::Operator, open_book(2)).unwrap();
    assert_eq!((one.position().get(), two.position().get()), (1, 1));
    let error = Ledger::open(Arc::clone(&store), Options::new(clock())).unwrap_err();
    assert!(matches!(error, OpenError::ManyBooks { books } if books.len() == 2));
    assert_eq!(book(2).read(|book| book.head().unwrap().opened.book), book_id(2));
}

#[test]
fn a_damaged_book_is_not_opened_and_the_place_is_named() {
    let ledger = shop(memory());
    let key = BookKey(book_id(1).to_bytes());
    let bytes = |position| ledger.store().read_one(key, position).unwrap().unwrap();
    let reopened = |records: &[Vec<u8>]| {
        let store = MemoryStore::new();
        let slices: Vec<_> = records.iter().map(Vec::as_slice).collect();
        store.append(key, 0, &slices).unwrap();
        Ledger::open(store, Options::new(clock())).unwrap_err()
    };
    let swapped = reopened(&[bytes(1), bytes(3), bytes(2)]);
    let (expected, found) = (Position::new(2), Position::new(3));
    assert!(
        matches!(swapped, OpenError::Misplaced { expected: e, found: f } if (e, f) == (expected, found))
    );
    let garbage = reopened(&[bytes(1), bytes(2)[..10].to_vec()]);
    assert!(
        matches!(garbage, OpenError::Decode { position, .. } if position == expected),
        "{garbage}"
    );
    let mut flagged = bytes(2);
    flagged[2] |= 0x80;
    let newer = reopened(&[bytes(1), flagged]);
    assert!(matches!(newer, OpenError::NeedsNewerVersion { position, .. } if position == expected));
    let store = MemoryStore::new();
    store.append(BookKey([9; 16]), 0, &[&bytes(1)]).unwrap();
    let error = Ledger::open(store, Options::new(clock())).unwrap_err();
    assert!(matches!(error, OpenError::OtherBook { found, .. } if found == book_id(1)));
}

#[test]
fn a_record_above_a_mebibyte_is_refused_before_it_is_applied() {
    let ledger = shop(memory());
    let title = "x".repeat(200);
    let items =
        (0..5000).map(|n| ItemText::new(&format!("sku-{n}"), &title, "1.00".into())).collect();
    let mut huge = open_campaign();
    huge.campaign = CampaignId::from_bytes(id(5, 9));
    huge.items = items;
    let before = seen(&ledger);
    let requests = [
        Request::new(Actor::Operator, huge.clone()),
        Request::new(Actor::Operator, huge),
        Request::new(Actor::Buyer(buyer(1)), place(1, 1)),
    ];
    let answers = ledger.execute_many(&requests[..2]).unwrap();
    for answer in &answers {
        assert_eq!(answer.as_ref().unwrap_err().code(), "too_large");
    }
    assert_eq!(seen(&ledger), before);
    let answers = ledger.execute_many(&requests).unwrap();
    assert_eq!(answers[2].as_ref().unwrap().position, Position::new(5));
}

#[test]
fn a_batch_above_an_appends_bytes_is_split() {
    let ledger = shop(memory());
    let title = "x".repeat(190);
    let requests: Vec<_> = (10..50)
        .map(|number| {
            let mut large = open_campaign();
            large.campaign = CampaignId::from_bytes(id(5, number));
            large.items = (0..4500)
                .map(|n| ItemText::new(&format!("sku-{n}"), &title, "1.00".into()))
                .collect();
            Request::new(Actor::Operator, large)
        })
        .collect();
    let answers = ledger.execute_many(&requests).unwrap();
    for (position, answer) in (5_u64..).zip(&answers) {
        assert_eq!(answer.as_ref().unwrap().position.get(), position);
    }
    assert_eq!((answers.len(), ledger.stats().appends), (40, 3));
}

#[test]
fn errors_say_what_to_do() {
    let ledger = open(memory());
    let error = ledger.execute(Actor::Operator, RegisterLeader::new(leader())).unwrap_err();
    assert!(error.to_string().contains("book_missing") && error.to_string().contains("open_book"));
    assert!(matches!(error, ExecuteError::Refused(_)));
}
