//! 1,000 values of stored events altered by hand, each in a log whose checksums were made right again.
//!
//! Of each record every byte is changed in a few ways; what still decodes and differs in one value is an alteration of
//! that value. The value to alter is drawn first (so that ids of 16 bytes count as much as amounts of two), by seed.
//! Each is audited twice: with the frame's checksum made right (the tree finds it), and with the whole log written anew.
//! There the audit finds what a rule holds; what no rule can know (a text, an id that nothing else names, a free input)
//! only a checkpoint shows, and the table says how many there are of which field.

use std::collections::BTreeMap;

use serde_json::Value;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Event, Record, json};
use tuanzhang_log::TreeHead;
use tuanzhang_wire as wire;

use crate::book;
use crate::kit::{Rng, audited, audited_against, encoded, head, key, life};

const SEED: u64 = 6;
const LIVES: u64 = 20;
const ALTERATIONS: usize = 1_000;

/// What only a checkpoint shows, and why: inputs that the app vouched for. Whoever writes the whole log anew can
/// change one as long as nothing else in the book depends on it. What an audit misses and isn't here fails the test:
/// no part, no sum, no price charged, no refund's computed amount.
const INPUTS: &[(&str, &[&str])] = &[
    (
        "text or the channel's own number",
        &["title", "reason", "reason_code", "reference", "code", "timezone"],
    ),
    (
        "id that nothing later names",
        &[
            "order",
            "buyer",
            "payment",
            "refund",
            "refund_payment",
            "parcel",
            "arrival",
            "receipt",
            "handover",
            "unmatched",
            "campaign",
            "payout",
            "addition",
            "leader",
            "supplier",
            "cost",
            "adjustment",
            "write_off",
            "transfer",
            "draw",
            "owner",
            "seller",
            "upline",
            "party",
            "operator",
            "pickup_code_digest",
            "sku",
            "corrects",
        ],
    ),
    ("time or actor", &["at", "occurred_at", "actor", "leader", "supplier", "buyer", "through"]),
    (
        "choice of the command",
        &[
            "way",
            "ways",
            "all",
            "kind",
            "by",
            "channel",
            "category",
            "direction",
            "waive_return",
            "with_shipping_fee",
            "from",
            "to",
            "account",
            "funded_by",
            "goods_borne_by",
            "compensation_borne_by",
            "return_shipping_borne_by",
        ],
    ),
    (
        "terms, as long as nothing was decided by them",
        &[
            "code",
            "price",
            "supply_price",
            "stock",
            "limit_per_buyer",
            "at_quantity",
            "rate",
            "per_unit",
            "remainder",
            "cap",
            "borne_by",
            "fee",
            "free_from",
            "after_sales_days",
            "return_within_days",
            "pay_within_minutes",
            "auto_receive_days",
            "opens_at",
            "closes_at",
            "min_buyers",
            "min_quantity",
            "min_interest",
            "decide_at",
            "terms_days",
            "refunds",
            "days",
            "channel_fee_borne_by",
            "take",
            "rate_of_seller",
        ],
    ),
    (
        "money or units as the app reported them, as long as they fit",
        &["amount", "fee", "fee_returned", "quantity", "return_shipping"],
    ),
];

/// Money and units that are reported, not computed: by event.
const REPORTED: &[&str] = &[
    "payment_suspended.payment.",
    "order_paid.payment.",
    "refund_paid.",
    "cost_recorded.",
    "unmatched_recorded.",
    "unmatched_resolved.",
    "adjusted.",
    "written_off.",
    "transferred.",
    "drawn.",
    "payout_",
    "stock_added.",
    "refund_requested.",
    "refund_approved.return_shipping",
    "order_shipped.",
    "order_received.",
    "order_arrived.",
    "order_picked_up.",
    "campaign_opened.",
    "order_placed.discount.",
];

/// Why no rule holds a field; none where one must.
fn input(field: &str) -> Option<&'static str> {
    let field = field.trim_end_matches("[]");
    let name = field.rsplit('.').next()?;
    let (why, _) = INPUTS.iter().find(|(_, names)| names.contains(&name))?;
    let is_computed = field.contains(".moved.") || field.contains(".lines[].paid");
    let is_money = *why == INPUTS[5].0 || name == "fee";
    let is_reported = REPORTED.iter().any(|event| field.starts_with(event));
    (!is_computed && (!is_money || is_reported)).then_some(*why)
}

