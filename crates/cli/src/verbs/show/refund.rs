//! A refund.

use tuanzhang_core::book::{Order, Refund};
use tuanzhang_core::event::RefundCause;
use tuanzhang_core::{Money, Position, RefundId};

use crate::fold::Folded;
use crate::node::Node;

pub(super) fn node(folded: &Folded, id: RefundId) -> Option<Node> {
    folded.book.get::<Refund>(&id).map(|refund| Node::Map(fields(folded, id, refund)))
}

/// A refund's fields, which an order shows as well.
pub(super) fn fields(folded: &Folded, id: RefundId, refund: &Refund) -> Vec<(&'static str, Node)> {
    let shown = |money: Money| Node::from(money.display(folded.decimals()));
    let cause = refund.cause.map(RefundCause::word);
    vec![
        ("refund", Node::text(id)),
        ("order", Node::text(refund.order)),
        ("kind", refund.kind.word().into()),
        ("status", refund.status.word().into()),
        ("position", refund.position.get().into()),
        ("asked_by", Node::text(refund.asked_by)),
        ("cause", cause.into()),
        ("lines", lines(folded, refund)),
        ("amount", refund.amount.map(|amount| amount.display(folded.decimals())).into()),
        ("return_shipping", shown(refund.return_shipping)),
        ("due", shown(refund.due)),
        ("paid", shown(refund.paid)),
        ("payments", payments(folded, refund)),
        ("decided_position", refund.decided.map(Position::get).into()),
        ("ended_position", refund.ended.map(Position::get).into()),
        ("waived", refund.waived.into()),
        ("returned_position", refund.returned.map(Position::get).into()),
    ]
}

fn lines(folded: &Folded, refund: &Refund) -> Node {
    let order = folded.book.get::<Order>(&refund.order);
    let sku = |place: u32| {
        let line = order?.lines.get(usize::try_from(place).ok()?)?;
        Some(line.sku.to_string())
    };
    Node::list(refund.lines.iter().map(|(place, quantity)| {
        Node::Map(vec![("sku", sku(*place).into()), ("quantity", (*quantity).into())])
    }))
}

fn payments(folded: &Folded, refund: &Refund) -> Node {
    Node::list(refund.payments.iter().map(|(id, by, amount)| {
        Node::Map(vec![
            ("refund_payment", Node::text(id)),
            ("by", by.word().into()),
            ("amount", amount.display(folded.decimals()).into()),
        ])
    }))
}
