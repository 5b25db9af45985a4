//! Clocks: where the time of a command comes from when its sender doesn't give one.
//!
//! The only file of the library that reads the machine's clock; a lint holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tuanzhang_core::Time;

/// Tells the time. It may go backwards or leap: the handle looks after that.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
        let now = SystemTime::now();
        let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Time::from_micros(match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => micros(after),
            Err(before) => micros(before.duration()).saturating_neg(),
        })
    }
}

/// A clock that stands still until it is set; clones are the same clock. For tests.
#[derive(Clone, Debug)]
pub struct ManualClock {
    micros: Arc<AtomicI64>,
}

impl ManualClock {
    /// Makes a clock that stands at a time.
    pub fn at(time: Time) -> Self {
        Self { micros: Arc::new(AtomicI64::new(time.micros())) }
    }

    /// Sets the clock, backwards too.
    pub fn set(&self, time: Time) {
        self.micros.store(time.micros(), Ordering::SeqCst);
    }

    /// Moves the clock by seconds, backwards where negative.
    pub fn advance_seconds(&self, seconds: i64) {
        let now = self.micros.load(Ordering::SeqCst);
        self.set(Time::from_micros(now.saturating_add(seconds.saturating_mul(1_000_000))));
    }

    /// Moves the clock by days of 86,400 seconds.
    pub fn advance_days(&self, days: u32) {
        self.set(self.now().plus_days(days));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time::from_micros(self.micros.load(Ordering::SeqCst))
    }
}

/// Measures how long an append took; never reaches an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
        let now = Instant::now();
        Self(now)
    }

    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
