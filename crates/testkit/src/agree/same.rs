//! Two states of a book that must be one: table by table, in the order in which things came.

use std::fmt::Debug;

use tuanzhang_core::book::{
    Asked, Balance, Book, BookHead, BuyerCount, Campaign, CampaignCount, Entity, FirstPayment,
    Interest, ItemCount, KnownAt, Member, Order, Party, Payment, Payout, Refund, Seal, Seller,
    Unmatched,
};

/// Compares every table of two books.
///
/// # Errors
/// Names the first thing in which they differ.
pub fn same_state(one: &Book, other: &Book) -> Result<(), String> {
    same::<BookHead>(one, other)?;
    same::<Party>(one, other)?;
    same_by::<Campaign>(one, other, same_campaign)?;
    same_by::<Seller>(one, other, |Seller { position, split }, other| {
        (position, split) == (&other.position, &other.split)
    })?;
    same::<ItemCount>(one, other)?;
    same::<BuyerCount>(one, other)?;
    same::<Order>(one, other)?;
    same::<Payment>(one, other)?;
    same::<FirstPayment>(one, other)?;
    same::<Refund>(one, other)?;
    same::<Payout>(one, other)?;
    same::<Unmatched>(one, other)?;
    same::<KnownAt>(one, other)?;
    same::<Balance>(one, other)?;
    same::<Seal>(one, other)?;
    same::<CampaignCount>(one, other)?;
    same::<Member>(one, other)?;
    same::<Interest>(one, other)?;
    same::<Asked>(one, other)
}

fn same<E: Entity + PartialEq>(one: &Book, other: &Book) -> Result<(), String> {
    same_by(one, other, E::eq)
}

fn same_by<E: Entity + Debug>(
    one: &Book,
    other: &Book,
    same: impl Fn(&E, &E) -> bool,
) -> Result<(), String> {
    let (one, other) = (E::table(one), E::table(other));
    if one.len() != other.len() {
        return Err(format!("{} and {}: {}", one.len(), other.len(), std::any::type_name::<E>()));
    }
    for ((key, one), (other_key, other)) in one.iter().zip(other.iter()) {
        if key != other_key || !same(one, other) {
            return Err(format!("{key:?} is {one:?}\nand {other_key:?} is {other:?}"));
        }
    }
    Ok(())
}

/// Field by field, so that a new one is thought of.
fn same_campaign(one: &Campaign, other: &Campaign) -> bool {
    let Campaign {
        position,
        owner,
        supplier,
        supplier_terms_days,
        terms,
        by_sku,
        closed,
        closed_formed,
        locked,
        declared,
        presale_decided,
        cancelled,
    } = one;
    (position, owner, supplier, supplier_terms_days)
        == (&other.position, &other.owner, &other.supplier, &other.supplier_terms_days)
        && (terms, by_sku) == (&other.terms, &other.by_sku)
        && (closed, closed_formed, locked) == (&other.closed, &other.closed_formed, &other.locked)
        && (declared, presale_decided, cancelled)
            == (&other.declared, &other.presale_decided, &other.cancelled)
}
