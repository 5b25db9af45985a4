use crate::command::command;
use crate::id::OrderId;

command! {
    /// Settles an order: pending money becomes available. A duty; by the clock or the operator.
    SettleOrder {
        /// The order.
        order: OrderId,
    }
}

use super::adjust_price::waits_for_price;
use super::moving::{Mover, hold};
use super::units::{find, paid_only};
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::{Campaign, Order, Read, Refund, State};
use crate::event::{Base, Event, OrderSettled, Pocket};
use crate::money::{Decimals, OutOfRange};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::time::Time;

impl Rule for SettleOrder {
    type Form = ();
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        Ok(())
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        state.get::<Order>(&self.order)?.settled.map(|(position, _)| Known::done(position))
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let order = find(cx.state, self.order)?;
        duty(cx)?;
        Ok(order)
    }

    /// `domain.md` §11 *Settling*: all received, the window has passed, no refund is open.
    fn decide<S: Read>(
        &self,
        (): (),
        order: &Order,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        paid_only(order, self.order)?;
        let campaign = crate::campaign::find(cx.state, order.campaign)?;
        let units = order.unreceived();
        if units > 0 {
            return Err(Rejection::NotReceived { units });
        }
        if order.live() > 0 {
            match order.window_end(campaign) {
                None => return Err(Rejection::NotReceived { units: order.live() }),
                Some(end) if cx.at <= end => {
                    return Err(Rejection::NotDue { due: Some(end), at: cx.at });
                }
                Some(_) => {}
            }
        }
        check_no_open_refund(cx.state, order)?;
        check_prices(order, campaign, cx.at)?;
        let mut mover = Mover::new(cx.head, campaign, order);
        for held in &order.held {
            let (goods, shipping) = if mover.is_operator(held.party) {
                (Pocket::Commission, Pocket::Shipping)
            } else if mover.has_terms(held.party) {
                (Pocket::Term, Pocket::Term)
            } else {
                (Pocket::Available, Pocket::Available)
            };
            mover.shift(Base::Balance, held, Pocket::Pending, goods, held.goods);
            if !held.shipping.is_zero() {
                mover.shift(Base::Shipping, held, Pocket::Pending, shipping, held.shipping);
            }
        }
        Ok(vec![OrderSettled { order: self.order, moved: mover.finish()? }.into()])
    }
}

/// An item with tiers: its campaign is closed, and what the line paid too much was paid back. An order left
/// without units doesn't wait. `domain.md` §11 *Settling*.
fn check_prices(order: &Order, campaign: &Campaign, at: Time) -> Result<(), Rejection> {
    if order.waits_for_price(campaign)? {
        let due = campaign.ended().is_none().then_some(campaign.terms.closes_at);
        return Err(Rejection::NotDue { due, at });
    }
    Ok(())
}

impl Order {
    /// Whether it can't settle yet as a line's price isn't locked, or what was paid too much for it isn't
    /// owed back yet.
    ///
    /// # Errors
    /// Amounts leave the range of money.
    pub fn waits_for_price(&self, campaign: &Campaign) -> Result<bool, OutOfRange> {
        if self.live() == 0 {
            return Ok(false);
        }
        for line in &self.lines {
            if waits_for_price(line, campaign)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Duties: the clock, and the operator.
pub(crate) fn duty<S>(cx: &Context<'_, S>) -> Result<(), Rejection> {
    match cx.actor {
        Actor::Operator | Actor::System => Ok(()),
        Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) => {
            cx.not_allowed("only the clock and the operator may")
        }
    }
}

/// No refund is asked for, or approved and unpaid.
pub(super) fn check_no_open_refund<S: Read>(state: &S, order: &Order) -> Result<(), Rejection> {
    for id in &order.refunds {
        if state.get::<Refund>(id).is_some_and(Refund::is_unfinished) {
            return Err(Rejection::RefundOpen { refund: *id });
        }
    }
    Ok(())
}

impl Fold for OrderSettled {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let order = known::<Order, _>(state, &self.order, "an unknown order")?;
        order.settled = Some((head.position, head.at));
        hold(order, &self.moved)?;
        let campaign = order.campaign;
        let count = crate::campaign::counting(state, campaign)?;
        count.settled = count.settled.saturating_add(1);
        Ok(())
    }
}
