use serde::{Deserialize, Serialize};

use super::{Money, OutOfRange};

/// A rate in 0 ..= 1 with at most six decimals, held in millionths. `domain.md` §3.
///
/// ```
/// use tuanzhang_core::money::{Money, Rate};
/// let rate = Rate::from_millionths(150_000).ok_or("beyond 1")?;
/// assert_eq!(rate.floor_of(Money::from_minor(17980)?)?, Money::from_minor(2697)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "RateWire", into = "RateWire")]
pub struct Rate(u32);

/// One, in millionths.
const WHOLE: u32 = 1_000_000;

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct RateWire(String);

impl Rate {
    /// The rate of so many millionths; `None` above 1,000,000.
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths <= WHOLE { Some(Self(millionths)) } else { None }
    }

    /// The rate in millionths.
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// floor(rate x amount).
    ///
    /// # Errors
    /// Never for an amount in range; the signature keeps callers honest.
    pub fn floor_of(self, amount: Money) -> Result<Money, OutOfRange> {
        let product = i128::from(amount.minor()).saturating_mul(i128::from(self.0));
        Money::from_wide(product.div_euclid(i128::from(WHOLE)))
    }
}

impl std::fmt::Display for Rate {
    /// `0.15`, without trailing zeros, `1` and `0` for the ends.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimal = rust_decimal::Decimal::new(i64::from(self.0), 6).normalize();
        write!(f, "{decimal}")
    }
}

impl From<Rate> for RateWire {
    fn from(rate: Rate) -> Self {
        Self(rate.to_string())
    }
}

impl TryFrom<RateWire> for Rate {
    type Error = &'static str;
    fn try_from(wire: RateWire) -> Result<Self, Self::Error> {
        super::RateText::from(wire.0.as_str()).rate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_prints_without_trailing_zeros() {
        let shown = |millionths| Rate::from_millionths(millionths).unwrap().to_string();
        assert_eq!([0, 1, 150_000, 1_000_000].map(shown), ["0", "0.000001", "0.15", "1"]);
        assert!(Rate::from_millionths(1_000_001).is_none());
    }
}
