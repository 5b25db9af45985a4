use crate::command::{FundedBy, SkuQuantity, Way, command};
use crate::id::{BuyerId, CampaignId, OrderId, PartyId};
use crate::money::Amount;
use smol_str::SmolStr;

/// A discount as a caller writes it.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountText {
    /// At most the lines' list amount; 0.00 is none.
    pub amount: Amount,
    /// Who pays for it.
    pub funded_by: FundedBy,
}

command! {
    /// Places an order; stock is reserved. By the operator, the seller, or the buyer.
    PlaceOrder {
        /// The order's id.
        order: OrderId,
        /// The campaign.
        campaign: CampaignId,
        /// The leader through whom it comes: the owner or an allowed seller.
        seller: PartyId,
        /// What is ordered: 1 ..= 2,000 lines, each sku once.
        lines: Vec<SkuQuantity>,
        /// How it reaches the buyer: one of the campaign's ways.
        way: Way,
        ;
        /// The buyer; none for a walk-in.
        buyer: BuyerId,
        /// Lower-case hex of [`pickup_code_digest`](crate::order::pickup_code_digest), for pick-up.
        pickup_code_digest: SmolStr,
        /// On the whole order.
        discount: DiscountText,
    }
}

use super::pay::paid_event;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, copy_of, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{BuyerCount, Campaign, ItemCount, Line, Order, Read, Seller, State};
use crate::event::{Discount, Event, LineUnits, OrderPlaced, PlacedLine, SplitSource};
use crate::money::{Decimals, Money, allocate};
use crate::record::{Head, Position};
use crate::rejection::Rejection;
use crate::role::Role;
use crate::time::Time;

/// The values of a [`PlaceOrder`] whose form is in order.
#[derive(Debug)]
pub(crate) struct Form {
    lines: Vec<LineUnits>,
    discount: Option<Discount>,
    digest: Option<[u8; 32]>,
}

/// What a [`PlaceOrder`] names.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    campaign: &'a Campaign,
    seller: Option<&'a Seller>,
    upline: Option<PartyId>,
    items: Vec<u32>,
}

impl Rule for PlaceOrder {
    type Form = Form;
    type Found<'a> = Found<'a>;

