//! The figures as SQL: every view runs, and what can be computed in another way agrees to the fen and the count.
//!
//! What it is compared with is read off the records and off core's balances, slowly, with no table between.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Lived, export, lived, python, rows_of, shanghai};
use serde_json::{Value, json};
use tuanzhang_core::accounting::Account;
use tuanzhang_core::event::{OrderPaid, Reopened};
use tuanzhang_core::{BuyerId, Event, Money, OrderId};

fn paid_amount(paid: &OrderPaid) -> i64 {
    let arrived = paid.payment.as_ref().map(|payment| payment.amount);
    let resolved = paid.out_of_suspense.as_ref().map(|money| money.amount);
    arrived.or(resolved).unwrap_or(Money::ZERO).minor()
}

fn reopened_of(event: &Event) -> Option<&Reopened> {
    if let Event::ReturnLapsed(lapsed) = event {
        return Some(&lapsed.reopened);
    }
    if let Event::RefundWithdrawn(withdrawn) = event {
        return withdrawn.reopened.as_ref();
    }
    None
}

/// Sales of one scope.
#[derive(Default, Debug, PartialEq)]
struct Sales {
    gmv_placed: i64,
    placed_orders: i64,
    gmv_paid: i64,
    paid_orders: i64,
    anonymous_orders: i64,
    refunds: i64,
    refunded: i64,
    refund_extras: i64,
    units: i64,
    buyers: BTreeMap<BuyerId, i64>,
}

impl Sales {
    fn take(&mut self, event: &Event, buyers: &BTreeMap<OrderId, Option<BuyerId>>) {
        if let Event::OrderPlaced(placed) = event {
            self.gmv_placed += placed.due.minor();
            self.placed_orders += 1;
        }
        if let Event::OrderPaid(paid) = event {
            self.gmv_paid += paid_amount(paid);
            self.paid_orders += 1;
            self.units += paid.lines.iter().map(|line| i64::from(line.quantity)).sum::<i64>();
            match buyers[&paid.order] {
                Some(buyer) => *self.buyers.entry(buyer).or_default() += 1,
                None => self.anonymous_orders += 1,
            }
        }
        if let Event::PriceAdjusted(adjusted) = event {
            self.refunds += 1;
            self.refunded += adjusted.paid.minor();
        }
        if let Event::RefundApproved(approved) = event {
            self.refunds += 1;
            let goods: i64 = approved.lines.iter().map(|line| line.paid.minor()).sum();
            let sales = goods + approved.shipping_fee.minor();
            self.refunded += sales;
            self.refund_extras += approved.due.minor() - sales;
            self.units -= approved.lines.iter().map(|line| i64::from(line.quantity)).sum::<i64>();
        }
        if let Some(reopened) = reopened_of(event) {
            let goods: i64 = reopened.lines.iter().map(|line| line.paid.minor()).sum();
            let sales = goods + reopened.shipping_fee.minor();
            self.refunded -= sales;
            self.refund_extras -= reopened.due.minor() - sales;
            self.units += reopened.lines.iter().map(|line| i64::from(line.quantity)).sum::<i64>();
        }
    }

    fn happened(&self) -> bool {
        self.placed_orders + self.paid_orders + self.refunds != 0 || self.refunded != 0
    }

    fn json(&self) -> Value {
        json!({
            "gmv_placed": self.gmv_placed, "placed_orders": self.placed_orders,
            "gmv_paid": self.gmv_paid, "paid_orders": self.paid_orders,
            "anonymous_orders": self.anonymous_orders, "refunds": self.refunds,
            "refunded": self.refunded, "refund_extras": self.refund_extras,
            "net_sales": self.gmv_paid - self.refunded, "units": self.units,
            "buyers": self.buyers.len(),
            "repeat_buyers": self.buyers.values().filter(|orders| **orders > 1).count(),
        })
    }
}

fn agree(row: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(row[key], *value, "{key} of {row}");
    }
}

