//! Units of a line: what is left to ship, to receive, to refund. `domain.md` §11 *Units*, *Before shipment*.

use crate::book::{Campaign, Line, Order, OrderStatus, Read};
use crate::command::Way;
use crate::event::LineUnits;
use crate::id::OrderId;
use crate::rejection::Rejection;
use crate::time::Time;

impl Line {
    /// Units refunded, wherever they were and whoever bears it.
    pub fn returned(&self) -> u32 {
        self.refunded_unshipped
            .saturating_add(self.refunded_received)
            .saturating_add(self.refunded_under_way)
            .saturating_add(self.refunded_unreplaced)
    }

    /// Units that are not refunded.
    pub fn left(&self) -> u32 {
        self.quantity.saturating_sub(self.returned())
    }

    /// What the buyer owed or paid for the line.
    pub fn paid(&self) -> crate::money::Money {
        self.list.minus(self.discount).unwrap_or(crate::money::Money::ZERO)
    }

    /// Units that are neither shipped nor refunded.
    pub fn unshipped(&self) -> u32 {
        self.quantity.saturating_sub(self.shipped).saturating_sub(self.refunded_unshipped)
    }

    /// Units on their way, or waiting at the pick-up point.
    pub fn under_way(&self) -> u32 {
        self.shipped
            .saturating_add(self.replaced)
            .saturating_sub(self.received)
            .saturating_sub(self.refunded_under_way)
            .saturating_sub(self.exchanged_under_way)
    }

    /// Units that the buyer has.
    pub fn with_buyer(&self) -> u32 {
        self.received.saturating_sub(self.refunded_received).saturating_sub(self.exchanged_received)
    }

    /// Exchanged units whose replacement wasn't sent, the goods being back or not.
    pub fn unreplaced(&self) -> u32 {
        self.exchanged_received
            .saturating_add(self.exchanged_under_way)
            .saturating_sub(self.replaced)
            .saturating_sub(self.refunded_unreplaced)
    }

    /// Of them those whose goods are back, or needn't come: their replacement can be sent.
    pub fn replaceable(&self) -> u32 {
        self.exchanged_back.saturating_sub(self.replaced).saturating_sub(self.refunded_unreplaced)
    }

    /// Exchanged units whose goods are awaited.
    fn exchange_awaited(&self) -> u32 {
        self.unreplaced().saturating_sub(self.replaceable())
    }

    /// Units that a refund which takes unshipped units first would take there: replacements not sent too.
    fn not_sent(&self) -> u32 {
        self.unshipped().saturating_add(self.replaceable())
    }

    /// Replacements that can be sent: not those under an open request.
    pub fn sendable_again(&self) -> u32 {
        self.replaceable().saturating_sub(self.open().saturating_sub(self.unshipped()))
    }

    /// Units under an open request that takes unshipped ones first.
    pub(crate) fn open(&self) -> u32 {
        u32::try_from(self.asked.saturating_sub(self.answered)).unwrap_or(u32::MAX)
    }

    /// Units under an open request of a return.
    pub(crate) fn open_return(&self) -> u32 {
        u32::try_from(self.asked_return.saturating_sub(self.answered_return)).unwrap_or(u32::MAX)
    }

    /// Units that can be shipped: not those under an open request.
    pub fn shippable(&self) -> u32 {
        self.unshipped().saturating_sub(self.open())
    }

    /// Units that can still be asked for.
    pub fn unasked(&self) -> u32 {
        self.left()
            .saturating_sub(self.open())
            .saturating_sub(self.open_return())
            .saturating_sub(self.exchange_awaited())
    }

    /// Units that can be asked back: shipped, and not under an open request.
    pub fn returnable(&self) -> u32 {
        let open_on_shipped = self.open().saturating_sub(self.not_sent());
        self.under_way()
            .saturating_add(self.with_buyer())
            .saturating_sub(self.open_return())
            .saturating_sub(open_on_shipped)
    }
}

impl Order {
    /// How far the order is.
    pub fn status(&self) -> OrderStatus {
        if self.cancelled.is_some() {
            OrderStatus::Cancelled
        } else if self.expired.is_some() {
            OrderStatus::Expired
        } else if self.settled.is_some() {
            OrderStatus::Settled
        } else if self.paid.is_none() {
            OrderStatus::Placed
        } else if self.received.is_some() && self.unreceived() == 0 {
            OrderStatus::Received
        } else if self.shipped.is_some() {
            if self.way == Way::Pickup { OrderStatus::AtPickup } else { OrderStatus::Shipped }
        } else {
            OrderStatus::Paid
        }
    }

    /// Units that are neither received nor refunded; one that is exchanged until its replacement is received.
    pub fn unreceived(&self) -> u64 {
        let of = |line: &Line| {
            u64::from(line.unshipped())
                .saturating_add(u64::from(line.under_way()))
                .saturating_add(u64::from(line.unreplaced()))
        };
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(of(line)))
    }

    /// Units that are not refunded.
    pub fn live(&self) -> u64 {
        let of = |line: &Line| u64::from(line.left());
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(of(line)))
    }

    /// The end of the after-sales window, included in it; none while it is open without an end.
    /// `domain.md` §11 *Times*.
    pub fn window_end(&self, campaign: &Campaign) -> Option<Time> {
        let (_, received_at) = self.received?;
        let ends = received_at.plus_days(campaign.terms.after_sales_days);
        (self.unreceived() == 0).then_some(ends)
    }

    /// From when on it expires, if it isn't paid.
    pub fn expires_at(&self, campaign: &Campaign) -> Time {
        self.placed_at.plus_minutes(campaign.terms.pay_within_minutes)
    }

    /// From when on what is under way counts as received; none before anything was shipped. `domain.md` §11
    /// *Units*.
    pub fn auto_received_at(&self, campaign: &Campaign) -> Option<Time> {
        let (_, shipped_at) = self.shipped?;
        Some(shipped_at.plus_days(campaign.terms.auto_receive_days))
    }

    /// When its supplier's terms have run; none before it is settled. `domain.md` §11 *Terms of payment*.
    pub fn matures_at(&self, campaign: &Campaign) -> Option<Time> {
        let (_, settled_at) = self.settled?;
        Some(settled_at.plus_days(campaign.supplier_terms_days))
    }

    /// The line of a sku.
    pub fn line(&self, sku: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.sku.as_str() == sku)
    }
}

/// The order of an id.
pub(crate) fn find<S: Read>(state: &S, order: OrderId) -> Result<&Order, Rejection> {
    state.get::<Order>(&order).ok_or(Rejection::UnknownOrder { order })
}

/// Refuses an order that wasn't paid, or was cancelled before it was.
pub(crate) fn paid_only(order: &Order, id: OrderId) -> Result<(), Rejection> {
    if order.paid.is_some() { Ok(()) } else { Err(Rejection::NotPaid { order: id }) }
}

/// Checks that the lines' skus are in the order.
pub(crate) fn check_skus<'a>(
    order: &Order,
    skus: impl IntoIterator<Item = &'a str>,
) -> Result<(), Rejection> {
    for sku in skus {
        if order.line(sku).is_none() {
            return Err(Rejection::UnknownSku { sku: sku.into() });
        }
    }
    Ok(())
}

/// All units of each line that `left` counts; empty when there are none.
pub(crate) fn all_left(order: &Order, left: impl Fn(&Line) -> u32) -> Vec<LineUnits> {
    let units = |line: &Line| LineUnits { sku: line.sku.clone(), quantity: left(line) };
    order.lines.iter().map(units).filter(|line| line.quantity > 0).collect()
}
