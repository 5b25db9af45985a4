use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use crate::command::Way;
use crate::money::{Amount, RateText};
use crate::role::Role;
use crate::time::Time;

/// An item on sale, as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemText {
    /// Unique in the campaign, 1 ..= 64 bytes.
    pub sku: SmolStr,
    /// For people; at most 200 bytes.
    pub title: SmolStr,
    /// Of one unit; may be 0.
    pub price: Amount,
    /// What the supplier gets for one unit where the split says `supply_price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply_price: Option<Amount>,
    /// Units at the start, 0 ..= 10^12; unlimited where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Live units that one buyer may have, 1 ..= 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_per_buyer: Option<i64>,
    /// Price tiers, at most 100: growing quantities, falling prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<TierText>>,
    /// In place of the campaign's split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitText>,
}

impl ItemText {
    /// An item with nothing but its price.
    pub fn new(sku: &str, title: &str, price: Amount) -> Self {
        let (sku, title) = (sku.into(), title.into());
        Self {
            sku,
            title,
            price,
            supply_price: None,
            stock: None,
            limit_per_buyer: None,
            tiers: None,
            split: None,
        }
    }
}

/// A price from a quantity on, as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierText {
    /// From so many live units on, 1 ..= 10^12.
    pub at_quantity: i64,
    /// The price.
    pub price: Amount,
}

/// 成团 as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormationText {
    /// Distinct buyers of paid orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_buyers: Option<i64>,
    /// Units of paid orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<i64>,
}

/// 预售 as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresaleText {
    /// Distinct interested buyers needed.
    pub min_interest: i64,
    /// When it is decided.
    pub decide_at: Time,
}

const TAKES: &[&str] = &["rate", "per_unit", "supply_price", "rate_of_seller"];

impl<'de> Deserialize<'de> for TakeText {
    /// `"supply_price"`, or an object of one key.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TakeVisitor)
    }
}

struct TakeVisitor;

impl<'de> Visitor<'de> for TakeVisitor {
    type Value = TakeText;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(r#""supply_price", {"rate":"…"}, {"per_unit":"…"} or {"rate_of_seller":"…"}"#)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<TakeText, E> {
        match word {
            "supply_price" => Ok(TakeText::SupplyPrice),
            _ => Err(E::unknown_variant(word, TAKES)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TakeText, A::Error> {
        let take: SmolStr = map.next_key()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let taken = match take.as_str() {
            "rate" => TakeText::Rate(map.next_value()?),
            "per_unit" => TakeText::PerUnit(map.next_value()?),
            "rate_of_seller" => TakeText::RateOfSeller(map.next_value()?),
            _ => return Err(A::Error::unknown_variant(&take, TAKES)),
        };
        match map.next_key::<SmolStr>()? {
            None => Ok(taken),
            Some(_) => Err(A::Error::invalid_length(2, &self)),
        }
    }
}

/// A split as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitText {
    /// Taken in this order, each capped by what is left.
    pub shares: Vec<ShareText>,
    /// Takes what is left.
    pub remainder: Role,
}

/// A share as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareText {
    /// Who takes it.
    pub to: Role,
    /// How much.
    pub take: TakeText,
}

/// What a share takes, as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeText {
    /// `{"rate":"0.15"}`: floor(rate x value).
    Rate(RateText),
    /// `{"per_unit":"3.00"}`: so much for each remaining unit.
    PerUnit(Amount),
    /// `"supply_price"`: the item's supply price for each remaining unit.
    SupplyPrice,
    /// `{"rate_of_seller":"0.10"}`: of the seller's shares, on top; the upline's only.
    RateOfSeller(RateText),
}

/// Shipping to the buyer, as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingText {
    /// Flat, per order.
    pub fee: Amount,
    /// Free from this amount of goods (after discount) on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Amount>,
    /// Who earns it.
    pub to: Role,
    /// On offer.
    pub ways: Vec<Way>,
}

/// Shipping back, as a caller writes it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnShippingText {
    /// At most so much a refund.
    pub cap: Amount,
    /// Who bears it.
    pub borne_by: Role,
}

use crate::book::form;
use crate::event::{Formation, Item, Presale, ReturnShippingTerms, ShippingTerms, Tier};
use crate::money::{Decimals, Money, Share, Split, SplitTake};
use crate::rejection::Rejection;

const MILLIONTHS: u64 = 1_000_000;

fn bad(field: &'static str, problem: &'static str) -> Rejection {
    Rejection::BadTerms { field, problem }
}

impl SplitText {
    /// The split. `domain.md` §3.1, §11 *Split*.
    pub(crate) fn checked(&self, decimals: Decimals, supplier: bool) -> Result<Split, Rejection> {
        if self.shares.len() > crate::limits::SHARES_MAX {
            return Err(bad("split.shares", "at most 20 shares"));
        }
        let mut shares = Vec::with_capacity(self.shares.len());
        let mut millionths = 0_u64;
        for share in &self.shares {
            let take = share.take.checked(decimals)?;
            if let SplitTake::Rate(rate) = take {
                millionths = millionths.saturating_add(u64::from(rate.millionths()));
            }
            shares.push(Share { to: share.to, take });
        }
        self.check_order()?;
        if millionths > MILLIONTHS {
            return Err(Rejection::SharesExceedWhole { millionths });
        }
        check_filled("split.remainder", self.remainder, supplier)?;
        Ok(Split { shares, remainder: self.remainder })
    }

