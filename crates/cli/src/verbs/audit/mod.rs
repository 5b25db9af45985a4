//! `tuanzhang audit BOOK`: reads every byte, replays, decides again, checks every invariant; shows what to look at.
//!
//! What is done stands in `tuanzhang_audit`; here it is asked for and printed. Nothing is written but a list that
//! was asked for.

mod covered;
mod list;
mod look;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use tuanzhang_audit::{AuditError, Compared, Finding, Findings, Options, UNKNOWABLE};
use tuanzhang_proof::{Checkpoint, VerifierKey};

use crate::book_url::{BookUrl, READ, ReadOnly};
use crate::failure::{Failure, Outcome};
use crate::kept;
use crate::node::Node;
use crate::progress;
use crate::stopwatch::Stopwatch;
use crate::table;
use list::List;

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[arg(help = READ)]
    book: BookUrl,
    /// A checkpoint that was kept elsewhere: the book must continue it; may be given several times
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Whose signature has to be on each of these checkpoints: a verifier key, NAME+ID+BASE64
    #[arg(long, value_name = "VERIFIERKEY", requires = "against")]
    key: Option<VerifierKey>,
    /// Writes everything that is to be looked at into a CSV file
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
}

/// What was found, and what was looked at.
#[derive(Debug)]
pub(crate) struct Audited {
    looked: Looked,
    /// What to know of the coverage.
    note: Option<String>,
    stopwatch: Stopwatch,
}

#[derive(Debug)]
enum Looked {
    At(Box<tuanzhang_audit::Audit>),
    /// No record can be read.
    AtNothing {
        findings: Findings,
        against: Vec<Compared>,
    },
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        Self::store(&error)
    }
}

impl Audit {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let kept: Result<Vec<_>, _> =
            self.against.iter().map(|path| checkpoint(path, self.key.as_ref())).collect();
        let mut list = self.list.as_deref().map(List::create).transpose()?;
        let audited = audit_against(&self.book, kept?, list.as_mut())?;
        if let Some(list) = list {
            list.finish()?;
        }
        if json {
            writeln!(out, "{}", serde_json::to_string(&audited.node())?)?;
        } else {
            audited.write(out)?;
        }
        Ok(audited.outcome())
    }
}

/// Reads a checkpoint, signed by this key if one is named, and how it is named in findings.
fn checkpoint(path: &Path, key: Option<&VerifierKey>) -> Result<(String, Checkpoint), Failure> {
    let signed = kept::checkpoint(path)?;
    if signed.checkpoint().head().size == 0 {
        return Err(Failure::input(format!(
            "{}: every book continues a checkpoint of no records, so it proves nothing; give a later one",
            path.display()
        )));
    }
    if let Some(key) = key {
        key.check(signed.note())
            .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
    }
    Ok((path.display().to_string(), signed.checkpoint().clone()))
}

/// Audits a book. Damage is a finding, and a book that is gone where a checkpoint of it was kept; a store that can't
/// be reached is a failure.
pub(crate) fn audit(url: &BookUrl) -> Result<Audited, Failure> {
    audit_against(url, Vec::new(), None)
}

fn audit_against(
    url: &BookUrl,
    kept: Vec<(String, Checkpoint)>,
    list: Option<&mut List>,
) -> Result<Audited, Failure> {
    let stopwatch = Stopwatch::start();
    match url.read_only() {
        Ok(source) => audit_source(&source, kept, list, stopwatch, url),
        Err(Failure::Damaged(damage)) => {
            if let Some(source) = url.before(&damage) {
                return audit_source(&source, kept, list, stopwatch, url);
            }
            let findings = Findings::from(Finding::damage(&damage));
            let against = kept.into_iter().map(|(label, kept)| Compared::damaged(label, kept));
            let looked = Looked::AtNothing { findings, against: against.collect() };
            Ok(Audited { looked, note: Some(damage_note(url, 0)), stopwatch })
        }
        Err(Failure::NoBook(_)) if !kept.is_empty() => {
            let (against, findings) = tuanzhang_audit::removed(kept);
            let looked = Looked::AtNothing { findings, against };
            let note = format!("nothing was replayed: there is no book in {url}");
            Ok(Audited { looked, note: Some(note), stopwatch })
        }
        Err(failure) => Err(failure),
    }
}

/// What to know of the coverage of a book that is damaged, and what to do.
fn damage_note(url: &BookUrl, replayed: u64) -> String {
    let what = match replayed {
        0 => {
            "nothing was replayed: the book is damaged, and no record before the damage can be read"
                .into()
        }
        _ => format!("the book is damaged: {replayed} records were replayed, and none behind them"),
    };
    let todo = match url {
        BookUrl::Journal(_) => "`tuanzhang salvage` saves all that can be read",
        BookUrl::Sqlite { .. } | BookUrl::Postgres { .. } | BookUrl::Memory => {
            "`tuanzhang copy` saves what stands before the damage"
        }
    };
    format!("{what}; {todo}")
}

