//! Transfers, draws, write-offs, sealed periods, and suspense resolved: by hand arithmetic.
use crate::common::{
    BUYER, OPERATOR, OWNER, Outcome, SELLER, SUPPLIER, Shop, id, leader, operator,
};
use serde_json::{Value, json};
use tuanzhang_core::Time;

/// 100.00 an item: seller 10.00, owner the rest; the channel's fee is the operator's.
fn shop() -> Shop {
    let mut shop = Shop::new();
    let items = json!([{"sku": "a", "title": "A", "price": "100.00"}]);
    let split =
        json!({"shares": [{"to": "seller", "take": {"rate": "0.10"}}], "remainder": "owner"});
    shop.campaign(&items, &split, &json!({}));
    shop
}

fn lines(quantity: u32) -> Value {
    json!([{"sku": "a", "quantity": quantity}])
}

fn transfer(n: u32, from: &str, to: &str, amount: &str, fee: &str) -> Value {
    json!({"record_transfer": {"transfer": id(n), "from": from, "to": to, "amount": amount,
        "fee": fee, "reference": "t"}})
}

fn unmatched(n: u32, direction: &str, amount: &str) -> Value {
    json!({"record_unmatched": {"unmatched": id(n), "channel": "bank", "direction": direction,
        "amount": amount, "reference": "b"}})
}

fn resolve(n: u32, to: &Value) -> Value {
    json!({"resolve_unmatched": {"unmatched": id(n), "to": to, "reason": "对上了"}})
}

fn payment(n: u32, order: u32, amount: &str, fee: &str) -> Value {
    json!({"record_payment": {"payment": id(n), "order": id(order), "channel": "wechat",
        "amount": amount, "fee": fee, "reference": format!("wx{n}")}})
}

#[test]
fn a_transfers_fee_leaves_the_sending_channel_on_top_of_the_amount() {
    let mut shop = Shop::new();
    shop.ok(operator(), transfer(1, "wechat", "bank", "500.00", "0.50"));
    assert_eq!(shop.balance("channel:wechat"), "-500.50");
    assert_eq!(shop.balance("channel:bank"), "500.00");
    assert_eq!(shop.balance("expense:channel_fee"), "0.50");
    shop.repeated(6, operator(), transfer(1, "wechat", "bank", "500.00", "0.5"));
    shop.no("id_reused", operator(), transfer(1, "wechat", "bank", "500.01", "0.50"));
    shop.no("bad_terms", operator(), transfer(2, "bank", "bank", "1.00", "0.00"));
    shop.no("bad_amount", operator(), transfer(2, "wechat", "bank", "1.00", "1.01"));
    shop.no("not_allowed", leader(OWNER), transfer(2, "wechat", "bank", "1.00", "0.00"));
}

#[test]
fn the_operator_brings_in_and_draws() {
    let mut shop = Shop::new();
    let draw = |n, direction: &str, amount: &str| {
        json!({"record_draw": {"draw": id(n), "direction": direction, "channel": "bank",
            "amount": amount, "reference": ""}})
    };
    shop.ok(operator(), draw(1, "in", "1000.00"));
    shop.ok(operator(), draw(2, "out", "300.00"));
    assert_eq!(shop.balance("channel:bank"), "700.00");
    assert_eq!(shop.balance("equity:operator"), "-700.00");
    shop.no("id_reused", operator(), draw(2, "in", "300.00"));
    shop.no("bad_amount", operator(), draw(3, "in", "0.00"));
}

