//! Progress against a target of net sales.

use tuanzhang_core::Money;

use super::sales;
use crate::definition::{
    TARGET, TARGET_DAYS, TARGET_DAYS_GONE, TARGET_PROGRESS, TARGET_REACHED, TARGET_SHARE,
};
use crate::exact::{Ratio, Total};
use crate::table::{Table, Value};
use crate::view::View;

/// The target's progress; none where none was set.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    view.settings.target.map(|target| progress(view, target)).into_iter().collect()
}

fn progress(view: &View<'_>, target: Money) -> Table {
    let mut goal = Total::ZERO;
    goal.add(target);
    let net = sales::whole(view).net();
    let days = |days: i32| u64::try_from(days.saturating_add(1)).unwrap_or(0);
    let window = view.settings.window;
    let all = window.map_or(0, |window| days(window.from.until(window.through)));
    // The last day on which something happened, not the end of a window that still runs.
    let last = view.facts.last_day();
    let gone = window
        .zip(last)
        .map_or(0, |(window, last)| days(window.from.until(last.min(window.through))));
    let figures = vec![
        (TARGET, Value::Money(goal)),
        (TARGET_REACHED, Value::Money(net)),
        (TARGET_SHARE, Value::MoneyShare(Ratio::of_totals(net, goal))),
        (TARGET_DAYS, Value::count(all)),
        (TARGET_DAYS_GONE, Value::count(gone)),
    ];
    Table::one(TARGET_PROGRESS, figures)
}
