use crate::command::command;
use crate::id::OrderId;
use smol_str::SmolStr;

command! {
    /// Pays back what a line paid above the price that its campaign closed at. A duty; by the clock or the operator.
    AdjustPrice {
        /// The order.
        order: OrderId,
        /// The line.
        sku: SmolStr,
    }
}

use super::moving::{Leaving, Mover, fold_parts, hold};
use super::settle::duty;
use super::units::{find, paid_only};
use crate::book::apply::{Broken, Fold, add, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Basis, Campaign, Line, Order, Read, Refund, Seller, State};
use crate::event::{Event, PriceAdjusted, RefundCause};
use crate::id::RefundId;
use crate::money::{Decimals, Money, OutOfRange};
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for AdjustPrice {
    type Form = ();
    type Found<'a> = (&'a Order, &'a Line);

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        form::sku(&self.sku).map(drop)
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let line = state.get::<Order>(&self.order)?.line(&self.sku)?;
        line.adjusted.as_ref().map(|basis| Known::done(basis.position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Self::Found<'a>, Rejection> {
        let order = find(cx.state, self.order)?;
        let unknown = || Rejection::UnknownSku { sku: self.sku.to_string() };
        let line = order.line(&self.sku).ok_or_else(unknown)?;
        duty(cx)?;
        Ok((order, line))
    }

    /// `domain.md` §3.4, §11 *Price adjustment*.
    fn decide<S: Read>(
        &self,
        (): (),
        (order, line): Self::Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        if campaign.item(line.item).is_none_or(|item| item.tiers.is_empty()) {
            return Err(Rejection::BadTerms { field: "sku", problem: "the item has no tiers" });
        }
        if !campaign.is_closed_formed() {
            let due = campaign.ended().is_none().then_some(campaign.terms.closes_at);
            return Err(Rejection::NotDue { due, at: cx.at });
        }
        check_no_awaited_goods(cx.state, order)?;
        let Some(fall) = Fall::of(line, campaign)? else {
            return Err(Rejection::NothingToRefund { left: 0, requested: 0 });
        };
        let mut mover = Mover::new(cx.head, campaign, order);
        let seller = cx.state.get::<Seller>(&(order.campaign, order.seller));
        // No unit leaves the split: goodwill units keep their part.
        mover.take_out(seller, line, 0, Leaving { units: 0, list: fall.list, paid: fall.paid })?;
        Ok(vec![
            PriceAdjusted {
                refund: crate::refund::own_id(cx.state, self.order, &price_of(&self.sku)),
                order: self.order,
                buyer: order.buyer,
                sku: line.sku.clone(),
                quantity: line.left(),
                price: fall.price,
                list: fall.list,
                paid: fall.paid,
                moved: mover.finish()?,
            }
            .into(),
        ])
    }
}

/// The name that the id of a line's adjustment is derived from.
fn price_of(sku: &str) -> String {
    format!("{}/{sku}", RefundCause::Price.word())
}

/// While an approved return isn't back its units may come to life again. `domain.md` §11 *Reopened orders*.
pub(super) fn check_no_awaited_goods<S: Read>(state: &S, order: &Order) -> Result<(), Rejection> {
    let awaited =
        |refund: &&RefundId| state.get::<Refund>(refund).is_some_and(Refund::awaits_goods);
    match order.refunds.iter().find(awaited) {
        Some(refund) => Err(Rejection::RefundOpen { refund: *refund }),
        None => Ok(()),
    }
}

/// By how much the units that are left of a line fall to the price that their campaign closed at.
#[derive(Clone, Copy, Debug)]
struct Fall {
    /// Of one unit, from then on.
    price: Money,
    /// Of the list amount.
    list: Money,
    /// Of what was paid: owed to the buyer.
    paid: Money,
}

impl Fall {
    /// None where the line paid no more than that, or nothing of it is left.
    fn of(line: &Line, campaign: &Campaign) -> Result<Option<Self>, OutOfRange> {
        let Some(price) = campaign.locked_price(line.item).filter(|locked| *locked < line.price)
        else {
            return Ok(None);
        };
        let (list, paid) =
            (line.list.minus(line.list_refunded)?, line.paid().minus(line.refunded)?);
        if !paid.is_positive() {
            return Ok(None);
        }
        let discount = list.minus(paid)?;
        let now = price.times(line.left())?;
        let paid_now = now.minus(discount)?.max(Money::ZERO);
        Ok(Some(Self { price, list: list.minus(now)?, paid: paid.minus(paid_now)? }))
    }
}

/// Whether a line waits for its adjustment: its order doesn't settle before. `domain.md` §11 *Settling*.
pub(super) fn waits_for_price(line: &Line, campaign: &Campaign) -> Result<bool, OutOfRange> {
    if campaign.item(line.item).is_none_or(|item| item.tiers.is_empty()) {
        return Ok(false);
    }
    Ok(campaign.ended().is_none() || Fall::of(line, campaign)?.is_some())
}

impl Fold for PriceAdjusted {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.refunds.push(self.refund);
        let line = order.lines.iter_mut().find(|line| line.sku == self.sku);
        let line = line.ok_or(Broken("an unknown line"))?;
        let basis = Basis {
            position: head.position,
            returned: line.returned(),
            refunded: line.refunded,
            list_refunded: line.list_refunded,
        };
        if line.adjusted.replace(Box::new(basis)).is_some() {
            return Err(Broken("a line is adjusted twice"));
        }
        line.price = self.price;
        add(&mut line.list, self.list.negated())?;
        let discount = self.list.minus(self.paid)?;
        add(&mut line.discount, discount.negated())?;
        fold_parts(line, &self.moved, 0)?;
        hold(order, &self.moved)?;
        state.put(
            self.refund,
            Refund::own(head, self.order, RefundCause::Price, Vec::new(), self.paid),
        );
        Ok(())
    }
}
