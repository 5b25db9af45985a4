//! `--format activity`: a file of facts into the activity stream beside a book.
//!
//! The file is read whole and compared with the stream before anything is written, and what the stream
//! lacks goes to it in batches of 8,192, eight of them one append. If the process dies, run it again: what
//! is there isn't added. Beside whoever writes the book: the stream has a lock of its own.

use std::io::Write;
use std::path::Path;

use chrono_tz::Tz;
use clap::Args;
use tuanzhang_core::activity::Happened;
use tuanzhang_core::{BatchId, BookId, Position, Time};
use tuanzhang_ledger::{Activities, ActivityBatch, Clock, SystemClock};
use tuanzhang_wire as wire;
use uuid::Uuid;

use super::{Import, in_file, reading, write_first_reject};
use crate::book_url::{BookUrl, ReadOnly};
use crate::failure::{Failure, Outcome, chain};
use crate::fold::opened;
use crate::import::{
    BATCH_ENTRIES, Facts, Field, ImportError, Kind, Settings, Times, Word, packed,
};
use crate::node::Node;
use crate::progress;
use crate::stopwatch::Stopwatch;
use crate::table;

/// Batches of one append.
const APPEND_BATCHES: usize = 8;

/// How the columns are read.
#[derive(Clone, PartialEq, Debug, Default, Args)]
#[command(next_help_heading = "Options for --format activity")]
pub(crate) struct Columns {
    /// The column that gives a field: its name in the header, or its number from 1 on
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapping)]
    map: Vec<(Field, String)>,
    /// The first line is a row like the others; columns are numbers
    #[arg(long)]
    no_header: bool,
    /// What every row is: visited, joined, …
    #[arg(long, conflicts_with = "kinds")]
    kind: Option<Kind>,
    /// What words of the kind's column mean; - skips
    #[arg(long, value_name = "WORD=KIND,…", value_delimiter = ',')]
    kinds: Vec<Word>,
    /// How times are written: rfc3339, unix, unix-ms, or a format like "%Y-%m-%d %H:%M:%S"
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<String>,
    /// The zone of times without offset; the book's where absent
    #[arg(long, value_parser = zone)]
    zone: Option<Tz>,
    /// Ids that are no UUIDs become UUIDv5 in it; keep it secret, and always the same
    #[arg(long, value_name = "UUID")]
    namespace: Option<Uuid>,
}

fn mapping(text: &str) -> Result<(Field, String), String> {
    let (field, column) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not FIELD=COLUMN"))?;
    Ok((field.parse()?, column.to_owned()))
}

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| format!("{name:?} is no zone of the tz database, like Asia/Shanghai"))
}

impl Columns {
    /// Another format has no use for them.
    pub(super) fn must_be_absent(&self) -> Result<(), Failure> {
        if *self == Self::default() {
            return Ok(());
        }
        Err(Failure::input(
            "--map, --no-header, --kind, --kinds, --time-format, --zone and --namespace are for --format \
             activity; leave them out",
        ))
    }

    /// A field has one column, a word one meaning.
    fn must_be_clear(&self) -> Result<(), Failure> {
        for (at, (field, _)) in self.map.iter().enumerate() {
            if self.map.iter().skip(at.saturating_add(1)).any(|(other, _)| other == field) {
                let field = field.word();
                return Err(Failure::input(format!("--map {field}=… stands twice; leave one out")));
            }
        }
        for (at, word) in self.kinds.iter().enumerate() {
            if self.kinds.iter().skip(at.saturating_add(1)).any(|other| other.word == word.word) {
                let word = &word.word;
                return Err(Failure::input(format!(
                    "--kinds {word}=… stands twice; leave one out"
                )));
            }
        }
        Ok(())
    }

