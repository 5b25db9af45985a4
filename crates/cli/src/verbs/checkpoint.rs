//! `tuanzhang checkpoint BOOK`: what one keeps elsewhere to hold a book to its past; or that it only grew.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tuanzhang_proof::{SignedCheckpoint, checkpoint_of, growth_of};

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::kept;
use crate::node::Node;
use crate::progress;

#[derive(Debug, Args)]
pub(crate) struct Checkpoint {
    #[arg(help = READ)]
    book: BookUrl,
    /// Sign it with the private key in this file, made with new-key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Write it here instead of standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show that the book only grew since this older checkpoint: a file that verify checks without the book
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<PathBuf>,
}

impl Checkpoint {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let key = self.key.as_deref().map(kept::signer).transpose()?;
        let since = self.since.as_deref().map(kept::checkpoint).transpose()?;
        let source = self.book.read_only()?;
        let sign = |checkpoint: &mut SignedCheckpoint| {
            let signed = key.as_ref().map_or(Ok(()), |key| checkpoint.sign(key));
            signed.map_err(|error| Failure::input(format!("can't sign: {error}")))
        };
        if let Some(since) = since {
            let bar = progress::bar("reading", Some(source.store.head(source.key)?.size));
            let seen = &mut |_| bar.inc(1);
            let growth = growth_of(&source.store, source.key, &since, seen);
            bar.finish_and_clear();
            let mut growth = match growth {
                Ok(growth) => growth,
                Err(error) => return kept::not_made(error),
            };
            sign(&mut growth.checkpoint)?;
            let text = growth.to_json().map_err(|error| Failure::input(error.to_string()))?;
            return kept::put(self.out.as_deref(), &text, out);
        }
        let checkpoint = checkpoint_of(&source.store, source.key)?;
        let head = checkpoint.head();
        let origin = Node::text(checkpoint.origin());
        let mut signed = SignedCheckpoint::unsigned(checkpoint)
            .map_err(|error| Failure::input(error.to_string()))?;
        sign(&mut signed)?;
        if json && self.out.is_none() {
            let node = Node::Map(vec![
                ("origin", origin),
                ("size", head.size.into()),
                ("root", Node::text(head.root)),
                ("checkpoint", Node::text(&signed)),
            ]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
            return Ok(Outcome::Done);
        }
        kept::put(self.out.as_deref(), &signed.to_string(), out)
    }
}
