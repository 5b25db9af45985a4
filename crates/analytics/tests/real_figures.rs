//! Real data with figures that others have published or computed: conversion, repeat purchase, cohorts.
//! (Online Retail, imported and reported on by the program, is in the command line's tests.)
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

mod shop;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use shop::{Shop, buyer, campaign, data, happened, name, number, text};
use tuanzhang_analytics::{Day, Report, Settings, Utc, Window, Zone};
use tuanzhang_core::Time;
use tuanzhang_core::activity::{Shortlisted, Visited};

const DAY_MICROS: i64 = 86_400_000_000;

fn midnight(day: Day) -> Time {
    Time::from_micros(i64::from(day.number()) * DAY_MICROS)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn int(value: &Json) -> i128 {
    value.as_i64().unwrap().into()
}

/// The month of one group that metrics are checked against: 731 visitors, 295 buyers, 210,000.00.
#[test]
fn one_month_of_one_group() {
    let start = midnight(day("2021-12-01"));
    let mut shop = Shop::in_utc("CNY", start);
    shop.campaign(start, 1, &[("usual", "94.00"), ("last", "98.00")]);
    // Every visitor comes three times; the buyers are among them.
    let visit = |n: u64| {
        let at = Time::from_micros(start.micros() + i64::try_from(n).unwrap() * 1_000_000);
        let visitor = buyer(n % 731);
        happened(at, Visited { visitor, campaign: Some(campaign(1)), source: None })
    };
    shop.happened(&(0..3 * 731).map(visit).collect::<Vec<_>>());
    for n in 0..2_233 {
        shop.buy(start, n % 295, 1, "usual", 1, "94.00");
    }
    shop.buy(start, 0, 1, "last", 1, "98.00");
    let report = shop.report();
    let of = |table: &str, key: &str| text(&report, table, 0, key);
    assert_eq!(of("funnel", "uv"), "731");
    assert_eq!(of("funnel", "pv"), "2193");
    assert_eq!(of("funnel", "buyers_without_visit"), "0");
    assert_eq!(of("funnel", "placing_conversion"), "40.36");
    assert_eq!(of("sales", "net_sales"), "210000.00");
    assert_eq!(of("sales", "paid_orders"), "2234");
    assert_eq!(of("sales", "average_per_order"), "94.00");
    assert_eq!(of("sales", "buyers"), "295");
    assert_eq!(of("sales", "average_per_buyer"), "711.86");
}

/// CDNOW: 69,659 purchases of 23,570 customers.
#[test]
fn cdnow_months_cohorts_and_repeat_purchase() {
    let Some(log) = data("cdnow/cdnow_master.csv") else { return };
    let expected: Json = serde_json::from_str(&data("cdnow/expected.json").unwrap()).unwrap();
    let mut rows: Vec<(Day, u64, String)> = log
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            (day(cells[1]), cells[0].parse().unwrap(), cells[3].to_owned())
        })
        .collect();
    rows.sort();
    let start = midnight(rows[0].0);
    let mut shop = Shop::in_utc("USD", start);
    // What a purchase cost is so many cents of one item.
    shop.campaign(start, 1, &[("cent", "0.01"), ("free", "0")]);
    for (day, customer, amount) in &rows {
        let cents: u32 = amount.replace('.', "").parse().unwrap();
        let (sku, units) = if cents == 0 { ("free", 1) } else { ("cent", cents) };
        shop.buy(midnight(*day), *customer, 1, sku, units, amount);
    }
    let report = shop.report();
    let whole = |key: &str| number(&report, "sales", 0, key);
    assert_eq!(whole("paid_orders"), int(&expected["rows"]));
    assert_eq!(whole("buyers"), int(&expected["customers"]));
    assert_eq!(whole("gmv_paid"), int(&expected["sales_cents"]));
    assert_eq!(whole("repeat_buyers"), int(&expected["customers_2plus"]));
    assert_eq!(text(&report, "sales", 0, "average_per_order"), "35.89");
    for (row, month) in expected["monthly"].as_array().unwrap().iter().enumerate() {
        let name = month["month"].as_str().unwrap();
        assert_eq!(text(&report, "by_month", row, "month").replace('-', ""), name);
        for (key, known) in
            [("paid_orders", "orders"), ("buyers", "customers"), ("gmv_paid", "gross_cents")]
        {
            assert_eq!(number(&report, "by_month", row, key), int(&month[known]), "{name} {key}");
        }
    }
    assert_eq!(cohorts(&report), table_of(&expected["cohort"]));
    let curve = report.table("repeat_curve").unwrap();
    let known = &expected["customers_with_later_day_within_n_days_of_first_day"];
    for (days, count) in known.as_object().unwrap() {
        let row =
            (0..curve.rows.len()).find(|row| text(&report, "repeat_curve", *row, "days") == *days);
        let ours = number(&report, "repeat_curve", row.unwrap(), "later_day_within");
        assert_eq!(ours, int(count), "a later day within {days} days");
    }
    let per_buyer = report.table("orders_per_buyer").unwrap().rows.len();
    let most = number(&report, "orders_per_buyer", per_buyer - 1, "orders");
    assert_eq!(most, int(&expected["max_orders"]));
}

