//! A book as a journal of a plain-text accounting tool.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use chrono::{Datelike, Days, Months, NaiveDate};
use tuanzhang_core::accounting::{Account, Posting, postings};
use tuanzhang_core::book::{Book, apply};
use tuanzhang_core::{Event, Head, Position, Record, Time};

use crate::details::details;
use crate::error::ExportError;
use crate::syntax::{Entry, Tool, Unit, line};

/// 0001-01-02T00:00:00Z and 9999-12-30T00:00:00Z: between them, any zone has a date that can be written, and
/// a day after it.
const DATED: std::ops::Range<i64> = -62_135_510_400_000_000..253_402_128_000_000_000;

/// What a journal holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// The last record that is in it.
    pub position: Position,
    /// Events that moved money.
    pub transactions: u64,
    /// Accounts that were opened.
    pub accounts: u64,
    /// Balances that are asserted, at the ends of months and at the end.
    pub assertions: u64,
}

/// Writes a book as a journal: a transaction for each event that moves money.
///
/// A transaction has the date on which its record was recorded, so that those of a month are final when the
/// month is over, and a balance of its end is that of the book after the month's last record. Should a zone's clock
/// go back over midnight, the date stays.
#[derive(Debug)]
pub struct Journal<W, Z> {
    tool: Tool,
    out: W,
    zone: Z,
    book: Book,
    unit: Option<Unit>,
    /// The date of the last record.
    date: NaiveDate,
    opened: BTreeSet<Account>,
    /// Accounts that moved since the last assertions.
    moved: BTreeSet<Account>,
    written: Written,
    /// What of a record isn't written yet.
    text: String,
}

