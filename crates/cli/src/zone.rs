//! Days of a place.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use tuanzhang_analytics::{Day, Zone};
use tuanzhang_core::{Event, Record, Time};

/// A time zone that this program knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local(Tz);

impl Local {
    /// The zone of an IANA name; none where this program doesn't know it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// UTC.
    pub(crate) const fn utc() -> Self {
        Self(Tz::UTC)
    }

    /// The zone that a book's first record names; UTC, and a word on it, where this program doesn't know it.
    pub(crate) fn of_book(first: &Record) -> Self {
        let asked = first.events.iter().find_map(|event| {
            let Event::BookOpened(opened) = event else { return None };
            Some(opened.timezone.as_str())
        });
        let asked = asked.unwrap_or("UTC");
        Self::named(asked).unwrap_or_else(|| {
            let text = "is not known to this program; days and months are counted in UTC";
            let _ = writeln!(io::stderr(), "tuanzhang: the book's time zone {asked} {text}");
            Self(Tz::UTC)
        })
    }

    /// An instant as people of the zone write it: `2021-12-01 08:00:00 +08:00`.
    pub(crate) fn time(self, at: Time) -> String {
        match DateTime::<Utc>::from_timestamp_micros(at.micros()) {
            Some(time) => time.with_timezone(&self.0).format("%Y-%m-%d %H:%M:%S %:z").to_string(),
            None => at.to_string(),
        }
    }

    /// The day on which an instant falls; one beyond the calendar counts as the first of 1970.
    pub(crate) fn date(self, at: Time) -> NaiveDate {
        let instant = DateTime::<Utc>::from_timestamp_micros(at.micros()).unwrap_or_default();
        instant.with_timezone(&self.0).date_naive()
    }
}

impl Zone for Local {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn day(&self, at: Time) -> Day {
        Day::of(self.date(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_zone_writes_it() {
        let at: Time = "2021-11-30T16:30:00.5Z".parse().unwrap();
        assert_eq!(Local(Tz::Asia__Shanghai).time(at), "2021-12-01 00:30:00 +08:00");
        let beyond = Time::from_micros(i64::MAX);
        assert_eq!(Local(Tz::UTC).time(beyond), beyond.to_string());
    }

    #[test]
    fn a_day_is_that_of_the_books_zone() {
        let at: Time = "2021-11-30T16:30:00Z".parse().unwrap();
        assert_eq!(Local(Tz::Asia__Shanghai).day(at).to_string(), "2021-12-01");
        assert_eq!(Local(Tz::UTC).day(at).to_string(), "2021-11-30");
    }
}
