//! What an order's lines hold and what each party has of it, part by part as the events say.

use std::collections::BTreeMap;

use tuanzhang_core::command::{FundedBy, GoodsBorneBy};
use tuanzhang_core::event::{
    Base, LineUnits, Moved, OrderPaid, OrderPlaced, OrderSettled, PayableMatured, Pocket,
    PriceAdjusted, RefundApproved, RefundLine, Reopened,
};
use tuanzhang_core::{BuyerId, CampaignId, Head, OrderId, PartyId, PaymentId, Role};

use super::{Facts, Holds, holds, minor};

/// An order, as its events tell it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "plain facts, each true or not")]
pub(super) struct OrderFacts {
    pub(super) campaign: CampaignId,
    pub(super) seller: PartyId,
    pub(super) upline: Option<PartyId>,
    pub(super) buyer: Option<BuyerId>,
    /// What the channel took in for it, and can give back through.
    pub(super) payment: Option<PaymentId>,
    due: i128,
    shipping: i128,
    funded: bool,
    lines: Vec<LineFacts>,
    is_paid: bool,
    settled: bool,
    matured: bool,
    /// The shipping fee went back, and is not earned again.
    shipping_back: bool,
    /// Goods and shipping fee, owed back to the buyer.
    given_back: i128,
    /// What each party has of the goods and of a discount that it funds; of the shipping fee.
    earned: BTreeMap<PartyId, (i128, i128)>,
    /// What each party has on each account, all bases.
    pockets: BTreeMap<(PartyId, Pocket), i128>,
}

/// A line of an order.
#[derive(Debug)]
pub(super) struct LineFacts {
    sku: String,
    quantity: i128,
    paid: i128,
    returned: i128,
    /// Of the returned units, those whose split stands.
    goodwill: i128,
    refunded: i128,
    value: i128,
    parts: BTreeMap<Role, i128>,
    /// An approval was undone since the split was last computed: its parts are sums, not a split.
    reopened: bool,
}

impl LineFacts {
    fn stands(&self, is_paid: bool) -> Holds {
        let Self { sku, quantity, paid, returned, refunded, value, parts, .. } = self;
        holds((0..=*quantity).contains(returned), || {
            format!("{returned} of {quantity} units of {sku} returned")
        })?;
        holds((0..=*paid).contains(refunded), || {
            format!("{refunded} refunded of {paid} paid for {sku}")
        })?;
        holds(returned < quantity || refunded == paid, || {
            format!("all units of {sku} returned, {refunded} of {paid} refunded")
        })?;
        if !is_paid {
            return Ok(());
        }
        let sum: i128 = parts.values().sum();
        holds(sum == *value, || format!("the parts of {sku} sum to {sum}, its value is {value}"))?;
        holds(*value >= 0, || format!("the value of {sku} is {value}"))?;
        let negative = !self.reopened && parts.values().any(|part| *part < 0);
        holds(!negative, || format!("a part of {sku} is negative: {parts:?}"))?;
        let all_reversed = returned == quantity && self.goodwill == 0;
        let nothing = parts.values().all(|part| *part == 0);
        holds(!all_reversed || nothing, || {
            format!("all units of {sku} reversed, and the parts are {parts:?}")
        })
    }
}

impl OrderFacts {
    fn line(&mut self, sku: &str) -> Result<&mut LineFacts, String> {
        let line = self.lines.iter_mut().find(|line| line.sku == sku);
        line.ok_or_else(|| format!("an unknown line {sku}"))
    }

    /// Adds what an event moved, and its goods parts to the lines that it names.
    fn take(&mut self, moved: &Moved, skus: &[String]) -> Holds {
        for part in &moved.parts {
            let party = moved.party(part).ok_or("a part of nobody")?;
            let amount = minor(part.amount);
            *self.pockets.entry((party, part.pocket)).or_insert(0) += amount;
            let (goods, shipping) = self.earned.entry(party).or_default();
            match part.base {
                Base::Goods | Base::Discount | Base::Balance => *goods += amount,
                Base::Shipping => *shipping += amount,
                // Borne by one party and not earned: apart.
                Base::Goodwill | Base::ReturnShipping | Base::Compensation | Base::Fee => {}
            }
            if part.base == Base::Goods {
                let sku = skus.get(usize::from(part.line)).ok_or("a part of no line")?;
                let line = self.line(sku)?;
                *line.parts.entry(part.role).or_insert(0) += amount;
            }
        }
        Ok(())
    }

