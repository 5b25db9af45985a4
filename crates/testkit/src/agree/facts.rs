//! What must be true of a book whatever its rules compute: the invariants that an audit holds the events to
//! ([`tuanzhang_audit::invariants`]), and that the state which core folds holds what the events said. No model is asked.

use tuanzhang_audit::invariants::{Broken, Invariants};
use tuanzhang_core::book::{Book, Campaign, ItemCount, Order, Refund};
use tuanzhang_core::text::Name;
use tuanzhang_core::{Position, Record, Role};

use super::touch::Touched;

/// Nothing, or the sentence of the contract that doesn't hold.
type Holds = Result<(), String>;

fn holds(yes: bool, broken: impl FnOnce() -> String) -> Holds {
    if yes { Ok(()) } else { Err(broken()) }
}

/// What the events said so far.
#[derive(Default, Debug)]
pub(super) struct Facts {
    invariants: Invariants,
    last: Option<Position>,
}

impl Facts {
    /// Takes in a record, and looks at what it touched of the state that core folded from it.
    pub(super) fn record(&mut self, record: &Record, touched: &Touched, book: &Book) -> Holds {
        let (next, position) = (self.last.unwrap_or(Position::START).next(), record.head.position);
        holds(position == next, || format!("position {next} is next, not {position}"))?;
        self.last = Some(position);
        if let Some(broken) = self.invariants.record(record).first() {
            let Broken { rule, event, about, expected, found } = broken;
            let event = event.and_then(|event| record.events.get(event));
            let found = format!("{rule}, {about}: expected {expected}, found {found}");
            return Err(format!("{found}\nafter {event:?}"));
        }
        self.state(touched, book)
    }

    /// What a record touched of the state.
    fn state(&self, touched: &Touched, book: &Book) -> Holds {
        let of_refunds = touched.refunds.iter().filter_map(|id| book.get::<Refund>(id));
        let mut orders = touched.orders.clone();
        orders.extend(of_refunds.map(|refund| refund.order));
        for id in orders {
            let order = book.get::<Order>(&id).ok_or("an order that the state has not")?;
            for line in &order.lines {
                let held = self.invariants.line(id, &line.sku);
                let held = held.ok_or("a line that no event placed")?;
                let said = (held.returned, held.refunded_minor);
                let state = (i64::from(line.returned()), line.refunded.minor());
                holds(said == state, || {
                    format!("events say {said:?} returned, refunded; the state {state:?}")
                })?;
                let (value, split) = (held.value_minor, line.split_value.minor());
                holds(value == split, || format!("events say a value of {value}; {split}"))?;
                for (role, part) in Role::ALL.into_iter().zip(line.parts) {
                    let said = held.part_minor(role);
                    holds(said == part.minor(), || {
                        format!("events give {said} to {role}; {part:?}")
                    })?;
                }
                let somewhere = [
                    line.unshipped(),
                    line.under_way(),
                    line.with_buyer(),
                    line.unreplaced(),
                    line.returned(),
                ];
                let units: i128 = somewhere.into_iter().map(i128::from).sum();
                holds(units == i128::from(line.quantity), || {
                    format!(
                        "{} units; unshipped, under way, with the buyer, to be replaced, returned: {somewhere:?}",
                        line.quantity
                    )
                })?;
                self.stock(order, line.item, &line.sku, book)?;
            }
        }
        Ok(())
    }

    /// Stock as it is counted is stock as the events moved it, and never below nothing.
    fn stock(&self, order: &Order, item: u32, sku: &Name, book: &Book) -> Holds {
        let count = book.get::<ItemCount>(&(order.campaign, item)).ok_or("no such item")?;
        let said = self.invariants.stock_left(order.campaign, sku).map(i128::from);
        let counted = count.available().map(i128::from);
        let taken = count.reserved.checked_sub(count.released);
        let oversold = count.stocked.is_some_and(|stocked| taken.is_none_or(|t| t > stocked));
        holds(!oversold, || format!("oversold: {sku} {count:?}"))?;
        let known = book.get::<Campaign>(&order.campaign).is_some();
        holds(known && said == counted, || format!("{said:?} of {sku} left; counted {counted:?}"))
    }
}
