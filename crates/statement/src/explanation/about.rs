//! What an entry is about: the refund, and the part of an event.

use tuanzhang_core::accounting::Origin;
use tuanzhang_core::event::Base;
use tuanzhang_core::text::Name;
use tuanzhang_core::{Event, RefundId};

use super::PartOf;
use crate::movement::Movement;

/// The refund that an event with postings belongs to.
pub(super) fn refund_of(event: &Event) -> Option<RefundId> {
    if let Event::RefundApproved(approved) = event {
        Some(approved.refund)
    } else if let Event::PriceAdjusted(adjusted) = event {
        Some(adjusted.refund)
    } else if let Event::RefundPaid(paid) = event {
        Some(paid.refund)
    } else if let Event::RefundWithdrawn(withdrawn) = event {
        Some(withdrawn.refund)
    } else if let Event::ReturnLapsed(lapsed) = event {
        Some(lapsed.refund)
    } else {
        None
    }
}

/// The part of the event that a movement is.
pub(super) fn part_of(movement: &Movement<'_>) -> Option<PartOf> {
    let Origin::Part(part) = movement.origin else { return None };
    let of_line = matches!(part.base, Base::Goods | Base::Discount | Base::Goodwill);
    let line = of_line.then(|| line_of(movement.event, usize::from(part.line))).flatten();
    Some(PartOf { base: part.base, role: part.role, line })
}

fn line_of(event: &Event, place: usize) -> Option<(Name, u32)> {
    if let Event::OrderPaid(paid) = event {
        paid.lines.get(place).map(|line| (line.sku.clone(), line.quantity))
    } else if let Event::RefundApproved(approved) = event {
        approved.lines.get(place).map(|line| (line.sku.clone(), line.quantity))
    } else if let Event::PriceAdjusted(adjusted) = event {
        Some((adjusted.sku.clone(), adjusted.quantity))
    } else if let Event::RefundWithdrawn(withdrawn) = event {
        let line = withdrawn.reopened.as_ref()?.lines.get(place)?;
        Some((line.sku.clone(), line.quantity))
    } else if let Event::ReturnLapsed(lapsed) = event {
        lapsed.reopened.lines.get(place).map(|line| (line.sku.clone(), line.quantity))
    } else {
        None
    }
}
