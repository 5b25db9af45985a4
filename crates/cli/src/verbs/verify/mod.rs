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
use against::Link;

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What receipt, or checkpoint --since, wrote; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose signature has to be on each checkpoint: a verifier key, NAME+ID+BASE64
    #[arg(long, value_name = "VERIFIERKEY")]
    key: Option<VerifierKey>,
    /// A checkpoint that you kept: each file has to agree with it
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<PathBuf>,
    /// Also write the story of a receipt as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A file, and what became of it.
#[derive(Debug)]
struct Checked {
    shown: Shown,
    /// Whether the key that was asked for signed it; none where no key was named.
    signed: Option<Result<(), String>>,
    /// How it stands to the checkpoint that was kept; none where none was named.
    link: Option<Link>,
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
        let growths: Vec<_> = read.iter().filter_map(|(_, shown)| growth(shown.as_ref())).collect();
        let mut checked = Vec::new();
        for (name, shown) in &read {
            let found = shown.clone().map(|shown| {
                let checkpoint = checkpoint_of(&shown);
                let signed = self.key.as_ref().map(|key| key.check(checkpoint.note()));
                let signed = signed.map(|signed| signed.map_err(|error| error.to_string()));
                let link = kept.as_ref().map(|kept| Link::of(kept, &shown, &growths));
                Checked { shown, signed, link }
            });
            checked.push((name, found));
        }
        self.write_page(&read)?;
        let holds = checked.iter().all(|(_, found)| found.as_ref().is_ok_and(Checked::holds));
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

    fn write_page(&self, read: &[(String, Result<Shown, String>)]) -> Result<(), Failure> {
        let Some(path) = &self.html else { return Ok(()) };
        match read {
            [(_, Ok(Shown::Receipt(verified)))] => {
                let page = page(verified)?;
                out_file::write(path, Kind::Page, &page)
            }
            // What doesn't hold is said below, and gets no page.
            [(_, Err(_))] => Ok(()),
            _ => Err(Failure::input("--html shows one receipt; name one file, a receipt")),
        }
    }
}

impl Checked {
    fn holds(&self) -> bool {
        self.signed.as_ref().is_none_or(Result::is_ok) && self.link.is_none_or(Link::holds)
    }
}

fn growth(shown: Result<&Shown, &String>) -> Option<(SignedCheckpoint, SignedCheckpoint)> {
    match shown {
        Ok(Shown::Growth(grown)) => Some((grown.since.clone(), grown.checkpoint.clone())),
        Ok(Shown::Receipt(_)) | Err(_) => None,
    }
}

fn checkpoint_of(shown: &Shown) -> &SignedCheckpoint {
    match shown {
        Shown::Receipt(verified) => &verified.checkpoint,
        Shown::Growth(grown) => &grown.checkpoint,
    }
}

/// The zone of a receipt's book; UTC where this program doesn't know it.
fn zone_of(verified: &Verified) -> Local {
    verified.records.first().map_or_else(Local::utc, Local::of_book)
}

/// A verified receipt as a page.
pub(crate) fn page(verified: &Verified) -> Result<String, Failure> {
    let zone = zone_of(verified);
    let page = tuanzhang_page::receipt(verified, &|at| zone.time(at));
    page.map_err(|error| Failure::input(error.to_string()))
}
