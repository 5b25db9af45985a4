//! A campaign: its terms, its items' counters, its orders.

use tuanzhang_core::book::{Campaign, CampaignCount, ItemCount};
use tuanzhang_core::event::Item;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{CampaignId, Position, json};

use super::{optional, placed};
use crate::failure::Failure;
use crate::fold::Folded;
use crate::node::Node;

pub(super) fn node(folded: &Folded, id: CampaignId) -> Result<Option<Node>, Failure> {
    let Some(campaign) = folded.book.get::<Campaign>(&id) else { return Ok(None) };
    let decimals = folded.decimals();
    let terms = &campaign.terms;
    let orders = folded.book.orders().filter(|(_, order)| order.campaign == id);
    let (orders, paid) = orders.fold((0_u64, 0_u64), |(orders, paid), (_, order)| {
        (orders.saturating_add(1), paid.saturating_add(u64::from(order.paid.is_some())))
    });
    let count = folded.book.get::<CampaignCount>(&id).copied().unwrap_or_default();
    let formed = campaign.is_formed(&count);
    Ok(Some(Node::Map(vec![
        ("campaign", Node::text(id)),
        ("status", campaign.status(&count).word().into()),
        ("position", campaign.position.get().into()),
        ("title", Node::text(&terms.title)),
        ("owner", Node::text(campaign.owner)),
        ("supplier", optional(campaign.supplier)),
        ("supplier_terms_days", campaign.supplier_terms_days.into()),
        ("opens_at", Node::text(terms.opens_at)),
        ("closes_at", Node::text(terms.closes_at)),
        ("closed", placed(campaign.closed)),
        ("cancelled", placed(campaign.cancelled)),
        ("formation", formation(campaign, &count)),
        ("formed", formed.into()),
        ("declared_formed_position", campaign.declared.map(Position::get).into()),
        ("presale", presale(campaign, &count)),
        ("orders", orders.into()),
        ("paid_orders", paid.into()),
        ("after_sales_days", terms.after_sales_days.into()),
        ("return_within_days", terms.return_within_days.into()),
        ("pay_within_minutes", terms.pay_within_minutes.into()),
        ("auto_receive_days", terms.auto_receive_days.into()),
        ("split", as_printed(&terms.split, decimals)?),
        ("shipping", as_printed(&terms.shipping, decimals)?),
        ("return_shipping", as_printed(&terms.return_shipping, decimals)?),
        ("items", items(folded, id, campaign)),
    ])))
}

/// What must be reached, and what is.
fn formation(campaign: &Campaign, count: &CampaignCount) -> Node {
    let terms = campaign.terms.formation.map(|formation| {
        Node::Map(vec![
            ("min_buyers", formation.min_buyers.into()),
            ("buyers", count.buyers().into()),
            ("min_quantity", formation.min_quantity.into()),
            ("quantity", count.units().into()),
        ])
    });
    terms.into()
}

/// The interest needed, and what there is; how it was decided.
fn presale(campaign: &Campaign, count: &CampaignCount) -> Node {
    let terms = campaign.terms.presale.map(|presale| {
        Node::Map(vec![
            ("min_interest", presale.min_interest.into()),
            ("interested", count.interested.into()),
            ("decide_at", Node::text(presale.decide_at)),
            ("decided", placed(campaign.presale_decided.map(|decided| decided.when))),
        ])
    });
    terms.into()
}

fn as_printed(value: &impl serde::Serialize, decimals: Decimals) -> Result<Node, Failure> {
    Ok(Node::Json(json::to_value(value, decimals)?))
}

fn items(folded: &Folded, id: CampaignId, campaign: &Campaign) -> Node {
    let decimals = folded.decimals();
    Node::list((0_u32..).zip(&campaign.terms.items).map(|(place, item)| {
        let count = folded.book.get::<ItemCount>(&(id, place));
        Node::Map(vec![
            ("sku", Node::text(&item.sku)),
            ("title", Node::text(&item.title)),
            ("price", item.price.display(decimals).into()),
            ("tiers", tiers(item, decimals)),
            (
                "locked_price",
                campaign.locked_price(place).map(|price| price.display(decimals)).into(),
            ),
            ("supply_price", item.supply_price.map(|price| price.display(decimals)).into()),
            ("limit_per_buyer", item.limit_per_buyer.into()),
            ("stocked", count.and_then(|count| count.stocked).into()),
            ("reserved", count.map(|count| count.reserved).into()),
            ("released", count.map(|count| count.released).into()),
            ("available", count.and_then(ItemCount::available).into()),
        ])
    }))
}

fn tiers(item: &Item, decimals: Decimals) -> Node {
    Node::list(item.tiers.iter().map(|tier| {
        Node::Map(vec![
            ("at_quantity", tier.at_quantity.into()),
            ("price", tier.price.display(decimals).into()),
        ])
    }))
}
