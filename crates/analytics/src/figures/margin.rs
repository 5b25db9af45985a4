//! Margin (毛利), and what fell to whom: the figures that are read off the accounts.

use std::collections::BTreeMap;

use tuanzhang_core::Role;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::event::Base;

use crate::definition::{
    ACCOUNT, CAMPAIGN, COMMISSIONS, COMPENSATION_PART, DISCOUNT_PART, EXPENSE, FEE_PART,
    GOODS_PART, GOODWILL_PART, INCOME, MARGIN, MARGIN_BY_ACCOUNT, MARGIN_BY_CAMPAIGN, MARGIN_RATE,
    MARGIN_TOTAL, PART_TOTAL, PARTY, RESULT, RETURN_SHIPPING_PART, ROLE, SHIPPING_PART, TITLE,
};
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
use crate::facts::{Index, Spot};

use super::sales::campaign;
use crate::table::{Column, Table, Value};
use crate::view::View;

/// Income and expense, each positive where it is usual.
#[derive(Clone, Copy, Default)]
struct Outcome {
    income: Total,
    expense: Total,
}

impl Outcome {
    /// Adds a posting of the operator's result; whether it is one.
    fn add(&mut self, account: &Account, debit: i64) -> bool {
        match account {
            Account::Income(_) => self.income.add_minor(debit.saturating_neg()),
            Account::Expense(_) => self.expense.add_minor(debit),
            Account::Channel(_)
            | Account::Pending(_)
            | Account::Term(_)
            | Account::Available(_)
            | Account::InTransit(_)
            | Account::RefundDue(_)
            | Account::Suspense(_)
            | Account::EquityOperator => return false,
        }
        true
    }

    const fn margin(&self) -> Total {
        self.income.minus(self.expense)
    }
}

fn within(view: &View<'_>, spot: &Spot) -> bool {
    view.window.has(spot.day) && spot.day <= view.as_of
}

fn margin(view: &View<'_>) -> Vec<Table> {
    let mut whole = Outcome::default();
    let mut by_campaign: BTreeMap<Option<Index>, Outcome> = BTreeMap::new();
    let mut by_account: BTreeMap<&Account, Total> = BTreeMap::new();
    let moves = &view.facts.moves;
    for (spot, account, debit) in moves.postings().filter(|(spot, _, _)| within(view, spot)) {
        if whole.add(account, debit) {
            by_campaign.entry(spot.campaign).or_default().add(account, debit);
            by_account.entry(account).or_default().add_minor(debit.saturating_neg());
        }
    }
    let figures = vec![
        (INCOME, Value::Money(whole.income)),
        (EXPENSE, Value::Money(whole.expense)),
        (MARGIN, Value::Money(whole.margin())),
        (MARGIN_RATE, Value::MoneyShare(Ratio::of_totals(whole.margin(), whole.income))),
    ];
    let accounts =
        by_account.iter().map(|(account, sum)| vec![Value::text(account), Value::Money(*sum)]);
    let mut campaigns: Vec<_> = by_campaign.into_iter().collect();
    campaigns.sort_by_key(|(_, result)| std::cmp::Reverse(result.margin()));
    let campaigns = campaigns.into_iter().map(|(place, result)| {
        let named = place.map_or([Value::None, Value::None], |place| campaign(view, place));
        let mut row = named.to_vec();
        row.extend([result.income, result.expense, result.margin()].map(Value::Money));
        row
    });
    vec![
        Table::one(MARGIN_TOTAL, figures),
        Table::many(MARGIN_BY_ACCOUNT, vec![ACCOUNT, RESULT], accounts.collect()),
        Table::many(
            MARGIN_BY_CAMPAIGN,
            vec![CAMPAIGN, TITLE, INCOME, EXPENSE, MARGIN],
            campaigns.collect(),
        ),
    ]
}

/// Bases, in the order of the columns.
const BASES: [(Base, Column); 7] = [
    (Base::Goods, GOODS_PART),
    (Base::Shipping, SHIPPING_PART),
    (Base::Discount, DISCOUNT_PART),
    (Base::Goodwill, GOODWILL_PART),
    (Base::ReturnShipping, RETURN_SHIPPING_PART),
    (Base::Compensation, COMPENSATION_PART),
    (Base::Fee, FEE_PART),
];

fn commissions(view: &View<'_>) -> Table {
    let mut sums: BTreeMap<(Role, Index), BTreeMap<Base, Total>> = BTreeMap::new();
    for (spot, kind, credit) in view.facts.moves.parts().filter(|(spot, ..)| within(view, spot)) {
        let own = sums.entry((kind.role, spot.of)).or_default();
        own.entry(kind.base).or_default().add_minor(credit);
    }
    let rows = sums.iter().map(|((of, party), by_base)| {
        let mut row = vec![Value::text(of), Value::maybe(view.facts.shop.party(Some(*party)))];
        let mut sum = Total::ZERO;
        for (base, _) in BASES {
            let part = by_base.get(&base).copied().unwrap_or_default();
            sum = sum.plus(part);
            row.push(Value::Money(part));
        }
        row.push(Value::Money(sum));
        row
    });
    let columns =
        [ROLE, PARTY].into_iter().chain(BASES.map(|(_, column)| column)).chain([PART_TOTAL]);
    Table::many(COMMISSIONS, columns.collect(), rows.collect())
}

/// Margin whole, by account and campaign; parts by party.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let mut tables = margin(view);
    tables.push(commissions(view));
    tables
}
