//! What happens in one step.

use std::sync::Arc;

use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Rejection, Time};
use tuanzhang_journal::simulation::Failing;
use tuanzhang_journal::{Journal, OpenError};
use tuanzhang_ledger::{Done, ExecuteError, Health, ReadError, Request};
use tuanzhang_log::Store;
use tuanzhang_log::testing::{AppendFault, Moment as When, ReadFault};
use tuanzhang_testkit::model::Outcome;

use crate::oracle::{Batch, Item, Moment, Sender, outcome};
use crate::reader::Reader;
use crate::world::{Death, World};

const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

/// One append's worth of commands, and what came back.
struct Sent {
    items: Vec<Item>,
    /// Of the first of them.
    answers: Vec<Result<Done, Rejection>>,
    error: Option<ExecuteError>,
}

impl World {
    pub(crate) fn step(&mut self) -> Result<(), String> {
        match self.random.below(100) {
            0..=44 => self.send_some(),
            45..=54 => self.duties(),
            55..=59 => self.second_process(),
            60..=64 => {
                let calls = 1 + self.random.below(60);
                self.watch.look_every(calls);
                Ok(())
            }
            65..=69 => {
                self.watch.reader(Reader::look);
                Ok(())
            }
            70..=76 if self.armed.is_none() => {
                self.count("disk faults armed");
                let failing = self.random.one(&[Failing::Once, Failing::ForEver]);
                self.arm(25, failing, None);
                Ok(())
            }
            77..=82 => self.store_fault(),
            83..=87 if self.armed.is_none() => {
                let death = self.random.one(&[Death::Kill, Death::Power]);
                self.arm(25, Failing::ForEver, Some(death));
                Ok(())
            }
            88 => {
                let death = self.random.one(&[Death::Kill, Death::Power]);
                self.die(death);
                Ok(())
            }
            89..=91 => self.close_and_open(),
            92..=96 => self.wrong_clock(),
            _ => self.verify(),
        }
    }

    /// What a step has brought on.
    pub(crate) fn after_step(&mut self) -> Result<(), String> {
        if let Some(wrong) = self.watch.reader(|reader| reader.wrong.clone()) {
            return Err(wrong);
        }
        if self.has_failed()
            && let Some(armed) = self.armed.take()
        {
            if let Some(death) = armed.death {
                self.die(death);
            } else {
                self.count("disk faults");
                self.is_troubled = true;
            }
        }
        if self.open.is_some() && self.is_troubled && self.random.percent(40) {
            match self.random.below(4) {
                0 => self.die(Death::Kill),
                1 => self.die(Death::Power),
                _ => return self.reopen(),
            }
        }
        Ok(())
    }

    /// New commands, those that wait, and some again; by one of the ways into the ledger.
    fn send_some(&mut self) -> Result<(), String> {
        let most = match self.random.below(10) {
            0..=3 => 1,
            4..=6 => 2 + self.random.below(4),
            7..=8 => 6 + self.random.below(15),
            _ => 21 + self.random.below(40),
        };
        let room = self.settings.commands - self.figures.of("commands wanted");
        // An import says when each was recorded.
        let is_import = self.random.percent(15);
        for _ in 0..most.min(room) {
            self.want(is_import);
        }
        let items = self.app.some(&mut self.random, usize::try_from(most).unwrap() + 3);
        self.send(items)
    }

    fn want(&mut self, is_import: bool) {
        let sent = self.life.step();
        self.count("commands wanted");
        let is_past = sent.at < self.truth;
        self.truth = self.truth.max(sent.at);
        let at = (is_past || is_import).then_some(sent.at);
        let (occurred_at, actor, command) = (sent.occurred_at, sent.actor, sent.command);
        self.app.want(Request { at, occurred_at, actor, command });
    }

    /// Sends all that waits, with a right clock.
    pub(crate) fn send_all(&mut self) -> Result<(), String> {
        self.is_clock_wrong = false;
        self.send(self.app.all())
    }

    fn send(&mut self, items: Vec<Item>) -> Result<(), String> {
        if items.is_empty() {
            return Ok(());
        }
        if !self.is_clock_wrong {
            self.clock.set(self.truth);
        }
        self.figures.add("commands sent", u64::try_from(items.len()).unwrap());
        match self.random.below(3) {
            0 => {
                let requests: Vec<_> = items.iter().map(|item| item.request.clone()).collect();
                let (answers, error) = match self.open().ledger.execute_many(&requests) {
                    Ok(answers) => (answers, None),
                    Err(many) => (many.answered, Some(many.error)),
                };
                self.settle(vec![Sent { items, answers, error }])?;
            }
            1 => {
                for item in items {
                    let answer = self.open().ledger.execute_request(item.request.clone());
                    self.settle(vec![sent(vec![item], vec![answer])])?;
                }
            }
            _ => {
                let requests: Vec<_> = items.iter().map(|item| item.request.clone()).collect();
                let batches = self.clock.submit(&self.open().ledger, &requests);
                let mut items = items.into_iter();
                let batches = batches.into_iter().map(|answers| {
                    let items = items.by_ref().take(answers.len()).collect();
                    sent(items, answers)
                });
                let batches = batches.collect();
                self.settle(batches)?;
            }
        }
        self.is_clock_wrong = false;
        self.open().store.fail_reads(None);
        Ok(())
    }

