//! Money to and from buyers: a payment gives back at most what it brought, in so many refunds, in so
//! many days; a refund pays at most what it owes, whichever way. Payouts end as they were asked.

use tuanzhang_core::command::{By, Direction, ReasonCode, RefundKind};
use tuanzhang_core::event::{
    ChannelPayment, OrderPaid, PayoutRequested, PriceAdjusted, RefundApproved, RefundPaid,
    RefundRequested, Reopened, ResolvedTo, UnmatchedRecorded, UnmatchedResolved,
};
use tuanzhang_core::text::Name;
use tuanzhang_core::{Actor, Head, Money, OrderId, PartyId, PayoutId, RefundId, Time};

use super::Invariants;
use super::say::Say;
use crate::Rule;

/// A payment, as its events tell it.
#[derive(Debug)]
pub(super) struct Payment {
    channel: Name,
    amount: i64,
    fee: i64,
    happened_at: Time,
    given_back: i64,
    refunds: u32,
    fee_back: i64,
    /// Taken out of suspense.
    resolved: bool,
}

/// A refund, as its events tell it.
#[derive(Debug)]
pub(super) struct Refund {
    pub(super) order: OrderId,
    /// None where the book opened it itself.
    asked_by: Option<Actor>,
    pub(super) reason_code: Option<ReasonCode>,
    pub(super) kind: Option<RefundKind>,
    claimed: i64,
    asked: Option<i64>,
    due: i64,
    paid: i64,
    approved: bool,
    undone: bool,
}

/// A payout, as its events tell it.
#[derive(Debug)]
pub(super) struct Payout {
    party: PartyId,
    amount: i64,
    asked_by: Actor,
    ended: bool,
}

/// Money that nothing explained when it came.
#[derive(Debug)]
pub(super) struct Unexplained {
    amount: i64,
    resolved: bool,
}

impl Refund {
    /// One that the book opens itself.
    const fn own(order: OrderId, due: i64, approved: bool) -> Self {
        Self {
            order,
            asked_by: None,
            reason_code: None,
            kind: None,
            claimed: 0,
            asked: None,
            due,
            paid: 0,
            approved,
            undone: false,
        }
    }
}

/// The operator apart, who asked may not be who says yes.
fn other_person(asked_by: Actor, actor: Actor) -> bool {
    actor.person().is_none() || actor.person() != asked_by.person()
}

impl Invariants {
    pub(super) fn payment_recorded(&mut self, e: &ChannelPayment, head: &Head, say: &mut Say) {
        let (amount, fee) = (e.amount.minor(), e.fee.minor());
        say.hold(amount > 0 && (0..=amount).contains(&fee), Rule::ChannelFee, |m| {
            let expected = format!("0 to {}", m.money(amount));
            [format!("payment {}", e.payment), expected, m.money(fee)]
        });
        let payment = Payment {
            channel: e.channel.clone(),
            amount,
            fee,
            happened_at: head.happened_at(),
            given_back: 0,
            refunds: 0,
            fee_back: 0,
            resolved: false,
        };
        self.payments.add(e.payment, payment, "payment", say);
    }

    /// The money that pays an order.
    pub(super) fn money_for(&mut self, e: &OrderPaid, head: &Head, say: &mut Say) -> i64 {
        let new = e.payment.as_ref().map_or(0, |payment| {
            self.payment_recorded(payment, head, say);
            payment.amount.minor()
        });
        let known = e.out_of_suspense.as_ref().map_or(0, |money| money.amount.minor());
        new.saturating_add(known)
    }

    pub(super) fn refund_requested(&mut self, e: &RefundRequested, head: &Head, say: &mut Say) {
        let Some(order) = self.orders.get(&e.order) else { return say.unknown("order", e.order) };
        let Some(campaign) = self.campaigns.at(order.campaign) else { return };
        let (claimed, cap) = (e.return_shipping.minor(), campaign.cap);
        say.hold(claimed <= cap, Rule::ReturnShippingCapped, |m| {
            let expected = format!("at most {}", m.money(cap));
            [format!("refund {}", e.refund), expected, m.money(claimed)]
        });
        for line in &e.lines {
            order.units_are_left(campaign, line, say);
        }
        let asked_by = Some(head.actor);
        let own = Refund::own(e.order, 0, false);
        let (reason_code, asked) = (e.reason_code, e.amount.map(Money::minor));
        let kind = Some(e.kind);
        let refund = Refund { asked_by, reason_code, kind, claimed, asked, ..own };
        self.refunds.add(e.refund, refund, "refund", say);
    }

