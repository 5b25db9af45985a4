//! `tuanzhang copy BOOK BOOK`: a book and its activity from one store to another.
//!
//! Goes on where the second one stands if it is a copy already, and never writes over another book.
//! The source is read beside its writer, and every record is hashed: both ends have the same root.

use std::io::Write;

use clap::Args;
use tuanzhang_journal::Journal;
use tuanzhang_log::copy::{self, Copied, CopyError, Progress};
use tuanzhang_log::{BookKey, Store};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome, chain};
use crate::node::Node;
use crate::progress;
use crate::table;
use crate::writer::tell;

#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[arg(help = READ)]
    from: BookUrl,
    #[arg(
        help = "PATH or file:PATH of a journal directory, made where there is none; or of a copy"
    )]
    to: BookUrl,
}

type Copying =
    fn(&dyn Store, &dyn Store, BookKey, &mut dyn FnMut(Progress)) -> Result<Copied, CopyError>;

impl Copy {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let from = self.from.read_only()?;
        let BookUrl::Journal(path) = &self.to else {
            return Err(Failure::input(
                "memory: is gone when the program ends; copy to a directory",
            ));
        };
        let to = Journal::at(path).map_err(|error| self.to.not_opened(error))?;
        tell(path, to.recovery());
        if let Some(other) = to.books()?.into_iter().find(|key| *key != from.key) {
            return Err(Failure::input(format!(
                "{} holds book {other}, {} is book {}; copy to a directory without a book",
                self.to, self.from, from.key
            )));
        }
        let book = self.copy("copying", copy::book, &*from.store, &to, from.key)?;
        let activity =
            self.copy("copying activity", copy::activity, &*from.store, &to, from.key)?;
        let mut fields = vec![("book", Node::text(wire::book_id(from.key)))];
        fields.extend(figures(&book));
        let has_activity = activity.head.size > 0;
        fields.push(("activity", has_activity.then(|| Node::Map(figures(&activity))).into()));
        let node = Node::Map(fields);
        if json {
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            table::write_node(out, &node)?;
        }
        Ok(Outcome::Done)
    }

    fn copy(
        &self,
        what: &'static str,
        copying: Copying,
        from: &dyn Store,
        to: &dyn Store,
        key: BookKey,
    ) -> Result<Copied, Failure> {
        let mut bar = None;
        let copied = copying(from, to, key, &mut |now: Progress| {
            bar.get_or_insert_with(|| progress::bar(what, Some(now.of))).set_position(now.done);
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        copied.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: CopyError) -> Failure {
        match error {
            CopyError::Source(error) => error.into(),
            CopyError::Diverged { .. } | CopyError::TargetAhead { .. } => {
                Failure::input(format!("{} to {}: {}", self.from, self.to, chain(&error)))
            }
            CopyError::Target(_)
            | CopyError::Append { .. }
            | CopyError::TargetLost { .. }
            | CopyError::SourceGap { .. }
            | CopyError::SourceRoot { .. } => Failure::store(&error),
        }
    }
}

fn figures(copied: &Copied) -> Vec<(&'static str, Node)> {
    vec![
        ("before", copied.before.into()),
        ("copied", copied.copied.into()),
        ("records", copied.head.size.into()),
        ("root", copied.head.root.to_string().into()),
    ]
}
