//! What was saved, and exactly what was not.

use tuanzhang_journal::{Missing, Salvage as Wreck};
use tuanzhang_log::{Damage, TreeHead};
use tuanzhang_wire as wire;

use super::Taken;
use super::activity::Activity;
use super::again::Again;
use crate::book_url::BookUrl;
use crate::node::Node;

/// What one run has come to.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) wreck: Wreck,
    pub(super) taken: Taken,
    pub(super) again: Again,
    pub(super) head: TreeHead,
    /// Whether all that the damaged book's head vouches for is there, and nothing is behind it.
    pub(super) proven: bool,
    pub(super) activity: Activity,
}

impl Report {
    /// Whether everything that was ever answered is in the book, and as it was: the root says so.
    pub(super) fn is_whole(&self) -> bool {
        let activity = match &self.activity {
            Activity::Absent => true,
            Activity::Lost(_) => false,
            Activity::Saved(saved) => saved.proven,
        };
        self.proven && activity
    }

    pub(super) fn node(&self) -> Node {
        let mut fields = vec![
            ("book", Node::text(wire::book_id(self.wreck.key()))),
            ("whole", self.is_whole().into()),
        ];
        fields.extend(read(&self.wreck, &self.taken));
        fields.extend(saved(&self.taken, self.head));
        fields.extend([
            ("again", self.again.same.into()),
            ("repeated", self.again.repeated.into()),
            ("other_total", self.again.other.len().into()),
            ("refused_total", self.again.refused.len().into()),
            ("missing", missing(&self.wreck, &self.taken)),
            ("repaired", damages(self.wreck.repaired())),
            ("damage", damages(self.wreck.damages())),
            ("other", self.again.other()),
            ("refused", self.again.refused()),
            ("activity", self.activity()),
        ]);
        Node::Map(fields)
    }

    fn activity(&self) -> Node {
        match &self.activity {
            Activity::Absent => Node::Null,
            Activity::Lost(damage) => {
                Node::Map(vec![("damage", damages(std::slice::from_ref(damage)))])
            }
            Activity::Saved(stream) => {
                let mut fields = read(&stream.wreck, &stream.taken);
                fields.extend(saved(&stream.taken, stream.head));
                let unreadable = stream.unreadable.iter().map(|(was, why)| {
                    Node::Map(vec![("was", (*was).into()), ("why", why.as_str().into())])
                });
                fields.extend([
                    ("again", stream.again.into()),
                    ("repeated", stream.repeated.into()),
                    ("missing", missing(&stream.wreck, &stream.taken)),
                    ("repaired", damages(stream.wreck.repaired())),
                    ("damage", damages(stream.wreck.damages())),
                    ("unreadable", Node::list(unreadable)),
                ]);
                Node::Map(fields)
            }
        }
    }

    /// The end of the report for people: what it means, and what to do next.
    pub(super) fn told(&self, book: &BookUrl) -> String {
        let mut told = if self.is_whole() {
            "whole: every record that was answered is in the book, as it was\n".to_owned()
        } else {
            "not whole: what is missing, refused, other than it was or not proven stands above\n"
                .to_owned()
        };
        if self.wreck.vouched().is_none() {
            told.push_str(
                "nobody can tell whether records are missing at the end: the head can't be read\n",
            );
        } else if self.wreck.tail() > 0 {
            told.push_str(
                "nobody can tell what the bytes behind the last whole frame were: an append that was \
                 never answered, or answered ones\n",
            );
        }
        let next = format!(
            "next: `tuanzhang audit {book}`; compare its root and number of records with those that \
             you kept, and its balances with the channels' bills"
        );
        told + &next
    }
}

/// How many positions neither of the two has.
fn still_missing(wreck: &Wreck, taken: &Taken) -> u64 {
    let gaps = wreck.missing().iter().filter_map(|missing| taken.still_missing(missing));
    gaps.map(|gap| gap.end().saturating_sub(*gap.start()).saturating_add(1)).sum()
}

fn read(wreck: &Wreck, taken: &Taken) -> Vec<(&'static str, Node)> {
    let unreadable: u64 = wreck.missing().iter().map(Missing::count).sum();
    let missing = still_missing(wreck, taken);
    vec![
        ("readable", wreck.records().into()),
        ("unreadable_total", unreadable.into()),
        ("missing_total", missing.into()),
        ("unbroken_to", wreck.unbroken().into()),
        ("proven_to", wreck.proven().into()),
        ("acknowledged_to", wreck.acknowledged().into()),
        ("tail_bytes", wreck.tail().into()),
    ]
}

fn saved(taken: &Taken, head: TreeHead) -> Vec<(&'static str, Node)> {
    vec![
        ("records", head.size.into()),
        ("root", head.root.to_string().into()),
        ("before", taken.before.into()),
        ("verbatim", taken.verbatim.into()),
    ]
}

fn missing(wreck: &Wreck, taken: &Taken) -> Node {
    Node::list(wreck.missing().iter().filter_map(|missing| {
        let gap = taken.still_missing(missing)?;
        let (from, to) = (*gap.start(), *gap.end());
        let fields = vec![("from", from.into()), ("to", to.into()), ("why", missing.why.into())];
        Some(Node::Map(fields))
    }))
}

fn damages(damages: &[Damage]) -> Node {
    Node::list(damages.iter().map(|damage| {
        let Damage { place, what, .. } = damage;
        Node::Map(vec![("place", place.as_str().into()), ("what", what.as_str().into())])
    }))
}
