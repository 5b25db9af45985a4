use crate::command::command;
use crate::id::{BuyerId, CampaignId};

command! {
    /// Says that a buyer would buy (预售): counted until the presale is decided. By the buyer or the operator.
    ExpressInterest {
        /// The campaign.
        campaign: CampaignId,
        /// The buyer; counted once.
        buyer: BuyerId,
    }
}

use super::formation::counting;
use super::{find, open_only};
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Campaign, Interest, Read, State};
use crate::event::{Event, InterestExpressed};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for ExpressInterest {
    type Form = ();
    type Found<'a> = &'a Campaign;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Interest>(&(self.campaign, self.buyer)).map(|interest| Known::done(interest.0))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Campaign, Rejection> {
        let campaign = find(cx.state, self.campaign)?;
        match cx.actor {
            Actor::Operator => Ok(campaign),
            Actor::Buyer(buyer) if buyer == self.buyer => Ok(campaign),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator, and a buyer for itself, may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        (): (),
        campaign: &Campaign,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        open_only(campaign)?;
        if campaign.terms.presale.is_none() {
            let problem = "it has no presale; order from it";
            return Err(Rejection::BadTerms { field: "campaign", problem });
        }
        if let Some(decided) = campaign.presale_decided {
            let (position, _) = decided.when;
            return Err(Rejection::AlreadyDecided { field: "presale", position });
        }
        Ok(vec![InterestExpressed { campaign: self.campaign, buyer: self.buyer }.into()])
    }
}

impl Fold for InterestExpressed {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        state.put((self.campaign, self.buyer), Interest(head.position));
        let count = counting(state, self.campaign)?;
        count.interested = count.interested.saturating_add(1);
        Ok(())
    }
}
