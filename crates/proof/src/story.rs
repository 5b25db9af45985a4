//! The story of one order, out of verified records alone: what happened, what it came to, who has what.
//!
//! Folding only adds, as everywhere: each amount is one that an event states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tuanzhang_core::book::OrderStatus;
use tuanzhang_core::event::{
    BookOpened, Moved, OrderPaid, OrderPlaced, Reopened, ResolvedTo, Terms, UnmatchedResolved,
};
use tuanzhang_core::money::{Currency, Money, OutOfRange};
use tuanzhang_core::{
    Actor, CampaignId, Event, OrderId, PartyId, PaymentId, Position, Record, RefundId, Role, Time,
};

use crate::life::Life;
use crate::said::Said;
use crate::touch::{Touch, placed_in};
use crate::verify::{Refused, Verified};
use crate::words;

/// What the records of a receipt tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The order.
    pub order: OrderId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// The campaign's title: a stranger's text.
    pub title: String,
    /// Of all amounts.
    pub currency: Currency,
    /// How the order was placed.
    pub placed: OrderPlaced,
    /// Its lines as they were placed.
    pub lines: Vec<Line>,
    /// How far it came, by these records: as `show` says it.
    pub status: Status,
    /// What happened, in the order of the book.
    pub steps: Vec<Step>,
    /// What it came to for the buyer.
    pub sums: Sums,
    /// What each party has of it, costs that it bears taken off; by role, then party.
    pub parts: Vec<Part>,
}

/// A line of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The item.
    pub sku: String,
    /// Its title: a stranger's text.
    pub title: String,
    /// Units.
    pub quantity: u32,
    /// Of one unit.
    pub price: Money,
    /// price x quantity.
    pub list: Money,
    /// The line's part of the order's discount.
    pub discount: Money,
}

/// One event of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Of its record.
    pub position: Position,
    /// When it was recorded.
    pub at: Time,
    /// When it happened outside, if that was said.
    pub occurred_at: Option<Time>,
    /// Who did it.
    pub actor: Actor,
    /// The event's name in JSON: `order_placed`.
    pub event: &'static str,
    /// What it means for the buyer.
    pub said: Said,
}

/// The buyer's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// What was to be paid: as placed, or as charged where the campaign had closed at a lower price.
    pub due: Money,
    /// What paid the order.
    pub paid: Money,
    /// What arrived for it, fits nothing, and is not resolved.
    pub in_suspense: Money,
    /// What arrived for it, and was used elsewhere: for another order, or on an account.
    pub elsewhere: Money,
    /// What became owed to the buyer.
    pub refund_due: Money,
    /// Of it paid.
    pub refunded: Money,
}

/// What one party has of the order in one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The role.
    pub role: Role,
    /// The party.
    pub party: PartyId,
    /// How much; below zero where it bears more than it earns.
    pub amount: Money,
}

/// How far the order came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was paid for it yet.
    Placed,
    /// It is paid.
    Paid,
    /// Some of it is under way.
    Shipped,
    /// Some of it waits at the pick-up point.
    AtPickup,
    /// All that is left of it was received.
    Received,
    /// No refund is expected any more.
    Settled,
    /// It was cancelled.
    Cancelled,
    /// It wasn't paid in time.
    Expired,
}

impl Status {
    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::AtPickup => "at_pickup",
            Self::Received => "received",
            Self::Settled => "settled",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The word in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Placed => "已下单",
            Self::Paid => "已付款",
            Self::Shipped => "已发货",
            Self::AtPickup => "待自提",
            Self::Received => "已收货",
            Self::Settled => "已结算",
            Self::Cancelled => "已取消",
            Self::Expired => "已过期",
        }
    }
}

