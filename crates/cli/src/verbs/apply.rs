//! `tuanzhang apply BOOK [FILE]`: commands in, results out, line by line.
//!
//! Each result is durable before it is printed, and printed before the next line is waited for. With
//! `--durability batch` the lines that are there already, up to 1,000, share one append. If the
//! process dies, what was printed is kept, and what was read but not printed may be: apply the file
//! again, what was accepted answers `repeated`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::to_string;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Rejection, json};
use tuanzhang_ledger::{Done, Ledger, Request};

use crate::book_url::{BookUrl, WRITTEN};
use crate::failure::{Failure, Outcome};
use crate::input::{Lines, Next};
use crate::writer::{decimals, stopped};

/// Most commands that share one append.
const GROUP_COMMANDS_MAX: usize = 1000;

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[arg(help = WRITTEN)]
    book: BookUrl,
    /// Commands, one JSON object a line; - is standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// When a result is durable and printed: each on its own, or in groups of what has been read
    #[arg(long, value_enum, default_value_t = Group::Each)]
    durability: Group,
    /// End at the first rejection, with exit 1
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Group {
    Each,
    Batch,
}

impl Apply {
    pub(crate) fn run(self, out: &mut impl Write) -> Result<Outcome, Failure> {
        let from: Box<dyn Read> = if self.file == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let opened = File::open(&self.file);
            Box::new(opened.map_err(|error| Failure::file(&self.file, "read", &error))?)
        };
        let ledger = self.book.ledger()?;
        // After a rejection that ends the run nothing may be recorded: then no line shares an append.
        let group = match self.durability {
            Group::Batch if !self.strict => GROUP_COMMANDS_MAX,
            Group::Batch | Group::Each => 1,
        };
        self.apply_all(&ledger, &mut Lines::new(from), group, out)
    }

    fn apply_all(
        &self,
        ledger: &Ledger,
        lines: &mut Lines<Box<dyn Read>>,
        group: usize,
        out: &mut impl Write,
    ) -> Result<Outcome, Failure> {
        loop {
            let mut requests = Vec::new();
            let mut numbers = Vec::new();
            let next = loop {
                let next = lines
                    .next()
                    .map_err(|error| Failure::file(&self.file, "read on in", &error))?;
                let Next::Request(request) = next else { break Some(next) };
                requests.push(*request);
                numbers.push(lines.number());
                if requests.len() >= group || !lines.is_ready() {
                    break None;
                }
            };
            let rejected = answer(ledger, &requests, &numbers, out)?;
            if rejected && self.strict {
                return Ok(Outcome::Found);
            }
            match next {
                None | Some(Next::Request(_)) => (),
                Some(Next::End) => return Ok(Outcome::Done),
                Some(Next::Unreadable(what)) => return Err(self.unreadable(lines.number(), &what)),
            }
        }
    }

    fn unreadable(&self, line: u64, what: &str) -> Failure {
        let file = if self.file == Path::new("-") {
            "standard input"
        } else {
            &self.file.to_string_lossy()
        };
        Failure::input(format!(
            "{file}, line {line}, {what}; the lines before it were applied: correct this one and apply \
             all again, what was accepted answers repeated"
        ))
    }
}

/// Carries out a group and prints its answers; says whether one was a rejection.
fn answer(
    ledger: &Ledger,
    requests: &[Request],
    numbers: &[u64],
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Ok(false) };
    let (answers, failed) = match ledger.execute_many(requests) {
        Ok(answers) => (answers, None),
        Err(many) => (many.answered, Some(many.error)),
    };
    let decimals = decimals(ledger);
    for (number, answer) in numbers.iter().zip(&answers) {
        writeln!(out, "{}", result_line(*number, answer, decimals)?)?;
    }
    out.flush()?;
    match failed {
        None => Ok(answers.iter().any(Result::is_err)),
        Some(error) => {
            let at = numbers.get(answers.len()).unwrap_or(first);
            let place = if at == last {
                format!("line {at}")
            } else {
                format!("every line from {at} to {last}")
            };
            Err(stopped(&place, &error))
        }
    }
}

/// The line that answers a line, fields in the order of cli.md.
pub(crate) fn result_line(
    line: u64,
    answer: &Result<Done, Rejection>,
    decimals: Decimals,
) -> Result<String, Failure> {
    Ok(format!(r#"{{"line":{line},{}}}"#, result(answer, decimals)?))
}

/// What became of a command: `"ok":{…}` or `"rejected":{…}`.
pub(crate) fn result(
    answer: &Result<Done, Rejection>,
    decimals: Decimals,
) -> Result<String, Failure> {
    Ok(match answer {
        Ok(done) => {
            let events = json::to_string(done.events(), decimals)?;
            let (position, repeated) = (done.position, done.repeated);
            format!(r#""ok":{{"position":{position},"repeated":{repeated},"events":{events}}}"#)
        }
        Err(rejection) => {
            let code = rejection.code();
            let message = to_string(&rejection.to_string())?;
            let details = details(rejection, decimals)?;
            format!(r#""rejected":{{"code":"{code}","message":{message},"details":{details}}}"#)
        }
    })
}

/// A rejection's fields.
fn details(rejection: &Rejection, decimals: Decimals) -> Result<String, Failure> {
    let tagged = json::to_string(rejection, decimals)?;
    let fields = tagged
        .strip_prefix(&format!(r#"{{"{}":"#, rejection.code()))
        .and_then(|rest| rest.strip_suffix('}'));
    Ok(fields.unwrap_or("{}").to_owned())
}
