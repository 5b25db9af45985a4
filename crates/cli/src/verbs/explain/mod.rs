//! `tuanzhang explain BOOK ACCOUNT`: every fen of a balance, the events that made it, and the rule behind each.

mod json;
mod known;
mod people;

use std::io::Write;

use clap::Args;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{OrderId, PartyId, Position, Time};
use tuanzhang_statement::{ENTRIES_KEPT, Explanation, Question, Scope};

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::fold::{AsOf, opened, walk_book};

/// Orders shown of each kind of movement, for people, unless another number is asked for.
const LIMIT: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[arg(help = READ)]
    book: BookUrl,
    /// An account, like available:UUID or income:commission; or a party's UUID for all its accounts
    #[arg(value_name = "ACCOUNT", value_parser = scope)]
    scope: Scope,
    #[command(flatten)]
    as_of: AsOf,
    /// Movements of this order only; the others are summed
    #[arg(long, value_name = "ID")]
    order: Option<OrderId>,
    /// So many orders of each kind, the last ones, are shown one by one; 5 for people, all in JSON
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

fn scope(text: &str) -> Result<Scope, String> {
    if let Ok(party) = text.parse::<PartyId>() {
        return Ok(Scope::Party(party));
    }
    text.parse::<Account>().map(Scope::Account).map_err(|why| format!("{why}, or a party's UUID"))
}

/// An explanation, and what it is of.
#[derive(Debug)]
struct Explained {
    explanation: Explanation,
    decimals: Decimals,
    currency: String,
    position: Position,
    as_of: Option<Time>,
    business: Option<Time>,
    limit: usize,
    /// One order was asked about: all its entries are shown.
    one_order: bool,
}

impl Explain {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let explained = self.explained(json)?;
        if json {
            writeln!(out, "{}", serde_json::to_string(&json::node(&explained))?)?;
        } else {
            people::write(&explained, out)?;
        }
        let unexplained = explained.explanation.accounts().any(|(_, of)| of.unexplained > 0);
        Ok(if unexplained { Outcome::Found } else { Outcome::Done })
    }

    fn explained(self, json: bool) -> Result<Explained, Failure> {
        let source = self.book.read_only()?;
        let currency = opened(&self.book, &source)?.currency;
        let business = self.as_of.business;
        let question =
            Question { until: business, order: self.order, ..Question::about(self.scope) };
        let asked = question.clone();
        let mut explanation = Explanation::new(question);
        let mut last = None;
        walk_book(&self.book, &source, self.as_of.known, &mut |record| {
            last = Some(record.head);
            explanation.record(record).map_err(|error| Failure::store(&error))
        })?;
        explanation.check().map_err(|error| Failure::store(&error))?;
        known::check(explanation.book(), &asked)?;
        Ok(Explained {
            explanation,
            decimals: currency.decimals,
            currency: currency.code.to_string(),
            position: last.map_or(Position::START, |head| head.position),
            as_of: self.as_of.known.time().or_else(|| last.map(|head| head.at)),
            business,
            one_order: self.order.is_some(),
            limit: self.limit.unwrap_or(if json { ENTRIES_KEPT } else { LIMIT }),
        })
    }
}
