//! A second reader, in another language, written from docs/format.md and docs/format-record.md alone
//! (`tests/reader`): what it says of books that this run has written is what the program says.
//!
//! The program and the reader share no line, so that a page which doesn't say enough, or says something
//! else than the code does, shows here.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::kit::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tuanzhang_journal::Journal;
use tuanzhang_log::Store;
use tuanzhang_wire as wire;

const SEGMENT: &str = "00000001.seg";

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The reader with these arguments behind the page; none, and a visible line, where there is no Python.
fn python(args: &[&str]) -> Option<Ran> {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reader/read.py");
    let page = crates().join("../docs/format-record.md");
    let mut command = Command::new("python3");
    command.arg(reader).arg(page).args(args).env("PYTHONDONTWRITEBYTECODE", "1");
    let Ok(output) = command.output() else {
        // Past the test's own capture: what is skipped is seen.
        let _ = writeln!(std::io::stderr(), "skipped: the reader in Python; there is no python3");
        return None;
    };
    let ran = Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(ran.err.is_empty(), "{ran:?}");
    Some(ran)
}

/// What the reader says of a folder.
fn read(folder: &Path) -> Option<Value> {
    let ran = python(&[folder.to_str().unwrap()])?;
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    let found = said["damage"].is_object() || said["activity"]["damage"].is_object();
    assert_eq!(ran.code == 1, found, "{said:#}");
    Some(said)
}

type Kinds = BTreeMap<String, (u64, u64)>;

fn count(kinds: &mut Kinds, name: &str, number: impl Into<u64>) {
    kinds.entry(name.into()).or_insert((number.into(), 0)).1 += 1;
}

/// Kinds of events and of facts, as the library reads them: number and count by name.
fn library(folder: &Path) -> (Kinds, Kinds) {
    let journal = Journal::read_only(folder).unwrap();
    let [key] = journal.books().unwrap()[..] else { panic!("one book") };
    let (mut events, mut facts) = (Kinds::new(), Kinds::new());
    let on = || std::ops::ControlFlow::Continue(());
    let seen = journal.read(key, 1, &mut |_, bytes| {
        for event in wire::decode(bytes).unwrap().events {
            count(&mut events, event.name(), event.number());
        }
        on()
    });
    seen.unwrap();
    let seen = journal.activity().unwrap().read(key, 1, &mut |_, bytes| {
        for fact in wire::activity::decode(bytes).unwrap().entries {
            count(&mut facts, fact.activity.name(), fact.activity.number());
        }
        on()
    });
    seen.unwrap();
    (events, facts)
}

fn kinds(said: &Value) -> Kinds {
    let Some(kinds) = said["kinds"].as_object() else { return Kinds::new() };
    let row = |of: &Value| (of[0].as_u64().unwrap(), of[1].as_u64().unwrap());
    kinds.iter().map(|(name, of)| (name.clone(), row(of))).collect()
}

/// Asserts that reader, audit and library agree on a sound book, and gives what the reader said.
fn agreed(folder: &Path) -> Option<Value> {
    let said = read(folder)?;
    assert_eq!(said["damage"], Value::Null, "{said:#}");
    let audit = run(&["audit", folder.to_str().unwrap(), "--json"]).json();
    assert_eq!(audit["sound"], true, "{audit:#}");
    let covered = &audit["covered"];
    for key in ["records", "root", "frames", "events", "record_bytes"] {
        assert_eq!(said[key], covered[key], "{key}");
    }
    let (events, facts) = library(folder);
    assert_eq!(kinds(&said), events);
    assert_eq!(kinds(&said["activity"]), facts);
    if !said["activity"].is_null() {
        for (key, of) in [("records", "records"), ("root", "root"), ("events", "entries")] {
            assert_eq!(said["activity"][key], covered["activity"][of], "{key}");
        }
    }
    let (records, root) = (&said["records"], text(&said["root"]));
    println!("agreed: {records} records, {} kinds, root {root}", events.len());
    Some(said)
}

