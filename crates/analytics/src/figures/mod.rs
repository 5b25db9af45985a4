//! The families of figures, one file each: questions to the facts, answered in tables.

mod boards;
mod exposure;
mod funnel;
mod group;
mod groups;
mod lifecycle;
mod margin;
mod refunds;
mod repeat;
mod sales;
mod suspense;
mod target;

pub(crate) use groups::groups;
pub(crate) use lifecycle::by_buyer;

use crate::table::Table;
use crate::view::View;

/// Every family's tables, in the order in which they are to be read.
pub(crate) fn tables(view: &View<'_>) -> Vec<Table> {
    let families: [fn(&View<'_>) -> Vec<Table>; 11] = [
        target::tables,
        sales::tables,
        funnel::tables,
        repeat::tables,
        lifecycle::tables,
        boards::tables,
        refunds::tables,
        margin::tables,
        suspense::tables,
        exposure::tables,
        group::tables,
    ];
    families.iter().flat_map(|family| family(view)).collect()
}
