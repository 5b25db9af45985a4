//! What moved on the accounts and to whom, by day and campaign: the ledger's own figures.
//!
//! One entry of about 60 bytes for each day, campaign and account (or party, role and base) on which
//! something moved; what is owed to buyers is one account here.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use tuanzhang_core::Role;
use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::event::{Base, Event, Moved};

use super::ids::{Ids, Index, moved};
use super::shop::{Places, Shop};
use crate::calendar::Day;

/// Where something moved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Spot {
    pub(crate) day: Day,
    pub(crate) campaign: Option<Index>,
    /// Of an account in [`Moves::accounts`], or of a party in [`Shop::parties`].
    pub(crate) of: Index,
}

/// To whom a part fell, and for what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Kind {
    pub(crate) role: Role,
    pub(crate) base: Base,
}

/// All movements.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Moves {
    pub(crate) accounts: Ids<Account>,
    /// Debits positive.
    postings: HashMap<Spot, i64>,
    /// Credits positive.
    parts: HashMap<(Spot, Kind), i64>,
}

/// Lists in place of maps, sorted, so that the same figures are the same bytes.
#[derive(Serialize, Deserialize)]
struct Stored {
    accounts: Ids<Account>,
    postings: Vec<(Day, Option<Index>, Index, i64)>,
    parts: Vec<(Day, Option<Index>, Index, Role, Base, i64)>,
}

impl From<Moves> for Stored {
    fn from(moves: Moves) -> Self {
        let postings = moves.postings.iter().map(|(spot, sum)| {
            let Spot { day, campaign, of } = *spot;
            (day, campaign, of, *sum)
        });
        let mut postings: Vec<_> = postings.collect();
        postings.sort_unstable();
        let parts = moves.parts.iter().map(|((spot, kind), sum)| {
            let Spot { day, campaign, of } = *spot;
            (day, campaign, of, kind.role, kind.base, *sum)
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort_unstable();
        Self { accounts: moves.accounts, postings, parts }
    }
}

impl From<Stored> for Moves {
    fn from(stored: Stored) -> Self {
        let postings = stored.postings.into_iter();
        let postings = postings.map(|(day, campaign, of, sum)| (Spot { day, campaign, of }, sum));
        let parts = stored.parts.into_iter().map(|(day, campaign, of, role, base, sum)| {
            ((Spot { day, campaign, of }, Kind { role, base }), sum)
        });
        Self { accounts: stored.accounts, postings: postings.collect(), parts: parts.collect() }
    }
}

impl Moves {
    /// Takes what an event moved.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        parts: Option<&Moved>,
        day: Day,
        campaign: Option<Index>,
        shop: &mut Shop,
    ) {
        let Self { accounts, postings, .. } = self;
        for_each_posting(event, &mut |account, amount| {
            let account = match account {
                Account::RefundDue(_) => Account::RefundDue(None),
                other @ (Account::Channel(_)
                | Account::Pending(_)
                | Account::Term(_)
                | Account::Available(_)
                | Account::InTransit(_)
                | Account::Suspense(_)
                | Account::Income(_)
                | Account::EquityOperator
                | Account::Expense(_)) => other,
            };
            if amount.is_zero() {
                return;
            }
            if let Some(of) = accounts.place(&account) {
                let sum = postings.entry(Spot { day, campaign, of }).or_default();
                *sum = sum.saturating_add(amount.minor());
            }
        });
        let Some(moved) = parts else { return };
        for part in moved.parts.iter().filter(|part| !part.amount.is_zero()) {
            // Money that only changes its pocket is nobody's gain.
            if part.base == Base::Balance {
                continue;
            }
            let Some(whose) = moved.party(part) else { continue };
            let Some(of) = shop.parties.place(&whose) else { continue };
            let kind = Kind { role: part.role, base: part.base };
            let sum = self.parts.entry((Spot { day, campaign, of }, kind)).or_default();
            *sum = sum.saturating_add(part.amount.minor());
        }
    }

    /// What moved on accounts, in no order; debits positive.
    pub(crate) fn postings(&self) -> impl Iterator<Item = (&Spot, &Account, i64)> {
        self.postings
            .iter()
            .filter_map(|(spot, sum)| Some((spot, self.accounts.get(spot.of)?, *sum)))
    }

    /// What fell to parties, in no order; credits positive.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&Spot, Kind, i64)> {
        self.parts.iter().map(|((spot, kind), sum)| (spot, *kind, *sum))
    }

    /// Adds another book's movements.
    pub(crate) fn merge(&mut self, other: &Self, places: &Places) {
        let accounts = self.accounts.merge(&other.accounts);
        let spot = |old: &Spot, of: &[Option<Index>]| {
            let campaign = old.campaign.and_then(|old| moved(&places.campaigns, old));
            Some(Spot { day: old.day, campaign, of: moved(of, old.of)? })
        };
        for (old, amount) in &other.postings {
            if let Some(spot) = spot(old, &accounts) {
                let sum = self.postings.entry(spot).or_default();
                *sum = sum.saturating_add(*amount);
            }
        }
        for ((old, kind), amount) in &other.parts {
            if let Some(spot) = spot(old, &places.parties) {
                let sum = self.parts.entry((spot, *kind)).or_default();
                *sum = sum.saturating_add(*amount);
            }
        }
    }
}
