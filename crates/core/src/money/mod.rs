//! Money, rates, and the three pieces of arithmetic that everything else is built from: the split of a
//! value ([`split`]), the allocation of a discount ([`allocate`]) and the cumulative floor of partial
//! refunds ([`share_of`]). `domain.md` §3.
//!
//! Whole numbers only. Every multiplication runs in 128 bits, every result is range-checked; a result
//! beyond [`Money::MAX`] is an [`OutOfRange`], which commands answer as `overflow`.

mod allocate;
mod amount;
mod currency;
mod rate;
mod split;
mod total;

pub use allocate::{allocate, share_of};
pub use amount::{Amount, RateText};
pub use currency::{Currency, Decimals, iso_4217_decimals};
pub use rate::Rate;
pub use split::{Filled, Parts, Share, Split, SplitStep, SplitTake, split, split_by_steps};
pub use total::{Total, point};

use serde::{Deserialize, Serialize};

/// A whole number of minor units (fen, pence, …) of the book's currency, in −10^15 ..= 10^15.
///
/// There are no operators: addition can leave the range, and a product with a rate needs a named
/// rounding. Serialised, it is the bare number of minor units; [`crate::json`] prints major units.
///
/// ```
/// use tuanzhang_core::money::Money;
/// let price = Money::from_minor(8990)?;
/// assert_eq!(price.times(2)?, Money::from_minor(17980)?);
/// assert!(Money::from_minor(i64::MAX).is_err());
/// # Ok::<(), tuanzhang_core::money::OutOfRange>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Money(i64);

/// An amount left the range of [`Money`], ±10^15 minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an amount lies beyond 10^15 minor units; split it into smaller ones")]
pub struct OutOfRange;

/// The largest magnitude of an amount, in minor units.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, 10^15 minor units.
    pub const MAX: Self = Self(AMOUNT_MINOR_MAX);

    /// The amount of so many minor units.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±10^15.
    pub const fn from_minor(minor: i64) -> Result<Self, OutOfRange> {
        if minor < -AMOUNT_MINOR_MAX || minor > AMOUNT_MINOR_MAX {
            Err(OutOfRange)
        } else {
            Ok(Self(minor))
        }
    }

    /// From a wide intermediate result.
    pub(crate) fn from_wide(minor: i128) -> Result<Self, OutOfRange> {
        i64::try_from(minor).map_err(|_| OutOfRange).and_then(Self::from_minor)
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±10^15.
    pub const fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        match self.0.checked_add(other.0) {
            Some(sum) => Self::from_minor(sum),
            None => Err(OutOfRange),
        }
    }

    /// The difference.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±10^15.
    pub const fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        self.plus(other.negated())
    }

    /// The amount with its sign changed; the range is symmetric, so this always exists.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// The amount so many times.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±10^15.
    pub fn times(self, quantity: u32) -> Result<Self, OutOfRange> {
        Self::from_wide(i128::from(self.0).saturating_mul(i128::from(quantity)))
    }

    /// The sum of many amounts, range-checked at the end only, so their order doesn't matter.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum lies beyond ±10^15.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, OutOfRange> {
        let wide = amounts.into_iter().fold(0_i128, |sum, x| sum.saturating_add(i128::from(x.0)));
        Self::from_wide(wide)
    }

    /// Whether this is exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Prints in major units with exactly the currency's decimals: `-12.30`.
    pub fn display(self, decimals: Decimals) -> String {
        point(i128::from(self.0), u32::from(decimals.get()))
    }

    /// The same amount as a caller would write it.
    pub fn amount(self, decimals: Decimals) -> Amount {
        Amount::new(self.0, u32::from(decimals.get()))
    }
}

impl TryFrom<i64> for Money {
    type Error = OutOfRange;
    fn try_from(minor: i64) -> Result<Self, OutOfRange> {
        Self::from_minor(minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_lies_within_its_range_both_ends_included() {
        for minor in [AMOUNT_MINOR_MAX, -AMOUNT_MINOR_MAX, 0, 1, -1] {
            assert_eq!(Money::from_minor(minor).unwrap().minor(), minor);
        }
        for minor in [AMOUNT_MINOR_MAX + 1, -AMOUNT_MINOR_MAX - 1, i64::MAX, i64::MIN] {
            assert_eq!(Money::from_minor(minor), Err(OutOfRange));
        }
        assert_eq!(Money::MAX.plus(Money::from_minor(1).unwrap()), Err(OutOfRange));
        assert_eq!(Money::MAX.negated().minus(Money::ZERO), Ok(Money::MAX.negated()));
        assert_eq!(Money::MAX.times(1), Ok(Money::MAX));
        assert_eq!(Money::MAX.times(2), Err(OutOfRange));
    }

    #[test]
    fn a_sum_is_looked_at_as_a_whole_and_signs_are_told() {
        let wide = [Money::MAX, Money::MAX, Money::MAX.negated()];
        assert_eq!(Money::sum(wide), Ok(Money::MAX));
        let [one, minus] = [1, -1].map(|minor| Money::from_minor(minor).unwrap());
        assert_eq!([one, Money::ZERO, minus].map(Money::is_positive), [true, false, false]);
        assert_eq!([one, Money::ZERO, minus].map(Money::is_negative), [false, false, true]);
        assert_eq!([one, Money::ZERO, minus].map(Money::is_zero), [false, true, false]);
    }

    #[test]
    fn an_amount_prints_with_the_decimals_of_its_currency() {
        let shown = |minor, digits| {
            Money::from_minor(minor).unwrap().display(Decimals::new(digits).unwrap())
        };
        assert_eq!(shown(-1230, 2), "-12.30");
        assert_eq!(shown(5, 3), "0.005");
        assert_eq!(shown(0, 2), "0.00");
        assert_eq!(shown(-5, 0), "-5");
        assert_eq!(shown(AMOUNT_MINOR_MAX, 4), "100000000000.0000");
    }
}
