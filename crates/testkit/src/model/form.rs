//! Level 1, form: what can be refused by looking at the command alone (and the currency's decimals).

use std::collections::BTreeSet;

use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::command::{Command, RefundKind, SkuQuantity};
use tuanzhang_core::money::{Amount, RateText};

use super::form_campaign;
use super::{AMOUNT_MAX, Code};

/// Refuses a command whose form is wrong. Without a book there is no currency: four decimals.
pub(crate) fn check(command: &Command, decimals: Option<u8>) -> Result<(), Code> {
    let decimals = decimals.unwrap_or(4);
    match command {
        Command::OpenBook(c) => open_book(c),
        Command::RegisterLeader(_)
        | Command::SettleOrder(_)
        | Command::MaturePayable(_)
        | Command::SealPeriod(_)
        | Command::ExpireOrder(_)
        | Command::RefundUnformed(_)
        | Command::ExpressInterest(_)
        | Command::DecidePresale(_)
        | Command::LapseReturn(_) => Ok(()),
        // A sku as lines have it.
        Command::AdjustPrice(c) => lines(&[SkuQuantity { sku: c.sku.clone(), quantity: 1 }]),
        Command::RegisterSupplier(c) => within(c.terms_days, 0, 36_500),
        Command::OpenCampaign(c) => form_campaign::open_campaign(c, decimals).map(drop),
        Command::AllowSeller(c) => match &c.split {
            Some(split) => form_campaign::split(split, decimals).map(drop),
            None => Ok(()),
        },
        Command::AddStock(c) => lines(&[SkuQuantity { sku: c.sku.clone(), quantity: c.quantity }]),
        Command::CloseCampaign(c) => reason(c.reason.as_deref()),
        Command::PlaceOrder(c) => place_order(c, decimals),
        Command::CancelOrder(c) => reason(c.reason.as_deref()),
        Command::RecordPayment(c) => {
            name(&c.channel)?;
            let amount = above_zero(&c.amount, decimals)?;
            text(&c.reference)?;
            if fee(c.fee.as_ref(), decimals)? > amount { Err("bad_amount") } else { Ok(()) }
        }
        Command::ShipOrder(c) => {
            some_lines(c.parcel.is_some(), c.lines.as_deref())?;
            reason(c.reference.as_deref())
        }
        Command::ArriveAtPickup(c) => some_lines(c.arrival.is_some(), c.lines.as_deref()),
        Command::ReceiveOrder(c) => some_lines(c.receipt.is_some(), c.lines.as_deref()),
        Command::PickUpOrder(c) => some_lines(c.handover.is_some(), c.lines.as_deref()),
        Command::RequestRefund(c) => request_refund(c, decimals),
        Command::ApproveRefund(c) => {
            fee(c.return_shipping.as_ref(), decimals)?;
            c.amount.as_ref().map_or(Ok(0), |amount| above_zero(amount, decimals)).map(drop)
        }
        Command::WithdrawRefund(c) => reason(c.reason.as_deref()),
        Command::RejectRefund(c) => reason(c.reason.as_deref()),
        Command::ReceiveReturn(c) => reason(c.reason.as_deref()),
        Command::RecordRefundPayment(c) => {
            name(&c.channel)?;
            above_zero(&c.amount, decimals)?;
            text(&c.reference)?;
            fee(c.fee_returned.as_ref(), decimals).map(drop)
        }
        Command::RequestPayout(c) => above_zero(&c.amount, decimals).map(drop),
        Command::RecordPayout(c) => {
            name(&c.channel)?;
            text(&c.reference)?;
            fee(c.fee.as_ref(), decimals).map(drop)
        }
        Command::FailPayout(c) => text(&c.reason),
        Command::RecordUnmatched(c) => {
            name(&c.channel)?;
            above_zero(&c.amount, decimals)?;
            text(&c.reference)
        }
        Command::RecordCost(c) => {
            name(&c.channel)?;
            above_zero(&c.amount, decimals).map(drop)
        }
        Command::Adjust(c) => adjust(c, decimals),
        Command::RecordTransfer(c) => {
            name(&c.from)?;
            name(&c.to)?;
            if c.from == c.to {
                return Err("bad_terms");
            }
            let amount = above_zero(&c.amount, decimals)?;
            text(&c.reference)?;
            if fee(c.fee.as_ref(), decimals)? > amount { Err("bad_amount") } else { Ok(()) }
        }
        Command::RecordDraw(c) => {
            name(&c.channel)?;
            above_zero(&c.amount, decimals)?;
            text(&c.reference)
        }
        Command::WriteOff(c) => {
            above_zero(&c.amount, decimals)?;
            text(&c.reason)
        }
        Command::ResolveUnmatched(c) => {
            if let ResolveTo::Account(account) = &c.to {
                super::accounting::adjustable(account)?;
            }
            text(&c.reason)
        }
        Command::CancelCampaign(c) => reason(c.reason.as_deref()),
        Command::DeclareFormed(c) => reason(c.reason.as_deref()),
    }
}

fn open_book(c: &tuanzhang_core::book::OpenBook) -> Result<(), Code> {
    name(&c.currency)?;
    name(&c.timezone)?;
    decimals_of(c)?;
    if let Some(limits) = &c.channel_limits {
        within(limits.refunds, 0, 1_000_000)?;
        within(limits.days, 0, 36_500)?;
    }
    Ok(())
}

/// The decimals that a book is opened with: given, or those of ISO 4217.
pub(crate) fn decimals_of(c: &tuanzhang_core::book::OpenBook) -> Result<u8, Code> {
    match c.decimals {
        Some(given) => u8::try_from(given).ok().filter(|d| *d <= 4).ok_or("bad_terms"),
        None => match c.currency.as_str() {
            "CNY" | "USD" | "EUR" => Ok(2),
            "JPY" => Ok(0),
            "KWD" => Ok(3),
            "CLF" => Ok(4),
            _ => Err("bad_terms"),
        },
    }
}

