//! A book of core's to test with: commands as JSON, a minute apart.
#![allow(dead_code, reason = "each test file uses its part of it")]
#![allow(unreachable_pub, missing_docs, reason = "tests")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "tests"
)]

use serde_json::{Value, json};
use tuanzhang_core::book::{Book, Decision, Entity, decide};
use tuanzhang_core::command::Command;
use tuanzhang_core::{Actor, Time};
use tuanzhang_testkit::agree::Core;
use tuanzhang_testkit::life::Sent;
use tuanzhang_testkit::model::Outcome;

pub const BOOK: u32 = 1;
pub const OPERATOR: u32 = 2;
pub const OWNER: u32 = 3;
pub const SELLER: u32 = 4;
pub const UPLINE: u32 = 5;
pub const SUPPLIER: u32 = 6;
pub const BUYER: u32 = 7;
pub const CAMPAIGN: u32 = 8;
pub const ORDER: u32 = 9;

/// A UUID for a small number.
pub fn id(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

/// Minor units, as JSON has them.
pub fn money(minor: i64) -> Value {
    json!(format!("{}.{:02}", minor / 100, minor % 100))
}

pub type Rules = fn(&Book, Time, Option<Time>, Actor, &Command) -> Decision;

pub struct Shop {
    pub core: Core<Rules>,
    minutes: u32,
}

impl Shop {
    /// A book in yuan, its owner and supplier; it is 2026-01-01.
    pub fn open() -> Self {
        let mut shop = Self { core: Core::new(decide::<Book>), minutes: 0 };
        shop.ok(json!({"open_book": {"book": id(BOOK), "currency": "CNY",
            "timezone": "Asia/Shanghai", "operator": id(OPERATOR)}}));
        shop.ok(json!({"register_leader": {"leader": id(OWNER)}}));
        shop.ok(json!({"register_supplier": {"supplier": id(SUPPLIER), "terms_days": 7}}));
        shop
    }

    /// A campaign with these items, this split and these terms besides.
    pub fn campaign(&mut self, items: Vec<Value>, split: Value, terms: Value) {
        let mut campaign = json!({"campaign": id(CAMPAIGN), "owner": id(OWNER),
            "supplier": id(SUPPLIER), "title": "团", "items": items,
            "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-02-01T00:00:00Z",
            "split": split, "shipping": {"fee": "0.00", "to": "supplier", "ways": ["courier"]},
            "return_shipping": {"cap": "0.00", "borne_by": "owner"}, "after_sales_days": 0,
            "pay_within_minutes": 30, "auto_receive_days": 10});
        for (field, value) in terms.as_object().unwrap() {
            campaign[field] = value.clone();
        }
        self.ok(json!({ "open_campaign": campaign }));
    }

    /// The operator sends a command.
    pub fn send(&mut self, command: Value) -> Outcome {
        self.minutes += 1;
        let at = Time::from_micros(1_767_225_600_000_000).plus_minutes(self.minutes);
        let command = serde_json::from_value(command).unwrap();
        let outcome = Outcome::Rejected { code: "nobody asked the model" };
        let sent = Sent { at, occurred_at: None, actor: Actor::Operator, command, outcome };
        self.core.submit(&sent).unwrap().0
    }

    /// The operator sends a command that is accepted.
    #[track_caller]
    pub fn ok(&mut self, command: Value) {
        let text = command.to_string();
        let answer = self.send(command);
        assert!(matches!(answer, Outcome::Accepted { .. }), "{answer:?}: {text}");
    }

    /// Something that is in the book.
    pub fn get<E: Entity>(&self, key: &E::Key) -> &E {
        self.core.book.get::<E>(key).unwrap()
    }
}
