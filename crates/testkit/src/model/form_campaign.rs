//! Level 1 for campaigns: terms, items, splits.

use std::collections::{BTreeMap, BTreeSet};

use tuanzhang_core::Role;
use tuanzhang_core::campaign::{ItemText, OpenCampaign, SplitText, TakeText, TierText};

use super::form::{money, name, not_negative, rate, text, within};
use super::{Campaign, Code, Item, Split, Take};

/// The campaign that a well-formed command opens.
pub(crate) fn open_campaign(c: &OpenCampaign, decimals: u8) -> Result<Campaign, Code> {
    text(&c.title)?;
    if c.items.is_empty() {
        return Err("bad_terms");
    }
    if c.items.len() > 10_000 {
        return Err("too_large");
    }
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for given in &c.items {
        items.push(item(given, decimals)?);
        if !seen.insert(&given.sku) {
            return Err("bad_terms");
        }
    }
    if c.opens_at >= c.closes_at {
        return Err("bad_terms");
    }
    let formation = match &c.formation {
        Some(formation) => Some((
            at_most(formation.min_buyers, 1_000_000_000)?,
            at_most(formation.min_quantity, 1_000_000_000_000)?,
        )),
        None => None,
    };
    let presale = match &c.presale {
        Some(presale) => {
            within(presale.min_interest, 0, 1_000_000_000)?;
            if presale.decide_at >= c.closes_at {
                return Err("bad_terms");
            }
            Some((i128::from(presale.min_interest), presale.decide_at))
        }
        None => None,
    };
    let split = split(&c.split, decimals)?;
    let shipping_fee = not_negative(&c.shipping.fee, decimals)?;
    let free_from = match &c.shipping.free_from {
        Some(amount) => Some(not_negative(amount, decimals)?),
        None => None,
    };
    let ways: BTreeSet<_> = c.shipping.ways.iter().collect();
    if ways.is_empty() || ways.len() != c.shipping.ways.len() {
        return Err("bad_terms");
    }
    let return_cap = not_negative(&c.return_shipping.cap, decimals)?;
    within(c.after_sales_days, 0, 36_500)?;
    within(c.pay_within_minutes, 0, 52_560_000)?;
    within(c.auto_receive_days, 0, 36_500)?;
    within(c.return_within_days.unwrap_or(15), 0, 36_500)?;
    let campaign = Campaign {
        id: c.campaign,
        owner: c.owner,
        supplier: c.supplier,
        items,
        opens_at: c.opens_at,
        closes_at: c.closes_at,
        closed: false,
        closed_formed: false,
        locked: BTreeMap::new(),
        cancelled: false,
        formation,
        declared: false,
        presale,
        presale_open: None,
        interested: BTreeSet::new(),
        pay_within_minutes: c.pay_within_minutes,
        split,
        sellers: BTreeMap::new(),
        shipping_fee,
        free_from,
        shipping_to: c.shipping.to,
        ways: c.shipping.ways.clone(),
        return_cap,
        return_borne_by: c.return_shipping.borne_by,
        after_sales_days: c.after_sales_days,
        return_within_days: c.return_within_days.unwrap_or(15),
        auto_receive_days: c.auto_receive_days,
    };
    roles_are_filled(&campaign)?;
    Ok(campaign)
}

/// A count that may be absent.
fn at_most(given: Option<i64>, most: i64) -> Result<Option<i128>, Code> {
    let Some(given) = given else { return Ok(None) };
    within(given, 0, most).map(|()| Some(i128::from(given)))
}

