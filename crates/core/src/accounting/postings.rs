//! What each event posts: a pure function of that event alone, summing to zero. `domain.md` §4; the
//! table of docs/accounting.md.

use super::{Account, ExpenseKind, IncomeKind, Posting};
use crate::command::Direction;
use crate::event::{
    ChannelPayment, Event, Moved, Part, Pocket, Reopened, ResolvedTo, UnmatchedResolved,
};
use crate::id::PartyId;
use crate::money::Money;
use crate::text::Name;

/// The postings of an event, zeros left out; debits positive.
pub fn postings(event: &Event) -> Vec<Posting> {
    let mut postings = Vec::new();
    for_each_posting(event, &mut |account, amount| {
        if !amount.is_zero() {
            postings.push(Posting { account, amount });
        }
    });
    postings
}

/// Calls `post` with each account and amount of an event, debits positive.
pub fn for_each_posting(event: &Event, post: &mut impl FnMut(Account, Money)) {
    match event {
        Event::BookOpened(_)
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
        | Event::OrderExpired(_)
        | Event::OrderPlaced(_)
        | Event::OrderCancelled(_)
        | Event::OrderShipped(_)
        | Event::OrderArrived(_)
        | Event::OrderReceived(_)
        | Event::OrderPickedUp(_)
        | Event::RefundRequested(_)
        | Event::RefundRejected(_)
        | Event::ReturnReceived(_)
        | Event::PeriodSealed(_) => {}
        Event::RefundWithdrawn(withdrawn) => {
            if let Some(reopened) = &withdrawn.reopened {
                post_reopened(reopened, post);
            }
        }
        Event::PriceAdjusted(adjusted) => {
            credit_parts(&adjusted.moved, post);
            post(Account::RefundDue(adjusted.buyer), adjusted.paid.negated());
        }
        Event::ReturnLapsed(lapsed) => post_reopened(&lapsed.reopened, post),
        Event::OrderPaid(paid) => {
            if let Some(payment) = &paid.payment {
                post(channel(&payment.channel), payment.amount);
                post(channel(&payment.channel), payment.fee.negated());
            }
            if let Some(money) = &paid.out_of_suspense {
                post(suspense(&money.channel), money.amount);
            }
            credit_parts(&paid.moved, post);
        }
        Event::PaymentSuspended(suspended) => post_suspended(&suspended.payment, post),
        Event::OrderSettled(settled) => credit_parts(&settled.moved, post),
        Event::PayableMatured(matured) => credit_parts(&matured.moved, post),
        Event::RefundApproved(approved) => {
            credit_parts(&approved.moved, post);
            post(Account::RefundDue(approved.buyer), approved.due.negated());
        }
        Event::RefundPaid(paid) => {
            move_to(Account::RefundDue(paid.buyer), channel(&paid.channel), paid.amount, post);
            post(channel(&paid.channel), paid.fee_returned);
            credit_parts(&paid.moved, post);
        }
        Event::PayoutRequested(payout) => {
            let (available, in_transit) = (available(payout.party), in_transit(payout.party));
            move_to(available, in_transit, payout.amount, post);
        }
        Event::PayoutPaid(payout) => {
            move_to(in_transit(payout.party), channel(&payout.channel), payout.amount, post);
            move_to(CHANNEL_FEE, channel(&payout.channel), payout.fee, post);
        }
        Event::PayoutFailed(payout) => {
            move_to(in_transit(payout.party), available(payout.party), payout.amount, post);
        }
        Event::UnmatchedRecorded(money) => {
            let amount = signed(money.direction, money.amount);
            move_to(channel(&money.channel), suspense(&money.channel), amount, post);
        }
        Event::CostRecorded(cost) => {
            move_to(Account::Expense(cost.category), channel(&cost.channel), cost.amount, post);
        }
        Event::Adjusted(adjusted) => {
            for posting in &adjusted.postings {
                post(posting.account.clone(), posting.amount);
            }
        }
        Event::WrittenOff(debt) => {
            let bad_debt = Account::Expense(ExpenseKind::BadDebt);
            move_to(bad_debt, available(debt.party), debt.amount, post);
        }
        Event::Transferred(transfer) => {
            move_to(channel(&transfer.to), channel(&transfer.from), transfer.amount, post);
            move_to(CHANNEL_FEE, channel(&transfer.from), transfer.fee, post);
        }
        Event::Drawn(draw) => {
            let amount = signed(draw.direction, draw.amount);
            move_to(channel(&draw.channel), Account::EquityOperator, amount, post);
        }
        Event::UnmatchedResolved(money) => post_resolved(money, post),
    }
}

