//! Activity records: shipped bytes, round trips, sizes, refusals, hostile bytes.

use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use tuanzhang_core::activity::{
    Activity, ActivityRecord, Complained, ComplaintResolved, Happened, Invited, Joined, Left,
    Rating, Reviewed, Shortlisted, Suggested, Visited,
};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BatchId, BuyerId, CampaignId, Position, Time};
use tuanzhang_wire::activity::{
    ActivityHead, decode, decode_head, encode, encode_into, identity, is_encoding_of, reencodes,
};
use tuanzhang_wire::{DecodeError, EncodeError};

use crate::draw::Draw;
use crate::golden::{hex, unhex};

/// Bytes before the first entry.
const HEAD: usize = 39;

/// One of each kind, in the order of their numbers.
const KINDS: [fn(&mut Draw) -> Activity; 9] = [
    |d| {
        Visited { visitor: d.id(), campaign: d.maybe(Draw::id), source: d.maybe(Draw::name) }.into()
    },
    |d| Shortlisted { visitor: d.id(), campaign: d.maybe(Draw::id) }.into(),
    |d| Joined { member: d.id(), invited_by: d.maybe(Draw::id) }.into(),
    |d| Left { member: d.id() }.into(),
    |d| Invited { inviter: d.id(), invitee: d.maybe(Draw::id) }.into(),
    |d| Reviewed { review: d.id(), order: d.id(), rating: d.word(Rating::from_number) }.into(),
    |d| Complained { complaint: d.id(), order: d.maybe(Draw::id) }.into(),
    |d| ComplaintResolved { complaint: d.id() }.into(),
    |d| Suggested { suggestion: d.id(), order: d.maybe(Draw::id) }.into(),
];

fn record(draw: &mut Draw, activities: Vec<Activity>) -> ActivityRecord {
    let position = Position::new(draw.number(u64::MAX));
    let (recorded_at, batch) = (draw.time(), draw.id());
    let entries = activities.into_iter().map(|activity| Happened { at: draw.time(), activity });
    ActivityRecord { position, recorded_at, batch, entries: entries.collect() }
}

/// What the golden file holds: each kind full, bare and at its limits; all kinds in one record, twice.
fn records() -> Vec<(String, ActivityRecord)> {
    let mut records = Vec::new();
    let names = ["full", "bare", "limits", "last_choice"];
    for kind in KINDS {
        let draws = [Draw::Full(0), Draw::Bare, Draw::Limits, Draw::Nth(9)];
        for (name, mut draw) in names.into_iter().zip(draws) {
            let activity = kind(&mut draw);
            let name = format!("{:03}_{}_{name}", activity.number(), activity.name());
            records.push((name, record(&mut draw, vec![activity])));
        }
    }
    let mut draw = Draw::Full(7);
    let once: Vec<_> = KINDS.iter().map(|kind| kind(&mut draw)).collect();
    records.push(("all_twice".into(), record(&mut draw, [once.clone(), once].concat())));
    records
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/activity_v1.hex")
}

/// Name and bytes.
fn golden() -> Vec<(String, Vec<u8>)> {
    let text = std::fs::read_to_string(file()).unwrap();
    let line = |line: &str| {
        let (name, bytes) = line.split_once(' ').unwrap();
        (name.to_owned(), unhex(bytes))
    };
    text.lines().map(line).collect()
}

#[test]
fn shipped_bytes_stay_the_same_and_stay_readable() {
    let records = records();
    if std::env::var("TUANZHANG_BLESS").is_ok_and(|bless| bless == "1") {
        let text = records.iter().fold(String::new(), |mut text, (name, record)| {
            writeln!(text, "{name} {}", hex(&encode(record).unwrap())).unwrap();
            text
        });
        std::fs::write(file(), text).unwrap();
    }
    let golden = golden();
    assert_eq!(golden.len(), records.len());
    for ((name, bytes), (expected, record)) in golden.iter().zip(&records) {
        assert_eq!(name, expected);
        assert_eq!(&hex(&encode(record).unwrap()), &hex(bytes), "{name}");
        assert_eq!(&decode(bytes).unwrap(), record, "{name}");
        assert_eq!(reencodes(bytes), Ok(true), "{name}");
    }
}

