use serde::{Deserialize, Serialize};

use super::{Decimals, Money};

/// A sum of amounts in minor units; wider than [`Money`], since one may add what the books don't.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Total(i128);

impl Total {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many minor units.
    pub const fn from_minor(minor: i128) -> Self {
        Self(minor)
    }

    /// Minor units.
    pub const fn minor(self) -> i128 {
        self.0
    }

    /// The sum. 10^15 minor units fit 10^23 times.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum with its sign changed.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds so many minor units.
    pub fn add_minor(&mut self, minor: i64) {
        self.0 = self.0.saturating_add(i128::from(minor));
    }

    /// Adds an amount.
    pub fn add(&mut self, amount: Money) {
        self.add_minor(amount.minor());
    }

    /// Prints in major units with exactly the currency's decimals: `-12.30`.
    pub fn display(self, decimals: Decimals) -> String {
        point(self.0, u32::from(decimals.get()))
    }
}

/// Prints a whole number with its decimal point so many digits from the right: `-12.30`.
pub fn point(number: i128, digits: u32) -> String {
    let unit = 10_u128.saturating_pow(digits);
    let magnitude = number.unsigned_abs();
    let sign = if number < 0 { "-" } else { "" };
    let whole = magnitude.checked_div(unit).unwrap_or(0);
    let part = magnitude.checked_rem(unit).unwrap_or(0);
    let width = usize::try_from(digits).unwrap_or(0);
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0width$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_prints_every_decimal() {
        let decimals = |digits| Decimals::new(digits).unwrap();
        assert_eq!(Total::from_minor(-1230).display(decimals(2)), "-12.30");
        assert_eq!(Total::from_minor(5).display(decimals(4)), "0.0005");
        assert_eq!(Total::from_minor(5).display(decimals(0)), "5");
    }
}
