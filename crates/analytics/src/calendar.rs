//! Days, weeks and months of a place: where the day of a report begins.
//!
//! A [`Zone`] says on which local day an instant falls; everything else is arithmetic on day numbers.

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use tuanzhang_core::Time;

/// A local calendar day: days since 1970-01-01, within [`Day::MIN`] ..= [`Day::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "i32", into = "i32")]
pub struct Day(i32);

impl From<i32> for Day {
    fn from(days: i32) -> Self {
        Self::new(days)
    }
}

impl From<Day> for i32 {
    fn from(day: Day) -> Self {
        day.0
    }
}

/// A text that is no day like `2021-12-31`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("is not a day like 2021-12-31")]
pub struct NotADay;

impl Day {
    /// The first day of the calendar, -262143-01-01.
    pub const MIN: Self = Self(-96_465_292);
    /// The last day of the calendar, 262142-12-31.
    pub const MAX: Self = Self(95_026_236);

    /// So many days after 1970-01-01; the calendar's first or last day for one beyond it.
    pub const fn new(days: i32) -> Self {
        if days < Self::MIN.0 {
            Self::MIN
        } else if days > Self::MAX.0 {
            Self::MAX
        } else {
            Self(days)
        }
    }

    /// Days after 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// A calendar date.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }

    /// The date.
    pub fn date(self) -> NaiveDate {
        // Every day within the range has one.
        let beyond = if self.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        NaiveDate::from_epoch_days(self.0).unwrap_or(beyond)
    }

    /// So many days later (earlier where negative), within the calendar.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self::new(self.0.saturating_add(days))
    }

    /// How many days lie between this and a later one; negative for an earlier one.
    pub const fn until(self, later: Self) -> i32 {
        later.0.saturating_sub(self.0)
    }

    /// The month it is in.
    pub fn month(self) -> Month {
        let date = self.date();
        Month { year: date.year(), month: date.month() }
    }

    /// The Monday of its week.
    #[must_use]
    pub fn monday(self) -> Self {
        let date = self.date();
        let since = u64::from(date.weekday().num_days_from_monday());
        date.checked_sub_days(Days::new(since)).map_or(self, Self::of)
    }
}

impl fmt::Display for Day {
    /// `2021-12-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

impl std::str::FromStr for Day {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, NotADay> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::of).map_err(|_| NotADay)
    }
}

/// A calendar month.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Month {
    /// Its year.
    pub year: i32,
    /// 1 ..= 12.
    pub month: u32,
}

impl Month {
    /// Months since year 0: differences of these are how many months lie between.
    pub fn number(self) -> i32 {
        let months = i32::try_from(self.month).unwrap_or(0);
        self.year.saturating_mul(12).saturating_add(months)
    }
}

impl fmt::Display for Month {
    /// `2021-12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What buyers are grouped by in cohorts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// The number of the period that a day is in: consecutive periods differ by one.
    pub fn number(self, day: Day) -> i32 {
        match self {
            // 1970-01-05 was a Monday.
            Self::Week => day.plus(-4).number().div_euclid(7),
            Self::Month => day.month().number(),
        }
    }

    /// The name of the period that a day is in: the month, or the week's Monday.
    pub fn name(self, day: Day) -> String {
        match self {
            Self::Week => day.monday().to_string(),
            Self::Month => day.month().to_string(),
        }
    }
}

/// Days from one to another, both included; an end that is none is open. The default has every day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// The first.
    pub from: Option<Day>,
    /// The last.
    pub through: Option<Day>,
}

impl Window {
    /// From one day to another, both included.
    pub const fn of(from: Day, through: Day) -> Self {
        Self { from: Some(from), through: Some(through) }
    }

    /// Whether a day is in it.
    pub fn has(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.through.is_none_or(|last| day <= last)
    }

