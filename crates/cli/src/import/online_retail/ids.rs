//! Ids: UUIDv5 of what the file says, in one namespace. The same file gives the same ids everywhere.
//!
//! Parts of a name are separated by a line feed, which no field has (control characters are
//! rejected), so two things never share a name.

use tuanzhang_core::{
    AdjustmentId, BookId, BuyerId, CampaignId, OrderId, PartyId, PaymentId, RefundId,
    RefundPaymentId, UnmatchedId,
};
use uuid::Uuid;

use super::clock::MonthKey;

/// UUIDv5 of `urn:tuanzhang:import:online-retail` in the namespace of URLs.
const NAMESPACE: Uuid = Uuid::from_u128(0x1033_ff4f_0247_5b99_9b0e_205d_6327_5018);

pub(super) fn book() -> BookId {
    BookId::derived(NAMESPACE, "book")
}

pub(super) fn operator() -> PartyId {
    PartyId::derived(NAMESPACE, "operator")
}

pub(super) fn leader(country: &str) -> PartyId {
    PartyId::derived(NAMESPACE, &format!("country\n{country}"))
}

pub(super) fn buyer(customer: &str) -> BuyerId {
    BuyerId::derived(NAMESPACE, &format!("customer\n{customer}"))
}

pub(super) fn campaign(month: MonthKey) -> CampaignId {
    CampaignId::derived(NAMESPACE, &format!("campaign\n{month}"))
}

pub(super) fn order(invoice: &str) -> OrderId {
    OrderId::derived(NAMESPACE, &format!("order\n{invoice}"))
}

pub(super) fn payment(invoice: &str) -> PaymentId {
    PaymentId::derived(NAMESPACE, &format!("payment\n{invoice}"))
}

pub(super) fn refund(note: &str, invoice: &str) -> RefundId {
    RefundId::derived(NAMESPACE, &format!("refund\n{note}\n{invoice}"))
}

pub(super) fn refund_payment(note: &str, invoice: &str) -> RefundPaymentId {
    RefundPaymentId::derived(NAMESPACE, &format!("refund payment\n{note}\n{invoice}"))
}

/// `row` counts the rows of the credit note, from 1.
pub(super) fn unmatched(note: &str, code: &str, row: u32) -> UnmatchedId {
    UnmatchedId::derived(NAMESPACE, &format!("unmatched\n{note}\n{code}\n{row}"))
}

/// `row` counts the rows of the invoice, from 1.
pub(super) fn adjustment(invoice: &str, code: &str, row: u32) -> AdjustmentId {
    AdjustmentId::derived(NAMESPACE, &format!("bad debt\n{invoice}\n{code}\n{row}"))
}
