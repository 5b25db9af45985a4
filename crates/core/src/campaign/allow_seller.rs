use super::SplitText;
use crate::command::command;
use crate::id::{CampaignId, PartyId};

command! {
    /// Lets a leader sell in a campaign (帮卖). By the operator or the campaign's owner.
    AllowSeller {
        /// The campaign.
        campaign: CampaignId,
        /// The leader.
        seller: PartyId,
        ;
        /// In place of the campaign's split, for this seller's orders.
        split: SplitText,
    }
}

use std::sync::Arc;

use super::{authorise_owner, find, open_only};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Campaign, Read, Seller, State};
use crate::event::{Event, SellerAllowed};
use crate::money::{Decimals, Split};
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for AllowSeller {
    type Form = Option<Split>;
    type Found<'a> = &'a Campaign;

    fn form(&self, decimals: Decimals) -> Result<Option<Split>, Rejection> {
        // Whether the campaign has a supplier is a question to the state, asked in `decide`.
        self.split.as_ref().map(|split| split.checked(decimals, true)).transpose()
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let seller = state.get::<Seller>(&(self.campaign, self.seller))?;
        Some(Known::by_id(seller.position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        crate::party::leader(cx.state, self.seller)?;
        authorise_owner(cx, campaign)?;
        Ok(campaign)
    }

    fn decide<S: Read>(
        &self,
        split: Option<Split>,
        campaign: &Campaign,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        open_only(campaign)?;
        if let Some(split) = &self.split {
            let supplier = campaign.supplier.is_some();
            super::terms::check_filled("split.remainder", split.remainder, supplier)?;
            let without =
                |item: &crate::event::Item| item.split.is_none() && item.supply_price.is_none();
            if split.needs_supply_price() && campaign.terms.items.iter().any(without) {
                let problem = "an item without supply price and split of its own would follow it";
                return Err(Rejection::BadTerms { field: "split", problem });
            }
        }
        let split = split.map(Arc::new);
        Ok(vec![SellerAllowed { campaign: self.campaign, seller: self.seller, split }.into()])
    }
}

impl Fold for SellerAllowed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        let seller = Seller { position: head.position, split: self.split.clone() };
        state.put((self.campaign, self.seller), seller);
        Ok(())
    }
}
