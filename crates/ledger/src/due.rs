//! Carrying out what the clock demands (待办). `domain.md` §6.
//!
//! Each duty is an ordinary idempotent command by `system`, appended like any other: a crash between any
//! two loses and doubles nothing, and two processes that do the same do it once.

use tuanzhang_core::{Actor, Command, Rejection, Time};

use crate::error::ExecuteError;
use crate::ledger::Ledger;
use crate::request::{Done, Request};

/// Most duties that are listed at once: about 10 MB.
const LISTED_DUTIES_MAX: usize = 100_000;

impl Ledger {
    /// Carries out what is due, at the handle's time or at `at`, until nothing is left, and returns how
    /// many records that wrote. One duty may make another due (a close lets prices be adjusted), so it is
    /// listed again until the list is empty. `seen` is shown each command with its answer; a refusal there
    /// means that a duty before it, or somebody else, has overtaken it.
    ///
    /// An app calls this every minute or so; [`Book::due`](tuanzhang_core::book::Book::due) only lists.
    ///
    /// ```
    /// use tuanzhang_ledger::Ledger;
    /// let ledger = Ledger::in_memory();
    /// assert_eq!(ledger.run_due(None, |command, answer| println!("{}: {answer:?}", command.name()))?, 0);
    /// # Ok::<(), tuanzhang_ledger::ExecuteError>(())
    /// ```
    ///
    /// # Errors
    /// The store failed: what was seen is done, call again. `Refused` (`clock_ahead`, `time_goes_back`)
    /// where the clock is wrong, so that nothing can be carried out.
    pub fn run_due(
        &self,
        at: Option<Time>,
        mut seen: impl FnMut(&Command, &Result<Done, Rejection>),
    ) -> Result<u64, ExecuteError> {
        let mut written = 0_u64;
        loop {
            let requests: Vec<Request> = self.read(|book| {
                let last = book.head().map_or(Time::from_micros(i64::MIN), |head| head.at);
                let now = at.unwrap_or_else(|| self.now().max(last));
                let due = book.due(now).take(LISTED_DUTIES_MAX);
                due.map(|command| Request { at, ..Request::new(Actor::System, command) }).collect()
            });
            if requests.is_empty() {
                return Ok(written);
            }
            let (answers, failed) = match self.execute_many(&requests) {
                Ok(answers) => (answers, None),
                Err(many) => (many.answered, Some(many.error)),
            };
            for (request, answer) in requests.iter().zip(&answers) {
                seen(&request.command, answer);
                let new = answer.as_ref().is_ok_and(|done| !done.repeated);
                written = written.saturating_add(u64::from(new));
            }
            if let Some(error) = failed {
                return Err(error);
            }
            if answers.iter().all(Result::is_err) {
                let refused = answers.into_iter().find_map(Result::err);
                return refused.map_or(Ok(written), |refused| Err(ExecuteError::Refused(refused)));
            }
        }
    }
}
