//! What is on sale, and who sells it: campaigns and their items.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tuanzhang_core::event::{CampaignOpened, PresaleDecided};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BookId, CampaignId, PartyId, Role};

use super::ids::{Ids, Index, moved};
use crate::calendar::Day;

/// Whether a campaign's goods may be bought between its opening and its closing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Sale {
    /// From its opening on.
    Plain,
    /// Its presale isn't decided.
    Awaited,
    /// Its presale was decided open on this day.
    OpenedOn(Day),
    /// Its presale was dropped.
    Dropped,
}

/// A campaign, as far as figures need it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Campaign {
    pub(crate) id: CampaignId,
    pub(crate) title: String,
    pub(crate) owner: Option<Index>,
    pub(crate) supplier: Option<Index>,
    pub(crate) opens_at: i64,
    pub(crate) closes_at: i64,
    /// Microseconds.
    pub(crate) after_sales: i64,
    /// What a return's shipping costs at most, and who bears it.
    pub(crate) return_cap: i64,
    pub(crate) return_borne_by: Role,
    /// Who earns the shipping fee.
    pub(crate) shipping_to: Role,
    pub(crate) sale: Sale,
    /// Places of its items, in the order of their skus.
    items: Vec<Index>,
}

/// An item of one campaign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) campaign: Option<Index>,
    pub(crate) sku: Name,
    pub(crate) title: String,
}

/// Campaigns, items, parties and operators.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Shop {
    pub(crate) parties: Ids<PartyId>,
    pub(crate) books: Vec<(BookId, Option<Index>)>,
    pub(crate) leaders: BTreeSet<PartyId>,
    /// Of the one book that is folded; a merged one takes no more records and finds nothing by id.
    campaign_ids: Ids<CampaignId>,
    campaigns: Vec<Campaign>,
    items: Vec<Item>,
}

/// Where things of a merged shop stand now.
pub(crate) struct Places {
    pub(crate) parties: Vec<Option<Index>>,
    pub(crate) campaigns: Vec<Option<Index>>,
    pub(crate) items: Vec<Option<Index>>,
}

const DAY_MICROS: i64 = 86_400_000_000;

impl Shop {
    pub(crate) fn opened(&mut self, book: BookId, operator: PartyId) {
        let operator = self.parties.place(&operator);
        self.books.push((book, operator));
    }

    pub(crate) fn campaign_opened(&mut self, opened: &CampaignOpened) {
        let Some(campaign) = Index::new(self.campaigns.len()) else { return };
        if self.campaign_ids.place(&opened.campaign) != Some(campaign) {
            return;
        }
        let terms = &opened.terms;
        let mut items: Vec<Index> = Vec::with_capacity(terms.items.len());
        for item in &terms.items {
            let Some(place) = Index::new(self.items.len()) else { break };
            let title = item.title.as_str().to_owned();
            self.items.push(Item { campaign: Some(campaign), sku: item.sku.clone(), title });
            items.push(place);
        }
        items.sort_by(|a, b| self.sku(*a).cmp(&self.sku(*b)));
        self.campaigns.push(Campaign {
            id: opened.campaign,
            title: terms.title.as_str().to_owned(),
            owner: self.parties.place(&opened.owner),
            supplier: opened.supplier.and_then(|supplier| self.parties.place(&supplier)),
            opens_at: terms.opens_at.micros(),
            closes_at: terms.closes_at.micros(),
            after_sales: i64::from(terms.after_sales_days).saturating_mul(DAY_MICROS),
            return_cap: terms.return_shipping.cap.minor(),
            return_borne_by: terms.return_shipping.borne_by,
            shipping_to: terms.shipping.to,
            sale: if terms.presale.is_some() { Sale::Awaited } else { Sale::Plain },
            items,
        });
    }

    pub(crate) fn presale_decided(&mut self, decided: &PresaleDecided, day: Day) {
        let place = self.find(decided.campaign);
        if let Some(campaign) = place.and_then(|place| self.campaigns.get_mut(place.get())) {
            campaign.sale = if decided.open { Sale::OpenedOn(day) } else { Sale::Dropped };
        }
    }

    fn sku(&self, item: Index) -> Option<&Name> {
        self.items.get(item.get()).map(|item| &item.sku)
    }

    pub(crate) fn find(&self, campaign: CampaignId) -> Option<Index> {
        self.campaign_ids.find(&campaign)
    }

    /// The place of a campaign that may not have been opened (a visit may name any).
    pub(crate) fn campaign(&self, place: Index) -> Option<&Campaign> {
        self.campaigns.get(place.get())
    }

    /// All of them; an id that several books have stands once for each.
    pub(crate) fn campaigns(&self) -> &[Campaign] {
        &self.campaigns
    }

    pub(crate) fn item(&self, place: Index) -> Option<&Item> {
        self.items.get(place.get())
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = (Index, &Item)> {
        self.items.iter().enumerate().filter_map(|(at, known)| Some((Index::new(at)?, known)))
    }

    /// The item of a campaign with this sku.
    pub(crate) fn item_of(&self, campaign: Index, sku: &Name) -> Option<Index> {
        let items = &self.campaign(campaign)?.items;
        let at = items.binary_search_by(|item| self.sku(*item).cmp(&Some(sku))).ok()?;
        items.get(at).copied()
    }

    pub(crate) fn party(&self, place: Option<Index>) -> Option<PartyId> {
        place.and_then(|place| self.parties.get(place)).copied()
    }

    /// Adds another shop's things. A campaign belongs to its book: one whose id both have is two.
    pub(crate) fn merge(&mut self, other: &Self) -> Places {
        let parties = self.parties.merge(&other.parties);
        let party = |old: Option<Index>| old.and_then(|old| moved(&parties, old));
        self.books.extend(other.books.iter().map(|(book, operator)| (*book, party(*operator))));
        self.leaders.extend(&other.leaders);
        let places = |count: usize, from: usize| -> Vec<Option<Index>> {
            (from..from.saturating_add(count)).map(Index::new).collect()
        };
        let campaigns = places(other.campaigns.len(), self.campaigns.len());
        let items = places(other.items.len(), self.items.len());
        for theirs in &other.campaigns {
            self.campaigns.push(Campaign {
                owner: party(theirs.owner),
                supplier: party(theirs.supplier),
                items: theirs.items.iter().filter_map(|old| moved(&items, *old)).collect(),
                ..theirs.clone()
            });
        }
        for theirs in &other.items {
            // Where there is no place left, it stands without a campaign.
            let campaign = theirs.campaign.and_then(|old| moved(&campaigns, old));
            self.items.push(Item { campaign, ..theirs.clone() });
        }
        Places { parties, campaigns, items }
    }
}
