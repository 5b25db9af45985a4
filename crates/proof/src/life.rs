//! Whether records are a life of an order: each event can happen after those before it.
//!
//! The events are folded into core's own state, which then has this order and its campaign and nothing else of
//! the book. What depends on other orders (stock, how many are in the campaign) is not asked for.

use std::collections::BTreeSet;

use tuanzhang_core::book::{
    Book, BookHead, Campaign, Entity, Line, Order, OrderStatus, Payment, Refund, RefundStatus,
    State as _, Unmatched, apply_alone,
};
use tuanzhang_core::command::{Direction, RefundKind, Way};
use tuanzhang_core::event::{
    CampaignCancelled, CampaignOpened, LineUnits, OrderCancelled, OrderPaid, PriceAdjusted,
    RefundApproved, RefundCause, RefundRequested, ResolvedTo, SuspenseReason, UnmatchedResolved,
};
use tuanzhang_core::money::{Money, OutOfRange};
use tuanzhang_core::{CampaignId, Event, Head, OrderId, RefundId};

/// What must have happened before, and didn't.
type Checked = Result<(), &'static str>;

/// The life of one order so far.
#[derive(Debug, Default)]
pub(crate) struct Life {
    book: Book,
}

fn must(holds: bool, else_what: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(else_what) }
}

fn out_of_range(OutOfRange: OutOfRange) -> &'static str {
    "an amount lies beyond what a book holds"
}

impl Life {
    /// How far the order is; none before it was placed.
    pub(crate) fn status(&self, order: OrderId) -> Option<OrderStatus> {
        self.book.get::<Order>(&order).map(Order::status)
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// Why it can't have happened now.
    pub(crate) fn next(&mut self, head: &Head, event: &Event) -> Checked {
        self.may_happen(event)?;
        let seen = self.seen_alone(head, event);
        self.fold(head, seen.as_ref().unwrap_or(event))?;
        self.adds_up(event)
    }

    /// Prepares for what stands in records that no receipt of the order has; the event without that, where
    /// it names it itself.
    fn seen_alone(&mut self, head: &Head, event: &Event) -> Option<Event> {
        if let Event::CampaignOpened(e) = event {
            // Whether the supplier is registered.
            return Some(CampaignOpened { supplier: None, ..e.clone() }.into());
        }
        if let Event::CampaignCancelled(e) = event {
            // Requests of other orders, withdrawn by it.
            let known = |refund: &&RefundId| self.book.get::<Refund>(refund).is_some();
            let withdrawn = e.withdrawn.iter().filter(known).copied().collect();
            return Some(CampaignCancelled { withdrawn, ..e.clone() }.into());
        }
        if let Event::OrderPaid(OrderPaid { order, out_of_suspense: Some(money), .. }) = event
            && let Some(payment) = money.payment
        {
            let money = payment_of(head, *order, money.channel.clone(), money.amount);
            self.came_before(payment, money);
        }
        if let Event::UnmatchedResolved(e) = event {
            self.arrived(head, e);
        }
        None
    }

    fn fold(&mut self, head: &Head, event: &Event) -> Checked {
        apply_alone(&mut self.book, head, event).map_err(|inconsistent| inconsistent.what)
    }

    /// What a record of another order said, where it wasn't of this one.
    fn came_before<E: Entity>(&mut self, key: E::Key, entity: E) {
        if self.book.get::<E>(&key).is_none() {
            self.book.put(key, entity);
        }
    }

    /// The money that is resolved, where a record that isn't of this order said that it came.
    fn arrived(&mut self, head: &Head, event: &UnmatchedResolved) {
        let channel = event.channel.clone();
        if let Some(payment) = event.payment {
            let order = match event.to {
                ResolvedTo::Order(order) => order,
                ResolvedTo::Refund(_) | ResolvedTo::Account(_) => OrderId::from_bytes([0; 16]),
            };
            self.came_before(payment, payment_of(head, order, channel, event.amount));
        } else {
            let (position, amount) = (head.position, event.amount);
            let money = Unmatched { position, channel, amount, resolved: None };
            self.came_before(event.unmatched, money);
        }
    }

    fn order(&self, order: OrderId) -> Result<&Order, &'static str> {
        self.book.get::<Order>(&order).ok_or("the order isn't placed yet")
    }

