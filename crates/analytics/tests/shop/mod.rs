//! A small shop for tests: commands are decided by core, records and activity folded.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use tuanzhang_analytics::{Facts, Report, Settings, Utc, Value, Zone};
use tuanzhang_core::activity::{Activity, Happened, Visited};
use tuanzhang_core::book::{Book, Decision, OpenBook, apply, decide};
use tuanzhang_core::campaign::{
    ItemText, OpenCampaign, ReturnShippingText, ShippingText, SplitText,
};
use tuanzhang_core::command::{SkuQuantity, Way};
use tuanzhang_core::order::{PlaceOrder, ReceiveOrder, RecordPayment, ShipOrder};
use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::text::Name;
use tuanzhang_core::{
    Actor, BookId, BuyerId, CampaignId, Command, Head, OrderId, PartyId, PaymentId, Position,
    Record, Role, RulesVersion, Time,
};

/// An id of a kind and a number.
pub(crate) fn id(kind: u8, n: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes
}

pub(crate) fn buyer(n: u64) -> BuyerId {
    BuyerId::from_bytes(id(3, n))
}

pub(crate) fn campaign(n: u64) -> CampaignId {
    CampaignId::from_bytes(id(4, n))
}

pub(crate) const LEADER: PartyId = PartyId::from_bytes([8; 16]);

pub(crate) struct Shop {
    pub(crate) book: Book,
    pub(crate) facts: Facts,
    orders: u64,
    batches: u64,
}

impl Shop {
    /// A book with one leader, who is not its operator.
    pub(crate) fn open(currency: &str, at: Time, zone: Arc<dyn Zone>) -> Self {
        Self::with_book(BookId::from_bytes([6; 16]), currency, at, zone)
    }

    fn with_book(book: BookId, currency: &str, at: Time, zone: Arc<dyn Zone>) -> Self {
        let mut shop =
            Self { book: Book::default(), facts: Facts::new(zone), orders: 0, batches: 0 };
        let operator = PartyId::from_bytes([7; 16]);
        shop.send(at, OpenBook::new(book, currency.into(), "UTC".into(), operator));
        shop.send(at, RegisterLeader::new(LEADER));
        shop
    }

    /// Another book, in yuan.
    pub(crate) fn of_book(n: u8, at: Time) -> Self {
        Self::with_book(BookId::from_bytes([n; 16]), "CNY", at, Arc::new(Utc))
    }

    pub(crate) fn in_utc(currency: &str, at: Time) -> Self {
        Self::open(currency, at, Arc::new(Utc))
    }

    pub(crate) fn send(&mut self, at: Time, command: impl Into<Command>) {
        self.send_as(at, Actor::Operator, command);
    }

    pub(crate) fn send_as(&mut self, at: Time, actor: Actor, command: impl Into<Command>) {
        let command = command.into();
        let events = match decide(&self.book, at, None, actor, &command) {
            Decision::Accepted(events) => events,
            other @ (Decision::Known(_) | Decision::Rejected(_)) => {
                panic!("{command:?}: {other:?}")
            }
        };
        let position = self.book.position().next();
        let head = Head { position, at, occurred_at: None, actor, rules: RulesVersion::CURRENT };
        let record = Record { head, events };
        apply(&mut self.book, &record).unwrap();
        self.facts.record(&record).unwrap();
    }

    /// A campaign that is always open, with items of these skus and prices.
    pub(crate) fn campaign(&mut self, at: Time, n: u64, items: &[(&str, &str)]) {
        self.campaign_until(at, Time::from_micros(i64::MAX / 2), n, items);
    }

    /// A campaign open from now to a time. A return can be asked for in 7 days; up to 15 of its shipping is the
    /// owner's. All money is hers, too.
    pub(crate) fn campaign_until(
        &mut self,
        at: Time,
        closes: Time,
        n: u64,
        items: &[(&str, &str)],
    ) {
        self.campaign_with(at, closes, n, items, |_| ());
    }

