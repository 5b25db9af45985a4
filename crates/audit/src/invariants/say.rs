//! How an invariant says that it doesn't hold.

use std::fmt::Display;

use tuanzhang_core::Money;
use tuanzhang_core::money::Decimals;

use crate::Rule;

/// An invariant that doesn't hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// The event in the record, from 0; none where it is about the whole record.
    pub event: Option<usize>,
    /// What it is about: an order, a line, an account.
    pub about: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// Collects what doesn't hold in a record.
#[derive(Debug)]
pub(super) struct Say {
    pub(super) broken: Vec<Broken>,
    pub(super) event: Option<usize>,
    pub(super) decimals: Option<Decimals>,
}

/// What it is about, what must be, what is.
pub(super) type Told = [String; 3];

impl Say {
    /// Notes what doesn't hold; the text is made only then. Gives whether it holds.
    pub(super) fn hold(
        &mut self,
        holds: bool,
        rule: Rule,
        tell: impl FnOnce(Shown) -> Told,
    ) -> bool {
        if !holds {
            let [about, expected, found] = tell(Shown(self.decimals));
            self.broken.push(Broken { rule, event: self.event, about, expected, found });
        }
        holds
    }

    /// Notes that an event names something that no event made.
    pub(super) fn unknown(&mut self, what: &str, id: impl Display) {
        self.hold(false, Rule::RefersToKnown, |_| {
            [what.into(), format!("{what} that the book has"), id.to_string()]
        });
    }
}

/// Shows amounts in the book's currency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown(Option<Decimals>);

impl Shown {
    /// In major units; in minor ones where that can't be.
    pub(super) fn money(self, minor: i64) -> String {
        match (self.0, Money::from_minor(minor)) {
            (Some(decimals), Ok(money)) => money.display(decimals),
            (Some(_) | None, _) => format!("{minor} minor units"),
        }
    }
}
