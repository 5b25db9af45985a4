//! Ratios without rounding until they are printed.

use tuanzhang_core::money::{Decimals, Total, point};

/// A ratio, exact: numerator and denominator are kept until it is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    /// In its own unit: minor units of money, or a count.
    pub numerator: i128,
    /// A count, or minor units of money; at most 0 where there is nothing to divide by.
    pub denominator: i128,
}

impl Ratio {
    /// Of money to a count.
    pub fn of_money(total: Total, count: u64) -> Self {
        Self { numerator: total.minor(), denominator: i128::from(count) }
    }

    /// Of money to money.
    pub const fn of_totals(part: Total, whole: Total) -> Self {
        Self { numerator: part.minor(), denominator: whole.minor() }
    }

    /// Of two counts.
    pub fn of_counts(part: u64, whole: u64) -> Self {
        Self { numerator: i128::from(part), denominator: i128::from(whole) }
    }

    /// An amount of money each, in major units, rounded half up to the currency's decimals; none
    /// without a denominator.
    pub fn money(self, decimals: Decimals) -> Option<String> {
        self.half_up(1).map(|minor| point(minor, u32::from(decimals.get())))
    }

    /// A share in percent, rounded half up to so many digits after the point (at most 6); none
    /// without a denominator.
    pub fn percent(self, digits: u32) -> Option<String> {
        let digits = digits.min(6);
        let scale = 100_i128.saturating_mul(10_i128.saturating_pow(digits));
        self.half_up(scale).map(|scaled| point(scaled, digits))
    }

    /// A plain number, rounded half up to so many digits after the point (at most 6); none without
    /// a denominator.
    pub fn number(self, digits: u32) -> Option<String> {
        let digits = digits.min(6);
        self.half_up(10_i128.saturating_pow(digits)).map(|scaled| point(scaled, digits))
    }

    /// floor(scale x numerator / denominator + 1/2).
    fn half_up(self, scale: i128) -> Option<i128> {
        let twice = self.denominator.checked_mul(2).filter(|twice| *twice > 0)?;
        let numerator = self.numerator.checked_mul(scale)?.checked_mul(2)?;
        numerator.checked_add(self.denominator)?.checked_div_euclid(twice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimals(digits: u8) -> Decimals {
        Decimals::new(digits).unwrap()
    }

    #[test]
    fn an_average_is_rounded_half_up_to_the_minor_unit() {
        // The published figures of UCI Online Retail, in thousandths of a pound.
        let all = Ratio::of_money(Total::from_minor(10_655_622_484), 19_959);
        assert_eq!(all.money(decimals(3)).unwrap(), "533.876");
        let half = Ratio::of_money(Total::from_minor(1), 2);
        assert_eq!(half.money(decimals(2)).unwrap(), "0.01");
        let minus_half = Ratio::of_money(Total::from_minor(-1), 2);
        assert_eq!(minus_half.money(decimals(2)).unwrap(), "0.00");
        assert_eq!(Ratio::of_money(Total::from_minor(7), 0).money(decimals(2)), None);
    }

    #[test]
    fn a_share_is_a_percentage_with_stated_digits() {
        // The check figures of metrics.md.
        assert_eq!(Ratio::of_counts(295, 731).percent(2).unwrap(), "40.36");
        assert_eq!(Ratio::of_counts(295, 731).percent(1).unwrap(), "40.4");
        assert_eq!(Ratio::of_counts(1, 1).percent(0).unwrap(), "100");
        assert_eq!(Ratio::of_counts(0, 0).percent(2), None);
    }
}
