//! The first pass: rows gathered into invoices, items into months.
//!
//! Holds one small entry for each sale line, cancelled line and bad debt, and every name once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use tuanzhang_core::Time;
use tuanzhang_core::text::TEXT_BYTES_MAX;

use super::class::{Class, Classes};
use super::clock::{Change, MonthKey, bounds};
use super::row::{Kind, Part, Row, milli_text};

/// Items of a campaign, lines of an order, units of a line, value of an order: the ledger's.
const CAMPAIGN_ITEMS_MAX: usize = 10_000;
const ORDER_LINES_MAX: usize = 2_000;
const LINE_UNITS_MAX: i64 = 1_000_000;
const ORDER_MILLI_MAX: i64 = 1_000_000_000_000_000;

/// Names, each kept once and known by its place.
#[derive(Default, Debug)]
pub(super) struct Names {
    index: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.index.get(name) {
            return *place;
        }
        let (place, name) = (place_after(self.names.len()), Arc::<str>::from(name));
        self.names.push(Arc::clone(&name));
        self.index.insert(name, place);
        place
    }

    /// The name at a place that was given out.
    pub(super) fn get(&self, place: u32) -> &str {
        at(&self.names, place).map_or("", AsRef::as_ref)
    }
}

/// The entry at a place.
pub(super) fn at<T>(list: &[T], place: u32) -> Option<&T> {
    list.get(usize::try_from(place).unwrap_or(usize::MAX))
}

/// The place of the next entry; there are at most [`ROWS_MAX`](super::super::ROWS_MAX).
fn place_after(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What is sold: a `StockCode` at a price.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Item {
    /// Place among the codes.
    pub(super) code: u32,
    /// Of one unit, thousandths of a pound.
    pub(super) price: i64,
}

/// A row of an invoice, or several of one item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// Place among the items.
    pub(super) item: u32,
    /// Counts the invoice's rows from 1.
    pub(super) row: u32,
    /// Signed.
    pub(super) quantity: i64,
    /// Of the file.
    pub(super) line: u64,
}

/// The rows of one invoice number.
#[derive(Debug)]
pub(super) struct Invoice {
    pub(super) number: Arc<str>,
    pub(super) kind: Kind,
    /// Of the first row, as are month, place and line.
    pub(super) at: Time,
    /// Place among the months.
    pub(super) month: u32,
    pub(super) line: u64,
    /// Place among the customers.
    pub(super) customer: Option<u32>,
    /// Place among the countries.
    pub(super) country: u32,
    /// Rows so far.
    rows: u32,
    /// Sale lines summed by item, or cancelled lines, or bad debts, in the order of the file.
    pub(super) lines: Vec<Units>,
    /// What its sale lines come to.
    pub(super) milli: i64,
}

impl Invoice {
    /// Whether it is an order.
    pub(super) fn is_order(&self) -> bool {
        self.kind == Kind::Invoice && !self.lines.is_empty()
    }
}

/// A calendar month and what was sold in it.
#[derive(Debug)]
pub(super) struct Month {
    pub(super) key: MonthKey,
    pub(super) opens_at: Time,
    pub(super) closes_at: Time,
    pub(super) line: u64,
    /// Places among the items, and titles, in the order of their first sale.
    pub(super) items: Vec<(u32, String)>,
}

/// What the first pass found.
#[derive(Default, Debug)]
pub(super) struct Gathered {
    pub(super) codes: Names,
    pub(super) customers: Names,
    pub(super) countries: Names,
    pub(super) items: Vec<Item>,
    pub(super) months: Vec<Month>,
    pub(super) invoices: Vec<Invoice>,
    /// The time of the last row.
    pub(super) last: Option<Time>,
    pub(super) classes: Classes,
}

/// The first pass, and what only it needs.
#[derive(Default, Debug)]
pub(super) struct Gathering {
    pub(super) found: Gathered,
    item_places: HashMap<Item, u32>,
    month_places: HashMap<MonthKey, u32>,
    invoice_places: HashMap<Arc<str>, u32>,
    /// Place of an item among a month's.
    month_items: HashMap<(u32, u32), usize>,
    /// Place of an item among an invoice's lines.
    invoice_lines: HashMap<(u32, u32), usize>,
}