/// A remainder, `shipping.to` or `borne_by` is filled in every order: not the upline, and the supplier
/// only where the campaign has one.
fn roles_are_filled(campaign: &Campaign) -> Result<(), Code> {
    let own = campaign.items.iter().filter_map(|item| item.split.as_ref());
    let mut always = vec![campaign.shipping_to, campaign.return_borne_by];
    always.extend(own.chain([&campaign.split]).map(|split| split.remainder));
    let missing =
        |role| role == Role::Upline || role == Role::Supplier && campaign.supplier.is_none();
    if always.into_iter().any(missing) {
        return Err("bad_terms");
    }
    let lacks_price = |item: &Item| {
        let split = item.split.as_ref().unwrap_or(&campaign.split);
        uses_supply_price(split) && item.supply_price.is_none()
    };
    if campaign.items.iter().any(lacks_price) { Err("bad_terms") } else { Ok(()) }
}

pub(crate) fn uses_supply_price(split: &Split) -> bool {
    split.shares.iter().any(|(_, take)| *take == Take::SupplyPrice)
}

fn item(given: &ItemText, decimals: u8) -> Result<Item, Code> {
    name(&given.sku)?;
    text(&given.title)?;
    let price = not_negative(&given.price, decimals)?;
    let supply_price = match &given.supply_price {
        Some(amount) => Some(not_negative(amount, decimals)?),
        None => None,
    };
    if let Some(stock) = given.stock {
        within(stock, 0, 1_000_000_000_000)?;
    }
    if let Some(limit) = given.limit_per_buyer {
        within(limit, 1, 1_000_000)?;
    }
    let tiers = tiers(given.tiers.as_deref().unwrap_or_default(), price, decimals)?;
    let own = match &given.split {
        Some(own) => Some(split(own, decimals)?),
        None => None,
    };
    Ok(Item {
        sku: given.sku.to_string(),
        price,
        supply_price,
        stock: given.stock.map(i128::from),
        added: 0,
        limit_per_buyer: given.limit_per_buyer.map(i128::from),
        tiers,
        split: own,
    })
}

/// Quantities rise, prices fall, none is above the item's price.
fn tiers(given: &[TierText], price: i128, decimals: u8) -> Result<Vec<(i128, i128)>, Code> {
    if given.len() > 100 {
        return Err("bad_terms");
    }
    let mut tiers: Vec<(i128, i128)> = Vec::new();
    for tier in given {
        within(tier.at_quantity, 1, 1_000_000_000_000)?;
        let tier = (i128::from(tier.at_quantity), not_negative(&tier.price, decimals)?);
        let falls = tiers.last().is_none_or(|last| tier.0 > last.0 && tier.1 < last.1);
        if tier.1 > price || !falls {
            return Err("bad_terms");
        }
        tiers.push(tier);
    }
    Ok(tiers)
}

/// A split in its own right; who fills its roles is another matter.
pub(crate) fn split(given: &SplitText, decimals: u8) -> Result<Split, Code> {
    let mut shares = Vec::new();
    for share in &given.shares {
        let take = match &share.take {
            TakeText::Rate(r) => Take::Rate(rate(r)?),
            TakeText::PerUnit(amount) => {
                if money(amount, decimals)? < 0 {
                    return Err("bad_amount");
                }
                Take::PerUnit(money(amount, decimals)?)
            }
            TakeText::SupplyPrice => Take::SupplyPrice,
            TakeText::RateOfSeller(r) => Take::RateOfSeller(rate(r)?),
        };
        shares.push((share.to, take));
    }
    let of_seller = |(_, take): &(Role, Take)| matches!(take, Take::RateOfSeller(_));
    if shares.iter().any(|share| of_seller(share) && share.0 != Role::Upline) {
        return Err("bad_terms");
    }
    let first_of_seller = shares.iter().position(of_seller);
    let last_seller = shares.iter().rposition(|(role, _)| *role == Role::Seller);
    // None is before all others.
    if first_of_seller.is_some() && first_of_seller < last_seller {
        return Err("bad_terms");
    }
    let rates = shares.iter().map(|(_, take)| if let Take::Rate(r) = take { *r } else { 0 });
    if rates.sum::<i128>() > 1_000_000 {
        return Err("shares_exceed_whole");
    }
    if given.remainder == Role::Upline {
        return Err("bad_terms");
    }
    Ok(Split { shares, remainder: given.remainder })
}