    /// How a file is read; `zone` is asked for the book's where times need one.
    pub(crate) fn settings(
        &self,
        now: Time,
        zone: impl FnOnce() -> Result<Tz, Failure>,
    ) -> Result<Settings, Failure> {
        self.must_be_clear()?;
        if self.kind.is_some() && self.map.iter().any(|(field, _)| *field == Field::Kind) {
            return Err(Failure::input(
                "--kind says what every row is, --map kind=… which column does; leave one out",
            ));
        }
        let by_itself = |times| match self.zone {
            None => Ok(times),
            Some(_) => Err(Failure::input(
                "--zone is for a --time-format like \"%Y-%m-%d %H:%M:%S\"; the others need none",
            )),
        };
        let times = match self.time_format.as_deref() {
            None | Some("rfc3339") => by_itself(Times::Rfc3339)?,
            Some("unix") => by_itself(Times::Unix)?,
            Some("unix-ms") => by_itself(Times::UnixMillis)?,
            Some(format) if Times::is_format(format) => {
                let zone = self.zone.map_or_else(zone, Ok)?;
                Times::Format { format: format.into(), zone }
            }
            Some(format) => {
                return Err(Failure::input(format!(
                    "{format:?} is no time format; write rfc3339, unix, unix-ms or something like \
                     \"%Y-%m-%d %H:%M:%S\""
                )));
            }
        };
        Ok(Settings {
            map: self.map.clone(),
            header: !self.no_header,
            kind: self.kind,
            words: self.kinds.clone(),
            times,
            namespace: self.namespace,
            now,
        })
    }
}

/// The book's own zone.
fn zone_of(book: &BookUrl, source: &ReadOnly) -> Result<Tz, Failure> {
    let opened = opened(book, source)?;
    let name = opened.timezone.as_str();
    name.parse().map_err(|_| {
        Failure::input(format!("the book's zone {name:?} is unknown to this program; give --zone"))
    })
}

/// Imports the file that the command line names.
pub(super) fn run(import: &Import, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
    if import.book == BookUrl::Memory {
        return Err(Failure::input(
            "activity stands beside a book that is there, and memory: has none; name a place",
        ));
    }
    let stopwatch = Stopwatch::start();
    let source = import.book.read_only()?;
    let zone = || zone_of(&import.book, &source);
    let settings = import.activity.settings(SystemClock.now(), zone)?;
    let book = wire::book_id(source.key);
    drop(source);
    let activities = open(import, book)?;

    let read = reading(|progress| Facts::read(&import.file, &settings, progress));
    let mut facts = read.map_err(|error| in_file(&import.file, &error))?;
    import.write_rejects(facts.rejects())?;
    must_have_rows(&facts)?;
    compare(&mut facts, &activities)?;
    if !import.dry_run {
        write_missing(&mut facts, &activities, book)?;
    }
    let imported =
        Imported { facts: &facts, dry_run: import.dry_run, position: activities.position() };
    if json {
        writeln!(out, "{}", serde_json::to_string(&imported.node())?)?;
    } else {
        imported.write(import.rejects.as_deref(), stopwatch, out)?;
    }
    Ok(Outcome::Done)
}

/// A file of which no row can be used is not the file that was meant.
fn must_have_rows(facts: &Facts) -> Result<(), Failure> {
    let Some(first) = facts.rejects().first() else { return Ok(()) };
    let rejected = u64::try_from(facts.rejects().len()).unwrap_or(u64::MAX);
    if rejected < facts.rows() {
        return Ok(());
    }
    let (line, reason) = (first.line, &first.reason);
    Err(Failure::input(format!(
        "none of the {rejected} rows can be used, the first in line {line}: {reason}; nothing was written"
    )))
}

/// Opens the stream beside the book; without its lock where nothing is to be written.
fn open(import: &Import, book: BookId) -> Result<Activities, Failure> {
    let streams =
        if import.dry_run { import.book.activity()? } else { import.book.writable_activity()? };
    Activities::open(streams, book).map_err(|error| Failure::store(&error))
}