#[test]
fn the_bytes_are_those_that_the_page_says() {
    let visitor = BuyerId::from_bytes([0xaa; 16]);
    let campaign = Some(CampaignId::from_bytes([0xbb; 16]));
    let visit = |seconds: i64, source: &str| Happened {
        at: Time::from_micros(seconds * 1_000_000),
        activity: Visited { visitor, campaign, source: Name::new(source).ok() }.into(),
    };
    let record = ActivityRecord {
        position: Position::new(3),
        recorded_at: Time::from_micros(5_000_000),
        batch: BatchId::from_bytes([0xcc; 16]),
        entries: vec![visit(4, "qr"), visit(4, "qr"), visit(5, "")],
    };
    let expected = [
        "01 0000 0300000000000000 404b4c0000000000 cccccccccccccccccccccccccccccccc 03000000",
        // Kind 1, schema 1, a second back; both ids and the name are written out.
        "01 01 ff887a 01 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 01 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 01 02 7172",
        "01 01 00 02 03 02",
        "01 01 80897a 02 03 00",
    ];
    assert_eq!(hex(&encode(&record).unwrap()), expected.concat().replace(' ', ""));
}

#[test]
fn a_visit_has_less_than_30_bytes() {
    let entries: Vec<_> = (0..8192_u64)
        .map(|number| {
            let mut visitor = [0; 16];
            visitor[..8].copy_from_slice(&number.to_le_bytes());
            let visitor = BuyerId::from_bytes(visitor);
            let campaign = Some(CampaignId::from_bytes([(number % 50) as u8; 16]));
            let source = Name::new(["moments", "qr", "group"][number as usize % 3]).ok();
            let seconds = (number * 7_919_317) % 2_592_000;
            let at = Time::from_micros((1_638_316_800 + seconds as i64) * 1_000_000);
            Happened { at, activity: Visited { visitor, campaign, source }.into() }
        })
        .collect();
    let record = ActivityRecord {
        position: Position::new(1),
        recorded_at: Time::from_micros(1_700_000_000_000_000),
        batch: BatchId::from_bytes([1; 16]),
        entries,
    };
    let bytes = encode(&record).unwrap().len();
    assert!(bytes < 30 * 8192, "{bytes} bytes");
}

/// The largest entry there is: what a batch of a given number of entries may need.
#[test]
fn eight_thousand_entries_of_any_kind_fit_in_a_record() {
    let largest = (0..8192_u64).map(|number| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        let campaign = Some(CampaignId::from_bytes({
            id[15] = 1;
            id
        }));
        id[15] = 2;
        let activity = Visited {
            visitor: BuyerId::from_bytes(id),
            campaign,
            source: Name::new(&format!("{number:064}")).ok(),
        };
        let micros = if number % 2 == 0 { i64::MIN / 2 } else { i64::MAX / 2 };
        Happened { at: Time::from_micros(micros), activity: activity.into() }
    });
    let record = ActivityRecord {
        position: Position::new(1),
        recorded_at: Time::from_micros(i64::MAX),
        batch: BatchId::from_bytes([1; 16]),
        entries: largest.collect(),
    };
    let bytes = encode(&record).unwrap();
    assert!(bytes.len() > 900_000, "{} bytes: as large as they get", bytes.len());
    assert_eq!(decode(&bytes).unwrap(), record);
    // As many others beside them don't, and leave the buffer as it was.
    let other = |happened: &Happened| {
        let mut happened = happened.clone();
        if let Activity::Visited(visited) = &mut happened.activity {
            let id = visited.visitor.to_bytes().map(|byte| !byte);
            visited.visitor = BuyerId::from_bytes(id);
            visited.campaign = Some(CampaignId::from_bytes(id.map(|byte| byte ^ 0x55)));
        }
        happened
    };
    let entries = record.entries.iter().map(other).chain(record.entries.iter().cloned());
    let larger = ActivityRecord { entries: entries.collect(), ..record };
    let mut buffer = b"before".to_vec();
    let refused = encode_into(&mut buffer, &larger).unwrap_err();
    assert!(matches!(refused, EncodeError::TooLarge { bytes: 1_048_577.., limit: 1_048_576 }));
    assert_eq!(buffer, b"before");
}

