//! The first look at a command: are its amounts, rates, names and quantities ones at all? Nothing here
//! looks at the state. `cli.md`, "Which refusal", 1.

use smol_str::SmolStr;

use crate::command::SkuQuantity;
use crate::event::LineUnits;
use crate::limits::{ORDER_LINES_MAX, QUANTITY_MAX};
use crate::money::{Amount, Decimals, Money, Rate, RateText};
use crate::rejection::Rejection;
use crate::text::{Name, Text};

fn bad_amount(field: &'static str, given: &Amount, problem: &'static str) -> Rejection {
    Rejection::BadAmount { field, given: given.to_string(), problem }
}

/// Any amount of the currency.
pub(crate) fn signed(
    field: &'static str,
    given: &Amount,
    decimals: Decimals,
) -> Result<Money, Rejection> {
    given.money(decimals).map_err(|problem| bad_amount(field, given, problem))
}

/// An amount of at least zero.
pub(crate) fn not_negative(
    field: &'static str,
    given: &Amount,
    decimals: Decimals,
) -> Result<Money, Rejection> {
    let money = signed(field, given, decimals)?;
    if money.is_negative() {
        Err(bad_amount(field, given, "must not be negative"))
    } else {
        Ok(money)
    }
}

/// An amount above zero.
pub(crate) fn positive(
    field: &'static str,
    given: &Amount,
    decimals: Decimals,
) -> Result<Money, Rejection> {
    let money = signed(field, given, decimals)?;
    if money.is_positive() {
        Ok(money)
    } else {
        Err(bad_amount(field, given, "must be above zero"))
    }
}

/// An optional amount of at least zero; zero where absent.
pub(crate) fn or_zero(
    field: &'static str,
    given: Option<&Amount>,
    decimals: Decimals,
) -> Result<Money, Rejection> {
    given.map_or(Ok(Money::ZERO), |given| not_negative(field, given, decimals))
}

/// A fee, at most the amount that it was kept from.
pub(crate) fn fee(
    field: &'static str,
    given: Option<&Amount>,
    amount: Money,
    decimals: Decimals,
) -> Result<Money, Rejection> {
    let fee = or_zero(field, given, decimals)?;
    match given {
        Some(given) if fee > amount => Err(bad_amount(field, given, "must not exceed the amount")),
        Some(_) | None => Ok(fee),
    }
}

/// A rate in 0..=1 with at most six decimals.
pub(crate) fn rate(field: &'static str, given: &RateText) -> Result<Rate, Rejection> {
    given.rate().map_err(|problem| Rejection::BadRate { field, given: given.to_string(), problem })
}

/// A name of 1..=64 bytes.
pub(crate) fn name(field: &'static str, given: &str) -> Result<Name, Rejection> {
    Name::new(given).map_err(|problem| Rejection::BadTerms { field, problem })
}

/// A text of at most 200 bytes.
pub(crate) fn text(field: &'static str, given: &str) -> Result<Text, Rejection> {
    Text::new(given).map_err(|problem| Rejection::BadTerms { field, problem })
}

/// An optional text of at most 200 bytes.
pub(crate) fn maybe_text(
    field: &'static str,
    given: Option<&SmolStr>,
) -> Result<Option<Text>, Rejection> {
    given.map(|given| text(field, given)).transpose()
}

/// A whole number of 0 ..= max.
pub(crate) fn whole(field: &'static str, given: i64, max: i64) -> Result<u32, Rejection> {
    u32::try_from(given).ok().filter(|_| given <= max).ok_or(Rejection::BadTerms {
        field,
        problem: "is out of range; docs/errors.md lists the ranges",
    })
}

/// Units, 1 ..= 1,000,000.
pub(crate) fn quantity(field: &'static str, given: i64) -> Result<u32, Rejection> {
    u32::try_from(given)
        .ok()
        .filter(|_| (1..=QUANTITY_MAX).contains(&given))
        .ok_or(Rejection::BadLines { field, problem: "a quantity must be 1 to 1,000,000" })
}

/// The sku of an item or line.
pub(crate) fn sku(given: &str) -> Result<Name, Rejection> {
    Name::new(given).map_err(|problem| Rejection::BadLines { field: "sku", problem })
}

/// Lines: 1 ..= 2,000, each sku once.
pub(crate) fn lines(given: &[SkuQuantity]) -> Result<Vec<LineUnits>, Rejection> {
    let bad = |problem| Rejection::BadLines { field: "lines", problem };
    if given.is_empty() {
        return Err(bad("at least one line is needed"));
    }
    if given.len() > ORDER_LINES_MAX {
        let actual = u64::try_from(given.len()).unwrap_or(u64::MAX);
        return Err(Rejection::TooLarge { what: "lines", limit: 2_000, actual });
    }
    let mut lines: Vec<LineUnits> = Vec::with_capacity(given.len());
    for line in given {
        let sku = Name::new(&line.sku).map_err(bad)?;
        lines.push(LineUnits { sku, quantity: quantity("lines", line.quantity)? });
    }
    if has_twice(lines.iter().map(|line| &line.sku)) {
        return Err(bad("a sku may occur only once"));
    }
    Ok(lines)
}

/// Whether any name occurs twice.
pub(crate) fn has_twice<'a>(names: impl Iterator<Item = &'a Name> + Clone) -> bool {
    let count = names.clone().count();
    if count <= 8 {
        let mut rest = names;
        while let Some(name) = rest.next() {
            if rest.clone().any(|other| other == name) {
                return true;
            }
        }
        return false;
    }
    let mut seen = hashbrown::HashSet::with_capacity(count);
    names.into_iter().any(|name| !seen.insert(name))
}

/// Lines with their id, or *all that is left*: `lines` needs the id.
pub(crate) fn lines_or_all(
    given: Option<&Vec<SkuQuantity>>,
    has_id: bool,
    id: &'static str,
) -> Result<Option<Vec<LineUnits>>, Rejection> {
    let Some(given) = given else { return Ok(None) };
    let checked = lines(given)?;
    if has_id {
        Ok(Some(checked))
    } else {
        Err(Rejection::BadLines { field: id, problem: "is required when lines are given" })
    }
}
