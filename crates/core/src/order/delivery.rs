//! What shipping, arriving, receiving and picking up have in common: lines or *all that is left*, the
//! ids of parts, the counters.

use uuid::Uuid;

use super::units::{all_left, check_skus, find};
use crate::actor::Actor;
use crate::book::apply::{Broken, count, known};
use crate::book::decide::{Context, Known};
use crate::book::{Campaign, IdKind, KnownAt, Line, Order, Read, Refund, State};
use crate::command::{RefundKind, SkuQuantity};
use crate::event::LineUnits;
use crate::id::{OrderId, RefundId};
use crate::record::{Head, Position};
use crate::rejection::Rejection;

/// Where the id of a part was recorded; or, for a command without lines when nothing is left, where
/// the last such thing was.
pub(crate) fn known_part<S: Read>(
    state: &S,
    order: OrderId,
    (kind, id): (IdKind, Option<Uuid>),
    lines: Option<&Vec<SkuQuantity>>,
    last: impl Fn(&Order) -> Option<Position>,
    left: impl Fn(&Line) -> u32,
) -> Option<Known> {
    if let Some(known) = id.and_then(|id| state.get::<KnownAt>(&(kind, id))) {
        return Some(Known::by_id(known.0));
    }
    if lines.is_some() {
        return None;
    }
    let order = state.get::<Order>(&order)?;
    let nothing_left = order.lines.iter().all(|line| left(line) == 0);
    last(order).filter(|_| nothing_left).map(Known::done)
}

/// The order, its campaign, and that the lines' skus are in it.
pub(crate) fn find_with_lines<'a, S: Read>(
    cx: &Context<'a, S>,
    order: OrderId,
    lines: Option<&Vec<SkuQuantity>>,
) -> Result<(&'a Order, &'a Campaign), Rejection> {
    let found = find(cx.state, order)?;
    check_skus(found, lines.into_iter().flatten().map(|line| line.sku.as_str()))?;
    Ok((found, crate::campaign::find(cx.state, found.campaign)?))
}

/// Who may ship may arrive: operator, owner, the campaign's supplier.
pub(crate) fn authorise_shipper<S>(
    cx: &Context<'_, S>,
    campaign: &Campaign,
) -> Result<(), Rejection> {
    match cx.actor {
        Actor::Operator => Ok(()),
        Actor::Leader(leader) if leader == campaign.owner => Ok(()),
        Actor::Supplier(supplier) if Some(supplier) == campaign.supplier => Ok(()),
        Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
            cx.not_allowed("only the operator, the campaign's owner and its supplier may")
        }
    }
}

/// The units to ship, or to arrive: never those under an open request.
pub(crate) fn units_to_ship<S: Read>(
    cx: &Context<'_, S>,
    order: &Order,
    lines: Option<Vec<LineUnits>>,
) -> Result<Vec<LineUnits>, Rejection> {
    let Some(lines) = lines else { return some_left(order, Line::shippable) };
    for units in &lines {
        let line = line_of(order, units)?;
        check_left(units, line.unshipped().saturating_add(line.unreplaced()))?;
        if units.quantity > line.unshipped().saturating_add(line.replaceable()) {
            return Err(Rejection::NotReturned { refund: awaited_refund(cx.state, order, units)? });
        }
        if units.quantity > line.shippable().saturating_add(line.sendable_again()) {
            return Err(Rejection::RefundOpen { refund: open_refund(cx.state, order, units)? });
        }
    }
    Ok(lines)
}

/// Of the units of a parcel or an arrival those that are replacements: what is named beyond the units
/// that were never shipped. `domain.md` §11 *Exchange*.
pub(crate) fn replacements(
    order: &Order,
    lines: &[LineUnits],
) -> Result<Vec<LineUnits>, Rejection> {
    let mut replacements = Vec::new();
    for units in lines {
        let quantity = units.quantity.saturating_sub(line_of(order, units)?.shippable());
        if quantity > 0 {
            replacements.push(LineUnits { sku: units.sku.clone(), quantity });
        }
    }
    Ok(replacements)
}

fn awaited_refund<S: Read>(
    state: &S,
    order: &Order,
    units: &LineUnits,
) -> Result<RefundId, Rejection> {
    let awaited = |refund: &&RefundId| {
        state
            .get::<Refund>(refund)
            .is_some_and(|refund| refund.kind == RefundKind::Exchange && refund.awaits_goods())
    };
    let unknown = || Rejection::UnknownSku { sku: units.sku.to_string() };
    order.refunds.iter().find(awaited).copied().ok_or_else(unknown)
}