impl Gathering {
    /// Takes a row in, or says why it can't be.
    pub(super) fn add(&mut self, row: &Row<'_>, line: u64) -> Result<(), (Class, String)> {
        let part = row.part().map_err(|reason| (Class::UnknownKind, reason))?;
        let (place, is_new) = self.invoice(row, line)?;
        let added = match part {
            Part::Sale => self.sale(place, row, line),
            Part::Cancel | Part::BadDebt => {
                let item = self.item(row);
                self.push(place, item, row.quantity, line);
                Ok(())
            }
            Part::Free | Part::StockAdjustment => Ok(()),
        };
        if let (true, Err(_)) = (is_new, &added) {
            self.forget_invoice(row.invoice);
        }
        added?;
        if let Some(invoice) = self.found.invoices.get_mut(usize_of(place)) {
            invoice.rows = invoice.rows.saturating_add(1);
        }
        self.count(part, row);
        Ok(())
    }

    fn count(&mut self, part: Part, row: &Row<'_>) {
        let found = &mut self.found;
        found.last = found.last.max(Some(row.stamp.at));
        let figures = &mut found.classes.figures;
        match row.stamp.change {
            Change::None => {}
            Change::Twice => figures.ambiguous_times = figures.ambiguous_times.saturating_add(1),
            Change::Never => figures.shifted_times = figures.shifted_times.saturating_add(1),
        }
        let class = match part {
            Part::Sale => Class::Sale,
            Part::BadDebt => Class::BadDebt,
            Part::Free => Class::Free,
            Part::StockAdjustment => Class::StockAdjustment,
            // Counted when it is tied, or not.
            Part::Cancel => return,
        };
        found.classes.count(class, row.quantity, row.value);
    }

    /// The row's invoice, and whether it is its first row.
    fn invoice(&mut self, row: &Row<'_>, line: u64) -> Result<(u32, bool), (Class, String)> {
        let customer = row.customer.map(|customer| self.found.customers.place(customer));
        let country = self.found.countries.place(row.country);
        if let Some(place) = self.invoice_places.get(row.invoice) {
            let same = at(&self.found.invoices, *place)
                .is_some_and(|invoice| (invoice.customer, invoice.country) == (customer, country));
            let reason =
                || "has another customer or country than the invoice's first row".to_owned();
            return if same {
                Ok((*place, false))
            } else {
                Err((Class::InvoiceConflict, reason()))
            };
        }
        let no_month = || (Class::BadField, "InvoiceDate: the month has no end".to_owned());
        let month = self.month(row.stamp.month, line).ok_or_else(no_month)?;
        let place = place_after(self.found.invoices.len());
        let number = Arc::<str>::from(row.invoice);
        self.invoice_places.insert(Arc::clone(&number), place);
        let (kind, at) = (row.kind, row.stamp.at);
        let lines = Vec::new();
        let invoice =
            Invoice { number, kind, at, month, line, customer, country, rows: 0, lines, milli: 0 };
        self.found.invoices.push(invoice);
        Ok((place, true))
    }

    /// Undoes [`invoice`](Self::invoice) for a first row that was rejected after all.
    fn forget_invoice(&mut self, number: &str) {
        self.invoice_places.remove(number);
        self.found.invoices.pop();
    }

    fn month(&mut self, key: MonthKey, line: u64) -> Option<u32> {
        match self.month_places.entry(key) {
            Entry::Occupied(place) => Some(*place.get()),
            Entry::Vacant(vacant) => {
                let (opens_at, closes_at) = bounds(key)?;
                let place = *vacant.insert(place_after(self.found.months.len()));
                self.found.months.push(Month { key, opens_at, closes_at, line, items: Vec::new() });
                Some(place)
            }
        }
    }

    fn item(&mut self, row: &Row<'_>) -> u32 {
        let item = Item { code: self.found.codes.place(row.code), price: row.price };
        *self.item_places.entry(item).or_insert_with(|| {
            self.found.items.push(item);
            place_after(self.found.items.len().saturating_sub(1))
        })
    }

