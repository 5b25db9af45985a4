//! Numbers, ids, money, times, texts, options and lists.

use std::sync::Arc;

use tuanzhang_core::id::{
    AdditionId, AdjustmentId, ArrivalId, BookId, BuyerId, CampaignId, CostId, DrawId, HandoverId,
    OrderId, ParcelId, PartyId, PaymentId, PayoutId, ReceiptId, RefundId, RefundPaymentId,
    TransferId, UnmatchedId, WriteOffId,
};
use tuanzhang_core::money::{Decimals, Money};
use tuanzhang_core::record::Position;
use tuanzhang_core::text::{Name, Text};
use tuanzhang_core::time::Time;

use super::{Bad, Field};
use crate::v1::Id;

macro_rules! same {
    ($($type:ty,)*) => {$(
        impl Field<'_, Self> for $type {
            fn to_wire(&self) -> Self {
                *self
            }
            fn from_wire(wire: Self) -> Result<Self, Bad> {
                Ok(wire)
            }
        }
    )*};
}

same! { bool, u8, u16, u32, u64, [u8; 32], }

macro_rules! ids {
    ($($id:ident,)*) => {$(
        impl Field<'_, Id> for $id {
            fn to_wire(&self) -> Id {
                self.to_bytes()
            }
            fn from_wire(wire: Id) -> Result<Self, Bad> {
                Ok(Self::from_bytes(wire))
            }
        }
    )*};
}

ids! {
    BookId, PartyId, BuyerId, CampaignId, AdditionId, OrderId, PaymentId, ParcelId, ArrivalId, ReceiptId,
    HandoverId, RefundId, RefundPaymentId, PayoutId, UnmatchedId, CostId, AdjustmentId,
    TransferId, DrawId, WriteOffId,
}

impl Field<'_, i64> for Money {
    fn to_wire(&self) -> i64 {
        self.minor()
    }

    fn from_wire(wire: i64) -> Result<Self, Bad> {
        Self::from_minor(wire)
            .map_err(|_| Bad::value(format!("is {wire} minor units, beyond 10^15")))
    }
}

impl Field<'_, u8> for Decimals {
    fn to_wire(&self) -> u8 {
        self.get()
    }

    fn from_wire(wire: u8) -> Result<Self, Bad> {
        Self::new(wire).ok_or_else(|| Bad::value(format!("is {wire}, beyond 4")))
    }
}

impl Field<'_, i64> for Time {
    fn to_wire(&self) -> i64 {
        self.micros()
    }

    fn from_wire(wire: i64) -> Result<Self, Bad> {
        Ok(Self::from_micros(wire))
    }
}

impl Field<'_, u64> for Position {
    fn to_wire(&self) -> u64 {
        self.get()
    }

    fn from_wire(wire: u64) -> Result<Self, Bad> {
        Ok(Self::new(wire))
    }
}

macro_rules! texts {
    ($($text:ident,)*) => {$(
        impl<'a> Field<'a, &'a str> for $text {
            fn to_wire(&'a self) -> &'a str {
                self.as_str()
            }
            fn from_wire(wire: &'a str) -> Result<Self, Bad> {
                Self::new(wire).map_err(Bad::value)
            }
        }
    )*};
}

texts! { Name, Text, }

impl<'a, T: Field<'a, W>, W> Field<'a, Option<W>> for Option<T> {
    fn to_wire(&'a self) -> Option<W> {
        self.as_ref().map(T::to_wire)
    }

    fn from_wire(wire: Option<W>) -> Result<Self, Bad> {
        wire.map(T::from_wire).transpose()
    }
}

impl<'a, T: Field<'a, W>, W> Field<'a, Vec<W>> for Vec<T> {
    fn to_wire(&'a self) -> Vec<W> {
        self.iter().map(T::to_wire).collect()
    }

    fn from_wire(wire: Vec<W>) -> Result<Self, Bad> {
        let mut values = Self::with_capacity(wire.len());
        for (index, value) in wire.into_iter().enumerate() {
            values.push(T::from_wire(value).map_err(|bad| bad.within(&format!("[{index}]")))?);
        }
        Ok(values)
    }
}

impl<'a, T: Field<'a, W>, W> Field<'a, W> for Arc<T> {
    fn to_wire(&'a self) -> W {
        T::to_wire(self)
    }

    fn from_wire(wire: W) -> Result<Self, Bad> {
        T::from_wire(wire).map(Self::new)
    }
}
