//! The handle itself: what apps call.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::{self, JoinHandle};

use tuanzhang_core::book::Book;
use tuanzhang_core::{Actor, BookId, Command, Position, Rejection, Time};
use tuanzhang_log::{BookKey, Cause, MemoryStore, Store, Writers};
use tuanzhang_wire::book_key;

use crate::activities::Activities;
use crate::clock::Clock;
use crate::error::{ExecuteError, ManyError, OpenError};
use crate::execute::{self, BATCH_RECORDS_MAX, Writer};
use crate::follow::{Follow, News};
use crate::open;
use crate::options::Options;
use crate::queue::{Entry, Queue, Runner};
use crate::records::Records;
use crate::request::{Answer, Done, Request};
use crate::slot::{Submitted, Woken};
use crate::stats::{Counters, Health, Stats};

/// One book, open: its state in memory and the way to its store. `Send + Sync`; share it by reference or
/// in an `Arc`.
///
/// Dropping it waits until all that was submitted is answered, and lets go of the store. Those who
/// [`follow`](Self::follow) it keep the store open until they have given all that is in it, are stopped
/// or dropped.
#[derive(Debug)]
pub struct Ledger {
    shared: Arc<Shared>,
    /// The thread that serves `submit`, from its first call on.
    serving: Mutex<Option<JoinHandle<()>>>,
}

/// What callers and the serving thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_slack_micros: i64,
    /// Others may append to the same book.
    pub(crate) many_writers: bool,
    /// Durable: changed only by records that the store has, under a write lock held to merge.
    book: RwLock<Book>,
    /// Locked by whoever has the turn, so never waited for.
    writer: Mutex<Writer>,
    queue: Queue,
    confirmed: Mutex<Option<Time>>,
    health: Mutex<Health>,
    counters: Mutex<Counters>,
    /// For those who follow.
    pub(crate) news: Arc<News>,
}

impl Ledger {
    /// Opens the store's only book by replaying it; in a store without one, the first command must be
    /// `open_book`.
    ///
    /// # Errors
    /// The store can't be read, or holds what can't be folded; several books: use
    /// [`open_book`](Self::open_book).
    pub fn open(store: impl Store + 'static, options: Options) -> Result<Self, OpenError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let key = open::only_book(&store)?;
        let book = key.map(|key| open::replay(&store, key)).transpose()?.unwrap_or_default();
        Ok(Self::new(store, book, Writer::new(key, false), options))
    }

