//! One row: its fields read, and what kind it is by itself.

use tuanzhang_core::text::Name;

use super::super::rows::Fields;
use super::class::Class;
use super::clock::Stamp;

/// The columns.
pub(super) const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
/// Columns.
pub(super) const WIDTH: usize = 8;
/// Bytes of a `StockCode`: with `@` and any price it is still a sku.
const CODE_BYTES_MAX: usize = 40;
/// A price or a line's value beyond this is none of a book's.
const MILLI_MAX: i64 = 1_000_000_000_000_000;
/// A quantity beyond this is none.
const QUANTITY_MAX: i64 = 1_000_000_000;

/// What an invoice is, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A plain number.
    Invoice,
    /// `C…`.
    CreditNote,
    /// `A…`.
    BadDebt,
}

/// What a row is by itself; a cancellation is tied later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Sale,
    Cancel,
    BadDebt,
    Free,
    StockAdjustment,
}

/// A row whose fields are in order.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) invoice: &'a str,
    pub(super) kind: Kind,
    pub(super) code: &'a str,
    pub(super) description: &'a str,
    pub(super) quantity: i64,
    pub(super) stamp: Stamp,
    /// Of one unit, thousandths of a pound.
    pub(super) price: i64,
    /// quantity x price.
    pub(super) value: i64,
    pub(super) customer: Option<&'a str>,
    pub(super) country: &'a str,
}

impl<'a> Row<'a> {
    /// Reads the fields. `last` is the time that was read last: most rows have their neighbour's.
    pub(super) fn parse(
        fields: &'a Fields,
        last: &mut (String, Option<Stamp>),
    ) -> Result<Self, String> {
        let invoice = name(fields.get(0), "InvoiceNo", 64)?;
        let code = name(fields.get(1), "StockCode", CODE_BYTES_MAX)?;
        let quantity = fields.get(3).parse().ok().filter(|quantity: &i64| {
            quantity.checked_abs().is_some_and(|magnitude| magnitude <= QUANTITY_MAX)
        });
        let quantity = quantity.ok_or_else(|| bad("Quantity", fields.get(3), "no whole number"))?;
        if last.0 != fields.get(4) {
            *last = (fields.get(4).to_owned(), Stamp::parse(fields.get(4)));
        }
        let expected = "no time like 2010-12-01 08:26:00";
        let stamp = last.1.ok_or_else(|| bad("InvoiceDate", fields.get(4), expected))?;
        let expected = "no price with at most 3 decimals";
        let price =
            milli(fields.get(5)).ok_or_else(|| bad("UnitPrice", fields.get(5), expected))?;
        let value = price.checked_mul(quantity).filter(|value| value.abs() <= MILLI_MAX);
        let value =
            value.ok_or_else(|| bad("UnitPrice", fields.get(5), "too large with its quantity"))?;
        // Some copies of the file write customers as floating-point numbers.
        let customer = fields.get(6).strip_suffix(".0").unwrap_or(fields.get(6));
        let customer =
            (!customer.is_empty()).then(|| name(customer, "CustomerID", 64)).transpose()?;
        let country = name(fields.get(7), "Country", 64)?;
        let kind = match invoice.as_bytes().first() {
            Some(b'C') => Kind::CreditNote,
            Some(b'A') => Kind::BadDebt,
            Some(_) | None => Kind::Invoice,
        };
        let description = fields.get(2);
        Ok(Self {
            invoice,
            kind,
            code,
            description,
            quantity,
            stamp,
            price,
            value,
            customer,
            country,
        })
    }

    /// What the row is, if it is anything.
    pub(super) fn part(&self) -> Result<Part, String> {
        match (self.kind, self.quantity.signum(), self.price.signum()) {
            (Kind::Invoice, 1, 1) => Ok(Part::Sale),
            (Kind::Invoice, 1, 0) => Ok(Part::Free),
            (Kind::Invoice, -1, 0) => Ok(Part::StockAdjustment),
            (Kind::CreditNote, -1, 1) => Ok(Part::Cancel),
            (Kind::BadDebt, 1 | -1, 1 | -1) => Ok(Part::BadDebt),
            (kind, _, _) => {
                let kind = match kind {
                    Kind::Invoice => "an invoice",
                    Kind::CreditNote => "a credit note (C)",
                    Kind::BadDebt => "a bad debt (A)",
                };
                let (quantity, price) = (self.quantity, milli_text(i128::from(self.price), 3));
                Err(format!("{kind} has no lines of quantity {quantity} at price {price}"))
            }
        }
    }
}

/// The class of a rejected field.
pub(super) const BAD_FIELD: Class = Class::BadField;

fn bad(column: &str, given: &str, what: &str) -> String {
    let given: String = given.chars().take(40).collect();
    format!("{column}: {given:?} is {what}")
}

fn name<'a>(text: &'a str, column: &str, bytes_max: usize) -> Result<&'a str, String> {
    if text.len() > bytes_max || Name::new(text).is_err() {
        let what = format!("not 1 to {bytes_max} bytes without control characters");
        return Err(bad(column, text, &what));
    }
    Ok(text)
}

/// Thousandths of a decimal number; none with a finer fraction, an exponent or anything else.
fn milli(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let scale = [1000, 100, 10, 1].get(part.len())?;
    let part = if part.is_empty() { 0 } else { part.parse::<i64>().ok()? };
    let magnitude =
        whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(part.checked_mul(*scale)?)?;
    let value = if unsigned.len() < text.len() { magnitude.checked_neg()? } else { magnitude };
    (magnitude <= MILLI_MAX).then_some(value)
}

/// Thousandths as a decimal number with at least so many decimals, at most three: 2550 → `2.55` with 0.
pub(super) fn milli_text(milli: i128, decimals_min: usize) -> String {
    let magnitude = milli.unsigned_abs();
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, part) = (magnitude.wrapping_div(1000), magnitude.wrapping_rem(1000));
    let mut text = format!("{part:03}");
    while text.len() > decimals_min && text.ends_with('0') {
        text.pop();
    }
    if text.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{text}") }
}
