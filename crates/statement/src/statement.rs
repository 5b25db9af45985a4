//! Statements of account: what each party had, earned, gave back and was paid in a period.
//!
//! [`Statements`] takes a book's records in order and keeps every party's statement, or one party's. A movement
//! belongs to the period in which it happened ([`Head::happened_at`]), which is also what seals a period: the
//! statement of a sealed period never changes again.
//!
//! [`Head::happened_at`]: tuanzhang_core::Head::happened_at

use std::collections::BTreeMap;

use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Book, BookHead, Inconsistent, Party, PartyKind, apply};
use tuanzhang_core::money::Total;
use tuanzhang_core::{Event, Head, PartyId, Position, Record, Time};

use crate::kind::Kind;
use crate::movement::{Movement, Subject, each, party_of};

/// Late records are named one by one up to so many a party; beyond they are counted.
pub const LATE_NAMED_MAX: usize = 1_000;

/// A span of business time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Included.
    pub from: Time,
    /// Not included.
    pub to: Time,
}

impl Span {
    fn has(self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

/// Whether a period can still change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sealing {
    /// Nothing of it is sealed.
    Open,
    /// Sealed through a time inside it.
    Partly {
        /// That time, included.
        through: Time,
    },
    /// Sealed whole: it never changes again.
    Sealed {
        /// The record that sealed it.
        position: Position,
        /// When.
        at: Time,
    },
}

/// What one kind of movement came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Movements.
    pub count: u64,
    /// What they come to, debits positive.
    pub sum: Total,
    /// By what they are about: movements, and what they come to.
    pub subjects: BTreeMap<Subject, (u64, Total)>,
}

/// One account in a period, debits positive.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccountPeriod {
    /// Its balance before the period.
    pub opening: Total,
    /// What moved it.
    pub rows: BTreeMap<Kind, Row>,
    /// Its balance at the end, summed by itself.
    pub closing: Total,
}

/// A record that came late: dated inside a period and recorded after its end, or dated before it and recorded since it
/// began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Late {
    /// The record.
    pub position: Position,
    /// When it was recorded.
    pub at: Time,
    /// When it happened.
    pub happened_at: Time,
    /// What it did.
    pub event: &'static str,
    /// What it is about.
    pub subject: Subject,
}

/// Records of a party that came late.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lates {
    /// The first [`LATE_NAMED_MAX`].
    pub named: Vec<Late>,
    /// How many in all.
    pub count: u64,
    /// What they moved on the party's accounts together, debits positive.
    pub sum: Total,
    last: Option<Position>,
}

impl Lates {
    fn add(&mut self, head: &Head, movement: &Movement<'_>) {
        self.sum.add(movement.amount);
        if self.last == Some(head.position) {
            return;
        }
        self.last = Some(head.position);
        self.count = self.count.saturating_add(1);
        if self.named.len() < LATE_NAMED_MAX {
            self.named.push(Late {
                position: head.position,
                at: head.at,
                happened_at: head.happened_at(),
                event: movement.event.name(),
                subject: movement.subject,
            });
        }
    }
}

impl FromIterator<Late> for Lates {
    /// Of records that moved nothing in sum.
    fn from_iter<I: IntoIterator<Item = Late>>(records: I) -> Self {
        let mut lates = Self::default();
        for late in records {
            lates.last = Some(late.position);
            lates.count = lates.count.saturating_add(1);
            if lates.named.len() < LATE_NAMED_MAX {
                lates.named.push(late);
            }
        }
        lates
    }
}

/// Why there is no statement.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatementError {
    /// A record doesn't follow.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// Opening and movements don't come to the closing balance: a fault of this library.
    #[error(
        "{account}: opening and movements come to {parts}, the closing balance is {closing} (minor units); please report this"
    )]
    DoesntAdd {
        /// The account.
        account: Account,
        /// Opening and movements.
        parts: i128,
        /// The closing balance.
        closing: i128,
    },
}

