//! Figures as rows: one shape for terminal, JSON, CSV and the page, each column with its definition.

use tuanzhang_core::money::Decimals;

use tuanzhang_core::money::Total;

use crate::exact::Ratio;

/// Digits after the point of a percentage.
pub const PERCENT_DIGITS: u32 = 2;

/// A figure's names and meaning. One name, one definition: a key means the same in every table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// In JSON and CSV.
    pub key: &'static str,
    /// For people.
    pub english: &'static str,
    /// For people.
    pub chinese: &'static str,
    /// What is counted, over what, at which time, with which denominator; in English.
    pub meaning: &'static str,
    /// The same in Chinese (口径).
    pub chinese_meaning: &'static str,
}

/// A table's names and meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heading {
    /// In JSON, and the name of the CSV file.
    pub key: &'static str,
    /// The title for people.
    pub english: &'static str,
    /// The title for people.
    pub chinese: &'static str,
    /// What a row is, and in which order they stand; in English.
    pub meaning: &'static str,
    /// The same in Chinese.
    pub chinese_meaning: &'static str,
}

/// One value, exact until it is printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// There is none: nothing to divide by, nobody to name.
    None,
    /// A name, an id, a day, a month.
    Text(String),
    /// A whole number.
    Count(i64),
    /// A sum of money.
    Money(Total),
    /// Money for each of a count; printed as money, half up.
    Average(Ratio),
    /// A share of two counts; printed in percent, half up to 2 digits.
    Share(Ratio),
    /// A share of two sums of money; printed in percent, half up to 2 digits.
    MoneyShare(Ratio),
    /// A count for each (or for each hundred) of another; printed with 2 digits, half up.
    Rate(Ratio),
}

impl Value {
    /// A count.
    pub fn count(count: u64) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A text of anything that prints.
    pub fn text(value: impl std::fmt::Display) -> Self {
        Self::Text(value.to_string())
    }

    /// A text of what may be absent.
    pub fn maybe(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::None, Self::text)
    }

    /// As it is printed for people: money in major units, shares with a percent sign, `–` for none.
    pub fn display(&self, decimals: Decimals) -> String {
        let none = || "–".to_owned();
        match self {
            Self::Share(ratio) | Self::MoneyShare(ratio) => {
                ratio.percent(PERCENT_DIGITS).map_or_else(none, |share| format!("{share} %"))
            }
            Self::None
            | Self::Text(_)
            | Self::Count(_)
            | Self::Money(_)
            | Self::Average(_)
            | Self::Rate(_) => self.plain(decimals).unwrap_or_else(none),
        }
    }

    /// As it stands in CSV, and as `value` in JSON: without signs; none where there is none.
    pub fn plain(&self, decimals: Decimals) -> Option<String> {
        match self {
            Self::None => None,
            Self::Text(text) => Some(text.clone()),
            Self::Count(count) => Some(count.to_string()),
            Self::Money(total) => Some(total.display(decimals)),
            Self::Average(ratio) => ratio.money(decimals),
            Self::Share(ratio) | Self::MoneyShare(ratio) => ratio.percent(PERCENT_DIGITS),
            Self::Rate(ratio) => ratio.number(PERCENT_DIGITS),
        }
    }

    /// Whether it stands at the right of its column.
    pub const fn is_number(&self) -> bool {
        !matches!(self, Self::None | Self::Text(_))
    }
}

/// How many rows a table has by its nature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One: the figures of the whole report. Its columns stand at the top level of the JSON.
    One,
    /// Any number, in a stated order: a list of objects in the JSON.
    Many,
}

/// Figures of one family.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// In JSON, and the name of the CSV file.
    pub key: &'static str,
    /// Its title for people.
    pub english: &'static str,
    /// Its title for people.
    pub chinese: &'static str,
    /// What a row is, and in which order they stand; in English.
    pub meaning: &'static str,
    /// The same in Chinese.
    pub chinese_meaning: &'static str,
    /// One row or many.
    pub shape: Shape,
    /// What stands in each row.
    pub columns: Vec<Column>,
    /// As many values each as there are columns.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table of one row: pairs of column and value.
    pub fn one(heading: Heading, figures: Vec<(Column, Value)>) -> Self {
        let (columns, row) = figures.into_iter().unzip();
        Self::new(heading, Shape::One, columns, vec![row])
    }

    /// A table of many rows.
    pub fn many(heading: Heading, columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Self {
        Self::new(heading, Shape::Many, columns, rows)
    }

    fn new(heading: Heading, shape: Shape, columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Self {
        let Heading { key, english, chinese, meaning, chinese_meaning } = heading;
        Self { key, english, chinese, meaning, chinese_meaning, shape, columns, rows }
    }

    /// The value in a row under a key; `Value::None` where there is no such cell.
    pub fn get(&self, row: usize, key: &str) -> &Value {
        let column = self.columns.iter().position(|column| column.key == key);
        column.and_then(|column| self.rows.get(row)?.get(column)).unwrap_or(&Value::None)
    }
}
