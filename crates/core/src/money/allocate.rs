use super::{Money, OutOfRange};

/// Allocates `total` over `weights` in proportion, by largest remainder; a tie goes to the lower index.
/// `domain.md` §3.2. The parts sum to `total` exactly; a zero weight gets nothing.
///
/// `total` and `weights` are not negative; when every weight is zero every part is.
///
/// ```
/// use tuanzhang_core::money::{Money, allocate};
/// let money = |minor| Money::from_minor(minor);
/// let parts = allocate(money(1000)?, &[money(3980)?, money(990)?, money(3500)?])?;
/// assert_eq!(parts, [money(470)?, money(117)?, money(413)?]);
/// # Ok::<(), tuanzhang_core::money::OutOfRange>(())
/// ```
///
/// # Errors
/// [`OutOfRange`] when the weights sum beyond 10^15.
pub fn allocate(total: Money, weights: &[Money]) -> Result<Vec<Money>, OutOfRange> {
    let whole = i128::from(Money::sum(weights.iter().copied())?.minor());
    if whole <= 0 {
        return Ok(vec![Money::ZERO; weights.len()]);
    }
    let total = i128::from(total.minor());
    let mut left = total;
    let mut parts = Vec::with_capacity(weights.len());
    let mut by_remainder = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let product = total.saturating_mul(i128::from(weight.minor()));
        let floor = product.div_euclid(whole);
        left = left.saturating_sub(floor);
        parts.push(floor);
        by_remainder.push((product.rem_euclid(whole), index));
    }
    by_remainder.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, index) in by_remainder {
        if left <= 0 {
            break;
        }
        if let Some(part) = parts.get_mut(index) {
            *part = part.saturating_add(1);
            left = left.saturating_sub(1);
        }
    }
    parts.into_iter().map(Money::from_wide).collect()
}

/// floor(`amount` x `part` / `whole`): what `part` of `whole` units come to, cumulatively.
/// `domain.md` §3.3. The last unit brings it to `amount` exactly; nothing when `whole` is 0.
///
/// ```
/// use tuanzhang_core::money::{Money, share_of};
/// let paid = Money::from_minor(7970)?;
/// let so_far = |units| share_of(paid, units, 3).map(Money::minor);
/// assert_eq!([so_far(1)?, so_far(2)?, so_far(3)?], [2656, 5313, 7970]);
/// # Ok::<(), tuanzhang_core::money::OutOfRange>(())
/// ```
///
/// # Errors
/// [`OutOfRange`] beyond 10^15, which needs `part` above `whole`.
pub fn share_of(amount: Money, part: u32, whole: u32) -> Result<Money, OutOfRange> {
    let product = i128::from(amount.minor()).saturating_mul(i128::from(part));
    Money::from_wide(product.checked_div_euclid(i128::from(whole)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn minors(total: i64, weights: &[i64]) -> Vec<i64> {
        let weights: Vec<Money> = weights.iter().map(|w| Money::from_minor(*w).unwrap()).collect();
        let parts = allocate(Money::from_minor(total).unwrap(), &weights).unwrap();
        parts.into_iter().map(Money::minor).collect()
    }

    #[test]
    fn example_3_of_the_domain() {
        assert_eq!(minors(1000, &[3333, 3333, 3334]), [333, 333, 334]);
        assert_eq!(minors(1000, &[3980, 990, 3500]), [470, 117, 413]);
    }

    #[test]
    fn example_4_units_pay_2656_2657_2657() {
        let so_far = |k| share_of(Money::from_minor(7970).unwrap(), k, 3).unwrap().minor();
        assert_eq!([so_far(0), so_far(1), so_far(2), so_far(3)], [0, 2656, 5313, 7970]);
    }

    proptest! {
        #[test]
        fn parts_sum_and_stay_within_one_unit(
            total in 0_i64..1_000_000_000,
            weights in prop::collection::vec(0_i64..1_000_000_000, 1..40),
        ) {
            let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            let parts = minors(total, &weights);
            if whole == 0 {
                prop_assert!(parts.iter().all(|p| *p == 0));
            } else {
                prop_assert_eq!(parts.iter().sum::<i64>(), total);
                for (part, weight) in parts.iter().zip(&weights) {
                    let error = i128::from(*part) * whole - i128::from(total) * i128::from(*weight);
                    prop_assert!(error.abs() < whole);
                }
            }
        }

        #[test]
        fn cumulative_floor_never_falls_and_ends_at_the_amount(
            amount in 0_i64..1_000_000_000_000, whole in 1_u32..10_000,
        ) {
            let amount = Money::from_minor(amount).unwrap();
            let mut last = Money::ZERO;
            for k in [0, whole / 3, whole / 2, whole - 1, whole] {
                let now = share_of(amount, k, whole).unwrap();
                prop_assert!(now >= last || k == 0);
                last = now;
            }
            prop_assert_eq!(last, amount);
        }
    }
}
