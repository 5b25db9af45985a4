//! Why an amount is what it is: the rule, what it was reckoned of, how it was rounded.
//!
//! The amounts are those of the events, always. A rule is looked up in the terms of the time and reckoned again
//! with core's own arithmetic; where the two agree the movement is explained, where they don't it is
//! [`Rule::Unexplained`] and counted. Reads the book as it was before the record.

mod goods;
mod whole;
mod words;

pub use words::Sentence;

use rust_decimal::Decimal;
use tuanzhang_core::accounting::Origin;
use tuanzhang_core::book::{Book, Campaign, Order};
use tuanzhang_core::event::{Base, Moved, Part, RefundApproved, Reopened};
use tuanzhang_core::money::{Decimals, SplitStep, SplitTake};
use tuanzhang_core::refund::Returning;
use tuanzhang_core::{Event, Head, Money, OrderId, Position, Role, RulesVersion};

use crate::movement::Movement;

/// Why an amount is what it is.
#[derive(Clone, PartialEq, Debug)]
pub enum Rule {
    /// A role's portion of a paid line.
    Split {
        /// What the line cost.
        price: LinePrice,
        /// The portion.
        portion: Portion,
    },
    /// A role's portion of what is left of a line, less what it had of it.
    SplitAgain {
        /// What it had.
        held: Money,
        /// What it has of the rest.
        portion: Portion,
        /// By what the line's value fell.
        fall: Fall,
        /// Units in the split that were refunded and borne by one role: they stay in it.
        borne: u32,
    },
    /// A line's part of the order's discount, by largest remainder.
    Discount {
        /// The order's discount.
        discount: Money,
        /// The line's list amount.
        list: Money,
        /// That of all lines.
        lists: Money,
        /// The line's part of it.
        part: Money,
    },
    /// What a discount no longer covers: the list amount fell more than what was paid.
    DiscountBack {
        /// By how much the list amount fell.
        list: Money,
        /// By how much what was paid fell.
        paid: Money,
    },
    /// The order's shipping fee.
    Shipping {
        /// The fee.
        fee: Money,
    },
    /// The goods amount of a refund, borne whole.
    Goods {
        /// What the units came to.
        returning: Returning,
    },
    /// An amount that the approval of a refund granted.
    Granted {
        /// What was claimed; none where that isn't known.
        claimed: Option<Money>,
        /// Of return shipping: the cap, and the role that bears it, as the campaign's terms have it.
        terms: Option<(Money, Role)>,
    },
    /// A fee, as the channel reckoned it.
    Fee {
        /// The payment that it was charged on.
        payment: Money,
    },
    /// What an order cost.
    OrderPrice {
        /// Its lines, discounts taken off.
        goods: Money,
        /// Its shipping fee.
        shipping: Money,
    },
    /// What is owed for a refund.
    Owed {
        /// For goods.
        goods: Money,
        /// The shipping fee.
        shipping: Money,
        /// Return shipping.
        return_shipping: Money,
        /// Compensation.
        compensation: Money,
    },
    /// All that the party had of an order in that account.
    Balance {
        /// How much.
        held: Money,
    },
    /// The payout's own amount.
    Payout {
        /// How much was asked for.
        asked: Money,
    },
    /// The opposite of an approval.
    Undone {
        /// The record of the approval; none where that isn't known.
        approved: Option<Position>,
    },
    /// All of the money that stood in suspense.
    Suspended,
    /// As it was recorded: nothing was reckoned.
    Given,
    /// Reckoned again it is another amount, or it can't be reckoned again.
    Unexplained {
        /// Why.
        why: &'static str,
    },
}

/// How far an amount is explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Reckoned again, and found the same.
    Checked,
    /// As it was recorded: there is nothing to reckon.
    Given,
    /// Not explained.
    Unexplained,
}

impl Status {
    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Given => "given",
            Self::Unexplained => "unexplained",
        }
    }
}

impl Rule {
    /// How far it explains.
    pub const fn status(&self) -> Status {
        match self {
            Self::Given | Self::Fee { .. } => Status::Given,
            Self::Unexplained { .. } => Status::Unexplained,
            Self::Split { .. }
            | Self::SplitAgain { .. }
            | Self::Discount { .. }
            | Self::DiscountBack { .. }
            | Self::Shipping { .. }
            | Self::Goods { .. }
            | Self::Granted { .. }
            | Self::OrderPrice { .. }
            | Self::Owed { .. }
            | Self::Balance { .. }
            | Self::Payout { .. }
            | Self::Undone { .. }
            | Self::Suspended => Status::Checked,
        }
    }

