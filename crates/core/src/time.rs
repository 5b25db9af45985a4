//! Instants and spans. core reads no clock: every instant comes in with a command.

use chrono::{DateTime, Datelike, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use tuanzhang_core::Time;
/// let at: Time = "2021-12-01T08:00:00+08:00".parse()?;
/// assert_eq!(at.to_string(), "2021-12-01T00:00:00Z");
/// # Ok::<(), tuanzhang_core::time::NotATime>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Time(i64);

/// A text that is not an RFC 3339 time with offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is not an RFC 3339 time with offset, like 2021-12-01T08:00:00+08:00")]
pub struct NotATime;

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Time {
    /// So many microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// So many days of 86,400 seconds later; the far end of time where that doesn't exist.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(i64::from(days).saturating_mul(MICROS_PER_DAY)))
    }

    /// So many minutes later; the far end of time where that doesn't exist.
    #[must_use]
    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0.saturating_add(i64::from(minutes).saturating_mul(MICROS_PER_MINUTE)))
    }
}

impl std::str::FromStr for Time {
    type Err = NotATime;
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| NotATime)?;
        // What RFC 3339 can't write in UTC could be printed, and not read again.
        if !(0..=9999).contains(&parsed.to_utc().year()) {
            return Err(NotATime);
        }
        Ok(Self(parsed.timestamp_micros()))
    }
}

impl std::fmt::Display for Time {
    /// RFC 3339 in UTC, with as many sub-second digits as needed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match DateTime::from_timestamp_micros(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} µs since 1970", self.0),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = smol_str::SmolStr::deserialize(from)?;
        text.parse().map_err(|e| de::Error::custom(format!("{text:?} {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_read_can_be_printed_and_read_again() {
        for text in
            ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2021-12-01T08:00:00+08:00"]
        {
            let time: Time = text.parse().unwrap();
            assert_eq!(time.to_string().parse(), Ok(time), "{text}");
        }
        for text in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59", "2021-12-01", ""] {
            assert_eq!(text.parse::<Time>(), Err(NotATime), "{text}");
        }
    }
}