    fn moment(&self) -> Moment {
        Moment { now: self.clock.time(), confirmed: self.open().confirmed }
    }

    /// Holds what came back against the model, and tells the app.
    fn settle(&mut self, sent: Vec<Sent>) -> Result<(), String> {
        let moment = self.moment();
        let accepted = |sent: &Sent| {
            let new = sent.answers.iter().flatten().find(|done| !done.repeated);
            new.map(|done| done.position.get())
        };
        let firsts: Vec<_> = sent.iter().map(accepted).collect();
        let failed = sent.iter().any(|sent| sent.error.is_some());
        for (number, sent) in sent.into_iter().enumerate() {
            for (item, answer) in sent.items.iter().zip(&sent.answers) {
                let outcome = self.oracle.answered(item, moment, answer)?;
                self.note(format!("{} {outcome:?}", item.request.command.name()));
                self.tell(item, outcome);
            }
            let rest = sent.items[sent.answers.len()..].to_vec();
            match sent.error {
                None if rest.is_empty() => {}
                None => return Err(format!("{} commands without an answer", rest.len())),
                Some(error) => {
                    let next = firsts[number + 1..].iter().flatten().next();
                    self.unanswered(Batch { items: rest, moment }, &error, next.copied())?;
                }
            }
        }
        let ledger = &self.open().ledger;
        let position = ledger.position().get();
        if !failed && ledger.health() == Health::Ready && position != self.oracle.size() {
            return Err(format!("at {position}, and {} were answered", self.oracle.size()));
        }
        Ok(())
    }

    fn tell(&mut self, item: &Item, outcome: Outcome) {
        self.count(match outcome {
            Outcome::Accepted { .. } => "answered accepted",
            Outcome::Repeated { .. } => "answered repeated",
            Outcome::Rejected { code: "clock_ahead" | "time_goes_back" } => "answered wrong time",
            Outcome::Rejected { .. } => "answered refused",
        });
        if outcome == (Outcome::Rejected { code: "clock_ahead" }) && !self.is_clock_wrong {
            // Somebody looked, and it really is so late.
            let truth = self.truth;
            if let Some(open) = &mut self.open {
                open.ledger.confirm_clock(truth);
                open.confirmed = Some(truth);
            }
        }
        if let Sender::App(wanted) = item.sender {
            self.app.answered(wanted, outcome, self.is_clock_wrong);
        }
    }

    /// A batch without an answer: was it recorded? `next` is where the next batch went.
    fn unanswered(
        &mut self,
        batch: Batch,
        error: &ExecuteError,
        next: Option<u64>,
    ) -> Result<(), String> {
        self.note(format!("{} without an answer: {}", batch.items.len(), kind(error)));
        let on_demand = error.to_string().contains("on demand");
        match error {
            ExecuteError::Refused(_) => return Err(format!("refused as a whole: {error}")),
            ExecuteError::Damaged { .. } => return Err(error.to_string()),
            ExecuteError::Unavailable { .. } => {
                self.count("batches unavailable");
                return Ok(());
            }
            ExecuteError::Unknown { .. } => self.count("batches unknown"),
        }
        for item in &batch.items {
            if let Sender::App(wanted) = item.sender {
                self.app.unanswered(wanted, &mut self.random);
            }
        }
        let known = self.oracle.size();
        let reached = match next {
            Some(next) => Some(next - 1),
            None if on_demand => self.size_in_store(),
            None => None,
        };
        match reached {
            Some(size) if size > known => {
                self.oracle.recorded(&batch)?;
                if self.oracle.size() == size {
                    return Ok(());
                }
                let of = self.oracle.size() - known;
                Err(format!("half: {} of the {of} records of a batch are there", size - known))
            }
            Some(_) => Ok(()),
            None if self.oracle.flight.is_some() => Err("a second batch is in doubt".into()),
            None => {
                self.oracle.flight = Some(batch);
                Ok(())
            }
        }
    }

    /// What the journal beneath has, where it can be asked.
    fn size_in_store(&self) -> Option<u64> {
        let journal = self.open().store.inner();
        let books = journal.books().ok()?;
        books.first().map_or(Some(0), |key| Some(journal.head(*key).ok()?.size))
    }

