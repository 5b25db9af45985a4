//! What must be true of a book whatever its rules compute: invariants of `domain.md`, held against the
//! events as they come and against the state that core folds from them. No model is asked, and no rate,
//! cap or rounding is computed.
//!
//! [`Facts`] is a fold of its own, in plain numbers. It panics on nothing that core can emit.

mod goods;
mod orders;
mod payments;
mod roles;
mod state;

use std::collections::BTreeMap;

use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::book::Book;
use tuanzhang_core::event::{ChannelLimits, Event};
use tuanzhang_core::money::Money;
use tuanzhang_core::{CampaignId, Head, OrderId, PartyId, PaymentId, Record, RefundId, Time};

use super::touch::Touched;
use goods::CampaignFacts;
use orders::OrderFacts;
use payments::{PaymentFacts, RefundFacts};

/// The largest magnitude of a balance, in minor units.
const BALANCE_MAX: i128 = 1_000_000_000_000_000;

/// Nothing, or the sentence of the contract that doesn't hold.
type Holds = Result<(), String>;

fn minor(money: Money) -> i128 {
    i128::from(money.minor())
}

fn holds(yes: bool, broken: impl FnOnce() -> String) -> Holds {
    if yes { Ok(()) } else { Err(broken()) }
}

/// What the events said so far.
#[derive(Default, Debug)]
pub(super) struct Facts {
    opened: Option<(PartyId, ChannelLimits)>,
    last: Option<Head>,
    sealed_through: Option<Time>,
    uplines: BTreeMap<PartyId, Option<PartyId>>,
    campaigns: BTreeMap<CampaignId, CampaignFacts>,
    orders: BTreeMap<OrderId, OrderFacts>,
    payments: BTreeMap<PaymentId, PaymentFacts>,
    refunds: BTreeMap<RefundId, RefundFacts>,
    balances: BTreeMap<Account, i128>,
}

impl Facts {
    /// Takes in a record, and looks at what it touched of the state that core folded from it.
    pub(super) fn record(&mut self, record: &Record, touched: &Touched, book: &Book) -> Holds {
        self.head(&record.head)?;
        for event in &record.events {
            self.postings(event)?;
            self.event(event, &record.head)
                .map_err(|broken| format!("{broken}\nafter {event:?}"))?;
        }
        for account in &touched.accounts {
            self.range(account)?;
        }
        for id in &touched.orders {
            self.order_stands(*id)?;
        }
        for id in &touched.refunds {
            if let Some(refund) = self.refunds.get(id) {
                self.order_stands(refund.order)?;
            }
        }
        self.state(touched, book)
    }

    /// Positions are gapless, time never goes back, nothing is dated inside a sealed period.
    fn head(&mut self, head: &Head) -> Holds {
        let last = self.last.replace(*head);
        let (position, at) = last.map_or((0, head.at), |last| (last.position.get(), last.at));
        holds(head.position.get() == position + 1, || format!("{position}, then {head:?}"))?;
        holds(at <= head.at, || format!("time goes back from {at} to {}", head.at))?;
        let happened_at = head.happened_at();
        holds(happened_at <= head.at, || format!("{happened_at} lies after {}", head.at))?;
        let sealed = self.sealed_through.is_some_and(|through| happened_at <= through);
        holds(!sealed, || format!("{happened_at} lies inside a sealed period"))
    }

    /// The book sums to zero after each event.
    fn postings(&mut self, event: &Event) -> Holds {
        let mut sum = 0;
        for_each_posting(event, &mut |account, amount| {
            *self.balances.entry(account).or_insert(0) += minor(amount);
            sum += minor(amount);
        });
        holds(sum == 0, || format!("posts {sum}: {event:?}"))
    }

    /// What a balance can be. A debt to a buyer, money in transit: never below zero.
    fn range(&self, account: &Account) -> Holds {
        let balance = self.balances.get(account).copied().unwrap_or(0);
        holds(balance.abs() <= BALANCE_MAX, || format!("{account} is {balance}"))?;
        let owed_only = matches!(account, Account::RefundDue(_) | Account::InTransit(_));
        holds(!owed_only || balance <= 0, || {
            format!("more than owed was paid: {account} {balance}")
        })
    }

    /// Each event, by what it is about. A new one must be thought of.
    fn event(&mut self, event: &Event, head: &Head) -> Holds {
        match event {
            Event::BookOpened(e) => {
                self.opened = Some((e.operator, e.channel_limits));
                Ok(())
            }
            Event::PeriodSealed(e) => {
                self.sealed_through = Some(e.through);
                Ok(())
            }
            Event::LeaderRegistered(e) => {
                self.uplines.insert(e.leader, e.upline);
                Ok(())
            }
            Event::CampaignOpened(e) => {
                self.campaign_opened(e);
                Ok(())
            }
            Event::StockAdded(e) => self.stock_added(e),
            Event::OrderPlaced(e) => self.order_placed(e),
            Event::OrderPaid(e) => self.order_paid(e, head),
            Event::PaymentSuspended(e) => self.payment_recorded(&e.payment, head),
            Event::OrderCancelled(e) => self.order_void(e.order),
            Event::OrderExpired(e) => self.order_void(e.order),
            Event::OrderSettled(e) => self.order_settled(e),
            Event::PayableMatured(e) => self.payable_matured(e),
            Event::RefundRequested(e) => self.refund_requested(e),
            Event::RefundApproved(e) => self.refund_approved(e),
            Event::RefundWithdrawn(e) => match &e.reopened {
                Some(reopened) => self.reopened(e.refund, reopened),
                None => Ok(()),
            },
            Event::ReturnLapsed(e) => self.reopened(e.refund, &e.reopened),
            Event::PriceAdjusted(e) => self.price_adjusted(e),
            Event::RefundPaid(e) => self.refund_paid(e, head),
            Event::UnmatchedResolved(e) => self.unmatched_resolved(e),
            Event::PayoutRequested(e) => {
                let available = self.balances.get(&Account::Available(e.party)).copied();
                holds(available.unwrap_or(0) <= 0, || "a payout of more than available".into())
            }
            Event::SupplierRegistered(_)
            | Event::SellerAllowed(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => Ok(()),
        }
    }
}
