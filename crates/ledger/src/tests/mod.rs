//! The handle's promises, tried on stores that fail, block and race on demand.
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

mod activities;
mod clock;
mod due;
mod faults;
mod follow;
mod follow_stream;
mod group;
mod happy;
mod races;
mod stores;
mod submit;

use std::sync::Arc;

use tuanzhang_core::book::OpenBook;
use tuanzhang_core::campaign::{
    ItemText, OpenCampaign, ReturnShippingText, ShareText, ShippingText, SplitText, TakeText,
};
use tuanzhang_core::command::{SkuQuantity, Way};
use tuanzhang_core::order::{PlaceOrder, RecordPayment};
use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
use tuanzhang_core::{
    Actor, BookId, BuyerId, CampaignId, Command, OrderId, PartyId, PaymentId, Role, Time,
};
use tuanzhang_log::{MemoryStore, Store};

use crate::{Ledger, ManualClock, Options, Request};

/// Units on sale in the shop.
const STOCK: i64 = 1_000_000;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn id(kind: u8, number: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[0] = kind;
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn book_id(number: u32) -> BookId {
    BookId::from_bytes(id(1, number))
}

fn operator() -> PartyId {
    PartyId::from_bytes(id(2, 0))
}

fn leader() -> PartyId {
    PartyId::from_bytes(id(3, 0))
}

fn supplier() -> PartyId {
    PartyId::from_bytes(id(4, 0))
}

fn campaign() -> CampaignId {
    CampaignId::from_bytes(id(5, 0))
}

fn order(number: u32) -> OrderId {
    OrderId::from_bytes(id(6, number))
}

fn buyer(number: u32) -> BuyerId {
    BuyerId::from_bytes(id(7, number))
}

fn open_book(number: u32) -> OpenBook {
    OpenBook::new(book_id(number), "CNY".into(), "Asia/Shanghai".into(), operator())
}

fn open_campaign() -> OpenCampaign {
    let mut peach = ItemText::new("peach-5kg", "Peaches, 5 kg", "89.90".into());
    peach.stock = Some(STOCK);
    let mut rare = ItemText::new("rare", "The last one", "10.00".into());
    rare.stock = Some(1);
    let split = SplitText {
        shares: vec![ShareText { to: Role::Seller, take: TakeText::Rate("0.15".into()) }],
        remainder: Role::Supplier,
    };
    let shipping = ShippingText {
        fee: "0.00".into(),
        free_from: None,
        to: Role::Supplier,
        ways: vec![Way::Courier, Way::Pickup],
    };
    OpenCampaign::new(
        campaign(),
        leader(),
        "Peaches".into(),
        vec![peach, rare],
        time("2026-01-05T00:00:00Z"),
        time("2027-01-05T00:00:00Z"),
        split,
        shipping,
        ReturnShippingText { cap: "15.00".into(), borne_by: Role::Supplier },
        7,
        60,
        10,
    )
    .supplier(supplier())
}

/// An order of so many peaches, by a buyer of its own.
fn place(number: u32, quantity: i64) -> PlaceOrder {
    place_sku(number, "peach-5kg", quantity)
}

fn place_sku(number: u32, sku: &str, quantity: i64) -> PlaceOrder {
    let lines = vec![SkuQuantity::new(sku, quantity)];
    PlaceOrder::new(order(number), campaign(), leader(), lines, Way::Courier).buyer(buyer(number))
}

fn pay(number: u32, amount: &str) -> RecordPayment {
    let payment = PaymentId::from_bytes(id(8, number));
    let reference = format!("wx{number}");
    RecordPayment::new(payment, order(number), "wechat".into(), amount.into(), reference.into())
}

/// What opens the shop: 4 records.
fn setup() -> Vec<Request> {
    let commands: [Command; 4] = [
        open_book(1).into(),
        RegisterLeader::new(leader()).into(),
        RegisterSupplier::new(supplier(), 0).into(),
        open_campaign().into(),
    ];
    commands.map(|command| Request::new(Actor::Operator, command)).into()
}

fn clock() -> ManualClock {
    ManualClock::at(time("2026-01-06T09:00:00+08:00"))
}

/// A ledger on this store.
fn open(store: impl Store + 'static) -> Ledger {
    Ledger::open(store, Options::new(clock())).unwrap()
}

/// A shop that takes orders, on this store.
fn shop(store: impl Store + 'static) -> Ledger {
    let ledger = open(store);
    for answer in ledger.execute_many(&setup()).unwrap() {
        answer.unwrap();
    }
    ledger
}

/// All that can be seen of the durable state, for comparison.
fn seen(ledger: &Ledger) -> String {
    ledger.read(|book| {
        let orders: Vec<_> = book.orders().collect();
        format!("{:?} {:?} {orders:?}", book.head(), book.balances())
    })
}

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}