    pub(super) fn refund_approved(&mut self, e: &RefundApproved, head: &Head, say: &mut Say) {
        if e.cause.is_some() {
            self.refunds.add(e.refund, Refund::own(e.order, 0, false), "refund", say);
        }
        let about = || format!("refund {}", e.refund);
        let (granted, compensation) = (e.return_shipping.minor(), e.compensation.map(Money::minor));
        let goods = e.lines.iter().fold(0_i64, |sum, l| sum.saturating_add(l.paid.minor()));
        let due = goods
            .saturating_add(e.shipping_fee.minor())
            .saturating_add(granted)
            .saturating_add(compensation.unwrap_or(0));
        say.hold(due == e.due.minor(), Rule::RefundAddsUp, |m| {
            [about(), m.money(due), m.money(e.due.minor())]
        });
        if let Some(refund) = self.refunds.known(&e.refund, "refund", say) {
            say.hold(refund.order == e.order, Rule::RefersToKnown, |_| {
                [about(), format!("order {}", refund.order), e.order.to_string()]
            });
            say.hold(granted <= refund.claimed, Rule::GrantedAtMostAsked, |m| {
                let about = format!("{}, return shipping", about());
                [about, format!("at most {}", m.money(refund.claimed)), m.money(granted)]
            });
            say.hold(compensation <= refund.asked, Rule::GrantedAtMostAsked, |m| {
                let asked = format!("at most {}", m.money(refund.asked.unwrap_or(0)));
                let about = format!("{}, compensation", about());
                [about, asked, m.money(compensation.unwrap_or(0))]
            });
            let before = refund.approved;
            say.hold(!before, Rule::ApprovedOnce, |_| {
                [about(), "approved once".into(), "approved again".into()]
            });
            let asked_by = refund.asked_by.filter(|_| e.cause.is_none());
            let other = asked_by.is_none_or(|asked_by| other_person(asked_by, head.actor));
            say.hold(other, Rule::NobodyApprovesOwn, |_| {
                [about(), "somebody who didn't ask for it".into(), head.actor.to_string()]
            });
            (refund.due, refund.approved) = (due, true);
        }
        self.taken_back(e, say);
    }

    /// A refund that the book opens, of what a line paid above the price that its campaign closed at.
    pub(super) fn price_adjusted(&mut self, e: &PriceAdjusted, say: &mut Say) {
        let own = Refund::own(e.order, e.paid.minor(), true);
        self.refunds.add(e.refund, own, "refund", say);
        self.paid_too_much(e, say);
    }

    pub(super) fn reopened(&mut self, id: RefundId, e: &Reopened, say: &mut Say) {
        if let Some(refund) = self.refunds.known(&id, "refund", say) {
            let Refund { due, paid, approved, undone, order, .. } = &*refund;
            let is_open = *approved && !*undone && *paid == 0 && *order == e.order;
            say.hold(is_open && *due == e.due.minor(), Rule::ApprovedOnce, |m| {
                let state = if is_open { "" } else { "not open to be undone: " };
                let found = format!("{} undone, {} paid", m.money(e.due.minor()), m.money(*paid));
                [format!("refund {id}"), format!("{state}{} undone", m.money(*due)), found]
            });
            refund.undone = true;
        }
        self.given_again(e, say);
    }

    fn refund_pays(&mut self, id: RefundId, amount: i64, say: &mut Say) -> Option<OrderId> {
        let refund = self.refunds.known(&id, "refund", say)?;
        refund.paid = refund.paid.saturating_add(amount);
        let Refund { paid, due, approved, undone, .. } = &*refund;
        let is_owed = *approved && !*undone;
        say.hold(is_owed && paid <= due, Rule::RefundPaidAtMostDue, |m| {
            let owed = if is_owed { *due } else { 0 };
            [format!("refund {id}"), format!("at most {}", m.money(owed)), m.money(*paid)]
        });
        Some(refund.order)
    }

