//! A server's process: what it says, and its end.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long to wait for anything before saying that it doesn't come.
const PATIENCE: Duration = Duration::from_mins(2);
/// Lines of what a process said that are kept.
const LINES_MAX: usize = 400;

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
struct Said {
    lines: VecDeque<String>,
    ready: bool,
    ended: bool,
}

#[derive(Debug, Default)]
struct Log {
    said: Mutex<Said>,
    changed: Condvar,
}

impl Log {
    fn read(&self, from: ChildStderr, ready: &str) {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = locked(&self.said);
            said.ready |= line.contains(ready);
            said.lines.push_back(line);
            if said.lines.len() > LINES_MAX {
                said.lines.pop_front();
            }
            self.changed.notify_all();
        }
        locked(&self.said).ended = true;
        self.changed.notify_all();
    }

    /// Waits until it has said that it is ready.
    fn until_ready(&self) -> Result<(), String> {
        let said = locked(&self.said);
        let waiting = |said: &mut Said| !said.ready && !said.ended;
        let waited = self.changed.wait_timeout_while(said, PATIENCE, waiting);
        let (said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if said.ready {
            return Ok(());
        }
        let last: Vec<_> = said.lines.iter().rev().take(12).rev().cloned().collect();
        Err(last.join("\n"))
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pid: Pid,
    log: Arc<Log>,
}

impl Process {
    /// Starts it and waits until its log has `ready`.
    ///
    /// # Errors
    /// The last lines of its log, if it ends before that.
    pub(crate) fn start(command: &mut Command, ready: &'static str) -> io::Result<Self> {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let pid = Pid::from_child(&child);
        let log = Arc::new(Log::default());
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(&log);
            thread::spawn(move || log.read(stderr, ready));
        }
        let mut process = Self { child, pid, log };
        if let Err(said) = process.log.until_ready() {
            process.kill()?;
            return Err(io::Error::other(format!("it did not start:\n{said}")));
        }
        Ok(process)
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Kills one of the processes that it has started, and waits until it has recovered and is ready again.
    pub(crate) fn kill_one(&self, pid: Pid) -> io::Result<()> {
        locked(&self.log.said).ready = false;
        kill_process(pid, Signal::KILL)?;
        self.log.until_ready().map_err(io::Error::other)
    }

    pub(crate) fn log(&self) -> Vec<String> {
        locked(&self.log.said).lines.iter().cloned().collect()
    }

    /// Sends a signal to it and to all that it has started.
    pub(crate) fn signal_all(&self, signal: Signal) -> io::Result<()> {
        for pid in children(self.pid) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
        Ok(kill_process(self.pid, signal)?)
    }

    /// Ends it as it asks to be ended, and waits.
    pub(crate) fn end(&mut self, signal: Signal) -> io::Result<()> {
        kill_process(self.pid, signal)?;
        self.child.wait().map(|_| ())
    }

    /// Kills it and all that it has started in one go, and waits until they are gone.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        // Stopped, it starts no other.
        kill_process(self.pid, Signal::STOP)?;
        let children = children(self.pid);
        let handles: Vec<_> =
            children.iter().filter_map(|pid| pidfd_open(*pid, PidfdFlags::empty()).ok()).collect();
        kill_process(self.pid, Signal::KILL)?;
        for pid in &children {
            let _ = kill_process(*pid, Signal::KILL);
        }
        self.child.wait()?;
        handles.iter().try_for_each(until_gone)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn until_gone(handle: &OwnedFd) -> io::Result<()> {
    let timeout = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(handle, PollFlags::IN)], Some(&timeout))? {
        0 => Err(io::Error::other("a killed process does not end")),
        _ => Ok(()),
    }
}

/// The processes that this one has started and that still run.
fn children(of: Pid) -> Vec<Pid> {
    let of = of.as_raw_nonzero().get();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let child = |name: &str| {
        let pid: i32 = name.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        // The name, which may have any sign in it, stands in parentheses.
        let (_, rest) = stat.rsplit_once(") ")?;
        let parent: i32 = rest.split(' ').nth(1)?.parse().ok()?;
        (parent == of).then(|| Pid::from_raw(pid)).flatten()
    };
    entries.filter_map(|entry| child(entry.file_name().to_str()?)).collect()
}