    /// Opens one book of a store that may keep many; if it isn't there yet, the first command must be
    /// `open_book` with this id.
    ///
    /// # Errors
    /// The store can't be read, or holds what can't be folded.
    pub fn open_book(
        store: impl Store + 'static,
        book: BookId,
        options: Options,
    ) -> Result<Self, OpenError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let key = book_key(book);
        let book = open::replay(&store, key)?;
        Ok(Self::new(store, book, Writer::new(Some(key), true), options))
    }

    /// Makes a ledger in memory with the machine's clock: for trying things out.
    pub fn in_memory() -> Self {
        Self::in_memory_with(Options::default())
    }

    /// Makes a ledger in memory: for an app's tests, with a [`ManualClock`](crate::ManualClock).
    pub fn in_memory_with(options: Options) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self::new(store, Book::default(), Writer::new(None, false), options)
    }

    fn new(store: Arc<dyn Store>, book: Book, writer: Writer, options: Options) -> Self {
        let shared = Shared {
            many_writers: store.guarantees().writers == Writers::Many,
            store,
            clock: options.clock,
            clock_slack_micros: options.clock_slack_micros,
            book: RwLock::new(book),
            news: Arc::new(News::new(writer.key)),
            writer: Mutex::new(writer),
            queue: Queue::new(options.queue_commands_max),
            confirmed: Mutex::new(options.confirmed),
            health: Mutex::new(Health::Ready),
            counters: Mutex::default(),
        };
        Self { shared: Arc::new(shared), serving: Mutex::new(None) }
    }

    /// Carries out a command and returns when it is durable. Blocks; in async code use
    /// [`submit`](Self::submit).
    ///
    /// # Errors
    /// By type what to do next: [`ExecuteError`].
    pub fn execute(&self, actor: Actor, command: impl Into<Command>) -> Result<Done, ExecuteError> {
        self.execute_request(Request::new(actor, command))
    }

    /// Carries out a command with times of its own, and returns when it is durable.
    ///
    /// # Errors
    /// By type what to do next: [`ExecuteError`].
    pub fn execute_request(&self, request: Request) -> Result<Done, ExecuteError> {
        match self.shared.queue.enter(request) {
            Entry::Turn(request) => {
                let (answers, failure) = self.shared.lead(&[request], Runner::Caller);
                match (answers.into_iter().next(), failure) {
                    (Some(answer), _) => answer.map_err(ExecuteError::Refused),
                    (None, failure) => Err(failure.unwrap_or_else(no_answer)),
                }
            }
            Entry::Wait(slot) => loop {
                match slot.wait() {
                    // The command is the first that waits, so it is in this batch.
                    Woken::Turn => drop(self.shared.lead(&[], Runner::Caller)),
                    Woken::Answered(answer) => return answer,
                }
            },
        }
    }

    /// Carries out many commands in order, in as few appends as they fit in, and returns when all are
    /// durable: one answer for each. They are no transaction: one can be refused and the next accepted,
    /// and others' commands may come in between.
    ///
    /// # Errors
    /// The store failed; [`ManyError`] has the answers of those before.
    pub fn execute_many(
        &self,
        requests: &[Request],
    ) -> Result<Vec<Result<Done, Rejection>>, ManyError> {
        let mut answered = Vec::with_capacity(requests.len());
        for own in requests.chunks(BATCH_RECORDS_MAX) {
            if let Some(slot) = self.shared.queue.enter_turn() {
                slot.wait_for_turn();
            }
            let (answers, failure) = self.shared.lead(own, Runner::Caller);
            let complete = answers.len() == own.len();
            answered.extend(answers);
            if !complete {
                return Err(ManyError { answered, error: failure.unwrap_or_else(no_answer) });
            }
        }
        Ok(answered)
    }

    /// Puts a command into the queue at once and gives a future of its answer, for any async runtime.
    /// Never blocks: a thread of the handle's, started by the first call, does the work; a full queue is
    /// answered `Unavailable`. Dropping the future doesn't withdraw the command.
    pub fn submit(&self, actor: Actor, command: impl Into<Command>) -> Submitted {
        self.submit_request(Request::new(actor, command))
    }

    /// As [`submit`](Self::submit), with times of its own.
    pub fn submit_request(&self, request: Request) -> Submitted {
        if let Err(error) = self.serve() {
            return Submitted::answered(Err(error));
        }
        match self.shared.queue.submit(request) {
            Ok(slot) => Submitted { slot },
            Err(limit) => {
                let cause = Cause::new(format!("{limit} commands wait already, the most that may"));
                Submitted::answered(Err(ExecuteError::unavailable(cause)))
            }
        }
    }

    /// Starts the serving thread, once.
    fn serve(&self) -> Result<(), ExecuteError> {
        let mut serving = lock(&self.serving);
        if serving.is_none() {
            let shared = Arc::clone(&self.shared);
            let serve = move || {
                while shared.queue.await_turn() {
                    // A panic of the store's answers the batch with `Unknown`; the next one is served.
                    let led = || drop(shared.lead(&[], Runner::Serving));
                    drop(catch_unwind(AssertUnwindSafe(led)));
                }
            };
            let thread = thread::Builder::new().name("tuanzhang-ledger".into()).spawn(serve);
            *serving = Some(thread.map_err(|error| {
                ExecuteError::unavailable(Cause::with(
                    "starting the thread that serves submit",
                    error,
                ))
            })?);
        }
        Ok(())
    }

    /// Looks at the durable state. Keep it short, and send no command from within: the writer waits for
    /// it. For long work, use [`records`](Self::records). What other handles append to the same store is
    /// seen here after the next command; [`follow`](Self::follow) sees it by itself.
    pub fn read<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.shared.book())
    }

    /// The last durable record that the state has; [`Position::START`] before the first.
    pub fn position(&self) -> Position {
        self.shared.book().position()
    }

    /// The durable records from a position on, beside the writer: for projections of one's own.
    pub fn records(&self, from: Position) -> Records<'_> {
        Records::new(&self.shared, from)
    }

    /// The durable records from a position on, and then each new one when it is durable: for an app's
    /// own tables, a search index, another process's view of the book. A handle of its own, for a thread
    /// or a task; [`Follow`] says how it waits, fails and ends.
    pub fn follow(&self, from: Position) -> Follow {
        Follow::new(Arc::clone(&self.shared.store), Arc::clone(&self.shared.news), from)
    }

    /// Opens the activity stream beside this book, with this handle's clock; it is a handle of its own.
    ///
    /// # Errors
    /// There is no book yet; the store can't be read, or holds what isn't a record.
    pub fn activities(&self) -> Result<Activities, OpenError> {
        let head = self.read(|book| book.head().map(|head| head.opened.book));
        let book = head.ok_or(OpenError::NoBook)?;
        let streams = self.shared.store.activity()?;
        Activities::with_clock(streams, book, Arc::clone(&self.shared.clock))
    }

    /// Says that it really is about this time (the `given` of a `clock_ahead`): the clock may then lie up
    /// to 30 days ahead of it. For a book that slept for long, once somebody has looked at the clock.
    pub fn confirm_clock(&self, time: Time) {
        *lock(&self.shared.confirmed) = Some(time);
    }

    /// What the handle's clock says.
    pub(crate) fn now(&self) -> Time {
        self.shared.clock.now()
    }

    /// What this handle has done since it was opened.
    pub fn stats(&self) -> Stats {
        let queue = self.shared.queue.len();
        lock(&self.shared.counters).stats(queue)
    }

    /// How this handle is.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// The store beneath, to verify it or to look at its guarantees.
    pub fn store(&self) -> &dyn Store {
        &self.shared.store
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.shared.queue.close();
        let serving = self.serving.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = serving {
            // A future's waker may have dropped the last handle on the serving thread itself.
            if thread.thread().id() != thread::current().id() {
                drop(thread.join());
            }
        }
    }
}

