//! Payouts: kinds 128 to 130.

use bincode::{BorrowDecode, Encode};

use super::Id;

#[derive(Encode, BorrowDecode)]
pub(crate) struct PayoutRequested {
    pub(crate) payout: Id,
    pub(crate) party: Id,
    pub(crate) amount: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PayoutPaid<'a> {
    pub(crate) payout: Id,
    pub(crate) party: Id,
    pub(crate) amount: i64,
    pub(crate) channel: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) fee: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PayoutFailed<'a> {
    pub(crate) payout: Id,
    pub(crate) party: Id,
    pub(crate) amount: i64,
    pub(crate) reason: &'a str,
}
