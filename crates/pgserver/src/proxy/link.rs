//! One connection through the proxy: a thread each way.

use std::io::{self, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::frames::{self, Kind, Message};
use super::plan::{Counted, Direction, Fate};
use super::{Held, Late, Shared};
use crate::process::locked;

/// A client's last message. It may come at any time later, so it is no step.
const END: Kind = Kind::Tagged(b'X');

/// Both ends of a connection, shared by its threads.
#[derive(Debug)]
pub(super) struct Link {
    client: UnixStream,
    server: UnixStream,
    /// The client hears nothing any more.
    muted: AtomicBool,
    cut: AtomicBool,
    /// Of which plan's time the count is, and the count.
    counted: Mutex<(u64, Counted)>,
    shared: Arc<Shared>,
}

fn write(mut to: &UnixStream, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)
}

pub(super) fn start(client: UnixStream, server: UnixStream, shared: &Arc<Shared>) {
    let (muted, cut) = (AtomicBool::new(false), AtomicBool::new(false));
    let counted = Mutex::default();
    let link = Arc::new(Link { client, server, muted, cut, counted, shared: Arc::clone(shared) });
    locked(&shared.state).links.push(Arc::downgrade(&link));
    let other = Arc::clone(&link);
    thread::spawn(move || {
        let held = link.requests().unwrap_or(false);
        if !held {
            link.cut();
        }
    });
    thread::spawn(move || {
        // To the end of what the server has to say: then it has done all that reached it.
        let mut errors = Vec::new();
        let _ = other.answers(&mut errors);
        other.heard(&mut errors);
        other.cut();
        other.ended();
    });
}

impl Link {
    /// Ends it for the client at once, for the server behind what it has been sent.
    pub(super) fn cut(&self) {
        if self.cut.swap(true, Ordering::SeqCst) {
            return;
        }
        {
            let mut state = locked(&self.shared.state);
            self.muted.store(true, Ordering::SeqCst);
            state.ending = state.ending.saturating_add(1);
        }
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Write);
    }

    fn ended(&self) {
        let mut state = locked(&self.shared.state);
        state.ending = state.ending.saturating_sub(1);
        self.shared.changed.notify_all();
    }

    fn judge(&self, direction: Direction, message: &Message) -> Fate {
        let mut state = locked(&self.shared.state);
        if direction == Direction::ToClient && self.muted.load(Ordering::SeqCst) {
            return Fate::Keep;
        }
        if message.kind == END && direction == Direction::ToServer {
            return Fate::Pass;
        }
        let mut counted = locked(&self.counted);
        if counted.0 != state.plans {
            *counted = (state.plans, Counted::default());
        }
        let fate = counted.1.judge(state.plan, direction, message);
        state.counted = state.counted.max(counted.1);
        if fate != Fate::Pass {
            state.plan = None;
            state.done = true;
            // From this moment on: an answer that comes now is too late.
            self.muted.store(true, Ordering::SeqCst);
        }
        fate
    }

    /// Sends the server what was kept for it.
    pub(super) fn deliver(&self, bytes: &[u8]) -> io::Result<()> {
        write(&self.server, bytes)
    }

    /// Passes requests on; `true` when one is held at the end.
    fn requests(self: &Arc<Self>) -> io::Result<bool> {
        let mut from = BufReader::new(&self.client);
        let mut opened = false;
        loop {
            let message =
                if opened { frames::message(&mut from) } else { frames::first_message(&mut from) }?;
            if message.kind == Kind::Encryption {
                write(&self.client, b"N")?;
                continue;
            }
            opened = true;
            match self.judge(Direction::ToServer, &message) {
                Fate::Pass => write(&self.server, &message.bytes)?,
                Fate::CutAfter(bytes) => {
                    let passes = message.bytes.get(..bytes).unwrap_or(&message.bytes);
                    write(&self.server, passes)?;
                    return Ok(false);
                }
                Fate::Keep => return self.keep(&mut from, message).map(|()| true),
            }
        }
    }

    /// Keeps a request to its end, then cuts the client off.
    fn keep(self: &Arc<Self>, from: &mut BufReader<&UnixStream>, first: Message) -> io::Result<()> {
        let Message { mut kind, mut bytes } = first;
        while !kind.asks_for_an_answer() {
            let next = frames::message(from)?;
            bytes.extend_from_slice(&next.bytes);
            kind = next.kind;
        }
        let link = Arc::clone(self);
        locked(&self.shared.state).late = Late::Held(Held { bytes, link });
        self.shared.changed.notify_all();
        self.client.shutdown(Shutdown::Both)
    }

    fn answers(&self, errors: &mut Vec<String>) -> io::Result<()> {
        let mut from = BufReader::new(&self.server);
        loop {
            let message = frames::message(&mut from)?;
            match self.judge(Direction::ToClient, &message) {
                // A client that has gone needs no answer, but the server is heard to its end.
                Fate::Pass => drop(write(&self.client, &message.bytes)),
                Fate::CutAfter(bytes) => {
                    let passes = message.bytes.get(..bytes).unwrap_or(&message.bytes);
                    let _ = write(&self.client, passes);
                    self.cut();
                }
                Fate::Keep => {
                    errors.extend(frames::error_text(&message));
                    if message.kind == Kind::Tagged(b'Z') {
                        self.heard(errors);
                    }
                }
            }
        }
    }

    /// Notes what the server said to a request that was delivered late.
    fn heard(&self, errors: &mut Vec<String>) {
        let mut state = locked(&self.shared.state);
        let mine = self.muted.load(Ordering::SeqCst) && !self.cut.load(Ordering::SeqCst);
        if mine && matches!(state.late, Late::Delivered) {
            state.late = Late::Answered(std::mem::take(errors));
            self.shared.changed.notify_all();
        }
    }
}
