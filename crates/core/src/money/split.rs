use serde::Serialize;

use super::{Money, OutOfRange, Rate};
use crate::role::Role;

/// What a share takes of a line's value. `domain.md` §3.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitTake {
    /// floor(rate x value).
    Rate(Rate),
    /// So much for each remaining unit.
    PerUnit(Money),
    /// The item's supply price for each remaining unit.
    SupplyPrice,
    /// floor(rate x what the seller's shares came to); the upline's only, on top, out of the remainder.
    RateOfSeller(Rate),
}

/// One share of a split.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Share {
    /// Who takes it.
    pub to: Role,
    /// How much.
    pub take: SplitTake,
}

/// An ordered list of shares, and the role that takes what is left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Split {
    /// Taken in this order, each capped by what is left.
    pub shares: Vec<Share>,
    /// Takes what is left. Always filled in a campaign that was accepted.
    pub remainder: Role,
}

/// What each role has of a line, in the order of [`Role::ALL`].
pub type Parts = [Money; 5];

/// Which roles somebody fills in an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Filled {
    /// The campaign has a supplier.
    pub supplier: bool,
    /// The seller has an upline.
    pub upline: bool,
}

impl Filled {
    /// Whether somebody fills this role.
    pub const fn has(self, role: Role) -> bool {
        match role {
            Role::Supplier => self.supplier,
            Role::Upline => self.upline,
            Role::Owner | Role::Seller | Role::Operator => true,
        }
    }
}

/// Splits a line's value between the roles: shares in their order, each capped by what is left, the
/// rest to the remainder. Parts are never negative and sum to `value`. A pure function of what remains
/// of the line, which is why the way there doesn't matter. `domain.md` §3.1.
///
/// `value` is not negative; `supply_price` is that of one unit (zero where the split doesn't use it).
///
/// # Errors
/// Never for a value in range; the signature keeps callers honest.
pub fn split(
    terms: &Split,
    filled: Filled,
    value: Money,
    quantity: u32,
    supply_price: Money,
) -> Result<Parts, OutOfRange> {
    split_by_steps(terms, filled, value, quantity, supply_price, &mut |_| {})
}

/// What one share of a split, or its remainder, came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SplitStep {
    /// Who takes it.
    pub to: Role,
    /// How much; none for the remainder.
    pub take: Option<SplitTake>,
    /// What it is reckoned of: the value, one unit's amount, what the seller's shares came to; what is left.
    pub of: Money,
    /// What it asked for.
    pub wanted: Money,
    /// What it got: no more than was left.
    pub taken: Money,
}

/// Splits as [`split`] does, and shows each step: the shares that somebody takes in their order, then the
/// remainder.
///
/// # Errors
/// Never for a value in range.
pub fn split_by_steps(
    terms: &Split,
    filled: Filled,
    value: Money,
    quantity: u32,
    supply_price: Money,
    seen: &mut impl FnMut(SplitStep),
) -> Result<Parts, OutOfRange> {
    let mut parts = [Money::ZERO; 5];
    let mut left = value;
    // Beyond the range of an amount is beyond what is left, too.
    let units = |each: Money| each.times(quantity).unwrap_or(Money::MAX);
    for share in terms.shares.iter().filter(|share| filled.has(share.to)) {
        let (of, wanted) = match share.take {
            SplitTake::Rate(rate) => (value, rate.floor_of(value)?),
            SplitTake::PerUnit(each) => (each, units(each)),
            SplitTake::SupplyPrice => (supply_price, units(supply_price)),
            SplitTake::RateOfSeller(rate) => {
                let sellers = part(&parts, Role::Seller);
                (sellers, rate.floor_of(sellers)?)
            }
        };
        let taken = wanted.min(left);
        left = left.minus(taken)?;
        give(&mut parts, share.to, taken)?;
        seen(SplitStep { to: share.to, take: Some(share.take), of, wanted, taken });
    }
    give(&mut parts, terms.remainder, left)?;
    seen(SplitStep { to: terms.remainder, take: None, of: left, wanted: left, taken: left });
    Ok(parts)
}

fn part(parts: &Parts, role: Role) -> Money {
    parts.get(role.index()).copied().unwrap_or(Money::ZERO)
}

