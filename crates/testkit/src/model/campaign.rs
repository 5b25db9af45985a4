//! Campaigns: terms, sellers, stock, close.

use tuanzhang_core::campaign::{AddStock, AllowSeller, CloseCampaign, OpenCampaign};
use tuanzhang_core::{Actor, BuyerId, CampaignId, Role, Time};

use super::{Campaign, Change, Code, Item, Model, form_campaign};

impl Model {
    pub(crate) fn open_campaign(&self, actor: Actor, c: &OpenCampaign) -> Result<Change, Code> {
        self.leader(c.owner)?;
        if let Some(supplier) = c.supplier {
            self.supplier(supplier)?;
        }
        self.authorise(actor, c.clone())?;
        let campaign = form_campaign::open_campaign(c, self.opened().decimals)?;
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    pub(crate) fn campaign(&self, id: CampaignId) -> Result<&Campaign, Code> {
        self.campaigns.get(&id).ok_or("unknown_campaign")
    }

    pub(crate) fn allow_seller(&self, actor: Actor, c: &AllowSeller) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.leader(c.seller)?;
        self.authorise(actor, c.clone())?;
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        let split = match &c.split {
            Some(split) => Some(form_campaign::split(split, self.opened().decimals)?),
            None => None,
        };
        if let Some(split) = &split {
            if split.remainder == Role::Supplier && campaign.supplier.is_none() {
                return Err("bad_terms");
            }
            let lacks_price = |item: &Item| item.split.is_none() && item.supply_price.is_none();
            if form_campaign::uses_supply_price(split) && campaign.items.iter().any(lacks_price) {
                return Err("bad_terms");
            }
        }
        campaign.sellers.insert(c.seller, split);
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    pub(crate) fn add_stock(&self, actor: Actor, c: &AddStock) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        let over = campaign.is_over();
        let item = campaign.items.iter_mut().find(|item| item.sku == c.sku).ok_or("unknown_sku")?;
        self.authorise(actor, c.clone())?;
        if over {
            return Err("campaign_closed");
        }
        if item.stock.is_none() {
            return Err("bad_terms");
        }
        item.added += i128::from(c.quantity);
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    pub(crate) fn close_campaign(
        &self,
        at: Time,
        actor: Actor,
        c: &CloseCampaign,
    ) -> Result<Change, Code> {
        let mut campaign = self.campaign(c.campaign)?.clone();
        self.authorise(actor, c.clone())?;
        if campaign.is_over() {
            return Err("campaign_closed");
        }
        if campaign.in_presale() {
            return Err("campaign_not_open");
        }
        if actor == Actor::System && at < campaign.closes_at {
            return Err("not_due");
        }
        campaign.closed_formed = self.is_formed(&campaign);
        campaign.closed = true;
        if campaign.closed_formed {
            campaign.locked = self.prices_to_lock(&campaign);
        }
        Ok(Change { campaign: Some(campaign), ..Change::default() })
    }

    /// Units that can still be ordered, counted from the orders; none where there is no stock to count.
    /// Cancelled before payment, and refunded before shipment, come back.
    pub(crate) fn in_stock(&self, campaign: &Campaign, sku: &str) -> Option<i128> {
        let item = campaign.items.iter().find(|item| item.sku == sku)?;
        let orders = self.orders.values().filter(|order| order.campaign == campaign.id);
        let lines = orders.filter(|order| !order.is_void()).filter_map(|order| order.line(sku));
        let reserved: i128 = lines.map(|line| line.quantity - line.refunded_unshipped).sum();
        item.stock.map(|stock| stock + item.added - reserved)
    }

    /// Live units that a buyer has of an item, over all sellers.
    pub(crate) fn live_units(&self, campaign: &Campaign, sku: &str, buyer: BuyerId) -> i128 {
        let orders = self.orders.values().filter(|order| order.campaign == campaign.id);
        let theirs = orders.filter(|order| order.buyer == Some(buyer) && !order.is_void());
        theirs.filter_map(|order| order.line(sku)).map(super::Line::left).sum()
    }
}