    /// Units and amounts of a refund, or (sign −1) of one that is undone.
    fn take_lines(&mut self, lines: &[RefundLine], reversed: bool, sign: i128) -> Holds {
        let funded = self.funded;
        for refunded in lines {
            let line = self.line(refunded.sku.as_str())?;
            let units = sign * i128::from(refunded.quantity);
            let paid = sign * minor(refunded.paid);
            line.returned += units;
            line.refunded += paid;
            if reversed {
                line.value -= if funded { sign * minor(refunded.list) } else { paid };
                line.reopened = sign < 0;
            } else {
                line.goodwill += units;
            }
            self.given_back += paid;
        }
        Ok(())
    }

    fn stands(&self) -> Holds {
        self.lines.iter().try_for_each(|line| line.stands(self.is_paid))?;
        let Self { given_back, due, .. } = self;
        holds((0..=*due).contains(given_back), || {
            format!("{given_back} of goods and shipping owed back, {due} was owed")
        })?;
        let left = |pocket| {
            let all = self.pockets.iter().filter(move |((_, p), _)| *p == pocket);
            all.map(|((party, _), amount)| (*party, *amount)).find(|(_, amount)| *amount != 0)
        };
        let pending = left(Pocket::Pending).filter(|_| self.settled);
        holds(pending.is_none(), || format!("settled, and pending is {pending:?}"))?;
        let term = left(Pocket::Term).filter(|_| self.matured || !self.settled);
        holds(term.is_none(), || format!("no term runs, and in term is {term:?}"))?;
        let gone = |line: &LineFacts| line.returned == line.quantity && line.goodwill == 0;
        if !self.is_paid || !self.lines.iter().all(gone) {
            return Ok(());
        }
        for (party, (goods, shipping)) in &self.earned {
            let fee = if self.shipping_back { *shipping } else { 0 };
            holds((*goods, fee) == (0, 0), || {
                format!("wholly refunded, and {party} has {goods} of goods, {fee} of shipping")
            })?;
        }
        Ok(())
    }
}

impl Facts {
    pub(super) fn order_placed(&mut self, e: &OrderPlaced) -> Holds {
        self.upline_is_the_sellers(e)?;
        let lines = e.lines.iter().map(|line| LineFacts {
            sku: line.sku.to_string(),
            quantity: i128::from(line.quantity),
            paid: minor(line.list) - minor(line.discount),
            returned: 0,
            goodwill: 0,
            refunded: 0,
            value: 0,
            parts: BTreeMap::new(),
            reopened: false,
        });
        let lines: Vec<_> = lines.collect();
        let (shipping, due) = (minor(e.shipping), minor(e.due));
        let goods: i128 = lines.iter().map(|line| line.paid).sum();
        holds(goods + shipping == due, || format!("{goods} + {shipping} is not {due}"))?;
        let discount = e.discount.map_or(0, |discount| minor(discount.amount));
        let on_lines: i128 = e.lines.iter().map(|line| minor(line.discount)).sum();
        holds(on_lines == discount, || format!("{on_lines} of {discount} discount on lines"))?;
        let facts = OrderFacts {
            campaign: e.campaign,
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
            earned: BTreeMap::new(),
            pockets: BTreeMap::new(),
        };
        self.orders.insert(e.order, facts);
        self.units_placed(e)
    }

