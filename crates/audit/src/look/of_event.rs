//! What an event gives to look at. A new event must be thought of.

use std::fmt::Write as _;

use tuanzhang_core::command::{Direction, FundedBy, GoodsBorneBy, RefundKind};
use tuanzhang_core::event::{
    Adjusted, OrderPaid, OrderPlaced, RefundApproved, ResolvedTo, UnmatchedResolved,
};
use tuanzhang_core::{Actor, Event, Head, Money, Role};

use super::{Approver, Look, LookKind, Looking, OwnCampaign, Sum};
use crate::invariants::Invariants;

/// Accounts of an adjustment that are named; the others are counted.
const ACCOUNTS_MAX: usize = 4;

/// Where an event stands.
#[derive(Debug)]
pub(super) struct At<'a> {
    pub(super) position: u64,
    pub(super) event: usize,
    pub(super) head: &'a Head,
}

impl At<'_> {
    fn look(&self, kind: LookKind, amount: Money, about: String) -> Look {
        let Self { position, event, head } = *self;
        let reason = String::new();
        Look { kind, position, event, at: head.at, actor: head.actor, amount, about, reason }
    }
}

impl Look {
    fn because(self, reason: impl std::fmt::Display) -> Self {
        Self { reason: reason.to_string(), ..self }
    }
}