    /// `rate_of_seller` is the upline's only, and stands after the seller's shares.
    fn check_order(&self) -> Result<(), Rejection> {
        for (index, share) in self.shares.iter().enumerate() {
            if !matches!(share.take, TakeText::RateOfSeller(_)) {
                continue;
            }
            if share.to != Role::Upline {
                return Err(bad("split.shares", "rate_of_seller is for the upline only"));
            }
            if self.shares.iter().skip(index).any(|later| later.to == Role::Seller) {
                return Err(bad(
                    "split.shares",
                    "rate_of_seller must stand after the seller's shares",
                ));
            }
        }
        Ok(())
    }

    /// Whether it needs the items' supply price.
    pub(crate) fn needs_supply_price(&self) -> bool {
        self.shares.iter().any(|share| matches!(share.take, TakeText::SupplyPrice))
    }
}

impl TakeText {
    fn checked(&self, decimals: Decimals) -> Result<SplitTake, Rejection> {
        Ok(match self {
            Self::Rate(rate) => SplitTake::Rate(form::rate("split.shares.rate", rate)?),
            Self::PerUnit(each) => {
                SplitTake::PerUnit(form::not_negative("split.shares.per_unit", each, decimals)?)
            }
            Self::SupplyPrice => SplitTake::SupplyPrice,
            Self::RateOfSeller(rate) => {
                SplitTake::RateOfSeller(form::rate("split.shares.rate_of_seller", rate)?)
            }
        })
    }
}

/// A role that must be filled in every order of the campaign.
pub(crate) fn check_filled(
    field: &'static str,
    role: Role,
    supplier: bool,
) -> Result<(), Rejection> {
    match role {
        Role::Upline => Err(bad(field, "not every seller has an upline; name another role")),
        Role::Supplier if !supplier => Err(bad(field, "the campaign has no supplier")),
        Role::Supplier | Role::Owner | Role::Seller | Role::Operator => Ok(()),
    }
}

impl ItemText {
    /// The item. `campaign_split` is what it follows where it has no split of its own.
    pub(crate) fn checked(
        &self,
        decimals: Decimals,
        campaign_split: &SplitText,
        supplier: bool,
    ) -> Result<Item, Rejection> {
        let split =
            self.split.as_ref().map(|split| split.checked(decimals, supplier)).transpose()?;
        let supply_price = match &self.supply_price {
            Some(given) => Some(form::not_negative("items.supply_price", given, decimals)?),
            None => None,
        };
        if supply_price.is_none()
            && self.split.as_ref().unwrap_or(campaign_split).needs_supply_price()
        {
            return Err(bad("items.supply_price", "the split needs it"));
        }
        let stock = match self.stock {
            Some(stock) if stock > crate::limits::STOCK_MAX => {
                return Err(bad("items.stock", "0 to 1,000,000,000,000"));
            }
            Some(stock) => Some(
                u64::try_from(stock).map_err(|_| bad("items.stock", "0 to 1,000,000,000,000"))?,
            ),
            None => None,
        };
        let limit_per_buyer = match self.limit_per_buyer {
            Some(limit) => Some(
                form::quantity("items.limit_per_buyer", limit)
                    .map_err(|_| bad("items.limit_per_buyer", "1 to 1,000,000"))?,
            ),
            None => None,
        };
        let price = form::not_negative("items.price", &self.price, decimals)?;
        Ok(Item {
            sku: form::name("items.sku", &self.sku)?,
            title: form::text("items.title", &self.title)?,
            price,
            supply_price,
            stock,
            limit_per_buyer,
            tiers: self.tiers(price, decimals)?,
            split,
        })
    }

    /// The price tiers: from growing quantities on, falling prices, none above the item's own.
    fn tiers(&self, price: Money, decimals: Decimals) -> Result<Vec<Tier>, Rejection> {
        let given = self.tiers.as_deref().unwrap_or_default();
        if given.len() > crate::limits::TIERS_MAX {
            return Err(bad("items.tiers", "at most 100 tiers"));
        }
        let mut tiers: Vec<Tier> = Vec::with_capacity(given.len());
        for tier in given {
            let at_quantity = u64::try_from(tier.at_quantity)
                .ok()
                .filter(|least| *least >= 1 && tier.at_quantity <= crate::limits::STOCK_MAX)
                .ok_or_else(|| bad("items.tiers.at_quantity", "1 to 1,000,000,000,000"))?;
            let next = Tier {
                at_quantity,
                price: form::not_negative("items.tiers.price", &tier.price, decimals)?,
            };
            match tiers.last() {
                None if next.price > price => {
                    return Err(bad("items.tiers.price", "must not lie above the item's price"));
                }
                Some(last) if next.at_quantity <= last.at_quantity => {
                    return Err(bad("items.tiers.at_quantity", "must grow from tier to tier"));
                }
                Some(last) if next.price >= last.price => {
                    return Err(bad("items.tiers.price", "must fall from tier to tier"));
                }
                Some(_) | None => {}
            }
            tiers.push(next);
        }
        Ok(tiers)
    }
}