    /// How many days it has; none where an end is open.
    pub fn days(self) -> Option<u32> {
        let (from, through) = self.from.zip(self.through)?;
        Some(u32::try_from(from.until(through).saturating_add(1)).unwrap_or(0))
    }
}

/// A time zone: says on which local day an instant falls.
pub trait Zone: Send + Sync + fmt::Debug {
    /// Its IANA name, to be printed with the figures.
    fn name(&self) -> &str;
    /// The local day of an instant. Must be constant within each quarter of an hour of UTC, which
    /// that of every zone in use is.
    fn day(&self, at: Time) -> Day;
}

/// Days of UTC.
#[derive(Clone, Copy, Debug)]
pub struct Utc;

impl Zone for Utc {
    fn name(&self) -> &'static str {
        "UTC"
    }
    fn day(&self, at: Time) -> Day {
        let days = at.micros().div_euclid(86_400_000_000);
        let beyond = if days < 0 { Day::MIN } else { Day::MAX };
        i32::try_from(days).map_or(beyond, Day::new)
    }
}

const QUARTER_MICROS: i64 = 900_000_000;

/// A zone that remembers its last answer, since events come in the order of time.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: Arc<dyn Zone>,
    last: Option<(i64, Day)>,
}

impl Calendar {
    pub(crate) fn new(zone: Arc<dyn Zone>) -> Self {
        Self { zone, last: None }
    }

    pub(crate) fn zone(&self) -> &Arc<dyn Zone> {
        &self.zone
    }

    pub(crate) fn day(&mut self, at: Time) -> Day {
        let quarter = at.micros().div_euclid(QUARTER_MICROS);
        match self.last {
            Some((known, day)) if known == quarter => day,
            Some(_) | None => {
                let day = self.zone.day(at);
                self.last = Some((quarter, day));
                day
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_begins_on_monday_and_months_are_counted_through_years() {
        assert_eq!(Period::Week.name(day("2021-12-05")), "2021-11-29");
        let next = Period::Week.number(day("2021-12-06"));
        assert_eq!(next, Period::Week.number(day("2021-12-05")) + 1);
        let january = Period::Month.number(day("2022-01-01"));
        assert_eq!(january, Period::Month.number(day("2021-12-31")) + 1);
        assert_eq!(day("2021-02-28").until(day("2021-03-01")), 1);
        assert!("2021-13-01".parse::<Day>().is_err());
    }

    #[test]
    fn before_1970_there_were_days_too() {
        assert_eq!(Utc.day(Time::from_micros(-1)).to_string(), "1969-12-31");
    }

    #[test]
    fn a_day_beyond_the_calendar_is_its_last_or_first_one() {
        assert_eq!((Day::MIN.date(), Day::MAX.date()), (NaiveDate::MIN, NaiveDate::MAX));
        assert_eq!((Day::new(i32::MIN), Day::new(i32::MAX)), (Day::MIN, Day::MAX));
        assert_eq!((Day::MIN.plus(-1), Day::MAX.plus(1)), (Day::MIN, Day::MAX));
        assert_eq!(Utc.day(Time::from_micros(i64::MAX)).to_string(), "+262142-12-31");
        assert_eq!(serde_json::from_str::<Day>(&i32::MAX.to_string()).unwrap(), Day::MAX);
    }

    #[test]
    fn an_open_end_has_every_day_beyond_the_other_one() {
        let from = Window { from: Some(day("2021-12-02")), through: None };
        assert!(from.has(Day::MAX) && from.has(day("2021-12-02")) && !from.has(day("2021-12-01")));
        let through = Window { from: None, through: Some(day("2021-12-02")) };
        assert!(through.has(Day::MIN) && !through.has(day("2021-12-03")));
        assert!(Window::default().has(Day::MIN) && Window::default().has(Day::MAX));
        assert_eq!((from.days(), through.days()), (None, None));
        assert_eq!(Window::of(day("2021-12-02"), day("2021-12-05")).days(), Some(4));
    }
}