/// A party's statement of account for a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The party.
    pub party: PartyId,
    /// What it is registered as; none of an operator who isn't.
    pub kind: Option<PartyKind>,
    /// Whether it runs the book.
    pub operator: bool,
    /// The period.
    pub span: Span,
    /// Whether the period can still change.
    pub sealing: Sealing,
    /// The last record that was read.
    pub position: Position,
    /// The party's accounts, in the order of the chart.
    pub accounts: BTreeMap<Account, AccountPeriod>,
    /// Records of it, dated inside the period and recorded after its end.
    pub late: Lates,
    /// Records of it, dated before the period and recorded since it began: they changed the opening since.
    pub opening_changed: Lates,
}

impl Statement {
    /// All accounts together, debits positive: what moved between the party's own accounts cancels out and is left
    /// out.
    pub fn in_total(&self) -> AccountPeriod {
        let mut total = AccountPeriod::default();
        for account in self.accounts.values() {
            total.opening = total.opening.plus(account.opening);
            total.closing = total.closing.plus(account.closing);
            for (kind, row) in &account.rows {
                let of = total.rows.entry(*kind).or_default();
                of.count = of.count.saturating_add(row.count);
                of.sum = of.sum.plus(row.sum);
                for (subject, (count, sum)) in &row.subjects {
                    let of = of.subjects.entry(*subject).or_default();
                    *of = (of.0.saturating_add(*count), of.1.plus(*sum));
                }
            }
        }
        total.rows.retain(|kind, row| !(row.sum.is_zero() && kind.moves_between_own()));
        total
    }

    /// What the party owes at the end and later earnings cover first: `available` where it is on the debit side; zero
    /// for none. [`Statement::pending_debt`] is not in it.
    pub fn carried_debt(&self) -> Total {
        self.debit(&Account::Available(self.party), |of| of.closing)
    }

    /// What the party owed when the period began, as [`Statement::carried_debt`].
    pub fn debt_brought_in(&self) -> Total {
        self.debit(&Account::Available(self.party), |of| of.opening)
    }

    /// How far `pending` is on the debit side at the end, where a party bears more of orders that aren't settled than
    /// its parts come to; zero for none.
    pub fn pending_debt(&self) -> Total {
        self.debit(&Account::Pending(self.party), |of| of.closing)
    }

    fn debit(&self, account: &Account, side: fn(&AccountPeriod) -> Total) -> Total {
        self.accounts.get(account).map_or(Total::ZERO, |of| side(of).max(Total::ZERO))
    }