/// Shows the facts the whole stream.
fn compare(facts: &mut Facts, activities: &Activities) -> Result<(), Failure> {
    let bar = progress::bar("comparing", Some(activities.position().get()));
    for record in activities.records(Position::START) {
        let record = record.map_err(|error| Failure::store(&error))?;
        record.entries.iter().for_each(|happened| facts.find(happened));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Writes what the stream lacks.
fn write_missing(facts: &mut Facts, activities: &Activities, book: BookId) -> Result<(), Failure> {
    let total = facts.total();
    let bar = progress::bar("importing", Some(total.rows.saturating_sub(total.there)));
    let full = BATCH_ENTRIES.saturating_mul(APPEND_BATCHES);
    let mut pending: Vec<Happened> = Vec::new();
    facts.missing(|happened| {
        pending.push(happened);
        if pending.len() >= full {
            append(&pending, activities, book)?;
            bar.inc(u64::try_from(pending.len()).unwrap_or(0));
            pending.clear();
        }
        Ok::<_, Failure>(())
    })?;
    append(&pending, activities, book)?;
    bar.finish_and_clear();
    Ok(())
}

/// Appends facts, in as many batches as they need, at once.
fn append(facts: &[Happened], activities: &Activities, book: BookId) -> Result<(), Failure> {
    let mut batches = Vec::new();
    let mut position = activities.position();
    for entries in facts.chunks(BATCH_ENTRIES) {
        position = position.next();
        batches.push(ActivityBatch::new(batch_id(book, position, entries)?, entries));
    }
    activities.append_many(&batches).map(drop).map_err(|error| {
        let text = chain(&error);
        Failure::Store(format!("{text}; import the file again, it goes on where it stopped"))
    })
}

/// The batch's id by book, place and content: another program's batch never has it by chance.
fn batch_id(book: BookId, position: Position, entries: &[Happened]) -> Result<BatchId, Failure> {
    let mut name = position.get().to_le_bytes().to_vec();
    name.extend(packed(entries).map_err(ImportError::Lost)?);
    Ok(BatchId::new(Uuid::new_v5(&book.uuid(), &name)))
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Input(error.to_string())
    }
}

/// A file's facts, and what became of them, to be printed.
#[derive(Debug)]
struct Imported<'f> {
    facts: &'f Facts,
    dry_run: bool,
    position: Position,
}

impl Imported<'_> {
    fn node(&self) -> Node {
        let kinds = self.facts.kinds().map(|(kind, count)| {
            Node::Map(vec![
                ("kind", kind.name().into()),
                ("rows", count.rows.into()),
                ("added", count.rows.saturating_sub(count.there).into()),
                ("already_there", count.there.into()),
            ])
        });
        let total = self.facts.total();
        Node::Map(vec![
            ("rows", self.facts.rows().into()),
            ("kinds", Node::list(kinds)),
            ("skipped", self.facts.skipped().into()),
            ("rejected", self.facts.rejects().len().into()),
            ("added", total.rows.saturating_sub(total.there).into()),
            ("already_there", total.there.into()),
            ("dry_run", self.dry_run.into()),
            ("position", self.position.get().into()),
        ])
    }

    fn write(
        &self,
        rejects: Option<&Path>,
        stopwatch: Stopwatch,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let facts = self.facts;
        let added = if self.dry_run { "to add" } else { "added" };
        let mut table = table::headed(&["kind", "rows", added, "already there"]);
        for (kind, count) in facts.kinds() {
            let cells = [count.rows, count.rows.saturating_sub(count.there), count.there];
            let cells = cells.map(|cell| cell.to_string());
            table.add_row([kind.name().to_owned()].into_iter().chain(cells));
        }
        for (name, rows) in [
            ("skipped", facts.skipped()),
            ("rejected", facts.rejects().len().try_into().unwrap_or(u64::MAX)),
        ] {
            table.add_row([name.to_owned(), rows.to_string(), String::new(), String::new()]);
        }
        let total = facts.total();
        let added = total.rows.saturating_sub(total.there);
        table.add_row([
            "total".to_owned(),
            facts.rows().to_string(),
            added.to_string(),
            total.there.to_string(),
        ]);
        table::align_right(&mut table, 1..4);
        writeln!(out, "{table}")?;
        write_first_reject(facts.rejects(), rejects, out)?;
        let (seconds, rate) = (stopwatch.seconds(), stopwatch.rate(facts.rows()));
        let (rows, position) = (facts.rows(), self.position);
        writeln!(out, "{rows} rows in {seconds} ({rate} a second)")?;
        if self.dry_run {
            writeln!(out, "nothing was written (--dry-run)")?;
        }
        writeln!(out, "the activity stream stands at position {position}")?;
        Ok(())
    }
}
