//! No command, however hostile, panics, overflows or loops: accepted, or refused with a code (`domain.md` §2.6).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::common::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use tuanzhang_core::rejection::CODES;
use tuanzhang_core::{Rejection, Time};

/// The first ten are friendly.
const AMOUNTS: &[&str] = &[
    "50.00",
    "0.01",
    "100.00",
    "106.00",
    "6.00",
    "1.00",
    "0.02",
    "56.00",
    "9999999999006.00",
    "0.00",
    "0",
    "1",
    "49.99",
    "50.0",
    "-0.01",
    "-50",
    "1.005",
    "10000000000000.00",
    "-10000000000000.00",
    "10000000000000.01",
    "9999999999999.99",
    "5000000000000.00",
    "79228162514264337593543950335",
    "99999999999999999999999999999999999999",
    "1e3",
    "NaN",
    "inf",
    "",
    "+1",
    " 1",
    "１",
    "0x1",
    ".5",
    "5.",
    "-",
    "--1",
    "0.0000000000000000000000000001",
    "1,000.00",
    "1\u{0}",
];
const RATES: &[&str] = &[
    "0",
    "1",
    "0.15",
    "0.6",
    "0.000001",
    "0.999999",
    "1.000001",
    "0.0000001",
    "-0.1",
    "1e-3",
    "",
    "x",
    "0.1500000000",
];
const NUMBERS: &[i64] = &[
    1,
    2,
    3,
    10,
    0,
    7,
    20,
    1_000_000,
    -1,
    4,
    1_000_001,
    36_500,
    36_501,
    52_560_000,
    1_000_000_000_000,
    1_000_000_000_001,
    4_294_967_295,
    4_294_967_296,
    i64::MIN,
    i64::MAX,
];
const ROLES: &[&str] = &["supplier", "owner", "seller", "upline", "operator"];
const WAYS: &[&str] = &["courier", "pickup", "leader_delivery"];
const TIMES: &[&str] = &[
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00+14:00",
    "2026-01-03T00:00:00Z",
    "2026-02-01T00:00:00Z",
    "2026-03-01T00:00:00Z",
    "2027-01-01T00:00:00-23:59",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59.9999999Z",
];

/// An optional field, and how its value is picked.
type Optional<'p> = (&'static str, fn(&mut Pick<'p>) -> Value);

/// Picks values by a stream of bytes; friendly ones where it has run dry.
struct Pick<'a>(std::slice::Iter<'a, u8>);

