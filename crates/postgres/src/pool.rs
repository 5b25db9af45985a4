//! Connections that are kept, and lent for one piece of work each.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_postgres::Row;
use tuanzhang_log::ReadError;

use crate::address::Address;
use crate::link::{Link, Parameter};
use crate::place::{Fault, Place};
use crate::runtime::Runtime;

/// Connections of one handle: as many as work at once, up to a limit.
#[derive(Debug)]
pub(crate) struct Pool {
    kept: Mutex<Kept>,
    returned: Condvar,
    address: Address,
    wait: Duration,
    connections_max: usize,
    runtime: Runtime,
}

#[derive(Debug, Default)]
struct Kept {
    idle: Vec<Link>,
    lent: usize,
    /// How many of those a turn has.
    turns: usize,
}

impl Pool {
    pub(crate) fn new(
        address: Address,
        wait: Duration,
        connections_max: usize,
    ) -> std::io::Result<Self> {
        let (kept, returned, runtime) = (Mutex::default(), Condvar::new(), Runtime::start()?);
        Ok(Self { kept, returned, address, wait, connections_max, runtime })
    }

    pub(crate) fn place(&self) -> &Place {
        &self.address.place
    }

    /// Lends a connection; waits for one where as many as may be are lent.
    pub(crate) fn lend(&self) -> Result<Lent<'_>, ReadError> {
        self.lend_for(false)
    }

    /// The same for a turn, which keeps it while others are needed: turns never have all of them.
    pub(crate) fn lend_to_turn(&self) -> Result<Lent<'_>, ReadError> {
        self.lend_for(true)
    }

    fn lend_for(&self, turn: bool) -> Result<Lent<'_>, ReadError> {
        let turns_max = self.connections_max.saturating_sub(1).max(1);
        let full = |kept: &mut Kept| {
            kept.lent >= self.connections_max || (turn && kept.turns >= turns_max)
        };
        let waited = self.returned.wait_timeout_while(locked(&self.kept), self.wait, full);
        let (mut kept, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            let what = format!("all {} connections are at work", self.connections_max);
            return Err(self.place().unavailable("waiting for a connection", &what));
        }
        kept.lent = kept.lent.saturating_add(1);
        kept.turns = kept.turns.saturating_add(usize::from(turn));
        let idle = loop {
            match kept.idle.pop() {
                Some(link) if link.is_closed() => {}
                other => break other,
            }
        };
        drop(kept);
        let mut lent = Lent { pool: self, link: idle, fit: false, turn };
        if lent.link.is_none() {
            let opened = Link::open(&self.runtime, &self.address, self.wait);
            let opened = opened.map_err(|what| self.place().unavailable("connecting", &what))?;
            lent.link = Some(opened);
        }
        Ok(lent)
    }

    /// Sends one statement that changes nothing; once more on a new connection if the first was lost.
    pub(crate) fn look(
        &self,
        attempt: &str,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, ReadError> {
        let first = self.lend()?.once(sql, parameters);
        let answer = match first {
            Err(Fault::Lost(_) | Fault::Unsent(_)) => {
                self.forget();
                self.lend()?.once(sql, parameters)
            }
            answer => answer,
        };
        answer.map_err(self.place().at(attempt))
    }

    /// Lets go of all connections that are idle: one was lost, so the server may be another now.
    pub(crate) fn forget(&self) {
        let idle = std::mem::take(&mut locked(&self.kept).idle);
        for link in &idle {
            link.abort();
        }
    }
}

/// A connection for one piece of work. Dropped, it is closed, unless [`Lent::keep`] was called.
#[derive(Debug)]
pub(crate) struct Lent<'p> {
    pool: &'p Pool,
    link: Option<Link>,
    /// In no transaction, and answering.
    fit: bool,
    turn: bool,
}

impl Lent<'_> {
    /// Sends one statement and waits for the end of its answer.
    pub(crate) fn ask(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Fault> {
        self.link()?.ask(&self.pool.runtime, self.pool.wait, sql, parameters)
    }

    /// Sends statements without parameters, separated by semicolons.
    pub(crate) fn run(&self, sql: &str) -> Result<(), Fault> {
        self.link()?.run(&self.pool.runtime, self.pool.wait, sql)
    }

    /// What the server has warned of since the last statement was sent.
    pub(crate) fn warning(&self) -> Option<String> {
        self.link.as_ref().and_then(Link::warning)
    }

    /// Sends a statement that is a transaction of its own, and gives the connection back if it is fit.
    pub(crate) fn once(self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Fault> {
        let answer = self.ask(sql, parameters);
        if matches!(answer, Ok(_) | Err(Fault::Refused(_))) {
            self.keep();
        }
        answer
    }

    /// Gives it back to be lent again.
    pub(crate) fn keep(mut self) {
        self.fit = true;
    }

    /// The place, for messages.
    pub(crate) fn place(&self) -> &Place {
        self.pool.place()
    }

    fn link(&self) -> Result<&Link, Fault> {
        self.link.as_ref().ok_or_else(|| Fault::Unsent("no connection".into()))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut kept = locked(&self.pool.kept);
        kept.lent = kept.lent.saturating_sub(1);
        kept.turns = kept.turns.saturating_sub(usize::from(self.turn));
        match self.link.take() {
            Some(link) if self.fit && !link.is_closed() => kept.idle.push(link),
            Some(link) => link.abort(),
            None => {}
        }
        drop(kept);
        // All: the first to wait may be a turn that this one is not for.
        self.pool.returned.notify_all();
    }
}

/// A lock that a panic can't make useless: what it guards is whole at each step.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