/// All units that are left; a refusal when there are none.
pub(crate) fn some_left(
    order: &Order,
    left: impl Fn(&Line) -> u32,
) -> Result<Vec<LineUnits>, Rejection> {
    let all = all_left(order, left);
    if all.is_empty() {
        let what = "the order".into();
        return Err(Rejection::NothingLeft { what, left: 0, requested: order.live() });
    }
    Ok(all)
}

/// The order's line of these units.
pub(crate) fn line_of<'o>(order: &'o Order, units: &LineUnits) -> Result<&'o Line, Rejection> {
    let unknown = || Rejection::UnknownSku { sku: units.sku.to_string() };
    order.line(units.sku.as_str()).ok_or_else(unknown)
}

/// Refuses more units than are left.
pub(crate) fn check_left(units: &LineUnits, left: u32) -> Result<(), Rejection> {
    if units.quantity <= left {
        return Ok(());
    }
    let what = units.sku.to_string();
    Err(Rejection::NothingLeft { what, left: left.into(), requested: units.quantity.into() })
}

pub(crate) fn open_refund<S: Read>(
    state: &S,
    order: &Order,
    units: &LineUnits,
) -> Result<RefundId, Rejection> {
    let open = |refund: &&RefundId| crate::refund::is_open(state, **refund);
    let unknown = || Rejection::UnknownSku { sku: units.sku.to_string() };
    order.refunds.iter().find(open).copied().ok_or_else(unknown)
}

/// Adds units to a counter of their lines.
pub(crate) fn count_units<S: State>(
    state: &mut S,
    order: OrderId,
    lines: &[LineUnits],
    counter: impl Fn(&mut Line) -> &mut u32,
) -> Result<(), Broken> {
    let order = known::<Order, _>(state, &order, "an unknown order")?;
    for units in lines {
        let line = order.lines.iter_mut().find(|line| line.sku == units.sku);
        let line = line.ok_or(Broken("an unknown line"))?;
        count(counter(line), units.quantity)?;
        let sent = line.shipped.saturating_add(line.replaced);
        if line.shipped > line.quantity || line.received > sent {
            return Err(Broken("more units than there are"));
        }
    }
    Ok(())
}

/// The units that are no replacements.
fn first_time(lines: &[LineUnits], replacements: &[LineUnits]) -> Result<Vec<LineUnits>, Broken> {
    let mut first = Vec::with_capacity(lines.len());
    for units in lines {
        let again = replacements.iter().find(|again| again.sku == units.sku);
        let quantity = units.quantity.checked_sub(again.map_or(0, |again| again.quantity));
        let quantity = quantity.ok_or(Broken("more replacements than units"))?;
        first.push(LineUnits { sku: units.sku.clone(), quantity });
    }
    Ok(first)
}

/// Units were shipped, or arrived.
pub(crate) fn fold_shipment<S: State>(
    state: &mut S,
    head: &Head,
    order: OrderId,
    (lines, replacements): (&[LineUnits], &[LineUnits]),
    part: (IdKind, Option<Uuid>),
) -> Result<(), Broken> {
    let first = first_time(lines, replacements)?;
    count_units(state, order, replacements, |line| &mut line.replaced)?;
    count_units(state, order, &first, |line| &mut line.shipped)?;
    let shipped = known::<Order, _>(state, &order, "an unknown order")?;
    shipped.shipped = Some((head.position, head.at));
    let campaign = shipped.campaign;
    crate::campaign::remember_shipment(state, campaign, order)?;
    remember(state, head, part);
    Ok(())
}

/// Units were received, or picked up.
pub(crate) fn fold_receipt<S: State>(
    state: &mut S,
    head: &Head,
    order: OrderId,
    lines: &[LineUnits],
    part: (IdKind, Option<Uuid>),
) -> Result<(), Broken> {
    count_units(state, order, lines, |line| &mut line.received)?;
    let order = known::<Order, _>(state, &order, "an unknown order")?;
    order.received = Some((head.position, head.at));
    if part.0 == IdKind::Handover {
        order.last_handover = Some(head.position);
    } else {
        order.last_receipt = Some(head.position);
    }
    remember(state, head, part);
    Ok(())
}

fn remember<S: State>(state: &mut S, head: &Head, (kind, id): (IdKind, Option<Uuid>)) {
    if let Some(id) = id {
        state.put((kind, id), KnownAt(head.position));
    }
}
