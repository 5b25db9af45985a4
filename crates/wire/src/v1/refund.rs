//! Refunds: kinds 96 to 102.

use bincode::{BorrowDecode, Encode};

use super::{Id, LineUnits, Moved};

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundRequested<'a> {
    pub(crate) refund: Id,
    pub(crate) order: Id,
    pub(crate) kind: u8,
    pub(crate) lines: Vec<LineUnits<'a>>,
    pub(crate) amount: Option<i64>,
    pub(crate) return_shipping: i64,
    pub(crate) reason_code: Option<u8>,
    pub(crate) reason: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundLine<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
    pub(crate) unshipped: u32,
    pub(crate) received: u32,
    pub(crate) unreplaced: u32,
    pub(crate) list: i64,
    pub(crate) paid: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ExchangedUnits<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
    pub(crate) received: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundApproved<'a> {
    pub(crate) refund: Id,
    pub(crate) order: Id,
    pub(crate) buyer: Option<Id>,
    pub(crate) cause: Option<u8>,
    /// 0: reverse; n + 1: the role of number n.
    pub(crate) goods_borne_by: u8,
    pub(crate) return_shipping: i64,
    pub(crate) return_shipping_borne_by: u8,
    pub(crate) with_shipping_fee: bool,
    pub(crate) waive_return: bool,
    pub(crate) compensation: Option<i64>,
    pub(crate) compensation_borne_by: u8,
    pub(crate) shipping_fee: i64,
    pub(crate) due: i64,
    pub(crate) lines: Vec<RefundLine<'a>>,
    pub(crate) exchanged: Vec<ExchangedUnits<'a>>,
    pub(crate) moved: Moved,
    pub(crate) withdrawn: Vec<Id>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundRejected<'a> {
    pub(crate) refund: Id,
    pub(crate) reason: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ReturnReceived<'a> {
    pub(crate) refund: Id,
    pub(crate) reason: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundPaid<'a> {
    pub(crate) refund_payment: Id,
    pub(crate) refund: Id,
    pub(crate) buyer: Option<Id>,
    pub(crate) by: u8,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
    pub(crate) reference: &'a str,
    pub(crate) fee_returned: i64,
    pub(crate) moved: Moved,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Reopened<'a> {
    pub(crate) order: Id,
    pub(crate) buyer: Option<Id>,
    pub(crate) due: i64,
    pub(crate) shipping_fee: i64,
    pub(crate) reversed: bool,
    pub(crate) lines: Vec<RefundLine<'a>>,
    pub(crate) exchanged: Vec<ExchangedUnits<'a>>,
    pub(crate) moved: Moved,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct RefundWithdrawn<'a> {
    pub(crate) refund: Id,
    pub(crate) reason: Option<&'a str>,
    pub(crate) reopened: Option<Reopened<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ReturnLapsed<'a> {
    pub(crate) refund: Id,
    pub(crate) reopened: Reopened<'a>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PriceAdjusted<'a> {
    pub(crate) refund: Id,
    pub(crate) order: Id,
    pub(crate) buyer: Option<Id>,
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
    pub(crate) price: i64,
    pub(crate) list: i64,
    pub(crate) paid: i64,
    pub(crate) moved: Moved,
}
