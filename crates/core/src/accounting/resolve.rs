use crate::command::command;
use crate::id::{OrderId, RefundId, UnmatchedId};
use smol_str::SmolStr;

/// What money in suspense turned out to be for, as a caller writes it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolveTo {
    /// It pays this order: money in, equal to what is owed.
    Order(OrderId),
    /// It was refund money of this refund: money out, at most what is owed.
    Refund(RefundId),
    /// `channel:NAME`, `available:PARTY`, `income:KIND`, `expense:KIND` or `equity:operator`.
    Account(SmolStr),
}

command! {
    /// Says what money in suspense was for: all of it, once. By the operator.
    ResolveUnmatched {
        /// The id of a `record_unmatched`, or of a payment in suspense; the former where it is both.
        unmatched: UnmatchedId,
        /// What it was for.
        to: ResolveTo,
        /// Why; at most 200 bytes.
        reason: SmolStr,
    }
}

use super::Account;
use super::adjust::{account, find_party};
use crate::book::apply::{Broken, Fold, known};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{Campaign, Order, Payment, Read, Refund, Seller, State, Unmatched};
use crate::command::{By, Direction};
use crate::event::{Event, OutOfSuspense, ResolvedTo, SuspenseReason, UnmatchedResolved};
use crate::id::{PaymentId, RefundPaymentId};
use crate::money::{Decimals, Money};
use crate::order::pay::{paid_event, payable};
use crate::record::{Head, Position};
use crate::rejection::Rejection;
use crate::text::{Name, Text};

/// Money as it was recorded.
#[derive(Debug)]
pub(crate) struct Suspense<'a> {
    payment: Option<PaymentId>,
    channel: &'a Name,
    /// In positive, out negative.
    amount: Money,
    /// Where a payment paid its order: it never was in suspense.
    paid: Option<Position>,
}

/// What it was for, found.
#[derive(Debug)]
pub(crate) enum Target<'a> {
    Order(OrderId, &'a Order),
    Refund(RefundId, &'a Refund),
    Account,
}

const fn payment_of(unmatched: UnmatchedId) -> PaymentId {
    PaymentId::new(unmatched.uuid())
}

fn find<S: Read>(state: &S, unmatched: UnmatchedId) -> Result<Suspense<'_>, Rejection> {
    if let Some(money) = state.get::<Unmatched>(&unmatched) {
        let (channel, amount) = (&money.channel, money.amount);
        return Ok(Suspense { payment: None, channel, amount, paid: None });
    }
    let id = payment_of(unmatched);
    let payment = state.get::<Payment>(&id).ok_or(Rejection::UnknownPayment { unmatched })?;
    Ok(Suspense {
        payment: Some(id),
        channel: &payment.channel,
        amount: payment.amount,
        paid: payment.fits.then_some(payment.position),
    })
}

impl Rule for ResolveUnmatched {
    type Form = (Option<Account>, Text);
    type Found<'a> = (Suspense<'a>, Target<'a>);

