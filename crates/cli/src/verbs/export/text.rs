//! A book as one text file: a journal for beancount or hledger, or its commands.

use std::cell::Cell;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tuanzhang_analytics::Zone;
use tuanzhang_plaintext::{CommandLines, ExportError, Journal, Tool};

use super::whole_file::WholeFile;
use crate::book_url::BookUrl;
use crate::failure::Failure;
use crate::fold::{Known, opened, walk_book};
use crate::node::Node;
use crate::zone::Local;

/// What was written, for printing.
#[derive(Debug)]
pub(super) struct Exported {
    file: PathBuf,
    fields: Vec<(&'static str, Node)>,
    beside: Option<String>,
}

impl Exported {
    pub(super) fn print(self, json: bool, out: &mut impl Write) -> Result<(), Failure> {
        if json {
            writeln!(out, "{}", serde_json::to_string(&Node::Map(self.fields))?)?;
            return Ok(());
        }
        for (name, value) in self.fields {
            writeln!(out, "{name} {}", value.cell())?;
        }
        writeln!(out, "in {}", self.file.display())?;
        if let Some(beside) = self.beside {
            writeln!(out, "{beside}")?;
        }
        Ok(())
    }
}

/// Writes DIR/BOOK.beancount or DIR/BOOK.hledger.
pub(super) fn journal(url: &BookUrl, folder: &Path, tool: Tool) -> Result<Exported, Failure> {
    let source = url.read_only()?;
    let book = opened(url, &source)?.book;
    let ending = match tool {
        Tool::Beancount => "beancount",
        Tool::Hledger => "hledger",
    };
    let mut target = WholeFile::begin(folder, &format!("{book}.{ending}"))?;
    let failed = failing(folder);
    // The zone stands in the first record, before any day is asked for.
    let zone = Cell::new(None);
    let out = BufWriter::with_capacity(1 << 16, target.file());
    let mut journal = Journal::new(tool, out, |at| {
        zone.get().map(|zone: Local| zone.date(at)).unwrap_or_default()
    });
    walk_book(url, &source, Known::NOW, &mut |record| {
        if zone.get().is_none() {
            zone.set(Some(Local::of_book(record)));
        }
        journal.record(record).map_err(|error| failed(&error))
    })?;
    let (_, written) = journal.finish().map_err(|error| failed(&error))?;
    let zone = zone.get().ok_or_else(|| failed(&ExportError::NoBook))?;
    let (file, bytes) = target.publish()?;
    let fields = vec![
        ("book", book.to_string().into()),
        ("position", written.position.get().into()),
        ("timezone", zone.name().into()),
        ("transactions", written.transactions.into()),
        ("accounts", written.accounts.into()),
        ("balances", written.assertions.into()),
        ("bytes", bytes.into()),
    ];
    let shown = file.display();
    let check = match tool {
        Tool::Beancount => format!("bean-check {shown}"),
        Tool::Hledger => format!("hledger -f {shown} check -s balancednoautoconversion"),
    };
    Ok(Exported { file, fields, beside: Some(format!("judge it: {check}")) })
}

/// Writes DIR/BOOK.jsonl.
pub(super) fn commands(url: &BookUrl, folder: &Path) -> Result<Exported, Failure> {
    let source = url.read_only()?;
    let book = opened(url, &source)?.book;
    let mut target = WholeFile::begin(folder, &format!("{book}.jsonl"))?;
    let failed = failing(folder);
    let mut lines = CommandLines::new(BufWriter::with_capacity(1 << 16, target.file()));
    walk_book(url, &source, Known::NOW, &mut |record| {
        lines.record(record).map_err(|error| failed(&error))
    })?;
    let (_, position) = lines.finish().map_err(|error| failed(&error))?;
    let activity = source.store.activity()?.head(source.key)?.size;
    let (file, bytes) = target.publish()?;
    let fields = vec![
        ("book", book.to_string().into()),
        ("position", position.get().into()),
        ("commands", position.get().into()),
        ("activity_records_left_out", activity.into()),
        ("bytes", bytes.into()),
    ];
    let left_out = format!(
        "{activity} records of activity are beside the book and not in it; `tuanzhang copy` takes them along"
    );
    Ok(Exported { file, fields, beside: (activity > 0).then_some(left_out) })
}

/// What an export into a folder ended with.
fn failing(folder: &Path) -> impl Fn(&ExportError) -> Failure {
    move |error| match error {
        ExportError::Io(_) => Failure::input(format!("in {}: {error}", folder.display())),
        ExportError::OutOfOrder { .. }
        | ExportError::NoBook
        | ExportError::Inconsistent(_)
        | ExportError::Undated { .. }
        | ExportError::NotALine { .. }
        | ExportError::OtherRules { .. } => Failure::store(error),
    }
}
