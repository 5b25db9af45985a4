//! Units: never more sold than there are, never more to one buyer than allowed when ordering, never
//! released what was not reserved.

use hashbrown::HashMap;
use tuanzhang_core::event::{CampaignOpened, OrderPlaced, StockAdded};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, CampaignId, PartyId};

use super::Invariants;
use super::say::Say;
use crate::Rule;

/// A campaign, as its events tell it.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) id: CampaignId,
    pub(super) owner: PartyId,
    pub(super) supplier: Option<PartyId>,
    /// Return shipping, at most so much a refund.
    pub(super) cap: i64,
    places: HashMap<Name, u32>,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    sku: Name,
    /// Units ever put in stock; none where it is unlimited.
    stocked: Option<i64>,
    /// Units that orders hold, or that left.
    reserved: i64,
    limit: Option<i64>,
    /// Live units of each buyer, where there is a limit.
    live: HashMap<BuyerId, i64>,
}

impl Item {
    fn stands(&self, say: &mut Say) {
        let Self { stocked, reserved, sku, .. } = self;
        let within = *reserved >= 0 && stocked.is_none_or(|stocked| *reserved <= stocked);
        say.hold(within, Rule::NeverOversold, |_| {
            let most = stocked.map_or_else(|| "any number".into(), |most| most.to_string());
            [sku.to_string(), format!("0 to {most} units held"), reserved.to_string()]
        });
    }
}

impl Campaign {
    pub(super) fn of(e: &CampaignOpened) -> Self {
        let mut places = HashMap::new();
        let mut items = Vec::with_capacity(e.terms.items.len());
        for (item, place) in e.terms.items.iter().zip(0_u32..) {
            places.insert(item.sku.clone(), place);
            items.push(Item {
                sku: item.sku.clone(),
                stocked: item.stock.map(|stock| i64::try_from(stock).unwrap_or(i64::MAX)),
                reserved: 0,
                limit: item.limit_per_buyer.map(i64::from),
                live: HashMap::new(),
            });
        }
        let cap = e.terms.return_shipping.cap.minor();
        Self { id: e.campaign, owner: e.owner, supplier: e.supplier, cap, places, items }
    }

    /// The place of an item.
    pub(super) fn place(&self, sku: &Name) -> Option<u32> {
        self.places.get(sku).copied()
    }

    pub(super) fn sku(&self, place: u32) -> &str {
        usize::try_from(place).ok().and_then(|at| self.items.get(at)).map_or("", |i| i.sku.as_str())
    }

    fn item(&mut self, place: u32) -> Option<&mut Item> {
        usize::try_from(place).ok().and_then(|place| self.items.get_mut(place))
    }

    /// So many units of an item came alive for a buyer, or (negative) are alive no more.
    pub(super) fn live(&mut self, place: u32, buyer: Option<BuyerId>, units: i64) {
        let Some(item) = self.item(place).filter(|item| item.limit.is_some()) else { return };
        if let Some(buyer) = buyer {
            let live = item.live.entry(buyer).or_insert(0);
            *live = live.saturating_add(units);
        }
    }

    /// So many units of an item are held, or (negative) can be ordered again.
    pub(super) fn reserve(&mut self, place: u32, units: i64, say: &mut Say) {
        if let Some(item) = self.item(place) {
            item.reserved = item.reserved.saturating_add(units);
            item.stands(say);
        }
    }

    /// Takes in a line that was ordered.
    pub(super) fn ordered(&mut self, place: u32, e: &OrderPlaced, units: i64, say: &mut Say) {
        self.live(place, e.buyer, units);
        self.reserve(place, units, say);
        let Some(item) = self.item(place) else { return };
        let (Some(limit), Some(buyer)) = (item.limit, e.buyer) else { return };
        let live = item.live.get(&buyer).copied().unwrap_or(0);
        say.hold(live <= limit, Rule::LimitPerBuyer, |_| {
            let about = format!("{}, buyer {buyer}", item.sku);
            [about, format!("at most {limit} live units"), live.to_string()]
        });
    }

    fn left(&self, sku: &Name) -> Option<i64> {
        let at = usize::try_from(self.place(sku)?).ok()?;
        let item = self.items.get(at)?;
        item.stocked.map(|stocked| stocked.saturating_sub(item.reserved))
    }
}

impl Invariants {
    pub(super) fn campaign_opened(&mut self, e: &CampaignOpened, say: &mut Say) {
        self.campaigns.add(e.campaign, Campaign::of(e), "campaign", say);
    }

    pub(super) fn stock_added(&mut self, e: &StockAdded, say: &mut Say) {
        let Some(campaign) = self.campaigns.known(&e.campaign, "campaign", say) else { return };
        let Some(place) = campaign.place(&e.sku) else { return say.unknown("item", &e.sku) };
        if let Some(stocked) = campaign.item(place).and_then(|item| item.stocked.as_mut()) {
            *stocked = stocked.saturating_add(e.quantity.into());
        }
    }

    /// Units of an item that can still be ordered, as the events tell it; none where that is unlimited.
    pub fn stock_left(&self, campaign: CampaignId, sku: &Name) -> Option<i64> {
        self.campaigns.get(&campaign)?.left(sku)
    }
}