#[test]
fn only_a_debt_is_written_off_and_no_more_than_it() {
    let mut shop = Shop::new();
    shop.ok(
        operator(),
        json!({"adjust": {"adjustment": id(1), "reason": "多付", "postings": [
            {"account": format!("available:{}", id(OWNER)), "amount": "80.00"},
            {"account": "channel:bank", "amount": "-80.00"}]}}),
    );
    let write_off = |n, party, amount: &str| json!({"write_off": {"write_off": id(n), "party": id(party), "amount": amount, "reason": "失联"}});
    shop.has("available", OWNER, "-80.00");
    shop.no("exceeds_due", operator(), write_off(1, OWNER, "80.01"));
    shop.no("exceeds_due", operator(), write_off(1, SELLER, "0.01"));
    shop.no("exceeds_due", operator(), write_off(1, OPERATOR, "0.01"));
    shop.no("unknown_party", operator(), write_off(1, BUYER, "0.01"));
    shop.ok(operator(), write_off(1, OWNER, "30.00"));
    shop.has("available", OWNER, "-50.00");
    shop.ok(operator(), write_off(2, OWNER, "50.00"));
    shop.has("available", OWNER, "0.00");
    assert_eq!(shop.balance("expense:bad_debt"), "80.00");
    shop.no("exceeds_due", operator(), write_off(3, OWNER, "0.01"));
}

#[test]
fn nothing_is_dated_inside_a_sealed_period() {
    let mut shop = Shop::new();
    shop.later(31);
    let sealed: Time = "2026-01-20T00:00:00Z".parse().unwrap();
    let seal = |through: &str| json!({"seal_period": {"through": through}});
    shop.no("bad_terms", operator(), seal("2026-02-01T00:00:00.000001Z"));
    shop.no("not_allowed", leader(OWNER), seal("2026-01-20T00:00:00Z"));
    shop.ok(operator(), seal("2026-01-20T00:00:00Z"));
    shop.repeated(6, operator(), seal("2026-01-20T08:00:00+08:00"));
    shop.no("bad_terms", operator(), seal("2026-01-19T23:59:59Z"));
    let (at, later) = (shop.at, Time::from_micros(sealed.micros() + 1));
    let mut dated = |n, occurred| {
        shop.send_at(at, Some(occurred), operator(), transfer(n, "wechat", "bank", "1.00", "0.00"))
    };
    assert_eq!(dated(1, sealed), Outcome::Rejected("period_sealed"));
    assert_eq!(dated(1, Time::from_micros(0)), Outcome::Rejected("period_sealed"));
    assert_eq!(dated(1, later), Outcome::Accepted);
    // Known before sealed: the same command again, wherever it is dated, is repeated.
    assert_eq!(dated(1, sealed), Outcome::Repeated(7));
    // Through this very moment: it is inside, the next microsecond is not.
    shop.ok(operator(), seal("2026-02-01T00:00:00Z"));
    shop.repeated(6, operator(), seal("2026-01-20T00:00:00Z"));
    shop.no("period_sealed", operator(), transfer(2, "wechat", "bank", "1.00", "0.00"));
    shop.at = Time::from_micros(shop.at.micros() + 1);
    shop.ok(operator(), transfer(2, "wechat", "bank", "1.00", "0.00"));
    // Going back in time is looked at first, what a command names after.
    let (before, inside) = (sealed, Some(sealed));
    let unknown = json!({"cancel_order": {"order": id(99)}});
    let answer = shop.send_at(before, None, operator(), unknown.clone());
    assert_eq!(answer, Outcome::Rejected("time_goes_back"));
    let answer = shop.send_at(shop.at, inside, leader(OWNER), unknown);
    assert_eq!(answer, Outcome::Rejected("period_sealed"));
}

#[test]
fn a_record_inside_a_sealed_period_does_not_follow() {
    let mut shop = Shop::new();
    shop.ok(operator(), json!({"seal_period": {"through": "2026-01-01T00:00:00Z"}}));
    shop.later(1);
    shop.ok(operator(), transfer(1, "wechat", "bank", "1.00", "0.00"));
    let mut tampered = shop.records.pop().unwrap();
    shop.book = shop.replayed();
    tampered.head.occurred_at = Some("2025-12-31T00:00:00Z".parse().unwrap());
    assert!(tuanzhang_core::book::apply(&mut shop.book, &tampered).is_err());
}

