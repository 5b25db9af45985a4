//! Campaigns: kinds 32 to 39.

use bincode::{BorrowDecode, Encode};

use super::Id;

#[derive(Encode, BorrowDecode)]
pub(crate) struct CampaignOpened<'a> {
    pub(crate) campaign: Id,
    pub(crate) owner: Id,
    pub(crate) supplier: Option<Id>,
    pub(crate) terms: Terms<'a>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Terms<'a> {
    pub(crate) title: &'a str,
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) opens_at: i64,
    pub(crate) closes_at: i64,
    pub(crate) formation: Option<Formation>,
    pub(crate) presale: Option<Presale>,
    pub(crate) split: Split,
    pub(crate) shipping: ShippingTerms,
    pub(crate) return_shipping: ReturnShippingTerms,
    pub(crate) after_sales_days: u32,
    pub(crate) return_within_days: u32,
    pub(crate) pay_within_minutes: u32,
    pub(crate) auto_receive_days: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Item<'a> {
    pub(crate) sku: &'a str,
    pub(crate) title: &'a str,
    pub(crate) price: i64,
    pub(crate) supply_price: Option<i64>,
    pub(crate) stock: Option<u64>,
    pub(crate) limit_per_buyer: Option<u32>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) split: Option<Split>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Tier {
    pub(crate) at_quantity: u64,
    pub(crate) price: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Formation {
    pub(crate) min_buyers: Option<u32>,
    pub(crate) min_quantity: Option<u64>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Presale {
    pub(crate) min_interest: u32,
    pub(crate) decide_at: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Split {
    pub(crate) shares: Vec<Share>,
    pub(crate) remainder: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Share {
    pub(crate) to: u8,
    pub(crate) take: SplitTake,
}

/// Kind 0: rate, millionths. 1: per unit, minor units. 2: the supply price, value 0. 3: rate of the
/// seller's shares, millionths.
#[derive(Encode, BorrowDecode)]
pub(crate) struct SplitTake {
    pub(crate) kind: u8,
    pub(crate) value: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ShippingTerms {
    pub(crate) fee: i64,
    pub(crate) free_from: Option<i64>,
    pub(crate) to: u8,
    pub(crate) ways: Vec<u8>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ReturnShippingTerms {
    pub(crate) cap: i64,
    pub(crate) borne_by: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct SellerAllowed {
    pub(crate) campaign: Id,
    pub(crate) seller: Id,
    pub(crate) split: Option<Split>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct StockAdded<'a> {
    pub(crate) addition: Id,
    pub(crate) campaign: Id,
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct CampaignClosed<'a> {
    pub(crate) campaign: Id,
    pub(crate) reason: Option<&'a str>,
    pub(crate) formed: bool,
    pub(crate) locked: Vec<LockedPrice<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct LockedPrice<'a> {
    pub(crate) sku: &'a str,
    pub(crate) units: u64,
    pub(crate) price: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct InterestExpressed {
    pub(crate) campaign: Id,
    pub(crate) buyer: Id,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PresaleDecided {
    pub(crate) campaign: Id,
    pub(crate) interested: u64,
    pub(crate) open: bool,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct FormedDeclared<'a> {
    pub(crate) campaign: Id,
    pub(crate) reason: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct CampaignCancelled<'a> {
    pub(crate) campaign: Id,
    pub(crate) reason: Option<&'a str>,
    pub(crate) withdrawn: Vec<Id>,
}
