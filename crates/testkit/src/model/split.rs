//! The arithmetic of section 3: split, allocation by largest remainder, cumulative floor.

use std::collections::BTreeMap;

use tuanzhang_core::Role;

use super::{Split, Take};

/// 3.1: parts by role. They are never negative and sum to the value.
pub(crate) fn split(
    split: &Split,
    value: i128,
    units: i128,
    supply_price: i128,
    filled: impl Fn(Role) -> bool,
) -> BTreeMap<Role, i128> {
    let mut left = value;
    let mut of_seller = 0;
    let mut parts = BTreeMap::new();
    for &(role, take) in &split.shares {
        if !filled(role) {
            continue;
        }
        let asked = match take {
            Take::Rate(millionths) => rate_of(millionths, value),
            Take::PerUnit(amount) => amount * units,
            Take::SupplyPrice => supply_price * units,
            Take::RateOfSeller(millionths) => rate_of(millionths, of_seller),
        };
        let taken = asked.min(left);
        left -= taken;
        if role == Role::Seller {
            of_seller += taken;
        }
        *parts.entry(role).or_insert(0) += taken;
    }
    *parts.entry(split.remainder).or_insert(0) += left;
    parts
}

/// floor(rate x amount).
fn rate_of(millionths: i128, amount: i128) -> i128 {
    (millionths * amount).div_euclid(1_000_000)
}

/// 3.2: an amount over weights in proportion, by largest remainder; a tie goes to the lower line.
pub(crate) fn allocate(amount: i128, weights: &[i128]) -> Vec<i128> {
    let total: i128 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|w| (amount * w).div_euclid(total)).collect();
    let missing = amount - parts.iter().sum::<i128>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&i| (-(amount * weights[i]).rem_euclid(total), i));
    for &i in by_remainder.iter().take(usize::try_from(missing).unwrap()) {
        parts[i] += 1;
    }
    parts
}

/// 3.3: what `units` more cost when `before` of `of` units were returned already.
pub(crate) fn step(amount: i128, before: i128, units: i128, of: i128) -> i128 {
    (amount * (before + units)).div_euclid(of) - (amount * before).div_euclid(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(spec: &Split, value: i128, units: i128) -> Vec<i128> {
        let parts = split(spec, value, units, 0, |_| true);
        [Role::Owner, Role::Seller, Role::Upline, Role::Operator, Role::Supplier]
            .iter()
            .filter_map(|role| parts.get(role).copied())
            .collect()
    }

    #[test]
    fn example_1_and_2() {
        let one = Split {
            shares: vec![
                (Role::Seller, Take::Rate(150_000)),
                (Role::Upline, Take::RateOfSeller(100_000)),
                (Role::Operator, Take::Rate(10_000)),
            ],
            remainder: Role::Supplier,
        };
        assert_eq!(parts(&one, 17980, 2), [2697, 269, 179, 14835]);
        assert_eq!(parts(&one, 8990, 1), [1348, 134, 89, 7419]);
        assert_eq!(parts(&one, 0, 0), [0, 0, 0, 0]);
        let two = Split {
            shares: vec![
                (Role::Owner, Take::Rate(120_000)),
                (Role::Upline, Take::Rate(30_000)),
                (Role::Seller, Take::Rate(100_000)),
            ],
            remainder: Role::Supplier,
        };
        assert_eq!(parts(&two, 7999, 1), [959, 799, 239, 6002]);
    }

    #[test]
    fn example_3_and_4() {
        assert_eq!(allocate(1000, &[3333, 3333, 3334]), [333, 333, 334]);
        assert_eq!(allocate(1000, &[3980, 990, 3500]), [470, 117, 413]);
        assert_eq!((0..3).map(|i| step(7970, i, 1, 3)).collect::<Vec<_>>(), [2656, 2657, 2657]);
    }
}
