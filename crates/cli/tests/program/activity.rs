//! Facts of the community out of files, through the program: a map of columns, rejects, doing it again.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::kit::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const NAMESPACE: &str = "0d7ab1c2-5e11-4b8f-9a3e-2f6f1d2c3b4a";

/// A book, and a folder for files beside it.
struct Stream {
    shop: Shop,
}

impl Stream {
    fn open() -> Self {
        Self { shop: Shop::open() }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.shop.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn import(&self, file: &str, more: &[&str]) -> Ran {
        let book = self.shop.book();
        let args = ["import", &book, "--format", "activity", file, "--json"];
        run(&[&args[..], more].concat())
    }

    fn text(&self, text: &str, more: &[&str]) -> Ran {
        self.import(&self.file("facts.csv", text), more)
    }

    fn audited(&self) -> Value {
        let audited = self.shop.json(&["audit"]);
        assert_eq!(audited["sound"], true, "{audited:#}");
        audited["covered"]["activity"].clone()
    }
}

/// Rows, added, already there, skipped, rejected.
fn figures(imported: &Value) -> [u64; 5] {
    ["rows", "added", "already_there", "skipped", "rejected"]
        .map(|name| imported[name].as_u64().unwrap())
}

/// The file, which isn't part of the repository.
fn taobao() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let file = root.join("taobao_userbehavior_sample/UserBehavior_sample.csv");
    if file.is_file() {
        return Some(file);
    }
    // Past the harness's capture, so that it is seen.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: taobao_userbehavior_sample is not there; set TUANZHANG_DATA"
    );
    None
}

const TAOBAO: &[&str] = &[
    "--no-header",
    "--map",
    "visitor=1",
    "--map",
    "campaign=2",
    "--map",
    "kind=4",
    "--map",
    "at=5",
    "--kinds",
    "pv=visited,cart=shortlisted,fav=shortlisted,buy=-",
    "--time-format",
    "unix",
    "--namespace",
    NAMESPACE,
];

#[test]
fn the_taobao_sample_has_its_known_figures_and_adds_nothing_twice() {
    let Some(file) = taobao() else { return };
    let stream = Stream::open();
    let text = fs::read_to_string(&file).unwrap();
    // A prefix first, as the file was yesterday.
    let prefix: String = text.split_inclusive('\n').take(1_000).collect();
    let first = stream.text(&prefix, TAOBAO).json();
    assert_eq!(first["rows"], 1_000);
    let before = first["added"].as_u64().unwrap();
    assert_eq!(before + first["skipped"].as_u64().unwrap(), 1_000);

    let file = file.to_str().unwrap();
    let dry = stream.import(file, &[TAOBAO, &["--dry-run"]].concat()).json();
    let whole = stream.import(file, TAOBAO).json();
    let expected = [4_321, 3_926 + 190 + 128 - before, before, 77, 0];
    assert_eq!(figures(&whole), expected);
    assert_eq!(figures(&dry), expected, "a dry run says what would be");
    assert_eq!((&dry["position"], &whole["position"]), (&json!(1), &json!(2)));
    let kinds = whole["kinds"].as_array().unwrap();
    assert_eq!((&kinds[0]["kind"], &kinds[0]["rows"]), (&json!("visited"), &json!(3_926)));
    assert_eq!((&kinds[1]["kind"], &kinds[1]["rows"]), (&json!("shortlisted"), &json!(190 + 128)));

    let again = stream.import(file, TAOBAO).json();
    assert_eq!(figures(&again), [4_321, 0, 4_244, 77, 0]);
    assert_eq!(again["position"], 2);
    let covered = stream.audited();
    assert_eq!((&covered["records"], &covered["entries"]), (&json!(2), &json!(4_244)));

    let report = stream.shop.json(&["report"]);
    assert_eq!(report["activity_position"], 2);
    assert_eq!(report["timezone"], "Asia/Shanghai");
    assert_eq!((&report["pv"], &report["uv"]), (&json!(3_926), &json!(43)));
    assert_eq!((&report["shortlists"], &report["shortlisters"]), (&json!(318), &json!(36)));
    assert_eq!(report["placing_conversion"]["value"], "0.00");
    let days = report["funnel_by_day"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["day"]), (10, &json!("2017-09-11")));
    let shown = stream.shop.json(&["show"]);
    assert_eq!(shown["activity_records"], 2);
    assert_eq!(shown["activity_entries"], 4_244);
}

