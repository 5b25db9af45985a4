//! Visits: who looked at what on which day, from where. Exact: 24 bytes for each distinct visitor, campaign,
//! day and source, and up to as much again while new ones wait to be merged; plus the ids, once each.

use serde::{Deserialize, Serialize};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, CampaignId};

use super::ids::{Ids, Index, moved};
use crate::calendar::Day;

/// Visits of one visitor to one campaign on one day from one source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) day: Day,
    pub(crate) visitor: Index,
    /// In [`Traffic::campaigns`]; none for the shop as a whole.
    pub(crate) campaign: Option<Index>,
    /// In [`Traffic::sources`].
    pub(crate) source: Option<Index>,
    /// 0 where goods were only put into the cart or among the favourites.
    pub(crate) views: u32,
    /// How often that was done.
    pub(crate) shortlisted: u32,
}

impl Visit {
    const fn key(&self) -> (Day, Index, Option<Index>, Option<Index>) {
        (self.day, self.visitor, self.campaign, self.source)
    }
}

/// All visits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Traffic {
    pub(crate) campaigns: Ids<CampaignId>,
    pub(crate) sources: Ids<Name>,
    /// Sorted, each key once.
    merged: Vec<Visit>,
    /// As they came.
    waiting: Vec<Visit>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    campaigns: Ids<CampaignId>,
    sources: Ids<Name>,
    visits: Vec<Visit>,
}

impl From<Traffic> for Stored {
    fn from(mut traffic: Traffic) -> Self {
        traffic.settle();
        let Traffic { campaigns, sources, merged, waiting: _ } = traffic;
        Self { campaigns, sources, visits: merged }
    }
}

impl From<Stored> for Traffic {
    fn from(stored: Stored) -> Self {
        let Stored { campaigns, sources, visits } = stored;
        // Sorted and merged again: nothing is believed of what was kept outside.
        let mut traffic = Self { campaigns, sources, merged: Vec::new(), waiting: visits };
        traffic.settle();
        traffic
    }
}

/// So many wait at least before they are merged.
const WAITING_MIN: usize = 1 << 16;

impl Traffic {
    pub(crate) fn visited(
        &mut self,
        visitor: BuyerId,
        campaign: Option<CampaignId>,
        source: Option<&Name>,
        day: Day,
        buyers: &mut Ids<BuyerId>,
    ) {
        self.push(visitor, campaign, source, day, buyers, (1, 0));
    }

    pub(crate) fn shortlisted(
        &mut self,
        visitor: BuyerId,
        campaign: Option<CampaignId>,
        day: Day,
        buyers: &mut Ids<BuyerId>,
    ) {
        self.push(visitor, campaign, None, day, buyers, (0, 1));
    }

    fn push(
        &mut self,
        visitor: BuyerId,
        campaign: Option<CampaignId>,
        source: Option<&Name>,
        day: Day,
        buyers: &mut Ids<BuyerId>,
        (views, shortlisted): (u32, u32),
    ) {
        let Some(visitor) = buyers.place(&visitor) else { return };
        let campaign = campaign.and_then(|campaign| self.campaigns.place(&campaign));
        let source = source.and_then(|source| self.sources.place(source));
        self.waiting.push(Visit { day, visitor, campaign, source, views, shortlisted });
        if self.waiting.len() >= WAITING_MIN.max(self.merged.len()) {
            self.settle();
        }
    }

    /// Merges what waits into what is merged.
    pub(crate) fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.merged.append(&mut self.waiting);
        self.merged.sort_unstable_by_key(Visit::key);
        self.merged.dedup_by(|next, kept| {
            let same = next.key() == kept.key();
            if same {
                kept.views = kept.views.saturating_add(next.views);
                kept.shortlisted = kept.shortlisted.saturating_add(next.shortlisted);
            }
            same
        });
        self.merged.shrink_to_fit();
    }

    /// All visits; those of one key may come more than once.
    pub(crate) fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.merged.iter().chain(&self.waiting)
    }

    /// Adds another book's visits.
    pub(crate) fn merge(&mut self, other: &Self, buyers: &[Option<Index>]) {
        let campaigns = self.campaigns.merge(&other.campaigns);
        let sources = self.sources.merge(&other.sources);
        let place = |old: Option<Index>, places: &[Option<Index>]| moved(places, old?);
        let theirs = other.visits().filter_map(|visit| {
            Some(Visit {
                visitor: moved(buyers, visit.visitor)?,
                campaign: place(visit.campaign, &campaigns),
                source: place(visit.source, &sources),
                ..*visit
            })
        });
        self.waiting.extend(theirs);
        self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distinct_visit_takes_24_bytes_and_many_are_one() {
        assert_eq!(size_of::<Visit>(), 24);
        let mut buyers = Ids::default();
        let mut traffic = Traffic::default();
        for n in 0..200_000_u32 {
            let visitor = BuyerId::from_bytes([u8::try_from(n % 7).unwrap(); 16]);
            let day = Day::new(i32::try_from(n % 3).unwrap());
            traffic.visited(visitor, None, None, day, &mut buyers);
        }
        assert!(traffic.waiting.len() <= WAITING_MIN);
        traffic.settle();
        assert_eq!(traffic.merged.len(), 21);
        assert_eq!(traffic.visits().map(|visit| visit.views).sum::<u32>(), 200_000);
    }
}
