//! A group-buy shop to test with: commands as JSON, one a day, answers as codes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

use serde_json::{Value, json};
use tuanzhang_core::accounting::postings;
use tuanzhang_core::book::{Book, Decision, apply, decide};
use tuanzhang_core::money::{Decimals, Money};
use tuanzhang_core::{
    Actor, Command, Event, Head, Position, Record, Rejection, RulesVersion, Time,
};

/// A UUID for a small number.
pub fn id(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

pub const OPERATOR: u32 = 1;
pub const OWNER: u32 = 2;
pub const SELLER: u32 = 3;
pub const UPLINE: u32 = 4;
pub const SUPPLIER: u32 = 5;
pub const BUYER: u32 = 6;
pub const CAMPAIGN: u32 = 100;

pub fn operator() -> Value {
    json!("operator")
}
pub fn system() -> Value {
    json!("system")
}
pub fn leader(n: u32) -> Value {
    json!({ "leader": id(n) })
}
pub fn supplier(n: u32) -> Value {
    json!({ "supplier": id(n) })
}
pub fn buyer(n: u32) -> Value {
    json!({ "buyer": id(n) })
}

/// A command line, as `tuanzhang apply` reads it.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub at: Time,
    #[serde(default)]
    pub occurred_at: Option<Time>,
    pub actor: Value,
    pub command: Value,
}

/// The outcome of a command.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Accepted,
    Repeated(u64),
    Rejected(&'static str),
}

#[derive(Clone)]
pub struct Shop {
    pub book: Book,
    pub records: Vec<Record>,
    /// What was accepted, to be sent again.
    pub sent: Vec<Line>,
    pub at: Time,
    pub last: Option<Rejection>,
}

impl Shop {
    /// No book yet; it is 2026-01-01.
    pub fn empty() -> Self {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Self { book: Book::default(), records: Vec::new(), sent: Vec::new(), at, last: None }
    }

    /// A book with an operator, an owner, a seller with an upline, and a supplier with terms of 7 days.
    pub fn new() -> Self {
        let mut shop = Self::empty();
        shop.ok(operator(), json!({"open_book": {
            "book": id(999), "currency": "CNY", "timezone": "Asia/Shanghai", "operator": id(OPERATOR)}}));
        shop.ok(operator(), json!({"register_leader": {"leader": id(UPLINE)}}));
        shop.ok(operator(), json!({"register_leader": {"leader": id(OWNER)}}));
        shop.ok(
            operator(),
            json!({"register_leader": {"leader": id(SELLER), "upline": id(UPLINE)}}),
        );
        shop.ok(
            operator(),
            json!({"register_supplier": {"supplier": id(SUPPLIER), "terms_days": 7}}),
        );
        shop
    }

