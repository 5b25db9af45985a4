//! Amounts that an event carries as a whole: payments, what is owed, payouts, money in suspense.

use tuanzhang_core::book::{Book, Payment, Payout, Refund, Unmatched};
use tuanzhang_core::event::{
    OrderPaid, Part, PriceAdjusted, RefundApproved, Reopened, UnmatchedResolved,
};
use tuanzhang_core::{Event, Money, PayoutId, RefundId};

use super::goods::check_price;
use super::{Found, NOT_THE_SAME, Rule, if_same, order, sum_of, undoes};

const BEYOND: &str = "an amount lies beyond 10^15 minor units";
const NO_REFUND: &str = "its refund is not in the book";

pub(super) fn amount(book: &Book, event: &Event) -> Found {
    match event {
        Event::OrderPaid(paid) => order_price(book, paid),
        Event::RefundApproved(approved) => owed(book, approved),
        Event::PriceAdjusted(adjusted) => price_owed(book, adjusted),
        Event::RefundWithdrawn(withdrawn) => match &withdrawn.reopened {
            Some(reopened) => undone(book, withdrawn.refund, reopened),
            None => Err("nothing was undone"),
        },
        Event::ReturnLapsed(lapsed) => undone(book, lapsed.refund, &lapsed.reopened),
        Event::PayoutPaid(payout) => of_payout(book, payout.payout, payout.amount),
        Event::PayoutFailed(payout) => of_payout(book, payout.payout, payout.amount),
        Event::UnmatchedResolved(money) => suspended(book, money),
        Event::PaymentSuspended(_)
        | Event::RefundPaid(_)
        | Event::PayoutRequested(_)
        | Event::UnmatchedRecorded(_)
        | Event::CostRecorded(_)
        | Event::Adjusted(_)
        | Event::WrittenOff(_)
        | Event::Transferred(_)
        | Event::Drawn(_) => Ok(Rule::Given),
        Event::OrderSettled(_)
        | Event::PayableMatured(_)
        | Event::BookOpened(_)
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
        | Event::ReturnReceived(_) => Err("the event moves no amount as a whole"),
    }
}

/// Fees are given by who charged them.
pub(super) fn fee(event: &Event) -> Found {
    Ok(match event {
        Event::OrderPaid(paid) => match &paid.payment {
            Some(payment) => Rule::Fee { payment: payment.amount },
            None => return Err("there is no payment to have a fee"),
        },
        Event::PaymentSuspended(suspended) => Rule::Fee { payment: suspended.payment.amount },
        Event::RefundPaid(_) | Event::PayoutPaid(_) | Event::Transferred(_) => Rule::Given,
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
        | Event::OrderSettled(_)
        | Event::PayableMatured(_)
        | Event::OrderExpired(_)
        | Event::RefundRequested(_)
        | Event::RefundApproved(_)
        | Event::RefundRejected(_)
        | Event::ReturnReceived(_)
        | Event::RefundWithdrawn(_)
        | Event::ReturnLapsed(_)
        | Event::PriceAdjusted(_)
        | Event::PayoutRequested(_)
        | Event::PayoutFailed(_)
        | Event::UnmatchedRecorded(_)
        | Event::CostRecorded(_)
        | Event::Adjusted(_)
        | Event::WrittenOff(_)
        | Event::Drawn(_)
        | Event::UnmatchedResolved(_) => return Err("the event has no fee"),
    })
}

/// What the lines cost, discounts taken off, and the shipping fee.
fn order_price(book: &Book, paid: &OrderPaid) -> Found {
    let order = order(book, paid.order)?;
    let lines = paid.lines.iter().zip(&order.lines).map(|(paid, line)| match paid.charged {
        Some(now) => now.list.minus(now.discount),
        None => line.list.minus(line.discount),
    });
    let lines: Vec<Money> = lines.collect::<Result<_, _>>().map_err(|_| BEYOND)?;
    let goods = Money::sum(lines).map_err(|_| BEYOND)?;
    let shipping = order.shipping;
    let asked = goods.plus(shipping).map_err(|_| BEYOND)?;
    let given = paid.payment.as_ref().map(|payment| payment.amount);
    let given = given.or(paid.out_of_suspense.as_ref().map(|money| money.amount));
    if_same(asked, given.unwrap_or(Money::ZERO), Rule::OrderPrice { goods, shipping })
}

fn owed(book: &Book, approved: &RefundApproved) -> Found {
    let order = order(book, approved.order)?;
    for refunded in &approved.lines {
        let line = order.line(refunded.sku.as_str()).ok_or("its line is not in the order")?;
        let (paid, _) = line.returning(refunded.quantity).map_err(|_| BEYOND)?;
        if paid.step != refunded.paid {
            return Err(NOT_THE_SAME);
        }
    }
    let goods = Money::sum(approved.lines.iter().map(|line| line.paid)).map_err(|_| BEYOND)?;
    let compensation = approved.compensation.unwrap_or(Money::ZERO);
    let (shipping, return_shipping) = (approved.shipping_fee, approved.return_shipping);
    let asked = Money::sum([goods, shipping, return_shipping, compensation]).map_err(|_| BEYOND)?;
    if_same(asked, approved.due, Rule::Owed { goods, shipping, return_shipping, compensation })
}

fn price_owed(book: &Book, adjusted: &PriceAdjusted) -> Found {
    let order = order(book, adjusted.order)?;
    let line = order.line(adjusted.sku.as_str()).ok_or("its line is not in the order")?;
    check_price(book, order, line, adjusted).ok_or(NOT_THE_SAME)?;
    let (goods, none) = (adjusted.paid, Money::ZERO);
    Ok(Rule::Owed { goods, shipping: none, return_shipping: none, compensation: none })
}

fn undone(book: &Book, refund: RefundId, reopened: &Reopened) -> Found {
    let refund = book.get::<Refund>(&refund).ok_or(NO_REFUND)?;
    let approval = refund.approval.as_ref().ok_or("the approval can't be undone")?;
    if !undoes(approval, reopened) {
        return Err(NOT_THE_SAME);
    }
    Ok(Rule::Undone { approved: refund.approved.map(|(position, _)| position) })
}

pub(super) fn undone_part(book: &Book, id: RefundId, reopened: &Reopened, part: &Part) -> Found {
    let rule = undone(book, id, reopened)?;
    let refund = book.get::<Refund>(&id).ok_or(NO_REFUND)?;
    let approval = refund.approval.as_ref().ok_or("the approval can't be undone")?;
    let (before, now) = (sum_of(&approval.moved, part), sum_of(&reopened.moved, part));
    if before.is_some() && before.map(Money::negated) == now { Ok(rule) } else { Err(NOT_THE_SAME) }
}

fn of_payout(book: &Book, id: PayoutId, amount: Money) -> Found {
    let payout = book.get::<Payout>(&id).ok_or("its payout is not in the book")?;
    if_same(payout.amount, amount, Rule::Payout { asked: payout.amount })
}

/// What is resolved is resolved whole.
fn suspended(book: &Book, money: &UnmatchedResolved) -> Found {
    let stood = match money.payment {
        Some(payment) => book.get::<Payment>(&payment).map(|payment| payment.amount),
        None => book.get::<Unmatched>(&money.unmatched).map(|unmatched| {
            let amount = unmatched.amount;
            if amount.is_negative() { amount.negated() } else { amount }
        }),
    };
    if_same(stood.ok_or("its money is not in the book")?, money.amount, Rule::Suspended)
}
