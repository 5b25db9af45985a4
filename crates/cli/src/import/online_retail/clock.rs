//! Local times of the United Kingdom, without a zone, as instants.

use chrono::{
    Datelike, Duration, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
};
use chrono_tz::Europe::London;
use tuanzhang_core::Time;

/// A year and month of the local calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct MonthKey {
    year: i32,
    month: u32,
}

impl std::fmt::Display for MonthKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// What the clocks' change did to a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// It occurs twice; the first was taken.
    Twice,
    /// It doesn't exist; an hour later was taken, which is the same instant as if the clock had not
    /// been changed yet.
    Never,
}

/// A row's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    pub(super) at: Time,
    pub(super) month: MonthKey,
    pub(super) change: Change,
}

impl Stamp {
    /// The instant of `2010-12-01 08:26:00` (seconds may be absent) in London; none for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M"))
            .ok()?;
        if !(1971..=9000).contains(&local.year()) {
            return None;
        }
        let (at, change) = instant(local)?;
        Some(Self { at, month: MonthKey { year: local.year(), month: local.month() }, change })
    }
}

/// The instants at which a month begins and ends in London.
pub(super) fn bounds(month: MonthKey) -> Option<(Time, Time)> {
    let first = NaiveDate::from_ymd_opt(month.year, month.month, 1)?;
    let next = first.checked_add_months(Months::new(1))?;
    let midnight = |day: NaiveDate| instant(day.and_time(NaiveTime::MIN)).map(|(at, _)| at);
    Some((midnight(first)?, midnight(next)?))
}

fn instant(local: NaiveDateTime) -> Option<(Time, Change)> {
    let (found, change) = match London.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => (at, Change::None),
        MappedLocalTime::Ambiguous(earlier, _) => (earlier, Change::Twice),
        MappedLocalTime::None => {
            let later = local.checked_add_signed(Duration::hours(1))?;
            (London.from_local_datetime(&later).earliest()?, Change::Never)
        }
    };
    Some((Time::from_micros(found.timestamp_micros()), change))
}
