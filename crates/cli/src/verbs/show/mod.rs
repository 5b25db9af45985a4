//! `tuanzhang show BOOK [KIND ID]`: the state of a book or of one thing in it, now or as of then.

mod campaign;
mod order;
mod party;
mod refund;
mod summary;

use std::io::Write;
use std::ops::ControlFlow;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use tuanzhang_wire as wire;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome, chain};
use crate::fold::{AsOf, Folded, fold};
use crate::node::Node;
use crate::table;

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(help = READ)]
    book: BookUrl,
    /// What to show; the book's summary where absent
    #[arg(value_enum, requires = "id")]
    kind: Option<Kind>,
    /// Its id, a UUID
    id: Option<String>,
    #[command(flatten)]
    as_of: AsOf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    Campaign,
    Order,
    Refund,
    Party,
    Payout,
}

impl Show {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let folded = fold(&self.book, self.as_of)?;
        let mut node = match (self.kind, &self.id) {
            (Some(kind), Some(id)) => thing(&folded, kind, id)?,
            (None, _) | (_, None) => summary::node(&folded, &activity(&self.book, &folded)?),
        };
        if json {
            if let (Node::Map(fields), Some(business)) = (&mut node, &folded.business) {
                fields.extend(business.fields());
            }
            writeln!(out, "{}", serde_json::to_string(&node)?)?;
        } else {
            if let Some(business) = &folded.business {
                business.write(out)?;
            }
            table::write_node(out, &node)?;
        }
        Ok(Outcome::Done)
    }
}

/// Records and entries of the activity stream, whatever time the book is looked at.
fn activity(url: &BookUrl, folded: &Folded) -> Result<summary::Activity, Failure> {
    let (store, key) = (url.activity()?, wire::book_key(folded.opened.book));
    let mut counted = Ok(summary::Activity::default());
    store.read(key, 1, &mut |position, bytes| match (
        wire::activity::decode_head(bytes),
        &mut counted,
    ) {
        (Ok(head), Ok(counted)) => {
            counted.records = counted.records.saturating_add(1);
            counted.entries = counted.entries.saturating_add(head.entries.into());
            ControlFlow::Continue(())
        }
        (Err(error), _) => {
            let said = chain(&error);
            counted = Err(Failure::Store(format!("activity record {position}: {said}")));
            ControlFlow::Break(())
        }
        (Ok(_), Err(_)) => ControlFlow::Break(()),
    })?;
    counted
}

fn thing(folded: &Folded, kind: Kind, id: &str) -> Result<Node, Failure> {
    let found = match kind {
        Kind::Campaign => campaign::node(folded, read(id)?)?,
        Kind::Order => order::node(folded, read(id)?)?,
        Kind::Refund => refund::node(folded, read(id)?),
        Kind::Party => party::node(folded, read(id)?),
        Kind::Payout => party::payout(folded, read(id)?),
    };
    found.ok_or_else(|| {
        let kind =
            kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let position = folded.position;
        Failure::input(format!(
            "there is no {kind} {id} at position {position}; look at its id and at --at, --position, --business"
        ))
    })
}

fn read<I: FromStr>(id: &str) -> Result<I, Failure> {
    id.parse().map_err(|_| Failure::input(format!("{id:?} is no id; write a UUID")))
}

/// A place and a time.
fn placed(at: Option<(tuanzhang_core::Position, tuanzhang_core::Time)>) -> Node {
    at.map(|(position, at)| {
        Node::Map(vec![("position", position.get().into()), ("at", at.to_string().into())])
    })
    .into()
}

/// An id that may be absent.
fn optional(id: Option<impl std::fmt::Display>) -> Node {
    id.map(|id| id.to_string()).into()
}
