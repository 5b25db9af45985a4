//! Two tiers and no third: a part of an order goes to who fills its role in that order, and the upline
//! of an order is who had recruited its seller when it was placed.

use tuanzhang_core::event::{Moved, OrderPlaced};
use tuanzhang_core::{OrderId, PartyId, Role};

use super::{Facts, Holds, holds};

impl Facts {
    /// The seller's own upline, as it was registered.
    pub(super) fn upline_is_the_sellers(&self, e: &OrderPlaced) -> Holds {
        let registered = self.uplines.get(&e.seller).copied().flatten();
        holds(e.upline == registered, || {
            format!("upline {:?}, but {registered:?} recruited the seller", e.upline)
        })
    }

    /// Who fills a role in an order.
    pub(super) fn filler(&self, order: OrderId, role: Role) -> Option<PartyId> {
        let order = self.orders.get(&order)?;
        let campaign = self.campaigns.get(&order.campaign)?;
        match role {
            Role::Supplier => campaign.supplier,
            Role::Owner => Some(campaign.owner),
            Role::Seller => Some(order.seller),
            Role::Upline => order.upline,
            Role::Operator => self.opened.map(|(operator, _)| operator),
        }
    }

    /// Every part points at a party, and that party fills its role.
    pub(super) fn two_tiers_only(&self, order: OrderId, moved: &Moved) -> Holds {
        for part in &moved.parts {
            let party = moved.party(part);
            holds(party.is_some() && party == self.filler(order, part.role), || {
                format!("a part goes to {party:?}, who is not the {} of order {order}", part.role)
            })?;
        }
        Ok(())
    }
}
