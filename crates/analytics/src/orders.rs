//! What the events mean to a shop: an order was placed, paid, given back in part.
//!
//! Families of figures don't read events; they take [`Fact`]s from here, so that an order's buyer,
//! seller and amount are kept once. About 90 bytes an order. One event gives at most one fact and
//! costs at most one look-up.

use std::collections::HashMap;

use tuanzhang_core::event::{OrderPaid, Reopened};
use tuanzhang_core::{BuyerId, Event, Money, OrderId, PartyId};

use crate::exact::Total;

/// What is known of an order when something happens to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sale {
    /// None for a walk-in: an order, never a buyer.
    pub buyer: Option<BuyerId>,
    /// The leader through whom it came.
    pub seller: PartyId,
    /// List minus discount, plus shipping, as it was placed; once it is paid what was paid.
    pub amount: Money,
}

/// What an event means to a shop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// An order was placed.
    Placed(Sale),
    /// An order was paid.
    Paid(Sale),
    /// A refund was approved, or a price adjusted.
    Refunded {
        /// Of this order.
        sale: Sale,
        /// Goods and shipping fee that go back to the buyer.
        sales: Total,
        /// Return shipping and compensation on top: no sales undone.
        extra: Total,
    },
    /// An approval was undone: its return lapsed, or was withdrawn.
    Reopened {
        /// Of this order.
        sale: Sale,
        /// Goods and shipping fee that go back to the buyer no more.
        sales: Total,
        /// Return shipping that is reimbursed no more.
        extra: Total,
    },
}

/// The orders of a book, as far as figures need them.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    sales: HashMap<OrderId, Sale>,
}

impl Orders {
    /// Takes an event and says what it means to a shop, if anything.
    pub fn fact(&mut self, event: &Event) -> Option<Fact> {
        match event {
            Event::OrderPlaced(placed) => {
                let sale = Sale { buyer: placed.buyer, seller: placed.seller, amount: placed.due };
                self.sales.insert(placed.order, sale);
                Some(Fact::Placed(sale))
            }
            Event::OrderPaid(paid) => {
                let sale = self.sales.get_mut(&paid.order)?;
                sale.amount = money_of(paid);
                Some(Fact::Paid(*sale))
            }
            Event::PriceAdjusted(adjusted) => {
                let sale = self.sales.get(&adjusted.order).copied()?;
                let mut sales = Total::ZERO;
                sales.add(adjusted.paid);
                Some(Fact::Refunded { sale, sales, extra: Total::ZERO })
            }
            Event::RefundApproved(refund) => {
                let mut sales = Total::ZERO;
                refund.lines.iter().for_each(|line| sales.add(line.paid));
                sales.add(refund.shipping_fee);
                let mut extra = Total::ZERO;
                extra.add(refund.return_shipping);
                refund.compensation.into_iter().for_each(|granted| extra.add(granted));
                let sale = self.sales.get(&refund.order).copied()?;
                Some(Fact::Refunded { sale, sales, extra })
            }
            Event::BookOpened(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::CampaignOpened(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::PaymentSuspended(_)
            | Event::OrderCancelled(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderSettled(_)
            | Event::PayableMatured(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::RefundPaid(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::PeriodSealed(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_)
            | Event::UnmatchedResolved(_)
            | Event::OrderExpired(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_) => None,
            Event::RefundWithdrawn(withdrawn) => self.reopened(withdrawn.reopened.as_ref()?),
            Event::ReturnLapsed(lapsed) => self.reopened(&lapsed.reopened),
        }
    }

    fn reopened(&self, reopened: &Reopened) -> Option<Fact> {
        let sale = self.sales.get(&reopened.order).copied()?;
        let mut sales = Total::ZERO;
        reopened.lines.iter().for_each(|line| sales.add(line.paid));
        sales.add(reopened.shipping_fee);
        let mut extra = Total::ZERO;
        extra.add(reopened.due);
        Some(Fact::Reopened { sale, sales, extra: extra.minus(sales) })
    }
}

/// What paid an order: what was owed at its placing, or less where its campaign had closed at a lower price.
fn money_of(paid: &OrderPaid) -> Money {
    let arrived = paid.payment.as_ref().map(|payment| payment.amount);
    let resolved = paid.out_of_suspense.as_ref().map(|money| money.amount);
    arrived.or(resolved).unwrap_or(Money::ZERO)
}