    fn push(&mut self, place: u32, item: u32, quantity: i64, line: u64) {
        if let Some(invoice) = self.found.invoices.get_mut(usize_of(place)) {
            let row = invoice.rows.saturating_add(1);
            invoice.lines.push(Units { item, row, quantity, line });
        }
    }

    /// A sale line: summed with the invoice's other lines of its item, and its item put on sale.
    fn sale(&mut self, place: u32, row: &Row<'_>, line: u64) -> Result<(), (Class, String)> {
        let over = |what: String| (Class::OverLimit, what);
        let item = self.item(row);
        let Some(invoice) = self.found.invoices.get_mut(usize_of(place)) else { return Ok(()) };
        let milli = invoice.milli.checked_add(row.value).filter(|milli| *milli <= ORDER_MILLI_MAX);
        let milli = milli.ok_or_else(|| over("the invoice comes to more than any book".into()))?;
        let known = self.invoice_lines.get(&(place, item)).copied();
        let before =
            known.and_then(|index| invoice.lines.get(index)).map_or(0, |line| line.quantity);
        let quantity =
            before.checked_add(row.quantity).filter(|quantity| *quantity <= LINE_UNITS_MAX);
        let quantity = quantity.ok_or_else(|| {
            over(format!("more than {LINE_UNITS_MAX} units of an item in one invoice"))
        })?;
        if known.is_none() && invoice.lines.len() >= ORDER_LINES_MAX {
            return Err(over(format!("more than {ORDER_LINES_MAX} items in one invoice")));
        }
        let month = invoice.month;
        put_on_sale(&mut self.found.months, &mut self.month_items, month, item, row)?;
        invoice.milli = milli;
        if let Some(known) = known.and_then(|index| invoice.lines.get_mut(index)) {
            known.quantity = quantity;
        } else {
            self.invoice_lines.insert((place, item), invoice.lines.len());
            self.push(place, item, quantity, line);
        }
        Ok(())
    }
}

/// Notes an item of a month, and the first description of it that isn't empty.
fn put_on_sale(
    months: &mut [Month],
    places: &mut HashMap<(u32, u32), usize>,
    month: u32,
    item: u32,
    row: &Row<'_>,
) -> Result<(), (Class, String)> {
    let Some(items) = months.get_mut(usize_of(month)).map(|month| &mut month.items) else {
        return Ok(());
    };
    if let Some(index) = places.get(&(month, item)) {
        if let Some((_, title)) = items.get_mut(*index).filter(|(_, title)| title.is_empty()) {
            *title = title_of(row.description);
        }
        return Ok(());
    }
    if items.len() >= CAMPAIGN_ITEMS_MAX {
        let reason = format!("more than {CAMPAIGN_ITEMS_MAX} items in one month");
        return Err((Class::OverLimit, reason));
    }
    places.insert((month, item), items.len());
    items.push((item, title_of(row.description)));
    Ok(())
}

/// A description as a title: without control characters, cut at 200 bytes.
fn title_of(description: &str) -> String {
    let mut title = String::new();
    for c in description.trim().chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if title.len().saturating_add(c.len_utf8()) > TEXT_BYTES_MAX {
            break;
        }
        title.push(c);
    }
    title
}

fn usize_of(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

impl Gathered {
    /// The sku of an item: `85123A@2.55`.
    pub(super) fn sku(&self, item: u32) -> String {
        let Some(Item { code, price }) = at(&self.items, item) else { return String::new() };
        format!("{}@{}", self.codes.get(*code), milli_text(i128::from(*price), 0))
    }

    /// The `StockCode` of an item.
    pub(super) fn code(&self, item: u32) -> &str {
        at(&self.items, item).map_or("", |item| self.codes.get(item.code))
    }

    /// The price of an item.
    pub(super) fn price(&self, item: u32) -> i64 {
        at(&self.items, item).map_or(0, |item| item.price)
    }

    /// Puts the invoices in the order of time; those of one instant in the order of the file.
    pub(super) fn sort(&mut self) {
        self.invoices.sort_by_key(|invoice| (invoice.at, invoice.line));
    }
}
