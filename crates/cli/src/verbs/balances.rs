//! `tuanzhang balances BOOK`: the trial balance.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use tuanzhang_core::Money;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::Book;
use tuanzhang_core::money::Decimals;

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
        writeln!(out, "{}", serde_json::to_string(&node(folded)?)?)?;
    } else {
        write_table(folded, out)?;
    }
    Ok(())
}

/// Balances by the text of their account, zeroes left out.
fn sorted(book: &Book) -> BTreeMap<String, (Account, Money)> {
    let named = book.balances().into_iter();
    named.map(|(account, amount)| (account.to_string(), (account, amount))).collect()
}

/// Rows of accounts and signed amounts, debits positive.
pub(crate) fn rows<'a>(
    balances: impl IntoIterator<Item = (&'a String, &'a Money)>,
    decimals: Decimals,
) -> Node {
    Node::list(balances.into_iter().map(|(account, amount)| {
        Node::Map(vec![
            ("account", account.as_str().into()),
            ("amount", amount.display(decimals).into()),
        ])
    }))
}

pub(crate) fn node(folded: &Folded) -> Result<Node, Failure> {
    let decimals = folded.decimals();
    let balances = sorted(&folded.book);
    Ok(Node::Map(vec![
        ("position", folded.book.position().get().into()),
        ("as_of", folded.as_of.map(|at| at.to_string()).into()),
        ("balances", rows(balances.iter().map(|(name, (_, amount))| (name, amount)), decimals)),
        ("sum", sum(balances.values().map(|(_, amount)| *amount))?.display(decimals).into()),
    ]))
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, Failure> {
    Money::sum(amounts).map_err(|error| Failure::store(&error))
}

fn write_table(folded: &Folded, out: &mut impl Write) -> Result<(), Failure> {
    let decimals = folded.decimals();
    let balances = sorted(&folded.book);
    let mut table = table::headed(&["account 科目", "meaning", "含义", "debit 借", "credit 贷"]);
    for (name, (account, amount)) in &balances {
        let (english, chinese) = meaning(account);
        let shown =
            |side: bool, amount: Money| if side { amount.display(decimals) } else { String::new() };
        table.add_row([
            name.clone(),
            english.to_owned(),
            chinese.to_owned(),
            shown(amount.is_positive(), *amount),
            shown(amount.is_negative(), amount.negated()),
        ]);
    }
    let amounts = || balances.values().map(|(_, amount)| *amount);
    let debits = sum(amounts().filter(|amount| amount.is_positive()))?;
    let credits = sum(amounts().filter(|amount| amount.is_negative()))?.negated();
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
    writeln!(out, "position {}, as of {as_of}, in {currency}", folded.book.position())?;
    writeln!(out, "{table}")?;
    Ok(())
}

/// What an account means, in English and Chinese.
fn meaning(account: &Account) -> (&'static str, &'static str) {
    match account {
        Account::Channel(_) => ("money at a payment channel", "支付渠道余额"),
        Account::Pending(_) => ("parts of paid orders, not settled", "待结算"),
        Account::Term(_) => ("settled, payment terms still run", "账期中"),
        Account::Available(_) => ("can be paid out; owed by the party where debit", "可提现"),
        Account::InTransit(_) => ("payout asked for, not confirmed", "提现中"),
        Account::RefundDue(_) => ("approved refunds, not yet paid back", "应退款"),
        Account::Suspense(_) => ("money that fits no open order", "暂收暂付"),
        Account::Income(_) => ("the operator's income", "平台收入"),
        Account::EquityOperator => ("brought in or drawn by the operator", "平台权益"),
        Account::Expense(_) => ("the operator's expense", "平台费用"),
    }
}
