//! From settled money back to what it was earned by: an order's parts are followed through pending and term
//! until they are available.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::{Account, Origin};
use tuanzhang_core::event::{Base, Pocket};
use tuanzhang_core::{Event, OrderId, PartyId, Record};

use super::Entry;
use crate::kind::Kind;
use crate::movement::{Movement, Subject};

/// The two accounts that an order's money passes through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    Pending,
    Term,
}

/// What parties have of orders that aren't settled, or whose terms still run.
#[derive(Debug, Default)]
pub(super) struct Chain {
    open: BTreeMap<(OrderId, PartyId, Stage), Vec<Entry>>,
}

/// The party whose order money passes through an account, or ends on it.
pub(super) const fn party(account: &Account, operator: PartyId) -> Option<PartyId> {
    match account {
        Account::Pending(party) | Account::Term(party) | Account::Available(party) => Some(*party),
        Account::Income(_) => Some(operator),
        Account::Channel(_)
        | Account::InTransit(_)
        | Account::RefundDue(_)
        | Account::Suspense(_)
        | Account::EquityOperator
        | Account::Expense(_) => None,
    }
}

/// Where the money of a settlement, or of terms that had run, comes from.
fn source(kind: Kind) -> Option<(Stage, Pocket)> {
    if kind == Kind::Settled {
        Some((Stage::Pending, Pocket::Pending))
    } else if kind == Kind::Matured {
        Some((Stage::Term, Pocket::Term))
    } else {
        None
    }
}

impl Chain {
    /// What a settlement's money is made of; nothing for other movements, and on the account that it leaves.
    pub(super) fn made_of(&mut self, movement: &Movement<'_>, operator: PartyId) -> Vec<Entry> {
        let (Some((stage, from)), Origin::Part(part)) = (source(movement.kind), movement.origin)
        else {
            return Vec::new();
        };
        let (Subject::Order(order), Some(party)) =
            (movement.subject, party(&movement.account, operator))
        else {
            return Vec::new();
        };
        if part.pocket == from {
            return Vec::new();
        }
        let Some(open) = self.open.get_mut(&(order, party, stage)) else { return Vec::new() };
        let (own, rest): (Vec<Entry>, Vec<Entry>) = std::mem::take(open)
            .into_iter()
            .partition(|entry| is_shipping(entry) == (part.base == Base::Shipping));
        *open = rest;
        own
    }

    /// Remembers a movement on pending or term until it is moved on.
    pub(super) fn follow(&mut self, movement: &Movement<'_>, entry: &Entry) {
        let (stage, party) = match &movement.account {
            Account::Pending(party) => (Stage::Pending, *party),
            Account::Term(party) => (Stage::Term, *party),
            Account::Channel(_)
            | Account::Available(_)
            | Account::InTransit(_)
            | Account::RefundDue(_)
            | Account::Suspense(_)
            | Account::Income(_)
            | Account::EquityOperator
            | Account::Expense(_) => return,
        };
        let leaves = source(movement.kind).is_some_and(|(from, _)| from == stage);
        if let (Subject::Order(order), false) = (movement.subject, leaves) {
            self.open.entry((order, party, stage)).or_default().push(entry.clone());
        }
    }

    /// Forgets what a record settled or matured.
    pub(super) fn end(&mut self, record: &Record) {
        for event in &record.events {
            let (order, moved, stage) = if let Event::OrderSettled(settled) = event {
                (settled.order, &settled.moved, Stage::Pending)
            } else if let Event::PayableMatured(matured) = event {
                (matured.order, &matured.moved, Stage::Term)
            } else {
                continue;
            };
            for party in &moved.parties {
                self.open.remove(&(order, *party, stage));
            }
        }
    }
}

fn is_shipping(entry: &Entry) -> bool {
    entry.part.as_ref().is_some_and(|part| part.base == Base::Shipping)
}
