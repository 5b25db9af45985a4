//! Money and rates as a caller writes them, before the book's currency is looked at.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

use super::{Decimals, Money, Rate};

/// A number as written: exact, or a text that is no number (kept, so that the refusal can show it).
#[derive(Clone, PartialEq, Eq, Debug)]
enum Written {
    Exact(Decimal),
    Unreadable(SmolStr),
}

impl Written {
    /// Digits with an optional minus and an optional fraction; no exponent, no plus, no spaces.
    fn parse(text: &str) -> Self {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if digits(whole)
            && digits(part)
            && let Ok(number) = Decimal::from_str_exact(text)
        {
            return Self::Exact(number);
        }
        Self::Unreadable(text.chars().take(64).collect::<String>().into())
    }
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(number) => write!(f, "{number}"),
            Self::Unreadable(text) => f.write_str(text),
        }
    }
}

/// An amount in major units as a caller writes it, `"94.50"`; the book turns it into [`Money`] of its
/// currency or refuses it as `bad_amount`. In JSON always a string: a float is not money.
///
/// ```
/// use tuanzhang_core::money::{Amount, Decimals};
/// let cny = Decimals::new(2).ok_or("0..=4")?;
/// assert_eq!(Amount::from("94.50").money(cny)?.minor(), 9450);
/// assert_eq!(Amount::new(9450, 2), Amount::from("94.5"));
/// assert!(Amount::from("94.505").money(cny).is_err());
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Amount(Written);

impl Amount {
    /// The amount `mantissa / 10^scale`: `Amount::new(9450, 2)` is 94.50.
    pub fn new(mantissa: i64, scale: u32) -> Self {
        let exact = Decimal::try_new(mantissa, scale);
        Self(exact.map_or_else(|_| Written::Unreadable("scale".into()), Written::Exact))
    }

    /// The money of a currency with so many decimals.
    ///
    /// # Errors
    /// Says what is wrong: no number, finer than the minor unit, or beyond 10^15 minor units.
    pub fn money(&self, decimals: Decimals) -> Result<Money, &'static str> {
        let Written::Exact(number) = &self.0 else {
            return Err("is not a decimal number like \"94.50\"");
        };
        let number = number.normalize();
        let Some(missing) = u32::from(decimals.get()).checked_sub(number.scale()) else {
            return Err("is finer than the currency's minor unit");
        };
        let minor = number.mantissa().checked_mul(10_i128.saturating_pow(missing));
        minor.and_then(|minor| Money::from_wide(minor).ok()).ok_or("lies beyond 10^15 minor units")
    }
}

impl From<&str> for Amount {
    fn from(text: &str) -> Self {
        Self(Written::parse(text))
    }
}

impl From<Decimal> for Amount {
    fn from(number: Decimal) -> Self {
        Self(Written::Exact(number))
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A rate as a caller writes it, `"0.15"`; refused as `bad_rate` outside 0..=1 or with more than six
/// decimals. In JSON always a string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RateText(Written);

impl RateText {
    /// The rate.
    ///
    /// # Errors
    /// Says what is wrong: no number, outside 0..=1, or more than six decimals.
    pub fn rate(&self) -> Result<Rate, &'static str> {
        let Written::Exact(number) = &self.0 else {
            return Err("is not a decimal number like \"0.15\"");
        };
        let number = number.normalize();
        let Some(missing) = 6_u32.checked_sub(number.scale()) else {
            return Err("has more than 6 decimals");
        };
        number
            .mantissa()
            .checked_mul(10_i128.saturating_pow(missing))
            .and_then(|millionths| u32::try_from(millionths).ok())
            .and_then(Rate::from_millionths)
            .ok_or("lies outside 0..=1")
    }
}

impl From<&str> for RateText {
    fn from(text: &str) -> Self {
        Self(Written::parse(text))
    }
}

impl From<Rate> for RateText {
    fn from(rate: Rate) -> Self {
        Self(Written::Exact(Decimal::new(i64::from(rate.millionths()), 6).normalize()))
    }
}

impl std::fmt::Display for RateText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

struct TextVisitor(&'static str);

impl de::Visitor<'_> for TextVisitor {
    type Value = Written;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::parse(text))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TextVisitor("money as a string in major units, like \"94.50\""))
            .map(Self)
    }
}

impl<'de> Deserialize<'de> for RateText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TextVisitor("a rate as a string, like \"0.15\"")).map(Self)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl Serialize for RateText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_digits_before_its_point_and_behind() {
        let decimals = Decimals::new(2).unwrap();
        let read = |text: &str| Amount::from(text).money(decimals).ok().map(Money::minor);
        for text in [".5", "5.", "-.5", "-", ".", "1.-5", "--1", "1e2", "+1", " 1", "1 ", ""] {
            assert_eq!(read(text), None, "{text}");
        }
        for (text, minor) in [("0.5", 50), ("5", 500), ("-0.05", -5), ("5.000", 500)] {
            assert_eq!(read(text), Some(minor), "{text}");
        }
    }

    #[test]
    fn a_number_for_money_is_told_how_to_write_it() {
        let money = serde_json::from_str::<Amount>("94.5").unwrap_err().to_string();
        assert!(
            money.contains(r#"expected money as a string in major units, like "94.50""#),
            "{money}"
        );
        let rate = serde_json::from_str::<RateText>("0.15").unwrap_err().to_string();
        assert!(rate.contains(r#"expected a rate as a string, like "0.15""#), "{rate}");
    }
}
