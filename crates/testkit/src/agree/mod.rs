//! Core against the model, over whole lives: one driver for seeds, property tests and fuzzing.
//!
//! After every command: the same answer at the same position; the record's own command, decided again,
//! gives the record's events; what they move is what the model moved, account by account; and everything
//! that they touch is the same in both (`compare`). Beside the model, `facts` holds what must be true
//! of the events and the state whatever the rules compute. Now and then all of it is compared, and at the
//! end the state is folded again from the records and compared table by table (`same`).
//!
//! A disagreement that leaves no trace (two refusals) is noted and the life goes on; any other ends it.
//! Cost: what a command touches, its campaign's orders in the model, and all balances by name.

mod compare;
mod core;
mod facts;
mod print;
mod same;
mod touch;

use std::collections::BTreeMap;

use tuanzhang_core::accounting::for_each_posting;
use tuanzhang_core::book::{Book, decide};

use crate::life::{Life, Sent};
use crate::model::{Model, Outcome};
use compare::Both;
pub use core::{Core, Rules};
use facts::Facts;
pub use print::{json_line, json_lines};
pub use same::same_state;
use touch::Touched;

/// What a run holds core against.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// The model. Without it the invariants must find what is wrong on their own.
    pub model: bool,
    /// What must be true whatever the rules compute.
    pub invariants: bool,
    /// After so many commands everything is compared, not only what was touched.
    pub everything_every: u64,
}

impl Checks {
    /// Everything that a run can hold core against.
    pub const ALL: Self = Self { model: true, invariants: true, everything_every: 100 };
}

/// What core did that it shouldn't have, or the model.
#[derive(Clone, Debug)]
pub struct Fault {
    /// For counting: which check found it, and in which command.
    pub kind: String,
    /// The command's number in its life, from 1.
    pub number: u64,
    /// What is wrong, with both values.
    pub what: String,
}

/// What a run saw.
#[derive(Default, Debug)]
pub struct Lived {
    /// Commands sent.
    pub commands: u64,
    /// How often each command got each answer.
    pub answers: BTreeMap<String, u64>,
    /// What went wrong; the last of them may have ended the life.
    pub faults: Vec<Fault>,
}

/// Lives up to so many commands of a life under core's own rules, with all checks.
pub fn live(life: Life, most: u64) -> Lived {
    live_under(decide::<Book>, life, most, Checks::ALL)
}

/// Lives up to so many commands of a life under these rules.
pub fn live_under(rules: impl Rules, life: Life, most: u64, checks: Checks) -> Lived {
    let mut run = Run { life, core: Core::new(rules), facts: Facts::default(), checks };
    let mut lived = Lived::default();
    let mut balances = BTreeMap::new();
    for number in 1..=most {
        let Some(sent) = run.life.next() else { break };
        lived.commands = number;
        match run.command(&sent, number, &mut balances) {
            Ok(answer) => {
                let answer = format!("{} {}", sent.command.name(), word(answer));
                *lived.answers.entry(answer).or_default() += 1;
            }
            Err(Found { kind, what, ends }) => {
                let kind = format!("{}: {kind}", sent.command.name());
                let what = format!("{what}\nin command {number}: {}", json_line(&sent));
                lived.faults.push(Fault { kind, number, what });
                if ends {
                    return lived;
                }
            }
        }
    }
    if let Err(Found { kind, what, .. }) = run.end(&balances) {
        lived.faults.push(Fault { kind, number: lived.commands, what });
    }
    lived
}

/// Compares everything that there is in a model and in a book, all balances and what is due, now and later;
/// and the model with its own second computation.
///
/// # Errors
/// Names the first thing in which they differ.
pub fn same_book(model: &Model, book: &Book) -> Result<(), String> {
    let both = Both { model, book };
    both.balances(&compare::balances(book))?;
    both.everything()?;
    both.due()?;
    model.check()
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Repeated { .. } => "repeated",
        Outcome::Rejected { code } => code,
    }
}

/// A fault, before it is known where.
struct Found {
    kind: String,
    what: String,
    /// Whether core and model are no longer the same book.
    ends: bool,
}

/// A fault that a check of this kind found.
fn of(kind: &str) -> impl Fn(String) -> Found {
    move |what| Found { kind: kind.into(), what, ends: true }
}

struct Run<R> {
    life: Life,
    core: Core<R>,
    facts: Facts,
    checks: Checks,
}

impl<R: Rules> Run<R> {
    /// Sends a command that the model has answered, and holds core against all that was asked for.
    /// `balances` are the sums of what core's events moved, by account as it is printed.
    fn command(
        &mut self,
        sent: &Sent,
        number: u64,
        balances: &mut BTreeMap<String, i128>,
    ) -> Result<Outcome, Found> {
        let (answer, record) = self.core.submit(sent).map_err(of("core"))?;
        if self.checks.model && answer != sent.outcome {
            let kind = format!("{} and {}", word(sent.outcome), word(answer));
            let what = format!("model {:?}\ncore  {answer:?}", sent.outcome);
            let leaves_a_trace = |outcome| matches!(outcome, Outcome::Accepted { .. });
            let ends = leaves_a_trace(answer) || leaves_a_trace(sent.outcome);
            return Err(Found { kind, what, ends });
        }
        if let Some(at) = record {
            self.touched(at, balances)?;
        }
        if number.is_multiple_of(self.checks.everything_every) {
            self.everything(balances)?;
        }
        Ok(answer)
    }

    /// What a record moved and touched, in both; and what must be true of it.
    fn touched(&mut self, at: usize, balances: &mut BTreeMap<String, i128>) -> Result<(), Found> {
        let (record, book) = (&self.core.records[at], &self.core.book);
        let touched = Touched::by(record);
        for event in &record.events {
            for_each_posting(event, &mut |account, amount| {
                *balances.entry(account.to_string()).or_insert(0) += i128::from(amount.minor());
            });
        }
        compare::balances_follow(book, &touched.accounts, balances).map_err(of("balances"))?;
        if self.checks.model {
            let both = Both { model: self.life.model(), book };
            both.balances(balances).map_err(of("balances"))?;
            both.touched(&touched).map_err(of("state"))?;
        }
        if self.checks.invariants {
            self.facts.record(record, &touched, book).map_err(of("invariant"))?;
        }
        Ok(())
    }

    /// All there is, in both.
    fn everything(&self, balances: &BTreeMap<String, i128>) -> Result<(), Found> {
        let book = &self.core.book;
        let folded = compare::balances(book);
        if !folded.iter().eq(balances.iter().filter(|(_, amount)| **amount != 0)) {
            return Err(of("balances")(compare::differences(balances, &folded)));
        }
        if self.checks.model {
            let model = self.life.model();
            let both = Both { model, book };
            both.everything().map_err(of("state"))?;
            both.due().map_err(of("due"))?;
            model.check().map_err(of("the model against itself"))?;
        }
        Ok(())
    }

    /// At the end of a life: all there is, and the same again from the records.
    fn end(&self, balances: &BTreeMap<String, i128>) -> Result<(), Found> {
        self.everything(balances)?;
        let replayed = self.core.replayed().map_err(of("replay"))?;
        same_state(&self.core.book, &replayed).map_err(of("replay"))?;
        let position = self.core.book.position().get();
        if self.checks.model && self.life.model().position() != position {
            return Err(of("position")(format!("{} and {position}", self.life.model().position())));
        }
        Ok(())
    }
}
