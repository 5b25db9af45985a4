//! Each refusal of a reader, from the bytes that bring it about.

use tuanzhang_core::event::{PayoutFailed, PayoutRequested};
use tuanzhang_core::text::Text;
use tuanzhang_core::{Actor, Head, Money, PartyId, PayoutId, Position, Record, RulesVersion, Time};
use tuanzhang_wire::{DecodeError, decode, encode, reencodes};

use crate::draw::Draw;
use crate::events::drawn;

fn head() -> Head {
    Head {
        position: Position::new(1),
        at: Time::from_micros(0),
        occurred_at: None,
        actor: Actor::Operator,
        rules: RulesVersion::CURRENT,
    }
}

/// Offset of the first event's kind in a record of the operator's without `occurred_at`.
const EVENT: usize = 24;
/// Offset of its payload.
const PAYLOAD: usize = EVENT + 7;

fn requested() -> Vec<u8> {
    let (payout, party) = (PayoutId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
    let event = PayoutRequested { payout, party, amount: Money::from_minor(1).unwrap() };
    encode(&Record { head: head(), events: vec![event.into()] }).unwrap()
}

/// A bare event of this number, with its payload.
fn bare(kind: u16) -> Vec<u8> {
    encode(&Record { head: head(), events: vec![drawn(kind, &mut Draw::Bare)] }).unwrap()
}

/// The record with another payload.
fn with_payload(bytes: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = bytes[..PAYLOAD].to_vec();
    bytes[EVENT + 3..PAYLOAD].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[track_caller]
fn refused(bytes: &[u8], says: &str) -> DecodeError {
    let error = decode(bytes).unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(reencodes(bytes), Err(error.clone()), "an audit says the same");
    error
}

fn changed(mut bytes: Vec<u8>, at: usize, to: u8) -> Vec<u8> {
    bytes[at] = to;
    bytes
}

#[test]
fn another_record_version() {
    let error = refused(&changed(requested(), 0, 2), "version 2");
    assert_eq!(error, DecodeError::UnknownRecordVersion { version: 2 });
    assert!(error.needs_newer_version());
}

#[test]
fn an_unknown_flag_of_the_upper_half_is_refused_and_one_of_the_lower_half_ignored() {
    let error = refused(&changed(requested(), 2, 0x82), "0x8200");
    assert_eq!(error, DecodeError::UnknownFlags { bits: 0x8200 });
    assert!(error.needs_newer_version());
    let noted = changed(requested(), 1, 0xff);
    assert_eq!(decode(&noted), decode(&requested()));
    assert_eq!(reencodes(&noted), Ok(true));
}

#[test]
fn an_unknown_actor() {
    assert_eq!(
        refused(&changed(requested(), 19, 5), "number 5"),
        DecodeError::UnknownActor { number: 5 }
    );
}

#[test]
fn no_events_and_fewer_than_said() {
    assert_eq!(refused(&changed(requested(), 22, 0), "no events"), DecodeError::NoEvents);
    let place = "event's kind";
    assert_eq!(
        refused(&changed(requested(), 22, 2), "ends inside its event's kind"),
        DecodeError::Truncated { place }
    );
}

#[test]
fn more_events_than_said() {
    let mut bytes = requested();
    bytes.extend(requested().split_off(EVENT));
    assert_eq!(refused(&bytes, "40 bytes follow"), DecodeError::TrailingBytes { bytes: 40 });
}

#[test]
fn a_kind_or_schema_of_a_newer_version() {
    for (at, kind, schema) in [(EVENT, 255, 1), (EVENT + 2, 128, 255)] {
        let error = refused(&changed(requested(), at, 255), "needs_newer_version");
        assert_eq!(error, DecodeError::NeedsNewerVersion { kind, schema });
        assert!(error.needs_newer_version());
    }
}

#[test]
fn a_book_of_a_newer_level() {
    let opened = bare(1);
    assert_eq!(opened[PAYLOAD], 1, "the level comes first");
    let error = refused(&changed(opened.clone(), PAYLOAD, 2), "level 2");
    assert_eq!(error, DecodeError::NeedsNewerLevel { level: 2, known: 1 });
    refused(&changed(opened, PAYLOAD, 0), "level of book_opened is 0");
}

#[test]
fn a_payload_shorter_or_longer_than_its_fields() {
    let bytes = requested();
    let payload = &bytes[PAYLOAD..];
    refused(
        &with_payload(&bytes, &payload[..payload.len() - 1]),
        "payout_requested ends inside a field",
    );
    let longer = [payload, &[0]].concat();
    refused(&with_payload(&bytes, &longer), "payout_requested has 1 bytes after its last field");
}

#[test]
fn an_amount_beyond_its_range() {
    let bytes = requested();
    let mut payload = bytes[PAYLOAD..PAYLOAD + 32].to_vec();
    payload.push(253);
    payload.extend((2 * 1_000_000_000_000_001_u64).to_le_bytes());
    let error =
        refused(&with_payload(&bytes, &payload), "amount of payout_requested is 1000000000000001");
    assert!(!error.needs_newer_version());
}

#[test]
fn a_longer_integer_than_needed_reads_but_is_not_its_encoding() {
    let bytes = requested();
    let mut payload = bytes[PAYLOAD..PAYLOAD + 32].to_vec();
    payload.extend([251, 2, 0]);
    let longer = with_payload(&bytes, &payload);
    assert_eq!(decode(&longer), decode(&bytes));
    assert_eq!(reencodes(&longer), Ok(false));
}

#[test]
fn a_text_that_is_no_text() {
    let (payout, party) = (PayoutId::from_bytes([1; 16]), PartyId::from_bytes([2; 16]));
    let reason = Text::new("no").unwrap();
    let event = PayoutFailed { payout, party, amount: Money::ZERO, reason };
    let bytes = encode(&Record { head: head(), events: vec![event.into()] }).unwrap();
    let last = bytes.len() - 1;
    refused(&changed(bytes.clone(), last, 0xff), "payout_failed has a text that isn't UTF-8");
    refused(&changed(bytes, last, b'\n'), "reason of payout_failed must have at most 200 bytes");
}

#[test]
fn an_empty_or_long_name() {
    let added = bare(34);
    let ids = &added[PAYLOAD..PAYLOAD + 32];
    refused(
        &with_payload(&added, &[ids, &[0, 0]].concat()),
        "sku of stock_added must have 1 to 64",
    );
    let long = [ids, &[65], &[b'x'; 65], &[0]].concat();
    refused(&with_payload(&added, &long), "sku of stock_added must have 1 to 64");
}

#[test]
fn a_nested_field_is_named_by_its_way() {
    // order_shipped: id, no parcel, all, two lines, the second without a name; no replacements, no
    // reference.
    let shipped = bare(68);
    let payload = [&shipped[PAYLOAD..PAYLOAD + 16], &[0, 1, 2, 1, b'a', 1, 0, 1, 0, 0]].concat();
    let error = refused(&with_payload(&shipped, &payload), "lines[1].sku of order_shipped");
    let DecodeError::BadValue { event: "order_shipped", field, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(field, "lines[1].sku");
}

#[test]
fn a_choice_that_the_schema_lacks() {
    let recorded = bare(161);
    refused(&changed(recorded, PAYLOAD + 16, 11), "category of cost_recorded is choice 11");
}

#[test]
fn resolutions_that_say_too_much() {
    // An id, no payment, a channel, in, nothing; then what it was for, no buyer, no reason.
    let resolved = bare(166);
    let id = &resolved[PAYLOAD..PAYLOAD + 16];
    let to = |to: &[u8]| [id, &[0, 1, b'c', 0, 0], to, &[0, 0]].concat();
    let none: (&[u8], &str) = (&[2, 0, 0], "to of unmatched_resolved has an id or an account");
    let unknown: (&[u8], &str) = (&[3, 0, 0], "to.kind of unmatched_resolved is choice 3");
    let account: (&[u8], &str) =
        (&[2, 0, 1, 10, 0, 0, 0], "to.account.kind of unmatched_resolved is choice 10");
    for (wire, says) in [none, unknown, account] {
        refused(&with_payload(&resolved, &to(wire)), says);
    }
}

#[test]
fn accounts_and_takes_that_say_too_much() {
    let adjusted = bare(162);
    let id = &adjusted[PAYLOAD..PAYLOAD + 16];
    let posting = |account: &[u8]| [id, &[1], account, &[0, 0, 0]].concat();
    let accounts: [(&[u8], &str); 6] = [
        (&[8, 0, 0, 1, 0], "postings[0].account of adjusted has an id"),
        (&[0, 0, 0, 0], "postings[0].account of adjusted has an id"),
        (&[0, 0, 1, 0, 0], "postings[0].account.name of adjusted must have 1 to 64"),
        (&[6, 0, 1, 0, 0], "postings[0].account.name of adjusted must have 1 to 64"),
        (&[7, 0, 0, 1, 3], "postings[0].account.choice of adjusted is choice 3"),
        (&[10, 0, 0, 0], "postings[0].account.kind of adjusted is choice 10"),
    ];
    for (account, says) in accounts {
        refused(&with_payload(&adjusted, &posting(account)), says);
    }
    // seller_allowed: two ids, a split of one share, the operator's remainder.
    let allowed = bare(33);
    let ids = &allowed[PAYLOAD..PAYLOAD + 32];
    let split = |take: &[u8]| [ids, &[1, 1, 2], take, &[4]].concat();
    assert!(decode(&with_payload(&allowed, &split(&[2, 0]))).is_ok());
    // One fen more than an amount may have.
    let beyond = [1, 253, 0x02, 0x00, 0x8d, 0x49, 0xfd, 0x1a, 0x07, 0x00];
    let takes: [(&[u8], &str); 5] = [
        (&beyond, "split.shares[0].take.value of seller_allowed is 1000000000000001"),
        (&[2, 2], "split.shares[0].take of seller_allowed has a value"),
        (&[0, 1], "split.shares[0].take.value of seller_allowed is -1 millionths"),
        (&[3, 252, 0x82, 0x84, 0x1e, 0], "take.value of seller_allowed is 1000001 millionths"),
        (&[4, 0], "take.kind of seller_allowed is choice 4"),
    ];
    for (take, says) in takes {
        refused(&with_payload(&allowed, &split(take)), says);
    }
}

#[test]
fn a_truth_that_is_neither_0_nor_1() {
    let closed = bare(35);
    // The last byte: no price is locked.
    let formed = closed.len() - 2;
    refused(&changed(closed, formed, 2), "campaign_closed has 2 where 0 or 1 must stand");
}
