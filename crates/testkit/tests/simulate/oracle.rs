//! What must be in the log, byte for byte, and what each command must be answered: the reference model and
//! core, fed with the commands in the order in which the ledger recorded them.

use tuanzhang_core::accounting::for_each_posting;
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::command::Command;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{Head, Position, Record, Rejection, RulesVersion, Time};
use tuanzhang_ledger::{CLOCK_LEAP_DAYS_MAX, CLOCK_SLACK_MICROS, Done, Request};
use tuanzhang_log::TreeHead;
use tuanzhang_log::tree::{Edge, consistency_proof, leaf_hash, verify_consistency};
use tuanzhang_testkit::agree::{same_book, same_state};
use tuanzhang_testkit::model::{Model, Outcome};

/// Who sent a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sender {
    /// The app, by the number of what it wants.
    App(usize),
    /// The duties of the clock.
    Clock,
}

/// A command on its way.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) request: Request,
    pub(crate) sender: Sender,
}

/// Commands that go into one append, or into none.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) items: Vec<Item>,
    pub(crate) moment: Moment,
}

/// What the ledger's clock said, and what a person has confirmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Time,
    pub(crate) confirmed: Option<Time>,
}

/// Whose a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Claim {
    /// The app was answered that this is what it wanted.
    App(usize),
    /// The clock's.
    Clock,
    /// The app has sent it and was not answered yet.
    Nobody,
}

/// Codes of refusals that hold at whatever time.
const TIMELESS: [&str; 9] = [
    "bad_amount",
    "bad_rate",
    "bad_terms",
    "bad_lines",
    "too_large",
    "shares_exceed_whole",
    "book_missing",
    "book_exists",
    "not_allowed",
];

/// The second opinion on a whole ledger.
#[derive(Default, Debug)]
pub(crate) struct Oracle {
    pub(crate) model: Model,
    pub(crate) book: Book,
    /// The bytes of every record that must be there.
    pub(crate) log: Vec<Vec<u8>>,
    claims: Vec<Claim>,
    /// The head after each record; what anybody has seen as head is one of these.
    heads: Vec<TreeHead>,
    edge: Edge,
    /// A batch whose answer was lost with the handle: it is in the log as a whole or not at all.
    pub(crate) flight: Option<Batch>,
}

/// A count as a position.
pub(crate) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

/// The answer to a command, without its record.
pub(crate) fn outcome(answer: &Result<Done, Rejection>) -> Outcome {
    match answer {
        Ok(done) if done.repeated => Outcome::Repeated { position: done.position.get() },
        Ok(done) => Outcome::Accepted { position: done.position.get() },
        Err(rejection) => Outcome::Rejected { code: rejection.code() },
    }
}

fn is_timeless(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Rejected { code } => TIMELESS.contains(&code),
        Outcome::Accepted { .. } | Outcome::Repeated { .. } => false,
    }
}

/// *All that is left*, without an id: sent again later, it may be a new command.
fn means_all_that_is_left(command: &Command) -> bool {
    match command {
        Command::ShipOrder(c) => c.parcel.is_none(),
        Command::ArriveAtPickup(c) => c.arrival.is_none(),
        Command::ReceiveOrder(c) => c.receipt.is_none(),
        Command::PickUpOrder(c) => c.handover.is_none(),
        _ => false,
    }
}

impl Oracle {
    /// Records that must be there.
    pub(crate) fn size(&self) -> u64 {
        number(self.log.len())
    }

    pub(crate) fn head(&self) -> TreeHead {
        self.heads.last().copied().unwrap_or(TreeHead::EMPTY)
    }

    /// When a command is recorded, and whether the clock has leapt.
    fn time_of(&self, request: &Request, moment: Moment) -> (Time, bool) {
        let Some(last) = self.book.head().map(|head| head.at) else {
            return (request.at.unwrap_or(moment.now), false);
        };
        if let Some(at) = request.at {
            return (at, false);
        }
        let now = moment.now;
        if now < last && last.micros() - now.micros() <= CLOCK_SLACK_MICROS {
            return (last, false);
        }
        let trusted = moment.confirmed.map_or(last, |confirmed| confirmed.max(last));
        (now, now > trusted.plus_days(CLOCK_LEAP_DAYS_MAX))
    }

