//! `tuanzhang due BOOK --now TIME [--run]`: what the clock demands (待办), listed or carried out.
//!
//! Listing reads beside a writer and writes nothing; with `--json` each line is one that
//! `tuanzhang apply` reads. `--run` sends the same commands as `system` at that time, and lists again
//! until nothing is left.

use std::io::Write;

use clap::Args;
use serde_json::{Value, to_string};
use tuanzhang_core::{Command, Time};

use crate::book_url::{BookUrl, WRITTEN};
use crate::failure::{Failure, Outcome};
use crate::fold::{AsOf, fold};
use crate::table;
use crate::verbs::apply::result;
use crate::writer::{decimals, stopped};

#[derive(Debug, Args)]
pub(crate) struct Due {
    #[arg(help = WRITTEN)]
    book: BookUrl,
    /// As of this time, RFC 3339 with offset; not before the last record's
    #[arg(long, value_name = "TIME")]
    now: Time,
    /// Carry the duties out, by `system` at that time
    #[arg(long)]
    run: bool,
}

impl Due {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        // Also tells a book that isn't there from one in which nothing is due, before anything is made.
        let book = fold(&self.book, AsOf::NOW)?.book;
        if let Some(last) = book.head().map(|head| head.at).filter(|last| *last > self.now) {
            return Err(Failure::input(format!(
                "--now {} lies before the last record, of {last}; nothing can be due then, give that \
                 time or a later one",
                self.now
            )));
        }
        if self.run {
            drop(book);
            return self.carry_out(json, out);
        }
        let mut counts = Counts::default();
        for command in book.due(self.now) {
            if json {
                let (at, command) = (to_string(&self.now)?, to_string(&command)?);
                writeln!(out, r#"{{"at":{at},"actor":"system","command":{command}}}"#)?;
            } else {
                writeln!(out, "{}", told(&command)?)?;
                counts.add(&command, 0);
            }
        }
        if !json {
            counts.print(&["due 到期"], out)?;
        }
        Ok(Outcome::Done)
    }

    fn carry_out(&self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let ledger = self.book.ledger()?;
        let decimals = decimals(&ledger);
        let mut counts = Counts::default();
        let mut printed = Ok(());
        let ran = ledger.run_due(Some(self.now), |command, answer| {
            counts.add(command, usize::from(answer.is_err()));
            if json && printed.is_ok() {
                printed = to_string(command).map_err(Failure::from).and_then(|command| {
                    let result = result(answer, decimals)?;
                    writeln!(out, r#"{{"command":{command},{result}}}"#).map_err(Failure::from)
                });
            }
        });
        printed?;
        if !json {
            counts.print(&["done 已办", "overtaken 已失效"], out)?;
        }
        ran.map_err(|error| stopped("what is still due", &error))?;
        Ok(Outcome::Done)
    }
}

/// How many of each duty, in the order of [`LABELS`].
#[derive(Debug, Default)]
struct Counts([[u64; 2]; LABELS.len()]);

impl Counts {
    fn add(&mut self, command: &Command, column: usize) {
        let place = LABELS.iter().position(|(name, _)| *name == command.name());
        let count = place.and_then(|place| self.0.get_mut(place)?.get_mut(column));
        if let Some(count) = count {
            *count = count.saturating_add(1);
        }
    }

    fn print(&self, columns: &[&str], out: &mut impl Write) -> Result<(), Failure> {
        let rows = LABELS.iter().zip(&self.0).filter(|(_, counts)| counts.iter().any(|n| *n > 0));
        let mut table = table::headed(&[&["duty 待办", "含义"], columns].concat());
        for ((name, chinese), counts) in rows {
            let mut row = vec![(*name).to_owned(), (*chinese).to_owned()];
            row.extend(counts.iter().take(columns.len()).map(u64::to_string));
            table.add_row(row);
        }
        if table.row_count() == 0 {
            writeln!(out, "nothing is due 无待办")?;
        } else {
            table::align_right(&mut table, [2, 3].into_iter().take(columns.len()));
            writeln!(out, "{table}")?;
        }
        Ok(())
    }
}

/// The duties in the order of `domain.md` §6.
const LABELS: [(&str, &str); 9] = [
    ("expire_order", "订单逾期"),
    ("decide_presale", "预售裁定"),
    ("close_campaign", "截团"),
    ("refund_unformed", "不成团退款"),
    ("adjust_price", "退差价"),
    ("receive_order", "自动收货"),
    ("lapse_return", "退货失效"),
    ("settle_order", "结算"),
    ("mature_payable", "账期到期"),
];

/// A duty for people: its name and what it is about.
fn told(command: &Command) -> Result<String, Failure> {
    let value = serde_json::to_value(command)?;
    let fields = value.get(command.name()).and_then(Value::as_object);
    let about = fields.into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_str);
    Ok(format!("{} {}", command.name(), about.collect::<Vec<_>>().join(" ")))
}
