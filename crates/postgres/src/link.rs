//! A connection: statements that are sent and waited for, and what the server says unasked.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config, Connection, Row, Socket};

use crate::address::{Address, named};
use crate::place::{Fault, chain};
use crate::pool::locked;
use crate::runtime::{Alive, Runtime};
use crate::tls::Tls;

/// How long a server is given to hear that nobody waits any more.
const CANCEL: Duration = Duration::from_secs(2);

const IS_ALONE: &str =
    "SELECT coalesce(current_setting('synchronous_standby_names', true), '') = ''";

/// How much longer than the hosts have together the caller waits for what they came to.
const GRACE: Duration = Duration::from_secs(1);

/// A parameter of a statement with its type.
pub(crate) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// A connection that is in no transaction, unless its owner has begun one.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    task: AbortHandle,
    heard: Arc<Heard>,
    /// What it was opened with, to ask its server to stop.
    host: Config,
    tls: Tls,
    /// An answer didn't come in time: nothing is sent any more, and it ends by itself.
    given_up: AtomicBool,
}

/// What the server has said unasked since somebody wanted to know.
#[derive(Debug, Default)]
struct Heard {
    warned: AtomicBool,
    warning: Mutex<String>,
}

impl Link {
    /// Connects; nothing that is set lasts longer than a transaction, so that a pooler may stand between.
    pub(crate) fn open(
        runtime: &Runtime,
        address: &Address,
        wait: Duration,
    ) -> Result<Self, String> {
        let Some(alive) = runtime.alive() else { return Err("the store is being closed".into()) };
        let address = address.clone();
        let connecting = runtime.spawn(async move { first(&address, wait, alive).await });
        let abort = connecting.abort_handle();
        // The hosts have the time among themselves; this only guards against a thread that hangs.
        match runtime.wait(wait.saturating_add(GRACE), connecting) {
            Some(Ok(opened)) => opened,
            Some(Err(stopped)) => Err(format!("the background thread has stopped: {stopped}")),
            None => {
                abort.abort();
                Err(format!("no answer within {wait:?}"))
            }
        }
    }

