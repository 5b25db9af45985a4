//! What tests ask of the model.

use std::collections::BTreeMap;

use tuanzhang_core::{CampaignId, OrderId, RefundId, Role};

use super::{Model, RefundStatus};

/// One line of an order, computed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineView {
    /// Units refunded, whoever bore them.
    pub returned: i128,
    /// Of what was paid, refunded; since the price was adjusted, if it was.
    pub refunded: i128,
    /// Of what was paid, neither refunded nor given back by an adjustment.
    pub remaining: i128,
    /// Still split.
    pub value: i128,
    /// The parts of the value; empty before the order is paid.
    pub parts: BTreeMap<Role, i128>,
}

impl Model {
    /// The position of the last record.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// All balances that are not zero, debits positive, by account as it is printed.
    pub fn balances(&self) -> BTreeMap<String, i128> {
        let held = self.balances.iter().filter(|(_, amount)| **amount != 0);
        held.map(|(account, amount)| (account.clone(), *amount)).collect()
    }

    /// Units of an item that can still be ordered; none where it is unlimited or unknown.
    pub fn stock(&self, campaign: CampaignId, sku: &str) -> Option<i128> {
        self.in_stock(self.campaigns.get(&campaign)?, sku)
    }

    /// Live units of an item over all orders, and of them those that are paid.
    pub fn units_of_item(&self, campaign: CampaignId, sku: &str) -> (i128, i128) {
        let orders = self.orders.values().filter(|order| order.campaign == campaign);
        let (mut live, mut kept) = (0, 0);
        for order in orders.filter(|order| !order.is_void()) {
            let units = order.line(sku).map_or(0, super::Line::left);
            live += units;
            kept += if order.paid.is_some() { units } else { 0 };
        }
        (live, kept)
    }

    /// `placed paid shipped at_pickup received settled cancelled expired`.
    pub fn order_status(&self, order: OrderId) -> Option<&'static str> {
        let order = self.orders.get(&order)?;
        let pickup = order.way == tuanzhang_core::command::Way::Pickup;
        Some(if order.cancelled {
            "cancelled"
        } else if order.expired {
            "expired"
        } else if order.paid.is_none() {
            "placed"
        } else if order.settled_at.is_some() {
            "settled"
        } else if !order.anything_shipped() {
            "paid"
        } else if order.units_not_received() == 0 {
            "received"
        } else if pickup {
            "at_pickup"
        } else {
            "shipped"
        })
    }

    /// `requested approved rejected withdrawn paid lapsed`.
    pub fn refund_status(&self, refund: RefundId) -> Option<&'static str> {
        Some(match self.refunds.get(&refund)?.status {
            RefundStatus::Requested => "requested",
            RefundStatus::Approved => "approved",
            RefundStatus::Rejected => "rejected",
            RefundStatus::Withdrawn => "withdrawn",
            RefundStatus::Paid => "paid",
            RefundStatus::Lapsed => "lapsed",
        })
    }

    /// A line of an order.
    pub fn line(&self, order: OrderId, sku: &str) -> Option<LineView> {
        let order = self.orders.get(&order)?;
        let line = order.line(sku)?;
        Some(LineView {
            returned: line.refunded(),
            refunded: line.refunded_paid,
            remaining: line.remaining_paid(),
            value: line.value,
            parts: line.parts.clone(),
        })
    }
}