    fn campaign(&self, campaign: CampaignId) -> Result<&Campaign, &'static str> {
        self.book.get::<Campaign>(&campaign).ok_or("its campaign isn't opened yet")
    }

    fn refund(&self, refund: RefundId) -> Result<&Refund, &'static str> {
        self.book.get::<Refund>(&refund).ok_or("nobody asked for this refund")
    }

    /// The order, which has to be paid.
    fn paid(&self, order: OrderId) -> Result<&Order, &'static str> {
        let order = self.order(order)?;
        must(order.paid.is_some(), "the order isn't paid yet")?;
        Ok(order)
    }

    fn new_refund(&self, refund: RefundId) -> Checked {
        must(self.book.get::<Refund>(&refund).is_none(), "this refund was opened before")
    }

    /// What has to be so before the event.
    fn may_happen(&self, event: &Event) -> Checked {
        match event {
            Event::BookOpened(_) => {
                must(self.book.get::<BookHead>(&()).is_none(), "the book is opened twice")
            }
            Event::CampaignOpened(e) => {
                let known = self.book.get::<Campaign>(&e.campaign);
                must(known.is_none(), "the campaign is opened twice")
            }
            Event::PresaleDecided(e) => {
                let presale = self.campaign(e.campaign)?.in_presale();
                must(presale, "the campaign is in no presale")
            }
            Event::FormedDeclared(e) => self.open(e.campaign),
            Event::CampaignClosed(e) => self.open(e.campaign),
            Event::CampaignCancelled(e) => {
                let campaign = self.campaign(e.campaign)?;
                let over = campaign.cancelled.or(campaign.dropped()).is_some();
                must(!over, "the campaign was over")
            }
            Event::OrderPlaced(e) => {
                let known = self.book.get::<Order>(&e.order);
                must(known.is_none(), "the order is placed twice")?;
                must(!self.campaign(e.campaign)?.in_presale(), "the presale isn't decided yet")?;
                self.open(e.campaign)
            }
            Event::OrderPaid(e) => self.may_be_paid(e),
            Event::PaymentSuspended(e) => self.may_be_suspended(e.order, e.because),
            Event::OrderCancelled(e) => self.may_be_cancelled(e),
            Event::OrderExpired(e) => {
                let placed = self.order(e.order)?.status() == OrderStatus::Placed;
                must(placed, "the order isn't waiting for its payment")
            }
            Event::OrderShipped(e) => self.may_be_sent(e.order, false, &e.lines, &e.replacements),
            Event::OrderArrived(e) => self.may_be_sent(e.order, true, &e.lines, &e.replacements),
            Event::OrderReceived(e) => self.may_be_received(e.order, &e.lines),
            Event::OrderPickedUp(e) => self.may_be_received(e.order, &e.lines),
            Event::OrderSettled(e) => self.may_settle(e.order),
            Event::PayableMatured(e) => {
                let order = self.paid(e.order)?;
                must(order.settled.is_some(), "the order isn't settled yet")?;
                must(order.matured.is_none(), "the supplier's terms ran before")
            }
            Event::RefundRequested(e) => self.may_be_asked(e),
            Event::RefundApproved(e) => self.may_be_approved(e),
            Event::PriceAdjusted(e) => self.may_be_adjusted(e),
            Event::RefundRejected(e) => self.refund(e.refund).map(drop),
            Event::RefundWithdrawn(e) => self.refund(e.refund).map(drop),
            Event::ReturnReceived(e) => self.awaits_goods(e.refund),
            Event::ReturnLapsed(e) => self.awaits_goods(e.refund),
            Event::RefundPaid(e) => self.may_be_paid_back(e.refund),
            Event::UnmatchedResolved(e) => self.may_be_resolved(e),
            Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::InterestExpressed(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => Ok(()),
        }
    }

    fn open(&self, campaign: CampaignId) -> Checked {
        must(self.campaign(campaign)?.ended().is_none(), "the campaign was over")
    }

    fn may_be_paid(&self, event: &OrderPaid) -> Checked {
        let order = self.order(event.order)?;
        must(order.status() == OrderStatus::Placed, "the order isn't waiting for its payment")?;
        let campaign = self.campaign(order.campaign)?;
        must(campaign.gives_back().is_none(), "the campaign gives its money back")?;
        let by_channel = event.payment.as_ref().map(|payment| payment.amount);
        let by_suspense = event.out_of_suspense.as_ref().map(|held| held.amount);
        let amount = by_channel.or(by_suspense).unwrap_or(Money::ZERO);
        let owed = order.owed(campaign).map_err(out_of_range)?;
        must(amount == owed, "another amount was owed")
    }

    fn may_be_suspended(&self, order: OrderId, because: SuspenseReason) -> Checked {
        let order = self.order(order);
        let status = order.ok().map(Order::status);
        let because_of = match because {
            SuspenseReason::UnknownOrder => order.is_err(),
            SuspenseReason::OrderCancelled => status == Some(OrderStatus::Cancelled),
            SuspenseReason::OrderExpired => status == Some(OrderStatus::Expired),
            SuspenseReason::AlreadyPaid => order.is_ok_and(|order| order.paid.is_some()),
            SuspenseReason::WrongAmount => status == Some(OrderStatus::Placed),
            SuspenseReason::DuplicateReference => true,
            SuspenseReason::CampaignRefunding => {
                let campaign = order.and_then(|order| self.campaign(order.campaign));
                campaign.is_ok_and(|campaign| campaign.gives_back().is_some())
            }
        };
        must(because_of, "the payment is held for a reason that there isn't")
    }

    fn may_be_cancelled(&self, event: &OrderCancelled) -> Checked {
        let order = self.order(event.order)?;
        let over = order.cancelled.or(order.expired).is_some();
        must(!over, "the order was over")?;
        must(order.shipped.is_none(), "the order was on its way")?;
        self.withdraws(order, &event.withdrawn)
    }

    /// All requests that are open, and no others, are withdrawn.
    fn withdraws(&self, order: &Order, withdrawn: &[RefundId]) -> Checked {
        let asked = |refund: &&RefundId| {
            self.refund(**refund).is_ok_and(|refund| refund.status == RefundStatus::Requested)
        };
        let open: BTreeSet<_> = order.refunds.iter().filter(asked).collect();
        let same = open == withdrawn.iter().collect::<BTreeSet<_>>();
        must(same, "other refunds were asked for than are withdrawn")
    }

    fn may_be_sent(
        &self,
        order: OrderId,
        arrives: bool,
        lines: &[LineUnits],
        again: &[LineUnits],
    ) -> Checked {
        let order = self.paid(order)?;
        must(order.cancelled.is_none(), "the order was cancelled")?;
        must((order.way == Way::Pickup) == arrives, "the order goes another way")?;
        for units in lines {
            let line = line_of(order, units)?;
            let replacements = again.iter().find(|again| again.sku == units.sku);
            let replacements = replacements.map_or(0, |again| again.quantity);
            let first = units.quantity.saturating_sub(replacements);
            let enough = first <= line.shippable() && replacements <= line.sendable_again();
            must(enough, "more units are sent than are left to send")?;
        }
        Ok(())
    }

    fn may_be_received(&self, order: OrderId, lines: &[LineUnits]) -> Checked {
        let order = self.paid(order)?;
        must(order.shipped.is_some(), "nothing of the order is on its way")?;
        for units in lines {
            let under_way = line_of(order, units)?.under_way();
            must(units.quantity <= under_way, "more units are received than are on their way")?;
        }
        Ok(())
    }

    fn may_settle(&self, order: OrderId) -> Checked {
        let order = self.paid(order)?;
        must(order.settled.is_none(), "the order is settled twice")?;
        let received = order.live() == 0 || order.received.is_some();
        must(received && order.unreceived() == 0, "not all of the order is received yet")?;
        let mut refunds = order.refunds.iter().filter_map(|refund| self.refund(*refund).ok());
        must(!refunds.any(Refund::is_unfinished), "a refund is still open")?;
        let waits = order.waits_for_price(self.campaign(order.campaign)?).map_err(out_of_range)?;
        must(!waits, "its price isn't locked, or the difference isn't owed back yet")
    }

    fn may_be_asked(&self, event: &RefundRequested) -> Checked {
        self.new_refund(event.refund)?;
        let order = self.paid(event.order)?;
        for units in &event.lines {
            let line = line_of(order, units)?;
            let back = match event.kind {
                RefundKind::RefundOnly | RefundKind::Compensation => u32::MAX,
                RefundKind::Return | RefundKind::Exchange => line.returnable(),
            };
            let left = units.quantity <= line.unasked().min(back);
            must(left, "more units are asked back than can be")?;
        }
        Ok(())
    }

    fn may_be_approved(&self, event: &RefundApproved) -> Checked {
        let order = self.paid(event.order)?;
        match event.cause {
            None => {
                let asked = self.refund(event.refund)?;
                must(asked.order == event.order, "the refund is of another order")?;
                let within = event.compensation <= asked.amount
                    && event.return_shipping <= asked.return_shipping;
                must(within, "more is approved than was asked for")?;
            }
            Some(RefundCause::Cancelled) => {
                self.new_refund(event.refund)?;
                must(order.cancelled.is_some(), "the order wasn't cancelled")?;
            }
            Some(RefundCause::Unformed) => {
                self.new_refund(event.refund)?;
                let campaign = self.campaign(order.campaign)?;
                must(campaign.gives_back().is_some(), "the campaign gives nothing back")?;
                self.withdraws(order, &event.withdrawn)?;
            }
            Some(RefundCause::Price) => return Err("a price difference is owed otherwise"),
        }
        let mut due = event.compensation.unwrap_or(Money::ZERO);
        for amount in [event.return_shipping, event.shipping_fee] {
            due = due.plus(amount).map_err(out_of_range)?;
        }
        for taken in &event.lines {
            let line = order.line(taken.sku.as_str()).ok_or(NO_LINE)?;
            let there = taken.quantity <= line.left()
                && taken.unshipped <= line.unshipped()
                && taken.received <= line.with_buyer()
                && taken.unreplaced <= line.unreplaced();
            must(there, "more units are refunded than are there")?;
            due = due.plus(taken.paid).map_err(out_of_range)?;
        }
        for taken in &event.exchanged {
            let line = order.line(taken.sku.as_str()).ok_or(NO_LINE)?;
            let there = taken.quantity <= line.left() && taken.received <= line.with_buyer();
            must(there, "more units are exchanged than are there")?;
        }
        let fee = event.shipping_fee.is_zero()
            || event.shipping_fee == order.shipping && !order.shipping_returned;
        must(fee, "a shipping fee goes back that isn't there")?;
        must(due == event.due, "the refund comes to another amount than its parts")
    }

    fn may_be_adjusted(&self, event: &PriceAdjusted) -> Checked {
        self.new_refund(event.refund)?;
        let order = self.paid(event.order)?;
        let line = order.line(event.sku.as_str()).ok_or(NO_LINE)?;
        let locked = self.campaign(order.campaign)?.locked_price(line.item);
        must(locked == Some(event.price), "the campaign didn't close at this price")?;
        must(event.quantity == line.left(), "other units are left")
    }

    fn awaits_goods(&self, refund: RefundId) -> Checked {
        let refund = self.refund(refund)?;
        let decided = matches!(refund.status, RefundStatus::Approved | RefundStatus::Paid);
        must(decided && refund.has_goods(), "no goods are expected of this refund")?;
        must(refund.returned.is_none(), "the goods were back before")
    }

    fn may_be_paid_back(&self, refund: RefundId) -> Checked {
        let refund = self.refund(refund)?;
        let approved = matches!(refund.status, RefundStatus::Approved | RefundStatus::Paid);
        must(approved, "the refund isn't approved")?;
        must(!refund.awaits_goods(), "the goods aren't back yet")
    }

    fn may_be_resolved(&self, event: &UnmatchedResolved) -> Checked {
        if let Some(payment) = event.payment.and_then(|id| self.book.get::<Payment>(&id)) {
            must(payment.amount == event.amount, "another amount is held")?;
        }
        match event.to {
            // Of this order: its payment follows in the same record, and is looked at there.
            ResolvedTo::Order(_) | ResolvedTo::Account(_) => Ok(()),
            ResolvedTo::Refund(refund) => {
                must(event.direction == Direction::Out, "money that came in pays no refund")?;
                self.may_be_paid_back(refund)
            }
        }
    }

    /// After an event: never more is refunded of a line than was paid for it, in units and in money.
    fn adds_up(&self, event: &Event) -> Checked {
        let order = if let Event::RefundApproved(e) = event {
            e.order
        } else if let Event::PriceAdjusted(e) = event {
            e.order
        } else {
            return Ok(());
        };
        for line in &self.order(order)?.lines {
            let units = line.returned() <= line.quantity;
            must(units, "more units are refunded than were ordered")?;
            must(line.refunded <= line.paid(), "more is refunded than was paid")?;
        }
        Ok(())
    }
}

const NO_LINE: &str = "the order has no such line";

fn line_of<'o>(order: &'o Order, units: &LineUnits) -> Result<&'o Line, &'static str> {
    order.line(units.sku.as_str()).ok_or(NO_LINE)
}

/// A payment in suspense, as far as the record that takes it out says.
fn payment_of(
    head: &Head,
    order: OrderId,
    channel: tuanzhang_core::text::Name,
    amount: Money,
) -> Payment {
    Payment {
        position: head.position,
        happened_at: head.at,
        order,
        fits: false,
        resolved: None,
        channel,
        amount,
        fee: Money::ZERO,
        refunded: Money::ZERO,
        refunds: 0,
        fee_returned: Money::ZERO,
    }
}
