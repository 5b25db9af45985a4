//! Movements: each posting of a record, with what it means and what it is about.

use tuanzhang_core::accounting::{Account, Origin, for_each_origin};
use tuanzhang_core::book::{Book, Refund};
use tuanzhang_core::event::ResolvedTo;
use tuanzhang_core::{
    AdjustmentId, CostId, DrawId, Event, Money, OrderId, PartyId, PaymentId, PayoutId, Record,
    RefundId, TransferId, UnmatchedId, WriteOffId,
};

use crate::kind::Kind;

/// What a movement is about. The order is that of an explanation's groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// An order, its payment, its refunds.
    Order(OrderId),
    /// A refund whose order isn't known: its record is not among those that were read.
    Refund(RefundId),
    /// A payout.
    Payout(PayoutId),
    /// A payment in suspense.
    Payment(PaymentId),
    /// Money that nothing explained when it was recorded.
    Unmatched(UnmatchedId),
    /// A cost.
    Cost(CostId),
    /// An adjustment.
    Adjustment(AdjustmentId),
    /// A debt that was given up.
    WriteOff(WriteOffId),
    /// A transfer between channels.
    Transfer(TransferId),
    /// Money that the operator drew or brought in.
    Draw(DrawId),
}

impl Subject {
    /// What it is, as JSON names it: `order`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Refund(_) => "refund",
            Self::Payout(_) => "payout",
            Self::Payment(_) => "payment",
            Self::Unmatched(_) => "unmatched",
            Self::Cost(_) => "cost",
            Self::Adjustment(_) => "adjustment",
            Self::WriteOff(_) => "write_off",
            Self::Transfer(_) => "transfer",
            Self::Draw(_) => "draw",
        }
    }

    /// What it is, for people, in English and Chinese.
    pub const fn people(self) -> (&'static str, &'static str) {
        match self {
            Self::Order(_) => ("order", "订单"),
            Self::Refund(_) => ("refund", "退款"),
            Self::Payout(_) => ("payout", "提现"),
            Self::Payment(_) => ("payment", "付款"),
            Self::Unmatched(_) => ("unmatched money", "未匹配款项"),
            Self::Cost(_) => ("cost", "费用"),
            Self::Adjustment(_) => ("adjustment", "调账"),
            Self::WriteOff(_) => ("write-off", "核销"),
            Self::Transfer(_) => ("transfer", "转账"),
            Self::Draw(_) => ("draw", "提取或投入"),
        }
    }

    /// Its id.
    pub fn id(self) -> String {
        match self {
            Self::Order(id) => id.to_string(),
            Self::Refund(id) => id.to_string(),
            Self::Payout(id) => id.to_string(),
            Self::Payment(id) => id.to_string(),
            Self::Unmatched(id) => id.to_string(),
            Self::Cost(id) => id.to_string(),
            Self::Adjustment(id) => id.to_string(),
            Self::WriteOff(id) => id.to_string(),
            Self::Transfer(id) => id.to_string(),
            Self::Draw(id) => id.to_string(),
        }
    }

    /// What an event that moves money is about; none for one that moves none. `book` knows the refunds
    /// before the event.
    pub(crate) fn of(book: &Book, event: &Event) -> Option<Self> {
        let of_refund = |id: RefundId| match book.get::<Refund>(&id) {
            Some(refund) => Self::Order(refund.order),
            None => Self::Refund(id),
        };
        Some(match event {
            Event::OrderPaid(paid) => Self::Order(paid.order),
            Event::PaymentSuspended(suspended) => Self::Payment(suspended.payment.payment),
            Event::RefundApproved(approved) => Self::Order(approved.order),
            Event::PriceAdjusted(adjusted) => Self::Order(adjusted.order),
            Event::RefundWithdrawn(withdrawn) => Self::Order(withdrawn.reopened.as_ref()?.order),
            Event::ReturnLapsed(lapsed) => Self::Order(lapsed.reopened.order),
            Event::RefundPaid(paid) => of_refund(paid.refund),
            Event::OrderSettled(settled) => Self::Order(settled.order),
            Event::PayableMatured(matured) => Self::Order(matured.order),
            Event::PayoutRequested(payout) => Self::Payout(payout.payout),
            Event::PayoutPaid(payout) => Self::Payout(payout.payout),
            Event::PayoutFailed(payout) => Self::Payout(payout.payout),
            Event::UnmatchedRecorded(money) => Self::Unmatched(money.unmatched),
            Event::UnmatchedResolved(money) => match money.to {
                ResolvedTo::Refund(refund) => of_refund(refund),
                ResolvedTo::Order(_) | ResolvedTo::Account(_) => Self::Unmatched(money.unmatched),
            },
            Event::CostRecorded(cost) => Self::Cost(cost.cost),
            Event::Adjusted(adjusted) => Self::Adjustment(adjusted.adjustment),
            Event::WrittenOff(debt) => Self::WriteOff(debt.write_off),
            Event::Transferred(transfer) => Self::Transfer(transfer.transfer),
            Event::Drawn(draw) => Self::Draw(draw.draw),
            Event::BookOpened(_)
            | Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::CampaignOpened(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::OrderPlaced(_)
            | Event::OrderCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderExpired(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_) => return None,
        })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.word(), self.id())
    }
}

/// One posting of an event, not zero.
#[derive(Clone, Debug)]
pub(crate) struct Movement<'e> {
    pub(crate) account: Account,
    /// Debits positive.
    pub(crate) amount: Money,
    pub(crate) origin: Origin<'e>,
    pub(crate) kind: Kind,
    pub(crate) subject: Subject,
    pub(crate) event: &'e Event,
}

/// Shows each movement of a record; `book` is the state before it.
pub(crate) fn each<'e>(book: &Book, record: &'e Record, seen: &mut impl FnMut(Movement<'e>)) {
    for event in &record.events {
        let Some(subject) = Subject::of(book, event) else { continue };
        for_each_origin(event, &mut |account, amount, origin| {
            if amount.is_zero() {
                return;
            }
            if let Some(kind) = Kind::of(event, origin) {
                seen(Movement { account, amount, origin, kind, subject, event });
            }
        });
    }
}

/// The party whose account it is: the operator of its income, its expenses and its equity; none of channels,
/// suspense and what is owed to buyers.
pub fn party_of(account: &Account, operator: PartyId) -> Option<PartyId> {
    match account {
        Account::Pending(party)
        | Account::Term(party)
        | Account::Available(party)
        | Account::InTransit(party) => Some(*party),
        Account::Income(_) | Account::Expense(_) | Account::EquityOperator => Some(operator),
        Account::Channel(_) | Account::RefundDue(_) | Account::Suspense(_) => None,
    }
}
