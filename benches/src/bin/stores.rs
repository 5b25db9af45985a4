//! `stores [DIR]`: commands a second that a ledger answers over each store, and how long each took, with 1, 16
//! and 256 of them outstanding; the stores take turns in one run, so that they compare on a noisy machine.
//!
//! PostgreSQL is started here where its programs are; else a line says that it was left out.
#![allow(clippy::print_stdout, reason = "a program for people")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "figures for people"
)]

use std::collections::VecDeque;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tuanzhang_benches::{Step, lifecycle};
use tuanzhang_journal::Journal;
use tuanzhang_ledger::{Ledger, MemoryStore, Options, Request, Store, Submitted};
use tuanzhang_postgres::PostgresStore;
use tuanzhang_sqlite::SqliteStore;

/// Outstanding commands, and commands in a round.
const WINDOWS: [(usize, usize); 3] = [(1, 200), (16, 2_000), (256, 20_000)];
const ROUNDS: usize = 10;

/// A store in the contest, its ledger, and what it came to.
struct Contestant {
    name: &'static str,
    guarantee: &'static str,
    ledger: Ledger,
    steps: Box<dyn Iterator<Item = Step>>,
    spent: Duration,
    micros: Vec<u64>,
}

impl Contestant {
    fn new(name: &'static str, store: impl Store + 'static) -> Result<Self, Box<dyn Error>> {
        let guarantee = store.guarantees().text;
        let ledger = Ledger::open(store, Options::default())?;
        let steps = Box::new(lifecycle(u64::MAX));
        let mut new =
            Self { name, guarantee, ledger, steps, spent: Duration::ZERO, micros: Vec::new() };
        // The opening, and what a first append makes: files, tables, connections.
        new.round(1, 64)?;
        Ok(new)
    }

    /// Sends so many commands, never more than `window` of them unanswered.
    fn round(&mut self, window: usize, commands: usize) -> Result<(), Box<dyn Error>> {
        let requests: Vec<Request> = self.steps.by_ref().take(commands).map(request).collect();
        let mut outstanding: VecDeque<(Instant, Submitted)> = VecDeque::new();
        let start = Instant::now();
        for request in requests {
            if outstanding.len() == window {
                self.answered(&mut outstanding)?;
            }
            outstanding.push_back((Instant::now(), self.ledger.submit_request(request)));
        }
        while !outstanding.is_empty() {
            self.answered(&mut outstanding)?;
        }
        self.spent += start.elapsed();
        Ok(())
    }

    fn answered(
        &mut self,
        outstanding: &mut VecDeque<(Instant, Submitted)>,
    ) -> Result<(), Box<dyn Error>> {
        if let Some((since, submitted)) = outstanding.pop_front() {
            block_on(submitted)?;
            self.micros.push(u64::try_from(since.elapsed().as_micros())?);
        }
        Ok(())
    }
}

fn request(step: Step) -> Request {
    let mut request = Request::new(step.actor, step.command);
    request.at = Some(step.at);
    request
}

fn main() -> Result<(), Box<dyn Error>> {
    let scratch = match std::env::args_os().nth(1) {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let dir = scratch.path();
    let server = server();
    println!("| outstanding | store | commands/s | p50 | p99 | of the journal's rate |");
    println!("|---|---|---|---|---|---|");
    let mut guarantees = Vec::new();
    for (window, commands) in WINDOWS {
        let mut contestants = vec![
            Contestant::new("journal", Journal::at(dir.join(format!("journal-{window}")))?)?,
            Contestant::new("sqlite", SqliteStore::at(dir.join(format!("{window}.db")))?)?,
            Contestant::new("memory", MemoryStore::new())?,
        ];
        if let Some(database) = &server {
            let store = PostgresStore::connect(&database(&format!("stores_{window}"))?)?;
            contestants.insert(2, Contestant::new("postgres", store)?);
        }
        for one in &mut contestants {
            (one.spent, one.micros) = (Duration::ZERO, Vec::new());
        }
        for _ in 0..ROUNDS {
            for one in &mut contestants {
                one.round(window, commands)?;
            }
        }
        let total = (commands * ROUNDS) as f64;
        let journal = total / contestants[0].spent.as_secs_f64();
        for one in &mut contestants {
            one.micros.sort_unstable();
            let [p50, p99] = [50, 99].map(|part| one.micros[(one.micros.len() - 1) * part / 100]);
            let rate = total / one.spent.as_secs_f64();
            let (name, of) = (one.name, rate / journal);
            println!("| {window} | {name} | {rate:.0} | {p50} µs | {p99} µs | {of:.2} |");
        }
        guarantees = contestants.iter().map(|one| (one.name, one.guarantee)).collect();
    }
    println!();
    for (name, guarantee) in guarantees {
        println!("- {name}: {guarantee}");
    }
    Ok(())
}

/// Makes a database of a name and gives its URL.
type Databases = Box<dyn Fn(&str) -> std::io::Result<String>>;

/// A server of its own on this machine, reached through its socket, with the settings that it comes with.
#[cfg(target_os = "linux")]
fn server() -> Option<Databases> {
    use tuanzhang_pgserver::{Options, Server};
    let started = Server::available().map_err(std::io::Error::other);
    match started.and_then(|()| Server::start(&Options::new())) {
        Ok(server) => Some(Box::new(move |name| server.database(name))),
        Err(why) => {
            println!("postgres left out: {why}");
            None
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn server() -> Option<Databases> {
    println!("postgres left out: its server is started on Linux only");
    None
}

/// Wakes a thread that waits for a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
