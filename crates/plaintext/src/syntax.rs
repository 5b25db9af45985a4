//! How each tool writes things. Every function appends to a text.

use std::fmt::{Display, Write as _};

use chrono::{Datelike, NaiveDate};
use tuanzhang_core::Money;
use tuanzhang_core::event::BookOpened;
use tuanzhang_core::money::Decimals;

use crate::names::name_of;
use tuanzhang_core::accounting::{Account, Posting};

/// A program that reads a journal and judges it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// beancount 3: `bean-check FILE`.
    Beancount,
    /// hledger 1.25 or later: `hledger -f FILE check -s balancednoautoconversion`.
    Hledger,
}

/// A book's currency as the tools name it.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    name: String,
    code: String,
    decimals: Decimals,
}

/// Words that beancount reads as something else.
const NO_CURRENCIES: [&str; 3] = ["TRUE", "FALSE", "NULL"];

impl Unit {
    /// A code of two to twelve capitals as it is; `OWN` for any other. The code itself is kept beside it.
    pub(crate) fn of(opened: &BookOpened) -> Self {
        let code = opened.currency.code.as_str();
        let stands = (2..=12).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_uppercase())
            && !NO_CURRENCIES.contains(&code);
        let name = if stands { code } else { "OWN" };
        Self { name: name.into(), code: code.into(), decimals: opened.currency.decimals }
    }

    fn amount(&self, amount: Money) -> String {
        format!("{} {}", amount.display(self.decimals), self.name)
    }
}

/// A transaction to be written.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) date: NaiveDate,
    pub(crate) event: &'static str,
    pub(crate) details: &'a [(&'static str, String)],
    pub(crate) postings: &'a [Posting],
}

impl Tool {
    /// What stands above all else, from the first record.
    pub(crate) fn head(self, to: &mut String, opened: &BookOpened, unit: &Unit, date: NaiveDate) {
        let (book, zone) = (opened.book, &opened.timezone);
        line(to, &format_args!("; Book {book}, written by `tuanzhang export`; docs/export.md."));
        line(
            to,
            &format_args!(
                "; Dated by when each record was recorded, in the book's time zone ({zone})."
            ),
        );
        line(to, &"; Whole only if its last line says `end`.");
        match self {
            Self::Beancount => {
                line(to, &format_args!("option \"title\" \"Book {book}\""));
                line(to, &format_args!("option \"operating_currency\" \"{}\"", unit.name));
                line(to, &"option \"tolerance_multiplier\" \"0\"");
                line(to, &format_args!("\n{} commodity {}", day(date), unit.name));
                line(to, &format_args!("  code: {}\n", quoted(&unit.code)));
            }
            Self::Hledger => {
                line(to, &"decimal-mark .");
                let zeros = "0".repeat(usize::from(unit.decimals.get()));
                let code = tag_value(&unit.code);
                line(to, &format_args!("commodity 1000.{zeros} {}  ; code:{code}\n", unit.name));
            }
        }
    }

    /// An account that is used from now on.
    pub(crate) fn open(self, to: &mut String, account: &Account, unit: &Unit, date: NaiveDate) {
        let name = name_of(account);
        match self {
            Self::Beancount => {
                line(to, &format_args!("{} open {name} {}", day(date), unit.name));
                line(to, &format_args!("  account: {}", quoted(&account.to_string())));
            }
            Self::Hledger => {
                let written = tag_value(&account.to_string());
                line(to, &format_args!("account {name}  ; account:{written}"));
            }
        }
    }

    /// What an event moved.
    pub(crate) fn transaction(self, to: &mut String, entry: &Entry<'_>, unit: &Unit) {
        let Entry { date, event, details, postings } = entry;
        match self {
            Self::Beancount => {
                line(to, &format_args!("{} * \"{event}\" #{event}", day(*date)));
                for (key, value) in *details {
                    line(to, &format_args!("  {key}: {}", quoted(value)));
                }
            }
            Self::Hledger => {
                line(to, &format_args!("{} * {event}", day(*date)));
                to.push_str("    ; event:");
                to.push_str(event);
                for (key, value) in *details {
                    let _ = write!(to, ", {key}:{}", tag_value(value));
                }
                to.push('\n');
            }
        }
        for Posting { account, amount } in *postings {
            line(to, &format_args!("    {}  {}", name_of(account), unit.amount(*amount)));
        }
        to.push('\n');
    }

    /// The balance of an account at the end of `date`; `next` is the day after.
    pub(crate) fn balance(
        self,
        to: &mut String,
        account: &Account,
        balance: Money,
        unit: &Unit,
        (date, next): (NaiveDate, NaiveDate),
    ) {
        let name = name_of(account);
        match self {
            // Of the beginning of a day.
            Self::Beancount => {
                let (date, amount) = (day(next), balance.display(unit.decimals));
                line(to, &format_args!("{date} balance {name}  {amount} ~ 0 {}", unit.name));
            }
            // Of this account alone, in this currency and no other, to the last digit.
            Self::Hledger => {
                line(to, &format_args!("{} * balance", day(date)));
                let (nothing, amount) = (unit.amount(Money::ZERO), unit.amount(balance));
                line(to, &format_args!("    {name}  {nothing} == {amount}\n"));
            }
        }
    }
}

pub(crate) fn line(to: &mut String, text: &impl Display) {
    let _ = writeln!(to, "{text}");
}

/// A date of the years 1 to 9999, as both tools read it.
fn day(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// A text in beancount: in quotes, with a backslash before a quote and before a backslash. No text of a
/// book has a control character.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as the value of a tag in hledger, which ends at a comma and has no outer spaces; brackets could be
/// read as dates. These and the percent sign are written as %XX.
fn tag_value(text: &str) -> String {
    let (inner, length) = (text.trim(), text.len());
    let before = length.saturating_sub(text.trim_start().len());
    let after = before.saturating_add(inner.len());
    let mut value = String::with_capacity(length);
    for (at, c) in text.char_indices() {
        if matches!(c, '%' | ',' | '[' | ']') || !(before..after).contains(&at) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(value, "%{byte:02X}");
            }
        } else {
            value.push(c);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_can_end_nothing_before_their_end() {
        assert_eq!(quoted(r#"a "b" \"#), r#""a \"b\" \\""#);
        assert_eq!(
            tag_value(" a,b [2020-01-01] 5% x:y\u{3000}"),
            "%20a%2Cb %5B2020-01-01%5D 5%25 x:y%E3%80%80"
        );
        assert_eq!(tag_value(""), "");
        assert_eq!(tag_value("  "), "%20%20");
    }
}
