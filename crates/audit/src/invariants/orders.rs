//! What an order's lines hold and what each party has of it, part by part as the events say.

use tuanzhang_core::command::{FundedBy, GoodsBorneBy};
use tuanzhang_core::event::{
    Base, LineUnits, Moved, OrderPaid, OrderPlaced, OrderSettled, PayableMatured, PlacedLine,
    Pocket, PriceAdjusted, RefundApproved, RefundLine, Reopened,
};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, Head, OrderId, PartyId, PaymentId, Role};

use super::Invariants;
use super::goods::Campaign;
use super::say::Say;
use crate::Rule;

/// An order, as its events tell it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "plain facts, each true or not")]
pub(super) struct Order {
    pub(super) campaign: u32,
    pub(super) seller: PartyId,
    pub(super) upline: Option<PartyId>,
    pub(super) buyer: Option<BuyerId>,
    /// What the channel took in for it, and can give back through.
    pub(super) payment: Option<PaymentId>,
    pub(super) due: i64,
    shipping: i64,
    funded: bool,
    lines: Vec<Line>,
    is_paid: bool,
    settled: bool,
    matured: bool,
    /// The shipping fee went back, and is not earned again.
    shipping_back: bool,
    /// Goods and shipping fee, owed back to the buyer.
    given_back: i64,
    held: Vec<Held>,
}

/// A line of an order.
#[derive(Debug)]
struct Line {
    /// The item's place in its campaign.
    item: u32,
    quantity: i64,
    paid: i64,
    returned: i64,
    /// Of the returned units, those whose split stands.
    goodwill: i64,
    refunded: i64,
    value: i64,
    /// What each role has, in the order of [`Role::ALL`].
    parts: [i64; 5],
    /// An approval was undone since the split was last computed: its parts are sums, not a split.
    reopened: bool,
}

/// What a party has of an order.
#[derive(Debug)]
struct Held {
    party: PartyId,
    /// On `pending`, all bases.
    pending: i64,
    /// On `term`, all bases.
    term: i64,
    /// Of the goods, and of a discount that it funds.
    goods: i64,
    /// Of the shipping fee.
    shipping: i64,
}

/// What a line holds, in units and minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineHolds {
    /// Units returned, goodwill units among them.
    pub returned: i64,
    /// Owed back, or paid back, to the buyer.
    pub refunded_minor: i64,
    /// What is split.
    pub value_minor: i64,
    /// What each role has of it, in the order of [`Role::ALL`].
    pub parts_minor: [i64; 5],
}

/// Which line an invariant is about.
struct At<'a>(OrderId, &'a str);

impl std::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "order {}, {}", self.0, self.1)
    }
}

fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

impl Line {
    fn of(line: &PlacedLine, item: u32) -> Self {
        Self {
            item,
            quantity: line.quantity.into(),
            paid: line.list.minor().saturating_sub(line.discount.minor()),
            returned: 0,
            goodwill: 0,
            refunded: 0,
            value: 0,
            parts: [0; 5],
            reopened: false,
        }
    }

    fn stands(&self, at: &At<'_>, is_paid: bool, say: &mut Say) {
        let Self { quantity, paid, returned, refunded, value, parts, .. } = self;
        say.hold((0..=*quantity).contains(returned), Rule::UnitsReturnedOnce, |_| {
            [at.to_string(), format!("0 to {quantity} units returned"), returned.to_string()]
        });
        let whole = returned < quantity || refunded == paid;
        let within = (0..=*paid).contains(refunded) && whole;
        say.hold(within, Rule::LineRefundedAtMostPaid, |m| {
            let exactly = if whole { "at most" } else { "with its last unit" };
            [at.to_string(), format!("{exactly} {}", m.money(*paid)), m.money(*refunded)]
        });
        if !is_paid {
            return;
        }
        let parts_sum = sum(parts.iter().copied());
        say.hold(parts_sum == *value && *value >= 0, Rule::PartsSumToValue, |m| {
            [at.to_string(), m.money(*value), m.money(parts_sum)]
        });
        let negative = parts.iter().filter(|_| !self.reopened).find(|part| **part < 0);
        say.hold(negative.is_none(), Rule::PartsNotNegative, |m| {
            [at.to_string(), "no part below zero".into(), m.money(negative.copied().unwrap_or(0))]
        });
        let all_reversed = returned == quantity && self.goodwill == 0;
        let left = parts.iter().filter(|_| all_reversed).find(|part| **part != 0);
        say.hold(left.is_none(), Rule::WhollyRefunded, |m| {
            let expected = "no part once all units are reversed".into();
            [at.to_string(), expected, m.money(left.copied().unwrap_or(0))]
        });
    }
}