fn sales_agree(found: &Value, life: &Lived) {
    let mut buyers = BTreeMap::new();
    let (mut whole, mut months) = (Sales::default(), BTreeMap::<String, Sales>::new());
    let mut days = BTreeMap::<String, Sales>::new();
    for record in &life.records {
        let day = shanghai(record.head.at);
        for event in &record.events {
            if let Event::OrderPlaced(placed) = event {
                buyers.insert(placed.order, placed.buyer);
            }
            whole.take(event, &buyers);
            months.entry(day.format("%Y-%m").to_string()).or_default().take(event, &buyers);
            days.entry(day.to_string()).or_default().take(event, &buyers);
        }
    }
    agree(&found["sales"][0], &whole.json());
    for (view, key, expected) in [("by_month", "month", months), ("by_day", "day", days)] {
        let expected: Vec<_> = expected.iter().filter(|(_, sales)| sales.happened()).collect();
        let rows: Vec<&Value> = found[view].as_array().unwrap().iter().collect();
        let by_key: BTreeMap<&str, &Value> =
            rows.iter().map(|row| (row[key].as_str().unwrap(), *row)).collect();
        for (key, sales) in expected {
            agree(by_key[key.as_str()], &sales.json());
        }
    }
    for view in ["by_month", "by_day", "by_campaign", "by_leader"] {
        let sum = |key: &str| -> i64 {
            found[view].as_array().unwrap().iter().map(|row| row[key].as_i64().unwrap()).sum()
        };
        assert_eq!(sum("net_sales"), whole.gmv_paid - whole.refunded, "{view}");
        assert_eq!(sum("net_of_orders"), whole.gmv_paid - whole.refunded, "{view}");
    }
    assert!(whole.refunds > 0 && whole.paid_orders > 20, "{whole:?}");
}

fn accounts_agree(found: &Value, life: &Lived) {
    let balances = life.book.balances().into_iter();
    let balances: BTreeMap<String, i64> = balances
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(account, amount)| (account.to_string(), amount.minor()))
        .collect();
    let rows = found["trial_balance"].as_array().unwrap().iter();
    let rows: BTreeMap<String, i64> = rows
        .map(|row| (row["account"].as_str().unwrap().to_owned(), row["balance"].as_i64().unwrap()))
        .collect();
    assert_eq!(rows, balances);
    let (mut income, mut expense) = (0, 0);
    for (account, amount) in life.book.balances() {
        if matches!(account, Account::Income(_)) {
            income -= amount.minor();
        }
        if matches!(account, Account::Expense(_)) {
            expense += amount.minor();
        }
    }
    let margin = json!({ "income": income, "expense": expense, "margin": income - expense });
    agree(&found["margin_total"][0], &margin);
    for view in ["margin_by_campaign", "margin_by_account"] {
        let key = if view == "margin_by_account" { "result" } else { "margin" };
        let rows = found[view].as_array().unwrap().iter();
        let sum: i64 = rows.map(|row| row[key].as_i64().unwrap()).sum();
        assert_eq!(sum, income - expense, "{view}");
    }
}

