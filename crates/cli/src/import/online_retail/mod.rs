//! The invoice file of the Online Retail data set as a group-buying ledger: a month is a campaign, a
//! country is a leader who sells in it, an invoice is an order, a credit note is refunds.
//!
//! Two passes over the rows in memory: [`gather`] (invoices, items), [`tie`] (cancellations); then
//! [`Steps`] makes the commands one by one. Cost: the sale lines of the file, about 40 bytes each.

mod class;
mod clock;
mod gather;
mod ids;
mod row;
mod steps;
mod tie;

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::Path;

use tuanzhang_core::book::{Book, BookHead, Campaign};
use tuanzhang_core::{BookId, PartyId};

use super::file::{self, Lines, Meter};
use super::rejects::Reject;
use super::rows::Rows;
use super::{ImportError, PROGRESS_ROWS, Progress, REJECTS_MAX, ROWS_MAX, Step};
use gather::{Gathered, Gathering, Invoice, Month};
use row::{BAD_FIELD, HEADER, Kind, Row, WIDTH};
use steps::{Steps, settles_at};
use tie::Note;

pub(crate) use class::{Class, Classes, Figures, pounds};

/// Decimals of the book: some prices have tenths of a penny.
const DECIMALS: u8 = 3;
const CURRENCY: &str = "GBP";

/// How the book is opened, or was.
#[derive(Debug)]
struct Opening {
    /// To be opened under this id; none for a book that exists and was opened otherwise.
    book: Option<BookId>,
    operator: PartyId,
    /// Refunds of a payment that its channel can give back, and for how many days.
    refunds_max: u32,
    days_max: u32,
}

/// A file read whole, and the commands that it leads to.
#[derive(Debug)]
pub(crate) struct Plan {
    found: Gathered,
    /// By place of the credit note among the invoices.
    notes: HashMap<u32, Note>,
    rejects: Vec<Reject>,
    opening: Opening,
    /// Places of the months with a sale, in the order of time.
    campaigns: Vec<u32>,
    steps: usize,
}

impl Plan {
    /// Reads a file, plain or gzipped (told by its first bytes), and plans. Writes nothing.
    ///
    /// # Errors
    /// See [`ImportError`]: the file can't be read whole, or is none of this format. A row that can't be
    /// used is no error but a [`Reject`].
    pub(crate) fn read(path: &Path, progress: impl FnMut(Progress)) -> Result<Self, ImportError> {
        Self::from_lines(file::open(path)?, progress)
    }

