//! `tuanzhang verify FILE…`: receipts and growths, checked from their bytes alone.

mod against;
mod shown;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tuanzhang_proof::{Refused, Shown, SignedCheckpoint, Verified, VerifierKey};

use crate::failure::{Failure, Outcome};
use crate::kept;
use crate::node::Node;
use crate::out_file::{self, Kind};
use crate::zone::Local;
use against::{Chain, Link};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What receipt, or checkpoint --since, wrote; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose signature has to be on each checkpoint, also on the older one that a file continues, unless that
    /// is the one named with --checkpoint: a verifier key, NAME+ID+BASE64
    #[arg(long, value_name = "VERIFIERKEY")]
    key: Option<VerifierKey>,
    /// A checkpoint that you kept: each file has to agree with it
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<PathBuf>,
    /// Also write the story of a receipt as one HTML page, if all that was asked for holds
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// On the page, also what each party has of the order
    #[arg(long, requires = "html")]
    parts: bool,
}

/// A file, and what became of it.
#[derive(Debug)]
struct Checked {
    shown: Shown,
    /// Whether the key that was asked for signed it; none where no key was named.
    signed: Option<Result<(), String>>,
    /// How it stands to the checkpoint that was kept; none where none was named.
    link: Option<Link>,
    /// Another file that has the same book with another history.
    contradicted_by: Option<String>,
}

impl Verify {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let kept = self.checkpoint.as_deref().map(kept::checkpoint).transpose()?;
        let mut read = Vec::new();
        for path in &self.files {
            let name = path.display().to_string();
            let shown = match tuanzhang_proof::verify(&kept::receipt(path)?) {
                Err(Refused::Unreadable(error)) => {
                    return Err(Failure::input(format!("{name}: {error}")));
                }
                shown => shown.map_err(|error| error.to_string()),
            };
            read.push((name, shown));
        }
        let chain = Chain::of(read.iter().filter_map(|(_, shown)| shown.as_ref().ok()));
        let mut checked = Vec::new();
        for (name, shown) in &read {
            let found = shown.clone().map(|shown| {
                let signed = self.key.as_ref().map(|key| signed_by(key, &shown, kept.as_ref()));
                let link = kept.as_ref().map(|kept| Link::of(kept, &shown, &chain));
                let mut others = read.iter().filter_map(|(name, other)| {
                    let other = other.as_ref().ok()?;
                    against::contradict(&shown, other).then(|| name.clone())
                });
                let contradicted_by = others.next();
                Checked { shown, signed, link, contradicted_by }
            });
            checked.push((name, found));
        }
        let holds = checked.iter().all(|(_, found)| found.as_ref().is_ok_and(Checked::holds));
        self.write_page(&read, holds)?;
        if json {
            let mut files = Vec::new();
            for (name, found) in &checked {
                files.push(shown::node(name, found.as_ref().map_err(String::as_str))?);
            }
            let node = Node::Map(vec![("holds", holds.into()), ("files", Node::List(files))]);
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            for (name, found) in &checked {
                shown::write(out, name, found.as_ref().map_err(String::as_str))?;
            }
        }
        Ok(if holds { Outcome::Done } else { Outcome::Found })
    }

    fn write_page(
        &self,
        read: &[(String, Result<Shown, String>)],
        holds: bool,
    ) -> Result<(), Failure> {
        let Some(path) = &self.html else { return Ok(()) };
        match read {
            [(_, Ok(Shown::Receipt(verified)))] if holds => {
                let page = page(verified, self.parts)?;
                out_file::write(path, Kind::Page, &page)
            }
            // What doesn't hold is said below, and gets no page.
            [(_, Err(_) | Ok(Shown::Receipt(_)))] => Ok(()),
            _ => Err(Failure::input("--html shows one receipt; name one file, a receipt")),
        }
    }
}

impl Checked {
    fn holds(&self) -> bool {
        self.signed.as_ref().is_none_or(Result::is_ok)
            && self.link.is_none_or(Link::holds)
            && self.contradicted_by.is_none()
    }
}

/// Whether the key signed the file's checkpoints; the one that was kept needs no signature.
fn signed_by(
    key: &VerifierKey,
    shown: &Shown,
    kept: Option<&SignedCheckpoint>,
) -> Result<(), String> {
    let (own, since) = against::checkpoints(shown);
    key.check(own.note()).map_err(|error| error.to_string())?;
    let is_kept = |since: &&SignedCheckpoint| {
        kept.is_some_and(|kept| kept.checkpoint() == since.checkpoint())
    };
    since.filter(|since| !is_kept(since)).map_or(Ok(()), |since| {
        let signed = key.check(since.note());
        signed.map_err(|error| format!("the older checkpoint: {error}"))
    })
}

fn checkpoint_of(shown: &Shown) -> &SignedCheckpoint {
    against::checkpoints(shown).0
}

/// The zone of a receipt's book; UTC where this program doesn't know it.
fn zone_of(verified: &Verified) -> Local {
    verified.records.first().map_or_else(Local::utc, Local::of_book)
}

/// A verified receipt as a page, with each party's part where that is asked for.
pub(crate) fn page(verified: &Verified, with_parts: bool) -> Result<String, Failure> {
    let zone = zone_of(verified);
    let page = tuanzhang_page::receipt(verified, &|at| zone.time(at), with_parts);
    page.map_err(|error| Failure::input(error.to_string()))
}