#[test]
fn a_payment_of_the_wrong_order_pays_the_right_one_out_of_suspense() {
    let mut shop = shop();
    shop.placed(10, &lines(1), &json!({}));
    // Named an order that isn't there; the channel kept 0.60, the operator's expense for good.
    shop.ok(operator(), payment(20, 99, "100.00", "0.60"));
    assert_eq!(shop.balance("suspense:wechat"), "-100.00");
    shop.no("unknown_payment", operator(), resolve(21, &json!({"order": id(10)})));
    shop.no("unknown_order", operator(), resolve(20, &json!({"order": id(99)})));
    shop.no("not_allowed", leader(OWNER), resolve(20, &json!({"order": id(10)})));
    shop.ok(operator(), resolve(20, &json!({"order": id(10)})));
    let position = shop.book.position().get();
    assert_eq!(shop.balance("suspense:wechat"), "0.00");
    assert_eq!(shop.balance("channel:wechat"), "99.40");
    assert_eq!(shop.balance("expense:channel_fee"), "0.60");
    shop.has("pending", SELLER, "10.00");
    shop.has("pending", OWNER, "90.00");
    shop.repeated(position, operator(), resolve(20, &json!({"order": id(10)})));
    let elsewhere = json!({"account": "income:commission"});
    shop.no("already_decided", operator(), resolve(20, &elsewhere));
    // Channel refunds follow the payment that was named, and its fee comes back to the operator.
    shop.refunded(30, 10, &lines(1), &json!({}));
    let refund = |channel: &str| {
        json!({"record_refund_payment": {"refund_payment": id(40), "refund": id(30), "by": "channel",
            "channel": channel, "amount": "100.00", "reference": "r", "fee_returned": "0.60"}})
    };
    shop.no("wrong_channel", operator(), refund("bank"));
    shop.ok(operator(), refund("wechat"));
    assert_eq!(shop.book.balances().len(), 0);
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn unmatched_money_pays_an_order_that_is_payable_and_no_channel_gives_it_back() {
    let mut shop = shop();
    shop.placed(10, &lines(1), &json!({}));
    shop.ok(operator(), unmatched(20, "in", "100.00"));
    shop.ok(operator(), unmatched(21, "in", "99.99"));
    shop.ok(operator(), unmatched(22, "out", "100.00"));
    shop.no("bad_amount", operator(), resolve(21, &json!({"order": id(10)})));
    shop.no("bad_amount", operator(), resolve(22, &json!({"order": id(10)})));
    shop.ok(operator(), resolve(20, &json!({"order": id(10)})));
    assert_eq!(shop.balance("suspense:bank"), "0.01");
    shop.ok(operator(), unmatched(23, "in", "100.00"));
    shop.no("already_paid", operator(), resolve(23, &json!({"order": id(10)})));
    shop.placed(11, &lines(1), &json!({}));
    shop.ok(operator(), json!({"cancel_order": {"order": id(11)}}));
    shop.no("already_decided", operator(), resolve(23, &json!({"order": id(11)})));
    // A payment that paid its order was never in suspense.
    shop.paid(12, &lines(1), &json!({}));
    shop.no("already_decided", operator(), resolve(12, &json!({"account": "equity:operator"})));
    shop.refunded(30, 10, &lines(1), &json!({}));
    let refund = |by: &str| {
        json!({"record_refund_payment": {"refund_payment": id(40), "refund": id(30), "by": by,
            "channel": "bank", "amount": "100.00", "reference": "r"}})
    };
    shop.no("wrong_channel", operator(), refund("channel"));
    shop.ok(operator(), refund("transfer"));
}

#[test]
fn money_out_was_a_refund_paid_by_transfer() {
    let mut shop = shop();
    shop.paid(10, &lines(2), &json!({}));
    shop.requested(30, 10, "refund_only", &lines(1), &json!({}));
    shop.ok(operator(), unmatched(20, "out", "60.00"));
    shop.ok(operator(), unmatched(21, "out", "40.01"));
    shop.ok(operator(), unmatched(22, "in", "40.00"));
    shop.no("not_approved", operator(), resolve(20, &json!({"refund": id(30)})));
    shop.no("unknown_refund", operator(), resolve(20, &json!({"refund": id(31)})));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(30)}}));
    shop.no("bad_amount", operator(), resolve(22, &json!({"refund": id(30)})));
    shop.ok(operator(), resolve(20, &json!({"refund": id(30)})));
    assert_eq!(shop.balance(&format!("refund_due:{}", id(BUYER))), "-40.00");
    shop.no("exceeds_due", operator(), resolve(21, &json!({"refund": id(30)})));
    // It counts as transfer: the channel can still give back the rest, and the payment whole.
    let pay = json!({"record_refund_payment": {"refund_payment": id(20), "refund": id(30),
        "by": "channel", "channel": "wechat", "amount": "40.00", "reference": "r"}});
    shop.ok(operator(), pay);
    assert_eq!(shop.balance(&format!("refund_due:{}", id(BUYER))), "0.00");
}

