//! A proxy that cuts a connection at a chosen step, or keeps a request back until it is told to deliver it.

mod frames;
mod link;
mod plan;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

pub use plan::{Counted, Step};

use crate::bouncer::Bouncer;
use crate::home::Home;
use crate::process::locked;
use crate::programs::Owner;
use crate::server::{Server, socket, url};
use link::Link;
use plan::Plan;

/// The number in the name of its socket: it has no port.
const PORT: u16 = 5432;
/// How long to wait for anything before saying that it doesn't come.
const PATIENCE: Duration = Duration::from_mins(2);

/// What stands behind a proxy.
pub trait Target {
    /// The socket that it listens on.
    fn socket(&self) -> PathBuf;
}

impl Target for Server {
    fn socket(&self) -> PathBuf {
        Server::socket(self)
    }
}

impl Target for Bouncer {
    fn socket(&self) -> PathBuf {
        Bouncer::socket(self)
    }
}

#[derive(Debug, Default)]
struct State {
    target: PathBuf,
    plan: Option<Plan>,
    /// How many plans were made.
    plans: u64,
    counted: Counted,
    /// Whether the last plan has been carried out.
    done: bool,
    refusing: bool,
    ended: bool,
    late: Late,
    links: Vec<Weak<Link>>,
    /// Connections that were cut and whose server is not yet done with them.
    ending: u64,
}

/// How far a request is that was to be kept back.
#[derive(Debug, Default)]
enum Late {
    #[default]
    Nothing,
    Held(Held),
    Delivered,
    /// The errors that the server answered with.
    Answered(Vec<String>),
}

/// A request that was kept back.
#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    link: Arc<Link>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// Waits until the state has something to give.
    fn wait<T>(&self, mut take: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut taken = None;
        let waiting = |state: &mut State| {
            taken = take(state);
            taken.is_none()
        };
        let waited = self.changed.wait_timeout_while(locked(&self.state), PATIENCE, waiting);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        taken
    }
}

/// A proxy in front of a server; it ends when it is dropped. Encryption is refused: it could not look in.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    home: Home,
}

impl Proxy {
    /// Starts one in front of a server or a pooler.
    ///
    /// # Errors
    /// Those of the system.
    pub fn start(target: &dyn Target) -> io::Result<Self> {
        let owner = Owner::find().map_err(io::Error::other)?;
        let home = Home::new(owner, "KILL")?;
        let at = socket(home.path(), PORT);
        let listener = UnixListener::bind(&at)?;
        // The server's own user may use it, too.
        owner.own(&at)?;
        let shared = Arc::new(Shared::default());
        locked(&shared.state).target = target.socket();
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { shared, home })
    }

    /// The URL of a database through it.
    pub fn url(&self, database: &str) -> String {
        url(self.home.path(), PORT, database)
    }

    /// Sends new connections to another server.
    pub fn turn_to(&self, target: &dyn Target) {
        locked(&self.shared.state).target = target.socket();
    }

    /// Counts from zero, and cuts nothing.
    pub fn count(&self) {
        self.plan(None);
    }

    /// What has passed since the last plan was made, on the connection that most has passed on.
    pub fn counted(&self) -> Counted {
        locked(&self.shared.state).counted
    }

    /// Counts from zero, and cuts the connection that comes to this step; later ones pass.
    pub fn cut(&self, step: Step) {
        self.plan(Some(Plan::Cut(step)));
    }

    /// Counts from zero, keeps back this message to the server and the rest of the request, and cuts the client
    /// off; the server sees an open connection. Then [`wait_for_held`](Self::wait_for_held) and
    /// [`deliver`](Self::deliver).
    pub fn hold(&self, request: u64) {
        self.plan(Some(Plan::Hold(request)));
    }

    fn plan(&self, plan: Option<Plan>) {
        let mut state = locked(&self.shared.state);
        state.plan = plan;
        state.plans = state.plans.saturating_add(1);
        state.counted = Counted::default();
        state.done = false;
        state.late = Late::Nothing;
    }

    /// Whether the last plan has been carried out: the step may never have been reached.
    pub fn has_cut(&self) -> bool {
        locked(&self.shared.state).done
    }

    /// Waits until a request is held; `false` when none came within two minutes.
    pub fn wait_for_held(&self) -> bool {
        self.shared.wait(|state| matches!(state.late, Late::Held(_)).then_some(())).is_some()
    }

    /// Delivers the request that is held, waits until the server has answered it, and gives the errors that the server
    /// answered with.
    ///
    /// # Errors
    /// When none is held, or no answer comes within two minutes.
    pub fn deliver(&self) -> io::Result<Vec<String>> {
        let late = std::mem::replace(&mut locked(&self.shared.state).late, Late::Delivered);
        let Late::Held(held) = late else {
            locked(&self.shared.state).late = late;
            return Err(io::Error::other("no request is held"));
        };
        held.link.deliver(&held.bytes)?;
        let answered = self.shared.wait(|state| match &mut state.late {
            Late::Answered(errors) => Some(std::mem::take(errors)),
            Late::Nothing | Late::Held(_) | Late::Delivered => None,
        });
        held.link.cut();
        answered.ok_or_else(|| io::Error::other("the server does not answer what was held"))
    }

    /// Waits until the server is done with every connection that was cut: what has reached it is carried out or
    /// given up by then. `false` when it is not within two minutes.
    pub fn settle(&self) -> bool {
        self.shared.wait(|state| (state.ending == 0).then_some(())).is_some()
    }

    /// Cuts all connections now.
    pub fn cut_all(&self) {
        let links = std::mem::take(&mut locked(&self.shared.state).links);
        links.iter().filter_map(Weak::upgrade).for_each(|link| link.cut());
    }

    /// Cuts all connections now, and lets no other in until [`open`](Self::open).
    pub fn close(&self) {
        locked(&self.shared.state).refusing = true;
        self.cut_all();
    }

    /// Lets connections in again.
    pub fn open(&self) {
        locked(&self.shared.state).refusing = false;
    }

    fn path(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        locked(&self.shared.state).ended = true;
        self.cut_all();
        // It waits for a connection.
        let _ = UnixStream::connect(socket(self.path(), PORT));
    }
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        let (target, refusing) = {
            let state = locked(&shared.state);
            if state.ended {
                return;
            }
            (state.target.clone(), state.refusing)
        };
        let Ok(client) = client else { continue };
        // A server that is down is a connection that breaks at once.
        let Some(server) = UnixStream::connect(target).ok().filter(|_| !refusing) else { continue };
        link::start(client, server, shared);
    }
}
