//! Units: never more sold than there are, never more to one buyer than allowed when ordering, never
//! released what was not reserved.

use std::collections::BTreeMap;

use tuanzhang_core::event::{CampaignOpened, OrderPlaced, StockAdded};
use tuanzhang_core::{BuyerId, CampaignId, OrderId, PartyId};

use super::{Facts, Holds, holds, minor};

/// A campaign, as its events tell it.
#[derive(Debug)]
pub(super) struct CampaignFacts {
    pub(super) owner: PartyId,
    pub(super) supplier: Option<PartyId>,
    /// Return shipping, at most so much a refund.
    pub(super) cap: i128,
    items: BTreeMap<String, ItemFacts>,
}

#[derive(Debug)]
struct ItemFacts {
    /// Units ever put in stock; none where it is unlimited.
    stocked: Option<i128>,
    /// Units that orders hold, or that left.
    reserved: i128,
    limit: Option<i128>,
    /// Live units of each buyer.
    live: BTreeMap<BuyerId, i128>,
}

impl ItemFacts {
    fn stands(&self, sku: &str) -> Holds {
        let Self { stocked, reserved, .. } = self;
        holds(*reserved >= 0, || format!("{sku}: more units released than reserved"))?;
        let oversold = stocked.is_some_and(|stocked| *reserved > stocked);
        holds(!oversold, || format!("oversold: {reserved} of {stocked:?} units of {sku}"))
    }
}

impl Facts {
    pub(super) fn campaign_opened(&mut self, e: &CampaignOpened) {
        let items = e.terms.items.iter().map(|item| {
            let facts = ItemFacts {
                stocked: item.stock.map(i128::from),
                reserved: 0,
                limit: item.limit_per_buyer.map(i128::from),
                live: BTreeMap::new(),
            };
            (item.sku.to_string(), facts)
        });
        let facts = CampaignFacts {
            owner: e.owner,
            supplier: e.supplier,
            cap: minor(e.terms.return_shipping.cap),
            items: items.collect(),
        };
        self.campaigns.insert(e.campaign, facts);
    }

    pub(super) fn stock_added(&mut self, e: &StockAdded) -> Holds {
        let item = self.item(e.campaign, e.sku.as_str())?;
        if let Some(stocked) = &mut item.stocked {
            *stocked += i128::from(e.quantity);
        }
        Ok(())
    }

    pub(super) fn units_placed(&mut self, e: &OrderPlaced) -> Holds {
        for line in &e.lines {
            let (sku, units) = (line.sku.as_str(), i128::from(line.quantity));
            self.units_live(e.order, sku, units)?;
            let item = self.item(e.campaign, sku)?;
            item.reserved += units;
            item.stands(sku)?;
            let live = e.buyer.and_then(|buyer| item.live.get(&buyer)).copied().unwrap_or(0);
            let limit = item.limit;
            holds(limit.is_none_or(|limit| live <= limit), || {
                format!("{live} live units of {sku} ordered, {limit:?} allowed")
            })?;
        }
        Ok(())
    }

    /// So many units of a line came alive, or (negative) are alive no more.
    pub(super) fn units_live(&mut self, order: OrderId, sku: &str, units: i128) -> Holds {
        let order = self.orders.get(&order).ok_or("an unknown order")?;
        let (campaign, Some(buyer)) = (order.campaign, order.buyer) else { return Ok(()) };
        let live = self.item(campaign, sku)?.live.entry(buyer).or_insert(0);
        *live += units;
        holds(*live >= 0, || format!("fewer than no live units of {sku}"))
    }

    /// So many units of a line that were never shipped can be ordered again.
    pub(super) fn units_released(&mut self, order: OrderId, sku: &str, units: i128) -> Holds {
        let campaign = self.orders.get(&order).ok_or("an unknown order")?.campaign;
        let item = self.item(campaign, sku)?;
        item.reserved -= units;
        item.stands(sku)
    }

    /// Units that can still be ordered.
    pub(super) fn available(&self, campaign: CampaignId, sku: &str) -> Option<i128> {
        let item = self.campaigns.get(&campaign)?.items.get(sku)?;
        item.stocked.map(|stocked| stocked - item.reserved)
    }

    fn item(&mut self, campaign: CampaignId, sku: &str) -> Result<&mut ItemFacts, String> {
        let campaign = self.campaigns.get_mut(&campaign).ok_or("an unknown campaign")?;
        campaign.items.get_mut(sku).ok_or_else(|| format!("an unknown item {sku}"))
    }
}
