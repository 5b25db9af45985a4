//! Money without an order: kinds 160 to 166.

use bincode::{BorrowDecode, Encode};

use super::Id;

#[derive(Encode, BorrowDecode)]
pub(crate) struct UnmatchedRecorded<'a> {
    pub(crate) unmatched: Id,
    pub(crate) channel: &'a str,
    pub(crate) direction: u8,
    pub(crate) amount: i64,
    pub(crate) reference: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct CostRecorded<'a> {
    pub(crate) cost: Id,
    pub(crate) category: u8,
    pub(crate) campaign: Option<Id>,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Adjusted<'a> {
    pub(crate) adjustment: Id,
    pub(crate) postings: Vec<Posting<'a>>,
    pub(crate) reason: &'a str,
    pub(crate) corrects: Option<u64>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Posting<'a> {
    pub(crate) account: Account<'a>,
    pub(crate) amount: i64,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct WrittenOff<'a> {
    pub(crate) write_off: Id,
    pub(crate) party: Id,
    pub(crate) amount: i64,
    pub(crate) reason: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Transferred<'a> {
    pub(crate) transfer: Id,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) reference: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Drawn<'a> {
    pub(crate) draw: Id,
    pub(crate) direction: u8,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
    pub(crate) reference: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct UnmatchedResolved<'a> {
    pub(crate) unmatched: Id,
    pub(crate) payment: Option<Id>,
    pub(crate) channel: &'a str,
    pub(crate) direction: u8,
    pub(crate) amount: i64,
    pub(crate) to: ResolvedTo<'a>,
    pub(crate) buyer: Option<Id>,
    pub(crate) reason: &'a str,
}

/// The kind says which of the two is there, the other is absent. 0 order, 1 refund: id. 2: account.
#[derive(Encode, BorrowDecode)]
pub(crate) struct ResolvedTo<'a> {
    pub(crate) kind: u8,
    pub(crate) id: Option<Id>,
    pub(crate) account: Option<Account<'a>>,
}

/// The kind says which of the three is there, the others are absent. 0 channel: name. 1 pending,
/// 2 term, 3 available, 4 in transit: id. 5 refund due: id, absent for walk-ins. 6 suspense: name.
/// 7 income: choice. 8 equity of the operator: nothing. 9 expense: choice.
#[derive(Encode, BorrowDecode, Default)]
pub(crate) struct Account<'a> {
    pub(crate) kind: u8,
    pub(crate) id: Option<Id>,
    pub(crate) name: Option<&'a str>,
    pub(crate) choice: Option<u8>,
}
