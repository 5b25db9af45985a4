//! Seconds for people. Nothing that is recorded or compared depends on them.

use std::time::{Duration, Instant};

/// Started when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "seconds for people; no record depends on them")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// `1.23 s`.
    pub(crate) fn seconds(self) -> String {
        let millis = self.elapsed().as_millis();
        let hundredths = millis.checked_div(10).unwrap_or(0);
        let (whole, part) =
            (hundredths.checked_div(100).unwrap_or(0), hundredths.checked_rem(100).unwrap_or(0));
        format!("{whole}.{part:02} s")
    }

    /// So many a second.
    pub(crate) fn rate(self, count: u64) -> u128 {
        let millis = self.elapsed().as_millis().max(1);
        u128::from(count).saturating_mul(1000).checked_div(millis).unwrap_or(0)
    }
}
