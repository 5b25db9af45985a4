//! A book that lived, its community, its export, and DuckDB over it.
#![allow(dead_code, reason = "each test uses a part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use tuanzhang_core::activity::{
    Activity, Complained, ComplaintResolved, Happened, Invited, Joined, Left, Rating, Reviewed,
    Shortlisted, Suggested, Visited,
};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::text::Name;
use tuanzhang_core::{
    BuyerId, CampaignId, ComplaintId, Event, Head, OrderId, Position, Record, ReviewId,
    RulesVersion, SuggestionId, Time,
};
use tuanzhang_parquet::{Exported, Exporter};
use tuanzhang_testkit::life::{Life, choices_of};

/// The day in Shanghai, where no clock is ever changed.
pub(crate) fn shanghai(at: Time) -> NaiveDate {
    let local = at.micros().saturating_add(8 * 3_600_000_000);
    DateTime::from_timestamp_micros(local).unwrap().date_naive()
}

/// A book and its community.
pub(crate) struct Lived {
    pub(crate) book: Book,
    pub(crate) records: Vec<Record>,
    pub(crate) facts: Vec<Happened>,
}

/// What a life's accepted commands wrote. `chosen` lives have more leaders who sell for others.
pub(crate) fn lived(seed: u64, chosen: bool, commands: usize) -> Lived {
    let life = if chosen { Life::of_choices(choices_of(seed, commands)) } else { Life::new(seed) };
    let (mut book, mut records) = (Book::default(), Vec::new());
    for sent in life.take(commands) {
        let decided = decide(&book, sent.at, sent.occurred_at, sent.actor, &sent.command);
        let Decision::Accepted(events) = decided else { continue };
        let head = Head {
            position: book.position().next(),
            at: sent.at,
            occurred_at: sent.occurred_at,
            actor: sent.actor,
            rules: RulesVersion::CURRENT,
        };
        let record = Record { head, events };
        apply(&mut book, &record).unwrap();
        records.push(record);
    }
    let facts = community(&records, seed);
    Lived { book, records, facts }
}

/// Numbers that look random, from a seed.
struct Any(u64);

impl Any {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    fn id(&mut self, n: usize) -> [u8; 16] {
        [u8::try_from(self.below(n)).unwrap(); 16]
    }
}

const MINUTE: i64 = 60_000_000;

