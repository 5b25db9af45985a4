//! The one background thread on which a store's connections live, and waiting for them on any other.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::timeout;

/// How long connections get to say goodbye when the store is closed.
const FAREWELL: Duration = Duration::from_millis(500);

/// What is never sent: only how long its channel is open counts.
#[derive(Debug)]
enum Never {}

/// A sign that a connection is open: the thread waits for it when the store is closed.
#[derive(Clone, Debug)]
pub(crate) struct Alive {
    _open: mpsc::Sender<Never>,
}

/// A thread that drives sockets and timers; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Runtime {
    handle: Handle,
    alive: Option<Alive>,
    stop: Option<mpsc::Sender<Never>>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (open, mut until_closed) = mpsc::channel(1);
        let (stop, mut until_stopped) = mpsc::channel(1);
        let work = move || {
            runtime.block_on(async move {
                let _: Option<Never> = until_stopped.recv().await;
                let closed = timeout(FAREWELL, until_closed.recv());
                let _: Result<Option<Never>, _> = closed.await;
            });
        };
        let thread = thread::Builder::new().name("tuanzhang-postgres".into()).spawn(work)?;
        let alive = Some(Alive { _open: open });
        Ok(Self { handle, alive, stop: Some(stop), thread: Some(thread) })
    }

    /// A sign for a new connection; `None` once the store is being closed.
    pub(crate) fn alive(&self) -> Option<Alive> {
        self.alive.clone()
    }

    /// Runs a future that needs sockets or timers on the background thread.
    pub(crate) fn spawn<F>(&self, future: F) -> task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Waits on this thread until a future is done or the time has passed, also within another runtime.
    pub(crate) fn wait<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let timed = {
            let _within = self.handle.enter();
            timeout(limit, future)
        };
        // Another runtime's budget for a task must not count here.
        let mut timed = pin!(task::unconstrained(timed));
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match timed.as_mut().poll(&mut context) {
                Poll::Ready(answer) => return answer.ok(),
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        drop(self.alive.take());
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_the_answer_or_with_the_time() {
        let runtime = Runtime::start().unwrap();
        let answer = runtime.wait(Duration::from_mins(10), runtime.spawn(async { 7 }));
        assert_eq!(answer.unwrap().unwrap(), 7);
        let never = std::future::pending::<()>();
        assert_eq!(runtime.wait(Duration::from_millis(1), never), None);
    }

    /// Blocking in an app's own runtime is the app's choice, and must not panic or hang there.
    #[test]
    fn waiting_works_within_another_runtime() {
        let outer = Builder::new_current_thread().build().unwrap();
        let answer = outer.block_on(async {
            let runtime = Runtime::start().unwrap();
            let wait = |n| runtime.wait(Duration::from_mins(10), runtime.spawn(async move { n }));
            (0..1_000).map(|n| wait(n).unwrap().unwrap()).sum::<u32>()
        });
        assert_eq!(answer, 499_500);
    }
}
