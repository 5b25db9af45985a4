//! Core, driven as the ledger drives it: one record at a time through an overlay.

use tuanzhang_core::accounting::for_each_posting;
use tuanzhang_core::book::{Book, Decision, Overlay, Touched, apply};
use tuanzhang_core::command::Command;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Actor, Head, Record, RulesVersion, Time};

use crate::life::Sent;
use crate::model::Outcome;

/// Decides commands: core does, or core with an error planted in it.
pub trait Rules: Fn(&Book, Time, Option<Time>, Actor, &Command) -> Decision {}

impl<F: Fn(&Book, Time, Option<Time>, Actor, &Command) -> Decision> Rules for F {}

/// A book of core's, and its log.
#[derive(Debug)]
pub struct Core<R> {
    rules: R,
    /// The state.
    pub book: Book,
    touched: Touched,
    /// The log.
    pub records: Vec<Record>,
}

impl<R: Rules> Core<R> {
    /// A book that is not open yet, under these rules.
    pub fn new(rules: R) -> Self {
        Self { rules, book: Book::default(), touched: Touched::default(), records: Vec::new() }
    }

    /// Answers a command, and records it if it is accepted; then also where its record stands in the log.
    ///
    /// # Errors
    /// Says what of core contradicts core: an event that doesn't sum to zero or doesn't apply, a record
    /// whose own command gives other events, a known command that was never recorded.
    pub fn submit(&mut self, sent: &Sent) -> Result<(Outcome, Option<usize>), String> {
        let rejected = |code| Ok((Outcome::Rejected { code }, None));
        match (self.rules)(&self.book, sent.at, sent.occurred_at, sent.actor, &sent.command) {
            Decision::Rejected(rejection) => rejected(rejection.code()),
            Decision::Known(known) => {
                let position = known.position.get();
                let at =
                    usize::try_from(position).ok().and_then(|position| position.checked_sub(1));
                let recorded = at.and_then(|at| self.records.get(at));
                let recorded = recorded.ok_or("known, but not recorded")?;
                match known.answer(&self.book, &sent.command, recorded) {
                    Ok(()) => Ok((Outcome::Repeated { position }, None)),
                    Err(rejection) => rejected(rejection.code()),
                }
            }
            Decision::Accepted(events) => {
                let head = Head {
                    position: self.book.position().next(),
                    at: sent.at,
                    occurred_at: sent.occurred_at,
                    actor: sent.actor,
                    rules: RulesVersion::CURRENT,
                };
                let record = Record { head, events };
                self.decides_the_same_again(&record)?;
                let mut overlay = Overlay::new(&self.book, &mut self.touched);
                apply(&mut overlay, &record).map_err(|e| format!("apply: {e}\n{record:?}"))?;
                self.touched.merge_into(&mut self.book);
                self.records.push(record);
                let at = self.records.len() - 1;
                Ok((Outcome::Accepted { position: head.position.get() }, Some(at)))
            }
        }
    }

    /// A record's own command, decided on the state before it, gives its events; each sums to zero.
    fn decides_the_same_again(&self, record: &Record) -> Result<(), String> {
        let Head { at, occurred_at, actor, .. } = record.head;
        // Before open_book there is no currency; its record holds no money.
        let decimals = self.book.head().map(|head| head.opened.currency.decimals);
        let decimals = decimals.or(Decimals::new(2)).ok_or("2 is a number of decimals")?;
        let command =
            Command::from_record(record, decimals).map_err(|e| format!("{e}: {record:?}"))?;
        let again = (self.rules)(&self.book, at, occurred_at, actor, &command);
        if again != Decision::Accepted(record.events.clone()) {
            return Err(format!("decided {:?}\nagain, as {command:?},\n{again:?}", record.events));
        }
        for event in &record.events {
            let mut sum = 0_i128;
            for_each_posting(event, &mut |_, amount| sum += i128::from(amount.minor()));
            if sum != 0 {
                return Err(format!("{event:?} posts {sum}"));
            }
        }
        Ok(())
    }

    /// The state folded again from its records.
    ///
    /// # Errors
    /// Names the record that doesn't apply.
    pub fn replayed(&self) -> Result<Book, String> {
        let mut book = Book::default();
        for record in &self.records {
            apply(&mut book, record).map_err(|e| format!("replay of {record:?}: {e}"))?;
        }
        Ok(book)
    }
}
