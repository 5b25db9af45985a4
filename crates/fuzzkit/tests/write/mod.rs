//! Seeds that are made of what the repository has elsewhere: golden records, a journal's own files, the
//! demo's rows.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tuanzhang_fuzzkit::frame;
use tuanzhang_journal::Journal;
use tuanzhang_journal::simulation::SimulatedDisk;
use tuanzhang_log::{BookKey, Store};
use tuanzhang_wire::SHIPPED;

type Seeds = Vec<(String, Vec<u8>)>;

fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Journals as the frame target reads them, the first as it was written.
pub(crate) fn frames() -> Seeds {
    let disk = SimulatedDisk::new();
    let journal = Journal::on(Arc::new(disk.clone())).unwrap();
    let book = BookKey(*b"the book of liu.");
    journal.append(book, 0, &[b"first", b"", &[b'x'; 200]]).unwrap();
    let unclosed = compact(&disk, 0);
    journal.append(book, 3, &[b"TZF1 in a record"]).unwrap();
    journal.append(book, 4, &[&[0; 30], b"last"]).unwrap();
    journal.close().unwrap();
    let whole = compact(&disk, 0);
    let repaired = frame::HEAD | frame::SLOTS | frame::FRAMES | frame::TREE | frame::VOUCHED;
    let with = |switches: u8| [&[switches, 0], &whole[2..]].concat();
    let mut torn = with(frame::HEAD | frame::SLOTS);
    torn.extend_from_slice(&whole[frame::PREFIX_BYTES..frame::PREFIX_BYTES + 90]);
    let mut segments = vec![repaired | frame::ROOM | frame::NEXT, 2 | frame::APPEND];
    segments.extend_from_slice(&whole[2..frame::PREFIX_BYTES]);
    let ends = ends(&whole[frame::PREFIX_BYTES..]);
    for length in [ends[0], ends[1] - ends[0]] {
        segments.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes()[..3]);
    }
    segments.extend_from_slice(&whole[frame::PREFIX_BYTES..]);
    // Three segments without a record, the second as long as is said.
    let blank = |switches: u8, second: u8| {
        let mut bytes = vec![switches, 2 | frame::APPEND];
        bytes.extend_from_slice(&whole[2..frame::PREFIX_BYTES]);
        bytes.extend_from_slice(&[0, 0, 0, second, 0, 0]);
        bytes.resize(bytes.len() + usize::from(second), 0);
        bytes
    };
    let cut = with(repaired)[..whole.len() - 20].to_vec();
    [
        ("whole", whole.clone()),
        ("unclosed", unclosed),
        ("repaired", with(repaired)),
        ("room", with(repaired | frame::ROOM)),
        ("old_slots", with(frame::HEAD | frame::SLOTS | frame::FRAMES | frame::TREE)),
        ("torn", torn),
        ("cut", cut),
        ("headless", with(frame::HEADLESS)),
        ("three_segments", segments),
        ("nothing", vec![repaired, frame::APPEND]),
        ("blank_segments", blank(repaired, 0)),
        ("blank_segments_headless", blank(repaired | frame::HEADLESS, 2)),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .to_vec()
}

/// Offsets behind the frames.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while bytes[at..].starts_with(b"TZF1") {
        at += 56 + u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        ends.push(at);
    }
    ends
}

/// The files of a journal in the target's form.
fn compact(disk: &SimulatedDisk, switches: u8) -> Vec<u8> {
    let files = disk.files();
    let (head, segment) = (&files["head"], &files["00000001.seg"]);
    let end = ends(segment).last().copied().unwrap_or(0);
    let room = if segment.len() > end { frame::ROOM } else { 0 };
    let parts = [&head[..32], &head[4_092..4_096], &head[4_096..4_164], &head[8_192..8_260]];
    let mut bytes = vec![switches | room, frame::APPEND];
    bytes.extend_from_slice(&parts.concat());
    bytes.extend_from_slice(&segment[..end]);
    bytes
}

/// Lines of a name and a record in hexadecimal.
fn golden(file: &Path) -> Seeds {
    let read = |line: &str| {
        let (name, hex) = line.split_once(' ').unwrap();
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (name.to_owned(), (0..hex.len()).step_by(2).map(digits).collect())
    };
    fs::read_to_string(file).unwrap().lines().map(read).collect()
}

/// Golden records of each kind: whole for `record`, their payloads for `wire`.
fn records() -> (Seeds, Seeds) {
    let (mut whole, mut payloads) = (Seeds::new(), Seeds::new());
    for (index, (kind, _, word)) in (0_u8..).zip(SHIPPED) {
        let file = format!("wire/tests/golden/v1/{kind:03}_{word}.hex");
        for (form, bytes) in golden(&crates().join(file)) {
            let name = format!("{kind:03}_{word}_{form}");
            if form == "full" {
                whole.push((name.clone(), bytes.clone()));
            }
            // Behind the head: with or without occurred_at and an actor's id.
            let occurred = if bytes[2] & 1 == 1 { 8 } else { 0 };
            let id = if bytes[19 + occurred] >= 2 { 16 } else { 0 };
            let event = 19 + occurred + 1 + id + 4;
            let payload = &bytes[event + 7..];
            payloads.push((name, [&[index], payload].concat()));
        }
    }
    (whole, payloads)
}