fn place_order(c: &tuanzhang_core::order::PlaceOrder, decimals: u8) -> Result<(), Code> {
    lines(&c.lines)?;
    if let Some(discount) = &c.discount {
        not_negative(&discount.amount, decimals)?;
    }
    if let Some(digest) = &c.pickup_code_digest {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let for_pickup = c.way == tuanzhang_core::command::Way::Pickup;
        if digest.len() != 64 || !digest.bytes().all(hex) || !for_pickup {
            return Err("bad_terms");
        }
    }
    Ok(())
}

fn request_refund(c: &tuanzhang_core::refund::RequestRefund, decimals: u8) -> Result<(), Code> {
    let claimed = fee(c.return_shipping.as_ref(), decimals)?;
    let goods = matches!(c.kind, RefundKind::Return | RefundKind::Exchange);
    let asked = c.lines.as_deref().unwrap_or_default();
    if c.kind == RefundKind::Compensation {
        above_zero(c.amount.as_ref().ok_or("bad_amount")?, decimals)?;
        if !asked.is_empty() {
            return Err("bad_lines");
        }
    } else {
        lines(asked)?;
        if c.amount.is_some() {
            return Err("bad_terms");
        }
    }
    if claimed > 0 && !goods {
        return Err("bad_terms");
    }
    reason(c.reason.as_deref())
}

fn adjust(c: &tuanzhang_core::accounting::Adjust, decimals: u8) -> Result<(), Code> {
    if c.postings.is_empty() {
        return Err("bad_lines");
    }
    if c.postings.len() > 2_000 {
        return Err("too_large");
    }
    let mut sum = 0;
    for posting in &c.postings {
        let amount = money(&posting.amount, decimals)?;
        if amount == 0 {
            return Err("bad_amount");
        }
        super::accounting::adjustable(&posting.account)?;
        sum += amount;
    }
    if sum != 0 {
        return Err("bad_amount");
    }
    text(&c.reason)
}

/// Lines where they may be absent; they need their id.
fn some_lines(has_id: bool, given: Option<&[SkuQuantity]>) -> Result<(), Code> {
    match given {
        None => Ok(()),
        Some(_) if !has_id => Err("bad_lines"),
        Some(given) => lines(given),
    }
}

/// 1 to 2,000 lines, each sku once, 1 to 1,000,000 units.
fn lines(given: &[SkuQuantity]) -> Result<(), Code> {
    if given.is_empty() {
        return Err("bad_lines");
    }
    if given.len() > 2_000 {
        return Err("too_large");
    }
    let mut seen = BTreeSet::new();
    for line in given {
        name(&line.sku).map_err(|_| "bad_lines")?;
        if !(1..=1_000_000).contains(&line.quantity) || !seen.insert(&line.sku) {
            return Err("bad_lines");
        }
    }
    Ok(())
}

/// A name: 1 to 64 bytes without control characters.
pub(crate) fn name(given: &str) -> Result<(), Code> {
    let fits = (1..=64).contains(&given.len()) && !given.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("bad_terms") }
}

/// A free text: at most 200 bytes without control characters.
pub(crate) fn text(given: &str) -> Result<(), Code> {
    let fits = given.len() <= 200 && !given.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("bad_terms") }
}

fn reason(given: Option<&str>) -> Result<(), Code> {
    given.map_or(Ok(()), text)
}

/// A count within its limits.
pub(crate) fn within(given: i64, least: i64, most: i64) -> Result<(), Code> {
    if (least..=most).contains(&given) { Ok(()) } else { Err("bad_terms") }
}

/// Minor units of an amount as it is written.
pub(crate) fn money(given: &Amount, decimals: u8) -> Result<i128, Code> {
    let minor = scaled(&given.to_string(), u32::from(decimals)).ok_or("bad_amount")?;
    if minor.abs() > AMOUNT_MAX { Err("bad_amount") } else { Ok(minor) }
}

/// Money that may not be negative.
pub(crate) fn not_negative(given: &Amount, decimals: u8) -> Result<i128, Code> {
    money(given, decimals).and_then(|minor| if minor < 0 { Err("bad_amount") } else { Ok(minor) })
}

fn above_zero(given: &Amount, decimals: u8) -> Result<i128, Code> {
    money(given, decimals).and_then(|minor| if minor <= 0 { Err("bad_amount") } else { Ok(minor) })
}

/// An amount that is nothing where absent, and never negative.
pub(crate) fn fee(given: Option<&Amount>, decimals: u8) -> Result<i128, Code> {
    given.map_or(Ok(0), |amount| not_negative(amount, decimals))
}

/// Millionths of a rate in 0..=1 with at most six decimals.
pub(crate) fn rate(given: &RateText) -> Result<i128, Code> {
    let millionths = scaled(&given.to_string(), 6).ok_or("bad_rate")?;
    if (0..=1_000_000).contains(&millionths) { Ok(millionths) } else { Err("bad_rate") }
}

/// The written number times a power of ten; none if it is no number or finer than that.
fn scaled(written: &str, decimals: u32) -> Option<i128> {
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() + part.len() > 29 {
        return None;
    }
    let part = part.trim_end_matches('0');
    let missing = decimals.checked_sub(u32::try_from(part.len()).ok()?)?;
    let joined: i128 = format!("{whole}{part}").parse().ok()?;
    let magnitude = joined.checked_mul(10_i128.pow(missing))?;
    Some(if written.starts_with('-') { -magnitude } else { magnitude })
}
