//! Campaigns (团): presale, opening, sellers, stock, formation, closing, cancelling.

mod add_stock;
mod allow_seller;
mod cancel;
mod close;
mod decide_presale;
mod declare_formed;
mod express_interest;
mod formation;
mod open;
mod terms;
mod tiers;

pub use add_stock::AddStock;
pub use allow_seller::AllowSeller;
pub use cancel::CancelCampaign;
pub use close::CloseCampaign;
pub use decide_presale::DecidePresale;
pub use declare_formed::DeclareFormed;
pub use express_interest::ExpressInterest;
pub use open::OpenCampaign;
pub use terms::{
    FormationText, ItemText, PresaleText, ReturnShippingText, ShareText, ShippingText, SplitText,
    TakeText, TierText,
};

pub(crate) use formation::{
    counting, not_in_presale, recount, remember_request, remember_shipment, shipping_only,
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

/// Not after it was closed, dropped or cancelled.
pub(crate) fn open_only(campaign: &Campaign) -> Result<(), Rejection> {
    match campaign.ended() {
        Some((_, closed_at)) => Err(Rejection::CampaignClosed { closed_at }),
        None => Ok(()),
    }
}