    /// Whether it is known to be of no use any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.given_up.load(Ordering::SeqCst)
    }

    /// Ends it at once, whatever it waits for; one whose answer is late when its server was told.
    pub(crate) fn abort(&self) {
        if !self.given_up.load(Ordering::SeqCst) {
            self.task.abort();
        }
    }

    /// Sends one statement, in one message and without a name, and waits for the end of its answer.
    pub(crate) fn ask(
        &self,
        runtime: &Runtime,
        wait: Duration,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Fault> {
        self.before_sending()?;
        match runtime.wait(wait, self.client.query_typed(sql, parameters)) {
            Some(answer) => answer.map_err(Fault::of),
            None => Err(self.too_late(runtime, wait)),
        }
    }

    /// Sends statements of a transaction's frame, or those of a migration.
    pub(crate) fn run(&self, runtime: &Runtime, wait: Duration, sql: &str) -> Result<(), Fault> {
        self.before_sending()?;
        match runtime.wait(wait, self.client.batch_execute(sql)) {
            Some(answer) => answer.map_err(Fault::of),
            None => Err(self.too_late(runtime, wait)),
        }
    }

    fn before_sending(&self) -> Result<(), Fault> {
        if self.is_closed() {
            return Err(Fault::Unsent("the connection is closed".into()));
        }
        self.heard.warned.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Ends it in the background, when its server was told that nobody waits any more.
    fn too_late(&self, runtime: &Runtime, wait: Duration) -> Fault {
        self.given_up.store(true, Ordering::SeqCst);
        let (host, tls, task) = (self.host.clone(), self.tls.clone(), self.task.clone());
        let token = self.client.cancel_token();
        match runtime.alive() {
            Some(alive) => drop(runtime.spawn(async move {
                let _: Result<(), _> = timeout(CANCEL, cancel(&host, &tls, token, alive)).await;
                task.abort();
            })),
            None => self.task.abort(),
        }
        Fault::Lost(format!("no answer within {wait:?}"))
    }

    /// What the server has warned of since the last statement was sent.
    ///
    /// A commit that was not waited for until it was replicated is answered as if it were, behind a
    /// warning.
    pub(crate) fn warning(&self) -> Option<String> {
        let warned = self.heard.warned.load(Ordering::SeqCst);
        warned.then(|| locked(&self.heard.warning).clone())
    }
}

/// The first host that answers as is wanted: one by one, the one that did last before the others, each with
/// an equal share of the time, in which all of its handshake has to be done.
async fn first(address: &Address, wait: Duration, alive: Alive) -> Result<Link, String> {
    let last = address.last.load(Ordering::Relaxed);
    let mut hosts: Vec<_> = address.hosts.iter().enumerate().collect();
    hosts.sort_by_key(|(index, _)| *index != last);
    let several = hosts.len() > 1;
    let share = wait.checked_div(u32::try_from(hosts.len()).unwrap_or(u32::MAX)).unwrap_or(wait);
    let mut faults = Vec::new();
    for (index, host) in hosts {
        let what = match timeout(share, connect(host, &address.tls, alive.clone())).await {
            Ok(Ok(link)) => {
                address.last.store(index, Ordering::Relaxed);
                return Ok(link);
            }
            Ok(Err(error)) => chain(&error),
            Err(_) => format!("no answer within {share:?}"),
        };
        let place = if several { format!("{}: ", named(host)) } else { String::new() };
        faults.push(format!("{place}{what}"));
    }
    Err(faults.join("; "))
}

/// Has a statement stopped that nobody waits for, so that it doesn't stand in a queue for a lock.
///
/// A commit that waits for its standby must not be stopped: it would be shown without being replicated. So the
/// server is asked first whether it has standbys to wait for. One that doesn't answer is left alone, and then
/// the statement goes on until it has the lock or fails.
async fn cancel(host: &Config, tls: &Tls, token: CancelToken, alive: Alive) {
    let Ok(link) = connect(host, tls, alive).await else { return };
    let rows = link.client.query_typed(IS_ALONE, &[]).await;
    let is_alone = rows.is_ok_and(|rows| {
        rows.first().is_some_and(|row| row.try_get::<_, bool>(0).unwrap_or(false))
    });
    if !is_alone {
        return;
    }
    // Where it doesn't come through, the end of the connection is all that is left.
    let _: Result<(), _> = match tls {
        Tls::Off => token.cancel_query(tokio_postgres::NoTls).await,
        #[cfg(feature = "tls")]
        Tls::On(tls) => token.cancel_query(tls.clone()).await,
    };
}

async fn connect(host: &Config, tls: &Tls, alive: Alive) -> Result<Link, tokio_postgres::Error> {
    match tls {
        Tls::Off => driven(host.connect(tokio_postgres::NoTls).await, host, tls, alive),
        #[cfg(feature = "tls")]
        Tls::On(on) => driven(host.connect(on.clone()).await, host, tls, alive),
    }
}

/// Lets a new connection be driven by the thread that this runs on.
fn driven<S>(
    connected: Result<(Client, Connection<Socket, S>), tokio_postgres::Error>,
    host: &Config,
    tls: &Tls,
    alive: Alive,
) -> Result<Link, tokio_postgres::Error>
where
    S: TlsStream + Unpin + Send + 'static,
{
    let (client, mut connection) = connected?;
    let heard = Arc::new(Heard::default());
    let listening = Arc::clone(&heard);
    let task = tokio::spawn(async move {
        let _alive = alive;
        while let Some(Ok(said)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notice(notice) = said
                && matches!(notice.parsed_severity(), Some(Severity::Warning) | None)
            {
                *locked(&listening.warning) = notice.to_string();
                listening.warned.store(true, Ordering::SeqCst);
            }
        }
    });
    let (task, host, tls) = (task.abort_handle(), host.clone(), tls.clone());
    Ok(Link { client, task, heard, host, tls, given_up: AtomicBool::new(false) })
}
