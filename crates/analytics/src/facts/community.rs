//! Members, reviews, complaints, suggestions. About 60 bytes each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tuanzhang_core::activity::Rating;
use tuanzhang_core::{BuyerId, ComplaintId, ReviewId, SuggestionId};

use super::ids::{Ids, Index, moved};
use crate::calendar::Day;

/// One joining, and its end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    /// Place in [`super::Shop::books`]: the group.
    pub(crate) book: u32,
    pub(crate) member: Index,
    pub(crate) at: i64,
    pub(crate) day: Day,
    pub(crate) joined: bool,
    pub(crate) invited_by: Option<Index>,
}

/// A review as it was made last: of several under one id the greatest of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    /// Its time, the position in the stream and the place in the record.
    pub(crate) stamp: (i64, u64, usize),
    pub(crate) day: Day,
    pub(crate) rating: Rating,
}

/// A complaint, and when it was resolved: of several under one id the earliest of each.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Complaint {
    pub(crate) made: Option<Day>,
    pub(crate) resolved: Option<Day>,
}

/// All of a group's community facts but its visits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Community {
    /// Joins and leaves, as they came.
    pub(crate) membership: Vec<Membership>,
    /// Days on which an invitation was sent.
    pub(crate) invitations: BTreeMap<Day, u64>,
    pub(crate) reviews: BTreeMap<ReviewId, Review>,
    pub(crate) complaints: BTreeMap<ComplaintId, Complaint>,
    pub(crate) suggestions: BTreeMap<SuggestionId, Day>,
}

impl Community {
    pub(crate) fn joined(
        &mut self,
        member: BuyerId,
        invited_by: Option<BuyerId>,
        (at, day): (i64, Day),
        buyers: &mut Ids<BuyerId>,
    ) {
        let Some(member) = buyers.place(&member) else { return };
        let invited_by = invited_by.and_then(|inviter| buyers.place(&inviter));
        self.membership.push(Membership { book: 0, member, at, day, joined: true, invited_by });
    }

    pub(crate) fn left(
        &mut self,
        member: BuyerId,
        (at, day): (i64, Day),
        buyers: &mut Ids<BuyerId>,
    ) {
        let Some(member) = buyers.place(&member) else { return };
        self.membership.push(Membership {
            book: 0,
            member,
            at,
            day,
            joined: false,
            invited_by: None,
        });
    }

    pub(crate) fn reviewed(&mut self, id: ReviewId, made: Review) {
        let last = self.reviews.entry(id).or_insert(made);
        *last = made.max(*last);
    }

    pub(crate) fn complained(&mut self, id: ComplaintId, complaint: Complaint) {
        let earliest = |a: Option<Day>, b: Option<Day>| a.into_iter().chain(b).min();
        let first = self.complaints.entry(id).or_default();
        first.made = earliest(first.made, complaint.made);
        first.resolved = earliest(first.resolved, complaint.resolved);
    }

    pub(crate) fn suggested(&mut self, id: SuggestionId, day: Day) {
        let first = self.suggestions.entry(id).or_insert(day);
        *first = day.min(*first);
    }

    pub(crate) fn invited(&mut self, day: Day) {
        let sent = self.invitations.entry(day).or_default();
        *sent = sent.saturating_add(1);
    }

    /// Joins and leaves in the order of time; of the same instant as they came.
    pub(crate) fn in_order(&self) -> Vec<Membership> {
        let mut all = self.membership.clone();
        all.sort_by_key(|change| change.at);
        all
    }

    /// Adds another group's.
    pub(crate) fn merge(&mut self, other: &Self, books: u32, buyers: &[Option<Index>]) {
        let theirs = other.membership.iter().filter_map(|change| {
            let member = moved(buyers, change.member)?;
            let invited_by = change.invited_by.and_then(|old| moved(buyers, old));
            let book = change.book.saturating_add(books);
            Some(Membership { book, member, invited_by, ..*change })
        });
        self.membership.extend(theirs);
        for (day, sent) in &other.invitations {
            let sum = self.invitations.entry(*day).or_default();
            *sum = sum.saturating_add(*sent);
        }
        other.reviews.iter().for_each(|(id, made)| self.reviewed(*id, *made));
        other.complaints.iter().for_each(|(id, complaint)| self.complained(*id, *complaint));
        other.suggestions.iter().for_each(|(id, day)| self.suggested(*id, *day));
    }
}