const CHANNEL_FEE: Account = Account::Expense(ExpenseKind::ChannelFee);

fn channel(name: &Name) -> Account {
    Account::Channel(name.clone())
}

fn suspense(channel: &Name) -> Account {
    Account::Suspense(channel.clone())
}

const fn available(party: PartyId) -> Account {
    Account::Available(party)
}

const fn in_transit(party: PartyId) -> Account {
    Account::InTransit(party)
}

/// Debits one account and credits another with the same amount.
fn move_to(debit: Account, credit: Account, amount: Money, post: &mut impl FnMut(Account, Money)) {
    post(debit, amount);
    post(credit, amount.negated());
}

/// In positive, out negative.
fn signed(direction: Direction, amount: Money) -> Money {
    match direction {
        Direction::In => amount,
        Direction::Out => amount.negated(),
    }
}

/// Out of suspense, onto the account that it belongs to. What paid an order leaves suspense by the
/// `order_paid` that follows.
fn post_resolved(money: &UnmatchedResolved, post: &mut impl FnMut(Account, Money)) {
    let account = match &money.to {
        ResolvedTo::Order(_) => return,
        ResolvedTo::Refund(_) => Account::RefundDue(money.buyer),
        ResolvedTo::Account(account) => account.clone(),
    };
    let amount = signed(money.direction, money.amount);
    move_to(suspense(&money.channel), account, amount, post);
}

/// What some events post to each account in all, sorted by account; debits positive, zeros left out.
/// The range of a balance is looked at after all of a record, here and nowhere else, so that deciding
/// and folding can't differ.
pub(crate) fn totals(events: &[Event]) -> Vec<(Account, i128)> {
    let mut totals: Vec<(Account, i128)> = Vec::new();
    for event in events {
        for_each_posting(event, &mut |account, amount| {
            if !amount.is_zero() {
                totals.push((account, i128::from(amount.minor())));
            }
        });
    }
    totals.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    totals.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 = first.1.saturating_add(next.1);
        }
        same
    });
    totals
}

fn post_suspended(payment: &ChannelPayment, post: &mut impl FnMut(Account, Money)) {
    move_to(channel(&payment.channel), suspense(&payment.channel), payment.amount, post);
    move_to(CHANNEL_FEE, channel(&payment.channel), payment.fee, post);
}

/// Opposite to what the approval posted.
fn post_reopened(reopened: &Reopened, post: &mut impl FnMut(Account, Money)) {
    credit_parts(&reopened.moved, post);
    post(Account::RefundDue(reopened.buyer), reopened.due);
}

fn credit_parts(moved: &Moved, post: &mut impl FnMut(Account, Money)) {
    for part in &moved.parts {
        if let Some(party) = moved.party(part) {
            post(account_of(part, party), part.amount.negated());
        }
    }
}

/// The account that a part moved on.
pub fn account_of(part: &Part, party: PartyId) -> Account {
    match part.pocket {
        Pocket::Pending => Account::Pending(party),
        Pocket::Term => Account::Term(party),
        Pocket::Available => Account::Available(party),
        Pocket::Commission => Account::Income(IncomeKind::Commission),
        Pocket::Shipping => Account::Income(IncomeKind::Shipping),
        Pocket::ChannelFee => Account::Expense(ExpenseKind::ChannelFee),
        Pocket::ReturnShipping => Account::Expense(ExpenseKind::ReturnShipping),
        Pocket::Compensation => Account::Expense(ExpenseKind::Compensation),
        Pocket::Goodwill => Account::Expense(ExpenseKind::Goodwill),
        Pocket::Promotion => Account::Expense(ExpenseKind::Promotion),
    }
}