/// One fact of each kind, by the header's own names.
fn of_each_kind() -> String {
    let (a, b) = (buyer(1), buyer(2));
    let (order, review) = (order(1), id("review", 1));
    let (complaint, suggestion) = (id("complaint", 1), id("suggestion", 1));
    let campaign = campaign();
    [
        "kind,at,buyer,campaign,source,order,rating,invited_by,invitee,review,complaint,suggestion"
            .into(),
        format!("visited,2021-12-01T08:00:00+08:00,{a},{campaign},moments,,,,,,,"),
        format!("shortlisted,2021-12-01T08:00:01+08:00,{a},{campaign},,,,,,,,"),
        format!("joined,2021-12-01T08:00:02+08:00,{b},,,,,{a},,,,"),
        format!("left,2021-12-01T08:00:03+08:00,{b},,,,,,,,,"),
        format!("invited,2021-12-01T08:00:04+08:00,{a},,,,,,{b},,,"),
        format!("reviewed,2021-12-01T08:00:05+08:00,,,,{order},good,,,{review},,"),
        format!("complained,2021-12-01T08:00:06+08:00,,,,{order},,,,,{complaint},"),
        format!("complaint_resolved,2021-12-01T08:00:07+08:00,,,,,,,,,{complaint},"),
        format!("suggested,2021-12-01T08:00:08+08:00,,,,,,,,,,{suggestion}"),
    ]
    .join("\n")
}

#[test]
fn every_kind_is_read_by_the_names_of_the_header() {
    let stream = Stream::open();
    let imported = stream.text(&of_each_kind(), &[]).json();
    assert_eq!(figures(&imported), [9, 9, 0, 0, 0]);
    let kinds: Vec<_> =
        imported["kinds"].as_array().unwrap().iter().map(|kind| text(&kind["kind"])).collect();
    assert_eq!(
        kinds,
        [
            "visited",
            "shortlisted",
            "joined",
            "left",
            "invited",
            "reviewed",
            "complained",
            "complaint_resolved",
            "suggested"
        ]
    );
    assert_eq!(stream.audited()["entries"], 9);
    // The same in another form is the same: gzipped, other names, other times.
    let path = stream.shop.dir.path().join("facts.csv.gz");
    let mut gzip = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
    gzip.write_all(of_each_kind().replace("kind,at,buyer", "what,when,who").as_bytes()).unwrap();
    gzip.finish().unwrap();
    let map = ["--map", "kind=what", "--map", "at=when", "--map", "buyer=who"];
    let again = stream.import(path.to_str().unwrap(), &map).json();
    assert_eq!(figures(&again), [9, 0, 9, 0, 0]);
    let local = of_each_kind().replace('T', " ").replace("+08:00", "");
    let again = stream.text(&local, &["--time-format", "%Y-%m-%d %H:%M:%S"]).json();
    assert_eq!(figures(&again), [9, 0, 9, 0, 0], "the book's zone is Asia/Shanghai");
    let zone = ["--time-format", "%Y-%m-%d %H:%M:%S", "--zone", "Europe/London"];
    assert_eq!(figures(&stream.text(&local, &zone).json()), [9, 9, 0, 0, 0]);
}

#[test]
fn what_occurs_more_often_in_the_file_is_added_as_often_as_it_lacks() {
    let stream = Stream::open();
    let visit = |second: u32| format!("2021-12-01T08:00:{second:02}+08:00,u{second}\n");
    let csv = |seconds: &[u32]| {
        seconds.iter().fold("at,visitor\n".to_owned(), |text, second| text + &visit(*second))
    };
    let fixed = ["--kind", "visited", "--namespace", NAMESPACE];
    let added = |seconds| figures(&stream.text(&csv(seconds), &fixed).json());
    assert_eq!(added(&[1, 1, 2]), [3, 3, 0, 0, 0]);
    assert_eq!(added(&[1, 1, 2]), [3, 0, 3, 0, 0]);
    assert_eq!(added(&[1, 1, 1, 2, 3]), [5, 2, 3, 0, 0]);
    assert_eq!(added(&[1]), [1, 0, 1, 0, 0], "fewer take nothing away");
    assert_eq!(added(&[]), [0, 0, 0, 0, 0]);
    assert_eq!(stream.audited()["entries"], 5);
}

