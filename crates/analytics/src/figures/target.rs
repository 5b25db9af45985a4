//! Progress against a target of net sales.

use tuanzhang_core::Money;

use super::sales;
use crate::calendar::Window;
use crate::definition::{
    TARGET, TARGET_DAYS, TARGET_DAYS_GONE, TARGET_PROGRESS, TARGET_REACHED, TARGET_SHARE,
};
use tuanzhang_core::money::Total;

use crate::exact::Ratio;
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
    let days =
        |window: Window| window.days().map_or(Value::None, |days| Value::count(u64::from(days)));
    // The last day on which something happened, not the end of a window that still runs.
    let gone = Window { through: view.window.through.map(|_| view.as_of), ..view.window };
    let figures = vec![
        (TARGET, Value::Money(goal)),
        (TARGET_REACHED, Value::Money(net)),
        (TARGET_SHARE, Value::MoneyShare(Ratio::of_totals(net, goal))),
        (TARGET_DAYS, days(view.window)),
        (TARGET_DAYS_GONE, days(gone)),
    ];
    Table::one(TARGET_PROGRESS, figures)
}
