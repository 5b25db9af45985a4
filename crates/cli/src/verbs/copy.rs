//! `tuanzhang copy FROM TO`: a book and its activity, from one store to another.
//!
//! TO is made where there is none. What it has must be what FROM had: the roots are compared where TO
//! stands and again at the end, and nothing is written over. Stopped in the middle it is run again and
//! goes on. FROM may be written meanwhile; what came after the start isn't copied.

use std::io::Write;

use clap::Args;
use tuanzhang_log::copy::{self, Copied, CopyError, Progress};
use tuanzhang_log::{AppendError, BookKey, ReadError, Store};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, READ, ReadOnly, WRITTEN};
use crate::failure::{Failure, Outcome, chain};
use crate::node::Node;
use crate::progress;
use crate::stopwatch::Stopwatch;
use crate::table;

#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[arg(help = READ)]
    from: BookUrl,
    #[arg(help = WRITTEN)]
    to: BookUrl,
}

impl Copy {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let stopwatch = Stopwatch::start();
        if self.to == BookUrl::Memory {
            return Err(Failure::input("memory: is gone when the copy is done; name a place"));
        }
        let ReadOnly { store: source, key } = self.from.read_only()?;
        self.to.must_name(key)?;
        let target = self.to.writable()?;
        let book = self.part("copying", |seen| copy::book(&*source, &*target, key, seen))?;
        let activity = self.part("copying activity", |seen| {
            // Without a stream no other one is made for it.
            let streams = source.activity().map_err(CopyError::Source)?;
            if streams.head(key).map_err(CopyError::Source)?.size == 0 {
                return nothing(&*target, key);
            }
            copy::activity(&*source, &*target, key, seen)
        })?;
        if json {
            writeln!(out, "{}", serde_json::to_string(&node(key, book, activity))?)?;
        } else {
            table::write_node(out, &node(key, book, activity))?;
            writeln!(out, "{} has what {} had; {}", self.to, self.from, stopwatch.seconds())?;
        }
        Ok(Outcome::Done)
    }

    /// Copies one of the two streams with a bar.
    fn part(
        &self,
        what: &'static str,
        copy: impl FnOnce(&mut dyn FnMut(Progress)) -> Result<Copied, CopyError>,
    ) -> Result<Copied, Failure> {
        let bar = progress::bar(what, Some(0));
        let copied = copy(&mut |now| {
            bar.set_length(now.of);
            bar.set_position(now.done);
        });
        bar.finish_and_clear();
        copied.map_err(|error| self.stopped(error))
    }

    /// Whose fault it was, and what to do.
    fn stopped(&self, error: CopyError) -> Failure {
        match error {
            CopyError::Source(ReadError::Damaged(damage))
            | CopyError::Target(ReadError::Damaged(damage))
            | CopyError::Append { error: AppendError::Damaged(damage), .. } => {
                Failure::Damaged(damage)
            }
            CopyError::Append { error: AppendError::OtherBook { holds, .. }, .. } => {
                Failure::input(format!("{} holds another book, {holds}; name a new place", self.to))
            }
            CopyError::Diverged { .. } | CopyError::TargetAhead { .. } => Failure::Input(format!(
                "{} to {}: {}; nothing was written over",
                self.from,
                self.to,
                chain(&error)
            )),
            CopyError::Source(_)
            | CopyError::Target(_)
            | CopyError::Append { .. }
            | CopyError::TargetLost { .. }
            | CopyError::SourceGap { .. }
            | CopyError::SourceRoot { .. } => Failure::Store(format!(
                "{} to {}: {}; what was copied is kept, the same command goes on",
                self.from,
                self.to,
                chain(&error)
            )),
        }
    }
}

/// What there is to say of a stream that the source doesn't have; the target must not have it either.
fn nothing(target: &dyn Store, key: BookKey) -> Result<Copied, CopyError> {
    let streams = target.activity().map_err(CopyError::Target)?;
    let head = streams.head(key).map_err(CopyError::Target)?;
    if head.size > 0 {
        return Err(CopyError::TargetAhead { source_size: 0, target_size: head.size });
    }
    Ok(Copied { before: 0, copied: 0, head })
}

fn node(key: BookKey, book: Copied, activity: Copied) -> Node {
    let part = |copied: Copied| {
        Node::Map(vec![
            ("before", copied.before.into()),
            ("copied", copied.copied.into()),
            ("records", copied.head.size.into()),
            ("root", Node::text(copied.head.root)),
        ])
    };
    Node::Map(vec![
        ("book", Node::text(wire::book_id(key))),
        ("records", part(book)),
        ("activity", part(activity)),
    ])
}
