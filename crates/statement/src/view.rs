//! A book as of a business time: what had happened by then, of what is known.
//!
//! A record's business time is `occurred_at` if that was said, else `at` (`domain.md` §2.7). Balances are sums of
//! postings, and an event's postings need nothing but the event: they are those of all records that had happened.
//! The state (an order's status, a campaign's counters) is a fold, and a record may rest on one that hadn't
//! happened yet: a payment said to be of November for an order placed in December. Such a record is left out of
//! the state and named; nothing is guessed in its place.

use std::collections::BTreeMap;

use tuanzhang_core::accounting::{Account, for_each_posting};
use tuanzhang_core::book::{Book, BookHead, Overlay, State, Touched, apply};
use tuanzhang_core::money::Total;
use tuanzhang_core::{Position, Record, Time};

/// Records that don't follow are named one by one up to so many; beyond they are counted.
pub const LEFT_OUT_NAMED_MAX: usize = 1_000;

/// What became of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It is part of the state.
    Yes,
    /// It happened later.
    NotYet,
    /// It had happened, but rests on a record that hadn't.
    DoesntFollow(LeftOut),
}

/// A record that had happened and is left out of the state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// The record.
    pub position: Position,
    /// What it needs that isn't there.
    pub why: &'static str,
}

/// A book as of a business time; takes the records that are known, in their order.
///
/// Once the book is sealed through a time, its balances as of that time, and of any before it, never change again.
#[derive(Debug)]
pub struct AsHappened {
    until: Time,
    book: Book,
    touched: Touched,
    balances: BTreeMap<Account, Total>,
    not_yet: u64,
    left_out: Vec<LeftOut>,
    left_out_count: u64,
}

impl AsHappened {
    /// As of this time, included.
    pub fn new(until: Time) -> Self {
        Self {
            until,
            book: Book::default(),
            touched: Touched::default(),
            balances: BTreeMap::new(),
            not_yet: 0,
            left_out: Vec::new(),
            left_out_count: 0,
        }
    }

    /// Takes the next record.
    pub fn record(&mut self, record: &Record) -> Taken {
        if record.head.happened_at() > self.until {
            self.not_yet = self.not_yet.saturating_add(1);
            return Taken::NotYet;
        }
        for event in &record.events {
            for_each_posting(event, &mut |account, amount| {
                if !amount.is_zero() {
                    self.balances.entry(account).or_default().add(amount);
                }
            });
        }
        let mut view = Overlay::new(&self.book, &mut self.touched);
        // Those between were left out: this one follows whatever is there.
        if let Some(head) = view.edit::<BookHead>(&()) {
            head.position = Position::new(record.head.position.get().saturating_sub(1));
        }
        match apply(&mut view, record) {
            Ok(()) => {
                self.touched.merge_into(&mut self.book);
                Taken::Yes
            }
            Err(why) => {
                self.touched.clear();
                self.left_out_count = self.left_out_count.saturating_add(1);
                let left_out = LeftOut { position: record.head.position, why: why.what };
                if self.left_out.len() < LEFT_OUT_NAMED_MAX {
                    self.left_out.push(left_out.clone());
                }
                Taken::DoesntFollow(left_out)
            }
        }
    }

    /// The state, without what is left out.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The balances of all that had happened, by account, debits positive; zeroes left out. Sums to zero.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Total)> {
        let all = self.balances.iter().map(|(account, sum)| (account, *sum));
        all.filter(|(_, sum)| !sum.is_zero())
    }

    /// Known records that happened later.
    pub const fn not_yet(&self) -> u64 {
        self.not_yet
    }

    /// Records that had happened and are not in the state, the first of them; and how many in all.
    pub fn left_out(&self) -> (&[LeftOut], u64) {
        (&self.left_out, self.left_out_count)
    }

    /// The state, for those who go on with it.
    pub fn into_book(self) -> Book {
        self.book
    }
}
