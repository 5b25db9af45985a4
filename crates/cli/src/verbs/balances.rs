//! `tuanzhang balances BOOK`: the trial balance.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_statement::meaning;

use crate::book_url::{BookUrl, READ};
use crate::failure::{Failure, Outcome};
use crate::fold::{AsOf, Folded, fold};
use crate::node::Node;
use crate::table;

#[derive(Debug, Args)]
pub(crate) struct Balances {
    #[arg(help = READ)]
    book: BookUrl,
    #[command(flatten)]
    as_of: AsOf,
}

impl Balances {
    pub(crate) fn run(self, json: bool, out: &mut impl Write) -> Result<Outcome, Failure> {
        let folded = fold(&self.book, self.as_of)?;
        print(&folded, json, out)?;
        Ok(Outcome::Done)
    }
}

pub(crate) fn print(folded: &Folded, json: bool, out: &mut impl Write) -> Result<(), Failure> {
    if json {
        writeln!(out, "{}", serde_json::to_string(&node(folded))?)?;
    } else {
        write_table(folded, out)?;
    }
    Ok(())
}

/// Balances by the text of their account, zeroes left out.
fn sorted(folded: &Folded) -> BTreeMap<String, (&Account, Total)> {
    let named = folded.balances.iter();
    named.map(|(account, amount)| (account.to_string(), (account, *amount))).collect()
}

/// Rows of accounts and signed amounts, debits positive.
pub(crate) fn rows<'a>(
    balances: impl IntoIterator<Item = (&'a String, &'a Total)>,
    decimals: Decimals,
) -> Node {
    Node::list(balances.into_iter().map(|(account, amount)| {
        Node::Map(vec![
            ("account", account.as_str().into()),
            ("amount", amount.display(decimals).into()),
        ])
    }))
}

pub(crate) fn node(folded: &Folded) -> Node {
    let decimals = folded.decimals();
    let balances = sorted(folded);
    let mut fields = vec![
        ("position", folded.position.get().into()),
        ("as_of", folded.as_of.map(|at| at.to_string()).into()),
        ("balances", rows(balances.iter().map(|(name, (_, amount))| (name, amount)), decimals)),
        ("sum", sum(balances.values().map(|(_, amount)| *amount)).display(decimals).into()),
    ];
    if let Some(business) = &folded.business {
        // Balances are sums of postings: they hold also what is left out of the state.
        let own = business.fields().into_iter().filter(|(key, _)| !key.contains("left_out"));
        fields.extend(own);
    }
    Node::Map(fields)
}

fn sum(amounts: impl IntoIterator<Item = Total>) -> Total {
    amounts.into_iter().fold(Total::ZERO, Total::plus)
}

fn write_table(folded: &Folded, out: &mut impl Write) -> Result<(), Failure> {
    let decimals = folded.decimals();
    let balances = sorted(folded);
    let mut table = table::headed(&["account 科目", "meaning", "含义", "debit 借", "credit 贷"]);
    for (name, (account, amount)) in &balances {
        let (english, chinese) = meaning(account);
        let shown =
            |side: bool, amount: Total| if side { amount.display(decimals) } else { String::new() };
        table.add_row([
            name.clone(),
            english.to_owned(),
            chinese.to_owned(),
            shown(*amount > Total::ZERO, *amount),
            shown(*amount < Total::ZERO, amount.negated()),
        ]);
    }
    let amounts = || balances.values().map(|(_, amount)| *amount);
    let debits = sum(amounts().filter(|amount| *amount > Total::ZERO));
    let credits = sum(amounts().filter(|amount| *amount < Total::ZERO)).negated();
    let total = [
        "sum 合计".into(),
        String::new(),
        String::new(),
        debits.display(decimals),
        credits.display(decimals),
    ];
    table.add_row(total);
    table::align_right(&mut table, [3, 4]);
    let as_of = folded.as_of.map_or_else(|| "–".to_owned(), |at| at.to_string());
    let currency = folded.opened.currency.code.as_str();
    writeln!(out, "position {}, as of {as_of}, in {currency}", folded.position)?;
    if let Some(business) = &folded.business {
        business.write_time(out)?;
    }
    writeln!(out, "{table}")?;
    Ok(())
}