/// One value of a record, altered.
struct Altered {
    /// Where in the life.
    at: usize,
    bytes: Vec<u8>,
    field: String,
}

/// All values of a record, by path.
fn values(record: &Record, decimals: Decimals) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    let head = serde_json::to_value(record.head).unwrap();
    collect("head", &head, &mut values);
    for event in &record.events {
        let path = event.name().to_owned();
        let value = json::to_value(event, decimals).unwrap();
        collect(&path, value.get(event.name()).unwrap_or(&value), &mut values);
    }
    values
}

fn collect(path: &str, value: &Value, values: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| collect(&format!("{path}.{name}"), value, values));
        }
        Value::Array(items) if !items.iter().all(Value::is_number) => {
            for (at, item) in items.iter().enumerate() {
                collect(&format!("{path}[{at}]"), item, values);
            }
        }
        leaf => drop(values.insert(path.to_owned(), leaf.clone())),
    }
}

/// The one path in which two records differ.
fn differing(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> Option<String> {
    if one.len() != other.len() {
        return None;
    }
    let mut paths = one.iter().filter(|(path, value)| other.get(*path) != Some(value));
    let (path, _) = paths.next()?;
    (paths.next().is_none() && other.contains_key(path)).then(|| path.clone())
}

/// A path without the places in lists: `order_paid.lines[].value`.
fn field(path: &str) -> String {
    let mut field = String::new();
    let mut within = false;
    for c in path.chars() {
        within = if c == '[' { true } else { within && c != ']' };
        if !within || c == '[' {
            field.push(c);
        }
    }
    field
}

/// Every alteration of one value of a record, by path.
fn alterations(record: &Record, decimals: Decimals) -> BTreeMap<String, Vec<Vec<u8>>> {
    let (bytes, before) = (wire::encode(record).unwrap(), values(record, decimals));
    let mut found: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for place in 0..bytes.len() {
        for change in [1_u8, 0x12] {
            let mut altered = bytes.clone();
            altered[place] ^= change;
            let Ok(decoded) = wire::decode(&altered) else { continue };
            if let Some(path) = differing(&before, &values(&decoded, decimals)) {
                found.entry(path).or_default().push(altered);
            }
        }
    }
    found
}

/// What became of an alteration in a log that was written anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Found {
    /// At its record.
    InPlace,
    /// At a later record, which it contradicts.
    Later,
    /// By a checkpoint alone.
    CheckpointOnly,
}

#[derive(Default)]
struct Row {
    counts: BTreeMap<Found, u64>,
    rules: BTreeMap<&'static str, u64>,
}

/// Audits an alteration in a log that was written anew; then against a checkpoint of the log before.
fn written_anew(
    bytes: &[Vec<u8>],
    altered: &Altered,
    key: tuanzhang_log::BookKey,
    kept: TreeHead,
    row: &mut Row,
) -> Found {
    let mut anew = bytes.to_vec();
    anew[altered.at].clone_from(&altered.bytes);
    let position = u64::try_from(altered.at).unwrap() + 1;
    let audit = audited(key, &anew);
    let in_place: Vec<_> =
        audit.findings.kept().iter().filter(|finding| finding.position == Some(position)).collect();
    for finding in &in_place {
        assert_ne!(finding.expected, finding.found, "{finding}");
    }
    if let Some(first) = in_place.first() {
        *row.rules.entry(first.rule.name()).or_default() += 1;
        let first = audit.findings.kept().iter().find_map(|finding| finding.position);
        assert_eq!(
            first,
            Some(position),
            "{}: the first finding is where it was altered",
            altered.field
        );
        return Found::InPlace;
    }
    let with_checkpoint = audited_against(key, &anew, kept);
    assert!(!with_checkpoint.against[0].holds, "{}: a checkpoint misses it", altered.field);
    if audit.is_sound() {
        return Found::CheckpointOnly;
    }
    let first = audit.findings.kept().iter().find(|finding| finding.position.is_some()).unwrap();
    assert!(first.position > Some(position), "{}: {first}", altered.field);
    *row.rules.entry(first.rule.name()).or_default() += 1;
    Found::Later
}

