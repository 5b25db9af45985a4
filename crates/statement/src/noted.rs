//! What an event says of an amount that nothing is reckoned for: why, the channel's number, where the money
//! came from or went, and of a refund who approved it.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::{Account, ExpenseKind, for_each_posting};
use tuanzhang_core::command::{ReasonCode, RefundKind};
use tuanzhang_core::event::RefundCause;
use tuanzhang_core::text::{Name, Text};
use tuanzhang_core::{Actor, CampaignId, Event, Head, Money, Position, RefundId};

/// Counter-accounts that are named; more are counted.
const AGAINST_MAX: usize = 6;

/// What an event says beside its amount.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Noted {
    /// Why, in words.
    pub reason: Option<Text>,
    /// The record that it corrects.
    pub corrects: Option<Position>,
    /// The channel's own number.
    pub reference: Option<Text>,
    /// Where the money arrived or left.
    pub channel: Option<Name>,
    /// Which expense.
    pub category: Option<ExpenseKind>,
    /// The campaign that a cost was for.
    pub campaign: Option<CampaignId>,
    /// Accounts that the event moved the other way, the first six.
    pub against: Vec<Account>,
    /// Further postings that way, not named.
    pub against_more: usize,
    /// The refund that it belongs to.
    pub refund: Option<NotedRefund>,
}

/// A refund, as it was asked for and approved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NotedRefund {
    /// What it is; none where the book opened it itself.
    pub kind: Option<RefundKind>,
    /// Why it was asked for.
    pub reason_code: Option<ReasonCode>,
    /// Why the book opened it itself.
    pub cause: Option<RefundCause>,
    /// Who sent the command that approved it, and the record.
    pub approved: Option<(Actor, Position)>,
}

/// Who approved which refund: the book doesn't keep that.
#[derive(Debug, Default)]
pub(crate) struct Approvals(BTreeMap<RefundId, NotedRefund>);

impl Approvals {
    pub(crate) fn record(&mut self, head: &Head, event: &Event) {
        let approved = Some((head.actor, head.position));
        if let Event::RefundRequested(asked) = event {
            let refund = self.0.entry(asked.refund).or_default();
            (refund.kind, refund.reason_code) = (Some(asked.kind), asked.reason_code);
        } else if let Event::RefundApproved(approval) = event {
            let refund = self.0.entry(approval.refund).or_default();
            (refund.cause, refund.approved) = (approval.cause, approved);
        } else if let Event::PriceAdjusted(adjusted) = event {
            let refund = self.0.entry(adjusted.refund).or_default();
            (refund.cause, refund.approved) = (Some(RefundCause::Price), approved);
        }
    }

    /// What is noted of an amount; none where the event says no more than its rule.
    pub(crate) fn noted(
        &self,
        event: &Event,
        amount: Money,
        refund: Option<RefundId>,
    ) -> Option<Box<Noted>> {
        let mut noted = said(event);
        if let Some(noted) = &mut noted {
            name_against(noted, event, amount);
        }
        if let Some(refund) = refund.and_then(|id| self.0.get(&id)) {
            noted.get_or_insert_default().refund = Some(*refund);
        }
        noted.map(Box::new)
    }
}

fn said(event: &Event) -> Option<Noted> {
    let none = Noted::default();
    Some(if let Event::Adjusted(adjusted) = event {
        Noted { reason: Some(adjusted.reason.clone()), corrects: adjusted.corrects, ..none }
    } else if let Event::WrittenOff(debt) = event {
        Noted { reason: Some(debt.reason.clone()), ..none }
    } else if let Event::CostRecorded(cost) = event {
        let (category, channel) = (Some(cost.category), Some(cost.channel.clone()));
        Noted { channel, category, campaign: cost.campaign, ..none }
    } else if let Event::Drawn(draw) = event {
        by(&draw.channel, &draw.reference)
    } else if let Event::Transferred(transfer) = event {
        Noted { reference: Some(transfer.reference.clone()), ..none }
    } else if let Event::UnmatchedRecorded(money) = event {
        by(&money.channel, &money.reference)
    } else if let Event::UnmatchedResolved(money) = event {
        let (reason, channel) = (Some(money.reason.clone()), Some(money.channel.clone()));
        Noted { reason, channel, ..none }
    } else if let Event::PaymentSuspended(suspended) = event {
        by(&suspended.payment.channel, &suspended.payment.reference)
    } else if let Event::RefundPaid(paid) = event {
        by(&paid.channel, &paid.reference)
    } else if let Event::PayoutRequested(_) = event {
        none
    } else if let Event::PayoutPaid(payout) = event {
        by(&payout.channel, &payout.reference)
    } else if let Event::PayoutFailed(payout) = event {
        Noted { reason: Some(payout.reason.clone()), ..none }
    } else if let Event::RefundWithdrawn(withdrawn) = event {
        return withdrawn.reason.clone().map(|reason| Noted { reason: Some(reason), ..none });
    } else {
        return None;
    })
}

fn by(channel: &Name, reference: &Text) -> Noted {
    let (channel, reference) = (Some(channel.clone()), Some(reference.clone()));
    Noted { reference, channel, ..Noted::default() }
}

/// Accounts on the other side of the event.
fn name_against(noted: &mut Noted, event: &Event, amount: Money) {
    let withdrawn = matches!(event, Event::RefundWithdrawn(_));
    for_each_posting(event, &mut |other, posted| {
        let opposite = !posted.is_zero() && posted.is_negative() != amount.is_negative();
        if withdrawn || !opposite || noted.against.contains(&other) {
            return;
        }
        if noted.against.len() < AGAINST_MAX {
            noted.against.push(other);
        } else {
            noted.against_more = noted.against_more.saturating_add(1);
        }
    });
}

impl Noted {
    /// What is noted, each with its label in English and Chinese.
    pub fn lines(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut lines = Vec::new();
        let mut add = |english, chinese, said: Option<String>| {
            lines.extend(said.filter(|said| !said.is_empty()).map(|said| (english, chinese, said)));
        };
        add("reason", "原因", self.reason.as_ref().map(ToString::to_string));
        add("corrects position", "更正记录", self.corrects.map(|at| at.to_string()));
        add("reference", "流水号", self.reference.as_ref().map(ToString::to_string));
        add("channel", "渠道", self.channel.as_ref().map(ToString::to_string));
        add("category", "费用类别", self.category.map(|kind| kind.to_string()));
        add("campaign", "团", self.campaign.map(|id| id.to_string()));
        let mut against: Vec<String> = self.against.iter().map(ToString::to_string).collect();
        if self.against_more > 0 {
            against.push(["+", &self.against_more.to_string()].concat());
        }
        add("against", "对方科目", Some(against.join(", ")));
        if let Some(refund) = self.refund {
            add("kind of refund", "退款类型", refund.kind.map(|kind| kind.to_string()));
            add("reason code", "退款原因", refund.reason_code.map(|code| code.to_string()));
            add("opened by the book", "自动退款", refund.cause.map(|cause| cause.to_string()));
            let approved = refund.approved.map(|(actor, at)| format!("{actor}, position {at}"));
            add("approved by", "审批人", approved);
        }
        lines
    }
}
