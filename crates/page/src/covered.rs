//! What a report's last day leaves unfinished: days and periods that still run.

use tuanzhang_analytics::{Day, Report, Table, Value};

/// The days that are covered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covered {
    /// From the first paid order on.
    first: Option<Day>,
    last: Option<Day>,
}

impl Covered {
    pub(crate) const fn of(report: &Report) -> Self {
        Self { first: report.first_bought, last: report.as_of }
    }

    /// Whether the days of a row of the repeat curve have run for nobody.
    pub(crate) fn is_beyond(self, table: &Table, row: usize) -> bool {
        let known = self.first.zip(self.last).map(|(first, last)| i64::from(first.until(last)));
        match (table.get(row, "days"), known) {
            (Value::Count(days), Some(known)) => *days > known,
            _ => false,
        }
    }

    /// Whether the last period of a cohort still runs: its week, where cohorts are named by a day, or its month.
    pub(crate) fn runs(self, table: &Table, row: usize) -> bool {
        let (Value::Text(name), Some(last)) = (table.get(row, "cohort"), self.last) else {
            return false;
        };
        let next = last.plus(1);
        if name.parse::<Day>().is_ok() {
            next.monday() == last.monday()
        } else {
            next.month() == last.month()
        }
    }
}
