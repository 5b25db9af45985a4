//! docs/accounting.md: its campaign is run and each number compared; no event is without its row.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::common::*;
use tuanzhang_core::accounting::{Account, postings};
use tuanzhang_core::book::Book;
use tuanzhang_core::{Event, Money};

const CAMPAIGN_HEADING: &str = "## One campaign";
const FAILS_HEADING: &str = "## A campaign that fails";

fn run(page: &str) -> Shop {
    let mut shop = Shop::empty();
    let blocks = blocks(page);
    let (_, block) = blocks.iter().find(|(mark, _)| *mark == "jsonl").unwrap();
    for line in block.lines() {
        let read = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}\n{e}"));
        assert_eq!(shop.line(read), Outcome::Accepted, "{line}\n{:?}", shop.last);
    }
    shop
}

/// The account as the page writes it: names for ids.
fn named(page: &str, account: &str) -> String {
    let names = rows(page).into_iter().filter(|row| row.len() == 2);
    names.fold(account.to_owned(), |account, row| account.replace(&row[1], &row[0]))
}

/// Debit and credit columns.
fn columns(shop: &Shop, amount: Money) -> [String; 2] {
    let shown = |amount: Money| {
        if amount.is_positive() { amount.display(shop.decimals()) } else { String::new() }
    };
    [shown(amount), shown(amount.negated())]
}

#[test]
fn the_worked_campaign_posts_what_the_page_says() {
    let page = page("accounting.md");
    let shop = run(&page);
    let mut posted = Vec::new();
    for (record, line) in shop.records.iter().zip(1..) {
        for event in &record.events {
            for posting in postings(event) {
                let account = named(&page, &posting.account.to_string());
                let [debit, credit] = columns(&shop, posting.amount);
                posted.push([format!("{line}"), event.name().into(), account, debit, credit]);
            }
        }
    }
    let worked = page.split(CAMPAIGN_HEADING).nth(1).unwrap();
    let told: Vec<_> = rows(worked).into_iter().filter(|row| row.len() == 5).collect();
    for (posted, told) in posted.iter().zip(&told) {
        assert_eq!(&posted[..], &told[..]);
    }
    assert_eq!(posted.len(), told.len());
}

#[test]
fn the_trial_balance_is_that_of_the_page() {
    let page = page("accounting.md");
    let shop = run(&page);
    let mut held: Vec<_> = shop.book.balances().into_iter().collect();
    assert_eq!(held.iter().map(|(_, amount)| amount.minor()).sum::<i64>(), 0);
    let worked = page.split(CAMPAIGN_HEADING).nth(1).unwrap();
    let told: Vec<_> = rows(worked).into_iter().filter(|row| row.len() == 3).collect();
    let (sum, told) = told.split_last().unwrap();
    assert_eq!([&sum[0], &sum[1]], ["sum", &sum[2]]);
    let mut debits = 0;
    for row in told {
        let at = held.iter().position(|(account, _)| named(&page, &account.to_string()) == row[0]);
        let (_, amount) = held.remove(at.unwrap_or_else(|| panic!("{row:?}")));
        assert_eq!(&columns(&shop, amount)[..], &row[1..], "{}", row[0]);
        debits += amount.minor().max(0);
    }
    assert!(held.is_empty(), "{held:?}");
    assert_eq!(Money::from_minor(debits).unwrap().display(shop.decimals()), sum[1]);
    let replayed: Book = shop.replayed();
    assert_eq!(replayed.balances(), shop.book.balances());
}

/// The account that the page writes with names for ids.
fn account(page: &str, text: &str) -> Account {
    let names = rows(page).into_iter().filter(|row| row.len() == 2);
    let text = names.fold(text.to_owned(), |text, row| text.replace(&row[0], &row[1]));
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// A balance on the side where it belongs: a channel's is a debit, the others' are credits.
fn on_its_side(shop: &Shop, account: &Account) -> String {
    let balance = shop.book.balance(account);
    let debit = matches!(account, Account::Channel(_));
    (if debit { balance } else { balance.negated() }).display(shop.decimals())
}

#[test]
fn the_campaign_that_fails_has_these_balances_after_each_line_that_posts() {
    let page = page("accounting.md");
    let part = page.split(FAILS_HEADING).nth(1).unwrap();
    let head = part.lines().find(|line| line.starts_with("| line |")).unwrap();
    let cells = head.trim_matches('|').split('|').skip(2);
    let accounts: Vec<Account> =
        cells.map(|cell| account(&page, &cell.trim().replace('`', ""))).collect();
    let mut told = rows(part).into_iter().filter(|row| row.len() == accounts.len() + 2);
    let mut shop = Shop::empty();
    let (_, block) = blocks(part).into_iter().find(|(mark, _)| *mark == "jsonl fails").unwrap();
    for (line, number) in block.lines().zip(1..) {
        assert_eq!(shop.line(serde_json::from_str(line).unwrap()), Outcome::Accepted, "{line}");
        let events = &shop.records.last().unwrap().events;
        if events.iter().all(|event| postings(event).is_empty()) {
            continue;
        }
        let row = told.next().unwrap_or_else(|| panic!("line {number} posts and has no row"));
        assert_eq!(row[0], number.to_string(), "{row:?}");
        let shown: Vec<String> = accounts.iter().map(|of| on_its_side(&shop, of)).collect();
        assert_eq!(row[2..], shown, "line {number}");
        let posted = shop.book.balances();
        assert!(posted.keys().all(|of| accounts.contains(of)), "an account has no column");
    }
    assert_eq!(told.next(), None);
}

/// Every name of `event/mod.rs`.
fn event_names() -> Vec<String> {
    let source = source("event/mod.rs");
    let declared = source.split("\nevents! {\n").nth(1).unwrap();
    let lines = declared.lines().take_while(|line| *line != "}");
    lines.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn each_event_has_a_row_or_is_said_to_post_nothing() {
    let page = page("accounting.md");
    let table = page.split("## What each event posts").nth(1).unwrap();
    let (table, silent) =
        table.split(CAMPAIGN_HEADING).next().unwrap().split_once("post nothing:").unwrap();
    let shop = run(&page);
    let events: Vec<&Event> = shop.records.iter().flat_map(|record| &record.events).collect();
    for name in event_names() {
        let marked = format!("`{name}`");
        let has_row = table.lines().any(|line| line.starts_with(&format!("| {marked}")));
        assert_ne!(has_row, silent.contains(&marked), "{name}: a row, or posts nothing");
        let of_it: Vec<_> = events.iter().filter(|event| event.name() == name).collect();
        if has_row {
            assert!(!of_it.is_empty(), "{name} doesn't happen in the worked campaign");
        }
        assert!(of_it.iter().all(|event| postings(event).is_empty() != has_row), "{name}");
    }
}

#[test]
fn the_chart_names_accounts_that_the_code_knows() {
    let page = page("accounting.md");
    let chart = page.split("## What each event posts").next().unwrap();
    for row in rows(chart) {
        let account = row[0].replace("PARTY", &id(OWNER)).replace("BUYER", &id(BUYER));
        let kinds: Vec<&str> = row[3].split(", ").collect();
        for kind in kinds {
            let kind = kind.split(':').next().unwrap();
            let account = account.replace("CHANNEL", "wechat").replace("NAME", "wechat");
            let account = account.replace("KIND", kind);
            assert!(account.parse::<Account>().is_ok(), "{account}");
        }
    }
}
