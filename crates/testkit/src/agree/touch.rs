//! What a record is about.

use std::collections::BTreeSet;

use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::event::{Event, ResolvedTo};
use tuanzhang_core::{
    CampaignId, OrderId, PartyId, PaymentId, PayoutId, Record, RefundId, UnmatchedId,
};

/// The things that a record is about, and the accounts that it moves.
#[derive(Default, Debug)]
pub(super) struct Touched {
    pub(super) accounts: BTreeSet<Account>,
    pub(super) parties: BTreeSet<PartyId>,
    pub(super) campaigns: BTreeSet<CampaignId>,
    pub(super) orders: BTreeSet<OrderId>,
    pub(super) payments: BTreeSet<PaymentId>,
    pub(super) refunds: BTreeSet<RefundId>,
    pub(super) payouts: BTreeSet<PayoutId>,
    pub(super) unmatched: BTreeSet<UnmatchedId>,
}

impl Touched {
    /// By a record.
    pub(super) fn by(record: &Record) -> Self {
        let mut touched = Self::default();
        for event in &record.events {
            for_each_posting(event, &mut |account, _| {
                touched.accounts.insert(account);
            });
            touched.event(event);
        }
        touched
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::LeaderRegistered(e) => drop(self.parties.insert(e.leader)),
            Event::SupplierRegistered(e) => drop(self.parties.insert(e.supplier)),
            Event::CampaignOpened(e) => self.campaign(e.campaign),
            Event::SellerAllowed(e) => self.campaign(e.campaign),
            Event::StockAdded(e) => self.campaign(e.campaign),
            Event::CampaignClosed(e) => self.campaign(e.campaign),
            Event::InterestExpressed(e) => self.campaign(e.campaign),
            Event::PresaleDecided(e) => self.campaign(e.campaign),
            Event::FormedDeclared(e) => self.campaign(e.campaign),
            Event::CampaignCancelled(e) => {
                self.campaign(e.campaign);
                self.refunds.extend(&e.withdrawn);
            }
            Event::OrderPlaced(e) => self.order(e.order),
            Event::OrderPaid(e) => {
                self.order(e.order);
                self.payments.extend(e.payment.as_ref().map(|payment| payment.payment));
                self.payments.extend(e.out_of_suspense.as_ref().and_then(|money| money.payment));
            }
            Event::PaymentSuspended(e) => drop(self.payments.insert(e.payment.payment)),
            Event::OrderCancelled(e) => {
                self.order(e.order);
                self.refunds.extend(&e.withdrawn);
            }
            Event::OrderShipped(e) => self.order(e.order),
            Event::OrderArrived(e) => self.order(e.order),
            Event::OrderReceived(e) => self.order(e.order),
            Event::OrderPickedUp(e) => self.order(e.order),
            Event::OrderSettled(e) => self.order(e.order),
            Event::PayableMatured(e) => self.order(e.order),
            Event::OrderExpired(e) => self.order(e.order),
            Event::RefundRequested(e) => self.refund(e.refund),
            Event::RefundApproved(e) => {
                self.refund(e.refund);
                self.refunds.extend(&e.withdrawn);
            }
            Event::RefundRejected(e) => self.refund(e.refund),
            Event::ReturnReceived(e) => self.refund(e.refund),
            Event::RefundPaid(e) => self.refund(e.refund),
            Event::RefundWithdrawn(e) => self.refund(e.refund),
            Event::ReturnLapsed(e) => self.refund(e.refund),
            Event::PriceAdjusted(e) => self.refund(e.refund),
            Event::PayoutRequested(e) => drop(self.payouts.insert(e.payout)),
            Event::PayoutPaid(e) => drop(self.payouts.insert(e.payout)),
            Event::PayoutFailed(e) => drop(self.payouts.insert(e.payout)),
            Event::UnmatchedRecorded(e) => drop(self.unmatched.insert(e.unmatched)),
            Event::UnmatchedResolved(e) => {
                match e.payment {
                    Some(payment) => drop(self.payments.insert(payment)),
                    None => drop(self.unmatched.insert(e.unmatched)),
                }
                match &e.to {
                    ResolvedTo::Order(order) => self.order(*order),
                    ResolvedTo::Refund(refund) => self.refund(*refund),
                    ResolvedTo::Account(_) => {}
                }
            }
            Event::BookOpened(_)
            | Event::PeriodSealed(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => {}
        }
    }

    fn campaign(&mut self, id: CampaignId) {
        self.campaigns.insert(id);
    }

    fn order(&mut self, id: OrderId) {
        self.orders.insert(id);
    }

    fn refund(&mut self, id: RefundId) {
        self.refunds.insert(id);
    }
}
