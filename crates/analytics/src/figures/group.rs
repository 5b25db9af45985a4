//! The group itself: members, who brought them, reviews, complaints, suggestions.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tuanzhang_core::activity::Rating;

use crate::calendar::Day;
use crate::definition::{
    BAD_REVIEWS, BUYERS_AMONG_MEMBERS, COMMUNITY, COMPLAINT_RATE, COMPLAINTS, COMPLAINTS_RESOLVED,
    DAY, GOOD_RATE, GOOD_REVIEWS, GROWTH_BY_DAY, INVITATIONS, INVITED_BUYERS, INVITED_JOINS,
    INVITER, INVITER_RANK, INVITERS, JOINS, LEAVES, MEMBERS, MEMBERS_AT_END, NEUTRAL_REVIEWS,
    NEVER_BOUGHT, RECEIVED_ORDERS, REVIEWS, SILENT_MEMBERS, SUGGESTION_RATE, SUGGESTIONS,
};
use crate::exact::Ratio;
use crate::facts::{Index, Membership};
use crate::table::{Column, Table, Value};
use crate::view::View;

/// Who is a member of which groups, change by change: joining twice without leaving between is joining once; so is
/// leaving.
#[derive(Default)]
pub(super) struct Groups(HashMap<Index, BTreeSet<u32>>);

impl Groups {
    /// Takes a change; whether it was one.
    pub(super) fn take(&mut self, change: &Membership) -> bool {
        if change.joined {
            return self.0.entry(change.member).or_default().insert(change.book);
        }
        let Some(groups) = self.0.get_mut(&change.member) else { return false };
        let left = groups.remove(&change.book);
        if groups.is_empty() {
            self.0.remove(&change.member);
        }
        left
    }

    /// Whether somebody is a member of any group.
    pub(super) fn has(&self, who: Index) -> bool {
        self.0.contains_key(&who)
    }

    fn people(&self) -> HashSet<Index> {
        self.0.keys().copied().collect()
    }

    fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }
}

/// Members and their coming and going, up to the last day covered.
#[derive(Default)]
struct Members {
    now: HashSet<Index>,
    joins: u64,
    leaves: u64,
    invited_joins: u64,
    /// By day: joins, leaves and members at its end.
    by_day: BTreeMap<Day, (u64, u64, u64)>,
    /// By inviter, in the window: who joined.
    invited: HashMap<Index, Vec<Index>>,
}

fn members(view: &View<'_>) -> Members {
    let mut members = Members::default();
    let mut groups = Groups::default();
    for change in view.facts.community.in_order() {
        if change.day > view.as_of {
            continue;
        }
        if !groups.take(&change) || !view.window.has(change.day) {
            continue;
        }
        let (joins, leaves, at_end) = members.by_day.entry(change.day).or_default();
        *at_end = groups.len();
        if change.joined {
            *joins = joins.saturating_add(1);
            members.joins = members.joins.saturating_add(1);
        } else {
            *leaves = leaves.saturating_add(1);
            members.leaves = members.leaves.saturating_add(1);
        }
        if let Some(inviter) = change.invited_by.filter(|_| change.joined) {
            members.invited_joins = members.invited_joins.saturating_add(1);
            members.invited.entry(inviter).or_default().push(change.member);
        }
    }
    members.now = groups.people();
    members
}

/// Of the members: who bought, and who was neither seen nor bought in the last N3 days.
fn among(view: &View<'_>, members: &Members) -> (u64, u64) {
    let since = i32::try_from(view.settings.sleeping_days).unwrap_or(i32::MAX);
    let recent = |day: Day| day.until(view.as_of) < since && day <= view.as_of;
    let mut bought = HashSet::new();
    let mut stirred = HashSet::new();
    for own in view.buyers() {
        if let Some(last) = own.last() {
            bought.insert(last.buyer);
            stirred.extend(recent(last.day).then_some(last.buyer));
        }
    }
    let visits = view.facts.traffic.visits().filter(|visit| recent(visit.day));
    stirred.extend(visits.map(|visit| visit.visitor));
    let buyers = members.now.intersection(&bought).count();
    let silent = members.now.difference(&stirred).count();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    (count(buyers), count(silent))
}

/// Reviews, complaints and suggestions of the window.
#[derive(Clone, Copy, Default)]
struct Voices {
    good: u64,
    neutral: u64,
    bad: u64,
    complaints: u64,
    resolved: u64,
    suggestions: u64,
    received_orders: u64,
}

