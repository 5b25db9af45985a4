use crate::command::command;
use crate::id::OrderId;

command! {
    /// Makes a supplier's settled money available once its payment terms have run. A duty; by the clock or the operator.
    MaturePayable {
        /// The order.
        order: OrderId,
    }
}

use super::adjust_price::check_no_awaited_goods;
use super::moving::{Mover, hold};
use super::settle::duty;
use super::units::{find, paid_only};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Order, Read, State};
use crate::event::{Base, Event, PayableMatured, Pocket};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;

impl Rule for MaturePayable {
    type Form = ();
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Order>(&self.order)?.matured.map(Known::done)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let order = find(cx.state, self.order)?;
        duty(cx)?;
        Ok(order)
    }

    /// Moves what is left in `term` for this order, even nothing or less. `domain.md` §11 *Terms of payment*.
    fn decide<S: Read>(
        &self,
        (): (),
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        let days = campaign.supplier_terms_days;
        if campaign.supplier.is_none() || days == 0 {
            let what = "payment terms: the order's supplier has none".into();
            return Err(Rejection::NothingLeft { what, left: 0, requested: 0 });
        }
        // Not settled yet, at the earliest: if it were settled now.
        let due = order.matures_at(campaign).unwrap_or_else(|| cx.at.plus_days(days));
        if cx.at < due || order.settled.is_none() {
            return Err(Rejection::NotDue { due: Some(due), at: cx.at });
        }
        check_no_awaited_goods(cx.state, order)?;
        let mut mover = Mover::new(cx.head, campaign, order);
        for held in order.held.iter().filter(|held| campaign.supplier == Some(held.party)) {
            mover.shift(Base::Balance, held, Pocket::Term, Pocket::Available, held.goods);
            if !held.shipping.is_zero() {
                mover.shift(Base::Shipping, held, Pocket::Term, Pocket::Available, held.shipping);
            }
        }
        Ok(vec![PayableMatured { order: self.order, moved: mover.finish()? }.into()])
    }
}

impl Fold for PayableMatured {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.matured = Some(head.position);
        hold(order, &self.moved)
    }
}
