//! Every fen of an account, explained: by kind of movement, by order, by part.
//!
//! [`Explanation`] takes a book's records in order. It folds the book beside them, so that a rule can be looked
//! up in the terms of the time. Sums are kept at every level and compared by [`Explanation::check`]; single entries
//! are kept up to a number, the last ones, and what is dropped is counted with its sum.
//!
//! Cost: a fold of the book, and for the accounts asked about the rule of each movement. Memory: the book, about
//! 100 bytes an order and kind, a few dozen a refund, and the entries; where settled money is explained, also the party's movements of orders
//! that aren't settled yet.

mod about;
mod chain;

use std::collections::{BTreeMap, VecDeque};

use tuanzhang_core::accounting::{Account, IncomeKind, for_each_posting};
use tuanzhang_core::book::{Book, BookHead, Inconsistent, apply};
use tuanzhang_core::event::Base;
use tuanzhang_core::money::Total;
use tuanzhang_core::text::Name;
use tuanzhang_core::{
    Event, Head, Money, OrderId, PartyId, Position, Record, RefundId, Role, Time,
};

use crate::kind::Kind;
use crate::movement::{Movement, Subject, each, party_of};
use crate::noted::{Approvals, Noted};
use crate::rule::{self, Rule, Status};
use about::{part_of, refund_of};
use chain::Chain;

/// Entries that are kept unless another number is asked for.
pub const ENTRIES_KEPT: usize = 100_000;

/// Which accounts are explained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// One.
    Account(Account),
    /// All of a party: pending, term, available and in transit; of the operator also income, expenses, equity.
    Party(PartyId),
    /// All of the book.
    All,
}

impl Scope {
    fn has(&self, account: &Account, operator: PartyId) -> bool {
        match self {
            Self::Account(own) => own == account,
            Self::Party(party) => party_of(account, operator) == Some(*party),
            Self::All => true,
        }
    }

    /// Whether what a party has of an order is followed until it is settled and matured.
    fn follows(&self, party: PartyId, operator: PartyId) -> bool {
        match self {
            Self::Account(Account::Available(own) | Account::Term(own)) | Self::Party(own) => {
                *own == party
            }
            Self::Account(Account::Income(IncomeKind::Commission | IncomeKind::Shipping)) => {
                party == operator
            }
            Self::Account(
                Account::Channel(_)
                | Account::Pending(_)
                | Account::InTransit(_)
                | Account::RefundDue(_)
                | Account::Suspense(_)
                | Account::Income(IncomeKind::Membership)
                | Account::EquityOperator
                | Account::Expense(_),
            ) => false,
            Self::All => true,
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Which accounts.
    pub scope: Scope,
    /// As of this business time, included; as of all that is known where absent.
    pub until: Option<Time>,
    /// Movements of this order only; the others are summed.
    pub order: Option<OrderId>,
    /// At most so many entries are kept, the last ones.
    pub entries_max: usize,
}

impl Question {
    /// About these accounts, all that is known.
    pub const fn about(scope: Scope) -> Self {
        Self { scope, until: None, order: None, entries_max: ENTRIES_KEPT }
    }
}

/// One movement, with its rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The record.
    pub position: Position,
    /// When it was recorded.
    pub at: Time,
    /// When it happened.
    pub happened_at: Time,
    /// The event's name: `order_paid`.
    pub event: &'static str,
    /// What it means.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// The refund that it belongs to.
    pub refund: Option<RefundId>,
    /// The part of the event, where it is one.
    pub part: Option<PartOf>,
    /// Debits positive.
    pub amount: Money,
    /// Why it is that amount.
    pub rule: Rule,
    /// What the event says beside the amount.
    pub noted: Option<Box<Noted>>,
    /// Of money moved on: the movements that it is the sum of.
    pub made_of: Vec<Entry>,
}

/// Which part of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartOf {
    /// What it was computed from.
    pub base: Base,
    /// The role that it fell to.
    pub role: Role,
    /// The item, and units of it: those paid, returned, or left of an adjusted line.
    pub line: Option<(Name, u32)>,
}

/// What moved for one order, payout, adjustment, ….
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OfSubject {
    /// Movements.
    pub count: u64,
    /// What they come to, debits positive.
    pub sum: Total,
    /// The last of them, in their order.
    pub entries: VecDeque<Entry>,
    /// Earlier ones that are not kept.
    pub dropped: u64,
    /// What those come to.
    pub dropped_sum: Total,
}

/// What moved for one reason.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OfKind {
    /// Movements.
    pub count: u64,
    /// What they come to, debits positive.
    pub sum: Total,
    /// By what they are about.
    pub subjects: BTreeMap<Subject, OfSubject>,
}

