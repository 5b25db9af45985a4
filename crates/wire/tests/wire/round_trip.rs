use proptest::prelude::*;
use tuanzhang_core::{BookId, Event, Record};
use tuanzhang_wire::{
    SHIPPED, book_id, book_key, decode, decode_head, encode, encode_into, is_encoding_of, reencodes,
};

use crate::draw::Draw;
use crate::events::{KINDS, drawn};

fn numbers(most: usize) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(any::<u64>(), 0..most)
}

fn comes_back(record: &Record) {
    let bytes = encode(record).unwrap();
    assert_eq!(&decode(&bytes).unwrap(), record);
    assert_eq!(decode_head(&bytes).unwrap(), record.head);
    assert!(reencodes(&bytes).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_of_any_one_event_comes_back(kind in 0..KINDS.len(), numbers in numbers(300)) {
        let mut draw = Draw::random(numbers);
        let event = KINDS[kind](&mut draw);
        comes_back(&Record { head: draw.head(), events: vec![event] });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_of_any_events_comes_back(
        kinds in prop::collection::vec(0..KINDS.len(), 1..40), numbers in numbers(3000),
    ) {
        let mut draw = Draw::random(numbers);
        let head = draw.head();
        comes_back(&Record { head, events: kinds.iter().map(|kind| KINDS[*kind](&mut draw)).collect() });
    }

    #[test]
    fn a_books_key_is_its_id(bytes: [u8; 16]) {
        let book = BookId::from_bytes(bytes);
        prop_assert_eq!(book_key(book).0, bytes);
        prop_assert_eq!(book_id(book_key(book)), book);
    }
}

#[test]
fn every_kind_comes_back_full_bare_at_its_limits_and_with_every_choice() {
    for kind in KINDS {
        let draws = [Draw::Full(0), Draw::Bare, Draw::Limits].into_iter();
        for mut draw in draws.chain((0..=10).map(Draw::Nth)) {
            let event = kind(&mut draw);
            comes_back(&Record { head: draw.head(), events: vec![event] });
        }
    }
}

#[test]
fn the_catalogue_is_the_one_of_core() {
    let events = KINDS.map(|kind| kind(&mut Draw::Bare));
    let of_core: Vec<_> = events.iter().map(|event| (event.number(), 1, event.name())).collect();
    assert_eq!(SHIPPED, of_core);
}

#[test]
fn records_of_one_buffer_are_the_records_one_by_one() {
    let mut draw = Draw::Full(7);
    let records: Vec<Record> = KINDS
        .iter()
        .map(|kind| Record { head: draw.head(), events: vec![kind(&mut draw)] })
        .collect();
    let (mut buffer, mut scratch) = (Vec::new(), Vec::new());
    let mut apart = Vec::new();
    for record in &records {
        let start = buffer.len();
        encode_into(&mut buffer, record).unwrap();
        assert!(is_encoding_of(&buffer[start..], record, &mut scratch));
        apart.extend(encode(record).unwrap());
    }
    assert_eq!(buffer, apart);
}

#[test]
fn equal_records_have_equal_bytes_and_others_differ() {
    let record =
        |n| Record { head: Draw::Full(n).head(), events: vec![drawn(65, &mut Draw::Full(n))] };
    assert_eq!(encode(&record(1)), encode(&record(1)));
    assert_ne!(encode(&record(1)), encode(&record(2)));
}

/// The largest events are not on the wire's path by value more than they must.
#[test]
fn an_event_is_of_moderate_size() {
    assert!(size_of::<Event>() <= 512, "{} bytes", size_of::<Event>());
}
