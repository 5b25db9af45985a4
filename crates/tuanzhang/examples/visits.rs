//! Visits and a review beside a book: `cargo run -p tuanzhang --example visits`.
#![allow(clippy::print_stdout, reason = "an example")]

use tuanzhang::core::activity::{Activity, Happened, Rating, Reviewed, Visited};
use tuanzhang::core::text::Name;
use tuanzhang::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ledger =
        Ledger::in_memory_with(Options::new(ManualClock::at("2026-01-05T09:00:00Z".parse()?)));
    let operator = PartyId::from_bytes([2; 16]);
    let book = BookId::from_bytes([1; 16]);
    ledger.execute(
        Actor::Operator,
        OpenBook::new(book, "CNY".into(), "Asia/Shanghai".into(), operator),
    )?;

    // Another process opens the journal's stream alone:
    // Activities::open(ActivityStream::at("books/liu")?, book)?
    let activities = ledger.activities()?;
    let visit = Visited {
        visitor: BuyerId::from_bytes([7; 16]), // the id that the visitor has as a buyer
        campaign: Some(CampaignId::from_bytes([3; 16])),
        source: Name::new("moments").ok(),
    };
    let review = Reviewed {
        review: ReviewId::from_bytes([8; 16]),
        order: OrderId::from_bytes([6; 16]),
        rating: Rating::Good,
    };
    let entries = [
        Happened { at: "2026-01-05T16:58:10+08:00".parse()?, activity: visit.into() },
        Happened { at: "2026-01-05T16:59:00+08:00".parse()?, activity: review.into() },
    ];
    let batch = BatchId::from_bytes([9; 16]);
    let done = activities.append(batch, &entries)?; // returns when it is durable
    let again = activities.append(batch, &entries)?; // a retry finds what it did
    assert!(!done.repeated && again.repeated && again.position == done.position);

    let mut seen = Vec::new();
    for record in activities.records(Position::START) {
        seen.extend(record?.entries);
    }
    let visits = seen.iter().filter(|seen| matches!(seen.activity, Activity::Visited(_))).count();
    println!("{visits} visit and a review at position {} of the stream", done.position);
    assert_eq!(ledger.position(), Position::new(1), "the book has its own positions");
    Ok(())
}