/// An account, explained.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OfAccount {
    /// Movements.
    pub count: u64,
    /// The balance: what they come to, debits positive.
    pub sum: Total,
    /// Movements whose amount was reckoned again and is the same.
    pub checked: u64,
    /// Movements whose amount was given from outside.
    pub given: u64,
    /// Movements that are not explained.
    pub unexplained: u64,
    /// By what moved it.
    pub kinds: BTreeMap<Kind, OfKind>,
    /// Movements of other orders than the one asked about.
    pub others: u64,
    /// What those come to.
    pub others_sum: Total,
    /// The same balance by core's postings, for the check.
    posted: Total,
}

/// Why there is no explanation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExplainError {
    /// A record doesn't follow.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
    /// Sums that must be equal differ: a fault of this library.
    #[error("{account}: {what} come to {parts}, not to {whole} (minor units); please report this")]
    DoesntAdd {
        /// The account.
        account: Account,
        /// Which sum.
        what: &'static str,
        /// Of the parts.
        parts: i128,
        /// Of the whole.
        whole: i128,
    },
}

/// Every fen of one account or more: a projection of a book's records.
///
/// ```
/// use tuanzhang_core::accounting::Account;
/// use tuanzhang_core::{PartyId, Record};
/// use tuanzhang_statement::{Explanation, Question, Scope};
/// # let records: Vec<Record> = Vec::new();
/// let account = Account::Available(PartyId::from_bytes([3; 16]));
/// let mut explanation = Explanation::new(Question::about(Scope::Account(account)));
/// for record in &records {
///     explanation.record(record)?;
/// }
/// explanation.check()?; // sums at every level equal the parts, and the balance
/// for (account, of_account) in explanation.accounts() {
///     println!("{account} {}", of_account.sum.minor());
/// }
/// # Ok::<(), tuanzhang_statement::ExplainError>(())
/// ```
#[derive(Debug)]
pub struct Explanation {
    question: Question,
    book: Book,
    accounts: BTreeMap<Account, OfAccount>,
    chain: Chain,
    approvals: Approvals,
    /// Where the kept entries are, oldest first, and how many entries each is with what it is made of.
    kept: VecDeque<(Account, Kind, Subject, usize)>,
    kept_entries: usize,
}

