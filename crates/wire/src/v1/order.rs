//! Orders: kinds 64 to 74.

use bincode::{BorrowDecode, Encode};

use super::{Id, Moved};

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderPlaced<'a> {
    pub(crate) order: Id,
    pub(crate) campaign: Id,
    pub(crate) buyer: Option<Id>,
    pub(crate) seller: Id,
    pub(crate) upline: Option<Id>,
    pub(crate) way: u8,
    pub(crate) pickup_code_digest: Option<[u8; 32]>,
    pub(crate) discount: Option<Discount>,
    pub(crate) shipping: i64,
    pub(crate) due: i64,
    pub(crate) lines: Vec<PlacedLine<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Discount {
    pub(crate) amount: i64,
    /// 0: shared; n + 1: the role of number n.
    pub(crate) funded_by: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PlacedLine<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
    pub(crate) price: i64,
    pub(crate) list: i64,
    pub(crate) discount: i64,
    pub(crate) split: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct ChannelPayment<'a> {
    pub(crate) payment: Id,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) reference: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PaidLine<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
    pub(crate) charged: Option<Charged>,
    pub(crate) value: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Charged {
    pub(crate) price: i64,
    pub(crate) list: i64,
    pub(crate) discount: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OutOfSuspense<'a> {
    pub(crate) payment: Option<Id>,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderPaid<'a> {
    pub(crate) order: Id,
    pub(crate) payment: Option<ChannelPayment<'a>>,
    pub(crate) out_of_suspense: Option<OutOfSuspense<'a>>,
    pub(crate) lines: Vec<PaidLine<'a>>,
    pub(crate) moved: Moved,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PaymentSuspended<'a> {
    pub(crate) order: Id,
    pub(crate) payment: ChannelPayment<'a>,
    pub(crate) because: u8,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderCancelled<'a> {
    pub(crate) order: Id,
    pub(crate) reason: Option<&'a str>,
    pub(crate) withdrawn: Vec<Id>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct LineUnits<'a> {
    pub(crate) sku: &'a str,
    pub(crate) quantity: u32,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderShipped<'a> {
    pub(crate) order: Id,
    pub(crate) parcel: Option<Id>,
    pub(crate) all: bool,
    pub(crate) lines: Vec<LineUnits<'a>>,
    pub(crate) replacements: Vec<LineUnits<'a>>,
    pub(crate) reference: Option<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderArrived<'a> {
    pub(crate) order: Id,
    pub(crate) arrival: Option<Id>,
    pub(crate) all: bool,
    pub(crate) lines: Vec<LineUnits<'a>>,
    pub(crate) replacements: Vec<LineUnits<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderReceived<'a> {
    pub(crate) order: Id,
    pub(crate) receipt: Option<Id>,
    pub(crate) all: bool,
    pub(crate) lines: Vec<LineUnits<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderPickedUp<'a> {
    pub(crate) order: Id,
    pub(crate) handover: Option<Id>,
    pub(crate) code: Option<&'a str>,
    pub(crate) all: bool,
    pub(crate) lines: Vec<LineUnits<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderSettled {
    pub(crate) order: Id,
    pub(crate) moved: Moved,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct PayableMatured {
    pub(crate) order: Id,
    pub(crate) moved: Moved,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct OrderExpired {
    pub(crate) order: Id,
}