    /// The same for a file in memory, as [`DEMO`](super::DEMO).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn from_bytes(
        bytes: &[u8],
        progress: impl FnMut(Progress),
    ) -> Result<Self, ImportError> {
        Self::from_lines(file::lines(bytes, wide(bytes.len()))?, progress)
    }

    fn from_lines(
        (lines, meter): (Lines<'_>, Meter),
        mut progress: impl FnMut(Progress),
    ) -> Result<Self, ImportError> {
        gather(lines, meter.compressed, |rows| progress(meter.progress(rows)))
    }

    fn new(mut found: Gathered, rejects: Vec<Reject>) -> Self {
        found.sort();
        let notes = tie::tie(&mut found);
        let has_items =
            |place: &u32| gather::at(&found.months, *place).is_some_and(Month::is_campaign);
        let mut campaigns: Vec<u32> =
            (0_u32..).zip(&found.months).map(|(place, _)| place).filter(has_items).collect();
        campaigns
            .sort_by_key(|place| gather::at(&found.months, *place).map(|month| month.opens_at));
        let opening = Opening {
            book: Some(ids::book()),
            operator: ids::operator(),
            refunds_max: 50,
            days_max: 365,
        };
        let mut plan = Self { found, notes, rejects, opening, campaigns, steps: 0 };
        plan.count();
        plan
    }

    /// What the rows come to, class by class, and what they lead to.
    pub(crate) fn classes(&self) -> &Classes {
        &self.found.classes
    }

    /// The rows that can't be used, in the order of the file.
    pub(crate) fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Asks whether a book can take the file, before anything is written: its currency, and each
    /// month's items where it has the campaign already. A book that was opened otherwise than by an
    /// import keeps its operator and its channel limits: the commands follow them.
    ///
    /// # Errors
    /// [`ImportError::OtherCurrency`], [`ImportError::OtherItems`].
    pub(crate) fn check_against(&mut self, book: &Book) -> Result<(), ImportError> {
        let Some(head) = book.get::<BookHead>(&()) else { return Ok(()) };
        let currency = &head.opened.currency;
        if currency.code.as_str() != CURRENCY || currency.decimals.get() != DECIMALS {
            let (code, decimals) = (currency.code.to_string(), currency.decimals.get());
            return Err(ImportError::OtherCurrency { code, decimals });
        }
        for month in &self.found.months {
            if let Some(campaign) = book.get::<Campaign>(&ids::campaign(month.key)) {
                self.compare_items(month, campaign)?;
            }
        }
        let limits = head.opened.channel_limits;
        self.opening = Opening {
            book: Some(ids::book()).filter(|book| *book == head.opened.book),
            operator: head.operator(),
            refunds_max: limits.refunds,
            days_max: limits.days,
        };
        self.count();
        Ok(())
    }

    fn compare_items(&self, month: &Month, campaign: &Campaign) -> Result<(), ImportError> {
        let items = &campaign.terms.items;
        let same = |index: usize| match (month.items.get(index), items.get(index)) {
            (Some((item, title)), Some(known)) => {
                known.sku.as_str() == self.found.sku(*item)
                    && known.title.as_str() == self.found.title(*item, title)
                    && known.price.minor() == self.found.price(*item)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let (in_file, in_book) = (month.items.len(), items.len());
        let Some(index) = (0..in_file.max(in_book)).find(|index| !same(*index)) else {
            return Ok(());
        };
        let here = month.items.get(index).map(|(item, _)| self.found.sku(*item));
        let there = items.get(index).map(|item| item.sku.to_string());
        let first = here.or(there).unwrap_or_default();
        Err(ImportError::OtherItems { month: month.key.to_string(), first, in_file, in_book })
    }

    /// The commands, in the order of time.
    pub(crate) fn commands(&self) -> impl Iterator<Item = Step> + '_ {
        Steps::new(self)
    }

    /// How many commands there are, exactly.
    pub(crate) fn len_hint(&self) -> usize {
        self.steps
    }

    /// Counts the commands, and what is shown of them.
    fn count(&mut self) {
        let figures = self.figures();
        self.found.classes.figures = figures;
        let Some(last) = self.found.last else { return };
        let orders = || self.found.invoices.iter().filter(|invoice| invoice.is_order());
        let allowed: HashSet<_> = orders().map(|order| (order.month, order.country)).collect();
        let is_past =
            |place: &&u32| self.month(**place).is_some_and(|month| month.closes_at <= last);
        let unmatched = self.notes.values().map(|note| note.unmatched.len());
        let bad_debts = self.found.invoices.iter().filter(|invoice| invoice.kind == Kind::BadDebt);
        let parts = [
            // Opening the book, registering its operator.
            usize::from(self.opening.book.is_some()).saturating_add(1),
            self.campaigns.len(),
            self.campaigns.iter().filter(is_past).count(),
            narrow(figures.leaders),
            allowed.len(),
            // Place, pay, ship, receive.
            narrow(figures.orders).saturating_mul(4),
            narrow(figures.settled_orders),
            // Request, approve, pay.
            narrow(figures.refunds).saturating_mul(3),
        ];
        let parts =
            parts.into_iter().chain(unmatched).chain(bad_debts.map(|invoice| invoice.lines.len()));
        self.steps = parts.fold(0, usize::saturating_add);
    }

    fn figures(&self) -> Figures {
        let found = &self.found;
        let orders = || found.invoices.iter().filter(|invoice| invoice.is_order());
        let is_settled =
            |order: &&Invoice| found.last.is_some_and(|last| settles_at(order) <= last);
        let leaders: HashSet<u32> = found.invoices.iter().map(|invoice| invoice.country).collect();
        let refunds = || {
            self.notes
                .iter()
                .flat_map(|(place, note)| note.refunds.iter().map(|refund| (*place, refund)))
        };
        let by_transfer = refunds().filter(|(place, refund)| !self.is_by_channel(*place, refund));
        Figures {
            campaigns: wide(self.campaigns.len()),
            leaders: wide(leaders.len()),
            orders: wide(orders().count()),
            anonymous_orders: wide(orders().filter(|order| order.customer.is_none()).count()),
            settled_orders: wide(orders().filter(is_settled).count()),
            credit_notes: wide(self.notes.len()),
            refunds: wide(refunds().count()),
            refunds_by_transfer: wide(by_transfer.count()),
            refunds_of_a_payment_max: refunds()
                .map(|(_, refund)| u64::from(refund.nth))
                .max()
                .unwrap_or(0),
            ..found.classes.figures
        }
    }

    fn month(&self, place: u32) -> Option<&Month> {
        gather::at(&self.found.months, place)
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The first pass, and the second.
fn gather(
    from: impl BufRead,
    compressed: bool,
    mut report: impl FnMut(u64),
) -> Result<Plan, ImportError> {
    let mut rows = Rows::new(from, WIDTH);
    check_header(&mut rows, compressed)?;
    let (mut gathering, mut rejects) = (Gathering::default(), Vec::new());
    let (mut last, mut count) = ((String::new(), None), 0_u64);
    loop {
        let read = rows.read();
        let Some(row) =
            read.map_err(|source| ImportError::reading(rows.line(), source, compressed))?
        else {
            break;
        };
        count = count.saturating_add(1);
        if count > ROWS_MAX || rows.is_too_large() {
            return Err(ImportError::TooLarge { line: row.line });
        }
        if count.checked_rem(PROGRESS_ROWS) == Some(0) {
            report(count);
        }
        let taken = match row.problem {
            Some((unreadable, reason)) => Err((unreadable.into(), reason, (0, 0))),
            None => take(&mut gathering, Row::parse(rows.fields(), &mut last), row.line),
        };
        if let Err((class, reason, (quantity, milli))) = taken {
            if rejects.len() >= REJECTS_MAX {
                return Err(ImportError::TooManyRejects { line: row.line, reason });
            }
            gathering.found.classes.count(class, quantity, milli);
            rejects.push(Reject::new(row.line, class, reason, rows.raw()));
        }
    }
    report(count);
    Ok(Plan::new(gathering.found, rejects))
}

/// A row taken in, or its class, why, and its quantity and value where those are known.
fn take(
    gathering: &mut Gathering,
    row: Result<Row<'_>, String>,
    line: u64,
) -> Result<(), (Class, String, (i64, i64))> {
    let row = row.map_err(|reason| (BAD_FIELD, reason, (0, 0)))?;
    let sums = (row.quantity, row.value);
    gathering.add(&row, line).map_err(|(class, reason)| (class, reason, sums))
}

fn check_header<R: BufRead>(rows: &mut Rows<R>, compressed: bool) -> Result<(), ImportError> {
    let header =
        rows.read().map_err(|source| ImportError::reading(rows.line(), source, compressed))?;
    let fields = (0..WIDTH).map(|index| rows.fields().get(index));
    let is_header = header.is_some_and(|row| row.problem.is_none()) && fields.eq(HEADER.split(','));
    if is_header {
        return Ok(());
    }
    let found =
        String::from_utf8_lossy(rows.raw()).chars().filter(|c| !c.is_control()).take(100).collect();
    Err(ImportError::Header { expected: HEADER, found })
}