#[test]
fn the_demo_month_is_the_same_book_in_python() {
    let dir = TempDir::new().unwrap();
    let demo = run(&["demo", dir.path().to_str().unwrap(), "--json"]).json();
    let Some(said) = agreed(&dir.path().join("book")) else { return };
    assert_eq!(said["root"], demo["audit"]["covered"]["root"]);
    assert!(said["records"].as_u64().unwrap() > 3_000, "{said:#}");
    assert!(said["first_at"].as_i64().unwrap() < said["last_at"].as_i64().unwrap());
}

/// Commands of many kinds, each sort of actor among them.
fn script() -> String {
    let refund = json!({ "request_refund": { "refund": id("refund", 1), "order": order(1),
        "kind": "refund_only", "lines": [{ "sku": "dates", "quantity": 1 }], "reason": "坏了 🥀" } });
    let mut script = Script::at_minute(600);
    for n in 1..20 {
        let buyer = json!({ "buyer": buyer(n) });
        script = script
            .by(buyer, place(n, "dates", n))
            .then(pay(n, &format!("{}.{}0", n * 899 / 10, n * 899 % 10)));
    }
    script = script.then(ship(2)).then(receive(2)).then(refund);
    script.then(json!({ "approve_refund": { "refund": id("refund", 1) } })).text()
}

/// A book with activity beside it, closed as it should be.
fn shop() -> Shop {
    let shop = Shop::open();
    shop.apply(&script()).all_ok();
    let facts = format!(
        "kind,at,buyer,campaign,source\nvisited,2021-12-01T08:00:00+08:00,{0},{1},moments\n\
         visited,2021-12-01T08:00:01+08:00,{0},{1},moments\nvisited,2021-12-01T07:00:00+08:00,{2},,朋友圈\n\
         joined,2021-12-01T08:00:02+08:00,{2},,\n",
        buyer(1),
        campaign(),
        buyer(2)
    );
    let file = shop.dir.path().join("facts.csv");
    for rows in [3, 5] {
        let text: String = facts.split_inclusive('\n').take(rows).collect();
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        run(&["import", &shop.book(), "--format", "activity", file, "--json"]).json();
    }
    shop
}

#[test]
fn a_book_of_many_kinds_and_its_activity_are_the_same_in_python() {
    let shop = shop();
    let Some(said) = agreed(&shop.path()) else { return };
    assert!(kinds(&said).len() >= 11, "{said:#}");
    assert_eq!(said["activity"]["records"], 2);
    assert_eq!(said["actors"]["4"], 19);
    let key = |of: &Value| u128::from_str_radix(&text(&of["key"]), 16).unwrap();
    assert_eq!(key(&said) ^ key(&said["activity"]), 0x6f8e_021b_aaee_bab1_22e6_657f_e9c4_f7c9);
}