#[test]
fn a_head_is_read_alone() {
    let (_, record) = records().pop().unwrap();
    let head = ActivityHead {
        position: record.position,
        recorded_at: record.recorded_at,
        batch: record.batch,
        entries: 18,
    };
    assert_eq!(decode_head(&encode(&record).unwrap()[..HEAD]), Ok(head));
}

#[test]
fn identities_are_equal_exactly_for_equal_facts() {
    let facts: Vec<_> = records().into_iter().flat_map(|(_, record)| record.entries).collect();
    let of = |happened: &Happened| {
        let mut bytes = Vec::new();
        identity(&mut bytes, happened);
        bytes
    };
    for (one, other) in facts.iter().flat_map(|one| facts.iter().map(move |other| (one, other))) {
        assert_eq!(of(one) == of(other), one == other, "{one:?} {other:?}");
    }
}

/// A record of one visit, by the operator of nothing: to be altered.
fn visit() -> Vec<u8> {
    let activity = Visited {
        visitor: BuyerId::from_bytes([1; 16]),
        campaign: None,
        source: Name::new("qr").ok(),
    };
    let at = Time::from_micros(0);
    encode(&ActivityRecord {
        position: Position::new(1),
        recorded_at: at,
        batch: BatchId::from_bytes([2; 16]),
        entries: vec![Happened { at, activity: activity.into() }],
    })
    .unwrap()
}

/// The record with other entries' bytes, and that many of them.
fn with_entries(count: u32, entries: &[u8]) -> Vec<u8> {
    let mut bytes = visit()[..HEAD - 4].to_vec();
    bytes.extend(count.to_le_bytes());
    bytes.extend(entries);
    bytes
}

fn changed(mut bytes: Vec<u8>, at: usize, to: u8) -> Vec<u8> {
    bytes[at] = to;
    bytes
}

#[track_caller]
fn refused(bytes: &[u8], says: &str) -> DecodeError {
    let error = decode(bytes).unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
    assert_eq!(reencodes(bytes), Err(error.clone()), "an audit says the same");
    error
}

#[test]
fn what_a_newer_version_wrote_is_not_skipped() {
    for (bytes, says) in [
        (changed(visit(), 0, 2), "version 2"),
        (changed(visit(), 2, 0x01), "flags 0x0100"),
        (changed(visit(), HEAD, 99), "activity kind 99 in schema 1"),
        (changed(visit(), HEAD + 1, 2), "activity kind 1 in schema 2"),
    ] {
        assert!(refused(&bytes, says).needs_newer_version(), "{says}");
    }
    let noted = changed(visit(), 1, 0xff);
    assert_eq!(decode(&noted), decode(&visit()));
    assert_eq!(reencodes(&noted), Ok(true));
}

