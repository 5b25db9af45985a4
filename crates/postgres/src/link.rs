//! A connection: statements that are sent and waited for, and what the server says unasked.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Connection, Row, Socket};

use crate::address::Address;
use crate::place::{Fault, chain};
use crate::pool::locked;
use crate::runtime::{Alive, Runtime};
use crate::tls::Tls;

/// A parameter of a statement with its type.
pub(crate) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// A connection that is in no transaction, unless its owner has begun one.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    task: AbortHandle,
    heard: Arc<Heard>,
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
        let Address { config, tls, .. } = address.clone();
        let connecting = runtime.spawn(async move {
            match tls {
                Tls::Off => driven(config.connect(tokio_postgres::NoTls).await, alive),
                #[cfg(feature = "tls")]
                Tls::On(tls) => driven(config.connect(tls).await, alive),
            }
        });
        let abort = connecting.abort_handle();
        match runtime.wait(wait, connecting) {
            Some(Ok(opened)) => opened.map_err(|error| chain(&error)),
            Some(Err(stopped)) => Err(format!("the background thread has stopped: {stopped}")),
            None => {
                abort.abort();
                Err(format!("no answer within {wait:?}"))
            }
        }
    }

    /// Whether it is known to be of no use any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Ends it at once, whatever it waits for.
    pub(crate) fn abort(&self) {
        self.task.abort();
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
            None => Err(self.too_late(wait)),
        }
    }

    /// Sends statements of a transaction's frame, or those of a migration.
    pub(crate) fn run(&self, runtime: &Runtime, wait: Duration, sql: &str) -> Result<(), Fault> {
        self.before_sending()?;
        match runtime.wait(wait, self.client.batch_execute(sql)) {
            Some(answer) => answer.map_err(Fault::of),
            None => Err(self.too_late(wait)),
        }
    }

    fn before_sending(&self) -> Result<(), Fault> {
        if self.client.is_closed() {
            return Err(Fault::Unsent("the connection is closed".into()));
        }
        self.heard.warned.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn too_late(&self, wait: Duration) -> Fault {
        self.abort();
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

/// Lets a new connection be driven by the thread that this runs on.
fn driven<S>(
    connected: Result<(Client, Connection<Socket, S>), tokio_postgres::Error>,
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
    Ok(Link { client, task: task.abort_handle(), heard })
}