    /// The model's answer.
    fn expected(&self, request: &Request, moment: Moment) -> Result<Outcome, String> {
        let (at, leapt) = self.time_of(request, moment);
        let Request { occurred_at, actor, command, .. } = request;
        let answer = self.model.answer(at, *occurred_at, *actor, command);
        let decision = decide(&self.book, at, *occurred_at, *actor, command);
        if leapt && !is_timeless(answer) && !matches!(decision, Decision::Known(_)) {
            return Ok(Outcome::Rejected { code: "clock_ahead" });
        }
        // Which of two refusals it is, is for `tests/agree.rs` to compare.
        match (answer, self.refused_by_core(decision, command)?) {
            (Outcome::Rejected { .. }, Some(code)) => Ok(Outcome::Rejected { code }),
            (answer, None) => Ok(answer),
            (answer, Some(code)) => Err(format!("model {answer:?}, core {code}: {request:?}")),
        }
    }

    fn refused_by_core(
        &self,
        decision: Decision,
        command: &Command,
    ) -> Result<Option<&'static str>, String> {
        match decision {
            Decision::Rejected(rejection) => Ok(Some(rejection.code())),
            Decision::Accepted(_) => Ok(None),
            Decision::Known(known) => {
                let bytes = &self.log[usize::try_from(known.position.get()).unwrap() - 1];
                let record = tuanzhang_wire::decode(bytes).map_err(|error| error.to_string())?;
                Ok(known.answer(&self.book, command, &record).err().map(|other| other.code()))
            }
        }
    }

    /// Holds an answer against the model's and core's, and takes in what it recorded.
    pub(crate) fn answered(
        &mut self,
        item: &Item,
        moment: Moment,
        answer: &Result<Done, Rejection>,
    ) -> Result<Outcome, String> {
        let Item { request, sender } = item;
        let (expected, given) = (self.expected(request, moment)?, outcome(answer));
        if given != expected {
            return Err(format!("model {expected:?}\nledger {given:?}\nto {request:?}"));
        }
        match answer {
            Ok(done) if done.repeated => self.repeated(done, *sender)?,
            Ok(done) => {
                let claim = match sender {
                    Sender::App(wanted) => Claim::App(*wanted),
                    Sender::Clock => Claim::Clock,
                };
                if matches!(claim, Claim::App(_)) && self.claims.contains(&claim) {
                    self.doubled(request)?;
                }
                let record = self.record(request, moment)?;
                if record != *done.record {
                    return Err(format!("core {record:?}\nledger {:?}", done.record));
                }
                self.take(request, &record, claim)?;
            }
            Err(_) => {}
        }
        Ok(given)
    }

    fn doubled(&self, request: &Request) -> Result<(), String> {
        if means_all_that_is_left(&request.command) {
            return Ok(());
        }
        Err(format!("doubled: recorded again behind {}: {request:?}", self.size()))
    }

    fn repeated(&mut self, done: &Done, sender: Sender) -> Result<(), String> {
        let at = usize::try_from(done.position.get()).unwrap() - 1;
        let bytes = tuanzhang_wire::encode(&done.record).map_err(|error| error.to_string())?;
        if self.log.get(at) != Some(&bytes) {
            return Err(format!("repeated, with another record: {done:?}"));
        }
        if let (Claim::Nobody, Sender::App(wanted)) = (self.claims[at], sender) {
            self.claims[at] = Claim::App(wanted);
        }
        Ok(())
    }

    /// The record that a command makes now.
    fn record(&self, request: &Request, moment: Moment) -> Result<Record, String> {
        let (at, _) = self.time_of(request, moment);
        let Request { occurred_at, actor, .. } = *request;
        match decide(&self.book, at, occurred_at, actor, &request.command) {
            Decision::Accepted(events) => {
                let (position, rules) = (Position::new(self.size() + 1), RulesVersion::CURRENT);
                Ok(Record { head: Head { position, at, occurred_at, actor, rules }, events })
            }
            other => Err(format!("accepted by the model, by core {other:?}: {request:?}")),
        }
    }

    fn take(&mut self, request: &Request, record: &Record, claim: Claim) -> Result<(), String> {
        let Head { position, at, occurred_at, actor, .. } = record.head;
        let outcome = self.model.submit(at, occurred_at, actor, &request.command);
        if outcome != (Outcome::Accepted { position: position.get() }) {
            return Err(format!("the model says {outcome:?} to {request:?}"));
        }
        apply(&mut self.book, record).map_err(|error| error.to_string())?;
        let bytes = tuanzhang_wire::encode(record).map_err(|error| error.to_string())?;
        self.edge.push(leaf_hash(&bytes));
        self.heads.push(self.edge.head());
        self.log.push(bytes);
        self.claims.push(claim);
        Ok(())
    }

    /// Takes in a batch that was recorded though nobody was answered.
    pub(crate) fn recorded(&mut self, batch: &Batch) -> Result<(), String> {
        for Item { request, sender } in &batch.items {
            if let Outcome::Accepted { .. } = self.expected(request, batch.moment)? {
                let record = self.record(request, batch.moment)?;
                let claim = match sender {
                    Sender::App(_) => Claim::Nobody,
                    Sender::Clock => Claim::Clock,
                };
                self.take(request, &record, claim)?;
            }
        }
        Ok(())
    }

    /// Holds the log of an opened book against all that was answered and against what may be there besides.
    pub(crate) fn found(&mut self, log: &[Vec<u8>]) -> Result<(), String> {
        let known = self.log.len();
        if log.len() < known {
            return Err(format!("lost: {} of {known} records are there", log.len()));
        }
        if let Some(batch) = self.flight.take()
            && log.len() > known
        {
            self.recorded(&batch)?;
            let (found, of) = (log.len() - known, self.log.len() - known);
            if found != of {
                return Err(format!("half: {found} of the {of} records of a batch are there"));
            }
        }
        if log.len() > self.log.len() {
            let surplus = log.len() - self.log.len();
            return Err(format!("{surplus} records behind {known} that nobody can have sent"));
        }
        match log.iter().zip(&self.log).position(|(found, known)| found != known) {
            None => Ok(()),
            Some(at) => Err(format!("record {} is another than was answered", at + 1)),
        }
    }

    /// The tree of a book that was opened again goes on from what it was when it had `old` records.
    pub(crate) fn goes_on(&self, old: usize, found: TreeHead) -> Result<(), String> {
        if found != self.head() {
            return Err(format!("the head is {found:?}, it should be {:?}", self.head()));
        }
        let Some(seen) = self.heads.get(old).filter(|seen| seen.size < found.size) else {
            return Ok(());
        };
        let leaves: Vec<_> = self.log.iter().map(|bytes| leaf_hash(bytes)).collect();
        let proof = consistency_proof(&leaves, seen.size).map_err(|error| error.to_string())?;
        verify_consistency(*seen, found, &proof)
            .map_err(|error| format!("{found:?} doesn't go on from {seen:?}: {error}"))
    }

    /// The ledger's state is what its log folds to, and what the model has.
    pub(crate) fn same(&self, live: &Book) -> Result<(), String> {
        same_state(live, &self.book).map_err(|what| format!("live and replayed: {what}"))?;
        same_book(&self.model, live).map_err(|what| format!("model and ledger: {what}"))?;
        let sum: i64 = live.balances().values().map(|money| money.minor()).sum();
        if sum == 0 { Ok(()) } else { Err(format!("the balances sum to {sum}")) }
    }

    /// Every record has one who wanted it, and was told so.
    pub(crate) fn all_claimed(&self) -> Result<(), String> {
        for (at, claim) in self.claims.iter().enumerate() {
            let record = tuanzhang_wire::decode(&self.log[at]).map_err(|e| e.to_string())?;
            let nobody = || format!("doubled: nobody was answered record {}: {record:?}", at + 1);
            if *claim == Claim::Nobody && !means_all_that_is_left(&self.command(&record)?) {
                return Err(nobody());
            }
        }
        Ok(())
    }

    fn command(&self, record: &Record) -> Result<Command, String> {
        // Before open_book there is no currency; its record holds no money.
        let decimals = self.book.head().map(|head| head.opened.currency.decimals);
        let decimals = decimals.or(Decimals::new(2)).ok_or("2 is a number of decimals")?;
        Command::from_record(record, decimals).map_err(|error| format!("{error}: {record:?}"))
    }

    /// From nothing: the commands in the records, in their order, give the records again, in core and in a
    /// new model.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let (mut model, mut book) = (Model::new(), Book::default());
        for (position, bytes) in (1..).zip(&self.log) {
            let record = tuanzhang_wire::decode(bytes).map_err(|error| error.to_string())?;
            let command = self.command(&record)?;
            let Head { at, occurred_at, actor, .. } = record.head;
            let outcome = model.submit(at, occurred_at, actor, &command);
            if outcome != (Outcome::Accepted { position }) {
                return Err(format!("audit: the model says {outcome:?} to {command:?}"));
            }
            let decided = decide(&book, at, occurred_at, actor, &command);
            if decided != Decision::Accepted(record.events.clone()) {
                return Err(format!("audit: {decided:?} and {:?}", record.events));
            }
            for event in &record.events {
                let mut sum = 0_i128;
                for_each_posting(event, &mut |_, money| sum += i128::from(money.minor()));
                if sum != 0 {
                    return Err(format!("audit: {event:?} posts {sum}"));
                }
            }
            apply(&mut book, &record).map_err(|error| error.to_string())?;
        }
        same_state(&book, &self.book).map_err(|what| format!("audit: {what}"))?;
        same_book(&model, &book).map_err(|what| format!("audit: {what}"))
    }
}