impl Explanation {
    /// Nothing explained yet.
    pub fn new(question: Question) -> Self {
        Self {
            question,
            book: Book::default(),
            accounts: BTreeMap::new(),
            chain: Chain::default(),
            approvals: Approvals::default(),
            kept: VecDeque::new(),
            kept_entries: 0,
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`Inconsistent`]: it doesn't follow from those before it; the explanation is then of no use any more.
    pub fn record(&mut self, record: &Record) -> Result<(), Inconsistent> {
        // An order that owes nothing is paid by the record that places it.
        let placed = record.events.iter().any(|event| matches!(event, Event::OrderPlaced(_)));
        if placed {
            apply(&mut self.book, record)?;
            self.take(record);
        } else {
            self.take(record);
            apply(&mut self.book, record)?;
        }
        Ok(())
    }

    fn take(&mut self, record: &Record) {
        let Some(operator) = self.book.head().map(BookHead::operator) else { return };
        for event in &record.events {
            self.approvals.record(&record.head, event);
        }
        let mut movements = Vec::new();
        each(&self.book, record, &mut |movement| movements.push(movement));
        for movement in movements {
            self.movement(&record.head, &movement, operator);
        }
        self.chain.end(record);
        self.post(record, operator);
    }

    /// The balance once more, straight from core's postings.
    fn post(&mut self, record: &Record, operator: PartyId) {
        if !self.has_happened(&record.head) {
            return;
        }
        for event in &record.events {
            for_each_posting(event, &mut |account, amount| {
                if !amount.is_zero() && self.question.scope.has(&account, operator) {
                    self.accounts.entry(account).or_default().posted.add(amount);
                }
            });
        }
    }

    fn has_happened(&self, head: &Head) -> bool {
        self.question.until.is_none_or(|until| head.happened_at() <= until)
    }

    fn movement(&mut self, head: &Head, movement: &Movement<'_>, operator: PartyId) {
        let wanted = self.question.scope.has(&movement.account, operator);
        let followed = chain::party(&movement.account, operator)
            .is_some_and(|party| self.question.scope.follows(party, operator));
        if !wanted && !followed {
            return;
        }
        let mut entry = self.entry(head, movement);
        if followed {
            entry.made_of = self.chain.made_of(movement, operator);
            self.chain.follow(movement, &entry);
        }
        if wanted && self.has_happened(head) {
            self.add(&movement.account, entry);
        }
    }

    fn entry(&self, head: &Head, movement: &Movement<'_>) -> Entry {
        let rule = rule::of(&self.book, head, movement);
        let Movement { event, amount, .. } = movement;
        let refund = refund_of(event);
        let noted = self.approvals.noted(event, *amount, refund);
        Entry {
            position: head.position,
            at: head.at,
            happened_at: head.happened_at(),
            event: movement.event.name(),
            kind: movement.kind,
            subject: movement.subject,
            refund,
            part: part_of(movement),
            amount: movement.amount,
            rule,
            noted,
            made_of: Vec::new(),
        }
    }

    fn add(&mut self, account: &Account, entry: Entry) {
        let of_account = self.accounts.entry(account.clone()).or_default();
        count(&mut of_account.count);
        of_account.sum.add(entry.amount);
        count(match entry.rule.status() {
            Status::Checked => &mut of_account.checked,
            Status::Given => &mut of_account.given,
            Status::Unexplained => &mut of_account.unexplained,
        });
        if self.question.order.is_some_and(|order| entry.subject != Subject::Order(order)) {
            count(&mut of_account.others);
            of_account.others_sum.add(entry.amount);
            return;
        }
        let (kind, subject) = (entry.kind, entry.subject);
        let of_kind = of_account.kinds.entry(kind).or_default();
        count(&mut of_kind.count);
        of_kind.sum.add(entry.amount);
        let of_subject = of_kind.subjects.entry(subject).or_default();
        count(&mut of_subject.count);
        of_subject.sum.add(entry.amount);
        let weight = weight(&entry);
        of_subject.entries.push_back(entry);
        self.kept.push_back((account.clone(), kind, subject, weight));
        self.kept_entries = self.kept_entries.saturating_add(weight);
        while self.kept_entries > self.question.entries_max {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((account, kind, subject, weight)) = self.kept.pop_front() else {
            self.kept_entries = 0;
            return;
        };
        self.kept_entries = self.kept_entries.saturating_sub(weight);
        let of_kind = self.accounts.get_mut(&account).and_then(|of| of.kinds.get_mut(&kind));
        let of_subject = of_kind.and_then(|of| of.subjects.get_mut(&subject));
        if let Some(of_subject) = of_subject
            && let Some(entry) = of_subject.entries.pop_front()
        {
            count(&mut of_subject.dropped);
            of_subject.dropped_sum.add(entry.amount);
        }
    }

    /// The accounts that something moved on, and what.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, &OfAccount)> {
        self.accounts.iter()
    }

    /// The book after the last record, whatever business time was asked about.
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// Compares the sums of every level with the parts, and each account's with its balance.
    ///
    /// # Errors
    /// [`ExplainError::DoesntAdd`] names the first that differ.
    pub fn check(&self) -> Result<(), ExplainError> {
        for (account, of_account) in &self.accounts {
            let same = |what, parts: Total, whole: Total| {
                if parts == whole {
                    return Ok(());
                }
                let (account, parts, whole) = (account.clone(), parts.minor(), whole.minor());
                Err(ExplainError::DoesntAdd { account, what, parts, whole })
            };
            let kinds = sum(of_account.kinds.values().map(|of| of.sum));
            same("kinds", kinds.plus(of_account.others_sum), of_account.sum)?;
            same("movements", of_account.sum, of_account.posted)?;
            if self.question.until.is_none() {
                let mut balance = Total::ZERO;
                balance.add(self.book.balance(account));
                same("movements", of_account.sum, balance)?;
            }
            for of_kind in of_account.kinds.values() {
                same("orders", sum(of_kind.subjects.values().map(|of| of.sum)), of_kind.sum)?;
                for of_subject in of_kind.subjects.values() {
                    let entries = total(&of_subject.entries);
                    same("entries", entries.plus(of_subject.dropped_sum), of_subject.sum)?;
                    for entry in &of_subject.entries {
                        check_chain(entry, &same)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What was moved on is the sum of what it is made of.
fn check_chain(
    entry: &Entry,
    same: &impl Fn(&'static str, Total, Total) -> Result<(), ExplainError>,
) -> Result<(), ExplainError> {
    if !entry.made_of.is_empty() {
        let mut whole = Total::ZERO;
        whole.add(entry.amount);
        same("what was settled", total(&entry.made_of), whole)?;
    }
    entry.made_of.iter().try_for_each(|entry| check_chain(entry, same))
}

fn sum(totals: impl Iterator<Item = Total>) -> Total {
    totals.fold(Total::ZERO, Total::plus)
}

fn total<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Total {
    entries.into_iter().fold(Total::ZERO, |mut sum, entry| {
        sum.add(entry.amount);
        sum
    })
}

/// An entry and all that it is made of.
fn weight(entry: &Entry) -> usize {
    entry.made_of.iter().fold(1, |sum, entry| sum.saturating_add(weight(entry)))
}

fn count(number: &mut u64) {
    *number = number.saturating_add(1);
}
