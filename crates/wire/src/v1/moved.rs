//! The money that an event moved: part of several kinds.

use bincode::{BorrowDecode, Encode};

use super::Id;

#[derive(Encode, BorrowDecode)]
pub(crate) struct Moved {
    pub(crate) parties: Vec<Id>,
    pub(crate) parts: Vec<Part>,
}

#[derive(Encode, BorrowDecode)]
pub(crate) struct Part {
    pub(crate) base: u8,
    pub(crate) line: u16,
    pub(crate) role: u8,
    pub(crate) party: u8,
    pub(crate) pocket: u8,
    pub(crate) amount: i64,
}