impl Order {
    fn line(&mut self, campaign: &Campaign, sku: &Name, say: &mut Say) -> Option<&mut Line> {
        let place = campaign.place(sku);
        let line = self.lines.iter_mut().find(|line| Some(line.item) == place);
        if line.is_none() {
            say.unknown("line", sku);
        }
        line
    }

    fn held(&mut self, party: PartyId) -> Option<&mut Held> {
        let at = self.held.iter().position(|held| held.party == party).unwrap_or_else(|| {
            self.held.push(Held { party, pending: 0, term: 0, goods: 0, shipping: 0 });
            self.held.len().saturating_sub(1)
        });
        self.held.get_mut(at)
    }

    /// Adds what an event moved, and its goods parts to the lines that it names.
    fn take<'n>(
        &mut self,
        campaign: &Campaign,
        moved: &Moved,
        sku: impl Fn(usize) -> Option<&'n Name>,
        say: &mut Say,
    ) {
        for part in &moved.parts {
            // A part of nobody was said by the two tiers.
            let Some(held) = moved.party(part).and_then(|party| self.held(party)) else { continue };
            let amount = part.amount.minor();
            let add = |to: &mut i64| *to = to.saturating_add(amount);
            match part.pocket {
                Pocket::Pending => add(&mut held.pending),
                Pocket::Term => add(&mut held.term),
                Pocket::Available
                | Pocket::Commission
                | Pocket::Shipping
                | Pocket::ChannelFee
                | Pocket::ReturnShipping
                | Pocket::Compensation
                | Pocket::Goodwill
                | Pocket::Promotion => {}
            }
            match part.base {
                Base::Goods | Base::Discount | Base::Balance => add(&mut held.goods),
                Base::Shipping => add(&mut held.shipping),
                // Borne by one party and not earned: apart.
                Base::Goodwill | Base::ReturnShipping | Base::Compensation | Base::Fee => {}
            }
            if part.base == Base::Goods {
                let Some(sku) = sku(part.line.into()) else {
                    say.unknown("line", part.line);
                    continue;
                };
                if let Some(line) = self.line(campaign, sku, say)
                    && let Some(has) = line.parts.get_mut(part.role.index())
                {
                    add(has);
                }
            }
        }
    }

    /// Units and amounts of a refund, or (undone) of one that is taken back.
    fn take_lines(
        &mut self,
        campaign: &Campaign,
        lines: &[RefundLine],
        reversed: bool,
        undone: bool,
        say: &mut Say,
    ) {
        let signed = |amount: i64| if undone { amount.saturating_neg() } else { amount };
        let funded = self.funded;
        for refunded in lines {
            let paid = signed(refunded.paid.minor());
            self.given_back = self.given_back.saturating_add(paid);
            let Some(line) = self.line(campaign, &refunded.sku, say) else { continue };
            let units = signed(refunded.quantity.into());
            line.returned = line.returned.saturating_add(units);
            line.refunded = line.refunded.saturating_add(paid);
            if reversed {
                let value = if funded { signed(refunded.list.minor()) } else { paid };
                line.value = line.value.saturating_sub(value);
                line.reopened = undone;
            } else {
                line.goodwill = line.goodwill.saturating_add(units);
            }
        }
    }

    fn stands(&self, id: OrderId, campaign: &Campaign, say: &mut Say) {
        for line in &self.lines {
            line.stands(&At(id, campaign.sku(line.item)), self.is_paid, say);
        }
        let Self { given_back, due, .. } = self;
        say.hold((0..=*due).contains(given_back), Rule::OrderRefundedAtMostPaid, |m| {
            [format!("order {id}"), format!("at most {}", m.money(*due)), m.money(*given_back)]
        });
        let gone =
            self.is_paid && self.lines.iter().all(|l| l.returned == l.quantity && l.goodwill == 0);
        for held in &self.held {
            let Held { party, pending, term, goods, shipping } = held;
            let left = if self.settled { *pending } else { 0 };
            let term = if self.matured || !self.settled { *term } else { 0 };
            say.hold((left, term) == (0, 0), Rule::SettledLeavesNothing, |m| {
                let found = format!("pending {}, term {}", m.money(left), m.money(term));
                [format!("order {id}, party {party}"), "nothing".into(), found]
            });
            let fee = if self.shipping_back { *shipping } else { 0 };
            say.hold(!gone || (*goods, fee) == (0, 0), Rule::WhollyRefunded, |m| {
                let found = format!("goods {}, shipping {}", m.money(*goods), m.money(fee));
                [format!("order {id}, party {party}"), "nothing".into(), found]
            });
        }
    }

    /// A refund asks for no more units than were not returned yet.
    pub(super) fn units_are_left(&self, campaign: &Campaign, asked: &LineUnits, say: &mut Say) {
        let place = campaign.place(&asked.sku);
        let line = self.lines.iter().find(|line| Some(line.item) == place);
        let left = line.map_or(0, |line| line.quantity.saturating_sub(line.returned));
        let units = i64::from(asked.quantity);
        say.hold((1..=left).contains(&units), Rule::UnitsReturnedOnce, |_| {
            let expected = format!("1 to {left} units asked for");
            [asked.sku.to_string(), expected, units.to_string()]
        });
    }
}

