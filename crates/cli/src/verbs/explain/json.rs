//! An explanation as JSON: amounts signed, debits positive.

use tuanzhang_core::money::{Decimals, SplitStep, SplitTake, Total};
use tuanzhang_core::{Money, Position};
use tuanzhang_statement::{
    Entry, Noted, OfAccount, OfKind, OfSubject, Portion, Subject, exact, rounding,
};

use super::Explained;
use super::people::last_subjects;
use crate::node::Node;

pub(super) fn node(explained: &Explained) -> Node {
    let accounts = explained.explanation.accounts();
    let unexplained = explained
        .explanation
        .accounts()
        .fold(0_u64, |sum, (_, of)| sum.saturating_add(of.unexplained));
    Node::Map(vec![
        ("position", explained.position.get().into()),
        ("as_of", explained.as_of.map(Node::text).into()),
        ("business", explained.business.map(Node::text).into()),
        ("currency", explained.currency.as_str().into()),
        ("unexplained", unexplained.into()),
        (
            "accounts",
            Node::list(accounts.map(|(account, of)| {
                let mut fields = vec![("account", Node::text(account))];
                fields.extend(of_account(explained, of));
                Node::Map(fields)
            })),
        ),
    ])
}

fn of_account(explained: &Explained, of: &OfAccount) -> Vec<(&'static str, Node)> {
    let decimals = explained.decimals;
    let kinds = of.kinds.iter().map(|(kind, of_kind)| {
        let mut fields = vec![
            ("kind", kind.key().into()),
            ("english", kind.english().into()),
            ("chinese", kind.chinese().into()),
        ];
        fields.extend(of_kind_fields(explained, of_kind));
        Node::Map(fields)
    });
    vec![
        ("amount", total(of.sum, decimals)),
        ("movements", of.count.into()),
        ("checked", of.checked.into()),
        ("given", of.given.into()),
        ("unexplained", of.unexplained.into()),
        ("other_movements", of.others.into()),
        ("other_amount", total(of.others_sum, decimals)),
        ("kinds", Node::list(kinds)),
    ]
}

fn of_kind_fields(explained: &Explained, of: &OfKind) -> Vec<(&'static str, Node)> {
    let decimals = explained.decimals;
    let (shown, rest, rest_sum) = last_subjects(of, explained.limit);
    vec![
        ("amount", total(of.sum, decimals)),
        ("movements", of.count.into()),
        ("subjects_in_all", of.subjects.len().into()),
        ("subjects_not_shown", rest.into()),
        ("amount_not_shown", total(rest_sum, decimals)),
        (
            "subjects",
            Node::list(shown.into_iter().map(|(subject, of)| subject_node(*subject, of, decimals))),
        ),
    ]
}

fn subject_node(subject: Subject, of: &OfSubject, decimals: Decimals) -> Node {
    Node::Map(vec![
        ("about", subject.word().into()),
        ("id", subject.id().into()),
        ("amount", total(of.sum, decimals)),
        ("movements", of.count.into()),
        ("entries_dropped", of.dropped.into()),
        ("amount_dropped", total(of.dropped_sum, decimals)),
        ("entries", Node::list(of.entries.iter().map(|entry| entry_node(entry, decimals)))),
    ])
}

fn entry_node(entry: &Entry, decimals: Decimals) -> Node {
    let sentence = entry.rule.sentence(decimals);
    let mut fields = vec![
        ("position", entry.position.get().into()),
        ("at", Node::text(entry.at)),
        ("happened_at", Node::text(entry.happened_at)),
        ("event", entry.event.into()),
        ("kind", entry.kind.key().into()),
        ("refund", entry.refund.map(Node::text).into()),
    ];
    if let Some(part) = &entry.part {
        let (sku, quantity) =
            part.line.as_ref().map(|(sku, units)| (Node::text(sku), *units)).unzip();
        fields.push(("base", part.base.word().into()));
        fields.push(("role", part.role.word().into()));
        fields.push(("sku", sku.into()));
        fields.push(("quantity", quantity.into()));
    }
    fields.push(("amount", money(entry.amount, decimals)));
    fields.push(("status", entry.rule.status().word().into()));
    fields.push(("english", sentence.english.into()));
    fields.push(("chinese", sentence.chinese.into()));
    fields.extend(entry.noted.iter().flat_map(|noted| noted_fields(noted)));
    if let Some(portion) = entry.rule.portion() {
        fields.push(("split", portion_node(portion, decimals)));
    }
    if !entry.made_of.is_empty() {
        let made_of = entry.made_of.iter().map(|entry| entry_node(entry, decimals));
        fields.push(("made_of", Node::list(made_of)));
    }
    Node::Map(fields)
}

fn noted_fields(noted: &Noted) -> Vec<(&'static str, Node)> {
    let mut fields = vec![
        ("reason", noted.reason.as_ref().map(Node::text).into()),
        ("corrects", noted.corrects.map(Position::get).into()),
        ("reference", noted.reference.as_ref().map(Node::text).into()),
        ("channel", noted.channel.as_ref().map(Node::text).into()),
        ("category", noted.category.map(Node::text).into()),
        ("campaign", noted.campaign.map(Node::text).into()),
        ("against", Node::list(noted.against.iter().map(Node::text))),
        ("against_not_named", noted.against_more.into()),
    ];
    if let Some(refund) = noted.refund {
        let (by, at) = refund.approved.unzip();
        fields.push(("refund_kind", refund.kind.map(Node::text).into()));
        fields.push(("reason_code", refund.reason_code.map(Node::text).into()));
        fields.push(("cause", refund.cause.map(Node::text).into()));
        fields.push(("approved_by", by.map(Node::text).into()));
        fields.push(("approved_at_position", at.map(Position::get).into()));
    }
    fields
}

fn portion_node(portion: &Portion, decimals: Decimals) -> Node {
    Node::Map(vec![
        ("value", money(portion.value, decimals)),
        ("quantity", portion.quantity.into()),
        ("portion", money(portion.amount, decimals)),
        ("steps", Node::list(portion.steps.iter().map(|step| step_node(step, decimals)))),
        ("shares", Node::list(portion.shares.iter().map(|step| share_node(step, decimals)))),
    ])
}

/// A share that the portion is reckoned with.
fn share_node(step: &SplitStep, decimals: Decimals) -> Node {
    Node::Map(vec![
        ("role", step.to.word().into()),
        ("wanted", money(step.wanted, decimals)),
        ("amount", money(step.taken, decimals)),
    ])
}

fn step_node(step: &SplitStep, decimals: Decimals) -> Node {
    let (take, rate) = match step.take {
        Some(SplitTake::Rate(rate)) => ("rate", Some(rate)),
        Some(SplitTake::PerUnit(_)) => ("per_unit", None),
        Some(SplitTake::SupplyPrice) => ("supply_price", None),
        Some(SplitTake::RateOfSeller(rate)) => ("rate_of_seller", Some(rate)),
        None => ("remainder", None),
    };
    Node::Map(vec![
        ("take", take.into()),
        ("rate", rate.map(Node::text).into()),
        ("of", money(step.of, decimals)),
        ("exact", exact(step, decimals).map(Node::text).into()),
        ("rounding", rounding(step, decimals).map(Node::text).into()),
        ("wanted", money(step.wanted, decimals)),
        ("taken", money(step.taken, decimals)),
    ])
}

fn money(amount: Money, decimals: Decimals) -> Node {
    amount.display(decimals).into()
}

fn total(amount: Total, decimals: Decimals) -> Node {
    amount.display(decimals).into()
}
