use crate::command::command;
use crate::id::{AdditionId, CampaignId};
use smol_str::SmolStr;

command! {
    /// Adds to an item's stock. By the operator, the campaign's owner or its supplier.
    AddStock {
        /// The id of this addition.
        addition: AdditionId,
        /// The campaign.
        campaign: CampaignId,
        /// The item; it must have a stock.
        sku: SmolStr,
        /// Units, 1 ..= 1,000,000.
        quantity: i64,
    }
}

use super::{find, find_item, open_only};
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, IdKind, ItemCount, KnownAt, Read, State};
use crate::event::{Event, StockAdded};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Name;

impl Rule for AddStock {
    type Form = (Name, u32);
    type Found<'a> = (&'a Campaign, u32);

    fn form(&self, _: Decimals) -> Result<(Name, u32), Rejection> {
        Ok((form::sku(&self.sku)?, form::quantity("quantity", self.quantity)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let known = state.get::<KnownAt>(&(IdKind::Addition, self.addition.uuid()))?;
        Some(Known::by_id(known.0))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<(&'a Campaign, u32), Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        let item = find_item(campaign, &self.sku)?;
        match cx.actor {
            Actor::Operator => Ok((campaign, item)),
            Actor::Leader(leader) if leader == campaign.owner => Ok((campaign, item)),
            Actor::Supplier(supplier) if Some(supplier) == campaign.supplier => {
                Ok((campaign, item))
            }
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator, the campaign's owner and its supplier may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        (sku, quantity): (Name, u32),
        (campaign, item): (&Campaign, u32),
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        open_only(campaign)?;
        let stocked =
            cx.state.get::<ItemCount>(&(self.campaign, item)).and_then(|count| count.stocked);
        if stocked.is_none() {
            return Err(Rejection::BadTerms {
                field: "sku",
                problem: "this item's stock is unlimited",
            });
        }
        Ok(vec![
            StockAdded { addition: self.addition, campaign: self.campaign, sku, quantity }.into(),
        ])
    }
}

impl Fold for StockAdded {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        let item = *campaign.by_sku.get(&self.sku).ok_or(Broken("an unknown sku"))?;
        let count =
            known::<ItemCount, _>(state, &(self.campaign, item), "an item without counters")?;
        let stocked = count.stocked.ok_or(Broken("stock is added to an item without stock"))?;
        count.stocked = Some(stocked.saturating_add(u64::from(self.quantity)));
        state.put((IdKind::Addition, self.addition.uuid()), KnownAt(head.position));
        Ok(())
    }
}