impl Invariants {
    pub(super) fn order_placed(&mut self, e: &OrderPlaced, say: &mut Say) {
        self.upline_is_the_sellers(e, say);
        let Some(place) = self.campaigns.place(&e.campaign) else {
            return say.unknown("campaign", e.campaign);
        };
        let Some(campaign) = self.campaigns.at_mut(place) else { return };
        let mut lines = Vec::with_capacity(e.lines.len());
        for line in &e.lines {
            let Some(item) = campaign.place(&line.sku) else {
                say.unknown("item", &line.sku);
                continue;
            };
            lines.push(Line::of(line, item));
            campaign.ordered(item, e, line.quantity.into(), say);
        }
        let (shipping, due) = (e.shipping.minor(), e.due.minor());
        let paid = |l: &PlacedLine| l.list.minor().saturating_sub(l.discount.minor());
        let adds_up = sum(e.lines.iter().map(paid)).saturating_add(shipping);
        say.hold(adds_up == due, Rule::OrderAddsUp, |m| {
            [format!("order {}, due", e.order), m.money(adds_up), m.money(due)]
        });
        let discount = e.discount.map_or(0, |discount| discount.amount.minor());
        let on_lines = sum(e.lines.iter().map(|line| line.discount.minor()));
        say.hold(on_lines == discount, Rule::OrderAddsUp, |m| {
            [format!("order {}, discount", e.order), m.money(on_lines), m.money(discount)]
        });
        let order = Order {
            campaign: place,
            seller: e.seller,
            upline: e.upline,
            buyer: e.buyer,
            payment: None,
            due,
            shipping,
            funded: e.discount.is_some_and(|d| d.funded_by != FundedBy::Shared),
            lines,
            is_paid: false,
            settled: false,
            matured: false,
            shipping_back: false,
            given_back: 0,
            held: Vec::new(),
        };
        self.orders.add(e.order, order, "order", say);
    }

    /// An order that an event names, and its campaign; it is looked at after the record.
    fn with_campaign(&mut self, id: OrderId, say: &mut Say) -> Option<(&mut Order, &mut Campaign)> {
        let Some(place) = self.orders.place(&id) else {
            say.unknown("order", id);
            return None;
        };
        if !self.touched.contains(&(id, place)) {
            self.touched.push((id, place));
        }
        let order = self.orders.at_mut(place)?;
        let campaign = self.campaigns.at_mut(order.campaign)?;
        Some((order, campaign))
    }

