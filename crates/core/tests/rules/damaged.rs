//! Records that no `decide` gave don't follow: the fold refuses them, whatever altered them.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use crate::common::*;
use serde_json::json;
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::event::Event;
use tuanzhang_core::{Money, Position, Record, Time};

/// A book with a leader, a transfer and a draw.
fn records() -> Vec<Record> {
    let mut shop = Shop::new();
    shop.ok(
        operator(),
        json!({"record_draw": {"draw": id(70), "direction": "in", "channel": "bank", "amount": "9.00", "reference": ""}}),
    );
    shop.ok(
        operator(),
        json!({"record_transfer": {"transfer": id(71), "from": "bank", "to": "wechat", "amount": "1.00", "reference": ""}}),
    );
    shop.records
}

/// Whether all but the last record follow, and the last one doesn't.
fn only_the_last_is_refused(records: &[Record]) -> bool {
    let mut book = Book::default();
    let (last, before) = records.split_last().unwrap();
    before.iter().all(|record| apply(&mut book, record).is_ok()) && apply(&mut book, last).is_err()
}

#[test]
fn a_book_is_opened_once_by_its_first_record() {
    let records = records();
    let mut second = records[0].clone();
    second.head.position = Position::new(2);
    assert!(only_the_last_is_refused(&[records[0].clone(), second.clone()]), "opened twice");
    assert!(only_the_last_is_refused(&[second]), "opened at position 2");
    let mut leader = records[1].clone();
    leader.head.position = Position::new(1);
    assert!(only_the_last_is_refused(&[leader]), "a leader before the book");
    assert!(apply(&mut Book::default(), &records[0]).is_ok());
}

#[test]
fn positions_have_no_gaps_and_times_dont_go_back() {
    let mut records = records();
    let last = records.len() - 1;
    let mut gap = records.clone();
    gap[last].head.position = gap[last].head.position.next();
    assert!(only_the_last_is_refused(&gap));
    let before = records[last - 1].head.at.micros();
    records[last].head.at = Time::from_micros(before);
    assert!(!only_the_last_is_refused(&records), "the same instant is no step back");
    records[last].head.at = Time::from_micros(before - 1);
    assert!(only_the_last_is_refused(&records));
}

#[test]
fn an_event_that_does_not_sum_to_zero_does_not_follow() {
    // Of what is posted by an event only parts can be altered so that it doesn't sum to zero.
    let mut shop = Shop::new();
    let split =
        json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "operator"});
    shop.campaign(&json!([{"sku": "a", "title": "", "price": "10.00"}]), &split, &json!({}));
    shop.paid(10, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    let mut records = shop.records.clone();
    let last = records.last_mut().unwrap();
    let paid = last
        .events
        .iter_mut()
        .find_map(|event| if let Event::OrderPaid(paid) = event { Some(paid) } else { None });
    let part = &mut paid.unwrap().moved.parts[0];
    part.amount = part.amount.plus(Money::from_minor(1).unwrap()).unwrap();
    assert!(only_the_last_is_refused(&records));
}
