//! An order: what cli.md lists, and where its money is.

use tuanzhang_core::book::{Campaign, Line, Order, Payment, Refund};
use tuanzhang_core::command::FundedBy;
use tuanzhang_core::event::Charged;
use tuanzhang_core::money::{Decimals, OutOfRange};
use tuanzhang_core::{Money, OrderId, PartyId, Position, Role};

use super::{optional, placed, refund};
use crate::failure::Failure;
use crate::fold::Folded;
use crate::node::Node;

pub(super) fn node(folded: &Folded, id: OrderId) -> Result<Option<Node>, Failure> {
    let Some(order) = folded.book.get::<Order>(&id) else { return Ok(None) };
    let decimals = folded.decimals();
    let shown = |money: Money| Node::from(money.display(decimals));
    let campaign = folded.book.get::<Campaign>(&order.campaign);
    let lines = order.lines.iter().map(|row| line(row, charged(order, campaign, row)?, decimals));
    let lines = lines.collect::<Result<_, _>>();
    let parts = parts(folded, order);
    let discount = order.discount.map(|discount| {
        let funded_by = funder(discount.funded_by);
        Node::Map(vec![("amount", shown(discount.amount)), ("funded_by", funded_by)])
    });
    let owed = campaign.map_or(Ok(order.due), |campaign| order.owed(campaign));
    let owed = owed.map_err(out_of_range)?;
    Ok(Some(Node::Map(vec![
        ("order", Node::text(id)),
        ("status", order.status().word().into()),
        ("position", order.position.get().into()),
        ("placed_at", order.placed_at.to_string().into()),
        ("campaign", Node::text(order.campaign)),
        ("seller", Node::text(order.seller)),
        ("upline", optional(order.upline)),
        ("buyer", optional(order.buyer)),
        ("way", order.way.word().into()),
        ("due", shown(owed)),
        ("discount", discount.into()),
        ("lines", Node::List(lines.map_err(out_of_range)?)),
        ("parts", parts.map_err(out_of_range)?),
        ("held", held(order, decimals)),
        ("shipping", shown(order.shipping)),
        ("shipping_returned", order.shipping_returned.into()),
        ("payments", payments(folded, id)),
        ("refunds", refunds(folded, order)),
        ("paid_position", order.paid.map(Position::get).into()),
        ("last_shipped", placed(order.shipped)),
        ("last_received", placed(order.received)),
        ("cancelled_position", order.cancelled.map(Position::get).into()),
        ("expired_position", order.expired.map(Position::get).into()),
        ("settled", placed(order.settled)),
        ("matured_position", order.matured.map(Position::get).into()),
    ])))
}

fn out_of_range(error: OutOfRange) -> Failure {
    Failure::store(&error)
}

fn funder(funded_by: FundedBy) -> Node {
    match funded_by {
        FundedBy::Shared => "shared".into(),
        FundedBy::Role(role) => role.word().into(),
    }
}

/// What a line costs: what it was placed or paid at, less where it isn't paid and its campaign closed lower.
fn charged(order: &Order, campaign: Option<&Campaign>, line: &Line) -> Result<Charged, OutOfRange> {
    let Line { price, list, discount, .. } = *line;
    let now = match campaign.filter(|_| order.paid.is_none()) {
        Some(campaign) => campaign.charged(line)?,
        None => None,
    };
    Ok(now.unwrap_or(Charged { price, list, discount }))
}

fn line(line: &Line, charged: Charged, decimals: Decimals) -> Result<Node, OutOfRange> {
    let returned = line.returned();
    let shown = |money: Money| Node::from(money.display(decimals));
    Ok(Node::Map(vec![
        ("sku", Node::text(&line.sku)),
        ("quantity", line.quantity.into()),
        ("returned", returned.into()),
        ("price", shown(charged.price)),
        ("list", shown(charged.list)),
        ("discount", shown(charged.discount)),
        ("paid", shown(charged.list.minus(charged.discount)?)),
        ("value", shown(line.split_value)),
        ("refunded", shown(line.refunded)),
        ("shipped", line.shipped.into()),
        ("received", line.received.into()),
    ]))
}

/// Who fills a role in an order.
fn filled_by(role: Role, order: &Order, campaign: &Campaign, operator: PartyId) -> Option<PartyId> {
    match role {
        Role::Supplier => campaign.supplier,
        Role::Owner => Some(campaign.owner),
        Role::Seller => Some(order.seller),
        Role::Upline => order.upline,
        Role::Operator => Some(operator),
    }
}

/// What each role has of what is still in the split, all lines together.
fn parts(folded: &Folded, order: &Order) -> Result<Node, OutOfRange> {
    let mut rows = Vec::new();
    let campaign = folded.book.get::<Campaign>(&order.campaign);
    let Some(campaign) = campaign.filter(|_| order.paid.is_some()) else {
        return Ok(Node::List(rows));
    };
    for role in Role::ALL {
        let Some(party) = filled_by(role, order, campaign, folded.opened.operator) else {
            continue;
        };
        let of_lines = order.lines.iter().filter_map(|line| line.parts.get(role.index()).copied());
        rows.push(Node::Map(vec![
            ("role", role.word().into()),
            ("party", Node::text(party)),
            ("amount", Money::sum(of_lines)?.display(folded.decimals()).into()),
        ]));
    }
    Ok(Node::List(rows))
}

/// What each party has in its bucket of this order.
fn held(order: &Order, decimals: Decimals) -> Node {
    Node::list(order.held.iter().map(|held| {
        Node::Map(vec![
            ("party", Node::text(held.party)),
            ("goods", held.goods.display(decimals).into()),
            ("shipping", held.shipping.display(decimals).into()),
        ])
    }))
}

/// Every payment that named this order, those in suspense too.
fn payments(folded: &Folded, order: OrderId) -> Node {
    let decimals = folded.decimals();
    let named = folded.book.payments().filter(|(_, payment)| payment.order == order);
    Node::list(named.map(|(id, payment): (_, &Payment)| {
        Node::Map(vec![
            ("payment", Node::text(id)),
            ("position", payment.position.get().into()),
            ("happened_at", payment.happened_at.to_string().into()),
            ("channel", Node::text(&payment.channel)),
            ("amount", payment.amount.display(decimals).into()),
            ("fee", payment.fee.display(decimals).into()),
            ("in_suspense", payment.in_suspense().into()),
            ("refunded", payment.refunded.display(decimals).into()),
            ("fee_returned", payment.fee_returned.display(decimals).into()),
        ])
    }))
}

fn refunds(folded: &Folded, order: &Order) -> Node {
    let known = order.refunds.iter().filter_map(|id| Some((id, folded.book.get::<Refund>(id)?)));
    Node::list(known.map(|(id, refund)| Node::Map(refund::fields(folded, *id, refund))))
}