fn give(parts: &mut Parts, role: Role, amount: Money) -> Result<(), OutOfRange> {
    if let Some(part) = parts.get_mut(role.index()) {
        *part = part.plus(amount)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Filled = Filled { supplier: true, upline: true };

    fn rate(millionths: u32) -> SplitTake {
        SplitTake::Rate(Rate::from_millionths(millionths).unwrap())
    }

    fn terms(shares: &[(Role, SplitTake)], remainder: Role) -> Split {
        let shares = shares.iter().map(|(to, take)| Share { to: *to, take: *take }).collect();
        Split { shares, remainder }
    }

    /// supplier, owner, seller, upline, operator
    fn check(terms: &Split, filled: Filled, value: i64, quantity: u32) -> [i64; 5] {
        let value = Money::from_minor(value).unwrap();
        split(terms, filled, value, quantity, Money::ZERO).unwrap().map(Money::minor)
    }

    fn example_1() -> Split {
        let upline = SplitTake::RateOfSeller(Rate::from_millionths(100_000).unwrap());
        let shares =
            [(Role::Seller, rate(150_000)), (Role::Upline, upline), (Role::Operator, rate(10_000))];
        terms(&shares, Role::Supplier)
    }

    #[test]
    fn example_1_two_units_one_returned_both_returned() {
        assert_eq!(check(&example_1(), ALL, 17980, 2), [14835, 0, 2697, 269, 179]);
        assert_eq!(check(&example_1(), ALL, 8990, 1), [7419, 0, 1348, 134, 89]);
        assert_eq!(check(&example_1(), ALL, 0, 0), [0; 5]);
    }

    #[test]
    fn example_2_four_roles() {
        let shares = [
            (Role::Owner, rate(120_000)),
            (Role::Upline, rate(30_000)),
            (Role::Seller, rate(100_000)),
        ];
        assert_eq!(check(&terms(&shares, Role::Supplier), ALL, 7999, 1), [6002, 959, 799, 239, 0]);
    }

    #[test]
    fn a_role_that_nobody_fills_takes_nothing() {
        let alone = Filled { supplier: true, upline: false };
        assert_eq!(check(&example_1(), alone, 17980, 2), [15104, 0, 2697, 0, 179]);
    }

    #[test]
    fn shares_are_capped_by_what_is_left() {
        let each = SplitTake::PerUnit(Money::from_minor(700).unwrap());
        let split = terms(&[(Role::Supplier, each), (Role::Seller, each)], Role::Operator);
        assert_eq!(check(&split, ALL, 1000, 1), [700, 0, 300, 0, 0]);
    }

    #[test]
    fn a_take_beyond_the_range_of_an_amount_is_capped_like_any_other() {
        let each = SplitTake::PerUnit(Money::MAX);
        let split = terms(&[(Role::Supplier, each)], Role::Operator);
        assert_eq!(check(&split, ALL, 1000, 2), [1000, 0, 0, 0, 0]);
    }

    fn any_take() -> impl Strategy<Value = SplitTake> {
        prop_oneof![
            (0_u32..=1_000_000).prop_map(rate),
            (0_i64..100_000).prop_map(|m| SplitTake::PerUnit(Money::from_minor(m).unwrap())),
            Just(SplitTake::SupplyPrice),
        ]
    }

    proptest! {
        #[test]
        fn parts_are_never_negative_and_sum_to_the_value(
            takes in prop::collection::vec((0_usize..5, any_take()), 0..6),
            value in 0_i64..=1_000_000_000_000, quantity in 0_u32..1000, supply in 0_i64..100_000,
            upline: bool,
        ) {
            let shares: Vec<_> = takes.into_iter().map(|(r, take)| (Role::ALL[r], take)).collect();
            let filled = Filled { supplier: true, upline };
            let supply = Money::from_minor(supply).unwrap();
            let value = Money::from_minor(value).unwrap();
            let parts = split(&terms(&shares, Role::Supplier), filled, value, quantity, supply).unwrap();
            prop_assert!(parts.iter().all(|part| !part.is_negative()));
            prop_assert_eq!(Money::sum(parts).unwrap(), value);
            prop_assert!(upline || parts[Role::Upline.index()].is_zero());
        }
    }
}
