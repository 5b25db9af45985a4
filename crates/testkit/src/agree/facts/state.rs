//! The state that core folds holds what the events said.

use tuanzhang_core::Role;
use tuanzhang_core::book::{Book, Campaign, ItemCount, Order, Refund};

use super::{Facts, Holds, holds, minor};
use crate::agree::touch::Touched;

impl Facts {
    /// What a record touched of the state.
    pub(super) fn state(&self, touched: &Touched, book: &Book) -> Holds {
        let of_refunds = touched.refunds.iter().filter_map(|id| book.get::<Refund>(id));
        let mut orders = touched.orders.clone();
        orders.extend(of_refunds.map(|refund| refund.order));
        for id in orders {
            let order = book.get::<Order>(&id).ok_or("an order that the state has not")?;
            for line in &order.lines {
                let held = self.held(id, line.sku.as_str()).ok_or("a line that no event placed")?;
                let (returned, refunded, value, parts) = held;
                let state = (i128::from(line.returned()), minor(line.refunded));
                holds((returned, refunded) == state, || {
                    format!("events say {returned} units, {refunded}; the state {state:?}")
                })?;
                let split = minor(line.split_value);
                holds(value == split, || format!("events say a value of {value}; {split}"))?;
                for (role, part) in Role::ALL.into_iter().zip(line.parts) {
                    let said = parts.get(&role).copied().unwrap_or(0);
                    holds(said == minor(part), || {
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
                self.stock(order, line.item, line.sku.as_str(), book)?;
            }
        }
        Ok(())
    }

    /// Stock as it is counted is stock as the events moved it, and never below nothing.
    fn stock(&self, order: &Order, item: u32, sku: &str, book: &Book) -> Holds {
        let count = book.get::<ItemCount>(&(order.campaign, item)).ok_or("no such item")?;
        let said = self.available(order.campaign, sku);
        let counted = count.available().map(i128::from);
        let taken = count.reserved.checked_sub(count.released);
        let oversold = count.stocked.is_some_and(|stocked| taken.is_none_or(|t| t > stocked));
        holds(!oversold, || format!("oversold: {sku} {count:?}"))?;
        let known = book.get::<Campaign>(&order.campaign).is_some();
        holds(known && said == counted, || format!("{said:?} of {sku} left; counted {counted:?}"))
    }
}
