//! `lifecycle [ORDERS…]`: decide + apply of the lifecycle mix in memory, one thread: commands a second
//! and resident memory an order, and how long listing what is due takes at the end. Defaults to 10^5 and 10^6 orders.
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
use std::time::{Duration, Instant};

use tuanzhang_benches::{Step, lifecycle, rss};
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::{Head, Record, RulesVersion, Time};

const CHUNK: usize = 100_000;

fn main() -> ExitCode {
    let given: Vec<u64> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let sizes = if given.is_empty() { vec![100_000, 1_000_000] } else { given };
    println!(
        "| orders | commands | decide + apply /s | replay records/s | RSS bytes an order | listing duties |"
    );
    println!("|---|---|---|---|---|---|");
    for orders in sizes {
        if let Err(what) = run(orders) {
            eprintln!("{what}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(orders: u64) -> Result<(), String> {
    let before = rss();
    let mut book = Book::default();
    let mut steps = lifecycle(orders);
    let (mut commands, mut spent) = (0_u64, Duration::ZERO);
    let mut records = Vec::new();
    loop {
        // Commands are built outside of what is measured.
        let chunk: Vec<Step> = steps.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let start = Instant::now();
        for step in &chunk {
            let events = match decide(&book, step.at, None, step.actor, &step.command) {
                Decision::Accepted(events) => events,
                other @ (Decision::Known(_) | Decision::Rejected(_)) => {
                    return Err(format!("{other:?}\n{step:?}"));
                }
            };
            let position = book.position().next();
            let (at, actor) = (step.at, step.actor);
            let head =
                Head { position, at, occurred_at: None, actor, rules: RulesVersion::CURRENT };
            let record = Record { head, events };
            apply(&mut book, &record).map_err(|e| e.to_string())?;
            if orders <= 100_000 {
                records.push(record);
            }
        }
        spent += start.elapsed();
        commands += chunk.len() as u64;
    }
    let bytes = rss().saturating_sub(before) / orders.max(1);
    let rate = commands as f64 / spent.as_secs_f64();
    let now = book.head().map_or(Time::from_micros(0), |head| head.at);
    let start = Instant::now();
    let due = book.due(now).count();
    let listed = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let mut again = Book::default();
    for record in &records {
        apply(&mut again, record).map_err(|e| e.to_string())?;
    }
    let replay = records.len() as f64 / start.elapsed().as_secs_f64();
    let replay = if records.is_empty() { "–".to_owned() } else { format!("{replay:.0}") };
    let bytes = if records.is_empty() { bytes.to_string() } else { "–".to_owned() };
    println!(
        "| {orders} | {commands} | {rate:.0} | {replay} | {bytes} | {listed:.1} ms, {due} due |"
    );
    Ok(())
}