    /// The same with its terms changed.
    pub(crate) fn campaign_with(
        &mut self,
        at: Time,
        closes: Time,
        n: u64,
        items: &[(&str, &str)],
        change: impl FnOnce(&mut OpenCampaign),
    ) {
        let items = items.iter().map(|(sku, price)| ItemText::new(sku, "", (*price).into()));
        let split = SplitText { shares: vec![], remainder: Role::Owner };
        let ways = vec![Way::Courier];
        let shipping = ShippingText { fee: "0".into(), free_from: None, to: Role::Operator, ways };
        let back = ReturnShippingText { cap: "15".into(), borne_by: Role::Owner };
        let opens = at;
        let mut open = OpenCampaign::new(
            campaign(n),
            LEADER,
            "".into(),
            items.collect(),
            opens,
            closes,
            split,
            shipping,
            back,
            7,
            1_000_000,
            10,
        );
        change(&mut open);
        self.send(at, open);
    }

    /// An order, paid at once with this amount.
    pub(crate) fn buy(&mut self, at: Time, who: u64, of: u64, sku: &str, units: u32, amount: &str) {
        self.buy_from(LEADER, at, who, of, (sku, units, amount));
    }

    /// The same from a leader; gives the order.
    pub(crate) fn buy_from(
        &mut self,
        seller: PartyId,
        at: Time,
        who: u64,
        of: u64,
        (sku, units, amount): (&str, u32, &str),
    ) -> OrderId {
        self.orders += 1;
        let order = OrderId::from_bytes(id(1, self.orders));
        let lines = vec![SkuQuantity { sku: sku.into(), quantity: units.into() }];
        let place =
            PlaceOrder::new(order, campaign(of), seller, lines, Way::Courier).buyer(buyer(who));
        self.send(at, place);
        if amount != "0.00" {
            let payment = PaymentId::from_bytes(id(2, self.orders));
            let reference = self.orders.to_string();
            let pay =
                RecordPayment::new(payment, order, "shop".into(), amount.into(), reference.into());
            self.send(at, pay);
        }
        order
    }

    /// Ships an order and hands it over at once.
    pub(crate) fn deliver(&mut self, at: Time, order: OrderId) {
        self.send(at, ShipOrder::new(order));
        self.send(at, ReceiveOrder::new(order));
    }

    /// Activity, as one record of its stream.
    pub(crate) fn happened(&mut self, entries: &[Happened]) {
        self.batches += 1;
        self.facts.activity(Position::new(self.batches), entries).unwrap();
    }

    /// Somebody looks at the shop.
    pub(crate) fn visit(&mut self, at: Time) {
        let (visitor, campaign, source) = (buyer(1), None, None);
        self.happened(&[happened(at, Visited { visitor, campaign, source })]);
    }

    pub(crate) fn report(&self) -> Report {
        Report::of(&self.facts, &Settings::default())
    }
}

pub(crate) fn happened(at: Time, activity: impl Into<Activity>) -> Happened {
    Happened { at, activity: activity.into() }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// The value of a table's row as a number.
pub(crate) fn number(report: &Report, table: &str, row: usize, key: &str) -> i128 {
    match report.table(table).unwrap().get(row, key) {
        Value::Count(count) => i128::from(*count),
        Value::Money(total) => total.minor(),
        other @ (Value::None
        | Value::Text(_)
        | Value::Average(_)
        | Value::Share(_)
        | Value::MoneyShare(_)
        | Value::Rate(_)) => panic!("{table}[{row}].{key}: {other:?} is no number"),
    }
}

/// The value of a table's row as it is printed.
pub(crate) fn text(report: &Report, table: &str, row: usize, key: &str) -> String {
    report.table(table).unwrap().get(row, key).plain(report.decimals).unwrap_or_default()
}

/// A file of the data folder; none, and a line that says so, where it isn't there.
pub(crate) fn data(file: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join(file);
    let read = std::fs::read_to_string(&path);
    if read.is_err() {
        // Past the harness's capture, so that it is seen.
        let text = "is neither in TUANZHANG_DATA nor in ../shared/data";
        let _ = writeln!(std::io::stderr(), "skipped: {file} {text}");
    }
    read.ok()
}