/// The cohorts of a report: active buyers by cohort and period.
fn cohorts(report: &Report) -> BTreeMap<String, Vec<i128>> {
    let mut cohorts: BTreeMap<String, Vec<i128>> = BTreeMap::new();
    for row in 0..report.table("cohorts").unwrap().rows.len() {
        let cohort = cohorts.entry(text(report, "cohorts", row, "cohort")).or_default();
        cohort.push(number(report, "cohorts", row, "active"));
    }
    cohorts
}

fn table_of(json: &Json) -> BTreeMap<String, Vec<i128>> {
    let row = |(name, counts): (&String, &Json)| {
        (name.clone(), counts.as_array().unwrap().iter().map(int).collect())
    };
    json.as_object().unwrap().iter().map(row).collect()
}

/// China has one zone and no summer time.
#[derive(Debug)]
struct China;

impl Zone for China {
    fn name(&self) -> &'static str {
        "Asia/Shanghai"
    }
    fn day(&self, at: Time) -> Day {
        Utc.day(Time::from_micros(at.micros() + 8 * 3_600_000_000))
    }
}

/// Taobao: views, carts, favourites and purchases by days of UTC+8, not in the order of time.
#[test]
fn taobao_funnel_by_chinese_days() {
    let Some(log) = data("taobao_userbehavior_sample/UserBehavior_sample.csv") else { return };
    let expected = data("taobao_userbehavior_sample/expected.json").unwrap();
    let expected: Json = serde_json::from_str(&expected).unwrap();
    let rows: Vec<(u64, u64, &str, i64)> = log
        .lines()
        .map(|line| {
            let cells: Vec<_> = line.trim().split(',').collect();
            let number = |at: usize| cells[at].parse().unwrap();
            (number(0), number(1), cells[3], cells[4].parse().unwrap())
        })
        .collect();
    let at = |seconds: i64| Time::from_micros(seconds * 1_000_000);
    let first = rows.iter().map(|row| row.3).min().unwrap();
    let mut shop = Shop::open("CNY", at(first), Arc::new(China));
    // An item is a campaign.
    let items: std::collections::BTreeSet<u64> = rows.iter().map(|row| row.1).collect();
    for item in &items {
        shop.campaign(at(first), *item, &[("it", "1.00")]);
    }
    let activity = rows.iter().filter_map(|(user, item, what, seconds)| {
        let (visitor, of) = (buyer(*user), Some(campaign(*item)));
        match *what {
            "pv" => Some(happened(at(*seconds), Visited { visitor, campaign: of, source: None })),
            "cart" | "fav" => Some(happened(at(*seconds), Shortlisted { visitor, campaign: of })),
            _ => None,
        }
    });
    shop.happened(&activity.collect::<Vec<_>>());
    let mut buys: Vec<_> = rows.iter().filter(|row| row.2 == "buy").collect();
    buys.sort_by_key(|row| row.3);
    for (user, item, _, seconds) in buys {
        shop.buy(at(*seconds), *user, *item, "it", 1, "1.00");
    }
    let report = shop.report();
    let funnel = |key: &str| number(&report, "funnel", 0, key);
    let (behaviour, users) = (&expected["behaviour"], &expected["user_funnel"]);
    assert_eq!(funnel("pv"), int(&behaviour["pv"][0]));
    assert_eq!(funnel("uv"), int(&users["pv"]));
    let shortlists = int(&behaviour["cart"][0]) + int(&behaviour["fav"][0]);
    assert_eq!(funnel("shortlists"), shortlists);
    assert_eq!(funnel("shortlisters"), int(&users["cart_or_fav"]));
    assert_eq!(funnel("shortlisted_payers"), int(&users["cart_or_fav_and_buy"]));
    assert_eq!(funnel("payers"), int(&users["buy"]));
    assert_eq!(number(&report, "sales", 0, "paid_orders"), int(&behaviour["buy"][0]));
    assert_eq!(number(&report, "sales", 0, "repeat_buyers"), int(&users["buy_2plus"]));
    let pairs = |key: &str| -> i128 {
        let rows = report.table("funnel_by_campaign").unwrap().rows.len();
        (0..rows).map(|row| number(&report, "funnel_by_campaign", row, key)).sum()
    };
    assert_eq!(pairs("uv"), int(&expected["user_item_pairs"]["pv"]));
    assert_eq!(pairs("shortlisters"), int(&expected["user_item_pairs"]["cart_or_fav"]));
    assert_eq!(pairs("payers"), int(&expected["user_item_pairs"]["buy"]));
    // Every behaviour of each Chinese day, the stray one in September too.
    let mut days: BTreeMap<String, i128> = BTreeMap::new();
    let tables = [("funnel_by_day", &["pv", "shortlists"][..]), ("by_day", &["placed_orders"])];
    for (table, keys) in tables {
        for row in 0..report.table(table).unwrap().rows.len() {
            let sum = days.entry(text(&report, table, row, "day")).or_default();
            *sum += keys.iter().map(|key| number(&report, table, row, key)).sum::<i128>();
        }
    }
    let known: BTreeMap<String, i128> = expected["days_utc8"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(day, count)| (day.clone(), int(count)))
        .collect();
    assert_eq!(days, known);
}

