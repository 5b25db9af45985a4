//! Lengths on the page, in whole thousandths: what is drawn, never what is printed.

use tuanzhang_analytics::Ratio;
use tuanzhang_analytics::Value;

/// Beyond it a drawing stops growing, so that the chart library's arithmetic can't overflow.
const DRAWN_MAX: i128 = 10_i128.pow(16);

/// The whole of a bar.
pub(crate) const WHOLE: i64 = 1000;

/// How long a value is drawn: counts as they are, money in minor units, shares in hundredths of a
/// percent, rates in hundredths. None where there is nothing to draw.
pub(crate) fn drawn(value: &Value) -> Option<i64> {
    let long = match value {
        Value::None | Value::Text(_) => return None,
        Value::Count(count) => i128::from(*count),
        Value::Money(total) => total.minor(),
        Value::Average(ratio) => scaled(*ratio, 1)?,
        Value::Share(ratio) | Value::MoneyShare(ratio) => scaled(*ratio, 10_000)?,
        Value::Rate(ratio) => scaled(*ratio, 100)?,
    };
    i64::try_from(long.clamp(DRAWN_MAX.saturating_neg(), DRAWN_MAX)).ok()
}

fn scaled(ratio: Ratio, scale: i128) -> Option<i128> {
    let positive = Some(ratio.denominator).filter(|denominator| *denominator > 0)?;
    ratio.numerator.checked_mul(scale)?.checked_div(positive)
}

/// A part of a whole in thousandths, within 0 ..= 1000; 0 of nothing.
pub(crate) fn thousandths(part: i64, whole: i64) -> i64 {
    let share = part.saturating_mul(WHOLE).checked_div(whole).unwrap_or(0);
    share.clamp(0, WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tuanzhang_analytics::Total;

    #[test]
    fn a_length_stays_within_its_box_whatever_the_figure() {
        assert_eq!(
            drawn(&Value::Money(Total::from_minor(i128::MAX))),
            i64::try_from(DRAWN_MAX).ok()
        );
        assert_eq!(drawn(&Value::Share(Ratio { numerator: 1, denominator: 0 })), None);
        assert_eq!(drawn(&Value::Share(Ratio { numerator: i128::MAX, denominator: 1 })), None);
        assert_eq!(thousandths(5, 0), 0);
        assert_eq!(thousandths(-5, 10), 0);
        assert_eq!(thousandths(50, 10), 1000);
        assert_eq!(thousandths(i64::MAX, 1), 1000);
    }
}
