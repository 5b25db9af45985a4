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
    for_each_origin(event, &mut |account, amount, _| post(account, amount));
}

/// What of its event a posting is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin<'e> {
    /// A part that the event carries.
    Part(&'e Part),
    /// The event's amount as a whole: a payment, what is owed, a payout.
    Amount,
    /// A fee beside it: what the channel kept, or gave back.
    Fee,
}

/// Calls `post` with each account and amount of an event, debits positive, and what of the event it is for.
pub fn for_each_origin<'e>(event: &'e Event, post: &mut impl FnMut(Account, Money, Origin<'e>)) {
    use Origin::{Amount, Fee};
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
            post(Account::RefundDue(adjusted.buyer), adjusted.paid.negated(), Amount);
        }
        Event::ReturnLapsed(lapsed) => post_reopened(&lapsed.reopened, post),
        Event::OrderPaid(paid) => {
            if let Some(payment) = &paid.payment {
                post(channel(&payment.channel), payment.amount, Amount);
                post(channel(&payment.channel), payment.fee.negated(), Fee);
            }
            if let Some(money) = &paid.out_of_suspense {
                post(suspense(&money.channel), money.amount, Amount);
            }
            credit_parts(&paid.moved, post);
        }
        Event::PaymentSuspended(suspended) => post_suspended(&suspended.payment, post),
        Event::OrderSettled(settled) => credit_parts(&settled.moved, post),
        Event::PayableMatured(matured) => credit_parts(&matured.moved, post),
        Event::RefundApproved(approved) => {
            credit_parts(&approved.moved, post);
            post(Account::RefundDue(approved.buyer), approved.due.negated(), Amount);
        }
        Event::RefundPaid(paid) => {
            let due = Account::RefundDue(paid.buyer);
            move_to(due, channel(&paid.channel), paid.amount, Amount, post);
            post(channel(&paid.channel), paid.fee_returned, Fee);
            credit_parts(&paid.moved, post);
        }
        Event::PayoutRequested(payout) => {
            let (available, in_transit) = (available(payout.party), in_transit(payout.party));
            move_to(available, in_transit, payout.amount, Amount, post);
        }
        Event::PayoutPaid(payout) => {
            let (from, to) = (in_transit(payout.party), channel(&payout.channel));
            move_to(from, to, payout.amount, Amount, post);
            move_to(CHANNEL_FEE, channel(&payout.channel), payout.fee, Fee, post);
        }
        Event::PayoutFailed(payout) => {
            let (from, to) = (in_transit(payout.party), available(payout.party));
            move_to(from, to, payout.amount, Amount, post);
        }
        Event::UnmatchedRecorded(money) => {
            let amount = signed(money.direction, money.amount);
            move_to(channel(&money.channel), suspense(&money.channel), amount, Amount, post);
        }
        Event::CostRecorded(cost) => {
            let expense = Account::Expense(cost.category);
            move_to(expense, channel(&cost.channel), cost.amount, Amount, post);
        }
        Event::Adjusted(adjusted) => {
            for posting in &adjusted.postings {
                post(posting.account.clone(), posting.amount, Amount);
            }
        }
        Event::WrittenOff(debt) => {
            let bad_debt = Account::Expense(ExpenseKind::BadDebt);
            move_to(bad_debt, available(debt.party), debt.amount, Amount, post);
        }
        Event::Transferred(transfer) => {
            let (to, from) = (channel(&transfer.to), channel(&transfer.from));
            move_to(to, from, transfer.amount, Amount, post);
            move_to(CHANNEL_FEE, channel(&transfer.from), transfer.fee, Fee, post);
        }
        Event::Drawn(draw) => {
            let amount = signed(draw.direction, draw.amount);
            move_to(channel(&draw.channel), Account::EquityOperator, amount, Amount, post);
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
fn move_to<'e>(
    debit: Account,
    credit: Account,
    amount: Money,
    origin: Origin<'e>,
    post: &mut impl FnMut(Account, Money, Origin<'e>),
) {
    post(debit, amount, origin);
    post(credit, amount.negated(), origin);
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
fn post_resolved<'e>(money: &UnmatchedResolved, post: &mut impl FnMut(Account, Money, Origin<'e>)) {
    let account = match &money.to {
        ResolvedTo::Order(_) => return,
        ResolvedTo::Refund(_) => Account::RefundDue(money.buyer),
        ResolvedTo::Account(account) => account.clone(),
    };
    let amount = signed(money.direction, money.amount);
    move_to(suspense(&money.channel), account, amount, Origin::Amount, post);
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

fn post_suspended<'e>(payment: &ChannelPayment, post: &mut impl FnMut(Account, Money, Origin<'e>)) {
    let (to, from) = (channel(&payment.channel), suspense(&payment.channel));
    move_to(to, from, payment.amount, Origin::Amount, post);
    move_to(CHANNEL_FEE, channel(&payment.channel), payment.fee, Origin::Fee, post);
}

/// Opposite to what the approval posted.
fn post_reopened<'e>(reopened: &'e Reopened, post: &mut impl FnMut(Account, Money, Origin<'e>)) {
    credit_parts(&reopened.moved, post);
    post(Account::RefundDue(reopened.buyer), reopened.due, Origin::Amount);
}

fn credit_parts<'e>(moved: &'e Moved, post: &mut impl FnMut(Account, Money, Origin<'e>)) {
    for part in &moved.parts {
        if let Some(party) = moved.party(part) {
            post(account_of(part, party), part.amount.negated(), Origin::Part(part));
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