impl Drop for Shared {
    /// Neither the handle nor the thread that serves it is left: nothing is appended any more.
    fn drop(&mut self) {
        self.news.close();
    }
}

/// The turn to write; given on when dropped, by a panic too.
struct Turn<'s> {
    queue: &'s Queue,
    runner: Runner,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.queue.give_on(self.runner);
    }
}

impl Shared {
    /// Runs a batch with the turn that the caller has: its own requests first, then what waits. Answers
    /// those that wait, returns the answers to its own, and gives the turn on.
    fn lead(&self, own: &[Request], runner: Runner) -> (Vec<Answer>, Option<ExecuteError>) {
        let _turn = Turn { queue: &self.queue, runner };
        let jobs = self.queue.take(BATCH_RECORDS_MAX.saturating_sub(own.len()));
        let requests: Vec<_> = own.iter().chain(jobs.iter().map(|job| &job.request)).collect();
        let (mut answers, failure) = self.run(&requests);
        let others = answers.split_off(own.len().min(answers.len()));
        let mut others = others.into_iter();
        for job in jobs {
            job.ticket.answer(match (others.next(), &failure) {
                (Some(answer), _) => answer.map_err(ExecuteError::Refused),
                (None, Some(failure)) => Err(failure.clone()),
                (None, None) => Err(no_answer()),
            });
        }
        (answers, failure)
    }

    /// Runs batch after batch until all requests are answered or one fails.
    fn run(&self, requests: &[&Request]) -> (Vec<Answer>, Option<ExecuteError>) {
        let mut writer = self.writer.lock().unwrap_or_else(|poisoned| {
            // A batch was cut short by a panic: the store may have it.
            self.writer.clear_poison();
            self.fall_behind();
            let mut writer = poisoned.into_inner();
            writer.in_doubt = true;
            writer
        });
        let mut answers = Vec::with_capacity(requests.len());
        while let Some(rest) = requests.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            match execute::execute(self, &mut writer, rest) {
                Ok(some) => answers.extend(some),
                Err(error) => {
                    self.failed(&mut writer, &error);
                    return (answers, Some(error));
                }
            }
        }
        (answers, None)
    }

    /// Drops the batch, and remembers what the store has to be asked before the next one.
    fn failed(&self, writer: &mut Writer, error: &ExecuteError) {
        writer.touched.clear();
        writer.batch.begin(Position::START);
        match error {
            ExecuteError::Damaged { damage } => self.set_health(Health::Stopped(damage.clone())),
            ExecuteError::Unknown { .. } => {
                writer.in_doubt = true;
                self.fall_behind();
                self.news.perhaps(writer.key);
            }
            ExecuteError::Unavailable { .. } => self.fall_behind(),
            ExecuteError::Refused(_) => {}
        }
        self.count(|c| c.stats.failures = c.stats.failures.saturating_add(1));
    }

    fn fall_behind(&self) {
        let mut health = lock(&self.health);
        if *health == Health::Ready {
            *health = Health::Behind;
        }
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn book_mut(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of the book, once it has a durable record.
    pub(crate) fn key(&self) -> Option<BookKey> {
        self.book().head().map(|head| book_key(head.opened.book))
    }

    pub(crate) fn confirmed(&self) -> Option<Time> {
        *lock(&self.confirmed)
    }

    pub(crate) fn health(&self) -> Health {
        lock(&self.health).clone()
    }

    pub(crate) fn set_health(&self, to: Health) {
        *lock(&self.health) = to;
    }

    pub(crate) fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut lock(&self.counters));
    }

    #[cfg(test)]
    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        lock(&self.writer)
    }
}

fn no_answer() -> ExecuteError {
    ExecuteError::unknown(Cause::new("the batch ended without an answer"))
}

/// Locks what is changed by single assignments, so that a panic can't leave it half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
