//! How a ledger is opened.

use std::sync::Arc;

use tuanzhang_core::Time;

use crate::clock::{Clock, SystemClock};

/// How far the clock may lie behind the last record and still be lifted to it: 5 s, in microseconds.
pub const CLOCK_SLACK_MICROS: i64 = 5_000_000;
/// Most commands that wait in the queue unless [`Options::queue_commands_max`] says otherwise.
pub const QUEUE_COMMANDS_MAX: usize = 65_536;

/// How a ledger is opened.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_slack_micros: i64,
    pub(crate) confirmed: Option<Time>,
    pub(crate) queue_commands_max: usize,
}

impl Options {
    /// Takes the times of commands from this clock; all else is the default.
    pub fn new(clock: impl Clock + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            clock_slack_micros: CLOCK_SLACK_MICROS,
            confirmed: None,
            queue_commands_max: QUEUE_COMMANDS_MAX,
        }
    }

    /// Sets how far the clock may lie behind the last record and still be lifted to it.
    #[must_use]
    pub fn clock_slack_micros(mut self, micros: i64) -> Self {
        self.clock_slack_micros = micros.max(0);
        self
    }

    /// Says that it really is about this time, as [`Ledger::confirm_clock`](crate::Ledger::confirm_clock).
    #[must_use]
    pub fn confirm_clock(mut self, time: Time) -> Self {
        self.confirmed = Some(time);
        self
    }

    /// Sets how many commands may wait, at least 1: further ones of `execute` wait for room, those of
    /// `submit` are answered `Unavailable`.
    #[must_use]
    pub fn queue_commands_max(mut self, commands: usize) -> Self {
        self.queue_commands_max = commands.max(1);
        self
    }
}

impl Default for Options {
    /// The machine's clock.
    fn default() -> Self {
        Self::new(SystemClock)
    }
}
