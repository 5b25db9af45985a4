//! A leader, a supplier or the operator; and payouts.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Party, PartyKind, Payout};
use tuanzhang_core::{PartyId, PayoutId, Position};

use super::optional;
use crate::fold::Folded;
use crate::node::Node;
use crate::verbs::balances;

pub(super) fn node(folded: &Folded, id: PartyId) -> Option<Node> {
    let party = folded.book.get::<Party>(&id);
    let operator = folded.opened.operator == id;
    let own =
        [Account::Pending(id), Account::Term(id), Account::Available(id), Account::InTransit(id)];
    let own = own.into_iter().map(|account| (account.to_string(), folded.balance(&account)));
    let own: BTreeMap<_, _> = own.filter(|(_, amount)| !amount.is_zero()).collect();
    // As of a business time money may have moved for a party that wasn't registered by then.
    if party.is_none() && !operator && own.is_empty() {
        return None;
    }
    let (upline, terms_days) = match party.map(|party| party.kind) {
        Some(PartyKind::Leader { upline }) => (upline, None),
        Some(PartyKind::Supplier { terms_days }) => (None, Some(terms_days)),
        None => (None, None),
    };
    let kind = match party.map(|party| party.kind) {
        Some(PartyKind::Leader { .. }) => Some("leader"),
        Some(PartyKind::Supplier { .. }) => Some("supplier"),
        None => operator.then_some("operator"),
    };
    let payouts = folded.book.payouts().filter(|(_, payout)| payout.party == id);
    Some(Node::Map(vec![
        ("party", Node::text(id)),
        ("kind", kind.map(str::to_owned).into()),
        ("operator", operator.into()),
        ("position", party.map(|party| party.position.get()).into()),
        ("upline", optional(upline)),
        ("terms_days", terms_days.into()),
        ("balances", balances::rows(&own, folded.decimals())),
        ("payouts", Node::list(payouts.map(|(id, payout)| payout_node(folded, *id, payout)))),
    ]))
}

pub(super) fn payout(folded: &Folded, id: PayoutId) -> Option<Node> {
    folded.book.get::<Payout>(&id).map(|payout| payout_node(folded, id, payout))
}

fn payout_node(folded: &Folded, id: PayoutId, payout: &Payout) -> Node {
    Node::Map(vec![
        ("payout", Node::text(id)),
        ("party", Node::text(payout.party)),
        ("amount", payout.amount.display(folded.decimals()).into()),
        ("status", payout.status.word().into()),
        ("position", payout.position.get().into()),
        ("asked_by", Node::text(payout.asked_by)),
        ("decided_position", payout.decided.map(Position::get).into()),
    ])
}
