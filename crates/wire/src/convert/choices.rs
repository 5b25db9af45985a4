//! Choices as the numbers that were shipped. They are written out here, so that reordering or
//! renumbering in core can't change stored bytes, and a new choice breaks the build: it needs a new
//! schema of each event that can hold it, since older readers of this one refuse its number.

use tuanzhang_core::accounting::{ExpenseKind, IncomeKind};
use tuanzhang_core::command::{By, Direction, FundedBy, GoodsBorneBy, ReasonCode, RefundKind, Way};
use tuanzhang_core::event::{Base, Pocket, RefundCause, SplitSource, SuspenseReason};
use tuanzhang_core::role::Role;

use super::{Bad, Field};

pub(super) fn unknown(number: u8) -> Bad {
    Bad::value(format!("is choice {number}, which this schema doesn't have"))
}

macro_rules! choices {
    ($($name:ident { $($variant:ident = $number:literal,)* })*) => {
        $(impl Field<'_, u8> for $name {
            fn to_wire(&self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }
            fn from_wire(wire: u8) -> Result<Self, Bad> {
                match wire {
                    $($number => Ok(Self::$variant),)*
                    number => Err(unknown(number)),
                }
            }
        })*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn shipped_numbers_are_the_numbers_of_core() {
                for number in 0..=u8::MAX {
                    $(
                        let known = $name::from_wire(number).ok();
                        assert_eq!(known, $name::from_number(number), "{} {number}", stringify!($name));
                        assert!(known.is_none_or(|known| known.to_wire() == number));
                    )*
                }
            }
        }
    };
}

choices! {
    Role { Supplier = 0, Owner = 1, Seller = 2, Upline = 3, Operator = 4, }
    Way { Courier = 0, Pickup = 1, LeaderDelivery = 2, }
    SplitSource { Campaign = 0, Seller = 1, Item = 2, }
    SuspenseReason {
        UnknownOrder = 0, OrderCancelled = 1, OrderExpired = 2, AlreadyPaid = 3, WrongAmount = 4,
        DuplicateReference = 5, CampaignRefunding = 6,
    }
    RefundKind { RefundOnly = 0, Return = 1, Exchange = 2, Compensation = 3, }
    RefundCause { Cancelled = 0, Unformed = 1, Price = 2, }
    ReasonCode { Damaged = 0, WrongItem = 1, Late = 2, NotWanted = 3, Agreed = 4, Other = 5, }
    By { Channel = 0, Transfer = 1, }
    Direction { In = 0, Out = 1, }
    Pocket {
        Pending = 0, Term = 1, Available = 2, Commission = 3, Shipping = 4, ChannelFee = 5,
        ReturnShipping = 6, Compensation = 7, Goodwill = 8, Promotion = 9,
    }
    Base {
        Goods = 0, Shipping = 1, Discount = 2, Goodwill = 3, ReturnShipping = 4, Compensation = 5,
        Fee = 6, Balance = 7,
    }
    IncomeKind { Commission = 0, Shipping = 1, Membership = 2, }
    ExpenseKind {
        ChannelFee = 0, ReturnShipping = 1, Compensation = 2, Goodwill = 3, Promotion = 4, Prize = 5,
        BadDebt = 6, Labour = 7, Marketing = 8, Logistics = 9, Other = 10,
    }
}

/// A word of its own as 0, the role of number n as n + 1.
macro_rules! own_or_role {
    ($($name:ident $own:ident,)*) => {$(
        impl Field<'_, u8> for $name {
            fn to_wire(&self) -> u8 {
                match self {
                    Self::$own => 0,
                    Self::Role(role) => role.to_wire().saturating_add(1),
                }
            }
            fn from_wire(wire: u8) -> Result<Self, Bad> {
                match wire.checked_sub(1) {
                    None => Ok(Self::$own),
                    Some(role) => Role::from_wire(role).map(Self::Role).map_err(|_| unknown(wire)),
                }
            }
        }
    )*};
}

own_or_role! { FundedBy Shared, GoodsBorneBy Reverse, }
