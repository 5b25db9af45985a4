//! The book and its parties: kinds 1, 3, 16, 17.

use bincode::{BorrowDecode, Encode};

use super::Id;

#[derive(Encode, BorrowDecode)]
pub(crate) struct BookOpened<'a> {
    /// The lowest level that a reader must know.
    pub(crate) level: u16,
    pub(crate) book: Id,
    pub(crate) currency: Currency<'a>,
    pub(crate) timezone: &'a str,
    pub(crate) operator: Id,
    pub(crate) channel_fee_borne_by: u8,
    pub(crate) channel_limits: ChannelLimits,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Currency<'a> {
    pub(crate) code: &'a str,
    pub(crate) decimals: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ChannelLimits {
    pub(crate) refunds: u32,
    pub(crate) days: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct LeaderRegistered {
    pub(crate) leader: Id,
    pub(crate) upline: Option<Id>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct SupplierRegistered {
    pub(crate) supplier: Id,
    pub(crate) terms_days: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PeriodSealed {
    pub(crate) through: i64,
}
