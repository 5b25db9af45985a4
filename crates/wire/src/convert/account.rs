//! Accounts, takes and what money in suspense was for: a kind, and what that kind needs.

use tuanzhang_core::accounting::Account;
use tuanzhang_core::event::ResolvedTo;
use tuanzhang_core::money::{Money, Rate, SplitTake};

use super::choices::unknown;
use super::{Bad, Field};
use crate::v1;

impl<'a> Field<'a, v1::Account<'a>> for Account {
    fn to_wire(&'a self) -> v1::Account<'a> {
        let kind = |kind| v1::Account { kind, ..v1::Account::default() };
        match self {
            Self::Channel(name) => v1::Account { name: Some(name.to_wire()), ..kind(0) },
            Self::Pending(party) => v1::Account { id: Some(party.to_wire()), ..kind(1) },
            Self::Term(party) => v1::Account { id: Some(party.to_wire()), ..kind(2) },
            Self::Available(party) => v1::Account { id: Some(party.to_wire()), ..kind(3) },
            Self::InTransit(party) => v1::Account { id: Some(party.to_wire()), ..kind(4) },
            Self::RefundDue(buyer) => v1::Account { id: buyer.to_wire(), ..kind(5) },
            Self::Suspense(name) => v1::Account { name: Some(name.to_wire()), ..kind(6) },
            Self::Income(income) => v1::Account { choice: Some(income.to_wire()), ..kind(7) },
            Self::EquityOperator => kind(8),
            Self::Expense(expense) => v1::Account { choice: Some(expense.to_wire()), ..kind(9) },
        }
    }

    fn from_wire(wire: v1::Account<'a>) -> Result<Self, Bad> {
        let name = |name| Field::from_wire(name).map_err(|bad: Bad| bad.within("name"));
        Ok(match (wire.kind, wire.id, wire.name, wire.choice) {
            (0, None, Some(channel), None) => Self::Channel(name(channel)?),
            (1, Some(party), None, None) => Self::Pending(Field::from_wire(party)?),
            (2, Some(party), None, None) => Self::Term(Field::from_wire(party)?),
            (3, Some(party), None, None) => Self::Available(Field::from_wire(party)?),
            (4, Some(party), None, None) => Self::InTransit(Field::from_wire(party)?),
            (5, buyer, None, None) => Self::RefundDue(Field::from_wire(buyer)?),
            (6, None, Some(channel), None) => Self::Suspense(name(channel)?),
            (7, None, None, Some(income)) => Self::Income(choice(income)?),
            (8, None, None, None) => Self::EquityOperator,
            (9, None, None, Some(expense)) => Self::Expense(choice(expense)?),
            (0..=9, ..) => {
                return Err(Bad::value(
                    "has an id, a name or a choice too many or too few for its kind",
                ));
            }
            (kind, ..) => return Err(unknown(kind).within("kind")),
        })
    }
}

impl<'a> Field<'a, v1::ResolvedTo<'a>> for ResolvedTo {
    fn to_wire(&'a self) -> v1::ResolvedTo<'a> {
        let (kind, id, account) = match self {
            Self::Order(order) => (0, Some(order.to_wire()), None),
            Self::Refund(refund) => (1, Some(refund.to_wire()), None),
            Self::Account(account) => (2, None, Some(account.to_wire())),
        };
        v1::ResolvedTo { kind, id, account }
    }

    fn from_wire(wire: v1::ResolvedTo<'a>) -> Result<Self, Bad> {
        match (wire.kind, wire.id, wire.account) {
            (0, Some(order), None) => Field::from_wire(order).map(Self::Order),
            (1, Some(refund), None) => Field::from_wire(refund).map(Self::Refund),
            (2, None, Some(account)) => {
                let account = Field::from_wire(account).map_err(|bad: Bad| bad.within("account"));
                account.map(Self::Account)
            }
            (0..=2, ..) => {
                Err(Bad::value("has an id or an account too many or too few for its kind"))
            }
            (kind, ..) => Err(unknown(kind).within("kind")),
        }
    }
}

fn choice<T: for<'a> Field<'a, u8>>(number: u8) -> Result<T, Bad> {
    T::from_wire(number).map_err(|bad| bad.within("choice"))
}

impl Field<'_, v1::SplitTake> for SplitTake {
    fn to_wire(&self) -> v1::SplitTake {
        let (kind, value) = match self {
            Self::Rate(rate) => (0, i64::from(rate.millionths())),
            Self::PerUnit(each) => (1, each.minor()),
            Self::SupplyPrice => (2, 0),
            Self::RateOfSeller(rate) => (3, i64::from(rate.millionths())),
        };
        v1::SplitTake { kind, value }
    }

    fn from_wire(wire: v1::SplitTake) -> Result<Self, Bad> {
        match (wire.kind, wire.value) {
            (0, value) => rate(value).map(Self::Rate),
            (1, value) => {
                Money::from_wire(value).map(Self::PerUnit).map_err(|bad| bad.within("value"))
            }
            (2, 0) => Ok(Self::SupplyPrice),
            (2, _) => Err(Bad::value("has a value beside its supply price")),
            (3, value) => rate(value).map(Self::RateOfSeller),
            (kind, _) => Err(unknown(kind).within("kind")),
        }
    }
}

fn rate(millionths: i64) -> Result<Rate, Bad> {
    let rate = u32::try_from(millionths).ok().and_then(Rate::from_millionths);
    rate.ok_or_else(|| {
        Bad::value(format!("is {millionths} millionths, outside 0..=1000000")).within("value")
    })
}