impl Looking<'_> {
    pub(super) fn event(&mut self, at: &At<'_>, event: &Event, known: &Invariants) {
        match event {
            Event::OrderPlaced(e) => self.discount(e),
            Event::OrderPaid(e) => self.self_purchase(at, e, known),
            Event::RefundApproved(e) => self.approval(at, e, known),
            Event::PriceAdjusted(e) => self.refunds_by_the_book.add(e.paid),
            Event::Adjusted(e) => self.adjusted(at, e),
            Event::WrittenOff(e) => {
                let about = format!("available:{}", e.party);
                self.add(at.look(LookKind::WrittenOff, e.amount, about).because(&e.reason));
            }
            Event::UnmatchedResolved(e) => self.resolved(at, e),
            Event::Transferred(e) => {
                let about = format!("channel:{} to channel:{}", e.from, e.to);
                self.add(at.look(LookKind::Transferred, e.amount, about).because(&e.reference));
            }
            Event::Drawn(e) => {
                let kind = match e.direction {
                    Direction::In => LookKind::BroughtIn,
                    Direction::Out => LookKind::Drawn,
                };
                let about = format!("channel:{}", e.channel);
                self.add(at.look(kind, e.amount, about).because(&e.reference));
            }
            Event::FormedDeclared(e) => {
                let reason = e.reason.as_ref().map_or("", |reason| reason.as_str());
                let about = format!("campaign {}", e.campaign);
                self.add(at.look(LookKind::DeclaredFormed, Money::ZERO, about).because(reason));
            }
            Event::PeriodSealed(e) => {
                let about = format!("through {}", e.through);
                self.add(at.look(LookKind::Sealed, Money::ZERO, about));
            }
            Event::BookOpened(_)
            | Event::LeaderRegistered(_)
            | Event::SupplierRegistered(_)
            | Event::CampaignOpened(_)
            | Event::SellerAllowed(_)
            | Event::StockAdded(_)
            | Event::CampaignClosed(_)
            | Event::InterestExpressed(_)
            | Event::PresaleDecided(_)
            | Event::CampaignCancelled(_)
            | Event::PaymentSuspended(_)
            | Event::OrderCancelled(_)
            | Event::OrderExpired(_)
            | Event::OrderShipped(_)
            | Event::OrderArrived(_)
            | Event::OrderReceived(_)
            | Event::OrderPickedUp(_)
            | Event::OrderSettled(_)
            | Event::PayableMatured(_)
            | Event::RefundRequested(_)
            | Event::RefundRejected(_)
            | Event::RefundWithdrawn(_)
            | Event::ReturnReceived(_)
            | Event::ReturnLapsed(_)
            | Event::RefundPaid(_)
            | Event::PayoutRequested(_)
            | Event::PayoutPaid(_)
            | Event::PayoutFailed(_)
            | Event::UnmatchedRecorded(_)
            | Event::CostRecorded(_) => {}
        }
    }

    fn discount(&mut self, e: &OrderPlaced) {
        let Some(discount) = e.discount else { return };
        let place = match discount.funded_by {
            FundedBy::Shared => 0,
            FundedBy::Role(role) => role.index().saturating_add(1),
        };
        if let Some(sum) = self.discounts.get_mut(place) {
            sum.add(discount.amount);
        }
    }

    fn self_purchase(&mut self, at: &At<'_>, e: &OrderPaid, known: &Invariants) {
        let Some(around) = known.around(e.order) else { return };
        let Some(buyer) = around.buyer else { return };
        let is_buyer =
            |role: &Role| around.filled_by(*role).is_some_and(|party| party.uuid() == buyer.uuid());
        let roles: Vec<Role> = Role::ALL.into_iter().filter(is_buyer).collect();
        if roles.is_empty() {
            return;
        }
        let amount = Money::from_minor(around.due_minor).unwrap_or(Money::ZERO);
        for role in &roles {
            if let Some(sum) = self.self_purchases.get_mut(role.index()) {
                sum.add(amount);
            }
        }
        let roles: Vec<_> = roles.iter().map(|role| role.word()).collect();
        let about = format!("order {}, buyer {buyer}", e.order);
        self.add(at.look(LookKind::SelfPurchase, amount, about).because(roles.join(" ")));
    }

    fn approval(&mut self, at: &At<'_>, e: &RefundApproved, known: &Invariants) {
        if e.cause.is_some() {
            return self.refunds_by_the_book.add(e.due);
        }
        let actor = at.head.actor;
        let goods: i64 = e.lines.iter().fold(0, |sum, l| sum.saturating_add(l.paid.minor()));
        let goods = Money::from_minor(goods).unwrap_or(Money::MAX);
        let goodwill = (e.goods_borne_by != GoodsBorneBy::Reverse).then_some(goods);
        let owner = known.around(e.order).and_then(|around| around.filled_by(Role::Owner));
        let is_own = owner.is_some_and(|owner| actor == Actor::Leader(owner));
        let approver = self.approvers.entry(actor).or_insert(Approver {
            actor,
            refunds: Sum::default(),
            own_campaigns: Sum::default(),
            goodwill: Sum::default(),
            compensation: Sum::default(),
            return_shipping: Sum::default(),
        });
        approver.refunds.add(e.due);
        if let Some(amount) = goodwill {
            approver.goodwill.add(amount);
        }
        if let Some(amount) = e.compensation {
            approver.compensation.add(amount);
        }
        if !e.return_shipping.is_zero() {
            approver.return_shipping.add(e.return_shipping);
        }
        if is_own {
            approver.own_campaigns.add(e.due);
        }
        let code = known.reason_of(e.refund).map_or("", |code| code.word());
        let look = |kind, amount| {
            let about = format!("refund {}, order {}", e.refund, e.order);
            at.look(kind, amount, about).because(code)
        };
        if let Some(amount) = goodwill {
            self.add(look(LookKind::Goodwill, amount));
        }
        if let Some(amount) = e.compensation {
            self.add(look(LookKind::Compensation, amount));
        }
        if e.waive_return && known.kind_of(e.refund) == Some(RefundKind::Return) {
            self.add(look(LookKind::WaivedReturn, e.due));
        }
        if is_own {
            self.add(look(LookKind::OwnCampaign, e.due));
            if let Some(campaign) = known.campaign_of(e.order) {
                let none = OwnCampaign { campaign, owner: actor, refunds: Sum::default() };
                self.own_campaigns.entry(campaign).or_insert(none).refunds.add(e.due);
            }
        }
    }

    fn adjusted(&mut self, at: &At<'_>, e: &Adjusted) {
        let debits = e.postings.iter().map(|posting| posting.amount.minor().max(0));
        let amount = debits.fold(0_i64, i64::saturating_add);
        let accounts = e.accounts().take(ACCOUNTS_MAX).map(ToString::to_string);
        let mut about = accounts.collect::<Vec<_>>().join(", ");
        if let Some(more) = e.postings.len().checked_sub(ACCOUNTS_MAX).filter(|more| *more > 0) {
            let _ = write!(about, " and {more} more");
        }
        if let Some(corrects) = e.corrects {
            let _ = write!(about, "; corrects {corrects}");
        }
        let amount = Money::from_minor(amount).unwrap_or(Money::MAX);
        self.add(at.look(LookKind::Adjusted, amount, about).because(&e.reason));
    }

    fn resolved(&mut self, at: &At<'_>, e: &UnmatchedResolved) {
        let to = match &e.to {
            ResolvedTo::Order(order) => format!("order {order}"),
            ResolvedTo::Refund(refund) => format!("refund {refund}"),
            ResolvedTo::Account(account) => account.to_string(),
        };
        let about = format!("suspense:{} to {to}", e.channel);
        self.add(at.look(LookKind::Resolved, e.amount, about).because(&e.reason));
    }
}
