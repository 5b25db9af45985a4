//! Figures in an app, live: folded beside the ledger, saved, gone on with.
//! `cargo run -p tuanzhang --features analytics --example figures`.
#![allow(clippy::print_stdout, reason = "an example")]

use std::sync::Arc;

use tuanzhang::analytics::{Facts, Report, Settings, Utc};
use tuanzhang::core::activity::{Happened, Visited};
use tuanzhang::prelude::*;

/// Takes what is new in the book and in its activity; costs what is new.
fn catch_up(
    facts: &mut Facts,
    ledger: &Ledger,
    activities: &Activities,
) -> Result<(), Box<dyn std::error::Error>> {
    let seen = facts.covered().first().map_or(Position::START, |covered| covered.position);
    for record in ledger.records(seen.next()) {
        facts.record(&record?)?;
    }
    let seen = facts.covered().first().map_or(Position::START, |covered| covered.activity);
    for record in activities.records(seen.next()) {
        let record = record?;
        facts.activity(record.position, &record.entries)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ledger =
        Ledger::in_memory_with(Options::new(ManualClock::at("2026-01-05T09:00:00Z".parse()?)));
    let operator = PartyId::from_bytes([2; 16]);
    let open = OpenBook::new(BookId::from_bytes([1; 16]), "CNY".into(), "UTC".into(), operator);
    ledger.execute(Actor::Operator, open)?;
    let activities = ledger.activities()?;

    // Days of a place: `Zone` is a trait of two methods, so that an app brings its own list of zones.
    let mut facts = Facts::new(Arc::new(Utc));
    catch_up(&mut facts, &ledger, &activities)?;
    let saved = serde_json::to_vec(&facts)?; // any serde format

    let at = "2026-01-05T08:59:00Z".parse()?;
    let visit = Visited { visitor: BuyerId::from_bytes([7; 16]), campaign: None, source: None };
    activities.append(BatchId::from_bytes([9; 16]), &[Happened { at, activity: visit.into() }])?;

    // Another day, another process: from where it was saved.
    let read: Facts = serde_json::from_slice(&saved)?;
    let mut facts = read.restored(Arc::new(Utc))?;
    catch_up(&mut facts, &ledger, &activities)?;
    let report = Report::of(&facts, &Settings::default());
    let funnel = report.table("funnel").ok_or("every report has a funnel")?;
    for (column, value) in funnel.columns.iter().zip(funnel.rows.iter().flatten()) {
        println!("{} {}: {}", column.english, column.chinese, value.display(report.decimals));
    }
    assert_eq!(funnel.get(0, "uv").plain(report.decimals).as_deref(), Some("1"));
    Ok(())
}
