//! Parts of goods: the split of a paid line, and of what is left of it.

use tuanzhang_core::book::{Book, Campaign, Line, Order, Seller};
use tuanzhang_core::event::{Base, OrderPaid, Part, PriceAdjusted, RefundApproved};
use tuanzhang_core::money::{SplitStep, allocate, split_by_steps};
use tuanzhang_core::{Money, Role};

use super::{Fall, Found, LinePrice, NO_SUCH_PART, NOT_THE_SAME, Portion, Rule, if_same, order};

const BEYOND: &str = "an amount lies beyond 10^15 minor units";
const NO_LINE: &str = "its line is not in the order";

/// A role's portion of a value, under the terms that the line follows.
fn portion(
    book: &Book,
    order: &Order,
    line: &Line,
    role: Role,
    value: Money,
    quantity: u32,
) -> Result<Portion, &'static str> {
    let campaign =
        book.get::<Campaign>(&order.campaign).ok_or("its campaign is not in the book")?;
    let seller = book.get::<Seller>(&(order.campaign, order.seller));
    let terms = campaign.split(line.item, line.split, seller);
    let item = campaign.item(line.item);
    let supply_price = item.and_then(|item| item.supply_price).unwrap_or(Money::ZERO);
    let filled = campaign.filled(order.upline);
    let mut all: Vec<SplitStep> = Vec::new();
    let mut each = |step| all.push(step);
    let parts = split_by_steps(terms, filled, value, quantity, supply_price, &mut each);
    let parts = parts.map_err(|_| BEYOND)?;
    let amount = parts.get(role.index()).copied().unwrap_or(Money::ZERO);
    let steps: Vec<SplitStep> = all.iter().filter(|step| step.to == role).copied().collect();
    let takes_rest = terms.remainder == role;
    let shown = |step: &SplitStep| {
        let emptied = step.to != role && step.taken.is_zero() && !step.wanted.is_zero();
        step.take.is_some() && (takes_rest || emptied)
    };
    let shares = all.into_iter().filter(shown).collect();
    Ok(Portion { value, quantity, steps, shares, amount })
}

pub(super) fn of_paid(book: &Book, paid: &OrderPaid, part: &Part) -> Found {
    let order = order(book, paid.order)?;
    let of_line = || {
        let place = usize::from(part.line);
        let (paid, line) = paid.lines.get(place).zip(order.lines.get(place)).ok_or(NO_LINE)?;
        let charged = paid.charged.map(|now| (now.price, now.list, now.discount));
        let (price, list, discount) = charged.unwrap_or((line.price, line.list, line.discount));
        let funded = order.funder().is_some();
        Ok::<_, &'static str>((paid, line, LinePrice { price, list, discount, funded }))
    };
    match part.base {
        Base::Goods => {
            let (paid, line, price) = of_line()?;
            let value = if price.funded {
                price.list
            } else {
                price.list.minus(price.discount).map_err(|_| BEYOND)?
            };
            if price.price.times(paid.quantity) != Ok(price.list) || value != paid.value {
                return Err(NOT_THE_SAME);
            }
            let portion = portion(book, order, line, part.role, paid.value, paid.quantity)?;
            if_same(portion.amount, part.amount, Rule::Split { price, portion })
        }
        Base::Discount => {
            let (_, line, price) = of_line()?;
            let discount = order.discount.ok_or("the order has no discount")?.amount;
            let weights: Vec<Money> = order.lines.iter().map(|line| line.list).collect();
            let lists = Money::sum(weights.iter().copied()).map_err(|_| BEYOND)?;
            let parts = allocate(discount, &weights).map_err(|_| BEYOND)?;
            let allocated = parts.get(usize::from(part.line)).copied().ok_or(NO_LINE)?;
            if order.funder() != Some(part.role) {
                return Err(NOT_THE_SAME);
            }
            if allocated != line.discount || price.discount != allocated.min(price.list) {
                return Err(NOT_THE_SAME);
            }
            let rule = Rule::Discount { discount, list: line.list, lists, part: allocated };
            if_same(price.discount, part.amount.negated(), rule)
        }
        Base::Shipping => {
            if_same(order.shipping, part.amount, Rule::Shipping { fee: order.shipping })
        }
        Base::Fee => {
            let payment = paid.payment.as_ref().ok_or("there is no payment to have a fee")?;
            if_same(payment.fee, part.amount.negated(), Rule::Fee { payment: payment.amount })
        }
        Base::Goodwill | Base::ReturnShipping | Base::Compensation | Base::Balance => {
            Err(NO_SUCH_PART)
        }
    }
}

