//! Price tiers: what a unit costs while the campaign runs, and after it closed formed. `domain.md` §3.4.

use crate::book::{Campaign, ItemCount, Line, Order, Read};
use crate::event::{Charged, Item, LockedPrice};
use crate::id::CampaignId;
use crate::money::{Money, OutOfRange};

impl Item {
    /// The price of the tier that so many units have reached; the item's own below the first.
    ///
    /// ```
    /// use tuanzhang_core::event::{Item, Tier};
    /// use tuanzhang_core::money::{Money, OutOfRange};
    /// use tuanzhang_core::text::{Name, Text};
    /// let price = Money::from_minor;
    /// let item = Item {
    ///     sku: Name::new("tea").unwrap(), title: Text::new("").unwrap(), price: price(4200)?,
    ///     supply_price: None, stock: None, limit_per_buyer: None, split: None,
    ///     tiers: vec![
    ///         Tier { at_quantity: 10, price: price(3690)? },
    ///         Tier { at_quantity: 30, price: price(3390)? },
    ///     ],
    /// };
    /// assert_eq!([1, 9, 10, 29, 30].map(|units| item.price_at(units).minor()), [4200, 4200, 3690, 3690, 3390]);
    /// # Ok::<(), OutOfRange>(())
    /// ```
    pub fn price_at(&self, units: u64) -> Money {
        let reached = self.tiers.iter().rev().find(|tier| tier.at_quantity <= units);
        reached.map_or(self.price, |tier| tier.price)
    }
}

impl Campaign {
    /// The price that an item closed at; none without tiers, or where the campaign isn't closed formed or was
    /// cancelled since.
    pub fn locked_price(&self, item: u32) -> Option<Money> {
        self.locked.get(&item).copied().filter(|_| self.is_closed_formed())
    }

    /// What a line that isn't paid yet is charged now, where that is less than at its placing.
    ///
    /// # Errors
    /// Never for a line of this campaign: it only falls.
    pub fn charged(&self, line: &Line) -> Result<Option<Charged>, OutOfRange> {
        let Some(price) = self.locked_price(line.item).filter(|locked| *locked < line.price) else {
            return Ok(None);
        };
        let list = price.times(line.quantity)?;
        Ok(Some(Charged { price, list, discount: line.discount.min(list) }))
    }
}

impl Order {
    /// What the buyer owes, or paid: what was owed when it was placed, or less where its campaign closed
    /// at a lower price before it was paid.
    ///
    /// # Errors
    /// Never for an order of this campaign: it only falls.
    pub fn owed(&self, campaign: &Campaign) -> Result<Money, OutOfRange> {
        if self.paid.is_some() || campaign.locked.is_empty() {
            return Ok(self.due);
        }
        let mut owed = self.shipping;
        for line in &self.lines {
            let of_line = match campaign.charged(line)? {
                Some(charged) => charged.list.minus(charged.discount)?,
                None => line.paid(),
            };
            owed = owed.plus(of_line)?;
        }
        Ok(owed)
    }
}

/// The prices that a campaign closes at: the tier reached by what is paid and not refunded.
pub(super) fn locked<S: Read>(state: &S, id: CampaignId, campaign: &Campaign) -> Vec<LockedPrice> {
    let tiered =
        campaign.terms.items.iter().zip(0_u32..).filter(|(item, _)| !item.tiers.is_empty());
    let lock = |(item, place): (&Item, u32)| {
        let units = state.get::<ItemCount>(&(id, place)).map_or(0, ItemCount::kept);
        LockedPrice { sku: item.sku.clone(), units, price: item.price_at(units) }
    };
    tiered.map(lock).collect()
}
