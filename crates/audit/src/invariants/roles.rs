//! Two tiers and no third: a part of an order goes to who fills its role in that order, and the upline
//! of an order is who had recruited its seller when it was placed.

use tuanzhang_core::event::{Moved, OrderPlaced};
use tuanzhang_core::{BuyerId, OrderId, PartyId, Role};

use super::Invariants;
use super::say::Say;
use crate::Rule;

/// Who stands around an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Around {
    /// Who ordered; none for a walk-in.
    pub buyer: Option<BuyerId>,
    /// Who fills each role, in the order of [`Role::ALL`].
    pub filled_by: [Option<PartyId>; 5],
    /// What is owed for goods and shipping, in minor units.
    pub due_minor: i64,
}

impl Around {
    /// Who fills a role.
    pub fn filled_by(&self, role: Role) -> Option<PartyId> {
        self.filled_by.get(role.index()).copied().flatten()
    }
}

impl Invariants {
    /// The seller's own upline, as it was registered.
    pub(super) fn upline_is_the_sellers(&self, e: &OrderPlaced, say: &mut Say) {
        let registered = self.uplines.get(&e.seller).copied().flatten();
        say.hold(e.upline == registered, Rule::UplineIsTheSellers, |_| {
            [format!("order {}", e.order), shown(registered), shown(e.upline)]
        });
    }

    /// Who stands around an order; none where no event placed it.
    pub fn around(&self, order: OrderId) -> Option<Around> {
        let order = self.orders.get(&order)?;
        let campaign = self.campaigns.at(order.campaign)?;
        let operator = self.opened.map(|opened| opened.operator);
        let filled_by = Role::ALL.map(|role| match role {
            Role::Supplier => campaign.supplier,
            Role::Owner => Some(campaign.owner),
            Role::Seller => Some(order.seller),
            Role::Upline => order.upline,
            Role::Operator => operator,
        });
        Some(Around { buyer: order.buyer, filled_by, due_minor: order.due })
    }

    /// Every part points at a party, and that party fills its role.
    pub(super) fn two_tiers_only(&self, id: OrderId, moved: &Moved, say: &mut Say) {
        if moved.parts.is_empty() {
            return;
        }
        let Some(around) = self.around(id) else { return };
        for part in &moved.parts {
            let (party, filled_by) = (moved.party(part), around.filled_by(part.role));
            say.hold(party.is_some() && party == filled_by, Rule::TwoTiers, |_| {
                let about = format!("order {id}, {} by role {}", part.base, part.role);
                [about, shown(filled_by), shown(party)]
            });
        }
    }
}

fn shown(party: Option<PartyId>) -> String {
    party.map_or_else(|| "nobody".into(), |party| party.to_string())
}