    fn form(&self, decimals: Decimals) -> Result<Form, Rejection> {
        let lines = form::lines(&self.lines)?;
        let discount = match &self.discount {
            None => None,
            Some(given) => {
                let amount = form::not_negative("discount.amount", &given.amount, decimals)?;
                (!amount.is_zero()).then_some(Discount { amount, funded_by: given.funded_by })
            }
        };
        let digest = match &self.pickup_code_digest {
            None => None,
            Some(_) if self.way != Way::Pickup => {
                let problem = "only an order for pickup has a code";
                return Err(Rejection::BadTerms { field: "pickup_code_digest", problem });
            }
            Some(hex) => Some(super::pick_up::digest_from_hex(hex)?),
        };
        Ok(Form { lines, discount, digest })
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Order>(&self.order).map(|order| Known::by_id(order.position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Found<'a>, Rejection> {
        let campaign = crate::campaign::find(cx.state, self.campaign)?;
        let upline = crate::party::leader(cx.state, self.seller)?;
        let item = |line: &SkuQuantity| crate::campaign::find_item(campaign, &line.sku);
        let items = self.lines.iter().map(item).collect::<Result<Vec<_>, _>>()?;
        if !self.could_send(cx.actor) {
            return cx.not_allowed("only the operator, the seller, and a buyer for itself may");
        }
        let seller = cx.state.get::<Seller>(&(self.campaign, self.seller));
        if seller.is_none() && self.seller != campaign.owner {
            return cx.not_allowed("this leader doesn't sell in this campaign; allow_seller first");
        }
        Ok(Found { campaign, seller, upline, items })
    }

    fn could_send(&self, actor: Actor) -> bool {
        match actor {
            Actor::Operator => true,
            Actor::Leader(leader) => leader == self.seller,
            Actor::Buyer(buyer) => Some(buyer) == self.buyer,
            Actor::Supplier(_) | Actor::System => false,
        }
    }

    fn decide<S: Read>(
        &self,
        form: Form,
        found: Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        let campaign = found.campaign;
        check_window(campaign, cx.at)?;
        let bad = |field, problem| Err(Rejection::BadTerms { field, problem });
        if !campaign.terms.shipping.ways.contains(&self.way) {
            return bad("way", "the campaign doesn't offer it");
        }
        if let Some(Discount { funded_by: FundedBy::Role(role), .. }) = form.discount
            && !campaign.filled(found.upline).has(role)
        {
            return bad("discount.funded_by", "nobody fills this role in this order");
        }
        self.check_limits(&form.lines, &found, cx)?;
        self.check_stock(&form.lines, &found, cx)?;
        let placed = self.placed(form, &found, cx)?;
        let due = placed.due;
        if !due.is_zero() {
            return Ok(vec![placed.into()]);
        }
        let order = Order::placed(&placed, found.items.iter().copied(), cx.position(), cx.at);
        let paid = paid_event(cx.head, campaign, found.seller, &order, self.order, None)?;
        Ok(vec![placed.into(), paid.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        let zero = Amount::new(0, 0);
        if self.discount.as_ref().is_some_and(|discount| discount.amount == zero) {
            self.discount = None;
        }
    }
}

fn check_window(campaign: &Campaign, at: Time) -> Result<(), Rejection> {
    crate::campaign::open_only(campaign)?;
    crate::campaign::not_in_presale(campaign)?;
    let (opens_at, closed_at) = (campaign.terms.opens_at, campaign.terms.closes_at);
    if at < opens_at {
        return Err(Rejection::CampaignNotOpen { opens_at });
    }
    if at >= closed_at {
        return Err(Rejection::CampaignClosed { closed_at });
    }
    Ok(())
}

impl PlaceOrder {
    /// Live units of this buyer in the campaign, over all sellers.
    fn check_limits<S: Read>(
        &self,
        lines: &[LineUnits],
        found: &Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<(), Rejection> {
        let Some(buyer) = self.buyer else { return Ok(()) };
        for (line, item) in lines.iter().zip(&found.items) {
            let Some(limit) = found.campaign.item(*item).and_then(|item| item.limit_per_buyer)
            else {
                continue;
            };
            let count = cx.state.get::<BuyerCount>(&(self.campaign, *item, buyer));
            let live = count.map_or(0, BuyerCount::live);
            let requested = line.quantity;
            if live.saturating_add(u64::from(requested)) > u64::from(limit) {
                return Err(Rejection::OverLimit { sku: line.sku.clone(), limit, live, requested });
            }
        }
        Ok(())
    }

    fn check_stock<S: Read>(
        &self,
        lines: &[LineUnits],
        found: &Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<(), Rejection> {
        for (line, item) in lines.iter().zip(&found.items) {
            let count = cx.state.get::<ItemCount>(&(self.campaign, *item));
            let Some(available) = count.and_then(ItemCount::available) else { continue };
            let requested = line.quantity;
            if u64::from(requested) > available {
                return Err(Rejection::OutOfStock { sku: line.sku.clone(), available, requested });
            }
        }
        Ok(())
    }

    fn placed<S: Read>(
        &self,
        form: Form,
        found: &Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<OrderPlaced, Rejection> {
        let terms = &found.campaign.terms;
        let mut lines = Vec::with_capacity(form.lines.len());
        for (line, place) in form.lines.into_iter().zip(&found.items) {
            let Some(item) = found.campaign.item(*place) else {
                return Err(Rejection::UnknownSku { sku: line.sku.to_string() });
            };
            let count = cx.state.get::<ItemCount>(&(self.campaign, *place));
            let reached = count.map_or(0, ItemCount::live);
            let split = if item.split.is_some() {
                SplitSource::Item
            } else if found.seller.is_some_and(|seller| seller.split.is_some()) {
                SplitSource::Seller
            } else {
                SplitSource::Campaign
            };
            let price = item.price_at(reached.saturating_add(line.quantity.into()));
            let list = price.times(line.quantity)?;
            let (sku, quantity) = (line.sku, line.quantity);
            lines.push(PlacedLine { sku, quantity, price, list, discount: Money::ZERO, split });
        }
        let list = Money::sum(lines.iter().map(|line| line.list))?;
        let discount = form.discount.map_or(Money::ZERO, |discount| discount.amount);
        if discount > list {
            let given = self.discount.as_ref().map_or_else(String::new, |d| d.amount.to_string());
            let problem = "must not exceed the lines' list amount";
            return Err(Rejection::BadAmount { field: "discount.amount", given, problem });
        }
        if !discount.is_zero() {
            let weights: Vec<Money> = lines.iter().map(|line| line.list).collect();
            for (line, part) in lines.iter_mut().zip(allocate(discount, &weights)?) {
                line.discount = part;
            }
        }
        let goods = list.minus(discount)?;
        let free = terms.shipping.free_from.is_some_and(|free_from| goods >= free_from);
        let shipping =
            if free || self.way == Way::Pickup { Money::ZERO } else { terms.shipping.fee };
        Ok(OrderPlaced {
            order: self.order,
            campaign: self.campaign,
            buyer: self.buyer,
            seller: self.seller,
            upline: found.upline,
            way: self.way,
            pickup_code_digest: form.digest,
            discount: form.discount,
            shipping,
            due: goods.plus(shipping)?,
            lines,
        })
    }
}

impl Order {
    /// The order as it was placed; `items` are its lines' places in the terms.
    pub(crate) fn placed(
        placed: &OrderPlaced,
        items: impl Iterator<Item = u32>,
        position: Position,
        at: Time,
    ) -> Self {
        let lines =
            placed.lines.iter().zip(items).map(|(line, item)| Line::placed(line, item)).collect();
        Self {
            position,
            placed_at: at,
            campaign: placed.campaign,
            buyer: placed.buyer,
            seller: placed.seller,
            upline: placed.upline,
            way: placed.way,
            pickup_code_digest: placed.pickup_code_digest,
            discount: placed.discount,
            due: placed.due,
            shipping: placed.shipping,
            shipping_returned: false,
            lines,
            paid: None,
            payment: None,
            held: Vec::new(),
            refunds: Vec::new(),
            shipped: None,
            received: None,
            last_receipt: None,
            last_handover: None,
            cancelled: None,
            settled: None,
            matured: None,
            expired: None,
        }
    }

    /// The role that funds the order's discount, if one does.
    pub fn funder(&self) -> Option<Role> {
        match self.discount?.funded_by {
            FundedBy::Role(role) => Some(role),
            FundedBy::Shared => None,
        }
    }
}

impl Line {
    fn placed(line: &PlacedLine, item: u32) -> Self {
        Self {
            item,
            sku: line.sku.clone(),
            split: line.split,
            quantity: line.quantity,
            shipped: 0,
            received: 0,
            asked: 0,
            asked_return: 0,
            answered: 0,
            answered_return: 0,
            refunded_unshipped: 0,
            refunded_received: 0,
            refunded_under_way: 0,
            refunded_unreplaced: 0,
            exchanged_received: 0,
            exchanged_under_way: 0,
            exchanged_back: 0,
            replaced: 0,
            price: line.price,
            list: line.list,
            discount: line.discount,
            list_refunded: Money::ZERO,
            refunded: Money::ZERO,
            split_quantity: line.quantity,
            split_value: Money::ZERO,
            parts: [Money::ZERO; 5],
            funder_returned: Money::ZERO,
            adjusted: None,
        }
    }
}

impl Fold for OrderPlaced {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let campaign = known::<Campaign, _>(state, &self.campaign, "an unknown campaign")?;
        let mut items = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let item = *campaign.by_sku.get(&line.sku).ok_or(Broken("an unknown sku"))?;
            let limited = campaign.item(item).is_some_and(|item| item.limit_per_buyer.is_some());
            items.push((item, limited));
        }
        for (line, (item, limited)) in self.lines.iter().zip(&items) {
            let units = u64::from(line.quantity);
            let key = (self.campaign, *item);
            let count = known::<ItemCount, _>(state, &key, "an item without counters")?;
            count.reserved = count.reserved.saturating_add(units);
            if let (true, Some(buyer)) = (*limited, self.buyer) {
                let key = (self.campaign, *item, buyer);
                match state.edit::<BuyerCount>(&key) {
                    Some(count) => count.ordered = count.ordered.saturating_add(units),
                    None => state.put(key, BuyerCount { ordered: units, undone: 0 }),
                }
            }
        }
        let items = items.into_iter().map(|(item, _)| item);
        state.put(self.order, Order::placed(self, items, head.position, head.at));
        let count = crate::campaign::counting(state, self.campaign)?;
        count.placed = count.placed.saturating_add(1);
        Ok(())
    }
}

/// An order that was never paid is void: its units are free again.
pub(crate) fn void<S: State>(state: &mut S, order: OrderId) -> Result<(), Broken> {
    let order = copy_of::<Order, _>(state, &order, "an unknown order")?;
    if order.paid.is_some() {
        return Err(Broken("a paid order is void"));
    }
    let count = crate::campaign::counting(state, order.campaign)?;
    count.void = count.void.saturating_add(1);
    for line in &order.lines {
        let (item, units) = (line.item, line.quantity);
        undo(state, order.campaign, order.buyer, Undone { item, units, unshipped: units })?;
    }
    Ok(())
}

/// Units of an item that are live no more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undone {
    pub(crate) item: u32,
    pub(crate) units: u32,
    /// Of them never shipped: their stock is released.
    pub(crate) unshipped: u32,
}

/// Units are live no more.
fn undo<S: State>(
    state: &mut S,
    campaign: CampaignId,
    buyer: Option<BuyerId>,
    undone: Undone,
) -> Result<(), Broken> {
    let key = (campaign, undone.item);
    let count = known::<ItemCount, _>(state, &key, "an item without counters")?;
    let units = u64::from(undone.units);
    count.released = count.released.saturating_add(u64::from(undone.unshipped));
    count.undone = count.undone.saturating_add(units);
    if let Some(count) = limited(state, campaign, buyer, undone.item) {
        count.undone = count.undone.saturating_add(units);
    }
    Ok(())
}

/// Paid units are refunded.
pub(crate) fn undo_paid<S: State>(
    state: &mut S,
    campaign: CampaignId,
    buyer: Option<BuyerId>,
    undone: Undone,
) -> Result<(), Broken> {
    undo(state, campaign, buyer, undone)?;
    let key = (campaign, undone.item);
    let count = known::<ItemCount, _>(state, &key, "an item without counters")?;
    count.refunded = count.refunded.saturating_add(u64::from(undone.units));
    Ok(())
}

/// Units of an approval that is undone are live again. They were all shipped: stock isn't touched.
pub(crate) fn redo_paid<S: State>(
    state: &mut S,
    campaign: CampaignId,
    buyer: Option<BuyerId>,
    item: u32,
    units: u32,
) -> Result<(), Broken> {
    let less = |counter: &mut u64| {
        *counter = counter
            .checked_sub(u64::from(units))
            .ok_or(Broken("more units live again than were undone"))?;
        Ok(())
    };
    let count = known::<ItemCount, _>(state, &(campaign, item), "an item without counters")?;
    less(&mut count.undone)?;
    less(&mut count.refunded)?;
    match limited(state, campaign, buyer, item) {
        Some(count) => less(&mut count.undone),
        None => Ok(()),
    }
}

/// The counters of a buyer's units where the item has a limit.
fn limited<S: State>(
    state: &mut S,
    campaign: CampaignId,
    buyer: Option<BuyerId>,
    item: u32,
) -> Option<&mut BuyerCount> {
    state.edit::<BuyerCount>(&(campaign, item, buyer?))
}