    fn form(&self, _: Decimals) -> Result<Self::Form, Rejection> {
        let named = match &self.to {
            ResolveTo::Account(text) => Some(account("to.account", text)?),
            ResolveTo::Order(_) | ResolveTo::Refund(_) => None,
        };
        Ok((named, form::text("reason", &self.reason)?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let recorded = state.get::<Unmatched>(&self.unmatched).and_then(|money| money.resolved);
        let paid = || state.get::<Payment>(&payment_of(self.unmatched))?.resolved;
        recorded.or_else(paid).map(Known::decided)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<Self::Found<'a>, Rejection> {
        let money = find(cx.state, self.unmatched)?;
        let target = match &self.to {
            ResolveTo::Order(id) => Target::Order(*id, crate::order::units::find(cx.state, *id)?),
            ResolveTo::Refund(id) => Target::Refund(*id, crate::refund::find(cx.state, *id)?),
            ResolveTo::Account(text) => {
                if let Ok(Account::Available(party)) = text.parse() {
                    find_party(cx, party)?;
                }
                Target::Account
            }
        };
        cx.operator_only()?;
        Ok((money, target))
    }

    /// `domain.md` §11 *Suspense*.
    fn decide<S: Read>(
        &self,
        (named, reason): Self::Form,
        (money, target): Self::Found<'_>,
        cx: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if let Some(position) = money.paid {
            return Err(Rejection::AlreadyDecided { field: "payment", position });
        }
        let (direction, amount) = if money.amount.is_negative() {
            (Direction::Out, money.amount.negated())
        } else {
            (Direction::In, money.amount)
        };
        let resolved = |to, buyer| UnmatchedResolved {
            unmatched: self.unmatched,
            payment: money.payment,
            channel: money.channel.clone(),
            direction,
            amount,
            to,
            buyer,
            reason,
        };
        match (target, named) {
            (Target::Order(id, order), _) => {
                payable(cx.state, order, money.amount)
                    .map_err(|because| refusal(because, id, order, &money, cx))?;
                let campaign = crate::campaign::find(cx.state, order.campaign)?;
                let seller = cx.state.get::<Seller>(&(order.campaign, order.seller));
                let mut paid = paid_event(cx.head, campaign, seller, order, id, None)?;
                let (payment, channel) = (money.payment, money.channel.clone());
                paid.out_of_suspense = Some(OutOfSuspense { payment, channel, amount });
                Ok(vec![resolved(ResolvedTo::Order(id), None).into(), paid.into()])
            }
            (Target::Refund(id, refund), _) => {
                crate::refund::pay::payable(refund, id)?;
                if direction == Direction::In {
                    return Err(wrong_amount(&money, cx, "must be money out to be refund money"));
                }
                crate::refund::pay::check_due(refund, amount)?;
                let order = crate::order::units::find(cx.state, refund.order)?;
                Ok(vec![resolved(ResolvedTo::Refund(id), order.buyer).into()])
            }
            (Target::Account, Some(account)) => {
                if account == Account::Available(cx.head.operator()) {
                    let problem =
                        "the operator has no available; use income, expense or equity:operator";
                    return Err(Rejection::BadTerms { field: "to.account", problem });
                }
                Ok(vec![resolved(ResolvedTo::Account(account), None).into()])
            }
            (Target::Account, None) => {
                let problem = "names no account";
                Err(Rejection::BadTerms { field: "to.account", problem })
            }
        }
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        if let ResolveTo::Account(text) = &mut self.to
            && let Ok(account) = text.parse::<Account>()
        {
            *text = account.to_string().into();
        }
    }
}

fn wrong_amount<S>(money: &Suspense<'_>, cx: &Context<'_, S>, problem: &'static str) -> Rejection {
    let given = money.amount.display(cx.head.decimals());
    Rejection::BadAmount { field: "unmatched", given, problem }
}

/// The order's own refusal of money that doesn't pay it.
fn refusal<S: Read>(
    because: SuspenseReason,
    id: OrderId,
    order: &Order,
    money: &Suspense<'_>,
    cx: &Context<'_, S>,
) -> Rejection {
    let decided = |position| Rejection::AlreadyDecided { field: "status", position };
    match because {
        SuspenseReason::UnknownOrder => Rejection::UnknownOrder { order: id },
        SuspenseReason::AlreadyPaid => {
            Rejection::AlreadyPaid { order: id, position: order.paid.unwrap_or(order.position) }
        }
        SuspenseReason::OrderCancelled | SuspenseReason::OrderExpired => {
            decided(order.cancelled.or(order.expired).unwrap_or(order.position))
        }
        SuspenseReason::CampaignRefunding => {
            let ended = cx.state.get::<Campaign>(&order.campaign).and_then(Campaign::gives_back);
            Rejection::CampaignClosed { closed_at: ended.map_or(cx.at, |(_, at)| at) }
        }
        SuspenseReason::WrongAmount | SuspenseReason::DuplicateReference => {
            wrong_amount(money, cx, "must be money in, equal to what the order owes")
        }
    }
}

impl Fold for UnmatchedResolved {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let resolved = match self.payment {
            Some(payment) => {
                &mut known::<Payment, _>(state, &payment, "an unknown payment")?.resolved
            }
            None => &mut known::<Unmatched, _>(state, &self.unmatched, "unknown money")?.resolved,
        };
        if resolved.replace(head.position).is_some() {
            return Err(Broken("money in suspense is resolved twice"));
        }
        match self.to {
            ResolvedTo::Refund(refund) => {
                let id = RefundPaymentId::new(self.unmatched.uuid());
                crate::refund::pay::pay(state, refund, (id, By::Transfer, self.amount)).map(drop)
            }
            ResolvedTo::Order(_) | ResolvedTo::Account(_) => Ok(()),
        }
    }
}