impl ShippingText {
    pub(crate) fn checked(
        &self,
        decimals: Decimals,
        supplier: bool,
    ) -> Result<ShippingTerms, Rejection> {
        if self.ways.is_empty() {
            return Err(bad("shipping.ways", "at least one way is needed"));
        }
        check_filled("shipping.to", self.to, supplier)?;
        let free_from = match &self.free_from {
            Some(given) => Some(form::not_negative("shipping.free_from", given, decimals)?),
            None => None,
        };
        let fee = form::not_negative("shipping.fee", &self.fee, decimals)?;
        Ok(ShippingTerms { fee, free_from, to: self.to, ways: self.ways_once() })
    }

    /// The ways, each once, in the order of their numbers.
    pub(crate) fn ways_once(&self) -> Vec<Way> {
        let mut ways = self.ways.clone();
        ways.sort_unstable();
        ways.dedup();
        ways
    }
}

impl ReturnShippingText {
    pub(crate) fn checked(
        &self,
        decimals: Decimals,
        supplier: bool,
    ) -> Result<ReturnShippingTerms, Rejection> {
        check_filled("return_shipping.borne_by", self.borne_by, supplier)?;
        let cap = form::not_negative("return_shipping.cap", &self.cap, decimals)?;
        Ok(ReturnShippingTerms { cap, borne_by: self.borne_by })
    }
}

impl FormationText {
    pub(crate) fn checked(&self) -> Result<Formation, Rejection> {
        let min_buyers = self.min_buyers.map(|least| {
            form::whole("formation.min_buyers", least, crate::limits::FORMATION_BUYERS_MAX)
        });
        let min_quantity = self.min_quantity.map(|least| {
            u64::try_from(least)
                .ok()
                .filter(|_| least <= crate::limits::STOCK_MAX)
                .ok_or_else(|| bad("formation.min_quantity", "0 to 1,000,000,000,000"))
        });
        Ok(Formation {
            min_buyers: min_buyers.transpose()?,
            min_quantity: min_quantity.transpose()?,
        })
    }
}

impl PresaleText {
    pub(crate) fn checked(&self) -> Result<Presale, Rejection> {
        let max = crate::limits::FORMATION_BUYERS_MAX;
        let min_interest = form::whole("presale.min_interest", self.min_interest, max)?;
        Ok(Presale { min_interest, decide_at: self.decide_at })
    }
}

/// What is written back out of terms, for [`crate::Command::from_record`].
pub(crate) mod written {
    use super::{
        Decimals, Formation, FormationText, Item, ItemText, Money, Presale, PresaleText, ShareText,
        Split, SplitTake, SplitText, TakeText, TierText,
    };

    pub(crate) fn formation(formation: Formation) -> FormationText {
        let quantity = |least| i64::try_from(least).unwrap_or(i64::MAX);
        FormationText {
            min_buyers: formation.min_buyers.map(i64::from),
            min_quantity: formation.min_quantity.map(quantity),
        }
    }

    pub(crate) fn presale(presale: Presale) -> PresaleText {
        let min_interest = i64::from(presale.min_interest);
        PresaleText { min_interest, decide_at: presale.decide_at }
    }

    pub(crate) fn split(split: &Split, decimals: Decimals) -> SplitText {
        let take = |take: SplitTake| match take {
            SplitTake::Rate(rate) => TakeText::Rate(rate.into()),
            SplitTake::PerUnit(each) => TakeText::PerUnit(each.amount(decimals)),
            SplitTake::SupplyPrice => TakeText::SupplyPrice,
            SplitTake::RateOfSeller(rate) => TakeText::RateOfSeller(rate.into()),
        };
        let shares =
            split.shares.iter().map(|share| ShareText { to: share.to, take: take(share.take) });
        SplitText { shares: shares.collect(), remainder: split.remainder }
    }

    pub(crate) fn item(item: &Item, decimals: Decimals) -> ItemText {
        let tiers = item.tiers.iter().map(|tier| TierText {
            at_quantity: i64::try_from(tier.at_quantity).unwrap_or(i64::MAX),
            price: tier.price.amount(decimals),
        });
        let tiers: Vec<_> = tiers.collect();
        ItemText {
            sku: item.sku.as_str().into(),
            title: item.title.as_str().into(),
            price: item.price.amount(decimals),
            supply_price: item.supply_price.map(|price: Money| price.amount(decimals)),
            stock: item.stock.map(|stock| i64::try_from(stock).unwrap_or(i64::MAX)),
            limit_per_buyer: item.limit_per_buyer.map(i64::from),
            tiers: (!tiers.is_empty()).then_some(tiers),
            split: item.split.as_ref().map(|own| split(own, decimals)),
        }
    }
}
