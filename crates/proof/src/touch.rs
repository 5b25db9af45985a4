//! Which records tell of one order, and which are needed to read those.

use std::collections::BTreeSet;

use tuanzhang_core::event::{ResolvedTo, UnmatchedResolved};
use tuanzhang_core::{CampaignId, Event, OrderId, PaymentId, Record, RefundId};

/// One order, and what is known of it so far. Ask it about the records of a book in their order.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    order: OrderId,
    campaign: CampaignId,
    refunds: BTreeSet<RefundId>,
    /// Payments for it that went to suspense.
    suspended: BTreeSet<PaymentId>,
    /// Records of the order itself, which an adjustment may correct.
    positions: BTreeSet<u64>,
}

impl Touch {
    /// Nothing seen yet of an order of this campaign.
    pub(crate) const fn new(order: OrderId, campaign: CampaignId) -> Self {
        let refunds = BTreeSet::new();
        Self { order, campaign, refunds, suspended: BTreeSet::new(), positions: BTreeSet::new() }
    }

    /// The events for which the record belongs into a receipt of the order: those that opened the book, are
    /// of the order, or of the life of its campaign. None: it doesn't belong there.
    pub(crate) fn told_by<'r>(&mut self, record: &'r Record) -> Vec<&'r Event> {
        let mut told = Vec::new();
        for event in &record.events {
            let is_of_order = self.is_of_order(event);
            if is_of_order {
                self.positions.insert(record.head.position.get());
            }
            if is_of_order || self.is_needed(event) {
                told.push(event);
            }
        }
        told
    }

    /// Whether an event tells of the order, its refunds or money that arrived for it.
    fn is_of_order(&mut self, event: &Event) -> bool {
        match event {
            Event::OrderPlaced(e) => e.order == self.order,
            Event::OrderPaid(e) => e.order == self.order,
            Event::PaymentSuspended(e) => {
                e.order == self.order && {
                    self.suspended.insert(e.payment.payment);
                    true
                }
            }
            Event::OrderCancelled(e) => e.order == self.order,
            Event::OrderShipped(e) => e.order == self.order,
            Event::OrderArrived(e) => e.order == self.order,
            Event::OrderReceived(e) => e.order == self.order,
            Event::OrderPickedUp(e) => e.order == self.order,
            Event::OrderSettled(e) => e.order == self.order,
            Event::PayableMatured(e) => e.order == self.order,
            Event::OrderExpired(e) => e.order == self.order,
            Event::RefundRequested(e) => self.is_refund(e.order, e.refund),
            Event::RefundApproved(e) => self.is_refund(e.order, e.refund),
            Event::PriceAdjusted(e) => self.is_refund(e.order, e.refund),
            Event::RefundRejected(e) => self.refunds.contains(&e.refund),
            Event::ReturnReceived(e) => self.refunds.contains(&e.refund),
            Event::RefundPaid(e) => self.refunds.contains(&e.refund),
            Event::RefundWithdrawn(e) => self.refunds.contains(&e.refund),
            Event::ReturnLapsed(e) => self.refunds.contains(&e.refund),
            Event::UnmatchedResolved(e) => self.is_resolved(e),
            Event::Adjusted(e) => {
                e.corrects.is_some_and(|position| self.positions.contains(&position.get()))
            }
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
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => false,
        }
    }

    /// Whether an event opened the book, or is of the life of the order's campaign.
    fn is_needed(&self, event: &Event) -> bool {
        match event {
            Event::BookOpened(_) => true,
            Event::CampaignOpened(e) => e.campaign == self.campaign,
            Event::CampaignClosed(e) => e.campaign == self.campaign,
            Event::PresaleDecided(e) => e.campaign == self.campaign,
            Event::FormedDeclared(e) => e.campaign == self.campaign,
            Event::CampaignCancelled(e) => e.campaign == self.campaign,
            Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::InterestExpressed(_)
            | Event::OrderPlaced(_)
            | Event::OrderPaid(_)
            | Event::PaymentSuspended(_)
            | Event::OrderCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderSettled(_)
            | Event::PayableMatured(_)
            | Event::OrderExpired(_)
            | Event::RefundRequested(_)
            | Event::RefundApproved(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::RefundPaid(_)
            | Event::RefundWithdrawn(_)
            | Event::ReturnLapsed(_)
            | Event::PriceAdjusted(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_)
            | Event::UnmatchedResolved(_) => false,
        }
    }

    fn is_refund(&mut self, order: OrderId, refund: RefundId) -> bool {
        order == self.order && {
            self.refunds.insert(refund);
            true
        }
    }

    fn is_resolved(&self, event: &UnmatchedResolved) -> bool {
        let is_from_here = event.payment.is_some_and(|payment| self.suspended.contains(&payment));
        is_from_here
            || match &event.to {
                ResolvedTo::Order(order) => *order == self.order,
                ResolvedTo::Refund(refund) => self.refunds.contains(refund),
                ResolvedTo::Account(_) => false,
            }
    }
}

/// The campaign of an order, in the record that placed it.
pub(crate) fn placed_in(record: &Record, order: OrderId) -> Option<CampaignId> {
    record.events.iter().find_map(|event| {
        let Event::OrderPlaced(placed) = event else { return None };
        (placed.order == order).then_some(placed.campaign)
    })
}