#[test]
fn the_rest_goes_to_an_account() {
    let mut shop = Shop::new();
    shop.ok(operator(), unmatched(20, "in", "12.00"));
    shop.ok(operator(), unmatched(21, "out", "5.00"));
    let account = |name: &str| json!({ "account": name });
    for bad in ["pending:x", "suspense:bank", "refund_due:anonymous", "nothing", "income:tips"] {
        shop.no("bad_terms", operator(), resolve(20, &account(bad)));
    }
    let available = |party| account(&format!("available:{}", id(party)));
    shop.no("bad_terms", operator(), resolve(20, &available(OPERATOR)));
    shop.no("unknown_party", operator(), resolve(20, &available(BUYER)));
    shop.ok(operator(), resolve(20, &available(SUPPLIER)));
    shop.has("available", SUPPLIER, "12.00");
    let position = shop.records.last().unwrap().head.position.get();
    let simple = account(&format!("available:{}", id(SUPPLIER).replace('-', "")));
    shop.repeated(position, operator(), resolve(20, &simple));
    shop.ok(operator(), resolve(21, &account("expense:logistics")));
    assert_eq!(shop.balance("expense:logistics"), "5.00");
    assert_eq!(shop.balance("suspense:bank"), "0.00");
    assert_eq!(shop.balance("channel:bank"), "7.00");
}

#[test]
fn an_adjustment_has_its_limits_and_what_it_corrects_is_in_the_book() {
    let mut shop = shop();
    let adjust = |n: u32, postings: Value, corrects: Option<u64>| {
        let mut command = json!({"adjustment": id(n), "reason": "更正", "postings": postings});
        if let Some(position) = corrects {
            command["corrects"] = json!(position);
        }
        json!({"adjust": command})
    };
    let pairs = |many: usize| -> Value {
        let pair = [("channel:bank", "0.01"), ("equity:operator", "-0.01")];
        let postings = pair.iter().cycle().take(many);
        postings.map(|(account, amount)| json!({"account": account, "amount": amount})).collect()
    };
    shop.ok(operator(), adjust(60, pairs(2_000), None));
    shop.no("too_large", operator(), adjust(61, pairs(2_002), None));
    let last = shop.records.last().unwrap().head.position.get();
    shop.no("bad_terms", operator(), adjust(61, pairs(2), Some(0)));
    shop.no("bad_terms", operator(), adjust(61, pairs(2), Some(last + 1)));
    shop.ok(operator(), adjust(61, pairs(2), Some(last)));
    // A party in other letters is the same party; one that isn't there is none.
    let whose = |party: String| {
        let account = format!("available:{party}");
        json!([{"account": account, "amount": "-1.00"}, {"account": "expense:other", "amount": "1.00"}])
    };
    shop.ok(operator(), adjust(62, whose(id(OWNER)), None));
    let position = shop.records.last().unwrap().head.position.get();
    let simple = id(OWNER).replace('-', "");
    shop.repeated(position, operator(), adjust(62, whose(simple), None));
    shop.no("unknown_party", operator(), adjust(63, whose(id(9_997)), None));
}
