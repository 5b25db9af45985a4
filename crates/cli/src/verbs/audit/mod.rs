//! `tuanzhang audit BOOK`: reads every byte, replays, decides again, checks every invariant.
//!
//! Two passes side by side: the store checks its own bytes and checksums; the other computes the tree
//! over the records, decodes and encodes each again, folds, decides each again on the state before it,
//! and adds up postings. One finding never hides another, but a record that can't be folded ends the
//! replay: what follows is then checked as bytes only, and the coverage says so. Then the activity stream
//! beside the book, likewise. Nothing is written.

mod activity;
mod check;
mod difference;
mod finding;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::thread;

use clap::Args;
use tuanzhang_log::{Coverage, ReadError};

use crate::book_url::{BookUrl, READ, ReadOnly};
use crate::failure::{Failure, Outcome};
use crate::node::Node;
use crate::progress;
use crate::stopwatch::Stopwatch;
use crate::table;
use check::Replay;
use finding::{Finding, Findings};

/// What no audit of a book alone can know.
const UNKNOWABLE: &[&str] = &[
    "whether the money is at the channels: compare with their bills",
    "whether something happened that nobody recorded",
    "whether the whole log was replaced, or its last frames cut off, by somebody who wrote it anew: \
     keep its root and number of records elsewhere and compare",
    "whether the actors were who they said, and the times true: the app vouched for both",
];

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[arg(help = READ)]
    book: BookUrl,
    /// A checkpoint kept elsewhere (not in this version)
    #[arg(long, value_name = "CHECKPOINT")]
    against: Option<String>,
}

/// What was found, and what was looked at.
#[derive(Debug)]
pub(crate) struct Audited {
    findings: Findings,
    /// What the store has read of its own bytes; none where it found damage.
    stored: Option<Coverage>,
    replay: Option<Replay>,
    /// None where there is no activity.
    activity: Option<activity::Stream>,
    stopwatch: Stopwatch,
}

impl Audit {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        if self.against.is_some() {
            return Err(Failure::input(
                "audit --against comes with checkpoints, which this version doesn't have; compare the \
                 root and the number of records that audit prints with what you kept",
            ));
        }
        let audited = audit(&self.book)?;
        if json {
            writeln!(out, "{}", serde_json::to_string(&audited.node())?)?;
        } else {
            audited.write(out)?;
        }
        Ok(audited.outcome())
    }
}

/// Audits a book. Damage is a finding; a store that can't be reached is a failure.
pub(crate) fn audit(url: &BookUrl) -> Result<Audited, Failure> {
    let stopwatch = Stopwatch::start();
    match url.read_only() {
        Ok(source) => audit_store(&source, stopwatch),
        Err(Failure::Damaged(damage)) => {
            let mut findings = Findings::default();
            findings.add(Finding::damage(&damage));
            Ok(Audited { findings, stored: None, replay: None, activity: None, stopwatch })
        }
        Err(failure) => Err(failure),
    }
}

fn audit_store(source: &ReadOnly, stopwatch: Stopwatch) -> Result<Audited, Failure> {
    let mut findings = Findings::default();
    // Before the other pass begins: a writer beside it may go on, and that pass has to come as far.
    let head = source.store.head(source.key).map_err(Failure::from);
    let (verified, replayed) = thread::scope(|scope| {
        let verified = scope.spawn(|| source.store.verify(source.key));
        let replayed = head.map(|head| {
            let mut replay = Replay::new(source.key);
            let read = go_on(source, &mut replay, 1, head.size, &mut findings);
            (replay, head.size, read)
        });
        (verified.join(), replayed)
    });
    let verified =
        verified.map_err(|_| Failure::Store("the store's check panicked; report it".into()))?;
    let (mut replay, size, mut read) = replayed?;
    let stored = found_damage(verified, &mut findings)?;
    // A writer may have gone on between the two passes: the same records are looked at by both.
    if let Some(stored) = stored.filter(|stored| stored.head.size > size && read.is_ok()) {
        let from = size.saturating_add(1);
        read = go_on(source, &mut replay, from, stored.head.size, &mut findings);
    }
    // The same damage is hit by both passes; it is one finding.
    if stored.is_some() {
        found_damage(read, &mut findings)?;
    }
    if let Some(stored) = stored {
        replay.check_end(&stored, &mut findings);
    }
    let activity = activity::audit(&*source.store, source.key, &mut findings)?;
    Ok(Audited { findings, stored, replay: Some(replay), activity, stopwatch })
}

fn found_damage<T>(
    read: Result<T, ReadError>,
    findings: &mut Findings,
) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(ReadError::Damaged(damage)) => {
            findings.add(Finding::damage(&damage));
            Ok(None)
        }
        Err(error @ ReadError::Unavailable(_)) => Err(error.into()),
    }
}

/// Replays the records of these positions.
fn go_on(
    source: &ReadOnly,
    replay: &mut Replay,
    from: u64,
    to: u64,
    findings: &mut Findings,
) -> Result<(), ReadError> {
    if from > to {
        return Ok(());
    }
    let bar = progress::bar("auditing", Some(to.saturating_sub(from).saturating_add(1)));
    let read = source.store.read(source.key, from, &mut |position, bytes| {
        replay.check(position, bytes, findings);
        bar.inc(1);
        if position >= to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish_and_clear();
    read
}

impl Audited {
    pub(crate) fn outcome(&self) -> Outcome {
        if self.findings.is_empty() { Outcome::Done } else { Outcome::Found }
    }

    pub(crate) fn node(&self) -> Node {
        let unknowable = UNKNOWABLE.iter().map(|text| (*text).into());
        Node::Map(vec![
            ("sound", self.findings.is_empty().into()),
            ("covered", Node::Map(self.covered_with_activity())),
            ("findings_total", self.findings.total().into()),
            ("findings", self.findings.node()),
            ("cannot_know", Node::list(unknowable)),
        ])
    }

    fn covered(&self) -> Vec<(&'static str, Node)> {
        let stored = self.stored.unwrap_or(Coverage::EMPTY);
        let mut fields = vec![
            ("stored_bytes", Node::from(stored.bytes)),
            ("frames", stored.frames.into()),
            ("stored_whole", self.stored.is_some().into()),
            ("unvouched_bytes", stored.unvouched.into()),
        ];
        fields.extend(check::covered(self.replay.as_ref()));
        fields
    }

    fn covered_with_activity(&self) -> Vec<(&'static str, Node)> {
        let activity = self.activity.as_ref().map(activity::Stream::node);
        let mut fields = self.covered();
        fields.push(("activity", activity.into()));
        fields
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "covered in {}:", self.stopwatch.seconds())?;
        table::write_node(out, &Node::Map(self.covered()))?;
        if let Some(activity) = &self.activity {
            writeln!(out, "and of the activity beside it:")?;
            table::write_node(out, &activity.node())?;
        }
        if self.findings.is_empty() {
            writeln!(out, "sound: no finding")?;
        } else {
            let total = self.findings.total();
            writeln!(out, "{total} {}:", if total == 1 { "finding" } else { "findings" })?;
            self.findings.write(out)?;
        }
        writeln!(out, "what no audit of the book alone can know:")?;
        UNKNOWABLE.iter().try_for_each(|text| writeln!(out, "- {text}"))
    }
}
