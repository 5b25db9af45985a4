//! `tuanzhang report BOOK`: the figures of a shop, each beside its definition.

use std::io::Write;

use clap::Args;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::figures;

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[arg(help = READ)]
    book: BookUrl,
}

impl Report {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let figures = figures::of(&self.book)?;
        if json {
            writeln!(out, "{}", serde_json::to_string(&figures.node())?)?;
        } else {
            figures.write(out)?;
        }
        Ok(Outcome::Done)
    }
}