/// A book whose writer was killed: its file goes on behind the last frame. And its head as it was two
/// answers before.
fn killed() -> (Shop, Vec<u8>) {
    let shop = Shop::open();
    let mut child =
        program().args(["apply", &shop.book(), "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let mut older = Vec::new();
    for n in 1..6 {
        to.write_all(Script::at_minute(600 + n).then(place(n, "dates", 1)).text().as_bytes())
            .unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.contains("\"ok\""), "{answer}");
        if n == 3 {
            older = fs::read(shop.path().join("head")).unwrap();
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (shop, older)
}

#[test]
fn a_book_that_was_never_closed_is_read_to_its_last_answer() {
    let (shop, older) = killed();
    let bytes = fs::read(shop.path().join(SEGMENT)).unwrap();
    assert_eq!(bytes.last(), Some(&0), "there is room behind the last frame");
    let Some(said) = agreed(&shop.path()) else { return };
    assert_eq!(said["records"], 7 + 5);
    let frames = frames(&bytes);
    let [.., last, end] = frames[..] else { panic!("frames") };

    // A torn append: what the last frame would be as the next one, cut short. Nobody was told about it.
    let mut torn = bytes.clone();
    torn[end..end + 80].copy_from_slice(&bytes[last..last + 80]);
    torn[end + 16] += 1;
    torn[end + 79] = 1;
    fs::write(shop.path().join(SEGMENT), &torn).unwrap();
    let said = agreed(&shop.path()).unwrap();
    assert_eq!((&said["records"], &said["torn_bytes"]), (&json!(12), &json!(80)));

    // Slots that are older than the frames are what a power loss may leave: the last frame then waits.
    fs::write(shop.path().join(SEGMENT), &bytes).unwrap();
    fs::write(shop.path().join("head"), older).unwrap();
    let said = agreed(&shop.path()).unwrap();
    assert_eq!((&said["records"], &said["waiting_records"]), (&json!(11), &json!(1)));
}

/// Offsets of the frames, and behind the last.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let mut offsets = vec![0];
    let mut at = 0;
    while bytes[at..].starts_with(b"TZF1") {
        let body = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap());
        at += 56 + usize::try_from(body).unwrap();
        offsets.push(at);
    }
    offsets
}

/// One change to a file of a book: what it is called, the file, its new bytes (none: removed).
struct Fault {
    what: String,
    file: PathBuf,
    bytes: Option<Vec<u8>>,
}

/// Flipped, cut, swapped and missing bytes in every file of a journal's folder.
fn faults(folder: &Path, of: &str) -> Vec<Fault> {
    let path = |name: &str| PathBuf::from(of).join(name);
    let of_file = |name: &str| fs::read(folder.join(of).join(name)).unwrap();
    let mut found = Vec::new();
    let mut add = |name: &str, what: String, bytes: Option<Vec<u8>>| {
        found.push(Fault { what: format!("{of} {name} {what}"), file: path(name), bytes });
    };
    let mut flip = |name: &str, bytes: &[u8], at: usize, bit: u8| {
        let mut changed = bytes.to_vec();
        changed[at] ^= bit;
        add(name, format!("bit {bit:#x} of byte {at}"), Some(changed));
    };
    let (head, segment) = (of_file("head"), of_file(SEGMENT));
    for at in [0, 7, 9, 13, 17, 31, 40, 4_000, 4_093] {
        flip("head", &head, at, 1);
    }
    for at in [0, 8, 16, 24, 28, 33, 65, 68, 4_095] {
        flip("head", &head, 4_096 + at, 2);
        flip("head", &head, 8_192 + at, 1);
    }
    let frames = frames(&segment);
    let middle = frames.len() / 2;
    for pair in [&frames[..2], &frames[middle - 1..=middle], &frames[frames.len() - 2..]] {
        let [start, end] = pair[..] else { panic!("two") };
        for at in [0, 4, 7, 9, 12, 17, 30, 56, 57, (end - start) / 2, end - start - 1] {
            flip(SEGMENT, &segment, start + at, 4);
        }
    }
    for cut in [0, 1, frames[middle], frames[middle] + 30, segment.len() - 1] {
        add(SEGMENT, format!("cut at {cut}"), Some(segment[..cut].to_vec()));
    }
    let [.., before, last, end] = frames[..] else { panic!("frames") };
    add(SEGMENT, "without a frame in the middle".into(), {
        Some([&segment[..before], &segment[last..]].concat())
    });
    add(SEGMENT, "its last frames swapped".into(), {
        Some([&segment[..before], &segment[last..end], &segment[before..last]].concat())
    });
    add(SEGMENT, "all zeroes".into(), Some(vec![0; segment.len()]));
    add(SEGMENT, "gone".into(), None);
    add("head", "gone".into(), None);
    add("head", "cut".into(), Some(head[..12_287].to_vec()));
    add("head", "longer".into(), Some([&head[..], &[0]].concat()));
    add("old.seg", "beside".into(), Some(segment));
    found
}

/// The file and the offset of the first finding about bytes, from its place: `…/book/head at offset 16`.
fn damage_of(audit: &Value, folder: &Path) -> Option<(String, u64)> {
    let finding =
        audit["findings"].as_array()?.iter().find(|finding| finding["rule"] == "bytes")?;
    let place = text(&finding["place"]);
    let (file, offset) = place.split_once(" at offset ").unwrap();
    let file = Path::new(file).strip_prefix(folder).unwrap();
    Some((file.to_str().unwrap().to_owned(), offset.parse().unwrap()))
}

#[test]
fn damage_is_named_at_the_same_file_and_offset() {
    let shop = shop();
    let folder = shop.path();
    let mut tried = 0;
    for fault in faults(&folder, "").into_iter().chain(faults(&folder, "activity")) {
        let file = folder.join(&fault.file);
        let kept = fs::read(&file).ok();
        match &fault.bytes {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let Some(said) = read(&folder) else { return };
        let audit = run(&["audit", folder.to_str().unwrap(), "--json"]);
        assert_eq!(audit.code, 1, "{}: {audit:?}", fault.what);
        let audited = damage_of(&serde_json::from_str(&audit.out).unwrap(), &folder).unwrap();
        let damage = [&said["damage"], &said["activity"]["damage"]];
        let damage = damage.into_iter().find(|damage| damage.is_object());
        let damage = damage.unwrap_or_else(|| panic!("{}: {said:#}\n{audited:?}", fault.what));
        let place = (text(&damage["file"]), damage["offset"].as_u64().unwrap());
        assert_eq!(place, audited, "{}: {damage:#}", fault.what);
        match kept {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        tried += 1;
    }
    println!("{tried} faults, each named alike by both");
    assert!(agreed(&folder).is_some() && tried > 100, "{tried}");
}

/// Writes the frames of a book into segments that begin at these frames, its slots changed to match.
fn into_segments(folder: &Path, starts: &[usize]) {
    let bytes = fs::read(folder.join(SEGMENT)).unwrap();
    let frames = frames(&bytes);
    let starts: Vec<_> = starts.iter().map(|frame| frames[*frame]).collect();
    let behind = starts.iter().skip(1).copied().chain([bytes.len()]);
    for (number, (from, to)) in (1..).zip(starts.iter().copied().zip(behind)) {
        fs::write(folder.join(format!("{number:08}.seg")), &bytes[from..to]).unwrap();
    }
    let mut head = fs::read(folder.join("head")).unwrap();
    let key: [u8; 16] = head[16..32].try_into().unwrap();
    for number in [0_u8, 1] {
        let block = &mut head[4_096 * (usize::from(number) + 1)..][..68];
        let end = u64::from_le_bytes(block[16..24].try_into().unwrap());
        let end = usize::try_from(end).unwrap();
        let segment = starts.iter().rposition(|start| *start < end).unwrap();
        block[16..24].copy_from_slice(&((end - starts[segment]) as u64).to_le_bytes());
        block[24..28].copy_from_slice(&(segment as u32 + 1).to_le_bytes());
        let crc = crc32c::crc32c(&[&key[..], &[number], &block[..64]].concat());
        block[64..68].copy_from_slice(&crc.to_le_bytes());
    }
    fs::write(folder.join("head"), head).unwrap();
}

#[test]
fn frames_go_on_from_segment_to_segment_in_python() {
    let (shop, _) = killed();
    let folder = shop.path();
    let Some(whole) = agreed(&folder) else { return };
    into_segments(&folder, &[0, 1, 9]);
    fs::write(folder.join("next"), vec![0; 5_000]).unwrap();
    let said = read(&folder).unwrap();
    assert_eq!(said["damage"], Value::Null, "{said:#}");
    assert_eq!(said["segments"], 3);
    for key in ["records", "root", "frames", "kinds"] {
        assert_eq!(said[key], whole[key], "{key}");
    }
    // The last one may have no frame yet.
    let end = |name: &str| *frames(&fs::read(folder.join(name)).unwrap()).last().unwrap();
    let third = fs::read(folder.join("00000003.seg")).unwrap();
    fs::write(folder.join("00000003.seg"), &third[..end("00000003.seg")]).unwrap();
    fs::write(folder.join("00000004.seg"), [0; 100]).unwrap();
    let said = read(&folder).unwrap();
    assert_eq!((&said["damage"], &said["root"]), (&Value::Null, &whole["root"]));

    let damage = |what: &str| {
        let said = read(&folder).unwrap();
        assert!(said["damage"].is_object(), "{what}: {said:#}");
        (text(&said["damage"]["file"]), said["damage"]["offset"].as_u64().unwrap())
    };
    let change = |name: &str, change: fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(folder.join(name)).unwrap();
        let kept = bytes.clone();
        change(&mut bytes);
        fs::write(folder.join(name), bytes).unwrap();
        let found = damage(name);
        fs::write(folder.join(name), kept).unwrap();
        found
    };
    for (number, name) in [(1, SEGMENT), (2, "00000002.seg"), (3, "00000003.seg")] {
        let end = end(name) as u64;
        assert_eq!(change(name, |bytes| bytes.push(0)), (name.into(), end), "zeroes behind");
        let (file, _) = change(name, |bytes| bytes.truncate(bytes.len() - 1));
        assert_eq!(file, name, "one byte short");
        let next = format!("{:08}.seg", number + 1);
        let (file, offset) = change(name, |bytes| *bytes = Vec::new());
        assert!(offset == 0 && (file == name || file == next), "{file}: no frames left");
    }
    fs::remove_file(folder.join("00000002.seg")).unwrap();
    assert_eq!(damage("missing"), ("00000002.seg".into(), 0));
}

/// The records of golden files, by their names.
fn golden(folder: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> =
        fs::read_dir(crates().join(folder)).unwrap().map(|of| of.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| is_wanted(file.file_name().unwrap().to_str().unwrap())) {
        for line in fs::read_to_string(file).unwrap().lines() {
            let (name, hex) = line.split_once(' ').unwrap();
            let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            found.push((name.to_owned(), (0..hex.len()).step_by(2).map(digits).collect()));
        }
    }
    found
}

/// What the reader refuses of these records.
fn refused(kind: &str, records: &[(String, Vec<u8>)]) -> Option<BTreeMap<String, String>> {
    let mut lines = String::new();
    for (name, bytes) in records {
        write!(lines, "{name} ").unwrap();
        for byte in bytes {
            write!(lines, "{byte:02x}").unwrap();
        }
        lines.push('\n');
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), lines).unwrap();
    let file = file.path().to_str().unwrap();
    let ran = python(&["--lines", kind, file])?;
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    let refused = said["refused"].as_object().unwrap();
    assert_eq!(said["read"].as_u64().unwrap() + refused.len() as u64, records.len() as u64);
    let name = |path: &String| path.rsplit_once(' ').unwrap().1.to_owned();
    Some(refused.iter().map(|(path, why)| (name(path), text(why))).collect())
}

/// The golden records, and each of their bytes changed once: refused here is refused there.
fn the_same_is_refused(kind: &str, golden: &[(String, Vec<u8>)], is_right: fn(&[u8]) -> bool) {
    let mut records = golden.to_vec();
    for (name, bytes) in golden {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            // Another value each time, the edges of varints, choices and flags among them.
            changed[at] = match (at + bytes.len()) % 7 {
                0 => 0,
                1 => 251,
                2 => 255,
                3 => changed[at] ^ 0x80,
                4 => changed[at] ^ 1,
                5 => changed[at].wrapping_sub(1),
                _ => changed[at].wrapping_add(1),
            };
            records.push((format!("{name}/{at}"), changed));
        }
        records.push((format!("{name}/longer"), [bytes, &[0][..]].concat()));
        records.push((format!("{name}/shorter"), bytes[..bytes.len() - 1].to_vec()));
    }
    let Some(refused) = refused(kind, &records) else { return };
    let mut wrong = Vec::new();
    for (name, bytes) in &records {
        let why = refused.get(name);
        if is_right(bytes) == why.is_some() {
            wrong.push(format!("{name}: {why:?}, here {:?}", wire::decode(bytes).err()));
        }
    }
    println!("{kind}: {} records, {} refused by both", records.len(), refused.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        refused.len() > golden.len() && !golden.iter().any(|(name, _)| refused.contains_key(name))
    );
}

#[test]
fn a_record_is_right_in_python_exactly_if_it_is_right_here() {
    let mut records = golden("wire/tests/golden/v1", |name| name != "choices.hex");
    // Names are unique in a file only.
    for (number, (name, _)) in records.iter_mut().enumerate() {
        *name = format!("{number}-{name}");
    }
    the_same_is_refused("book", &records, |bytes| wire::reencodes(bytes) == Ok(true));
    let records = golden("wire/tests/golden", |name| name == "activity_v1.hex");
    the_same_is_refused("activity", &records, |bytes| wire::activity::reencodes(bytes) == Ok(true));
}

#[test]
fn every_choice_of_the_program_is_on_the_page() {
    let records = golden("wire/tests/golden/v1", |name| name == "choices.hex");
    let Some(refused) = refused("book", &records) else { return };
    assert_eq!(refused, BTreeMap::new());
}