#[test]
fn what_no_version_writes_is_refused() {
    let id = [7; 16];
    let whole: &[u8] = &[1];
    for (entries, says) in [
        (vec![whole, &[1, 0, 0]], "visitor of entry 0 of the activity record is absent"),
        (vec![whole, &[1, 0, 2]], "visitor of entry 0 of the activity record is number 2"),
        (
            vec![whole, &[1, 0, 1], &id, &[3, 0]],
            "campaign of entry 0 of the activity record is number 3",
        ),
        (
            vec![whole, &[1, 0, 1], &id, &[0, 2]],
            "source of entry 0 of the activity record is number 2",
        ),
        (vec![whole, &[1, 0, 1], &id, &[0, 1, 0]], "must have 1 to 64 bytes"),
        (vec![whole, &[1, 0, 1], &id, &[0, 1, 1, 0xff]], "isn't UTF-8"),
        (vec![whole, &[1, 0x80, 0]], "time of entry 0 of the activity record is written in more"),
        (
            vec![whole, &[1], &[0xff; 9], &[2]],
            "time of entry 0 of the activity record is beyond 64 bits",
        ),
        (
            vec![whole, &[1], &[0x80; 10]],
            "time of entry 0 of the activity record is beyond 64 bits",
        ),
        (
            vec![&[32, 1, 0, 1], &id, &[2, 3]],
            "rating of entry 0 of the activity record is choice 3",
        ),
        (vec![whole, &[1, 0, 1], &id, &[0, 0, 9]], "1 bytes follow"),
        (vec![whole, &[1, 0, 1], &id], "ends inside its campaign"),
        (vec![whole, &[1, 0, 1], &id, &[0, 1, 64, 1]], "ends inside its source"),
    ] {
        let error = refused(&with_entries(1, &entries.concat()), says);
        assert!(!error.needs_newer_version(), "{says}");
    }
    assert_eq!(refused(&with_entries(0, &[]), "no entries"), DecodeError::NoEntries);
    let empty = ActivityRecord { entries: Vec::new(), ..decode(&visit()).unwrap() };
    assert_eq!(encode(&empty), Err(EncodeError::NoEntries));
    let large = [visit(), vec![0; 1 << 20]].concat();
    assert!(matches!(decode(&large), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn an_id_that_is_written_out_twice_reads_but_is_not_the_encoding() {
    let id = [7; 16];
    let twice = with_entries(2, &[&[17, 1, 0, 1], &id[..], &[17, 1, 0, 1], &id].concat());
    let once = with_entries(2, &[&[17, 1, 0, 1], &id[..], &[17, 1, 0, 2]].concat());
    assert_eq!(decode(&twice), decode(&once));
    assert_eq!((reencodes(&twice), reencodes(&once)), (Ok(false), Ok(true)));
}

/// Reads the bytes; a panic fails the test. Whatever is read has its own encoding.
fn survives(bytes: &[u8]) {
    let _ = decode_head(bytes);
    if let Ok(record) = decode(bytes) {
        assert!(reencodes(bytes).is_ok());
        assert_eq!(decode(&encode(&record).unwrap()), Ok(record));
    }
}

#[test]
fn declared_counts_cost_nothing() {
    for count in [2, 1 << 20, u32::MAX] {
        let mut bytes = visit();
        bytes[HEAD - 4..HEAD].copy_from_slice(&count.to_le_bytes());
        assert_eq!(decode(&bytes), Err(DecodeError::Truncated { place: "kind" }));
    }
    for length in [64_u64, 1 << 30, u64::MAX] {
        let mut number = Vec::new();
        let mut left = length;
        while left >= 128 {
            number.push((left % 128) as u8 | 128);
            left /= 128;
        }
        number.push(left as u8);
        let entry = [&[1, 1, 0, 1], &[7; 16][..], &[0, 1], &number].concat();
        assert_eq!(
            decode(&with_entries(1, &entry)),
            Err(DecodeError::Truncated { place: "source" })
        );
    }
}

#[test]
fn every_truncation_is_refused() {
    for (name, bytes) in golden() {
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{name} cut to {length} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused_or_reads_as_another_record() {
    for (name, mut bytes) in golden() {
        let original = decode(&bytes).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            survives(&bytes);
            if bit / 8 != 1 && decode(&bytes) == Ok(original.clone()) {
                assert_eq!(reencodes(&bytes), Ok(false), "{name}: bit {bit}");
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_comes_back(
        kinds in prop::collection::vec(0..KINDS.len(), 1..40),
        numbers in prop::collection::vec(any::<u64>(), 0..400),
    ) {
        let mut draw = Draw::random(numbers);
        let activities = kinds.iter().map(|kind| KINDS[*kind](&mut draw)).collect();
        let record = record(&mut draw, activities);
        let bytes = encode(&record).unwrap();
        prop_assert_eq!(decode(&bytes), Ok(record.clone()));
        prop_assert!(is_encoding_of(&bytes, &record, &mut Vec::new()));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn any_entries_are_survived(
        count in 1_u32..5,
        entries in prop::collection::vec(prop_oneof![0_u8..4, Just(32), 16_u8..20, any::<u8>()], 0..200),
    ) {
        survives(&with_entries(count, &entries));
    }

    #[test]
    fn overwritten_bytes_are_survived(
        at: prop::sample::Index, from: prop::sample::Index, with in prop::collection::vec(any::<u8>(), 1..12),
    ) {
        let golden = golden();
        let (_, bytes) = at.get(&golden);
        let mut bytes = bytes.clone();
        let from = from.index(bytes.len());
        for (byte, with) in bytes.iter_mut().skip(from).zip(with) {
            *byte = with;
        }
        survives(&bytes);
    }
}