/// Online shoppers: 12,330 sessions of different people, 1,908 purchases; by month and kind of visitor.
#[test]
fn online_shoppers_by_month_and_visitor_type() {
    let Some(log) = data("uci_online_shoppers/online_shoppers_intention.csv") else { return };
    let expected = data("uci_online_shoppers/expected.json").unwrap();
    let expected: Json = serde_json::from_str(&expected).unwrap();
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let first_of = |month: &str| {
        let at = months.iter().position(|known| *known == month).unwrap();
        day(&format!("2017-{:02}-01", at + 1))
    };
    let mut sessions: Vec<(Day, u64, &str, bool)> = log
        .lines()
        .skip(1)
        .zip(1..)
        .map(|(line, n)| {
            let cells: Vec<_> = line.split(',').collect();
            (first_of(cells[10]), n, cells[15], cells[17].trim() == "TRUE")
        })
        .collect();
    sessions.sort();
    let start = midnight(day("2017-01-01"));
    let mut shop = Shop::in_utc("TRY", start);
    shop.campaign(start, 1, &[("it", "1.00")]);
    let visits = sessions.iter().map(|(day, n, kind, _)| {
        let (visitor, source) = (buyer(*n), Some(name(kind)));
        happened(midnight(*day), Visited { visitor, campaign: Some(campaign(1)), source })
    });
    shop.happened(&visits.collect::<Vec<_>>());
    for (day, n, _, bought) in &sessions {
        if *bought {
            shop.buy(midnight(*day), *n, 1, "it", 1, "1.00");
        }
    }
    let report = shop.report();
    assert_eq!(number(&report, "funnel", 0, "visitors"), int(&expected["sessions"]));
    assert_eq!(number(&report, "funnel", 0, "payers"), int(&expected["purchases"]));
    assert_eq!(text(&report, "funnel", 0, "paying_conversion"), "15.47");
    let by_source: BTreeMap<String, [i128; 2]> = (0..3)
        .map(|row| {
            let of = |key: &str| number(&report, "funnel_by_source", row, key);
            (text(&report, "funnel_by_source", row, "source"), [of("visitors"), of("payers")])
        })
        .collect();
    let pairs = |json: &Json| -> BTreeMap<String, [i128; 2]> {
        let pair = |(key, pair): (&String, &Json)| (key.clone(), [int(&pair[0]), int(&pair[1])]);
        json.as_object().unwrap().iter().map(pair).collect()
    };
    assert_eq!(by_source, pairs(&expected["by_visitor"]));
    for (month, known) in pairs(&expected["by_month"]) {
        let from = first_of(&month);
        let window = Window::of(from, from.plus(27));
        let report = Report::of(&shop.facts, &Settings { window, ..Settings::default() });
        let of = |key: &str| number(&report, "funnel", 0, key);
        assert_eq!([of("visitors"), of("payers")], known, "{month}");
    }
}
