//! Community facts: one table, since they have nearly the same columns.

use tuanzhang_core::Activity;

use crate::tables::ActivityRow;

pub(crate) fn activity_row(activity: &Activity) -> ActivityRow<'_> {
    let nothing = ActivityRow {
        name: activity.name(),
        person: None,
        other: None,
        campaign: None,
        source: None,
        subject: None,
        order_id: None,
        rating: None,
    };
    match activity {
        Activity::Visited(visited) => ActivityRow {
            person: Some(visited.visitor),
            campaign: visited.campaign,
            source: visited.source.as_ref().map(tuanzhang_core::text::Name::as_str),
            ..nothing
        },
        Activity::Shortlisted(listed) => {
            ActivityRow { person: Some(listed.visitor), campaign: listed.campaign, ..nothing }
        }
        Activity::Joined(joined) => {
            ActivityRow { person: Some(joined.member), other: joined.invited_by, ..nothing }
        }
        Activity::Left(left) => ActivityRow { person: Some(left.member), ..nothing },
        Activity::Invited(invited) => {
            ActivityRow { person: Some(invited.inviter), other: invited.invitee, ..nothing }
        }
        Activity::Reviewed(review) => ActivityRow {
            subject: Some(review.review.uuid()),
            order_id: Some(review.order),
            rating: Some(review.rating.word()),
            ..nothing
        },
        Activity::Complained(complaint) => ActivityRow {
            subject: Some(complaint.complaint.uuid()),
            order_id: complaint.order,
            ..nothing
        },
        Activity::ComplaintResolved(resolved) => {
            ActivityRow { subject: Some(resolved.complaint.uuid()), ..nothing }
        }
        Activity::Suggested(suggestion) => ActivityRow {
            subject: Some(suggestion.suggestion.uuid()),
            order_id: suggestion.order,
            ..nothing
        },
    }
}
