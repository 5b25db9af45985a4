//! Suspense (待查款): money that arrived or left and that nothing explains yet.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::Account;

use crate::calendar::Month;
use crate::definition::{MONTH, SUSPENSE, SUSPENSE_BALANCE, SUSPENSE_BY_MONTH, SUSPENSE_CHANGE};
use crate::table::{Table, Value};
use crate::view::View;
use tuanzhang_core::money::Total;

/// The whole, and by month.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let (mut change, mut balance) = (Total::ZERO, Total::ZERO);
    let mut by_month: BTreeMap<Month, Total> = BTreeMap::new();
    let postings = view.facts.moves.postings();
    let postings = postings.filter(|(_, account, _)| matches!(account, Account::Suspense(_)));
    for (spot, _, debit) in postings.filter(|(spot, ..)| spot.day <= view.as_of) {
        let credit = debit.saturating_neg();
        balance.add_minor(credit);
        if view.window.has(spot.day) {
            change.add_minor(credit);
            by_month.entry(spot.day.month()).or_default().add_minor(credit);
        }
    }
    let figures =
        vec![(SUSPENSE_CHANGE, Value::Money(change)), (SUSPENSE_BALANCE, Value::Money(balance))];
    let rows = by_month.into_iter().map(|(month, sum)| vec![Value::text(month), Value::Money(sum)]);
    vec![
        Table::one(SUSPENSE, figures),
        Table::many(SUSPENSE_BY_MONTH, vec![MONTH, SUSPENSE_CHANGE], rows.collect()),
    ]
}
