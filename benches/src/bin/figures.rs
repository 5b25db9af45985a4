//! `figures [ORDERS [VISITS]]`: all folds of the lifecycle mix and of a million visits, one thread: events a second,
//! resident bytes, how long the report takes. Defaults to 10^5 orders and 10^6 visits (200,000 visitors, 50
//! campaigns, 30 days, 5 sources).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "figures for people"
)]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tuanzhang_analytics::{Facts, Report, Settings, Utc};
use tuanzhang_benches::{lifecycle, rss};
use tuanzhang_core::activity::{Happened, Visited};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, CampaignId, Head, Position, Record, RulesVersion, Time};

fn main() -> ExitCode {
    let given: Vec<u64> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let orders = given.first().copied().unwrap_or(100_000);
    let visits = given.get(1).copied().unwrap_or(1_000_000);
    match run(orders, visits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

fn run(orders: u64, visits: u64) -> Result<(), String> {
    let records = records(orders)?;
    let events: usize = records.iter().map(|record| record.events.len()).sum();
    let mut facts = Facts::new(Arc::new(Utc));
    let before = rss();
    let start = Instant::now();
    for record in &records {
        facts.record(record).map_err(|error| error.to_string())?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let bytes = rss().saturating_sub(before) as f64 / orders.max(1) as f64;
    println!(
        "{orders} orders, {events} events: {:.0} events/s, {bytes:.0} bytes an order",
        events as f64 / seconds
    );

    let entries = entries(visits);
    let before = rss();
    let start = Instant::now();
    for (batch, position) in entries.chunks(10_000).zip(1..) {
        facts.activity(Position::new(position), batch).map_err(|error| error.to_string())?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let bytes = rss().saturating_sub(before) as f64 / visits.max(1) as f64;
    println!(
        "{visits} visits: {:.0} visits/s, {bytes:.0} bytes a visit with its ids",
        visits as f64 / seconds
    );

    let start = Instant::now();
    let report = Report::of(&facts, &Settings::default());
    let rows: usize = report.tables.iter().map(|table| table.rows.len()).sum();
    let took = start.elapsed().as_secs_f64();
    println!("report: {} tables, {rows} rows in {took:.2} s", report.tables.len());
    Ok(())
}

/// The lifecycle mix, decided.
fn records(orders: u64) -> Result<Vec<Record>, String> {
    let mut book = Book::default();
    let mut records = Vec::new();
    for step in lifecycle(orders) {
        let events = match decide(&book, step.at, None, step.actor, &step.command) {
            Decision::Accepted(events) => events,
            other @ (Decision::Known(_) | Decision::Rejected(_)) => {
                return Err(format!("{other:?}\n{step:?}"));
            }
        };
        let (position, at, actor) = (book.position().next(), step.at, step.actor);
        let head = Head { position, at, occurred_at: None, actor, rules: RulesVersion::CURRENT };
        let record = Record { head, events };
        apply(&mut book, &record).map_err(|error| error.to_string())?;
        records.push(record);
    }
    Ok(records)
}

/// Visits that look random and are the same each time.
fn entries(visits: u64) -> Vec<Happened> {
    let sources: Vec<_> = ["moments", "group", "poster", "search", "friend"]
        .iter()
        .filter_map(|source| Name::new(source).ok())
        .collect();
    let mut seed = 1_u64;
    let mut any = move |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let id = |n: u64| {
        let mut bytes = [0xA5; 16];
        bytes.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
        bytes
    };
    let visit = |_| {
        let visitor = BuyerId::from_bytes(id(any(200_000)));
        let campaign = Some(CampaignId::from_bytes(id(any(50))));
        let source = usize::try_from(any(5)).ok().and_then(|at| sources.get(at)).cloned();
        let at = Time::from_micros(i64::try_from(any(30 * 86_400)).unwrap_or(0) * 1_000_000);
        Happened { at, activity: Visited { visitor, campaign, source }.into() }
    };
    (0..visits).map(visit).collect()
}
