//! The second pass: each cancelled line tied, whole or not at all, to earlier lines of the same
//! customer, item and price, first in first out.
//!
//! Looks at invoices in the order of time. Keeps a queue only for what is cancelled at all.

use std::collections::{HashMap, HashSet, VecDeque};

use super::class::Class;
use super::gather::{Gathered, Invoice, Units, at};
use super::row::Kind;

/// What a credit note leads to for one order.
#[derive(Debug)]
pub(super) struct Refund {
    /// Place of the order among the invoices.
    pub(super) order: u32,
    /// Items and units.
    pub(super) lines: Vec<(u32, i64)>,
    /// What they come to.
    pub(super) milli: i64,
    /// Counts the refunds of this order, from 1.
    pub(super) nth: u32,
    /// Of the file: the first cancelled line.
    pub(super) line: u64,
}

/// What a credit note leads to.
#[derive(Default, Debug)]
pub(super) struct Note {
    pub(super) refunds: Vec<Refund>,
    /// Lines that can't be tied.
    pub(super) unmatched: Vec<Units>,
}

/// Customer and item.
type Bought = (u32, u32);

/// Units that can still be cancelled: place of the order, units.
#[derive(Default)]
struct Queue {
    left: VecDeque<(u32, i64)>,
    units: i64,
}

impl Queue {
    fn push(&mut self, order: u32, units: i64) {
        self.left.push_back((order, units));
        self.units = self.units.saturating_add(units);
    }

    /// Takes so many units off the front; none if there are not so many.
    fn take(&mut self, units: i64) -> Option<Vec<(u32, i64)>> {
        if self.units < units {
            return None;
        }
        let (mut missing, mut taken) = (units, Vec::new());
        while missing > 0 {
            let (order, left) = self.left.front_mut()?;
            let part = missing.min(*left);
            taken.push((*order, part));
            *left = left.saturating_sub(part);
            missing = missing.saturating_sub(part);
            if *left == 0 {
                self.left.pop_front();
            }
        }
        self.units = self.units.saturating_sub(units);
        Some(taken)
    }
}

/// Ties the cancelled lines; what each credit note leads to, by its place among the invoices.
/// The classes of the cancelled rows are counted here.
pub(super) fn tie(found: &mut Gathered) -> HashMap<u32, Note> {
    let notes = || found.invoices.iter().filter(|invoice| invoice.kind == Kind::CreditNote);
    let mut queues: HashMap<Bought, Queue> = HashMap::new();
    for note in notes() {
        for (customer, line) in note.lines.iter().filter_map(|line| Some((note.customer?, line))) {
            queues.entry((customer, line.item)).or_default();
        }
    }
    let (mut tied, mut classes) = (HashMap::new(), std::mem::take(&mut found.classes));
    let mut refunds_of: HashMap<u32, u32> = HashMap::new();
    for (place, invoice) in (0_u32..).zip(&found.invoices) {
        match invoice.kind {
            Kind::Invoice => enqueue(&mut queues, place, invoice),
            Kind::CreditNote => {
                let note = tie_note(found, &mut queues, &mut refunds_of, invoice);
                let unmatched: HashSet<u32> = note.unmatched.iter().map(|line| line.row).collect();
                for line in &invoice.lines {
                    let untied = unmatched.contains(&line.row);
                    let class = if untied { Class::CancelUnmatched } else { Class::CancelTied };
                    let value = found.price(line.item).saturating_mul(line.quantity);
                    classes.count(class, line.quantity, value);
                }
                tied.insert(place, note);
            }
            Kind::BadDebt => {}
        }
    }
    found.classes = classes;
    tied
}

fn enqueue(queues: &mut HashMap<Bought, Queue>, place: u32, order: &Invoice) {
    let Some(customer) = order.customer else { return };
    for line in &order.lines {
        if let Some(queue) = queues.get_mut(&(customer, line.item)) {
            queue.push(place, line.quantity);
        }
    }
}

fn tie_note(
    found: &Gathered,
    queues: &mut HashMap<Bought, Queue>,
    refunds_of: &mut HashMap<u32, u32>,
    invoice: &Invoice,
) -> Note {
    let mut note = Note::default();
    let mut places: HashMap<u32, usize> = HashMap::new();
    for line in &invoice.lines {
        let units = line.quantity.saturating_neg();
        let queue = invoice.customer.and_then(|customer| queues.get_mut(&(customer, line.item)));
        let Some(taken) = queue.and_then(|queue| queue.take(units)) else {
            note.unmatched.push(*line);
            continue;
        };
        for (order, units) in taken {
            let index = *places.entry(order).or_insert_with(|| {
                let nth = refunds_of.entry(order).or_default();
                *nth = nth.saturating_add(1);
                let refund =
                    Refund { order, lines: Vec::new(), milli: 0, nth: *nth, line: line.line };
                note.refunds.push(refund);
                note.refunds.len().saturating_sub(1)
            });
            if let Some(refund) = note.refunds.get_mut(index) {
                refund.add(line.item, units, found.price(line.item));
            }
        }
    }
    note
}

impl Refund {
    fn add(&mut self, item: u32, units: i64, price: i64) {
        self.milli = self.milli.saturating_add(price.saturating_mul(units));
        match self.lines.iter_mut().find(|line| line.0 == item) {
            Some(line) => line.1 = line.1.saturating_add(units),
            None => self.lines.push((item, units)),
        }
    }

    /// Whether the payment's channel can still give it back. `domain.md` §3.7.
    pub(super) fn is_by_channel(
        &self,
        found: &Gathered,
        note: &Invoice,
        refunds: u32,
        days: u32,
    ) -> bool {
        let paid_at = at(&found.invoices, self.order).map(|order| order.at);
        self.nth <= refunds && paid_at.is_some_and(|paid_at| note.at <= paid_at.plus_days(days))
    }
}