pub(super) fn of_refund(book: &Book, approved: &RefundApproved, part: &Part) -> Found {
    let order = order(book, approved.order)?;
    let refunded = approved.lines.get(usize::from(part.line)).ok_or(NO_LINE)?;
    let line = order.line(refunded.sku.as_str()).ok_or(NO_LINE)?;
    let (paid, list) = line.returning(refunded.quantity).map_err(|_| BEYOND)?;
    if paid.step != refunded.paid || list.step != refunded.list {
        return Err(NOT_THE_SAME);
    }
    match part.base {
        Base::Goods => {
            let returning = if order.funder().is_some() { list } else { paid };
            let units = refunded.quantity;
            let fall = Fall::Returned { units, returning };
            again(book, order, line, part, (returning.step, units), fall)
        }
        Base::Discount => back(refunded.list, refunded.paid, part),
        Base::Goodwill => {
            if_same(refunded.paid, part.amount.negated(), Rule::Goods { returning: paid })
        }
        Base::Shipping | Base::ReturnShipping | Base::Compensation | Base::Fee | Base::Balance => {
            Err(NO_SUCH_PART)
        }
    }
}

pub(super) fn of_price(book: &Book, adjusted: &PriceAdjusted, part: &Part) -> Found {
    let order = order(book, adjusted.order)?;
    let line = order.line(adjusted.sku.as_str()).ok_or(NO_LINE)?;
    check_price(book, order, line, adjusted).ok_or(NOT_THE_SAME)?;
    match part.base {
        Base::Goods => {
            let by = if order.funder().is_some() { adjusted.list } else { adjusted.paid };
            let (list, paid) =
                (line.list.minus(line.list_refunded), line.paid().minus(line.refunded));
            let discount = match (list, paid) {
                (Ok(list), Ok(paid)) if order.funder().is_none() => list.minus(paid),
                (Ok(_), Ok(_)) => Ok(Money::ZERO),
                (Err(beyond), _) | (_, Err(beyond)) => Err(beyond),
            };
            let discount = discount.map_err(|_| BEYOND)?;
            let fall =
                Fall::Price { price: adjusted.price, units: adjusted.quantity, by, discount };
            again(book, order, line, part, (by, 0), fall)
        }
        Base::Discount => back(adjusted.list, adjusted.paid, part),
        Base::Shipping
        | Base::Goodwill
        | Base::ReturnShipping
        | Base::Compensation
        | Base::Fee
        | Base::Balance => Err(NO_SUCH_PART),
    }
}

/// What the units that are left cost at the price that the campaign closed at, less what they cost before.
pub(super) fn check_price(
    book: &Book,
    order: &Order,
    line: &Line,
    adjusted: &PriceAdjusted,
) -> Option<()> {
    let campaign = book.get::<Campaign>(&order.campaign)?;
    let price = campaign.locked_price(line.item)?;
    let list = line.list.minus(line.list_refunded).ok()?;
    let paid = line.paid().minus(line.refunded).ok()?;
    let now = price.times(line.left()).ok()?;
    let paid_now = now.minus(list.minus(paid).ok()?).ok()?.max(Money::ZERO);
    let same = price == adjusted.price
        && line.left() == adjusted.quantity
        && list.minus(now) == Ok(adjusted.list)
        && paid.minus(paid_now) == Ok(adjusted.paid);
    same.then_some(())
}

/// The role's portion of what is left, less what it had.
fn again(
    book: &Book,
    order: &Order,
    line: &Line,
    part: &Part,
    (by, units): (Money, u32),
    fall: Fall,
) -> Found {
    let value = line.split_value.minus(by).map_err(|_| BEYOND)?;
    let quantity = line.split_quantity.saturating_sub(units);
    let portion = portion(book, order, line, part.role, value, quantity)?;
    let held = line.parts.get(part.role.index()).copied().unwrap_or(Money::ZERO);
    let asked = portion.amount.minus(held).map_err(|_| BEYOND)?;
    let borne = line.split_quantity.saturating_sub(line.left());
    if_same(asked, part.amount, Rule::SplitAgain { held, portion, fall, borne })
}

/// What a funded discount no longer covers goes back to its funder.
fn back(list: Money, paid: Money, part: &Part) -> Found {
    let asked = list.minus(paid).map_err(|_| BEYOND)?;
    if_same(asked, part.amount, Rule::DiscountBack { list, paid })
}
