//! `tuanzhang import BOOK --format F FILE`: a foreign file into commands, or into facts beside the book.
//!
//! A file here for each format, which reads the file by its folder of `crate::import`, and prints; what they
//! share is here. A new one is a word of [`Format`], an arm of [`Import::run`], and its two places.

pub(crate) mod activity;
pub(crate) mod online_retail;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::book_url::{BookUrl, WRITTEN};
use crate::failure::{Failure, Outcome};
use crate::import::{ImportError, Named, Progress, Reject, write_rejects};
use crate::out_file::{Kind, OutFile, is_same};
use crate::progress;

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[arg(help = WRITTEN)]
    book: BookUrl,
    /// The file's format
    #[arg(long, value_enum)]
    format: Format,
    /// The file, plain or gzipped
    file: PathBuf,
    /// Read and check, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where rows that can't be used go, as CSV with reasons
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    activity: activity::Columns,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// Invoices of the Online Retail data set
    OnlineRetail,
    /// Visits, joins, reviews and the like: a CSV with a map of its columns
    Activity,
}

impl Import {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        self.keep_the_file()?;
        match self.format {
            Format::OnlineRetail => {
                self.activity.must_be_absent()?;
                online_retail::run(&self, json, out)
            }
            Format::Activity => activity::run(&self, json, out),
        }
    }

    /// Writes the rows that can't be used where the command line says.
    fn write_rejects<C: Named>(&self, rejects: &[Reject<C>]) -> Result<(), Failure> {
        let Some(path) = &self.rejects else { return Ok(()) };
        let mut file = OutFile::create(path, Kind::Other)?;
        let written = write_rejects(&mut file, rejects);
        written.map_err(|error| Failure::file(path, "write", &error))?;
        file.finish()
    }

    /// The file that is read is nowhere to write to.
    fn keep_the_file(&self) -> Result<(), Failure> {
        let Some(rejects) = self.rejects.as_deref().filter(|path| is_same(path, &self.file)) else {
            return Ok(());
        };
        let file = rejects.display();
        Err(Failure::input(format!("--rejects {file} is the file that is imported; name another")))
    }
}

/// Shows how far a file is read.
fn reading<T>(read: impl FnOnce(&mut dyn FnMut(Progress)) -> T) -> T {
    let bar = progress::bar("reading", None);
    let read = read(&mut |progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes);
    });
    bar.finish_and_clear();
    read
}

fn in_file(file: &Path, error: &ImportError) -> Failure {
    let text = error.to_string();
    let name = file.display().to_string();
    if text.starts_with(&name) {
        Failure::Input(text)
    } else {
        Failure::Input(format!("{name}: {text}"))
    }
}

/// Says how many rows can't be used, and why the first can't.
fn write_first_reject<C>(
    all: &[Reject<C>],
    path: Option<&Path>,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(first) = all.first() else { return Ok(()) };
    let where_to = path.map_or_else(
        || "; --rejects FILE writes them all".to_owned(),
        |path| format!("; all are in {}", path.display()),
    );
    let (count, line, reason) = (all.len(), first.line, &first.reason);
    writeln!(out, "{count} rows can't be used, the first in line {line}: {reason}{where_to}")
}