impl<'p> Pick<'p> {
    fn below(&mut self, n: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % n)
    }
    fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
    /// One time in `n`.
    fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
    fn amount(&mut self) -> Value {
        if self.rarely(6) { json!(self.of(AMOUNTS)) } else { json!(AMOUNTS[self.below(10)]) }
    }
    fn rate(&mut self) -> Value {
        if self.rarely(4) { json!(self.of(RATES)) } else { json!(RATES[self.below(4)]) }
    }
    fn number(&mut self) -> Value {
        if self.rarely(10) { json!(self.of(NUMBERS)) } else { json!(NUMBERS[self.below(3)]) }
    }
    fn thing(&mut self) -> Value {
        if self.rarely(40) {
            return json!("00000000-0000-0000-0000-000000000000");
        }
        let n = self.below(6);
        json!(id(10 + u32::try_from(n).unwrap()))
    }
    fn party(&mut self) -> Value {
        let parties = [SELLER, OWNER, SUPPLIER, UPLINE, OPERATOR, BUYER, 9];
        json!(id(*self.of(&parties)))
    }
    fn campaign(&mut self) -> Value {
        json!(id(CAMPAIGN + u32::try_from(self.below(30) / 29).unwrap()))
    }
    fn name(&mut self) -> Value {
        let long = ["x".repeat(64), "x".repeat(65), "茶".repeat(21), "茶".repeat(22)];
        if self.rarely(20) {
            let odd = [
                long[0].as_str(),
                &long[1],
                &long[2],
                &long[3],
                "",
                "\u{0}",
                "a\nb",
                "channel:wechat",
                "\u{202e}",
                "b",
            ];
            return json!(self.of(&odd));
        }
        json!(self.of(&["wechat", "wechat", "bank"]))
    }
    fn sku(&mut self) -> Value {
        if self.rarely(20) { self.name() } else { json!(self.of(&["tea", "rare", "huge", "free"])) }
    }
    fn text(&mut self) -> Value {
        let texts = [
            String::new(),
            "ok".into(),
            "x".repeat(200),
            "x".repeat(201),
            "\u{7f}".into(),
            "r\t".into(),
            "茶".repeat(67),
        ];
        if self.rarely(16) { json!(self.of(&texts)) } else { json!(format!("r{}", self.below(9))) }
    }
    fn time(&mut self) -> Value {
        json!(self.of(TIMES))
    }
    fn role(&mut self) -> Value {
        json!(self.of(ROLES))
    }
    fn lines(&mut self) -> Value {
        let count = if self.rarely(8) { self.below(4) } else { 1 };
        (0..count).map(|_| json!({"sku": self.sku(), "quantity": self.number()})).collect()
    }
    fn split(&mut self) -> Value {
        let shares: Vec<Value> = (0..self.below(4))
            .map(|_| {
                let take = match self.below(4) {
                    0 => json!({"rate": self.rate()}),
                    1 => json!({"per_unit": self.amount()}),
                    2 => json!("supply_price"),
                    _ => json!({"rate_of_seller": self.rate()}),
                };
                json!({"to": self.role(), "take": take})
            })
            .collect();
        json!({"shares": shares, "remainder": self.role()})
    }
    fn actor(&mut self) -> Value {
        match self.below(16) {
            0..11 => operator(),
            11 => system(),
            12 => json!({ "leader": self.party() }),
            13 => json!({ "supplier": self.party() }),
            _ => json!({ "buyer": self.party() }),
        }
    }
    fn item(&mut self) -> Value {
        let mut item = json!({"sku": self.sku(), "title": self.text(), "price": self.amount()});
        if self.rarely(2) {
            item["supply_price"] = self.amount();
        }
        for field in ["stock", "limit_per_buyer"] {
            if self.rarely(3) {
                item[field] = self.number();
            }
        }
        if self.rarely(4) {
            item["split"] = self.split();
        }
        if self.rarely(9) {
            item["tiers"] = json!([{"at_quantity": self.number(), "price": self.amount()}]);
        }
        item
    }
    fn optional(&mut self, command: &mut Value, field: &str, value: fn(&mut Self) -> Value) {
        if self.rarely(3) {
            command[field] = value(self);
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    fn command(&mut self) -> Value {
        let yes = |pick: &mut Self| json!(pick.rarely(2));
        let (name, mut command) = match self.below(36) {
            0 => (
                "open_book",
                json!({"book": id(999), "currency": self.of(&["CNY", "JPY", "", "POINTS"]), "timezone": "x", "operator": self.party()}),
            ),
            1 => ("register_leader", json!({"leader": self.party()})),
            2 => (
                "register_supplier",
                json!({"supplier": self.party(), "terms_days": self.number()}),
            ),
            3 => ("open_campaign", {
                let items: Vec<Value> = (0..self.below(3)).map(|_| self.item()).collect();
                let ways: Vec<&str> = (0..self.below(4)).map(|_| *self.of(WAYS)).collect();
                json!({"campaign": self.campaign(), "owner": self.party(), "title": self.text(), "items": items,
                    "opens_at": self.time(), "closes_at": self.time(), "split": self.split(),
                    "shipping": {"fee": self.amount(), "to": self.role(), "ways": ways},
                    "return_shipping": {"cap": self.amount(), "borne_by": self.role()},
                    "after_sales_days": self.number(), "pay_within_minutes": self.number(), "auto_receive_days": self.number()})
            }),
            4 => ("allow_seller", json!({"campaign": self.campaign(), "seller": self.party()})),
            5 => (
                "add_stock",
                json!({"addition": self.thing(), "campaign": self.campaign(), "sku": self.sku(), "quantity": self.number()}),
            ),
            6 if self.rarely(8) => ("close_campaign", json!({"campaign": self.campaign()})),
            7..11 => (
                "place_order",
                json!({"order": self.thing(), "campaign": self.campaign(), "seller": id(SELLER), "lines": self.lines(), "way": self.of(WAYS)}),
            ),
            11 => ("cancel_order", json!({"order": self.thing()})),
            12..16 => (
                "record_payment",
                json!({"payment": self.thing(), "order": self.thing(), "channel": self.name(), "amount": self.amount(), "reference": self.text()}),
            ),
            16 => ("ship_order", json!({"order": self.thing()})),
            17 => ("arrive_at_pickup", json!({"order": self.thing()})),
            18 => ("receive_order", json!({"order": self.thing()})),
            19 => ("pick_up_order", json!({"order": self.thing()})),
            6 | 20 => ("settle_order", json!({"order": self.thing()})),
            21 => ("mature_payable", json!({"order": self.thing()})),
            22..25 => (
                "request_refund",
                json!({"refund": self.thing(), "order": self.thing(),
                "kind": self.of(&["refund_only", "return", "refund_only", "return", "refund_only", "return", "exchange", "compensation"]), "lines": self.lines()}),
            ),
            25 | 26 => ("approve_refund", json!({"refund": self.thing()})),
            27 => ("reject_refund", json!({"refund": self.thing()})),
            28 => ("receive_return", json!({"refund": self.thing()})),
            29 => (
                "record_refund_payment",
                json!({"refund_payment": self.thing(), "refund": self.thing(), "by": self.of(&["channel", "transfer"]),
                "channel": self.name(), "amount": self.amount(), "reference": self.text()}),
            ),
            30 => (
                "request_payout",
                json!({"payout": self.thing(), "party": self.party(), "amount": self.amount()}),
            ),
            31 => (
                "record_payout",
                json!({"payout": self.thing(), "channel": self.name(), "reference": self.text()}),
            ),
            32 => ("fail_payout", json!({"payout": self.thing(), "reason": self.text()})),
            33 => (
                "record_unmatched",
                json!({"unmatched": self.thing(), "channel": self.name(), "direction": self.of(&["in", "out"]),
                "amount": self.amount(), "reference": self.text()}),
            ),
            34 => (
                "record_cost",
                json!({"cost": self.thing(), "category": "labour", "channel": self.name(), "amount": self.amount()}),
            ),
            _ => ("adjust", {
                let accounts = [
                    "channel:wechat",
                    "expense:other",
                    "equity:operator",
                    "income:shipping",
                    "pending:x",
                    "",
                    "available:00000000-0000-4000-8000-000000000002",
                    "available:00000000-0000-4000-8000-000000000099",
                ];
                let (amount, account, other) =
                    (*self.of(AMOUNTS), *self.of(&accounts), *self.of(&accounts));
                let mut postings = vec![
                    json!({"account": account, "amount": amount}),
                    json!({"account": other, "amount": format!("-{amount}")}),
                ];
                postings.extend(
                    (0..self.below(3))
                        .map(|_| json!({"account": account, "amount": self.amount()})),
                );
                json!({"adjustment": self.thing(), "postings": postings, "reason": self.text()})
            }),
        };
        let optional: &[Optional<'p>] = match name {
            "open_book" => &[("decimals", Self::number), ("channel_fee_borne_by", Self::role)],
            "register_leader" => &[("upline", Self::party)],
            "open_campaign" => &[("supplier", Self::party), ("return_within_days", Self::number)],
            "allow_seller" => &[("split", Self::split)],
            "close_campaign" | "cancel_order" | "reject_refund" | "receive_return" => {
                &[("reason", Self::text)]
            }
            "place_order" => &[
                ("buyer", Self::party),
                ("pickup_code_digest", Self::text),
                ("discount", |pick: &mut Self| {
                    let funder =
                        *pick.of(&["shared", "supplier", "owner", "seller", "upline", "operator"]);
                    json!({"amount": pick.amount(), "funded_by": funder})
                }),
            ],
            "record_payment" | "record_payout" => &[("fee", Self::amount)],
            "ship_order" => {
                &[("parcel", Self::thing), ("lines", Self::lines), ("reference", Self::text)]
            }
            "arrive_at_pickup" => &[("arrival", Self::thing), ("lines", Self::lines)],
            "receive_order" => &[("receipt", Self::thing), ("lines", Self::lines)],
            "pick_up_order" => {
                &[("handover", Self::thing), ("lines", Self::lines), ("code", Self::text)]
            }
            "request_refund" => &[("return_shipping", Self::amount), ("reason", Self::text)],
            "approve_refund" => &[
                ("goods_borne_by", Self::role),
                ("return_shipping", Self::amount),
                ("return_shipping_borne_by", Self::role),
                ("with_shipping_fee", yes),
                ("waive_return", yes),
                ("compensation_borne_by", Self::role),
            ],
            "record_refund_payment" => &[("fee_returned", Self::amount)],
            "record_cost" => &[("campaign", Self::campaign)],
            "adjust" => &[("corrects", |pick: &mut Self| {
                json!(pick.number().as_i64().unwrap().unsigned_abs())
            })],
            _ => &[],
        };
        for (field, value) in optional {
            self.optional(&mut command, field, *value);
        }
        json!({ name: command })
    }
}

fn start() -> Shop {
    let mut shop = Shop::new();
    let split = json!({"shares": [{"to": "seller", "take": {"rate": "0.15"}}, {"to": "upline", "take": {"rate_of_seller": "0.10"}}], "remainder": "supplier"});
    let items = json!([{"sku": "tea", "title": "", "price": "50.00", "stock": 10},
        {"sku": "rare", "title": "", "price": "0.01", "limit_per_buyer": 2},
        {"sku": "huge", "title": "", "price": "9999999999000.00"}, {"sku": "free", "title": "", "price": "0.00"}]);
    let terms = json!({"return_shipping": {"cap": "10000000000000.00", "borne_by": "owner"},
        "shipping": {"fee": "6.00", "to": "operator", "ways": ["courier", "pickup"]}});
    shop.campaign(&items, &split, &terms);
    shop.later(1);
    shop.paid(10, &json!([{"sku": "tea", "quantity": 2}]), &json!({}));
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    shop.paid(11, &json!([{"sku": "rare", "quantity": 2}]), &json!({}));
    shop.placed(12, &json!([{"sku": "huge", "quantity": 1}]), &json!({}));
    shop.paid(13, &json!([{"sku": "tea", "quantity": 2}]), &json!({}));
    shop.received(13);
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(13)}}));
    shop.requested(10, 10, "return", &json!([{"sku": "tea", "quantity": 1}]), &json!({}));
    shop
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// The harness looks at every accepted record: postings sum to zero, the fold takes it, deciding its own
    /// canonical command again gives the same events.
    #[test]
    fn any_commands_are_accepted_or_refused_with_a_code(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        let mut pick = Pick(bytes.iter());
        let mut shop = start();
        while pick.0.len() > 0 {
            let (mut actor, command) = (pick.actor(), pick.command());
            if let Some(party) = command.pointer("/request_payout/party") {
                actor = json!({ *pick.of(&["leader", "supplier"]): party });
            }
            if pick.rarely(12) {
                shop.later(u32::try_from(pick.below(12)).unwrap());
            }
            let at: Time = if pick.rarely(120) { pick.of(TIMES).parse().unwrap() } else { shop.at };
            let occurred: Option<Time> = pick.rarely(60).then(|| pick.of(TIMES).parse().unwrap());
            match shop.send_at(at, occurred, actor.clone(), command.clone()) {
                Outcome::Accepted => {
                    shop.at = shop.at.max(at);
                    let position = shop.records.last().unwrap().head.position.get();
                    let again = shop.send_at(at, occurred, actor, command.clone());
                    prop_assert_eq!(again, Outcome::Repeated(position), "{}", command);
                }
                Outcome::Repeated(_) => {}
                Outcome::Rejected(code) => prop_assert!(CODES.contains(&code)),
            }
        }
        let replayed = shop.replayed();
        prop_assert_eq!(replayed.balances(), shop.book.balances());
    }
}