/// Files of both formats behind the line that says how they are read.
fn imports() -> Seeds {
    let demo = fs::read(crates().join("cli/data/online_retail_2010-12.csv.gz")).unwrap();
    let mut text = String::new();
    GzDecoder::new(&demo[..]).read_to_string(&mut text).unwrap();
    let rows = |wanted: &dyn Fn(usize, &str) -> bool| -> String {
        let kept = text.split_inclusive('\n').enumerate().filter(|(at, row)| wanted(*at, row));
        kept.map(|(_, row)| row).collect()
    };
    let first = rows(&|at, _| at < 30);
    // Credit notes, and sales of what they give back.
    let notes = rows(&|at, row| at == 0 || row.starts_with('C') || (at < 3_000 && at % 60 == 0));
    let notes: String = notes.split_inclusive('\n').take(60).collect();
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(first.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    let seed = |name: &str, options: &str, file: &[u8]| {
        (name.to_owned(), [options.as_bytes(), b"\n", file].concat())
    };
    let (a, b) = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b");
    let kinds = format!(
        "kind,at,buyer,campaign,source,order,rating,invited_by,invitee,review,complaint,suggestion\n\
         visited,2021-12-01T08:00:00+08:00,{a},{b},moments,,,,,,,\n\
         shortlisted,2021-12-01T08:00:01+08:00,{a},{b},,,,,,,,\n\
         joined,2021-12-01T08:00:02+08:00,{b},,,,,{a},,,,\n\
         left,2021-12-01T08:00:03+08:00,{b},,,,,,,,,\n\
         invited,2021-12-01T08:00:04+08:00,{a},,,,,,{b},,,\n\
         reviewed,2021-12-01T08:00:05+08:00,,,,{a},good,,,{b},,\n\
         complained,2021-12-01T08:00:06+08:00,,,,{a},,,,,{b},\n\
         complaint_resolved,2021-12-01T08:00:07+08:00,,,,,,,,,{b},\n\
         suggested,2021-12-01T08:00:08+08:00,,,,,,,,,,{a}\n\
         flown,2021-12-01T08:00:08+08:00,,,,,,,,,,{a}\n\
         visited,2023-12-01T08:00:00+08:00,{a},{b},,,,,,,,\n"
    );
    let numbers = "1,7,x,pv,1511544070\n1,7,x,buy,1511544071\n2,8,x,fav,1511544072.25\n\
                   2,8,x,pv,yesterday\n3,8\n\"4\",\"8\",\"a\nb\",cart,1511544073\n";
    let taobao = "activity --no-header --map visitor=1 --map campaign=2 --map kind=4 --map at=5 \
                  --kinds pv=visited,cart=shortlisted,fav=shortlisted,buy=- --time-format unix \
                  --namespace 0d7ab1c2-5e11-4b8f-9a3e-2f6f1d2c3b4a";
    let local = "activity --kind visited --time-format %Y-%m-%d_%H:%M:%S --zone America/New_York \
                 --map visitor=who";
    let times = format!(
        "\u{feff}who,at,source\r\n{a},2021-11-07_01:30:00,\"a, \"\"b\"\"\"\r\n{b},2021-03-14_02:30:00,\r\n\
         {b},2021-03-14_25:30:00,=1+1\r\n\r\n{b},\"2021-03-14_03:30:00,\r\n"
    );
    let millis = format!("at,member\n1638316800000,{a}\n1638316800000.5,{a}\n-1,{a}\n,{a}\n");
    vec![
        seed("invoices", "online-retail", first.as_bytes()),
        seed("credit_notes", "online-retail", notes.as_bytes()),
        seed("invoices_gz", "online-retail", &zipped),
        seed("invoices_gz_cut", "online-retail", &zipped[..zipped.len() / 2]),
        seed("facts", "activity", kinds.as_bytes()),
        seed("facts_numbered", taobao, numbers.as_bytes()),
        seed("facts_local", local, times.as_bytes()),
        seed("facts_millis", "activity --kind left --time-format unix-ms", millis.as_bytes()),
    ]
}

/// Lines for `json`: a short life, and lines that are none.
fn lines() -> Seeds {
    let life = fs::read_to_string(crates().join("../fuzz/seeds/commands/2.jsonl")).unwrap();
    let some: String = life.split_inclusive('\n').take(8).collect();
    let around = |command: &str| {
        format!(
            r#"{{"at":"2021-12-01T08:00:00+08:00","occurred_at":"2021-12-01T07:00:00.5Z","actor":{{"buyer":"00000000-0000-4000-8000-00000000000a"}},"command":{command}}}"#
        )
    };
    let order = "00000000-0000-4000-8000-000000000001";
    let ship = format!(
        r#"{{"ship_order":{{"order":"{order}","lines":[{{"sku":"a","quantity":1}},{{"sku":"b\u00e9\\","quantity":2}}]}}}}"#
    );
    let cost = format!(
        r#"{{"record_cost":{{"cost":"{order}","category":"labour","channel":"cash","amount":"94.50"}}}}"#
    );
    let odd = [
        around(&ship),
        around(&cost),
        around(&ship).replace("\"lines\":[{", "\"lines\":[[").replace("1},", "1],"),
        around(&cost).replace("\"94.50\"", "94.5"),
        around(&cost).replace("labour", "fun"),
        "[\"2021-12-01T08:00:00+08:00\",null,\"operator\",{}]".into(),
        "  \r\n{}\n\"\\".into(),
    ];
    vec![("life".into(), some.into_bytes()), ("odd".into(), odd.join("\n").into_bytes())]
}

/// Writes the seeds of the targets that aren't lives.
#[test]
#[ignore = "writes files that are kept"]
fn write_seeds_for_the_fuzzers() {
    let (record, wire) = records();
    let all = [
        ("frame", frames()),
        ("record", record),
        ("wire", wire),
        ("import", imports()),
        ("json", lines()),
    ];
    for (target, seeds) in all {
        let folder = crates().join("../fuzz/seeds").join(target);
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}
