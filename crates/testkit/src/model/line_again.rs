//! The second computation of one line: what each role has of it, step by step from its approvals, their
//! undoing and its price adjustment.

use std::collections::BTreeMap;

use tuanzhang_core::command::RefundKind;
use tuanzhang_core::{RefundId, Role};

use super::prices_again::Charged;
use super::split::split;
use super::{Line, Order, Refund};

/// What 3.3 and 3.1 count from: amounts and units of the buyer, value and units in the split.
#[derive(Clone, Copy)]
struct Counted {
    paid: i128,
    list: i128,
    units: i128,
    value: i128,
    in_split: i128,
}

/// What one approval did to a line.
#[derive(Default)]
struct Done {
    units: i128,
    goods: i128,
    listed: i128,
    value: i128,
    reversed: i128,
    parts: BTreeMap<Role, i128>,
    borne: Vec<(Role, i128)>,
}

/// A line, counted again.
pub(crate) struct LineAgain<'a> {
    order: &'a Order,
    line: &'a Line,
    locked: Option<i128>,
    /// As it was paid; from the price adjustment on, what was left then.
    from: Counted,
    had: BTreeMap<Role, i128>,
    /// The approvals since then that stand.
    done: BTreeMap<RefundId, Done>,
    /// What is borne for good.
    borne: Vec<(Role, i128)>,
}

impl<'a> LineAgain<'a> {
    pub(crate) fn new(
        order: &'a Order,
        line: &'a Line,
        charged: Charged,
        locked: Option<i128>,
    ) -> Self {
        let (paid, list, units) = (charged.paid(), charged.list(), charged.units);
        let value = if order.funder.is_some() { list } else { paid };
        let from = Counted { paid, list, units, value, in_split: units };
        let (had, done, borne) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut new = Self { order, line, locked, from, had, done, borne };
        new.had = new.parts(from.value, from.in_split);
        new
    }

    fn parts(&self, value: i128, units: i128) -> BTreeMap<Role, i128> {
        let filled = |role| self.order.party(role).is_some();
        split(&self.line.split, value, units, self.line.supply_price, filled)
    }

    /// What the approvals that stand left.
    fn left(&self) -> Counted {
        let sum = |of: fn(&Done) -> i128| self.done.values().map(of).sum::<i128>();
        Counted {
            paid: self.from.paid - sum(|done| done.goods),
            list: self.from.list - sum(|done| done.listed),
            units: self.from.units - sum(|done| done.units),
            value: self.from.value - sum(|done| done.value),
            in_split: self.from.in_split - sum(|done| done.reversed),
        }
    }

    /// An approval takes the cumulative floor of all that is returned then, less what was taken.
    pub(crate) fn approve(&mut self, refund: &Refund, bearer: Option<Role>) {
        let asked = refund.lines.iter().filter(|line| line.0 == self.line.sku);
        let units: i128 = asked.map(|line| line.1).sum();
        if units == 0 || refund.kind == RefundKind::Exchange {
            return;
        }
        let (from, left) = (self.from, self.left());
        let returned = from.units - left.units + units;
        let at = |amount: i128| (amount * returned).div_euclid(from.units);
        let goods = (at(from.paid) - (from.paid - left.paid)).max(0);
        let listed = (at(from.list) - (from.list - left.list)).max(0);
        let mut new = Done { units, goods, listed, ..Done::default() };
        if let Some(role) = bearer {
            new.borne = vec![(role, -goods)];
        } else {
            let funder = self.order.funder;
            new.reversed = units;
            new.value = if funder.is_some() { listed } else { goods };
            new.borne = funder.iter().map(|role| (*role, listed - goods)).collect();
            let now = self.parts(left.value - new.value, left.in_split - units);
            new.parts = now.iter().map(|(role, part)| (*role, part - self.had[role])).collect();
            self.had = now;
        }
        self.done.insert(refund.id, new);
    }

    /// An approval that was undone takes its own amounts out again.
    pub(crate) fn undo(&mut self, id: RefundId) {
        let undone = self.done.remove(&id).unwrap_or_default();
        for (role, amount) in undone.parts {
            *self.had.get_mut(&role).unwrap() -= amount;
        }
    }

    /// A price adjustment begins anew with what is left. The discount that is left stays: it is what list and
    /// paid differ by.
    pub(crate) fn adjust(&mut self, sku: &str) {
        if sku != self.line.sku {
            return;
        }
        let left = self.left();
        let list = self.locked.unwrap() * left.units;
        let paid = (left.paid - (left.list - list)).max(0);
        let (owed, unlisted) = (left.paid - paid, left.list - list);
        let funder = self.order.funder;
        let value = left.value - if funder.is_some() { unlisted } else { owed };
        self.from = Counted { paid, list, value, ..left };
        self.borne.extend(funder.iter().map(|role| (*role, unlisted - owed)));
        let done = std::mem::take(&mut self.done);
        self.borne.extend(done.into_values().flat_map(|done| done.borne));
        self.had = self.parts(self.from.value, self.from.in_split);
    }

    /// What each role has of the line, and bears of it.
    pub(crate) fn held(self) -> Vec<(Role, i128)> {
        let borne = self.done.into_values().flat_map(|done| done.borne);
        self.had.into_iter().chain(self.borne).chain(borne).collect()
    }
}
