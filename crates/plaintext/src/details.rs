//! What an event that moves money is about: ids and texts, as key and value.

use tuanzhang_core::book::{Book, Order, Refund};
use tuanzhang_core::event::ResolvedTo;
use tuanzhang_core::{BuyerId, Event, OrderId, RefundId};

/// Keys and values, in the order in which they are written.
#[derive(Debug, Default)]
pub(crate) struct Details(pub(crate) Vec<(&'static str, String)>);

impl Details {
    fn add(&mut self, key: &'static str, value: &impl std::fmt::Display) -> &mut Self {
        let text = value.to_string();
        if !text.is_empty() {
            self.0.push((key, text));
        }
        self
    }

    fn some(&mut self, key: &'static str, value: Option<&impl std::fmt::Display>) -> &mut Self {
        if let Some(value) = value {
            self.add(key, value);
        }
        self
    }

    /// An order, and its campaign where there is such an order: a payment may name any.
    fn order(&mut self, order: OrderId, book: &Book) -> &mut Self {
        let campaign = book.get::<Order>(&order).map(|order| order.campaign);
        self.add("order", &order).some("campaign", campaign.as_ref())
    }

    fn refund(&mut self, refund: RefundId, book: &Book) -> &mut Self {
        self.add("refund", &refund);
        if let Some(order) = book.get::<Refund>(&refund).map(|refund| refund.order) {
            self.order(order, book);
        }
        self
    }

    fn buyer(&mut self, buyer: Option<BuyerId>) -> &mut Self {
        self.some("buyer", buyer.as_ref())
    }
}

/// Of an event that was folded into the book. Nothing of an event that never moves money.
pub(crate) fn details(event: &Event, book: &Book) -> Details {
    let mut found = Details::default();
    match event {
        Event::OrderPaid(e) => {
            found.order(e.order, book);
            if let Some(payment) = &e.payment {
                found.add("payment", &payment.payment).add("reference", &payment.reference);
            }
            if let Some(money) = &e.out_of_suspense {
                found.some("payment", money.payment.as_ref());
            }
        }
        Event::PaymentSuspended(e) => {
            found.order(e.order, book);
            found.add("payment", &e.payment.payment).add("reference", &e.payment.reference);
            found.add("because", &e.because);
        }
        Event::OrderSettled(e) => {
            found.order(e.order, book);
        }
        Event::PayableMatured(e) => {
            found.order(e.order, book);
        }
        Event::RefundApproved(e) => {
            found.refund(e.refund, book).buyer(e.buyer).some("cause", e.cause.as_ref());
        }
        Event::PriceAdjusted(e) => {
            found.refund(e.refund, book).buyer(e.buyer).add("sku", &e.sku);
        }
        Event::RefundWithdrawn(e) => {
            found.refund(e.refund, book).some("reason", e.reason.as_ref());
        }
        Event::ReturnLapsed(e) => {
            found.refund(e.refund, book).buyer(e.reopened.buyer);
        }
        Event::RefundPaid(e) => {
            found.refund(e.refund, book).buyer(e.buyer).add("refund_payment", &e.refund_payment);
            found.add("by", &e.by).add("reference", &e.reference);
        }
        Event::PayoutRequested(e) => {
            found.add("payout", &e.payout).add("party", &e.party);
        }
        Event::PayoutPaid(e) => {
            found.add("payout", &e.payout).add("party", &e.party).add("reference", &e.reference);
        }
        Event::PayoutFailed(e) => {
            found.add("payout", &e.payout).add("party", &e.party).add("reason", &e.reason);
        }
        Event::UnmatchedRecorded(e) => {
            found.add("unmatched", &e.unmatched).add("reference", &e.reference);
        }
        Event::UnmatchedResolved(e) => {
            found.add("unmatched", &e.unmatched).some("payment", e.payment.as_ref());
            match &e.to {
                ResolvedTo::Order(order) => found.order(*order, book),
                ResolvedTo::Refund(refund) => found.refund(*refund, book),
                ResolvedTo::Account(_) => &mut found,
            };
            found.buyer(e.buyer).add("reason", &e.reason);
        }
        Event::CostRecorded(e) => {
            found.add("cost", &e.cost).some("campaign", e.campaign.as_ref());
        }
        Event::Adjusted(e) => {
            found.add("adjustment", &e.adjustment).some("corrects", e.corrects.as_ref());
            found.add("reason", &e.reason);
        }
        Event::WrittenOff(e) => {
            found.add("write_off", &e.write_off).add("party", &e.party).add("reason", &e.reason);
        }
        Event::Transferred(e) => {
            found.add("transfer", &e.transfer).add("reference", &e.reference);
        }
        Event::Drawn(e) => {
            found.add("draw", &e.draw).add("reference", &e.reference);
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
        | Event::OrderPlaced(_)
        | Event::OrderCancelled(_)
        | Event::OrderShipped(_)
        | Event::OrderArrived(_)
        | Event::OrderReceived(_)
        | Event::OrderPickedUp(_)
        | Event::OrderExpired(_)
        | Event::RefundRequested(_)
        | Event::RefundRejected(_)
        | Event::ReturnReceived(_) => {}
    }
    found
}