const MOST: &str = "10000000000000.00";

fn single(remainder: &str) -> Value {
    json!({"shares": [], "remainder": remainder})
}

fn pay(order: u32, channel: &str, amount: &str) -> Value {
    json!({"record_payment": {"payment": id(order), "order": id(order), "channel": channel, "amount": amount, "reference": ""}})
}

#[test]
fn the_largest_amount_can_be_sold_once_and_no_balance_goes_beyond_it() {
    let mut shop = Shop::new();
    let items = json!([{"sku": "a", "title": "", "price": MOST}, {"sku": "b", "title": "", "price": "0.01"}]);
    shop.campaign(&items, &single("supplier"), &json!({}));
    for order in [10, 11] {
        shop.placed(order, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    }
    shop.placed(12, &json!([{"sku": "b", "quantity": 1}]), &json!({}));
    let place = |lines: Value| json!({"place_order": {"order": id(13), "campaign": id(CAMPAIGN), "seller": id(OWNER), "lines": lines, "way": "courier"}});
    shop.no("overflow", operator(), place(json!([{"sku": "a", "quantity": 2}])));
    shop.no("overflow", operator(), place(json!([{"sku": "a", "quantity": 1_000_000}])));
    shop.no(
        "overflow",
        operator(),
        place(json!([{"sku": "a", "quantity": 1}, {"sku": "b", "quantity": 1}])),
    );
    shop.ok(operator(), pay(10, "wechat", MOST));
    // The channel is full, and so is the supplier's pending.
    for channel in ["wechat", "bank"] {
        shop.no("overflow", operator(), pay(11, channel, MOST));
        shop.no("overflow", operator(), pay(12, channel, "0.01"));
    }
    match shop.last.take() {
        Some(Rejection::Overflow { account: Some(account) }) => {
            assert_eq!(account.to_string(), format!("pending:{}", id(SUPPLIER)));
        }
        other => panic!("{other:?}"),
    }
    // Given back, there is room again.
    shop.ok(operator(), json!({"cancel_order": {"order": id(10)}}));
    shop.ok(operator(), pay(11, "bank", MOST));
}

#[test]
fn amounts_beyond_the_limit_are_refused_as_written() {
    let mut shop = Shop::new();
    let cost = |n: u32, amount: &str| json!({"record_cost": {"cost": id(n), "category": "other", "channel": "bank", "amount": amount}});
    for amount in [
        "10000000000000.01",
        "92233720368547758.07",
        "79228162514264337593543950336",
        "0.001",
        "-0.01",
        "0",
    ] {
        shop.no("bad_amount", operator(), cost(10, amount));
    }
    shop.ok(operator(), cost(10, MOST));
    shop.no("overflow", operator(), cost(11, "0.01"));
    assert_eq!(shop.balance("expense:other"), MOST);
}

#[test]
fn a_record_whose_postings_pass_the_limit_on_the_way_to_less_is_accepted_and_folds() {
    let mut shop = Shop::new();
    let postings: Vec<Value> = ["", "", "-", "-"]
        .map(|sign| json!({"account": "channel:bank", "amount": format!("{sign}{MOST}")}))
        .to_vec();
    shop.ok(
        operator(),
        json!({"adjust": {"adjustment": id(10), "postings": postings, "reason": ""}}),
    );
    assert!(shop.book.balances().is_empty());
}

#[test]
fn a_split_of_the_largest_amounts_is_capped_by_what_is_left() {
    let mut shop = Shop::new();
    let split = json!({"shares": [{"to": "owner", "take": {"per_unit": MOST}}, {"to": "seller", "take": "supply_price"}], "remainder": "supplier"});
    let items = json!([{"sku": "a", "title": "", "price": "0.01", "supply_price": MOST}]);
    shop.campaign(&items, &split, &json!({}));
    shop.paid(10, &json!([{"sku": "a", "quantity": 1_000_000}]), &json!({}));
    shop.has("pending", OWNER, "10000.00");
    shop.refunded(20, 10, &json!([{"sku": "a", "quantity": 999_999}]), &json!({}));
    shop.has("pending", OWNER, "0.01");
}

#[test]
fn the_end_of_time_is_not_passed() {
    let mut shop = Shop::new();
    let terms = json!({"after_sales_days": 36_500, "auto_receive_days": 36_500, "opens_at": "0000-01-01T00:00:00Z", "closes_at": "9999-12-31T23:59:59Z"});
    shop.campaign(&json!([{"sku": "a", "title": "", "price": "1.00"}]), &single("owner"), &terms);
    shop.at = "9999-12-31T23:59:58Z".parse().unwrap();
    shop.paid(10, &json!([{"sku": "a", "quantity": 1}]), &json!({}));
    shop.received(10);
    shop.no("not_due", system(), json!({"settle_order": {"order": id(10)}}));
    shop.at = Time::from_micros(i64::MAX);
    let late = json!({"order": id(11), "campaign": id(CAMPAIGN), "seller": id(OWNER),
        "lines": [{"sku": "a", "quantity": 1}], "way": "courier"});
    shop.no("campaign_closed", operator(), json!({ "place_order": late }));
    // The window's end isn't beyond the end of time.
    shop.ok(system(), json!({"settle_order": {"order": id(10)}}));
}

#[test]
fn units_may_be_asked_for_and_rejected_over_and_over() {
    let mut shop = Shop::new();
    shop.campaign(
        &json!([{"sku": "a", "title": "", "price": "0.00"}]),
        &single("owner"),
        &json!({}),
    );
    let all = json!([{"sku": "a", "quantity": 1_000_000}]);
    shop.placed(10, &all, &json!({}));
    // 4,295 x 1,000,000 is beyond 32 bits.
    for refund in 1_000..5_300 {
        shop.requested(refund, 10, "refund_only", &all, &json!({}));
        shop.ok(operator(), json!({"reject_refund": {"refund": id(refund)}}));
    }
}

#[test]
fn what_one_party_bears_of_one_order_has_the_limit_of_a_balance_or_is_refused() {
    let mut shop = Shop::new();
    let most = "9999999999999.00";
    let items = json!([{"sku": "a", "title": "", "price": "0.01"}, {"sku": "big", "title": "", "price": most}]);
    shop.campaign(
        &items,
        &single("owner"),
        &json!({"return_shipping": {"cap": most, "borne_by": "owner"}}),
    );
    shop.paid(10, &json!([{"sku": "a", "quantity": 2}]), &json!({}));
    shop.received(10);
    for n in 0..2 {
        // Another order fills the owner's pending, a return of order 10 empties it.
        shop.placed(50 + n, &json!([{"sku": "big", "quantity": 1}]), &json!({}));
        shop.ok(operator(), pay(50 + n, &format!("c{n}"), most));
        shop.requested(
            20 + n,
            10,
            "return",
            &json!([{"sku": "a", "quantity": 1}]),
            &json!({"return_shipping": most}),
        );
        let outcome = shop.send(
            operator(),
            json!({"approve_refund": {"refund": id(20 + n), "waive_return": true}}),
        );
        if n == 1 {
            assert!(
                matches!(outcome, Outcome::Accepted | Outcome::Rejected("overflow")),
                "{outcome:?}"
            );
            return;
        }
        assert_eq!(outcome, Outcome::Accepted);
        for (payment, channel, amount) in [(60, "b", most), (61, "d", "0.01")] {
            shop.ok(operator(), json!({"record_refund_payment": {"refund_payment": id(payment), "refund": id(20), "by": "transfer",
                "channel": channel, "amount": amount, "reference": ""}}));
        }
    }
}