/// Sums that two views must share, whatever they are.
fn views_agree_with_each_other(found: &Value) {
    let sum = |view: &str, key: &str| -> i64 {
        found[view].as_array().unwrap().iter().map(|row| row[key].as_i64().unwrap()).sum()
    };
    let buyers = sum("sales", "buyers");
    assert!(buyers > 0);
    for (view, key) in [
        ("lifecycle", "buyers_so_far"),
        ("rfm", "buyers_so_far"),
        ("orders_per_buyer", "buyers_with_so_many"),
    ] {
        assert_eq!(sum(view, key), buyers, "{view}");
    }
    let cohorts = found["cohorts"].as_array().unwrap();
    let firsts = cohorts.iter().filter(|row| row["period"] == 0);
    let sizes: i64 = firsts.map(|row| row["active"].as_i64().unwrap()).sum();
    assert_eq!(sizes, buyers);
    assert_eq!(sum("leaderboard", "new_buyers"), buyers);
    assert_eq!(sum("item_board", "units"), sum("sales", "units"));
    assert_eq!(sum("campaign_board", "net_sales"), sum("sales", "net_sales"));
    let back = sum("refund_rates", "return_shipping");
    assert_eq!(sum("return_shipping_by_bearer", "return_shipping"), back);
    assert_eq!(sum("return_shipping_by_item", "return_shipping"), back);
    let funnel = &found["funnel"][0];
    assert_eq!(
        sum("funnel", "uv") + sum("funnel", "buyers_without_visit"),
        sum("funnel", "visitors")
    );
    assert_eq!(funnel["payers"], found["sales"][0]["buyers"]);
    assert_eq!(sum("funnel_by_source", "pv"), sum("funnel", "pv"));
    assert_eq!(sum("exposure", "exposed_goods"), sum("exposure_total", "exposed_goods"));
    let last = found["growth_by_day"].as_array().unwrap().last().unwrap();
    assert_eq!(last["members_at_end"], found["community"][0]["members"]);
    // Lines make up what was paid, parts what was refunded.
    let lines = sum("lines_paid", "paid_minor") + sum("orders_paid", "shipping_minor");
    assert_eq!(lines, sum("orders_paid", "paid_minor"));
    assert_eq!(sum("refund_lines", "paid_minor"), sum("refunds", "goods_minor"));
    let due = ["goods_minor", "shipping_fee_minor", "return_shipping_minor", "compensation_minor"];
    let due: i64 = due.iter().map(|key| sum("refunds", key)).sum();
    assert_eq!(due, sum("refunds", "due_minor"));
    assert_eq!(sum("postings", "amount_minor"), 0);
}

#[test]
fn figures_from_the_export_agree_with_the_records_and_the_balances() {
    let Some(python) = python() else { return };
    let mut seen = BTreeSet::new();
    for (seed, chosen) in [(1, false), (2, true), (3, false)] {
        let life = lived(seed, chosen, 4_000);
        let folder = tempfile::tempdir().unwrap();
        export(folder.path(), &life.records, &life.facts);
        let found = rows_of(&python, folder.path(), "", &[]);
        sales_agree(&found, &life);
        accounts_agree(&found, &life);
        views_agree_with_each_other(&found);
        let views = found.as_object().unwrap().iter();
        seen.extend(views.filter(|(_, rows)| rows[0] != Value::Null).map(|(view, _)| view.clone()));
        assert_eq!(found["events"].as_array().unwrap().len(), {
            life.records.iter().map(|record| record.events.len()).sum::<usize>()
        });
    }
    let missing: Vec<_> =
        ["return_shipping_by_item", "inviters", "exposure", "costs", "growth_by_day"]
            .into_iter()
            .filter(|view| !seen.contains(*view))
            .collect();
    assert!(missing.is_empty(), "no life filled {missing:?}");
}

#[test]
fn a_window_counts_its_days_and_an_empty_book_has_empty_tables() {
    let Some(python) = python() else { return };
    let life = lived(1, false, 4_000);
    let folder = tempfile::tempdir().unwrap();
    export(folder.path(), &life.records, &life.facts);
    let all = rows_of(&python, folder.path(), "", &["by_day", "events"]);
    let days: Vec<&str> =
        all["by_day"].as_array().unwrap().iter().map(|row| row["day"].as_str().unwrap()).collect();
    let (from, through) = (days[days.len() / 3], days[days.len() / 2]);
    let window = format!(
        "UPDATE settings SET window_from = DATE '{from}', window_through = DATE '{through}', target_minor = 100000;"
    );
    let found = rows_of(&python, folder.path(), &window, &[]);
    let within = |row: &&Value| (from..=through).contains(&row["day"].as_str().unwrap());
    let rows = all["by_day"].as_array().unwrap().iter().filter(within);
    let net: i64 = rows.map(|row| row["net_sales"].as_i64().unwrap()).sum();
    assert_eq!(found["sales"][0]["net_sales"], net);
    assert_eq!(found["target_progress"][0]["target_reached"], net);
    let empty = tempfile::tempdir().unwrap();
    export(empty.path(), &life.records[..1], &[]);
    let found = rows_of(&python, empty.path(), "", &[]);
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
    assert_eq!(found["community"][0]["members"], 0);
}