/// Community facts around the buyers, campaigns and orders of a book, not in the order of their times.
fn community(records: &[Record], seed: u64) -> Vec<Happened> {
    let (mut buyers, mut campaigns, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for event in records.iter().flat_map(|record| &record.events) {
        if let Event::CampaignOpened(opened) = event {
            campaigns.push(opened.campaign);
        }
        if let Event::OrderPlaced(placed) = event {
            orders.push(placed.order);
            buyers.extend(placed.buyer);
        }
    }
    buyers.extend((200..220).map(|n| BuyerId::from_bytes([n; 16])));
    campaigns.push(CampaignId::from_bytes([99; 16]));
    orders.push(OrderId::from_bytes([98; 16]));
    let mut any = Any(seed);
    let first = records.first().unwrap().head.at.micros();
    let last = records.last().unwrap().head.at.micros();
    let fact = |_| {
        let minutes = usize::try_from((last - first) / MINUTE).unwrap();
        let after = i64::try_from(any.below(minutes)).unwrap() * MINUTE;
        let at = Time::from_micros(first + after);
        let (person, other) = (buyers[any.below(buyers.len())], buyers[any.below(buyers.len())]);
        let campaign = (any.below(5) > 0).then(|| campaigns[any.below(campaigns.len())]);
        let order = orders[any.below(orders.len())];
        let source = ["moments", "poster", "search"].get(any.below(4));
        let activity: Activity = match any.below(14) {
            0..=4 => Visited {
                visitor: person,
                campaign,
                source: source.map(|source| Name::new(source).unwrap()),
            }
            .into(),
            5 => Shortlisted { visitor: person, campaign }.into(),
            6..=7 => {
                Joined { member: person, invited_by: (any.below(2) > 0).then_some(other) }.into()
            }
            8 => Left { member: person }.into(),
            9 => Invited { inviter: person, invitee: Some(other) }.into(),
            10 => {
                let rating = [Rating::Good, Rating::Neutral, Rating::Bad][any.below(3)];
                let review = ReviewId::from_bytes(any.id(60));
                Reviewed { review, order, rating }.into()
            }
            11 => {
                let complaint = ComplaintId::from_bytes(any.id(40));
                Complained { complaint, order: Some(order) }.into()
            }
            12 => ComplaintResolved { complaint: ComplaintId::from_bytes(any.id(40)) }.into(),
            _ => Suggested { suggestion: SuggestionId::from_bytes(any.id(40)), order: None }.into(),
        };
        Happened { at, activity }
    };
    (0..600).map(fact).collect()
}

/// Exports a book: its first `records` records and `facts` facts, three of them an entry.
pub(crate) fn export(to: &Path, records: &[Record], facts: &[Happened]) -> Exported {
    export_in(shanghai, to, records, facts)
}

/// The same in any zone.
pub(crate) fn export_in(
    zone: impl Fn(Time) -> NaiveDate,
    to: &Path,
    records: &[Record],
    facts: &[Happened],
) -> Exported {
    let mut exporter = Exporter::new(to, zone);
    for record in records {
        exporter.record(record).unwrap();
    }
    for (entry, position) in facts.chunks(3).zip(1..) {
        for fact in entry {
            exporter.activity(Position::new(position), fact).unwrap();
        }
    }
    exporter.finish().unwrap()
}

/// A file of docs/sql.
pub(crate) fn sql(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    std::fs::read_to_string(root.join("docs/sql").join(name)).unwrap()
}

/// A Python that has DuckDB: the one that `TUANZHANG_DUCKDB_PYTHON` names, else the usual one. None, and
/// a visible line, where there is none.
pub(crate) fn python() -> Option<PathBuf> {
    let named = std::env::var_os("TUANZHANG_DUCKDB_PYTHON");
    let python = PathBuf::from(named.clone().unwrap_or_else(|| "python3".into()));
    let has = Command::new(&python).args(["-c", "import duckdb"]).output();
    if has.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    assert!(named.is_none(), "TUANZHANG_DUCKDB_PYTHON has no duckdb: {}", python.display());
    let why = "skipped: figures against DuckDB (pip install duckdb, TUANZHANG_DUCKDB_PYTHON=its python)\n";
    // Past the test's own capture: what is skipped is seen.
    std::io::stderr().write_all(why.as_bytes()).unwrap();
    None
}

const SCRIPT: &str = r"
import duckdb, json, os, sys
asked = json.load(sys.stdin)
os.chdir(asked['folder'])
db = duckdb.connect()
# Each view is computed once and kept: the same SQL, without reading every file again for the next one.
for text in asked['sql']:
    for statement in db.extract_statements(text):
        db.execute(statement.query.replace('OR REPLACE VIEW', 'OR REPLACE TABLE', 1))
        if 'TABLE settings' in statement.query and asked['more']:
            db.execute(asked['more'])
views = asked['views'] or [name for (name,) in db.sql('select table_name from duckdb_tables()').fetchall()]
found = {}
for view in views:
    rows = db.execute(f'SELECT * FROM {view}')
    keys = [column[0] for column in rows.description]
    found[view] = [dict(zip(keys, row)) for row in rows.fetchall()]
number = lambda value: int(value) if type(value).__name__ == 'Decimal' else str(value)
json.dump(found, sys.stdout, default=number)
";

/// Runs views over an export, all of them if none is named: an object of view and rows, each row an object.
/// `more` is what is asked for: `UPDATE settings SET …`.
pub(crate) fn rows_of(python: &Path, folder: &Path, more: &str, views: &[&str]) -> Value {
    let asked = serde_json::json!({
        "folder": folder,
        "sql": [sql("tables.sql"), sql("metrics.sql")],
        "more": more,
        "views": views,
    });
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "DuckDB refused (see above)");
    serde_json::from_slice(&output.stdout).unwrap()
}
