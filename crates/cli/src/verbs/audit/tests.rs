//! A book that was altered by hand, checksums and tree repaired, is found out.
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use tuanzhang_core::event::{OrderPaid, RefundApproved};
use tuanzhang_core::{Event, Money, Position, Record, Time};
use tuanzhang_ledger::{Ledger, Options};
use tuanzhang_log::{MemoryStore, Store};
use tuanzhang_wire as wire;

use super::audit_store;
use super::finding::Finding;
use crate::book_url::ReadOnly;
use crate::input::{Lines, Next};
use crate::stopwatch::Stopwatch;

const ORDER: &str = "00000000-0000-0000-0000-0000000000a1";
const REFUND: &str = "00000000-0000-0000-0000-0000000000b1";

/// Open, register, open a campaign, place, pay, ask back, approve: 8 records.
fn records() -> Vec<Record> {
    let (leader, supplier) =
        ("00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000003");
    let campaign = "00000000-0000-0000-0000-000000000004";
    let commands = [
        r#"{"open_book":{"book":"00000000-0000-0000-0000-00000000000b","currency":"CNY","timezone":"Asia/Shanghai","operator":"00000000-0000-0000-0000-000000000001"}}"#.to_owned(),
        format!(r#"{{"register_leader":{{"leader":"{leader}"}}}}"#),
        format!(r#"{{"register_supplier":{{"supplier":"{supplier}","terms_days":0}}}}"#),
        format!(r#"{{"open_campaign":{{"campaign":"{campaign}","owner":"{leader}","supplier":"{supplier}","title":"t","items":[{{"sku":"a","title":"a","price":"10.00","stock":9}}],"opens_at":"2021-01-01T00:00:00Z","closes_at":"2022-01-01T00:00:00Z","split":{{"shares":[{{"to":"owner","take":{{"rate":"0.12"}}}}],"remainder":"supplier"}},"shipping":{{"fee":"0.00","to":"owner","ways":["courier"]}},"return_shipping":{{"cap":"9.00","borne_by":"owner"}},"after_sales_days":7,"pay_within_minutes":30,"auto_receive_days":9}}}}"#),
        format!(r#"{{"place_order":{{"order":"{ORDER}","campaign":"{campaign}","seller":"{leader}","lines":[{{"sku":"a","quantity":3}}],"way":"courier"}}}}"#),
        format!(r#"{{"record_payment":{{"payment":"{ORDER}","order":"{ORDER}","channel":"wechat","amount":"30.00","reference":"1"}}}}"#),
        format!(r#"{{"request_refund":{{"refund":"{REFUND}","order":"{ORDER}","kind":"refund_only","lines":[{{"sku":"a","quantity":1}}]}}}}"#),
        format!(r#"{{"approve_refund":{{"refund":"{REFUND}"}}}}"#),
    ];
    let script = commands.map(|command| {
        format!(r#"{{"at":"2021-06-01T00:00:00Z","actor":"operator","command":{command}}}"#)
    });
    let ledger = Ledger::open(MemoryStore::new(), Options::default()).unwrap();
    let script = script.join("\n");
    let mut lines = Lines::new(script.as_bytes());
    let mut records = Vec::new();
    while let Next::Request(request) = lines.next().unwrap() {
        let done = ledger.execute_request(*request).unwrap();
        records.push(Record::clone(&done.record));
    }
    assert_eq!(records.len(), 8);
    records
}

/// Keeps these bytes in a store of their own, and audits that.
fn audited(bytes: &[Vec<u8>], records: &[Record]) -> Vec<Finding> {
    let Some(Event::BookOpened(opened)) = records.first().and_then(|record| record.events.first())
    else {
        panic!("no book");
    };
    let (store, key) = (MemoryStore::new(), wire::book_key(opened.book));
    let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    store.append(key, 0, &bytes).unwrap();
    let source = ReadOnly { store: Box::new(store), key };
    audit_store(&source, Stopwatch::start()).unwrap().findings.kept().to_vec()
}

/// What an audit finds in the records after such a change.
fn check(change: impl FnOnce(&mut Vec<Record>), rule: &str, position: u64, place: &str) {
    let mut records = records();
    change(&mut records);
    let bytes: Vec<_> = records.iter().map(|record| wire::encode(record).unwrap()).collect();
    let findings = audited(&bytes, &records);
    let wanted = |finding: &&Finding| finding.rule == rule && finding.position == Some(position);
    let found = findings.iter().find(wanted).unwrap_or_else(|| panic!("{rule}: {findings:#?}"));
    assert!(found.place.clone().unwrap_or_default().contains(place), "{found:?}");
    assert_ne!(found.expected, found.found);
}

fn minor(amount: i64) -> Money {
    Money::from_minor(amount).unwrap()
}

fn paid(records: &mut [Record]) -> &mut OrderPaid {
    let Event::OrderPaid(paid) = &mut records[5].events[0] else { panic!("another event") };
    paid
}

fn approved(records: &mut [Record]) -> &mut RefundApproved {
    let Event::RefundApproved(approved) = &mut records[7].events[0] else {
        panic!("another event")
    };
    approved
}

#[test]
fn an_untouched_book_is_sound() {
    let records = records();
    let bytes: Vec<_> = records.iter().map(|record| wire::encode(record).unwrap()).collect();
    assert_eq!(audited(&bytes, &records), []);
}

#[test]
fn a_fen_moved_from_one_party_to_another_is_found_by_deciding_again() {
    let shift = |records: &mut Vec<Record>| {
        let parts = &mut paid(records).moved.parts;
        let places: Vec<_> =
            (0..parts.len()).filter(|at| parts[*at].amount.is_positive()).collect();
        parts[places[0]].amount = parts[places[0]].amount.plus(minor(1)).unwrap();
        parts[places[1]].amount = parts[places[1]].amount.minus(minor(1)).unwrap();
    };
    check(shift, "decides_the_same", 6, "order_paid.moved.parts");
}

#[test]
fn a_fen_from_nowhere_is_found_by_the_sum() {
    let grow = |records: &mut Vec<Record>| {
        let part =
            paid(records).moved.parts.iter_mut().find(|part| !part.amount.is_zero()).unwrap();
        part.amount = part.amount.plus(minor(1)).unwrap();
    };
    check(grow, "postings_sum_to_zero", 6, "");
}

#[test]
fn a_refund_that_pays_too_much_is_found() {
    check(
        |records| approved(records).lines[0].paid = minor(1001),
        "decides_the_same",
        8,
        "lines[0].paid",
    );
    check(|records| approved(records).due = minor(2000), "decides_the_same", 8, "due");
}

#[test]
fn times_that_go_back_and_positions_with_gaps_are_found() {
    let early = |records: &mut Vec<Record>| records[4].head.at = Time::from_micros(0);
    check(early, "times_never_go_back", 5, "");
    let gap = |records: &mut Vec<Record>| records[4].head.position = Position::new(9);
    check(gap, "positions_gapless", 5, "");
}

fn renumber(records: &mut [Record]) {
    for (record, position) in records.iter_mut().zip(1..) {
        record.head.position = Position::new(position);
    }
}

#[test]
fn a_record_left_out_or_doubled_or_swapped_is_found() {
    let left_out = |records: &mut Vec<Record>| {
        records.remove(5);
        renumber(records);
    };
    check(left_out, "decides_the_same", 6, "");
    let doubled = |records: &mut Vec<Record>| {
        records.insert(5, records[4].clone());
        renumber(records);
    };
    check(doubled, "decides_the_same", 6, "");
    let swapped = |records: &mut Vec<Record>| {
        records.swap(4, 5);
        renumber(records);
    };
    check(swapped, "decides_the_same", 5, "");
}

#[test]
fn bytes_that_are_no_record_end_the_replay_and_are_named() {
    let records = records();
    let mut bytes: Vec<_> = records.iter().map(|record| wire::encode(record).unwrap()).collect();
    bytes[2].push(0);
    let findings = audited(&bytes, &records);
    assert_eq!((findings.len(), findings[0].rule, findings[0].position), (1, "decodes", Some(3)));
}

#[test]
fn every_bit_of_every_amount_of_a_part_is_held_by_some_rule() {
    let (mut tried, mut missed) = (0, 0);
    let parts = paid(&mut records()).moved.parts.len();
    for part in 0..parts {
        for bit in 0..40 {
            let mut records = records();
            let amount = &mut paid(&mut records).moved.parts[part].amount;
            *amount = minor(amount.minor() ^ (1 << bit));
            let bytes: Vec<_> =
                records.iter().map(|record| wire::encode(record).unwrap()).collect();
            tried += 1;
            missed += i32::from(audited(&bytes, &records).is_empty());
        }
    }
    assert!(tried >= 80, "{tried}");
    assert_eq!(missed, 0, "of {tried}");
}
