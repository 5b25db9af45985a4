//! Events as rows: which tables an event stands in.

mod activity;
mod beside;
mod campaigns;
mod orders;
mod postings;
mod refunds;

use tuanzhang_core::event::ResolvedTo;
use tuanzhang_core::{CampaignId, Event, Head, OrderId, RefundId};

use crate::column::Day;
use crate::error::ExportError;
use crate::state::State;
use crate::table::{Moment, Row};
use crate::tables::{EventRow, Sheets};

pub(crate) use activity::activity_row;

/// Writes the rows of one event.
pub(crate) struct Flatten<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) sheets: &'a mut Sheets,
    pub(crate) moment: Moment,
    /// The day of an instant, in the book's zone.
    pub(crate) day: &'a dyn Fn(tuanzhang_core::Time) -> Day,
}

impl Flatten<'_> {
    fn put<R: Row>(&mut self, row: &R) -> Result<(), ExportError> {
        put(self.sheets, &self.moment, row)
    }

    pub(crate) fn event(&mut self, head: &Head, event: &Event) -> Result<(), ExportError> {
        self.put(&EventRow {
            name: event.name(),
            occurred_at: head.occurred_at,
            actor: beside::actor_word(head.actor),
            actor_id: head.actor.person(),
            rules: i32::from(head.rules.0),
        })?;
        self.rows(event)?;
        self.postings(event)
    }

    fn rows(&mut self, event: &Event) -> Result<(), ExportError> {
        match event {
            Event::BookOpened(opened) => self.book_opened(opened),
            Event::LeaderRegistered(leader) => self.leader(leader),
            Event::SupplierRegistered(supplier) => self.supplier(supplier),
            Event::CampaignOpened(opened) => self.campaign_opened(opened),
            Event::SellerAllowed(allowed) => self.seller_allowed(allowed),
            Event::StockAdded(added) => self.stock_added(added),
            Event::CampaignClosed(closed) => self.campaign_closed(closed),
            Event::InterestExpressed(interest) => self.interest(interest),
            Event::PresaleDecided(decided) => self.presale_decided(decided),
            Event::FormedDeclared(formed) => self.campaign_step(formed.campaign, "formed_declared"),
            Event::CampaignCancelled(cancelled) => {
                self.campaign_step(cancelled.campaign, "cancelled")
            }
            Event::OrderPlaced(placed) => self.order_placed(placed),
            Event::OrderPaid(paid) => self.order_paid(paid),
            Event::OrderCancelled(cancelled) => self.order_step(cancelled.order, "cancelled"),
            Event::OrderExpired(expired) => self.order_step(expired.order, "expired"),
            Event::OrderShipped(shipped) => {
                self.unit_steps(shipped.order, "shipped", &shipped.lines, &shipped.replacements)
            }
            Event::OrderArrived(arrived) => {
                self.unit_steps(arrived.order, "arrived", &arrived.lines, &arrived.replacements)
            }
            Event::OrderReceived(received) => {
                self.unit_steps(received.order, "received", &received.lines, &[])
            }
            Event::OrderPickedUp(picked) => {
                self.unit_steps(picked.order, "picked_up", &picked.lines, &[])
            }
            Event::OrderSettled(settled) => {
                self.order_step(settled.order, "settled")?;
                self.parts(event.name(), settled.order, None, &[], &settled.moved)
            }
            Event::PayableMatured(matured) => {
                self.order_step(matured.order, "matured")?;
                self.parts(event.name(), matured.order, None, &[], &matured.moved)
            }
            Event::RefundRequested(requested) => {
                self.state.refund(requested.refund, requested.order);
                Ok(())
            }
            Event::RefundApproved(approved) => self.refund_approved(approved),
            Event::PriceAdjusted(adjusted) => self.price_adjusted(adjusted),
            Event::RefundWithdrawn(withdrawn) => match &withdrawn.reopened {
                Some(reopened) => {
                    self.undone(event.name(), withdrawn.refund, "withdrawn", reopened)
                }
                None => Ok(()),
            },
            Event::ReturnLapsed(lapsed) => {
                self.undone(event.name(), lapsed.refund, "lapsed", &lapsed.reopened)
            }
            Event::RefundPaid(paid) => self.refund_paid(paid),
            Event::CostRecorded(cost) => self.cost(cost),
            // Their money is in `postings`, that they happened in `events`.
            Event::PeriodSealed(_)
            | Event::PaymentSuspended(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_)
            | Event::UnmatchedResolved(_) => Ok(()),
        }
    }
}

pub(crate) fn put<R: Row>(
    sheets: &mut Sheets,
    moment: &Moment,
    row: &R,
) -> Result<(), ExportError> {
    R::sheet(sheets).add(moment, row)
}

/// What an event that posts is about.
#[derive(Clone, Copy, Debug, Default)]
struct About {
    order: Option<OrderId>,
    refund: Option<RefundId>,
    /// Of a cost; else it follows from the order.
    campaign: Option<CampaignId>,
}

impl About {
    const NOTHING: Self = Self { order: None, refund: None, campaign: None };

    const fn order(order: OrderId) -> Self {
        Self { order: Some(order), refund: None, campaign: None }
    }

    const fn refund(refund: RefundId, order: Option<OrderId>) -> Self {
        Self { order, refund: Some(refund), campaign: None }
    }

    fn of(event: &Event, state: &State) -> Self {
        match event {
            Event::OrderPaid(paid) => Self::order(paid.order),
            Event::OrderSettled(settled) => Self::order(settled.order),
            Event::PayableMatured(matured) => Self::order(matured.order),
            Event::RefundApproved(approved) => Self::refund(approved.refund, Some(approved.order)),
            Event::PriceAdjusted(adjusted) => Self::refund(adjusted.refund, Some(adjusted.order)),
            Event::RefundPaid(paid) => Self::refund(paid.refund, state.order_of(paid.refund)),
            Event::RefundWithdrawn(withdrawn) => {
                Self::refund(withdrawn.refund, state.order_of(withdrawn.refund))
            }
            Event::ReturnLapsed(lapsed) => Self::refund(lapsed.refund, Some(lapsed.reopened.order)),
            Event::UnmatchedResolved(resolved) => match &resolved.to {
                ResolvedTo::Order(order) => Self::order(*order),
                ResolvedTo::Refund(refund) => Self::refund(*refund, state.order_of(*refund)),
                ResolvedTo::Account(_) => Self::NOTHING,
            },
            Event::CostRecorded(cost) => Self { campaign: cost.campaign, ..Self::NOTHING },
            // It may name an order that there isn't.
            Event::PaymentSuspended(suspended) => {
                let order = Some(suspended.order).filter(|it| state.campaign_of(*it).is_some());
                Self { order, ..Self::NOTHING }
            }
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
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderExpired(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_) => Self::NOTHING,
        }
    }
}
