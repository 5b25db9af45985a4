//! What is kept of a book so that a row can say more than its event does: an order's campaign, buyer, seller
//! and lines. About 150 bytes an order and 24 a line.

use std::collections::HashMap;

use tuanzhang_core::event::{CampaignOpened, OrderPlaced};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, CampaignId, Money, OrderId, PartyId, Position, RefundId};

use crate::error::ExportError;

/// A line of an order, as it was placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The place of its item in the campaign.
    item: u32,
    pub(crate) list: Money,
    pub(crate) discount: Money,
}

/// An order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) campaign: CampaignId,
    pub(crate) buyer: Option<BuyerId>,
    pub(crate) seller: PartyId,
    pub(crate) shipping: Money,
    pub(crate) lines: Box<[Line]>,
}

/// A campaign: who is in it, and what it sells.
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) owner: PartyId,
    pub(crate) supplier: Option<PartyId>,
    pub(crate) after_sales_days: u32,
    items: HashMap<Name, u32>,
}

impl Campaign {
    fn item(&self, sku: &Name) -> Option<u32> {
        self.items.get(sku).copied()
    }
}

/// Everything of a book that rows need.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    orders: HashMap<OrderId, Order>,
    campaigns: HashMap<CampaignId, Campaign>,
    refunds: HashMap<RefundId, OrderId>,
}

/// An order with its campaign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sale<'a> {
    pub(crate) order: &'a Order,
    pub(crate) campaign: &'a Campaign,
}

impl Sale<'_> {
    /// The place of an item's line in the order: a sku occurs once.
    pub(crate) fn line(&self, sku: &Name) -> Option<(i32, Line)> {
        let item = self.campaign.item(sku)?;
        let place = self.order.lines.iter().position(|line| line.item == item)?;
        Some((i32::try_from(place).ok()?, *self.order.lines.get(place)?))
    }
}

impl State {
    pub(crate) fn open(&mut self, opened: &CampaignOpened) {
        let items = opened.terms.items.iter().map(|item| item.sku.clone()).zip(0..).collect();
        let (owner, supplier) = (opened.owner, opened.supplier);
        let after_sales_days = opened.terms.after_sales_days;
        let campaign = Campaign { owner, supplier, after_sales_days, items };
        self.campaigns.insert(opened.campaign, campaign);
    }

    pub(crate) fn place(
        &mut self,
        placed: &OrderPlaced,
        position: Position,
    ) -> Result<(), ExportError> {
        let campaign = self.campaigns.get(&placed.campaign);
        let campaign = campaign.ok_or(ExportError::Unknown { position, what: "a campaign" })?;
        let lines = placed.lines.iter().map(|line| {
            let item = campaign.item(&line.sku)?;
            Some(Line { item, list: line.list, discount: line.discount })
        });
        let lines: Option<Box<[Line]>> = lines.collect();
        let lines = lines.ok_or(ExportError::Unknown { position, what: "an item" })?;
        let order = Order {
            id: placed.order,
            campaign: placed.campaign,
            buyer: placed.buyer,
            seller: placed.seller,
            shipping: placed.shipping,
            lines,
        };
        self.orders.insert(placed.order, order);
        Ok(())
    }

    pub(crate) fn refund(&mut self, refund: RefundId, order: OrderId) {
        self.refunds.insert(refund, order);
    }

    /// The order of a refund.
    pub(crate) fn order_of(&self, refund: RefundId) -> Option<OrderId> {
        self.refunds.get(&refund).copied()
    }

    /// The campaign of an order.
    pub(crate) fn campaign_of(&self, order: OrderId) -> Option<CampaignId> {
        self.orders.get(&order).map(|order| order.campaign)
    }

    pub(crate) fn sale(&self, order: OrderId, position: Position) -> Result<Sale<'_>, ExportError> {
        let unknown = |what| ExportError::Unknown { position, what };
        let order = self.orders.get(&order).ok_or_else(|| unknown("an order"))?;
        let campaign = self.campaigns.get(&order.campaign);
        Ok(Sale { order, campaign: campaign.ok_or_else(|| unknown("a campaign"))? })
    }
}
