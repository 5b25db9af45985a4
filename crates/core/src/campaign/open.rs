use super::{FormationText, ItemText, PresaleText, ReturnShippingText, ShippingText, SplitText};
use crate::command::command;
use crate::id::{CampaignId, PartyId};
use crate::time::Time;
use smol_str::SmolStr;

command! {
    /// Opens a campaign under terms that never change. By the operator, or the leader who owns it.
    OpenCampaign {
        /// The campaign's id.
        campaign: CampaignId,
        /// The leader who opens it.
        owner: PartyId,
        /// For people; at most 200 bytes.
        title: SmolStr,
        /// On sale: 1 ..= 10,000, each sku once.
        items: Vec<ItemText>,
        /// Orders from then on.
        opens_at: Time,
        /// Orders before then.
        closes_at: Time,
        /// How a line's value is split.
        split: SplitText,
        /// What shipping costs, who earns it, which ways there are.
        shipping: ShippingText,
        /// What is reimbursed of return shipping, and who bears it.
        return_shipping: ReturnShippingText,
        /// Days after receipt in which a refund can be asked for, 0 ..= 36,500.
        after_sales_days: i64,
        /// Minutes in which an order must be paid, 0 ..= 52,560,000.
        pay_within_minutes: i64,
        /// Days after shipment when an order counts as received, 0 ..= 36,500.
        auto_receive_days: i64,
        ;
        /// Who delivers.
        supplier: PartyId,
        /// 成团: what must be reached, or every paid order is refunded.
        formation: FormationText,
        /// 预售: interest that must be there before orders are taken.
        presale: PresaleText,
        /// Days in which the goods of a return must come back; 15 where absent.
        return_within_days: i64,
    }
}

use std::sync::Arc;

use hashbrown::HashMap;

use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, ItemCount, Party, PartyKind, Read, State};
use crate::event::{CampaignOpened, Event, Item, Terms};
use crate::limits::{CAMPAIGN_ITEMS_MAX, DAYS_MAX, MINUTES_MAX};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

const RETURN_WITHIN_DAYS: i64 = 15;

impl OpenCampaign {
    fn items(&self, decimals: Decimals) -> Result<Vec<Item>, Rejection> {
        let bad = |problem| Rejection::BadTerms { field: "items", problem };
        if self.items.is_empty() {
            return Err(bad("at least one item is needed"));
        }
        if self.items.len() > CAMPAIGN_ITEMS_MAX {
            let actual = u64::try_from(self.items.len()).unwrap_or(u64::MAX);
            return Err(Rejection::TooLarge { what: "items", limit: 10_000, actual });
        }
        let checked =
            |item: &ItemText| item.checked(decimals, &self.split, self.supplier.is_some());
        let items = self.items.iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        if form::has_twice(items.iter().map(|item| &item.sku)) {
            return Err(bad("a sku may occur only once"));
        }
        Ok(items)
    }

    fn terms(&self, decimals: Decimals) -> Result<Terms, Rejection> {
        let bad = |field, problem| Rejection::BadTerms { field, problem };
        let title = form::text("title", &self.title)?;
        let items = self.items(decimals)?;
        if self.opens_at >= self.closes_at {
            return Err(bad("closes_at", "must lie after opens_at"));
        }
        let formation = self.formation.as_ref().map(FormationText::checked).transpose()?;
        let presale = self.presale.as_ref().map(PresaleText::checked).transpose()?;
        if presale.is_some_and(|presale| presale.decide_at >= self.closes_at) {
            return Err(bad("presale.decide_at", "must lie before closes_at"));
        }
        let supplier = self.supplier.is_some();
        let return_within = self.return_within_days.unwrap_or(RETURN_WITHIN_DAYS);
        Ok(Terms {
            title,
            items,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            formation,
            presale,
            split: self.split.checked(decimals, supplier)?,
            shipping: self.shipping.checked(decimals, supplier)?,
            return_shipping: self.return_shipping.checked(decimals, supplier)?,
            after_sales_days: form::whole("after_sales_days", self.after_sales_days, DAYS_MAX)?,
            return_within_days: form::whole("return_within_days", return_within, DAYS_MAX)?,
            pay_within_minutes: form::whole(
                "pay_within_minutes",
                self.pay_within_minutes,
                MINUTES_MAX,
            )?,
            auto_receive_days: form::whole("auto_receive_days", self.auto_receive_days, DAYS_MAX)?,
        })
    }
}

impl Rule for OpenCampaign {
    type Form = Terms;
    type Found<'a> = ();

    fn form(&self, decimals: Decimals) -> Result<Terms, Rejection> {
        self.terms(decimals)
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Campaign>(&self.campaign).map(|campaign| Known::by_id(campaign.position))
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        crate::party::leader(cx.state, self.owner)?;
        if let Some(supplier) = self.supplier {
            crate::party::supplier(cx.state, supplier)?;
        }
        if self.could_send(cx.actor) {
            return Ok(());
        }
        cx.not_allowed("only the operator and the leader who owns the campaign may")
    }

    fn could_send(&self, actor: Actor) -> bool {
        match actor {
            Actor::Operator => true,
            Actor::Leader(leader) => leader == self.owner,
            Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => false,
        }
    }

    fn decide<S: Read>(
        &self,
        terms: Terms,
        (): (),
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let (campaign, owner, supplier) = (self.campaign, self.owner, self.supplier);
        Ok(vec![CampaignOpened { campaign, owner, supplier, terms: Arc::new(terms) }.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        self.return_within_days.get_or_insert(RETURN_WITHIN_DAYS);
        self.shipping.ways = self.shipping.ways_once();
        for item in &mut self.items {
            if item.tiers.as_ref().is_some_and(Vec::is_empty) {
                item.tiers = None;
            }
        }
    }
}

impl Fold for CampaignOpened {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let supplier_terms_days = match self.supplier {
            None => 0,
            Some(supplier) => {
                match known::<Party, _>(state, &supplier, "an unknown supplier")?.kind {
                    PartyKind::Supplier { terms_days } => terms_days,
                    PartyKind::Leader { .. } => {
                        return Err(Broken("a leader stands for a supplier"));
                    }
                }
            }
        };
        let mut by_sku = HashMap::with_capacity(self.terms.items.len());
        for (item, index) in self.terms.items.iter().zip(0_u32..) {
            by_sku.insert(item.sku.clone(), index);
            state.put((self.campaign, index), ItemCount::new(item.stock));
        }
        let campaign = Campaign {
            position: head.position,
            owner: self.owner,
            supplier: self.supplier,
            supplier_terms_days,
            terms: Arc::clone(&self.terms),
            by_sku: Arc::new(by_sku),
            closed: None,
            closed_formed: false,
            locked: Arc::default(),
            declared: None,
            presale_decided: None,
            cancelled: None,
        };
        state.put(self.campaign, campaign);
        Ok(())
    }
}