    pub(super) fn order_paid(&mut self, e: &OrderPaid, head: &Head) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        let paid = self.money_for(e, head)?;
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        for line in &e.lines {
            let Some(charged) = line.charged else { continue };
            let (list, quantity) = (minor(charged.list), i128::from(line.quantity));
            holds(list == minor(charged.price) * quantity, || format!("{list} charged: {line:?}"))?;
            let known = order.line(line.sku.as_str())?;
            let now = list - minor(charged.discount);
            holds((0..=known.paid).contains(&now), || format!("{now} charged: {line:?}"))?;
            let less = known.paid - now;
            known.paid = now;
            order.due -= less;
        }
        holds(paid == order.due, || format!("{paid} pays an order that owes {}", order.due))?;
        holds(!order.is_paid, || "paid twice".into())?;
        order.is_paid = true;
        order.payment = e.payment.as_ref().map(|payment| payment.payment);
        let resolved = e.out_of_suspense.as_ref().and_then(|money| money.payment);
        order.payment = order.payment.or(resolved);
        for line in &e.lines {
            order.line(line.sku.as_str())?.value = minor(line.value);
        }
        let skus: Vec<_> = e.lines.iter().map(|line| line.sku.to_string()).collect();
        order.take(&e.moved, &skus)
    }

    /// Cancelled or expired. One that was paid is refunded by the event that follows.
    pub(super) fn order_void(&mut self, id: OrderId) -> Holds {
        let order = self.orders.get(&id).ok_or("an unknown order")?;
        if order.is_paid {
            return Ok(());
        }
        let lines: Vec<_> = order.lines.iter().map(|l| (l.sku.clone(), l.quantity)).collect();
        for (sku, units) in lines {
            self.units_live(id, &sku, -units)?;
            self.units_released(id, &sku, units)?;
        }
        Ok(())
    }

    pub(super) fn order_settled(&mut self, e: &OrderSettled) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        order.settled = true;
        order.take(&e.moved, &[])
    }

    pub(super) fn payable_matured(&mut self, e: &PayableMatured) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        order.matured = true;
        order.take(&e.moved, &[])
    }

    /// What an approval takes from its order.
    pub(super) fn taken_back(&mut self, e: &RefundApproved) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        for line in &e.lines {
            let sku = line.sku.as_str();
            let (units, unshipped) = (i128::from(line.quantity), i128::from(line.unshipped));
            self.units_live(e.order, sku, -units)?;
            self.units_released(e.order, sku, unshipped)?;
        }
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        let (fee, back) = (minor(e.shipping_fee), order.shipping_back);
        holds(fee == 0 || (fee == order.shipping && !back), || {
            format!("{fee} of shipping goes back; the fee is {}, back: {back}", order.shipping)
        })?;
        order.shipping_back |= fee > 0;
        order.given_back += fee;
        order.take_lines(&e.lines, e.goods_borne_by == GoodsBorneBy::Reverse, 1)?;
        let skus: Vec<_> = e.lines.iter().map(|line| line.sku.to_string()).collect();
        order.take(&e.moved, &skus)
    }

    /// What a line paid above the price that its campaign closed at.
    pub(super) fn paid_too_much(&mut self, e: &PriceAdjusted) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        let (paid, list) = (minor(e.paid), minor(e.list));
        holds(0 < paid && paid <= list, || format!("{paid} of a list amount of {list}"))?;
        let fall = if order.funded { list } else { paid };
        let line = order.line(e.sku.as_str())?;
        let left = line.quantity - line.returned;
        holds(left == i128::from(e.quantity), || format!("{left} units are left"))?;
        line.paid -= paid;
        line.value -= fall;
        line.reopened = false;
        order.given_back += paid;
        order.take(&e.moved, &[e.sku.to_string()])
    }

    /// What an approval that is undone gives its order again.
    pub(super) fn given_again(&mut self, e: &Reopened) -> Holds {
        self.two_tiers_only(e.order, &e.moved)?;
        for line in &e.lines {
            self.units_live(e.order, line.sku.as_str(), i128::from(line.quantity))?;
        }
        let order = self.orders.get_mut(&e.order).ok_or("an unknown order")?;
        let fee = minor(e.shipping_fee);
        order.shipping_back &= fee == 0;
        order.given_back -= fee;
        order.take_lines(&e.lines, e.reversed, -1)?;
        let skus: Vec<_> = e.lines.iter().map(|line| line.sku.to_string()).collect();
        order.take(&e.moved, &skus)
    }

    /// All that must be true of an order between two records.
    pub(super) fn order_stands(&self, id: OrderId) -> Holds {
        let order = self.orders.get(&id).ok_or("an unknown order")?;
        order.stands().map_err(|broken| format!("{broken}; order {id}"))
    }

    /// What a line holds: returned, refunded, value, parts.
    pub(super) fn held(
        &self,
        order: OrderId,
        sku: &str,
    ) -> Option<(i128, i128, i128, &BTreeMap<Role, i128>)> {
        let line = self.orders.get(&order)?.lines.iter().find(|line| line.sku == sku)?;
        Some((line.returned, line.refunded, line.value, &line.parts))
    }
}

impl OrderFacts {
    /// A refund asks for no more units than were not returned yet.
    pub(super) fn units_are_left(&self, asked: &LineUnits) -> Holds {
        let line = self.lines.iter().find(|line| line.sku == asked.sku.as_str());
        let left = line.map_or(0, |line| line.quantity - line.returned);
        let units = i128::from(asked.quantity);
        holds((1..=left).contains(&units), || format!("{units} of {left} units asked for"))
    }

    /// A returned fee goes to who bore it.
    pub(super) fn fee_back(&mut self, moved: &Moved) -> Holds {
        self.take(moved, &[])
    }
}