    /// A campaign with these items, split and changes to its other terms, and the seller allowed.
    pub fn campaign(&mut self, items: &Value, split: &Value, changes: &Value) {
        let campaign = campaign(items, split, changes);
        self.ok(leader(OWNER), json!({ "open_campaign": campaign }));
        self.ok(
            leader(OWNER),
            json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(SELLER)}}),
        );
    }

    /// An order of the buyer through the seller, placed and paid by wechat.
    pub fn paid(&mut self, order: u32, lines: &Value, changes: &Value) {
        let amount = self.placed(order, lines, changes);
        self.ok(
            operator(),
            json!({"record_payment": {"payment": id(order), "order": id(order),
            "channel": "wechat", "amount": amount, "reference": format!("wx{order}")}}),
        );
    }

    /// An order, placed; what it owes.
    pub fn placed(&mut self, order: u32, lines: &Value, changes: &Value) -> String {
        let mut place = json!({"order": id(order), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
            "seller": id(SELLER), "lines": lines, "way": "courier"});
        merge(&mut place, changes);
        self.ok(operator(), json!({ "place_order": place }));
        let placed = self.records.last().unwrap().events.first().unwrap();
        let Event::OrderPlaced(placed) = placed else { panic!("{placed:?}") };
        placed.due.display(self.decimals())
    }

    pub fn received(&mut self, order: u32) {
        self.ok(operator(), json!({"ship_order": {"order": id(order)}}));
        self.ok(operator(), json!({"receive_order": {"order": id(order)}}));
    }

    /// A refund, requested by the buyer.
    pub fn requested(
        &mut self,
        refund: u32,
        order: u32,
        kind: &str,
        lines: &Value,
        changes: &Value,
    ) {
        let mut request =
            json!({"refund": id(refund), "order": id(order), "kind": kind, "lines": lines});
        merge(&mut request, changes);
        self.ok(buyer(BUYER), json!({ "request_refund": request }));
    }

    /// A refund, requested by the buyer and approved by the operator.
    pub fn refunded(&mut self, refund: u32, order: u32, lines: &Value, approval: &Value) {
        self.requested(refund, order, "refund_only", lines, &json!({}));
        let mut approve = json!({ "refund": id(refund) });
        merge(&mut approve, approval);
        self.ok(operator(), json!({ "approve_refund": approve }));
    }

    pub fn decimals(&self) -> Decimals {
        self.book.head().map_or(Decimals::new(2).unwrap(), tuanzhang_core::book::BookHead::decimals)
    }

    pub fn later(&mut self, days: u32) {
        self.at = self.at.plus_days(days);
    }

    pub fn send(&mut self, actor: Value, command: Value) -> Outcome {
        let at = self.at;
        self.send_at(at, None, actor, command)
    }

    pub fn send_at(
        &mut self,
        at: Time,
        occurred: Option<Time>,
        actor: Value,
        command: Value,
    ) -> Outcome {
        let line = Line { at, occurred_at: occurred, actor, command };
        let actor: Actor = serde_json::from_value(line.actor.clone()).unwrap();
        let command: Command = serde_json::from_value(line.command.clone()).unwrap();
        match decide(&self.book, at, occurred, actor, &command) {
            Decision::Accepted(events) => {
                self.accept(
                    Head {
                        position: self.book.position().next(),
                        at,
                        occurred_at: occurred,
                        actor,
                        rules: RulesVersion::CURRENT,
                    },
                    events,
                    &command,
                );
                self.sent.push(line);
                Outcome::Accepted
            }
            Decision::Known(known) => {
                let record = &self.records[usize::try_from(known.position.get()).unwrap() - 1];
                match known.answer(&self.book, &command, record) {
                    Ok(()) => Outcome::Repeated(known.position.get()),
                    Err(rejection) => self.reject(rejection),
                }
            }
            Decision::Rejected(rejection) => self.reject(rejection),
        }
    }

    /// Sends a line as it stands.
    pub fn line(&mut self, line: Line) -> Outcome {
        self.send_at(line.at, line.occurred_at, line.actor, line.command)
    }

    fn reject(&mut self, rejection: Rejection) -> Outcome {
        let code = rejection.code();
        assert!(!rejection.to_string().is_empty());
        self.last = Some(rejection);
        Outcome::Rejected(code)
    }

    fn accept(&mut self, head: Head, events: Vec<Event>, command: &Command) {
        for event in &events {
            let sum: i64 = postings(event).iter().map(|posting| posting.amount.minor()).sum();
            assert_eq!(sum, 0, "{event:?}");
        }
        let record = Record { head, events };
        let canonical = Command::from_record(&record, self.decimals()).unwrap();
        if head.position != Position::new(1) {
            // The record's own command, decided again, gives the same events.
            let again = decide(&self.book, head.at, head.occurred_at, head.actor, &canonical);
            assert_eq!(again, Decision::Accepted(record.events.clone()), "{command:?}");
        }
        apply(&mut self.book, &record).unwrap();
        assert_eq!(
            tuanzhang_core::book::difference(&self.book, command, &record),
            None,
            "{command:?}"
        );
        self.records.push(record);
        assert_eq!(self.book.balances().values().map(|m| m.minor()).sum::<i64>(), 0);
    }

    #[track_caller]
    pub fn ok(&mut self, actor: Value, command: Value) {
        let text = command.to_string();
        let outcome = self.send(actor, command);
        assert_eq!(outcome, Outcome::Accepted, "{text}\n{:?}", self.last);
    }

    #[track_caller]
    pub fn no(&mut self, code: &str, actor: Value, command: Value) {
        let text = command.to_string();
        let before = self.book.balances();
        match self.send(actor, command) {
            Outcome::Rejected(got) => assert_eq!(got, code, "{text}\n{:?}", self.last),
            other @ (Outcome::Accepted | Outcome::Repeated(_)) => {
                panic!("{text}\nexpected {code}, got {other:?}")
            }
        }
        assert_eq!(before, self.book.balances());
    }

    #[track_caller]
    pub fn repeated(&mut self, position: u64, actor: Value, command: Value) {
        let text = command.to_string();
        assert_eq!(
            self.send(actor, command),
            Outcome::Repeated(position),
            "{text}\n{:?}",
            self.last
        );
    }

    /// An account's balance in major units, debits positive.
    pub fn balance(&self, account: &str) -> String {
        self.book.balance(&account.parse().unwrap()).display(self.decimals())
    }

    /// What a party has, credit positive.
    #[track_caller]
    pub fn has(&self, kind: &str, party: u32, amount: &str) {
        let account = format!("{kind}:{}", id(party)).parse().unwrap();
        let balance: Money = self.book.balance(&account);
        assert_eq!(balance.negated().display(self.decimals()), amount, "{account}");
    }

    /// The state, folded again from the records.
    pub fn replayed(&self) -> Book {
        let mut book = Book::default();
        for record in &self.records {
            apply(&mut book, record).unwrap();
        }
        book
    }

    pub fn order(&self, n: u32) -> &tuanzhang_core::book::Order {
        self.book.get(&id(n).parse().unwrap()).unwrap()
    }
}

pub fn campaign(items: &Value, split: &Value, changes: &Value) -> Value {
    let mut campaign = json!({
        "campaign": id(CAMPAIGN), "owner": id(OWNER), "supplier": id(SUPPLIER), "title": "草莓",
        "items": items, "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-02-01T00:00:00Z",
        "split": split, "shipping": {"fee": "0.00", "to": "supplier", "ways": ["courier", "pickup"]},
        "return_shipping": {"cap": "15.00", "borne_by": "owner"},
        "after_sales_days": 7, "pay_within_minutes": 30, "auto_receive_days": 10});
    merge(&mut campaign, changes);
    campaign
}

pub fn merge(into: &mut Value, changes: &Value) {
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(key);
        } else {
            into[key] = value.clone();
        }
    }
}

/// A page of docs.
pub fn page(name: &str) -> String {
    let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A source file of core.
pub fn source(name: &str) -> String {
    let path = format!("{}/src/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The fenced blocks of a text: what stands after the fence's backticks, and the block.
pub fn blocks(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split("```").collect();
    let inside = parts.iter().skip(1).step_by(2);
    inside.map(|block| block.split_once('\n').unwrap_or((block, ""))).collect()
}

/// The cells of a text's table rows, code marks taken off; heads and rules left out.
pub fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_row = |line: &str| line.starts_with('|');
    let is_rule = |line: &str| is_row(line) && line.chars().all(|c| "|-: ".contains(c));
    let mut rows = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let head = lines.get(index + 1).is_some_and(|next| is_rule(next));
        if is_row(line) && !is_rule(line) && !head {
            let cells = line.trim().trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().replace('`', "")).collect());
        }
    }
    rows
}
