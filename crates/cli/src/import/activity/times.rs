//! Times as files write them.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, Duration, MappedLocalTime, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use tuanzhang_core::Time;

/// How a file writes times.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Times {
    /// RFC 3339 with offset.
    Rfc3339,
    /// Seconds since 1970, with or without a fraction.
    Unix,
    /// Milliseconds since 1970.
    UnixMillis,
    /// A format of strftime's; without an offset in it, a time of the zone.
    Format { format: String, zone: Tz },
}

impl Times {
    /// Whether a text is a format that can be read.
    pub(crate) fn is_format(format: &str) -> bool {
        let mut fields = 0_usize;
        let sound = StrftimeItems::new(format).all(|item| {
            fields = fields
                .saturating_add(usize::from(matches!(item, Item::Numeric(..) | Item::Fixed(_))));
            item != Item::Error
        });
        sound && fields > 0
    }

    /// The instant that a text means.
    pub(super) fn parse(&self, text: &str) -> Option<Time> {
        match self {
            Self::Rfc3339 => text.parse().ok(),
            Self::Unix => since_1970(text, 6),
            Self::UnixMillis => since_1970(text, 3),
            Self::Format { format, zone } => formatted(text, format, *zone),
        }
    }
}

/// A number of units of 10^digits microseconds, with at most so many digits of a fraction.
fn since_1970(text: &str, digits: usize) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let without_sign = whole.strip_prefix('-').unwrap_or(whole);
    let fits = !without_sign.is_empty() && is_number(without_sign) && is_number(fraction);
    if !fits || fraction.len() > digits {
        return None;
    }
    let number = format!("{whole}{fraction:0<digits$}").parse().ok()?;
    checked(&DateTime::from_timestamp_micros(number)?)
}

fn formatted(text: &str, format: &str, zone: Tz) -> Option<Time> {
    if let Ok(at) = DateTime::parse_from_str(text, format) {
        return checked(&at);
    }
    let local = NaiveDateTime::parse_from_str(text, format).ok()?;
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => checked(&at),
        // The hour that occurs twice: the first. The hour that doesn't exist: as if the clocks had not
        // been changed yet.
        MappedLocalTime::Ambiguous(earlier, _) => checked(&earlier),
        MappedLocalTime::None => {
            let later = local.checked_add_signed(Duration::hours(1))?;
            checked(&zone.from_local_datetime(&later).earliest()?)
        }
    }
}

/// What RFC 3339 can't write could not be read again.
fn checked<Z: TimeZone>(at: &DateTime<Z>) -> Option<Time> {
    let in_range = (0..=9999).contains(&at.to_utc().year());
    in_range.then(|| Time::from_micros(at.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(times: &Times, text: &str, expected: Option<&str>) {
        let expected = expected.map(|expected| expected.parse::<Time>().unwrap());
        assert_eq!(times.parse(text), expected, "{text}");
    }

    #[test]
    fn numbers_since_1970() {
        check(&Times::Unix, "1511544070", Some("2017-11-24T17:21:10Z"));
        check(&Times::Unix, "1511544070.25", Some("2017-11-24T17:21:10.25Z"));
        check(&Times::Unix, "1511544070.000001", Some("2017-11-24T17:21:10.000001Z"));
        check(&Times::Unix, "-1", Some("1969-12-31T23:59:59Z"));
        check(&Times::Unix, "0", Some("1970-01-01T00:00:00Z"));
        check(&Times::UnixMillis, "1511544070123", Some("2017-11-24T17:21:10.123Z"));
        check(&Times::UnixMillis, "1511544070123.456", Some("2017-11-24T17:21:10.123456Z"));
        for text in ["", "-", "x", "1e9", "+1", " 1", "1.0000001", "99999999999999", "1.-5", ".5"] {
            check(&Times::Unix, text, None);
        }
    }

    #[test]
    fn formats_with_and_without_an_offset() {
        let times = |format: &str, zone| Times::Format { format: format.into(), zone };
        let plain = times("%Y-%m-%d %H:%M:%S", Tz::Asia__Shanghai);
        check(&plain, "2021-12-01 08:00:00", Some("2021-12-01T00:00:00Z"));
        check(&plain, "2021-12-01", None);
        let offset = times("%d/%b/%Y:%H:%M:%S %z", Tz::Asia__Shanghai);
        check(&offset, "01/Dec/2021:08:00:00 +0100", Some("2021-12-01T07:00:00Z"));
        let london = times("%F %R", Tz::Europe__London);
        check(&london, "2011-03-27 01:30", Some("2011-03-27T01:30:00Z"));
        check(&london, "2011-10-30 01:30", Some("2011-10-30T00:30:00Z"));
        assert!(Times::is_format("%F %T") && Times::is_format("%s"));
        assert!(!Times::is_format("%Q") && !Times::is_format("unixx") && !Times::is_format(""));
    }
}