impl From<OrderStatus> for Status {
    fn from(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Placed => Self::Placed,
            OrderStatus::Paid => Self::Paid,
            OrderStatus::Shipped => Self::Shipped,
            OrderStatus::AtPickup => Self::AtPickup,
            OrderStatus::Received => Self::Received,
            OrderStatus::Settled => Self::Settled,
            OrderStatus::Cancelled => Self::Cancelled,
            OrderStatus::Expired => Self::Expired,
        }
    }
}

impl Sums {
    /// What is still to be paid back to the buyer.
    ///
    /// # Errors
    /// The amount leaves the range of money.
    pub const fn still_owed(&self) -> Result<Money, OutOfRange> {
        self.refund_due.minus(self.refunded)
    }
}

impl Verified {
    /// What the records tell.
    ///
    /// # Errors
    /// `Overflow`: amounts that no book has; `Missing` or `Contradicts` where this wasn't made by [`verify`](crate::verify).
    pub fn story(&self) -> Result<Story, Refused> {
        let mut told = Told::begin(self)?;
        let mut touch = Touch::new(self.order, told.placed.campaign);
        let mut life = Life::default();
        for record in &self.records {
            for event in touch.told_by(record) {
                let said = words::said(event, &told.terms, &self.opened.currency);
                told.steps.push(step(record, event, said));
                told.add(event).map_err(|OutOfRange| Refused::Overflow)?;
                let position = record.head.position.get();
                life.next(&record.head, event)
                    .map_err(|what| Refused::Contradicts { position, what })?;
            }
        }
        // As core's state has it: what `show` says of the order.
        told.status = life.status(self.order).map_or(Status::Placed, Status::from);
        Ok(told.end(&self.opened))
    }
}

fn step(record: &Record, event: &Event, said: Said) -> Step {
    let head = record.head;
    let (position, at, occurred_at, actor) = (head.position, head.at, head.occurred_at, head.actor);
    Step { position, at, occurred_at, actor, event: event.name(), said }
}

/// A story in the making.
struct Told {
    placed: OrderPlaced,
    terms: Arc<Terms>,
    status: Status,
    steps: Vec<Step>,
    sums: Sums,
    parts: BTreeMap<(usize, PartyId), (Role, Money)>,
    refunds: BTreeSet<RefundId>,
    suspended: BTreeSet<PaymentId>,
}

impl Told {
    fn begin(verified: &Verified) -> Result<Self, Refused> {
        let Verified { order, records, .. } = verified;
        let events = || records.iter().flat_map(|record| &record.events);
        let campaign = records.iter().find_map(|record| placed_in(record, *order));
        let placed = events().find_map(|event| {
            let Event::OrderPlaced(placed) = event else { return None };
            (placed.order == *order).then(|| placed.clone())
        });
        let terms = events().find_map(|event| {
            let Event::CampaignOpened(opened) = event else { return None };
            (Some(opened.campaign) == campaign).then(|| Arc::clone(&opened.terms))
        });
        let missing = |what| Refused::Missing { what };
        let placed = placed.ok_or_else(|| missing("placed the order"))?;
        let sums = Sums {
            due: placed.due,
            paid: Money::ZERO,
            in_suspense: Money::ZERO,
            elsewhere: Money::ZERO,
            refund_due: Money::ZERO,
            refunded: Money::ZERO,
        };
        Ok(Self {
            placed,
            terms: terms.ok_or_else(|| missing("opened the order's campaign"))?,
            status: Status::Placed,
            steps: Vec::new(),
            sums,
            parts: BTreeMap::new(),
            refunds: BTreeSet::new(),
            suspended: BTreeSet::new(),
        })
    }

    fn end(self, opened: &BookOpened) -> Story {
        let title = |sku: &str| words::title(&self.terms, sku).to_owned();
        let lines = self.placed.lines.iter().map(|line| Line {
            sku: line.sku.to_string(),
            title: title(line.sku.as_str()),
            quantity: line.quantity,
            price: line.price,
            list: line.list,
            discount: line.discount,
        });
        let lines = lines.collect();
        let parts = self.parts.into_iter();
        let part = |((_, party), (role, amount))| Part { role, party, amount };
        Story {
            order: self.placed.order,
            campaign: self.placed.campaign,
            title: self.terms.title.to_string(),
            currency: opened.currency.clone(),
            lines,
            status: self.status,
            steps: self.steps,
            sums: self.sums,
            parts: parts.map(part).collect(),
            placed: self.placed,
        }
    }

