//! Months and days of a zone as a span of time.

use std::str::FromStr;

use tuanzhang_analytics::{Day, Zone};
use tuanzhang_statement::Span;

use crate::failure::Failure;
use crate::zone::Local;

/// A month, by its first day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Month(Day);

impl FromStr for Month {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "is not a month like 2021-12";
        let digits = |(place, letter): (usize, u8)| match place {
            4 => letter == b'-',
            _ => letter.is_ascii_digit(),
        };
        if text.len() != 7 || !text.bytes().enumerate().all(digits) {
            return Err(wrong);
        }
        format!("{text}-01").parse().map(Self).map_err(|_| wrong)
    }
}

/// A span of days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Period {
    pub(super) span: Span,
    pub(super) from: Day,
    /// The last day.
    pub(super) through: Day,
    pub(super) zone: String,
}

impl Period {
    pub(super) fn of(
        month: Option<Month>,
        days: Option<(Day, Day)>,
        zone: Local,
    ) -> Result<Self, Failure> {
        let (from, to) = match (month, days) {
            (Some(Month(first)), _) => (first, month_after(first)),
            (None, Some(days)) => days,
            (None, None) => {
                return Err(Failure::input(
                    "name a period: --month 2021-12, or --from DAY --to DAY",
                ));
            }
        };
        if from >= to {
            return Err(Failure::input(format!(
                "--from {from} must lie before --to {to}, the day after the last one"
            )));
        }
        let start = |day: Day| {
            zone.start(day).ok_or_else(|| Failure::input(format!("{day} lies beyond the calendar")))
        };
        let span = Span { from: start(from)?, to: start(to)? };
        Ok(Self { span, from, through: to.plus(-1), zone: zone.name().to_owned() })
    }
}

/// The first day of the month after that of a first day.
fn month_after(first: Day) -> Day {
    let month = first.month();
    let later = (28..=31).map(|days| first.plus(days));
    later.into_iter().find(|day| day.month() != month).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let shanghai = Local::named("Asia/Shanghai").unwrap();
        let of = |month: &str| Period::of(month.parse().ok(), None, shanghai).unwrap();
        let december = of("2021-12");
        assert_eq!(december.span.from.to_string(), "2021-11-30T16:00:00Z");
        assert_eq!(december.span.to.to_string(), "2021-12-31T16:00:00Z");
        assert_eq!(of("2024-02").through.to_string(), "2024-02-29");
        assert_eq!(of("2023-02").through.to_string(), "2023-02-28");
        for text in ["2021-13", "2021", "2021-12-01", "", "2026-1", "-001-01", "+202-01", "２021-1"]
        {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_stand_in_their_order() {
        let utc = Local::named("UTC").unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let none = Period::of(None, Some((day("2021-12-02"), day("2021-12-02"))), utc);
        assert!(none.is_err());
        let one = Period::of(None, Some((day("2021-12-02"), day("2021-12-03"))), utc).unwrap();
        assert_eq!(one.from, one.through);
    }
}
