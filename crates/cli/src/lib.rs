//! The program `tuanzhang`: a book of a group-buy shop, written, read and audited from a terminal or
//! by scripts. docs/cli.md is its manual; the JSON that it prints is a public interface.
//!
//! One file a verb in `verbs/`. Exit 0 done, 1 the check found something, 2 usage or unreadable
//! input, 3 the store failed.
//!
//! A library only so that what reads foreign bytes can be fuzzed (feature `fuzzing`); what there is to
//! use is the program.

mod book_url;
mod csv_file;
mod failure;
mod figures;
mod fold;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod import;
mod input;
mod kept;
mod node;
mod out_file;
mod progress;
mod server;
mod spreadsheet;
mod stopwatch;
mod table;
mod verbs;
mod visible;
mod writer;
mod zone;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use failure::Outcome;
use visible::{Visible, visible};

/// Order ledger for community group-buying (团账): books that can be replayed and audited.
#[derive(Debug, Parser)]
#[command(name = "tuanzhang", version, about, max_term_width = 100)]
struct Arguments {
    /// Print JSON and nothing else on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: verbs::Verb,
}

/// Runs the program: arguments, standard input and output are the process's.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let result = if arguments.json || arguments.verb.is_exact() {
        verbs::run(arguments.verb, arguments.json, &mut out)
    } else {
        verbs::run(arguments.verb, false, &mut Visible::new(&mut out))
    };
    let result = result.and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(failure) => {
            // What was answered before the failure stays answered; a reader that is gone can't be told.
            let _ = out.flush();
            if !failure.is_reader_gone() {
                let _ = writeln!(io::stderr(), "tuanzhang: {}", visible(&failure.to_string()));
            }
            failure.exit_code()
        }
    }
}
