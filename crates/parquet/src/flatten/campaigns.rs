//! Campaigns, what they sell and what became of them.

use tuanzhang_core::CampaignId;
use tuanzhang_core::event::{
    CampaignClosed, CampaignOpened, InterestExpressed, PresaleDecided, SellerAllowed, StockAdded,
};

use super::Flatten;
use crate::error::ExportError;
use crate::tables::{CampaignRow, CampaignStepRow, ItemRow};

/// A step with nothing but its name.
const fn step(campaign: CampaignId, step: &str) -> CampaignStepRow<'_> {
    let (yes, buyer, seller, sku, quantity) = (None, None, None, None, None);
    CampaignStepRow { campaign, step, yes, buyer, seller, sku, quantity }
}

impl Flatten<'_> {
    pub(super) fn campaign_opened(&mut self, opened: &CampaignOpened) -> Result<(), ExportError> {
        self.state.open(opened);
        let terms = &opened.terms;
        let (opens_day, closes_day) = ((self.day)(terms.opens_at), (self.day)(terms.closes_at));
        self.put(&CampaignRow {
            campaign: opened.campaign,
            owner: opened.owner,
            supplier: opened.supplier,
            title: terms.title.as_str(),
            opens_at: terms.opens_at,
            closes_at: terms.closes_at,
            opens_day,
            closes_day,
            shipping_to: terms.shipping.to.word(),
            return_shipping_cap_minor: terms.return_shipping.cap,
            return_shipping_borne_by: terms.return_shipping.borne_by.word(),
            after_sales_days: i64::from(terms.after_sales_days),
            return_within_days: i64::from(terms.return_within_days),
            presale: terms.presale.is_some(),
        })?;
        for (item, line) in terms.items.iter().zip(0..) {
            self.put(&ItemRow {
                campaign: opened.campaign,
                line,
                sku: item.sku.as_str(),
                title: item.title.as_str(),
                price_minor: item.price,
                supply_price_minor: item.supply_price,
                stock: item.stock.map(|stock| i64::try_from(stock).unwrap_or(i64::MAX)),
            })?;
        }
        Ok(())
    }

    pub(super) fn campaign_step(
        &mut self,
        campaign: CampaignId,
        name: &str,
    ) -> Result<(), ExportError> {
        self.put(&step(campaign, name))
    }

    pub(super) fn campaign_closed(&mut self, closed: &CampaignClosed) -> Result<(), ExportError> {
        let yes = Some(closed.formed);
        self.put(&CampaignStepRow { yes, ..step(closed.campaign, "closed") })
    }

    pub(super) fn presale_decided(&mut self, decided: &PresaleDecided) -> Result<(), ExportError> {
        let yes = Some(decided.open);
        self.put(&CampaignStepRow { yes, ..step(decided.campaign, "presale_decided") })
    }

    pub(super) fn interest(&mut self, interest: &InterestExpressed) -> Result<(), ExportError> {
        let buyer = Some(interest.buyer);
        self.put(&CampaignStepRow { buyer, ..step(interest.campaign, "interest_expressed") })
    }

    pub(super) fn seller_allowed(&mut self, allowed: &SellerAllowed) -> Result<(), ExportError> {
        let seller = Some(allowed.seller);
        self.put(&CampaignStepRow { seller, ..step(allowed.campaign, "seller_allowed") })
    }

    pub(super) fn stock_added(&mut self, added: &StockAdded) -> Result<(), ExportError> {
        let (sku, quantity) = (Some(added.sku.as_str()), Some(i64::from(added.quantity)));
        self.put(&CampaignStepRow { sku, quantity, ..step(added.campaign, "stock_added") })
    }
}