/// Audits an alteration whose frame's checksum alone was made right: the tree finds it, at the frame behind.
fn checksum_repaired(files: &book::Files, altered: &Altered, key: tuanzhang_log::BookKey) {
    let mut files = files.clone();
    let frames = book::frames(&files);
    let position = u64::try_from(altered.at).unwrap() + 1;
    let number = book::frame_of(&frames, position);
    let frame = &frames[number];
    let ranges = book::records(&files, frame);
    let place = ranges[usize::try_from(position - frame.first).unwrap()].clone();
    files.get_mut(&frame.file).unwrap()[place].copy_from_slice(&altered.bytes);
    book::repair(&mut files, key, frame);
    let findings = book::audited(&files, None).findings;
    let finding = &findings.kept()[0];
    assert_eq!(finding.rule.name(), "bytes", "{}", altered.field);
    assert_eq!(finding.position, Some(frame.first), "{}", altered.field);
    let place = finding.place.clone().unwrap_or_default();
    // Its root stands in the frame behind it, that of the last frame in the head file.
    let behind = frames.get(number + 1).map_or("head".to_owned(), |frame| frame.file.clone());
    let named = [&frame.file, &behind].iter().any(|file| place.contains(file.as_str()));
    assert!(named, "{}: altered in {frame:?}, found at {place}", altered.field);
    // And the finding names the records that it can be.
    let last = frame.first + u64::try_from(ranges.len()).unwrap() - 1;
    let said = if frame.first >= last {
        format!("record {last} is")
    } else {
        format!("a record of {} to {last} is", frame.first)
    };
    assert!(finding.found.contains(&said), "{}: {said}: {}", altered.field, finding.found);
}

#[test]
fn every_altered_value_is_found_and_named_or_only_a_checkpoint_can_know() {
    let mut rng = Rng(SEED);
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut done = 0;
    for seed in 1..=LIVES {
        let records = life(seed, 400);
        let (key, bytes) = (key(&records), encoded(&records));
        let (files, kept) = (book::journal(key, &bytes), head(key, &bytes));
        let Event::BookOpened(opened) = &records[0].events[0] else { panic!("no book") };
        let decimals = opened.currency.decimals;
        let most = ALTERATIONS * usize::try_from(seed).unwrap() / usize::try_from(LIVES).unwrap();
        while done < most {
            let at = rng.below(records.len());
            let mut values = alterations(&records[at], decimals);
            let Some(path) = values.keys().nth(rng.below(values.len().max(1))).cloned() else {
                continue;
            };
            let mut ways = values.remove(&path).unwrap();
            let bytes_of = ways.swap_remove(rng.below(ways.len()));
            let altered = Altered { at, bytes: bytes_of, field: field(&path) };
            let row = rows.entry(altered.field.clone()).or_default();
            checksum_repaired(&files, &altered, key);
            let found = written_anew(&bytes, &altered, key, kept, row);
            *row.counts.entry(found).or_default() += 1;
            done += 1;
        }
    }
    print(&rows, done);
    for (field, row) in &rows {
        let missed = row.counts.get(&Found::CheckpointOnly).copied().unwrap_or(0);
        assert!(missed == 0 || input(field).is_some(), "{field}: no rule holds it, and one must");
    }
}

fn print(rows: &BTreeMap<String, Row>, done: usize) {
    let mut sums: BTreeMap<Found, u64> = BTreeMap::new();
    println!("| field | in place | later | checkpoint only | by |\n|---|---|---|---|---|");
    for (field, row) in rows {
        let count = |found| row.counts.get(&found).copied().unwrap_or(0);
        for found in [Found::InPlace, Found::Later, Found::CheckpointOnly] {
            *sums.entry(found).or_default() += count(found);
        }
        let by: Vec<_> = row.rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let (place, later, only) =
            (count(Found::InPlace), count(Found::Later), count(Found::CheckpointOnly));
        println!("| `{field}` | {place} | {later} | {only} | {} |", by.join(", "));
    }
    let mut why: BTreeMap<&str, u64> = BTreeMap::new();
    for (field, row) in rows {
        let only = row.counts.get(&Found::CheckpointOnly).copied().unwrap_or(0);
        *why.entry(input(field).unwrap_or("none")).or_default() += only;
    }
    why.retain(|_, count| *count > 0);
    println!("only a checkpoint shows: {why:?}");
    println!(
        "{done} altered, seed {SEED}: {sums:?}; with the checksum alone made right: {done} found by the tree"
    );
}