fn voices(view: &View<'_>) -> Voices {
    let within = |day: Day| view.window.has(day) && day <= view.as_of;
    let community = &view.facts.community;
    let mut voices = Voices::default();
    let add = |count: &mut u64, yes: bool| *count = count.saturating_add(u64::from(yes));
    for review in community.reviews.values().filter(|review| within(review.day)) {
        match review.rating {
            Rating::Good => add(&mut voices.good, true),
            Rating::Neutral => add(&mut voices.neutral, true),
            Rating::Bad => add(&mut voices.bad, true),
        }
    }
    for complaint in community.complaints.values() {
        let made = complaint.made.is_some_and(within);
        add(&mut voices.complaints, made);
        add(&mut voices.resolved, made && complaint.resolved.is_some_and(|day| day <= view.as_of));
    }
    for day in community.suggestions.values() {
        add(&mut voices.suggestions, within(*day));
    }
    for order in view.orders() {
        add(&mut voices.received_orders, order.received_day.is_some_and(within));
    }
    voices
}

fn community(view: &View<'_>, members: &Members) -> Table {
    let count = |column: Column, count: u64| (column, Value::count(count));
    let share = |column: Column, part: u64, whole: u64| {
        (column, Value::Share(Ratio::of_counts(part, whole)))
    };
    let size = u64::try_from(members.now.len()).unwrap_or(u64::MAX);
    let (buyers, silent) = among(view, members);
    let within = |day: &Day| view.window.has(*day) && *day <= view.as_of;
    let invitations = view.facts.community.invitations.iter().filter(|(day, _)| within(day));
    let invitations = invitations.fold(0_u64, |sum, (_, sent)| sum.saturating_add(*sent));
    let voices = voices(view);
    let reviews = voices.good.saturating_add(voices.neutral).saturating_add(voices.bad);
    let received = voices.received_orders;
    let figures = vec![
        count(MEMBERS, size),
        count(JOINS, members.joins),
        count(LEAVES, members.leaves),
        count(INVITATIONS, invitations),
        count(INVITED_JOINS, members.invited_joins),
        count(BUYERS_AMONG_MEMBERS, buyers),
        count(NEVER_BOUGHT, size.saturating_sub(buyers)),
        count(SILENT_MEMBERS, silent),
        count(REVIEWS, reviews),
        count(GOOD_REVIEWS, voices.good),
        count(NEUTRAL_REVIEWS, voices.neutral),
        count(BAD_REVIEWS, voices.bad),
        share(GOOD_RATE, voices.good, reviews),
        count(RECEIVED_ORDERS, received),
        count(COMPLAINTS, voices.complaints),
        count(COMPLAINTS_RESOLVED, voices.resolved),
        share(COMPLAINT_RATE, voices.complaints, received),
        count(SUGGESTIONS, voices.suggestions),
        share(SUGGESTION_RATE, voices.suggestions, received),
    ];
    Table::one(COMMUNITY, figures)
}

fn growth(members: &Members) -> Table {
    let rows = members.by_day.iter().map(|(day, (joins, leaves, at_end))| {
        vec![Value::text(day), Value::count(*joins), Value::count(*leaves), Value::count(*at_end)]
    });
    let columns = vec![DAY, JOINS, LEAVES, MEMBERS_AT_END];
    Table::many(GROWTH_BY_DAY, columns, rows.collect())
}

fn inviters(view: &View<'_>, members: &Members) -> Table {
    let bought: HashSet<Index> = view.firsts().map(|first| first.buyer).collect();
    let mut all: Vec<(usize, usize, Index)> = members
        .invited
        .iter()
        .map(|(inviter, joined)| {
            let distinct: HashSet<_> = joined.iter().collect();
            let buyers = distinct.iter().filter(|who| bought.contains(**who)).count();
            (joined.len(), buyers, *inviter)
        })
        .collect();
    all.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(view.buyer(a.2).cmp(&view.buyer(b.2))));
    let rows = all.iter().map(|(joined, buyers, inviter)| {
        let better = all.partition_point(|(other, _, _)| other > joined);
        let count = |count: usize| Value::count(u64::try_from(count).unwrap_or(u64::MAX));
        let (rank, inviter) = (count(better.saturating_add(1)), Value::maybe(view.buyer(*inviter)));
        vec![rank, inviter, count(*joined), count(*buyers)]
    });
    let columns = vec![INVITER_RANK, INVITER, INVITED_JOINS, INVITED_BUYERS];
    Table::many(INVITERS, columns, rows.collect())
}

/// The group, its growth by day, its inviters.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let members = members(view);
    vec![community(view, &members), growth(&members), inviters(view, &members)]
}