    pub(super) fn order_paid(&mut self, e: &OrderPaid, head: &Head, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let paid = self.money_for(e, head, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        for line in &e.lines {
            let Some(known) = order.line(campaign, &line.sku, say) else { continue };
            known.value = line.value.minor();
            let Some(charged) = line.charged else { continue };
            let list = charged.list.minor();
            let whole = charged.price.minor().saturating_mul(line.quantity.into());
            let (before, now) = (known.paid, list.saturating_sub(charged.discount.minor()));
            say.hold(list == whole && (0..=before).contains(&now), Rule::PriceOnlyFalls, |m| {
                let about = At(e.order, line.sku.as_str()).to_string();
                let expected = format!("{} list, at most {}", m.money(whole), m.money(before));
                [about, expected, format!("{} list, {}", m.money(list), m.money(now))]
            });
            known.paid = now;
            order.due = order.due.saturating_sub(before.saturating_sub(now));
        }
        let (due, before) = (order.due, order.is_paid);
        say.hold(paid == due && !before, Rule::PaidWhatIsOwed, |m| {
            let expected = if before { "nothing: it is paid".into() } else { m.money(due) };
            [format!("order {}", e.order), expected, m.money(paid)]
        });
        order.is_paid = true;
        order.payment = e.payment.as_ref().map(|payment| payment.payment);
        let resolved = e.out_of_suspense.as_ref().and_then(|money| money.payment);
        order.payment = order.payment.or(resolved);
        order.take(campaign, &e.moved, |at| e.lines.get(at).map(|line| &line.sku), say);
    }

    /// Cancelled or expired. One that was paid is refunded by the event that follows.
    pub(super) fn order_void(&mut self, id: OrderId, say: &mut Say) {
        let Some((order, campaign)) = self.with_campaign(id, say) else { return };
        if order.is_paid {
            return;
        }
        for line in &order.lines {
            let units = line.quantity.saturating_neg();
            campaign.live(line.item, order.buyer, units);
            campaign.reserve(line.item, units, say);
        }
    }

    pub(super) fn order_settled(&mut self, e: &OrderSettled, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        order.settled = true;
        order.take(campaign, &e.moved, |_| None, say);
    }

    pub(super) fn payable_matured(&mut self, e: &PayableMatured, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        order.matured = true;
        order.take(campaign, &e.moved, |_| None, say);
    }

    /// What an approval takes from its order.
    pub(super) fn taken_back(&mut self, e: &RefundApproved, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        for line in &e.lines {
            if let Some(item) = campaign.place(&line.sku) {
                campaign.live(item, order.buyer, i64::from(line.quantity).saturating_neg());
                campaign.reserve(item, i64::from(line.unshipped).saturating_neg(), say);
            }
        }
        let (fee, shipping, back) = (e.shipping_fee.minor(), order.shipping, order.shipping_back);
        let once = fee == 0 || (fee == shipping && !back);
        say.hold(once, Rule::ShippingFeeBackOnce, |m| {
            let left = if back { 0 } else { shipping };
            [format!("order {}", e.order), m.money(left), m.money(fee)]
        });
        order.shipping_back |= fee > 0;
        order.given_back = order.given_back.saturating_add(fee);
        let reversed = e.goods_borne_by == GoodsBorneBy::Reverse;
        order.take_lines(campaign, &e.lines, reversed, false, say);
        order.take(campaign, &e.moved, |at| e.lines.get(at).map(|line| &line.sku), say);
    }

    /// What a line paid above the price that its campaign closed at.
    pub(super) fn paid_too_much(&mut self, e: &PriceAdjusted, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        let (paid, list) = (e.paid.minor(), e.list.minor());
        let at = At(e.order, e.sku.as_str());
        say.hold(0 < paid && paid <= list, Rule::PriceOnlyFalls, |m| {
            let expected = format!("more than nothing, at most {}", m.money(list));
            [at.to_string(), expected, m.money(paid)]
        });
        let fall = if order.funded { list } else { paid };
        let Some(line) = order.line(campaign, &e.sku, say) else { return };
        let left = line.quantity.saturating_sub(line.returned);
        say.hold(left == i64::from(e.quantity), Rule::PriceOnlyFalls, |_| {
            [at.to_string(), format!("{left} units left"), e.quantity.to_string()]
        });
        line.paid = line.paid.saturating_sub(paid);
        line.value = line.value.saturating_sub(fall);
        line.reopened = false;
        order.given_back = order.given_back.saturating_add(paid);
        order.take(campaign, &e.moved, |_| Some(&e.sku), say);
    }

    /// What an approval that is undone gives its order again.
    pub(super) fn given_again(&mut self, e: &Reopened, say: &mut Say) {
        self.two_tiers_only(e.order, &e.moved, say);
        let Some((order, campaign)) = self.with_campaign(e.order, say) else { return };
        for line in &e.lines {
            if let Some(item) = campaign.place(&line.sku) {
                campaign.live(item, order.buyer, line.quantity.into());
            }
        }
        let fee = e.shipping_fee.minor();
        order.shipping_back &= fee == 0;
        order.given_back = order.given_back.saturating_sub(fee);
        order.take_lines(campaign, &e.lines, e.reversed, true, say);
        order.take(campaign, &e.moved, |at| e.lines.get(at).map(|line| &line.sku), say);
    }

    /// A returned fee goes to who bore it.
    pub(super) fn fee_back(&mut self, id: OrderId, moved: &Moved, say: &mut Say) {
        self.two_tiers_only(id, moved, say);
        let Some((order, campaign)) = self.with_campaign(id, say) else { return };
        order.take(campaign, moved, |_| None, say);
    }

    /// All that must be true of the orders that a record touched.
    pub(super) fn orders_stand(&mut self, say: &mut Say) {
        for (id, place) in self.touched.drain(..) {
            if let Some(order) = self.orders.at(place)
                && let Some(campaign) = self.campaigns.at(order.campaign)
            {
                order.stands(id, campaign, say);
            }
        }
    }

    /// What a line of an order holds, as the events tell it; none where no event placed it.
    pub fn line(&self, order: OrderId, sku: &Name) -> Option<LineHolds> {
        let order = self.orders.get(&order)?;
        let place = self.campaigns.at(order.campaign)?.place(sku)?;
        let line = order.lines.iter().find(|line| line.item == place)?;
        Some(LineHolds {
            returned: line.returned,
            refunded_minor: line.refunded,
            value_minor: line.value,
            parts_minor: line.parts,
        })
    }
}

impl LineHolds {
    /// What a role has of the line, in minor units.
    pub fn part_minor(&self, role: Role) -> i64 {
        self.parts_minor.get(role.index()).copied().unwrap_or(0)
    }
}
