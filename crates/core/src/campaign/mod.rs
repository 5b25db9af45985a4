//! Campaigns (团): opening, sellers, stock, closing.

mod add_stock;
mod allow_seller;
mod close;
mod open;
mod terms;

pub use add_stock::AddStock;
pub use allow_seller::AllowSeller;
pub use close::CloseCampaign;
pub use open::OpenCampaign;
pub use terms::{
    FormationText, ItemText, PresaleText, ReturnShippingText, ShareText, ShippingText, SplitText,
    TakeText, TierText,
};

pub(crate) use terms::written;

use crate::actor::Actor;
use crate::book::decide::Context;
use crate::book::{Campaign, Read};
use crate::id::CampaignId;
use crate::rejection::Rejection;

/// The campaign of an id.
pub(crate) fn find<S: Read>(state: &S, campaign: CampaignId) -> Result<&Campaign, Rejection> {
    state.get::<Campaign>(&campaign).ok_or(Rejection::UnknownCampaign { campaign })
}

/// An item's place in the campaign.
pub(crate) fn find_item(campaign: &Campaign, sku: &str) -> Result<u32, Rejection> {
    campaign.by_sku.get(sku).copied().ok_or_else(|| Rejection::UnknownSku { sku: sku.into() })
}

/// Operator and owner.
pub(crate) fn authorise_owner<S>(
    cx: &Context<'_, S>,
    campaign: &Campaign,
) -> Result<(), Rejection> {
    match cx.actor {
        Actor::Operator => Ok(()),
        Actor::Leader(leader) if leader == campaign.owner => Ok(()),
        Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
            cx.not_allowed("only the operator and the campaign's owner may")
        }
    }
}

/// Not after it was closed.
pub(crate) fn open_only(campaign: &Campaign) -> Result<(), Rejection> {
    match campaign.closed {
        Some((_, closed_at)) => Err(Rejection::CampaignClosed { closed_at }),
        None => Ok(()),
    }
}
