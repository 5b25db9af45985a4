//! What each event and each activity means to a shop. A match on either is a to-do list.

use tuanzhang_core::activity::{Activity, Happened};
use tuanzhang_core::event::{Event, Moved};
use tuanzhang_core::{CampaignId, Head, OrderId, Position, RefundId};

use super::Facts;
use super::community::{Complaint, Review};
use super::ids::Index;

/// What an event is about, to find its campaign.
enum About {
    Campaign(CampaignId),
    Order(OrderId),
    Refund(RefundId),
    Nothing,
}

impl Facts {
    pub(super) fn event(&mut self, head: &Head, event: &Event) {
        let day = self.calendar.day(head.at);
        self.reached(day);
        let (shop, orders) = (&mut self.shop, &mut self.orders);
        match event {
            Event::BookOpened(opened) => {
                shop.opened(opened.book, opened.operator);
                self.opened(opened.book, opened.currency.clone());
            }
            Event::CampaignOpened(opened) => shop.campaign_opened(opened),
            Event::LeaderRegistered(registered) => {
                shop.leaders.insert(registered.leader);
            }
            Event::PresaleDecided(decided) => shop.presale_decided(decided, day),
            Event::OrderPlaced(placed) => orders.placed(placed, day, 0, shop),
            Event::OrderPaid(paid) => orders.paid(paid, head, day),
            Event::OrderShipped(shipped) => orders.shipped(shipped.order),
            Event::OrderArrived(arrived) => orders.shipped(arrived.order),
            Event::OrderReceived(received) => {
                orders.received(received.order, &received.lines, head.at, day, shop);
            }
            Event::OrderPickedUp(picked) => {
                orders.received(picked.order, &picked.lines, head.at, day, shop);
            }
            Event::OrderSettled(settled) => orders.done(settled.order),
            Event::OrderCancelled(cancelled) => orders.done(cancelled.order),
            Event::OrderExpired(expired) => orders.done(expired.order),
            Event::RefundApproved(approved) => orders.approved(approved, day, shop),
            Event::PriceAdjusted(adjusted) => orders.adjusted(adjusted, day, shop),
            Event::RefundWithdrawn(withdrawn) => {
                if let Some(reopened) = &withdrawn.reopened {
                    orders.reopened(withdrawn.refund, reopened, day, shop);
                }
            }
            Event::ReturnLapsed(lapsed) => {
                orders.reopened(lapsed.refund, &lapsed.reopened, day, shop);
            }
            Event::PeriodSealed(_)
            | Event::SupplierRegistered(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::FormedDeclared(_)
            | Event::CampaignCancelled(_)
            | Event::PaymentSuspended(_)
            | Event::PayableMatured(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::ReturnReceived(_)
            | Event::RefundPaid(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_)
            | Event::Adjusted(_)
            | Event::WrittenOff(_)
            | Event::Transferred(_)
            | Event::Drawn(_)
            | Event::UnmatchedResolved(_) => {}
        }
        let (about, parts) = money_of(event);
        if let Some(about) = about {
            let campaign = self.campaign(&about);
            self.moves.take(event, parts, day, campaign, &mut self.shop);
        }
    }

    fn campaign(&self, about: &About) -> Option<Index> {
        match about {
            About::Campaign(campaign) => self.shop.find(*campaign),
            About::Order(order) => {
                self.orders.find(*order).and_then(|at| self.orders.order(at)).map(|o| o.campaign)
            }
            About::Refund(refund) => self.orders.of_refund(*refund).map(|order| order.campaign),
            About::Nothing => None,
        }
    }

    pub(super) fn happened(&mut self, (position, place): (Position, usize), entry: &Happened) {
        let day = self.calendar.day(entry.at);
        self.reached(day);
        let when = (entry.at.micros(), day);
        let (traffic, community) = (&mut self.traffic, &mut self.community);
        let buyers = &mut self.orders.buyers;
        match &entry.activity {
            Activity::Visited(visit) => {
                traffic.visited(visit.visitor, visit.campaign, visit.source.as_ref(), day, buyers);
            }
            Activity::Shortlisted(seen) => {
                traffic.shortlisted(seen.visitor, seen.campaign, day, buyers);
            }
            Activity::Joined(joined) => {
                community.joined(joined.member, joined.invited_by, when, buyers);
            }
            Activity::Left(left) => community.left(left.member, when, buyers),
            Activity::Invited(_) => community.invited(day),
            Activity::Reviewed(reviewed) => {
                let stamp = (entry.at.micros(), position.get(), place);
                let made = Review { stamp, day, rating: reviewed.rating };
                community.reviewed(reviewed.review, made);
            }
            Activity::Complained(complained) => {
                let complaint = Complaint { made: Some(day), resolved: None };
                community.complained(complained.complaint, complaint);
            }
            Activity::ComplaintResolved(resolved) => {
                let complaint = Complaint { made: None, resolved: Some(day) };
                community.complained(resolved.complaint, complaint);
            }
            Activity::Suggested(suggested) => community.suggested(suggested.suggestion, day),
        }
    }
}

/// What an event that moves money is about, and the parts that it moved.
fn money_of(event: &Event) -> (Option<About>, Option<&Moved>) {
    let order = |order: &OrderId| Some(About::Order(*order));
    match event {
        Event::OrderPaid(paid) => (order(&paid.order), Some(&paid.moved)),
        Event::OrderSettled(settled) => (order(&settled.order), Some(&settled.moved)),
        Event::PayableMatured(matured) => (order(&matured.order), Some(&matured.moved)),
        Event::RefundApproved(approved) => (order(&approved.order), Some(&approved.moved)),
        Event::PriceAdjusted(adjusted) => (order(&adjusted.order), Some(&adjusted.moved)),
        Event::RefundWithdrawn(withdrawn) => match &withdrawn.reopened {
            Some(reopened) => (order(&reopened.order), Some(&reopened.moved)),
            None => (None, None),
        },
        Event::ReturnLapsed(lapsed) => {
            (order(&lapsed.reopened.order), Some(&lapsed.reopened.moved))
        }
        Event::RefundPaid(paid) => (Some(About::Refund(paid.refund)), Some(&paid.moved)),
        Event::PaymentSuspended(suspended) => (order(&suspended.order), None),
        Event::CostRecorded(cost) => {
            (Some(cost.campaign.map_or(About::Nothing, About::Campaign)), None)
        }
        Event::PayoutRequested(_)
        | Event::PayoutPaid(_)
        | Event::PayoutFailed(_)
        | Event::UnmatchedRecorded(_)
        | Event::Adjusted(_)
        | Event::WrittenOff(_)
        | Event::Transferred(_)
        | Event::Drawn(_)
        | Event::UnmatchedResolved(_) => (Some(About::Nothing), None),
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
        | Event::RefundRequested(_)
        | Event::RefundRejected(_)
        | Event::ReturnReceived(_) => (None, None),
    }
}