#[test]
fn rows_that_cant_be_used_are_rejected_with_line_and_reason() {
    let stream = Stream::open();
    let csv = "kind,at,visitor,source,rating,review,order\n\
        visited,2021-12-01T08:00:00+08:00,u1,moments,,,\n\
        bought,2021-12-01T08:00:00+08:00,u1,,,,\n\
        visited,2021-12-01 08:00:00,u1,,,,\n\
        visited,2021-12-01T08:00:00+08:00,,,,,\n\
        visited,9021-12-01T08:00:00+08:00,u1,,,,\n\
        reviewed,2021-12-01T08:00:00+08:00,,,best,r1,o1\n\
        visited,2021-12-01T08:00:00+08:00,u1\n\
        visited,2021-12-01T08:00:00+08:00,u1,\"open,,,\n\
        visited,2021-12-01T08:00:00+08:00,u1,0123456789012345678901234567890123456789012345678901234567890123456789,,,\n";
    let rejects = stream.shop.dir.path().join("rejects.csv");
    let more = ["--namespace", NAMESPACE, "--rejects", rejects.to_str().unwrap()];
    let imported = stream.text(csv, &more).json();
    assert_eq!(figures(&imported), [9, 1, 0, 0, 8]);
    let rejected = fs::read_to_string(rejects).unwrap();
    let of_line: Vec<_> =
        rejected.lines().skip(1).map(|line| line.splitn(4, ',').collect::<Vec<_>>()).collect();
    let expected = [
        ("3", "rejected_unknown_kind", "--kinds"),
        ("4", "rejected_bad_field", "--time-format"),
        ("5", "rejected_missing_field", "visitor is empty"),
        ("6", "rejected_in_the_future", "hasn't come yet"),
        ("7", "rejected_bad_field", "good"),
        ("8", "rejected_bad_csv", "3 fields instead of 7"),
        ("9", "rejected_bad_csv", "a quote is never closed"),
        ("10", "rejected_bad_field", "source must have 1 to 64 bytes"),
    ];
    assert_eq!(of_line.len(), expected.len(), "{rejected}");
    for ((line, class, reason), found) in expected.into_iter().zip(&of_line) {
        assert_eq!((line, class), (found[0], found[1]), "{rejected}");
        assert!(found[2..].join(",").contains(reason), "{reason}: {found:?}");
    }
}

#[track_caller]
fn refused(ran: Ran, says: &str) {
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains(says), "{says}: {}", ran.err);
}

