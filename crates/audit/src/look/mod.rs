//! What no rule forbids and an auditor looks at: who approved what, self-purchases, what was done by hand.
//!
//! Sums are of everything; of single records the largest [`LARGEST_MAX`] of a kind are kept, and of people and
//! campaigns the [`LISTED_MAX`] with the largest amounts. Memory: a few sums for each approver, owner and kind.

mod kind;
mod of_event;

use hashbrown::HashMap;
use tuanzhang_core::command::FundedBy;
use tuanzhang_core::{Actor, CampaignId, Money, Record, Role, Time};

use crate::invariants::Invariants;
pub use kind::LookKind;

/// Single records that are kept of each kind.
pub const LARGEST_MAX: usize = 20;
/// Approvers, and owners, that are kept.
pub const LISTED_MAX: usize = 50;

/// So many, of so much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Of how much in all, in minor units.
    pub amount_minor: i128,
}

impl Sum {
    fn add(&mut self, amount: Money) {
        self.count = self.count.saturating_add(1);
        self.amount_minor = self.amount_minor.saturating_add(amount.minor().into());
    }
}

/// One record to look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    /// Why.
    pub kind: LookKind,
    /// The record.
    pub position: u64,
    /// The event in it, from 0.
    pub event: usize,
    /// When it was recorded.
    pub at: Time,
    /// Who sent it.
    pub actor: Actor,
    /// How much.
    pub amount: Money,
    /// What it is about: an order, a refund, accounts.
    pub about: String,
    /// The reason that was given.
    pub reason: String,
}

/// All of a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfKind {
    /// Which.
    pub kind: LookKind,
    /// All of them.
    pub sum: Sum,
    /// The largest [`LARGEST_MAX`], the largest first.
    pub largest: Vec<Look>,
}

/// What somebody approved of what others asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Approver {
    /// Who.
    pub actor: Actor,
    /// Refunds, and what they owe in all.
    pub refunds: Sum,
    /// Of them those of campaigns that the approver opened.
    pub own_campaigns: Sum,
    /// Goods amounts that one party bears whole.
    pub goodwill: Sum,
    /// Compensation.
    pub compensation: Sum,
    /// Return shipping.
    pub return_shipping: Sum,
}

/// Refunds that a campaign's owner approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnCampaign {
    /// The campaign.
    pub campaign: CampaignId,
    /// Who opened it, and approved.
    pub owner: Actor,
    /// The refunds.
    pub refunds: Sum,
}

/// What to look at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ToLookAt {
    /// Refunds that the book opened and approved itself: cancelled, unformed, price.
    pub refunds_by_the_book: Sum,
    /// People who approved refunds.
    pub approvers_total: usize,
    /// Those of the largest amounts.
    pub approvers: Vec<Approver>,
    /// Campaigns whose owner approved refunds of them.
    pub own_campaigns_total: usize,
    /// Those of the largest amounts.
    pub own_campaigns: Vec<OwnCampaign>,
    /// Paid orders whose buyer has the id of who fills this role in it.
    pub self_purchases: Vec<(Role, Sum)>,
    /// Discounts by who pays for them.
    pub discounts: Vec<(FundedBy, Sum)>,
    /// By kind, those that there are none of left out.
    pub kinds: Vec<OfKind>,
}

/// Collects what is to be looked at.
#[derive(Default)]
pub(crate) struct Looking<'a> {
    refunds_by_the_book: Sum,
    approvers: HashMap<Actor, Approver>,
    own_campaigns: HashMap<CampaignId, OwnCampaign>,
    self_purchases: [Sum; 5],
    discounts: [Sum; 6],
    kinds: HashMap<LookKind, OfKind>,
    /// Gets each.
    list: Option<&'a mut dyn FnMut(&Look)>,
}

impl<'a> Looking<'a> {
    pub(crate) fn listing(list: Option<&'a mut dyn FnMut(&Look)>) -> Self {
        Self { list, ..Self::default() }
    }

    /// Looks at a record that the invariants have taken in.
    pub(crate) fn record(&mut self, position: u64, record: &Record, known: &Invariants) {
        for (event, happened) in record.events.iter().enumerate() {
            let at = of_event::At { position, event, head: &record.head };
            self.event(&at, happened, known);
        }
    }

    fn add(&mut self, look: Look) {
        if let Some(list) = &mut self.list {
            list(&look);
        }
        let none = || OfKind { kind: look.kind, sum: Sum::default(), largest: Vec::new() };
        let of_kind = self.kinds.entry(look.kind).or_insert_with(none);
        of_kind.sum.add(look.amount);
        of_kind.largest.push(look);
        if of_kind.largest.len() >= LARGEST_MAX.saturating_mul(4) {
            largest_first(&mut of_kind.largest);
        }
    }

    pub(crate) fn done(self) -> ToLookAt {
        let mut approvers: Vec<_> = self.approvers.into_values().collect();
        let mut own_campaigns: Vec<_> = self.own_campaigns.into_values().collect();
        let mut kinds: Vec<_> = self.kinds.into_values().collect();
        let (approvers_total, own_campaigns_total) = (approvers.len(), own_campaigns.len());
        approvers.sort_by_key(|a| (std::cmp::Reverse(a.refunds.amount_minor), a.actor));
        own_campaigns.sort_by_key(|c| (std::cmp::Reverse(c.refunds.amount_minor), c.campaign));
        approvers.truncate(LISTED_MAX);
        own_campaigns.truncate(LISTED_MAX);
        kinds.sort_by_key(|of_kind| of_kind.kind);
        for of_kind in &mut kinds {
            largest_first(&mut of_kind.largest);
        }
        let funders = std::iter::once(FundedBy::Shared).chain(Role::ALL.map(FundedBy::Role));
        let some = |(_, sum): &(FundedBy, Sum)| sum.count > 0;
        ToLookAt {
            refunds_by_the_book: self.refunds_by_the_book,
            approvers_total,
            approvers,
            own_campaigns_total,
            own_campaigns,
            self_purchases: Role::ALL
                .into_iter()
                .zip(self.self_purchases)
                .filter(|(_, sum)| sum.count > 0)
                .collect(),
            discounts: funders.zip(self.discounts).filter(some).collect(),
            kinds,
        }
    }
}

fn largest_first(looks: &mut Vec<Look>) {
    looks.sort_by_key(|look| (std::cmp::Reverse(look.amount), look.position, look.event));
    looks.truncate(LARGEST_MAX);
}