    /// What the clock demands.
    pub(crate) fn duties(&mut self) -> Result<(), String> {
        if !self.is_clock_wrong {
            self.clock.set(self.truth);
        }
        let at = self.random.percent(30).then_some(self.truth);
        let listed = self.due(at);
        let (mut items, mut answers) = (Vec::new(), Vec::new());
        let answer = self.open().ledger.run_due(at, |command, answer| {
            items.push(duty(at, command.clone()));
            answers.push(answer.clone());
        });
        let new = |answer: &&Result<_, _>| matches!(outcome(answer), Outcome::Accepted { .. });
        let written = u64::try_from(answers.iter().filter(new).count()).unwrap();
        self.note(format!("{written} of {} duties done", items.len()));
        self.figures.add("duties done", written);
        let (none, refused) = (items.is_empty(), answers.last().is_some_and(Result::is_err));
        self.settle(vec![Sent { items, answers, error: None }])?;
        match answer {
            Ok(counted) if counted == written => {}
            Ok(counted) => return Err(format!("{counted} duties done, {written} were seen")),
            Err(ExecuteError::Refused(_)) if refused => {}
            Err(error) => {
                // The first list, or the one after what was seen.
                let items = if none { listed } else { self.due(at) };
                self.unanswered(Batch { items, moment: self.moment() }, &error, None)?;
            }
        }
        self.is_clock_wrong = false;
        self.open().store.fail_reads(None);
        Ok(())
    }

    /// What the ledger finds due.
    fn due(&self, at: Option<Time>) -> Vec<Item> {
        self.open().ledger.read(|book| {
            let last = book.head().map_or(Time::from_micros(i64::MIN), |head| head.at);
            let now = at.unwrap_or_else(|| self.clock.time().max(last));
            book.due(now).map(|command| duty(at, command)).collect()
        })
    }

    /// Somebody else wants to write; nothing of the disk may change.
    fn second_process(&mut self) -> Result<(), String> {
        let before = self.disk.files();
        match Journal::with_segments(Arc::new(self.disk.clone()), 512, 512) {
            Err(OpenError::Locked { .. }) => self.count("second processes refused"),
            Err(OpenError::Unavailable(_)) if self.has_failed() || self.is_troubled => {}
            Err(other) => return Err(format!("the second process: {other}")),
            Ok(_) => return Err("a second process writes".into()),
        }
        if self.disk.files() == before {
            return Ok(());
        }
        Err("a second process that was refused has changed the disk".into())
    }

    /// The store's next answer is lost, or it can't be reached.
    fn store_fault(&mut self) -> Result<(), String> {
        let (fault, when) = self.random.one(&[
            (AppendFault::Unknown, When::Before),
            (AppendFault::Unknown, When::After),
            (AppendFault::Unknown, When::After),
            (AppendFault::Unavailable, When::Before),
            (AppendFault::Raced, When::Before),
        ]);
        self.count("answers lost on purpose");
        self.note(format!("the next append: {fault:?} {when:?}"));
        self.open().store.fail_next_append(fault, when);
        if self.random.percent(20) {
            self.open().store.fail_reads(Some(ReadFault::Unavailable));
        }
        self.send_some()
    }

    fn close_and_open(&mut self) -> Result<(), String> {
        if self.is_troubled || self.armed.is_some() {
            return Ok(());
        }
        self.count("clean closes");
        self.note("closed");
        self.sound()?;
        self.open = None;
        self.restart()
    }

    /// The clock is wrong for the next batch.
    fn wrong_clock(&mut self) -> Result<(), String> {
        if self.oracle.size() == 0 {
            return Ok(());
        }
        let far = i64::try_from(self.random.below(5_000)).unwrap();
        let by = match self.random.below(4) {
            0 => -1 - far * SECOND / 1_250,
            1 => -SECOND * (6 + 7 * far),
            2 => DAY * (31 + far),
            _ => i64::MAX,
        };
        self.count("wrong clocks");
        self.note(format!("the clock is wrong by {by}"));
        self.is_clock_wrong = true;
        self.clock.set(Time::from_micros(self.truth.micros().saturating_add(by)));
        if self.random.percent(30) { self.duties() } else { self.send_some() }
    }

    fn verify(&mut self) -> Result<(), String> {
        let store = self.open().ledger.store();
        let verified = match store.books() {
            Ok(books) => books.iter().try_for_each(|key| store.verify(*key).map(drop)),
            Err(error) => Err(error),
        };
        self.count("verified");
        match verified {
            Err(ReadError::Unavailable(_)) if self.has_failed() || self.is_troubled => Ok(()),
            Err(error) => Err(format!("verify: {error}")),
            Ok(()) => Ok(()),
        }
    }
}

/// What the answers of one batch say: an answer each, or one error for all.
fn sent(items: Vec<Item>, answers: Vec<Result<Done, ExecuteError>>) -> Sent {
    let (mut given, mut failure) = (Vec::new(), None);
    for answer in answers {
        match answer {
            Ok(done) => given.push(Ok(done)),
            Err(ExecuteError::Refused(rejection)) => given.push(Err(rejection)),
            Err(error) => failure = Some(error),
        }
    }
    Sent { items, answers: given, error: failure }
}

fn duty(at: Option<Time>, command: Command) -> Item {
    let request = Request { at, ..Request::new(Actor::System, command) };
    Item { request, sender: Sender::Clock }
}

fn kind(error: &ExecuteError) -> &'static str {
    match error {
        ExecuteError::Refused(_) => "refused",
        ExecuteError::Unknown { .. } => "unknown",
        ExecuteError::Unavailable { .. } => "unavailable",
        ExecuteError::Damaged { .. } => "damaged",
    }
}
