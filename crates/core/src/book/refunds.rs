//! Refunds and payouts, money that nothing explains, ids that are only remembered, balances.

use std::sync::Arc;

use crate::actor::Actor;
use crate::command::{By, RefundKind};
use crate::event::{RefundApproved, RefundCause};
use crate::id::{OrderId, PartyId, RefundPaymentId};
use crate::money::Money;
use crate::record::{Head, Position};
use crate::text::{Name, word};
use crate::time::Time;

word! {
    /// How far a refund is.
    RefundStatus {
        /// Asked for.
        Requested = 0 "requested",
        /// Owed.
        Approved = 1 "approved",
        /// Rejected.
        Rejected = 2 "rejected",
        /// Taken back, or overtaken by a refund of everything: of a cancelled order, of a campaign that gives back.
        Withdrawn = 3 "withdrawn",
        /// Paid whole.
        Paid = 4 "paid",
        /// Approved, and its goods never came.
        Lapsed = 5 "lapsed",
    }
}

/// A refund.
#[derive(Clone, PartialEq, Debug)]
pub struct Refund {
    /// Where it was asked for.
    pub position: Position,
    /// Who asked.
    pub asked_by: Actor,
    /// Set where the book opened it itself.
    pub cause: Option<RefundCause>,
    /// Of this order.
    pub order: OrderId,
    /// What it is.
    pub kind: RefundKind,
    /// Line (place in the order) and units.
    pub lines: Vec<(u32, u32)>,
    /// Return shipping as claimed; what was granted of it is part of `due`.
    pub return_shipping: Money,
    /// Of a compensation, as asked for.
    pub amount: Option<Money>,
    /// How far it is.
    pub status: RefundStatus,
    /// Where it was approved, rejected or withdrawn; of an approval that was undone still where it was approved.
    pub decided: Option<Position>,
    /// Where and when it was approved, whatever became of it.
    pub approved: Option<(Position, Time)>,
    /// Where it lapsed, or was withdrawn by its own command.
    pub ended: Option<Position>,
    /// The approval, of kinds with goods, while it can be undone: nothing is paid or back, and it wasn't
    /// undone before.
    pub approval: Option<Arc<RefundApproved>>,
    /// Money may be paid before the goods are back.
    pub waived: bool,
    /// Where the goods came back.
    pub returned: Option<Position>,
    /// All that is owed for it.
    pub due: Money,
    /// Of it, paid.
    pub paid: Money,
    /// Its payments.
    pub payments: Vec<(RefundPaymentId, By, Money)>,
}

impl Refund {
    /// A refund that the book opens itself, approved at once. `domain.md` §5.
    pub(crate) fn own(
        head: &Head,
        order: OrderId,
        cause: RefundCause,
        lines: Vec<(u32, u32)>,
        due: Money,
    ) -> Self {
        Self {
            position: head.position,
            asked_by: head.actor,
            cause: Some(cause),
            order,
            kind: RefundKind::RefundOnly,
            lines,
            return_shipping: Money::ZERO,
            amount: None,
            status: RefundStatus::Approved,
            decided: Some(head.position),
            approved: Some((head.position, head.at)),
            ended: None,
            approval: None,
            waived: false,
            returned: None,
            due,
            paid: Money::ZERO,
            payments: Vec::new(),
        }
    }

    /// Whether goods come back with it.
    pub fn has_goods(&self) -> bool {
        matches!(self.kind, RefundKind::Return | RefundKind::Exchange)
    }

    /// Whether it is asked for, or approved and not paid whole.
    pub fn is_unfinished(&self) -> bool {
        match self.status {
            RefundStatus::Requested | RefundStatus::Approved => true,
            RefundStatus::Rejected
            | RefundStatus::Withdrawn
            | RefundStatus::Paid
            | RefundStatus::Lapsed => false,
        }
    }

    /// Whether its goods are awaited. One that owes nothing, and so is paid at once, waits for them too.
    pub fn awaits_goods(&self) -> bool {
        self.has_goods()
            && matches!(self.status, RefundStatus::Approved | RefundStatus::Paid)
            && !self.waived
            && self.returned.is_none()
    }
}

word! {
    /// How far a payout is.
    PayoutStatus {
        /// Asked for; the money is in transit.
        Requested = 0 "requested",
        /// Paid.
        Paid = 1 "paid",
        /// Failed; the money is available again.
        Failed = 2 "failed",
    }
}

/// A payout.
#[derive(Clone, PartialEq, Debug)]
pub struct Payout {
    /// Where it was asked for.
    pub position: Position,
    /// Who asked.
    pub asked_by: Actor,
    /// To whom.
    pub party: PartyId,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: PayoutStatus,
    /// Where it was paid or failed.
    pub decided: Option<Position>,
}

/// Money in or out that nothing explains yet.
#[derive(Clone, PartialEq, Debug)]
pub struct Unmatched {
    /// Where it was recorded.
    pub position: Position,
    /// Where the money is.
    pub channel: Name,
    /// In positive, out negative.
    pub amount: Money,
    /// Where it was explained.
    pub resolved: Option<Position>,
}

word! {
    /// Kinds of ids that are only remembered.
    IdKind {
        /// An addition to stock.
        Addition = 0 "addition",
        /// A parcel.
        Parcel = 1 "parcel",
        /// An arrival.
        Arrival = 2 "arrival",
        /// A receipt.
        Receipt = 3 "receipt",
        /// A handover.
        Handover = 4 "handover",
        /// A payment of refund money.
        RefundPayment = 5 "refund_payment",
        /// A cost.
        Cost = 6 "cost",
        /// An adjustment.
        Adjustment = 7 "adjustment",
        /// A transfer between channels.
        Transfer = 8 "transfer",
        /// Money that the operator drew or brought in.
        Draw = 9 "draw",
        /// A debt given up.
        WriteOff = 10 "write_off",
    }
}

/// Where an id was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownAt(pub Position);

/// An account's balance, debits positive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Balance(pub Money);