impl<W: Write, Z: Fn(Time) -> NaiveDate> Journal<W, Z> {
    /// A journal for a tool. `zone` gives the day of an instant in the book's zone, which `book_opened` names.
    pub fn new(tool: Tool, out: W, zone: Z) -> Self {
        let written =
            Written { position: Position::START, transactions: 0, accounts: 0, assertions: 0 };
        let (opened, moved) = (BTreeSet::new(), BTreeSet::new());
        let (book, date, text) = (Book::default(), NaiveDate::MIN, String::new());
        Self { tool, out, zone, book, unit: None, date, opened, moved, written, text }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`ExportError`]: a record out of order, or that doesn't follow from those before it; a date that can't be
    /// written; what `out` says. The export can't go on then.
    pub fn record(&mut self, record: &Record) -> Result<(), ExportError> {
        let (given, expected) = (record.head.position, self.written.position.next());
        if given != expected {
            return Err(ExportError::OutOfOrder { given, expected });
        }
        if !DATED.contains(&record.head.at.micros()) {
            return Err(ExportError::Undated { position: given });
        }
        let date = (self.zone)(record.head.at).max(self.date);
        if self.unit.is_some()
            && (date.year(), date.month()) != (self.date.year(), self.date.month())
        {
            self.end_of_month()?;
        }
        self.date = date;
        apply(&mut self.book, record)?;
        if self.unit.is_none() {
            self.head()?;
        }
        for (event, place) in record.events.iter().zip(0_u64..) {
            self.event(&record.head, event, place)?;
        }
        self.written.position = given;
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Asserts the balance of every account that was ever used, and says that this is the end.
    ///
    /// # Errors
    /// [`ExportError::NoBook`] without a record; what `out` says.
    pub fn finish(mut self) -> Result<(W, Written), ExportError> {
        let next = self.date.checked_add_days(Days::new(1)).ok_or(ExportError::NoBook)?;
        // An account of the trial balance that no transaction used would be refused by both tools.
        let all = self.opened.iter().cloned().chain(self.book.balances().into_keys());
        let all: BTreeSet<Account> = all.collect();
        line(&mut self.text, &"; The trial balance of the book.");
        self.assert(&all, (self.date, next))?;
        let Written { position, transactions, accounts, assertions } = self.written;
        line(
            &mut self.text,
            &format_args!(
                "; end: position {position}, {transactions} transactions, {accounts} accounts, {assertions} balances"
            ),
        );
        self.out.write_all(self.text.as_bytes())?;
        self.out.flush()?;
        Ok((self.out, self.written))
    }

    fn head(&mut self) -> Result<(), ExportError> {
        let head = self.book.head().ok_or(ExportError::NoBook)?;
        let unit = Unit::of(&head.opened);
        self.tool.head(&mut self.text, &head.opened, &unit, self.date);
        self.unit = Some(unit);
        Ok(())
    }

    fn event(&mut self, head: &Head, event: &Event, place: u64) -> Result<(), ExportError> {
        let unit = self.unit.as_ref().ok_or(ExportError::NoBook)?;
        let postings = gathered(postings(event));
        if postings.is_empty() {
            return Ok(());
        }
        for posting in &postings {
            if self.opened.insert(posting.account.clone()) {
                self.tool.open(&mut self.text, &posting.account, unit, self.date);
                self.written.accounts = self.written.accounts.saturating_add(1);
            }
            self.moved.insert(posting.account.clone());
        }
        let mut told = vec![
            ("position", head.position.to_string()),
            ("place", place.to_string()),
            ("at", head.at.to_string()),
            ("actor", head.actor.to_string()),
        ];
        told.extend(head.occurred_at.map(|at| ("occurred_at", at.to_string())));
        told.extend(details(event, &self.book).0);
        let entry =
            Entry { date: self.date, event: event.name(), details: &told, postings: &postings };
        self.tool.transaction(&mut self.text, &entry, unit);
        self.written.transactions = self.written.transactions.saturating_add(1);
        Ok(())
    }

    /// Asserts what the book has, before the first record of another month, for each account that moved.
    fn end_of_month(&mut self) -> Result<(), ExportError> {
        let first = self.date.with_day(1).and_then(|day| day.checked_add_months(Months::new(1)));
        let first = first.ok_or(ExportError::NoBook)?;
        let last = first.pred_opt().ok_or(ExportError::NoBook)?;
        let moved = std::mem::take(&mut self.moved);
        self.assert(&moved, (last, first))
    }

    fn assert(
        &mut self,
        accounts: &BTreeSet<Account>,
        dates: (NaiveDate, NaiveDate),
    ) -> Result<(), ExportError> {
        let unit = self.unit.as_ref().ok_or(ExportError::NoBook)?;
        for account in accounts {
            let balance = self.book.balance(account);
            self.tool.balance(&mut self.text, account, balance, unit, dates);
            self.written.assertions = self.written.assertions.saturating_add(1);
        }
        if !accounts.is_empty() {
            self.text.push('\n');
        }
        Ok(())
    }
}

/// An event's postings with the debits of each account added up, and its credits: an order of forty lines says in
/// forty parts what a supplier earns of it, and the journal in one. A debit and a credit of one account stay
/// apart, so that a payment and its fee are both seen.
fn gathered(postings: Vec<Posting>) -> Vec<Posting> {
    let mut gathered: Vec<Posting> = Vec::with_capacity(postings.len());
    let mut places = BTreeMap::new();
    for posting in postings {
        let key = (posting.account.clone(), posting.amount.is_negative());
        match places.entry(key) {
            Place::Vacant(place) => {
                place.insert(gathered.len());
                gathered.push(posting);
            }
            Place::Occupied(place) => {
                let sum = gathered.get_mut(*place.get()).and_then(|so_far| {
                    let sum = so_far.amount.plus(posting.amount).ok()?;
                    so_far.amount = sum;
                    Some(sum)
                });
                // Beyond what an amount can be: then it stands by itself.
                if sum.is_none() {
                    gathered.push(posting);
                }
            }
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use tuanzhang_core::Money;

    use super::*;

    #[test]
    fn debits_and_credits_of_an_account_are_added_up_apart() {
        let posting = |account: &str, minor| Posting {
            account: account.parse().unwrap(),
            amount: Money::from_minor(minor).unwrap(),
        };
        let (shop, ours) = ("channel:shop", "income:commission");
        let most = Money::MAX.minor();
        let parts = [
            posting(shop, 100),
            posting(shop, -1),
            posting(ours, -40),
            posting(ours, -59),
            posting(shop, most),
            posting(ours, -most),
            posting(shop, 7),
            posting(ours, -7),
        ];
        let sum = |postings: &[Posting]| -> i128 {
            postings.iter().map(|posting| i128::from(posting.amount.minor())).sum()
        };
        let seen = gathered(parts.to_vec());
        assert_eq!(sum(&seen), sum(&parts));
        let expected = [
            posting(shop, 107),
            posting(shop, -1),
            posting(ours, -106),
            posting(shop, most),
            posting(ours, -most),
        ];
        assert_eq!(seen, expected);
    }
}
