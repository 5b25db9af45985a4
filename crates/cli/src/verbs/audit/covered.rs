//! What was covered, as it is printed.

use tuanzhang_audit::{ActivityCovered, Audit, Compared};
use tuanzhang_log::Coverage;

use crate::node::Node;

type Fields = Vec<(&'static str, Node)>;

/// What was looked at; nothing where nothing could be read.
pub(super) fn fields(audit: Option<&Audit>) -> Fields {
    let covered = audit.map(|audit| audit.covered);
    let stored = covered.and_then(|covered| covered.stored);
    let count =
        |of: fn(&tuanzhang_audit::Covered) -> u64| Node::Count(covered.as_ref().map_or(0, of));
    let mut fields = stored_fields(stored);
    fields.extend([
        ("unvouched_bytes", stored.map_or(0, |stored| stored.unvouched).into()),
        ("records", count(|covered| covered.head.size)),
        ("events", count(|covered| covered.events)),
        ("record_bytes", count(|covered| covered.record_bytes)),
        ("replayed", count(|covered| covered.replayed)),
        ("decided_again", count(|covered| covered.decided)),
        ("held_against_invariants", count(|covered| covered.held)),
        ("replay_ended_at", covered.and_then(|covered| covered.ended).into()),
        ("root", covered.map(|covered| covered.head.root.to_string()).into()),
    ]);
    fields
}

fn stored_fields(stored: Option<Coverage>) -> Fields {
    let is_whole = stored.is_some();
    let stored = stored.unwrap_or(Coverage::EMPTY);
    vec![
        ("stored_bytes", stored.bytes.into()),
        ("frames", stored.frames.into()),
        ("stored_whole", is_whole.into()),
    ]
}

pub(super) fn activity(covered: &ActivityCovered) -> Node {
    let mut fields = stored_fields(covered.stored);
    fields.extend([
        ("records", covered.head.size.into()),
        ("entries", covered.entries.into()),
        ("record_bytes", covered.record_bytes.into()),
        ("root", covered.head.root.to_string().into()),
    ]);
    Node::Map(fields)
}

pub(super) fn against(compared: &Compared) -> Node {
    Node::Map(vec![
        ("checkpoint", compared.label.as_str().into()),
        ("origin", compared.checkpoint.origin().into()),
        ("records", compared.checkpoint.head().size.into()),
        ("expected_root", compared.checkpoint.head().root.to_string().into()),
        ("found_root", compared.root.map(|root| root.to_string()).into()),
        ("holds", compared.holds.into()),
        ("compared", compared.not_compared.is_none().into()),
        ("why_not", compared.not_compared.into()),
    ])
}
