//! Records as large as the rules let them be; their leaf hashes stand for their bytes.

use std::sync::Arc;

use tuanzhang_core::event::{
    CampaignOpened, Charged, Event, LineUnits, Moved, OrderPaid, OrderPlaced, OrderSettled,
    OrderShipped, PaidLine, RefundApproved, RefundLine, Reopened, ReturnLapsed, StockAdded, Terms,
};
use tuanzhang_core::text::{Name, Text};
use tuanzhang_core::{Money, Record};
use tuanzhang_log::{RECORD_BYTES_MAX, tree};
use tuanzhang_wire::{DecodeError, EncodeError, decode, encode, encode_into, reencodes};

use crate::draw::Draw;
use crate::events::{drawn, item, part, placed_line};

/// Lines of an order, `domain.md` §2.6.
const ORDER_LINES: u32 = 2000;
/// Items of a campaign.
const CAMPAIGN_ITEMS: u32 = 10_000;

fn record(event: impl Into<Event>) -> Record {
    Record { head: Draw::Full(0).head(), events: vec![event.into()] }
}

fn sku(n: u32) -> Name {
    Name::new(&format!("{n:064}")).unwrap()
}

fn event<T>(number: u16, of: impl Fn(Event) -> Option<T>) -> T {
    of(drawn(number, &mut Draw::Full(0))).unwrap()
}

macro_rules! of {
    ($number:literal, $variant:ident) => {
        event::<$variant>(
            $number,
            |event| if let Event::$variant(x) = event { Some(x) } else { None },
        )
    };
}

/// Five parts a line and two of the order, in front of five parties.
fn moved() -> Moved {
    let mut d = Draw::Limits;
    let parties = (0..5).map(|_| d.id()).collect();
    Moved { parties, parts: (0..ORDER_LINES * 5 + 2).map(|_| part(&mut d)).collect() }
}

fn largest() -> Vec<(&'static str, Record)> {
    let d = &mut Draw::Limits;
    let lines = (0..ORDER_LINES).map(|n| {
        let mut line = placed_line(d);
        line.sku = sku(n);
        line
    });
    let placed = OrderPlaced { lines: lines.collect(), ..of!(64, OrderPlaced) };
    let amount = Money::MAX;
    let charged = Some(Charged { price: amount, list: amount, discount: amount });
    let paid_line = |n| PaidLine { sku: sku(n), quantity: 1_000_000, charged, value: amount };
    let lines = (0..ORDER_LINES).map(paid_line).collect();
    let paid = OrderPaid { lines, moved: moved(), ..of!(65, OrderPaid) };
    let lines = (0..ORDER_LINES).map(|n| LineUnits { sku: sku(n), quantity: 1_000_000 });
    let shipped = OrderShipped { lines: lines.collect(), ..of!(68, OrderShipped) };
    let settled = OrderSettled { moved: moved(), ..of!(72, OrderSettled) };
    let refund_lines = (0..ORDER_LINES).map(|n| RefundLine {
        sku: sku(n),
        quantity: 1_000_000,
        unshipped: 1_000_000,
        received: 1_000_000,
        unreplaced: 1_000_000,
        list: amount,
        paid: amount,
    });
    let refund_lines: Vec<_> = refund_lines.collect();
    let lapsed = of!(102, ReturnLapsed);
    let reopened = Reopened { lines: refund_lines.clone(), moved: moved(), ..lapsed.reopened };
    let lapsed = ReturnLapsed { reopened, ..lapsed };
    let approved =
        RefundApproved { lines: refund_lines, moved: moved(), ..of!(97, RefundApproved) };
    vec![
        ("order_placed", record(placed)),
        ("order_paid", record(paid)),
        ("order_shipped", record(shipped)),
        ("order_settled", record(settled)),
        ("refund_approved", record(approved)),
        ("return_lapsed", record(lapsed)),
        ("campaign_opened", record(campaign(CAMPAIGN_ITEMS))),
    ]
}

/// A campaign of short items, so that 10,000 of them fit into a record.
fn campaign(items: u32) -> CampaignOpened {
    let opened = of!(32, CampaignOpened);
    let items = (0..items).map(|n| {
        let mut item = item(&mut Draw::Full(0));
        item.sku = Name::new(&n.to_string()).unwrap();
        item.title = Text::new("").unwrap();
        item.price = Money::MAX;
        item
    });
    let terms = Terms { items: items.collect(), ..(*opened.terms).clone() };
    CampaignOpened { terms: Arc::new(terms), ..opened }
}

#[test]
fn the_largest_records_come_back_and_keep_their_bytes() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/limits.txt");
    let mut lines = String::new();
    for (name, record) in largest() {
        let bytes = encode(&record).unwrap();
        assert_eq!(decode(&bytes).unwrap(), record, "{name}");
        assert_eq!(reencodes(&bytes), Ok(true), "{name}");
        lines += &format!("{name} {} {}\n", bytes.len(), tree::leaf_hash(&bytes));
    }
    if std::env::var("TUANZHANG_BLESS").is_ok_and(|bless| bless == "1") {
        std::fs::write(&file, &lines).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), lines);
}

#[test]
fn a_record_beyond_1_mib_is_refused_and_the_buffer_is_left_alone() {
    let too_large = record(campaign(CAMPAIGN_ITEMS * 4));
    let mut buffer = vec![1, 2, 3];
    let refused = encode_into(&mut buffer, &too_large);
    let Err(EncodeError::TooLarge { bytes, limit: RECORD_BYTES_MAX }) = refused else {
        panic!("{refused:?}");
    };
    assert!(bytes > RECORD_BYTES_MAX);
    assert_eq!(buffer, [1, 2, 3]);
}

#[test]
fn bytes_beyond_1_mib_are_not_looked_at() {
    let bytes = vec![0; (RECORD_BYTES_MAX + 1) as usize];
    let refused = DecodeError::TooLarge { bytes: RECORD_BYTES_MAX + 1, limit: RECORD_BYTES_MAX };
    assert_eq!(decode(&bytes), Err(refused));
}

#[test]
fn a_record_needs_events_and_holds_65535() {
    let head = Draw::Bare.head();
    assert_eq!(encode(&Record { head, events: Vec::new() }), Err(EncodeError::NoEvents));
    let events = |count| vec![of!(34, StockAdded).into(); count];
    let many = EncodeError::TooManyEvents { events: 65_536, limit: 65_535 };
    assert_eq!(encode(&Record { head, events: events(65_536) }), Err(many));
}