    /// The portion of a split, where it is one.
    pub const fn portion(&self) -> Option<&Portion> {
        match self {
            Self::Split { portion, .. } | Self::SplitAgain { portion, .. } => Some(portion),
            Self::Discount { .. }
            | Self::DiscountBack { .. }
            | Self::Shipping { .. }
            | Self::Goods { .. }
            | Self::Granted { .. }
            | Self::Fee { .. }
            | Self::OrderPrice { .. }
            | Self::Owed { .. }
            | Self::Balance { .. }
            | Self::Payout { .. }
            | Self::Undone { .. }
            | Self::Suspended
            | Self::Given
            | Self::Unexplained { .. } => None,
        }
    }
}

/// What a line cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinePrice {
    /// Of one unit.
    pub price: Money,
    /// price x quantity.
    pub list: Money,
    /// Its part of the order's discount.
    pub discount: Money,
    /// Whether a role funds the discount: the list amount is split then, else what was paid.
    pub funded: bool,
}

/// A role's portion of a value: its shares, and the remainder where it takes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Portion {
    /// The value that was split.
    pub value: Money,
    /// The units in it.
    pub quantity: u32,
    /// The role's steps of the split, in their order; none where it has no share.
    pub steps: Vec<SplitStep>,
    /// Where it takes what is left: all shares in their order; else those of others for which nothing was left.
    pub shares: Vec<SplitStep>,
    /// What its own steps come to.
    pub amount: Money,
}

/// By what a line's value fell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fall {
    /// Units were returned.
    Returned {
        /// How many.
        units: u32,
        /// What they came to.
        returning: Returning,
    },
    /// The price fell.
    Price {
        /// Of one unit, from then on.
        price: Money,
        /// Units that were left.
        units: u32,
        /// By how much the value fell.
        by: Money,
        /// What is left of the line's discount, where nobody funds it: it lowers the value.
        discount: Money,
    },
}

/// What a step of a split comes to before it is rounded, in major units; none where nothing is rounded.
///
/// ```
/// use tuanzhang_core::money::{Decimals, Money, Rate, SplitStep, SplitTake};
/// use tuanzhang_core::Role;
/// let rate = Rate::from_millionths(150_000).ok_or("beyond 1")?;
/// let (of, got) = (Money::from_minor(2143)?, Money::from_minor(321)?);
/// let step = SplitStep { to: Role::Seller, take: Some(SplitTake::Rate(rate)), of, wanted: got, taken: got };
/// let exact = tuanzhang_statement::exact(&step, Decimals::USUAL).ok_or("no rate")?;
/// assert_eq!(exact.to_string(), "3.2145");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn exact(step: &SplitStep, decimals: Decimals) -> Option<Decimal> {
    let Some(SplitTake::Rate(rate) | SplitTake::RateOfSeller(rate)) = step.take else {
        return None;
    };
    let product = i128::from(step.of.minor()).saturating_mul(i128::from(rate.millionths()));
    let digits = u32::from(decimals.get());
    let mut exact =
        Decimal::try_from_i128_with_scale(product, digits.saturating_add(6)).ok()?.normalize();
    if exact.scale() < digits {
        exact.rescale(digits);
    }
    Some(exact)
}

/// of x part / whole, in major units, with up to four digits more than an amount has; and whether that is all of it.
fn exact_part(of: Money, part: i64, whole: i64, decimals: Decimals) -> Option<(Decimal, bool)> {
    let product = i128::from(of.minor()).checked_mul(part.into())?.checked_mul(10_000)?;
    let (quotient, rest) =
        (product.checked_div_euclid(whole.into())?, product.checked_rem_euclid(whole.into())?);
    let digits = u32::from(decimals.get());
    let exact = Decimal::try_from_i128_with_scale(quotient, digits.checked_add(4)?).ok()?;
    if rest != 0 {
        return Some((exact, false));
    }
    let mut exact = exact.normalize();
    if exact.scale() < digits {
        exact.rescale(digits);
    }
    Some((exact, true))
}

/// What rounding changed in a step, in major units: what was taken less what it comes to exactly. Never above
/// zero: shares are rounded down, and capped by what is left.
pub fn rounding(step: &SplitStep, decimals: Decimals) -> Option<Decimal> {
    let wanted = i128::from(step.wanted.minor());
    let wanted = Decimal::try_from_i128_with_scale(wanted, u32::from(decimals.get())).ok()?;
    wanted.checked_sub(exact(step, decimals)?)
}

/// The rule behind a movement of a record; `book` knows its order.
pub(crate) fn of(book: &Book, head: &Head, movement: &Movement<'_>) -> Rule {
    let found = match movement.origin {
        Origin::Part(_) if head.rules != RulesVersion::CURRENT => {
            Err("the record followed other rules than this version knows")
        }
        Origin::Part(part) => of_part(book, movement.event, part),
        Origin::Amount => whole::amount(book, movement.event),
        Origin::Fee => whole::fee(movement.event),
    };
    found.unwrap_or_else(|why| Rule::Unexplained { why })
}

type Found = Result<Rule, &'static str>;