fn audit_source(
    source: &ReadOnly,
    kept: Vec<(String, Checkpoint)>,
    list: Option<&mut List>,
    stopwatch: Stopwatch,
    url: &BookUrl,
) -> Result<Audited, Failure> {
    let size = source.store.head(source.key).ok().map(|head| head.size);
    let bar = progress::bar("auditing", size);
    let mut went_on = |records| bar.inc(records);
    let mut options = Options::default().progress(&mut went_on);
    for (label, checkpoint) in kept {
        options = options.against(label, checkpoint);
    }
    let mut add;
    if let Some(list) = list {
        list.of(&*source.store, source.key);
        add = |look: &tuanzhang_audit::Look| list.add(look);
        options = options.list(&mut add);
    }
    let audit = tuanzhang_audit::audit(&*source.store, source.key, options)?;
    bar.finish_and_clear();
    let is_whole = audit.covered.stored.is_some();
    let note = (!is_whole).then(|| damage_note(url, audit.covered.replayed));
    Ok(Audited { looked: Looked::At(Box::new(audit)), note, stopwatch })
}

impl Audited {
    fn audit(&self) -> Option<&tuanzhang_audit::Audit> {
        match &self.looked {
            Looked::At(audit) => Some(audit),
            Looked::AtNothing { .. } => None,
        }
    }

    fn findings(&self) -> &Findings {
        match &self.looked {
            Looked::At(audit) => &audit.findings,
            Looked::AtNothing { findings, .. } => findings,
        }
    }

    fn against(&self) -> &[Compared] {
        match &self.looked {
            Looked::At(audit) => &audit.against,
            Looked::AtNothing { against, .. } => against,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        if self.findings().is_empty() { Outcome::Done } else { Outcome::Found }
    }

    pub(crate) fn node(&self) -> Node {
        let (audit, findings) = (self.audit(), self.findings());
        let mut covered = covered::fields(audit);
        let activity = audit.and_then(|audit| audit.activity.as_ref()).map(covered::activity);
        covered.push(("activity", activity.into()));
        Node::Map(vec![
            ("sound", findings.is_empty().into()),
            ("covered", Node::Map(covered)),
            ("note", self.note.clone().into()),
            ("findings_total", findings.total().into()),
            ("findings", Node::list(findings.kept().iter().map(finding))),
            ("against", Node::list(self.against().iter().map(covered::against))),
            ("checkpoint", self.checkpoint().into()),
            ("to_look_at", audit.map(look::node).into()),
            ("cannot_know", Node::list(UNKNOWABLE.iter().map(|text| (*text).into()))),
        ])
    }

    fn checkpoint(&self) -> Option<String> {
        Some(self.audit()?.checkpoint()?.to_string())
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let audit = self.audit();
        let (seconds, records) =
            (self.stopwatch.seconds(), audit.map_or(0, |audit| audit.covered.head.size));
        let rate = self.stopwatch.rate(records);
        writeln!(out, "covered 已核查 in {seconds}, {rate} records/s:")?;
        table::write_node(out, &Node::Map(covered::fields(audit)))?;
        if let Some(activity) = audit.and_then(|audit| audit.activity.as_ref()) {
            writeln!(out, "and of the activity beside it 旁路活动:")?;
            table::write_node(out, &covered::activity(activity))?;
        }
        if let Some(note) = &self.note {
            writeln!(out, "{note}")?;
        }
        for Compared { label, checkpoint, holds, not_compared, .. } in self.against() {
            let size = checkpoint.head().size;
            if let Some(why) = not_compared {
                writeln!(out, "not compared: {why}: the checkpoint of {label}, {size} records")?;
                continue;
            }
            let word = if *holds { "continues" } else { "does not continue" };
            writeln!(out, "the book {word} the checkpoint of {label}, {size} records")?;
        }
        let findings = self.findings();
        if findings.is_empty() {
            writeln!(out, "sound 无异常: no finding")?;
        } else {
            let total = findings.total();
            writeln!(out, "{total} {} 异常:", if total == 1 { "finding" } else { "findings" })?;
            findings.kept().iter().try_for_each(|finding| writeln!(out, "- {finding}"))?;
        }
        if let Some(audit) = audit {
            look::write(audit, out)?;
        }
        if let Some(checkpoint) = self.checkpoint() {
            writeln!(out, "checkpoint 检查点, to keep elsewhere:\n{}", checkpoint.trim_end())?;
        }
        writeln!(out, "what no audit of the book alone can know 账本本身无法证明的:")?;
        UNKNOWABLE.iter().try_for_each(|text| writeln!(out, "- {text}"))
    }
}

fn finding(finding: &Finding) -> Node {
    Node::Map(vec![
        ("rule", finding.rule.name().into()),
        ("position", finding.position.into()),
        ("event", finding.event.into()),
        ("place", finding.place.clone().into()),
        ("expected", finding.expected.as_str().into()),
        ("found", finding.found.as_str().into()),
    ])
}
