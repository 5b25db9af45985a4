//! Days of a place.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
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
        Self::or_utc(asked.unwrap_or("UTC"))
    }

    /// The zone of a name; UTC, and a word on it, where this program doesn't know it.
    pub(crate) fn or_utc(asked: &str) -> Self {
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

    /// The first instant of a day; none beyond the calendar. Where clocks leap over midnight, or over the whole day,
    /// the first one after.
    pub(crate) fn start(self, day: Day) -> Option<Time> {
        let midnight = day.date().and_hms_opt(0, 0, 0)?;
        let found = (0..=LEAP_HOURS_MAX).find_map(|hours| {
            let local = midnight.checked_add_signed(TimeDelta::hours(hours))?;
            self.0.from_local_datetime(&local).earliest()
        });
        found.map(|instant| Time::from_micros(instant.timestamp_micros()))
    }
}

/// Clocks leap by at most so much: a whole day, where a place crosses the date line, from wherever in it they start.
const LEAP_HOURS_MAX: i64 = 48;

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
    fn a_day_starts_at_its_midnight_or_right_after_the_leap() {
        let start = |zone, day: &str| Local(zone).start(day.parse().unwrap()).unwrap().to_string();
        assert_eq!(start(Tz::Asia__Shanghai, "2021-12-01"), "2021-11-30T16:00:00Z");
        // Clocks in São Paulo went from 00:00 to 01:00 that night.
        assert_eq!(start(Tz::America__Sao_Paulo, "2018-11-04"), "2018-11-04T03:00:00Z");
        // Samoa crossed the date line: 30 December 2011 never was there.
        assert_eq!(start(Tz::Pacific__Apia, "2011-12-30"), "2011-12-30T10:00:00Z");
        assert_eq!(start(Tz::Pacific__Apia, "2011-12-31"), "2011-12-30T10:00:00Z");
        assert_eq!(start(Tz::Pacific__Kwajalein, "1993-08-21"), "1993-08-21T12:00:00Z");
    }

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