#[test]
fn what_cant_be_imported_at_all_says_what_to_do_and_writes_nothing() {
    let stream = Stream::open();
    let csv = "at,visitor\n2021-12-01T08:00:00+08:00,u1\n";
    refused(
        stream.text(csv, &["--kind", "visited"]),
        "line 2: visitor \"u1\" is no UUID; give --namespace",
    );
    refused(
        stream.text(csv, &[]),
        "no column gives kind; name one with --map kind=COLUMN, or say with --kind",
    );
    refused(stream.text(csv, &["--kind", "joined"]), "no column gives member");
    refused(stream.text("visitor\nu1\n", &["--kind", "visited"]), "no column gives at");
    let map = |map| ["--kind", "visited", "--map", map];
    refused(
        stream.text(csv, &map("at=when")),
        "there is no column when for at; the file has at, visitor",
    );
    refused(stream.text(csv, &map("when=at")), "\"when\" is no field");
    refused(stream.text("at,at,visitor\n", &["--kind", "visited"]), "two columns are called at");
    let numbers = ["--kind", "visited", "--no-header", "--map", "visitor=2", "--map", "at=3"];
    refused(stream.text(csv, &numbers), "there is no column 3 for at; the file has columns 1 to 2");
    refused(stream.text(csv, &map("kind=at")), "leave one out");
    refused(stream.text(csv, &["--kind", "seen"]), "\"seen\" is no kind; there are visited");
    refused(stream.text(csv, &["--kinds", "pv"]), "is not WORD=KIND");
    refused(
        stream.text(csv, &["--kind", "visited", "--map", "at=at", "--map", "at=visitor"]),
        "--map at=… stands twice",
    );
    refused(
        stream.text(csv, &["--kinds", "pv=visited,pv=joined", "--map", "kind=at"]),
        "--kinds pv=… stands twice",
    );
    let never = "at,visitor\nyesterday,00000000-0000-0000-0000-000000000001\n";
    refused(stream.text(never, &["--kind", "visited"]), "none of the 1 rows can be used");
    let itself = stream.file("facts.csv", csv);
    refused(
        stream.import(&itself, &["--kind", "visited", "--rejects", &itself]),
        "is the file that is imported",
    );
    assert_eq!(fs::read_to_string(&itself).unwrap(), csv);
    refused(
        stream.text(csv, &["--kind", "visited", "--zone", "Asia/Shanghai"]),
        "--zone is for a --time-format",
    );
    refused(stream.text(csv, &["--kind", "visited", "--zone", "Mars"]), "no zone");
    refused(stream.text(csv, &["--kind", "visited", "--time-format", "iso"]), "is no time format");
    refused(stream.import("/nowhere.csv", &["--kind", "visited"]), "/nowhere.csv");
    let file = stream.file("facts.csv", csv);
    let elsewhere = stream.shop.dir.path().join("elsewhere");
    let to =
        |book: &str| run(&["import", book, "--format", "activity", &file, "--kind", "visited"]);
    refused(to(elsewhere.to_str().unwrap()), "there is no book in");
    assert!(!elsewhere.exists());
    refused(to("memory:"), "activity stands beside a book");
    let book = stream.shop.book();
    let retail = ["import", &book, "--format", "online-retail", &file, "--no-header"];
    refused(run(&retail), "are for --format activity");
    assert!(!stream.shop.path().join("activity").exists());
}

#[test]
fn the_table_says_what_was_done() {
    let stream = Stream::open();
    let file = stream.file("facts.csv", &of_each_kind());
    let book = stream.shop.book();
    let import = |more: &[&str]| {
        run(&[&["import", &book, "--format", "activity", &file][..], more].concat())
    };
    let dry = import(&["--dry-run"]);
    assert!(dry.out.contains("to add") && dry.out.contains("nothing was written"), "{}", dry.out);
    assert!(!stream.shop.path().join("activity").exists());
    let ran = import(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for says in ["complaint_resolved", "already there", "9 rows in ", "stands at position 1"] {
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
    }
}

#[test]
fn importing_runs_beside_whoever_writes_the_book() {
    let stream = Stream::open();
    let book = stream.shop.book();
    let mut writer =
        program().args(["apply", &book, "-"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut to = writer.stdin.take().unwrap();
    let line = Script::at_minute(700).then(place(1, "dates", 1)).text();
    to.write_all(line.as_bytes()).unwrap();
    to.flush().unwrap();
    let imported = stream.text(&of_each_kind(), &[]).json();
    assert_eq!(figures(&imported), [9, 9, 0, 0, 0]);
    drop(to);
    assert!(writer.wait_with_output().unwrap().status.success());
    assert_eq!(stream.audited()["entries"], 9);
}

#[test]
fn damage_to_the_stream_is_found_and_leaves_the_book_alone() {
    let stream = Stream::open();
    stream.text(&of_each_kind(), &[]).json();
    let segment = stream.shop.path().join("activity/00000001.seg");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[100] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let book = stream.shop.book();
    let audit = run(&["audit", &book, "--json"]);
    assert_eq!(audit.code, 1, "{audit:?}");
    let audit: Value = serde_json::from_str(&audit.out).unwrap();
    let finding = &audit["findings"][0];
    assert_eq!(finding["rule"], "bytes");
    assert!(text(&finding["place"]).contains("activity/00000001.seg"), "{audit:#}");
    assert_eq!(audit["covered"]["stored_whole"], true, "of the book itself");
    assert_eq!(stream.text(&of_each_kind(), &[]).code, 3);
    assert_eq!(stream.shop.balances(), []);
    assert_eq!(run(&["show", &book, "campaign", &campaign()]).code, 0);
}