const NOT_THE_SAME: &str = "reckoned again under the terms of the time it is another amount";
const NO_SUCH_PART: &str = "the event has a part that its kind doesn't have";
const NO_ORDER: &str = "its order is not in the book";

/// The rule, if what it asks for is what moved.
fn if_same(asked: Money, moved: Money, rule: Rule) -> Found {
    if asked == moved { Ok(rule) } else { Err(NOT_THE_SAME) }
}

fn order(book: &Book, id: OrderId) -> Result<&Order, &'static str> {
    book.get::<Order>(&id).ok_or(NO_ORDER)
}

fn of_part(book: &Book, event: &Event, part: &Part) -> Found {
    match event {
        Event::OrderPaid(paid) => goods::of_paid(book, paid, part),
        Event::RefundApproved(approved) => of_refund(book, approved, part),
        Event::PriceAdjusted(adjusted) => goods::of_price(book, adjusted, part),
        Event::RefundWithdrawn(withdrawn) => match &withdrawn.reopened {
            Some(reopened) => whole::undone_part(book, withdrawn.refund, reopened, part),
            None => Err(NO_SUCH_PART),
        },
        Event::ReturnLapsed(lapsed) => {
            whole::undone_part(book, lapsed.refund, &lapsed.reopened, part)
        }
        Event::RefundPaid(paid) => if_same(paid.fee_returned, part.amount, Rule::Given),
        Event::OrderSettled(settled) => {
            of_balance(order(book, settled.order)?, &settled.moved, part)
        }
        Event::PayableMatured(matured) => {
            of_balance(order(book, matured.order)?, &matured.moved, part)
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
        | Event::PaymentSuspended(_)
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
        | Event::CostRecorded(_)
        | Event::Adjusted(_)
        | Event::WrittenOff(_)
        | Event::Transferred(_)
        | Event::Drawn(_)
        | Event::UnmatchedResolved(_) => Err(NO_SUCH_PART),
    }
}

fn of_refund(book: &Book, approved: &RefundApproved, part: &Part) -> Found {
    let amount = part.amount.negated();
    match part.base {
        Base::Goods | Base::Discount | Base::Goodwill => goods::of_refund(book, approved, part),
        Base::Shipping => {
            let fee = approved.shipping_fee;
            let held = order(book, approved.order)?.shipping;
            if_same(fee, held, Rule::Given)?;
            if_same(fee, amount, Rule::Shipping { fee })
        }
        Base::ReturnShipping => {
            let refund = book.get::<tuanzhang_core::book::Refund>(&approved.refund);
            let claimed = refund.map(|refund| refund.return_shipping);
            let campaign = book.get::<Campaign>(&order(book, approved.order)?.campaign);
            let terms = campaign.map(|campaign| campaign.terms.return_shipping);
            let terms = terms.map(|terms| (terms.cap, terms.borne_by));
            let within = claimed.is_none_or(|claimed| {
                amount <= claimed && terms.is_none_or(|(cap, _)| claimed <= cap)
            });
            if !within || part.role != approved.return_shipping_borne_by {
                return Err(NOT_THE_SAME);
            }
            if_same(approved.return_shipping, amount, Rule::Granted { claimed, terms })
        }
        Base::Compensation => {
            let refund = book.get::<tuanzhang_core::book::Refund>(&approved.refund);
            let claimed = refund.and_then(|refund| refund.amount);
            let granted = approved.compensation.unwrap_or(Money::ZERO);
            if_same(granted, amount, Rule::Granted { claimed, terms: None })
        }
        Base::Fee | Base::Balance => Err(NO_SUCH_PART),
    }
}

/// A balance moves on whole: out of one account and into another.
fn of_balance(order: &Order, moved: &Moved, part: &Part) -> Found {
    let party = moved.party(part).ok_or("a part points at no party")?;
    let held = order.held.iter().find(|held| held.party == party);
    let held = held.ok_or("the party has nothing of this order")?;
    let held = match part.base {
        Base::Shipping => held.shipping,
        Base::Balance => held.goods,
        Base::Goods
        | Base::Discount
        | Base::Goodwill
        | Base::ReturnShipping
        | Base::Compensation
        | Base::Fee => return Err(NO_SUCH_PART),
    };
    if part.amount == held || part.amount == held.negated() {
        Ok(Rule::Balance { held })
    } else {
        Err(NOT_THE_SAME)
    }
}

/// What an approval's parts of one base, line and role come to, and those that undo them.
fn sum_of(moved: &Moved, like: &Part) -> Option<Money> {
    let same =
        |part: &&Part| part.base == like.base && part.line == like.line && part.role == like.role;
    Money::sum(moved.parts.iter().filter(same).map(|part| part.amount)).ok()
}

/// Whether an undone approval is the one that the refund keeps.
fn undoes(approval: &RefundApproved, reopened: &Reopened) -> bool {
    approval.order == reopened.order && approval.due == reopened.due
}