    /// Compares opening and movements with the closing balance, account by account.
    ///
    /// # Errors
    /// [`StatementError::DoesntAdd`] names the first that differ.
    pub fn check(&self) -> Result<(), StatementError> {
        for (account, period) in &self.accounts {
            let rows = period.rows.values().fold(period.opening, |sum, row| sum.plus(row.sum));
            if rows != period.closing {
                return Err(StatementError::DoesntAdd {
                    account: account.clone(),
                    parts: rows.minor(),
                    closing: period.closing.minor(),
                });
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct OfParty {
    accounts: BTreeMap<Account, AccountPeriod>,
    late: Lates,
    opening_changed: Lates,
}

/// Every party's statement for a period: a projection of a book's records.
///
/// ```
/// use tuanzhang_core::{Record, Time};
/// use tuanzhang_statement::{Span, Statements};
/// # let records: Vec<Record> = Vec::new();
/// let from: Time = "2021-12-01T00:00:00+08:00".parse()?;
/// let to: Time = "2022-01-01T00:00:00+08:00".parse()?;
/// let mut statements = Statements::new(Span { from, to }, None);
/// for record in &records {
///     statements.record(record)?;
/// }
/// for party in statements.parties() {
///     let statement = statements.of(party).ok_or("no such party")?;
///     statement.check()?; // opening and movements come to the closing balance
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Statements {
    span: Span,
    only: Option<PartyId>,
    book: Book,
    parties: BTreeMap<PartyId, OfParty>,
    seals: Vec<(Time, Position, Time)>,
}

impl Statements {
    /// Of everyone, or of one party only.
    pub fn new(span: Span, only: Option<PartyId>) -> Self {
        let (book, parties) = (Book::default(), BTreeMap::new());
        Self { span, only, book, parties, seals: Vec::new() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`Inconsistent`]: it doesn't follow from those before it; the statements are then of no use any more.
    pub fn record(&mut self, record: &Record) -> Result<(), Inconsistent> {
        let operator = self.book.head().map(BookHead::operator);
        if let Some(operator) = operator.filter(|_| record.head.happened_at() < self.span.to) {
            let mut movements = Vec::new();
            each(&self.book, record, &mut |movement| movements.push(movement));
            for movement in movements {
                self.movement(&record.head, &movement, operator);
            }
        }
        for event in &record.events {
            if let Event::PeriodSealed(sealed) = event {
                self.seals.push((sealed.through, record.head.position, record.head.at));
            }
        }
        apply(&mut self.book, record)
    }

    fn movement(&mut self, head: &Head, movement: &Movement<'_>, operator: PartyId) {
        let Some(party) = party_of(&movement.account, operator) else { return };
        if self.only.is_some_and(|only| only != party) {
            return;
        }
        let of_party = self.parties.entry(party).or_default();
        let account = of_party.accounts.entry(movement.account.clone()).or_default();
        account.closing.add(movement.amount);
        if !self.span.has(head.happened_at()) {
            account.opening.add(movement.amount);
            if head.at >= self.span.from {
                of_party.opening_changed.add(head, movement);
            }
            return;
        }
        let row = account.rows.entry(movement.kind).or_default();
        row.count = row.count.saturating_add(1);
        row.sum.add(movement.amount);
        let (count, sum) = row.subjects.entry(movement.subject).or_default();
        *count = count.saturating_add(1);
        sum.add(movement.amount);
        if head.at >= self.span.to {
            of_party.late.add(head, movement);
        }
    }

    /// The book after the last record.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The parties that anything ever moved for, before the period's end or in it.
    pub fn parties(&self) -> impl Iterator<Item = PartyId> {
        self.parties.keys().copied()
    }

    fn sealing(&self) -> Sealing {
        let whole = |through: Time| through.micros() >= self.span.to.micros().saturating_sub(1);
        if let Some((_, position, at)) = self.seals.iter().find(|(through, _, _)| whole(*through)) {
            return Sealing::Sealed { position: *position, at: *at };
        }
        match self.seals.last().filter(|(through, _, _)| *through >= self.span.from) {
            Some((through, _, _)) => Sealing::Partly { through: *through },
            None => Sealing::Open,
        }
    }

    /// A party's statement; none for one that the book doesn't know. Of one for whom nothing moved it is empty.
    pub fn of(&self, party: PartyId) -> Option<Statement> {
        let kind = self.book.get::<Party>(&party).map(|party| party.kind);
        let operator = self.book.head().is_some_and(|head| head.operator() == party);
        let of_party = self.parties.get(&party);
        if kind.is_none() && !operator && of_party.is_none() {
            return None;
        }
        Some(Statement {
            party,
            kind,
            operator,
            span: self.span,
            sealing: self.sealing(),
            position: self.book.position(),
            accounts: of_party.map(|of| of.accounts.clone()).unwrap_or_default(),
            late: of_party.map(|of| of.late.clone()).unwrap_or_default(),
            opening_changed: of_party.map(|of| of.opening_changed.clone()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_said_at_both_ends_and_of_pending_by_itself() {
        let party = PartyId::from_bytes([1; 16]);
        let of = |opening, closing| AccountPeriod {
            opening: Total::from_minor(opening),
            closing: Total::from_minor(closing),
            ..AccountPeriod::default()
        };
        let with = |available, pending| Statement {
            party,
            kind: None,
            operator: false,
            span: Span { from: Time::from_micros(0), to: Time::from_micros(1) },
            sealing: Sealing::Open,
            position: Position::START,
            accounts: [(Account::Available(party), available), (Account::Pending(party), pending)]
                .into(),
            late: Lates::default(),
            opening_changed: Lates::default(),
        };
        let debts = |of: Statement| {
            [of.debt_brought_in(), of.carried_debt(), of.pending_debt()].map(Total::minor)
        };
        assert_eq!(debts(with(of(7, 3), of(9, 2))), [7, 3, 2]);
        assert_eq!(debts(with(of(7, -3), of(9, -2))), [7, 0, 0]);
        assert_eq!(debts(with(of(-7, 3), of(-9, 0))), [0, 3, 0]);
    }
}
