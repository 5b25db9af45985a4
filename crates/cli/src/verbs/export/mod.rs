//! `tuanzhang export BOOK DIR`: a book as files for other programs.

mod parquet;
mod text;
mod whole_file;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tuanzhang_plaintext::Tool;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[arg(help = READ)]
    book: BookUrl,
    /// What is written
    #[arg(long, value_enum)]
    format: Format,
    /// The folder; other books may be in it, this one is replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// docs/export.md has them all.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The commands that write the same book again, for `tuanzhang apply`: BOOK.jsonl
    Jsonl,
    /// A journal that bean-check judges: BOOK.beancount
    Beancount,
    /// A journal that hledger judges: BOOK.hledger
    Hledger,
    /// Tables for DuckDB, Spark and the like, by book and month
    Parquet,
}

impl Export {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        match self.format {
            Format::Jsonl => text::commands(&self.book, &self.folder)?.print(json, out)?,
            Format::Beancount => {
                text::journal(&self.book, &self.folder, Tool::Beancount)?.print(json, out)?;
            }
            Format::Hledger => {
                text::journal(&self.book, &self.folder, Tool::Hledger)?.print(json, out)?;
            }
            Format::Parquet => parquet::run(&self.book, &self.folder, json, out)?,
        }
        Ok(Outcome::Done)
    }
}
