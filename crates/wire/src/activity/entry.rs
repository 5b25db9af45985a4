//! An entry's bytes, by kind and schema. What was released is never edited here: a change of fields is a
//! new schema with arms of its own.

use tuanzhang_core::activity::{
    Activity, Complained, ComplaintResolved, Happened, Invited, Joined, Left, Rating, Reviewed,
    Shortlisted, Suggested, Visited,
};
use tuanzhang_core::{BuyerId, CampaignId, ComplaintId, OrderId, ReviewId, SuggestionId, Time};

use super::read::{Fault, Reader};
use super::write::Writer;
use crate::error::DecodeError;

/// The schema that all kinds are written in.
const SCHEMA: u8 = 1;

/// Appends an entry; its time is written as the way from the one before it.
pub(super) fn write(to: &mut Writer<'_>, before: Time, happened: &Happened) {
    to.number(happened.activity.number().into());
    to.byte(SCHEMA);
    to.span(before.micros(), happened.at.micros());
    match &happened.activity {
        Activity::Visited(Visited { visitor, campaign, source }) => {
            to.id(visitor.to_bytes());
            to.optional_id(campaign.map(CampaignId::to_bytes));
            to.optional_name(source.as_ref());
        }
        Activity::Shortlisted(Shortlisted { visitor, campaign }) => {
            to.id(visitor.to_bytes());
            to.optional_id(campaign.map(CampaignId::to_bytes));
        }
        Activity::Joined(Joined { member, invited_by }) => {
            to.id(member.to_bytes());
            to.optional_id(invited_by.map(BuyerId::to_bytes));
        }
        Activity::Left(Left { member }) => to.id(member.to_bytes()),
        Activity::Invited(Invited { inviter, invitee }) => {
            to.id(inviter.to_bytes());
            to.optional_id(invitee.map(BuyerId::to_bytes));
        }
        Activity::Reviewed(Reviewed { review, order, rating }) => {
            to.id(review.to_bytes());
            to.id(order.to_bytes());
            to.byte(rating.number());
        }
        Activity::Complained(Complained { complaint, order }) => {
            to.id(complaint.to_bytes());
            to.optional_id(order.map(OrderId::to_bytes));
        }
        Activity::ComplaintResolved(ComplaintResolved { complaint }) => {
            to.id(complaint.to_bytes());
        }
        Activity::Suggested(Suggested { suggestion, order }) => {
            to.id(suggestion.to_bytes());
            to.optional_id(order.map(OrderId::to_bytes));
        }
    }
}

/// Reads an entry that follows one of this time.
pub(super) fn read(from: &mut Reader<'_>, before: Time) -> Result<Happened, Fault> {
    let kind = from.number("kind")?;
    let schema = from.byte("schema")?;
    let at = Time::from_micros(from.span("time", before.micros())?);
    let activity = match (kind, schema) {
        (1, 1) => Activity::Visited(Visited {
            visitor: BuyerId::from_bytes(from.id("visitor")?),
            campaign: from.optional_id("campaign")?.map(CampaignId::from_bytes),
            source: from.optional_name("source")?,
        }),
        (2, 1) => Activity::Shortlisted(Shortlisted {
            visitor: BuyerId::from_bytes(from.id("visitor")?),
            campaign: from.optional_id("campaign")?.map(CampaignId::from_bytes),
        }),
        (16, 1) => Activity::Joined(Joined {
            member: BuyerId::from_bytes(from.id("member")?),
            invited_by: from.optional_id("invited_by")?.map(BuyerId::from_bytes),
        }),
        (17, 1) => Activity::Left(Left { member: BuyerId::from_bytes(from.id("member")?) }),
        (18, 1) => Activity::Invited(Invited {
            inviter: BuyerId::from_bytes(from.id("inviter")?),
            invitee: from.optional_id("invitee")?.map(BuyerId::from_bytes),
        }),
        (32, 1) => Activity::Reviewed(Reviewed {
            review: ReviewId::from_bytes(from.id("review")?),
            order: OrderId::from_bytes(from.id("order")?),
            rating: rating(from.byte("rating")?)?,
        }),
        (33, 1) => Activity::Complained(Complained {
            complaint: ComplaintId::from_bytes(from.id("complaint")?),
            order: from.optional_id("order")?.map(OrderId::from_bytes),
        }),
        (34, 1) => Activity::ComplaintResolved(ComplaintResolved {
            complaint: ComplaintId::from_bytes(from.id("complaint")?),
        }),
        (35, 1) => Activity::Suggested(Suggested {
            suggestion: SuggestionId::from_bytes(from.id("suggestion")?),
            order: from.optional_id("order")?.map(OrderId::from_bytes),
        }),
        (kind, schema) => return Err(DecodeError::NeedsNewerActivity { kind, schema }.into()),
    };
    Ok(Happened { at, activity })
}

fn rating(number: u8) -> Result<Rating, Fault> {
    Rating::from_number(number)
        .ok_or_else(|| Fault::Bad("rating", format!("is choice {number}, which its schema lacks")))
}