    /// Adds what an event says of the buyer's money and of the parties'.
    fn add(&mut self, event: &Event) -> Result<(), OutOfRange> {
        match event {
            Event::OrderPaid(e) => self.paid(e),
            Event::PaymentSuspended(e) => {
                self.suspended.insert(e.payment.payment);
                add(&mut self.sums.in_suspense, e.payment.amount)
            }
            Event::RefundRequested(e) => {
                self.refunds.insert(e.refund);
                Ok(())
            }
            Event::RefundApproved(e) => {
                self.refunds.insert(e.refund);
                self.part(&e.moved)?;
                add(&mut self.sums.refund_due, e.due)
            }
            Event::PriceAdjusted(e) => {
                self.refunds.insert(e.refund);
                self.part(&e.moved)?;
                add(&mut self.sums.refund_due, e.paid)
            }
            Event::RefundPaid(e) => {
                self.part(&e.moved)?;
                add(&mut self.sums.refunded, e.amount)
            }
            Event::RefundWithdrawn(e) => e.reopened.as_ref().map_or(Ok(()), |e| self.reopened(e)),
            Event::ReturnLapsed(e) => self.reopened(&e.reopened),
            Event::UnmatchedResolved(e) => self.resolved(e),
            Event::BookOpened(_)
            | Event::PeriodSealed(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::CampaignOpened(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::OrderPlaced(_)
            | Event::OrderCancelled(_)
            | Event::OrderExpired(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderSettled(_)
            // From one pocket of a party to the next: nobody gains by it.
            | Event::PayableMatured(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
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

    fn paid(&mut self, event: &OrderPaid) -> Result<(), OutOfRange> {
        let by_channel = event.payment.as_ref().map(|payment| payment.amount);
        let by_suspense = event.out_of_suspense.as_ref().map(|payment| payment.amount);
        let amount = by_channel.or(by_suspense).unwrap_or(Money::ZERO);
        // A payment is taken exactly as owed: what it brought is what was due at that moment.
        self.sums.due = amount;
        add(&mut self.sums.paid, amount)?;
        self.part(&event.moved)
    }

    fn reopened(&mut self, event: &Reopened) -> Result<(), OutOfRange> {
        self.part(&event.moved)?;
        add(&mut self.sums.refund_due, event.due.negated())
    }

    fn resolved(&mut self, event: &UnmatchedResolved) -> Result<(), OutOfRange> {
        if event.payment.is_some_and(|payment| self.suspended.contains(&payment)) {
            add(&mut self.sums.in_suspense, event.amount.negated())?;
            if !matches!(event.to, ResolvedTo::Order(order) if order == self.placed.order) {
                add(&mut self.sums.elsewhere, event.amount)?;
            }
        }
        match &event.to {
            ResolvedTo::Refund(refund) if self.refunds.contains(refund) => {
                add(&mut self.sums.refunded, event.amount)
            }
            ResolvedTo::Refund(_) | ResolvedTo::Order(_) | ResolvedTo::Account(_) => Ok(()),
        }
    }

    /// Adds up what moved.
    fn part(&mut self, moved: &Moved) -> Result<(), OutOfRange> {
        for part in &moved.parts {
            let Some(party) = moved.party(part) else { continue };
            let place = self.parts.entry((part.role.index(), party));
            add(&mut place.or_insert((part.role, Money::ZERO)).1, part.amount)?;
        }
        Ok(())
    }
}

fn add(sum: &mut Money, amount: Money) -> Result<(), OutOfRange> {
    *sum = sum.plus(amount)?;
    Ok(())
}