    pub(super) fn refund_paid(&mut self, e: &RefundPaid, head: &Head, say: &mut Say) {
        self.ids.once("refund payment", e.refund_payment, say);
        let Some(id) = self.refund_pays(e.refund, e.amount.minor(), say) else { return };
        let paid_by = self.orders.get(&id).and_then(|order| order.payment);
        let limits = self.opened.map(|opened| opened.limits);
        let payment = paid_by.and_then(|payment| self.payments.known(&payment, "payment", say));
        let by_channel = e.by == By::Channel;
        if let Some(payment) = payment {
            let about = || paid_by.map_or_else(String::new, |id| format!("payment {id}"));
            payment.fee_back = payment.fee_back.saturating_add(e.fee_returned.minor());
            let Payment { fee, fee_back, .. } = &*payment;
            say.hold(fee_back <= fee, Rule::ChannelFee, |m| {
                [about(), format!("at most {}", m.money(*fee)), m.money(*fee_back)]
            });
            if by_channel {
                payment.given_back = payment.given_back.saturating_add(e.amount.minor());
                payment.refunds = payment.refunds.saturating_add(1);
                let Payment { amount, given_back, refunds, channel, happened_at, .. } = &*payment;
                say.hold(given_back <= amount, Rule::ChannelAmount, |m| {
                    [about(), format!("at most {}", m.money(*amount)), m.money(*given_back)]
                });
                say.hold(*channel == e.channel, Rule::ChannelOwn, |_| {
                    [about(), channel.to_string(), e.channel.to_string()]
                });
                if let Some(limits) = limits {
                    say.hold(*refunds <= limits.refunds, Rule::ChannelRefunds, |_| {
                        [
                            about(),
                            format!("at most {} refunds", limits.refunds),
                            refunds.to_string(),
                        ]
                    });
                    let end = happened_at.plus_days(limits.days);
                    say.hold(head.at <= end, Rule::ChannelDays, |_| {
                        [about(), format!("{end} at the latest"), head.at.to_string()]
                    });
                }
            }
        } else {
            say.hold(!by_channel && e.fee_returned.is_zero(), Rule::ChannelOwn, |_| {
                let expected = "a transfer: nothing was paid through a channel".into();
                [format!("order {id}"), expected, e.channel.to_string()]
            });
        }
        self.fee_back(id, &e.moved, say);
    }

    pub(super) fn unmatched_recorded(&mut self, e: &UnmatchedRecorded, say: &mut Say) {
        let unexplained = Unexplained { amount: e.amount.minor(), resolved: false };
        self.unexplained.add(e.unmatched, unexplained, "unmatched money", say);
    }

    pub(super) fn unmatched_resolved(&mut self, e: &UnmatchedResolved, say: &mut Say) {
        let amount = e.amount.minor();
        let known = match e.payment {
            Some(payment) => self
                .payments
                .known(&payment, "payment", say)
                .map(|payment| (&mut payment.resolved, payment.amount)),
            None => self
                .unexplained
                .known(&e.unmatched, "unmatched money", say)
                .map(|money| (&mut money.resolved, money.amount)),
        };
        if let Some((resolved, whole)) = known {
            let left = if *resolved { 0 } else { whole };
            say.hold(amount == left, Rule::SuspenseOnce, |m| {
                [format!("unmatched money {}", e.unmatched), m.money(left), m.money(amount)]
            });
            *resolved = true;
        }
        if let ResolvedTo::Refund(refund) = &e.to {
            let out = if e.direction == Direction::Out { amount } else { i64::MAX };
            self.refund_pays(*refund, out, say);
        }
    }

    pub(super) fn payout_requested(&mut self, e: &PayoutRequested, head: &Head, say: &mut Say) {
        let (party, amount) = (e.party, e.amount.minor());
        let payout = Payout { party, amount, asked_by: head.actor, ended: false };
        self.payouts.add(e.payout, payout, "payout", say);
    }

    /// Paid, by somebody, or failed.
    pub(super) fn payout_ended(
        &mut self,
        (id, party, amount): (PayoutId, PartyId, Money),
        paid_by: Option<Actor>,
        say: &mut Say,
    ) {
        let Some(payout) = self.payouts.known(&id, "payout", say) else { return };
        let as_asked = (payout.party, payout.amount) == (party, amount.minor()) && !payout.ended;
        say.hold(as_asked, Rule::PayoutEndsAsAsked, |m| {
            let left = if payout.ended { 0 } else { payout.amount };
            let expected = format!("{} to {}", m.money(left), payout.party);
            [format!("payout {id}"), expected, format!("{} to {party}", m.money(amount.minor()))]
        });
        let other = paid_by.is_none_or(|actor| other_person(payout.asked_by, actor));
        say.hold(other, Rule::NobodyApprovesOwn, |_| {
            let found = paid_by.map_or_else(String::new, |actor| actor.to_string());
            [format!("payout {id}"), "somebody who didn't ask for it".into(), found]
        });
        payout.ended = true;
    }
}
