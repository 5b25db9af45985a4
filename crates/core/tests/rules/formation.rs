//! Campaigns that need a minimum or interest first, orders that aren't paid in time, and what becomes of
//! campaigns that fail or are cancelled. domain.md §5, §6, §11.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::book::{Campaign, CampaignCount, ItemCount, OrderStatus, Read};
use tuanzhang_core::{CampaignId, Event, RefundId};

const OTHER: u32 = 7;

fn items() -> Value {
    json!([{"sku": "egg", "title": "土鸡蛋", "price": "30.00", "stock": 20, "limit_per_buyer": 4}])
}

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn shop(changes: &Value) -> Shop {
    let mut shop = Shop::new();
    shop.campaign(&items(), &owner_12(), changes);
    shop
}

fn eggs(quantity: u32) -> Value {
    json!([{"sku": "egg", "quantity": quantity}])
}

fn campaign_id() -> CampaignId {
    id(CAMPAIGN).parse().unwrap()
}

#[track_caller]
fn is(shop: &Shop, status: &str) {
    let campaign = Read::get::<Campaign>(&shop.book, &campaign_id()).unwrap();
    let count = shop.book.get::<CampaignCount>(&campaign_id()).copied().unwrap_or_default();
    assert_eq!(campaign.status(&count).word(), status);
}

fn of(verb: &str) -> Value {
    json!({ verb: {"campaign": id(CAMPAIGN)} })
}

fn of_order(verb: &str, order: u32) -> Value {
    json!({ verb: {"order": id(order)} })
}

fn available(shop: &Shop) -> u64 {
    shop.book.get::<ItemCount>(&(campaign_id(), 0)).unwrap().available().unwrap()
}

fn pay(payment: u32, order: u32, amount: &str) -> Value {
    json!({"record_payment": {"payment": id(payment), "order": id(order), "channel": "wechat",
        "amount": amount, "reference": format!("p{payment}")}})
}

#[track_caller]
fn suspended(shop: &mut Shop, payment: Value, because: &str) {
    shop.ok(operator(), payment);
    let Some(Event::PaymentSuspended(event)) = shop.records.last().unwrap().events.first() else {
        panic!("it pays")
    };
    assert_eq!(event.because.word(), because);
}

#[test]
fn an_unpaid_order_expires_at_its_time_and_gives_its_stock_and_limit_back() {
    let mut shop = shop(&json!({}));
    shop.placed(10, &eggs(4), &json!({}));
    assert_eq!(available(&shop), 16);
    let placed_at = shop.at;
    shop.no("not_due", system(), of_order("expire_order", 10));
    shop.no("not_allowed", buyer(BUYER), of_order("expire_order", 10));
    shop.no("unknown_order", system(), of_order("expire_order", 11));
    // 30 minutes, to the microsecond.
    shop.at = tuanzhang_core::Time::from_micros(placed_at.plus_minutes(30).micros() - 1);
    shop.no("not_due", operator(), of_order("expire_order", 10));
    shop.at = placed_at.plus_minutes(30);
    shop.ok(system(), of_order("expire_order", 10));
    let position = shop.book.position().get();
    assert_eq!(shop.order(10).status(), OrderStatus::Expired);
    assert_eq!(available(&shop), 20);
    shop.repeated(position, operator(), of_order("expire_order", 10));
    suspended(&mut shop, pay(50, 10, "120.00"), "order_expired");
    assert_eq!(shop.balance("suspense:wechat"), "-120.00");
    // The limit of 4 is free again.
    shop.paid(11, &eggs(4), &json!({}));
    shop.no("already_paid", system(), of_order("expire_order", 11));
    shop.no("already_decided", buyer(BUYER), of_order("cancel_order", 10));
    shop.placed(12, &eggs(1), &json!({"buyer": id(OTHER)}));
    shop.ok(operator(), of_order("cancel_order", 12));
    shop.no("already_decided", system(), of_order("expire_order", 12));
    assert_eq!(available(&shop), 16);
}

#[test]
fn a_late_payment_of_an_order_that_is_not_expired_yet_pays_it() {
    let mut shop = shop(&json!({}));
    shop.placed(10, &eggs(1), &json!({}));
    shop.later(1);
    shop.ok(operator(), pay(50, 10, "30.00"));
    assert_eq!(shop.order(10).status(), OrderStatus::Paid);
}

#[test]
fn shipping_starts_once_buyers_and_units_are_there() {
    let mut shop = shop(&json!({"formation": {"min_buyers": 2, "min_quantity": 6}}));
    shop.paid(10, &eggs(4), &json!({}));
    // A walk-in counts its units, and no buyer.
    shop.paid(11, &eggs(2), &json!({"buyer": null}));
    shop.no("not_formed", operator(), of_order("ship_order", 10));
    shop.placed(12, &eggs(1), &json!({"buyer": id(OTHER)}));
    shop.no("not_formed", operator(), of_order("ship_order", 10));
    shop.no("not_paid", operator(), of_order("ship_order", 12));
    shop.ok(operator(), pay(52, 12, "30.00"));
    // Goodwill units count as refunded: 7 units, two of them back.
    shop.refunded(20, 10, &eggs(2), &json!({"goods_borne_by": "owner"}));
    shop.no("not_formed", operator(), of_order("ship_order", 11));
    shop.paid(13, &eggs(1), &json!({"buyer": id(OTHER)}));
    shop.ok(operator(), of_order("ship_order", 11));
    // Closed formed stays formed.
    shop.ok(leader(OWNER), of("close_campaign"));
    shop.refunded(21, 10, &eggs(2), &json!({}));
    shop.ok(operator(), of_order("ship_order", 12));
    is(&shop, "closed_formed");
    shop.no(
        "campaign_closed",
        leader(OWNER),
        json!({"close_campaign":
        {"campaign": id(CAMPAIGN), "reason": "again"}}),
    );
}

#[test]
fn a_campaign_below_its_minimum_refunds_order_by_order_and_fails() {
    let mut shop = shop(&json!({"formation": {"min_quantity": 6},
        "shipping": {"fee": "6.00", "to": "owner", "ways": ["courier", "pickup"]}}));
    shop.paid(10, &eggs(3), &json!({}));
    shop.paid(11, &eggs(1), &json!({"buyer": id(OTHER), "way": "pickup"}));
    shop.placed(12, &eggs(1), &json!({"buyer": id(OTHER)}));
    shop.no("not_formed", operator(), of_order("arrive_at_pickup", 11));
    shop.no("not_due", system(), of_order("refund_unformed", 10));
    // One unit is back already, another is asked for.
    shop.refunded(20, 10, &eggs(1), &json!({}));
    shop.requested(21, 10, "refund_only", &eggs(1), &json!({}));
    shop.has("refund_due", BUYER, "30.00");
    shop.at = "2026-02-01T00:00:00Z".parse().unwrap();
    shop.ok(system(), of("close_campaign"));
    is(&shop, "refunding");
    shop.no("not_formed", operator(), of_order("ship_order", 10));
    suspended(&mut shop, pay(52, 12, "36.00"), "campaign_refunding");
    shop.no("not_paid", system(), of_order("refund_unformed", 12));
    shop.no("not_allowed", leader(OWNER), of_order("refund_unformed", 10));
    shop.ok(system(), of_order("refund_unformed", 10));
    let position = shop.book.position().get();
    // 60.00 and the shipping fee of 6.00, which the owner had earned.
    shop.has("refund_due", BUYER, "96.00");
    shop.repeated(position, operator(), of_order("refund_unformed", 10));
    shop.no("already_decided", operator(), json!({"approve_refund": {"refund": id(21)}}));
    is(&shop, "refunding");
    shop.ok(operator(), of_order("refund_unformed", 11));
    is(&shop, "failed");
    for party in [OWNER, SUPPLIER] {
        shop.has("pending", party, "0.00");
    }
    assert_eq!(available(&shop), 19);
    shop.no("campaign_closed", leader(OWNER), of("cancel_campaign"));
    // Its refund is found by the id that the book derives, and paid like any other.
    let refund = RefundId::derived(id(11).parse().unwrap(), "unformed");
    shop.ok(
        operator(),
        json!({"record_refund_payment": {"refund_payment": id(60), "refund": refund,
        "by": "channel", "channel": "wechat", "amount": "30.00", "reference": ""}}),
    );
    shop.has("refund_due", OTHER, "0.00");
    assert_eq!(shop.replayed().balances(), shop.book.balances());
}

#[test]
fn an_order_that_was_refunded_whole_has_nothing_left_to_refund() {
    let mut shop = shop(&json!({"formation": {"min_buyers": 2}}));
    shop.paid(10, &eggs(1), &json!({}));
    shop.refunded(20, 10, &eggs(1), &json!({}));
    shop.ok(operator(), of("close_campaign"));
    is(&shop, "failed");
    shop.no("nothing_to_refund", system(), of_order("refund_unformed", 10));
}

#[test]
fn declared_formed_an_open_campaign_stays_open_may_ship_and_closes_formed() {
    let mut shop = shop(&json!({"formation": {"min_buyers": 100}}));
    shop.paid(10, &eggs(1), &json!({}));
    shop.no("not_allowed", leader(OWNER), of("declare_formed"));
    let declare = json!({"declare_formed": {"campaign": id(CAMPAIGN), "reason": "凑满了"}});
    shop.ok(operator(), declare.clone());
    let position = shop.book.position().get();
    shop.repeated(position, operator(), declare.clone());
    shop.no("already_decided", operator(), of("declare_formed"));
    is(&shop, "open");
    shop.paid(11, &eggs(1), &json!({}));
    shop.received(10);
    shop.ok(operator(), of("close_campaign"));
    is(&shop, "closed_formed");
    shop.repeated(position, operator(), declare);
    shop.received(11);
    shop.later(8);
    shop.ok(system(), of_order("settle_order", 10));
    is(&shop, "closed_formed");
    shop.ok(system(), of_order("settle_order", 11));
    is(&shop, "settled");
}

#[test]
fn a_closed_campaign_is_declared_no_more() {
    let mut shop = shop(&json!({"formation": {"min_buyers": 1}}));
    shop.ok(operator(), of("close_campaign"));
    is(&shop, "failed");
    shop.no("campaign_closed", operator(), of("declare_formed"));
}

#[test]
fn a_cancelled_campaign_withdraws_requests_and_refunds_its_orders() {
    let mut shop = shop(&json!({}));
    shop.paid(10, &eggs(2), &json!({}));
    shop.placed(11, &eggs(1), &json!({"buyer": id(OTHER)}));
    shop.requested(20, 10, "refund_only", &eggs(1), &json!({}));
    shop.no("not_allowed", leader(SELLER), of("cancel_campaign"));
    shop.ok(leader(OWNER), of("cancel_campaign"));
    let position = shop.book.position().get();
    shop.repeated(position, operator(), of("cancel_campaign"));
    shop.no(
        "campaign_closed",
        operator(),
        json!({"cancel_campaign":
        {"campaign": id(CAMPAIGN), "reason": "缺货"}}),
    );
    is(&shop, "refunding");
    shop.no("already_decided", operator(), json!({"approve_refund": {"refund": id(20)}}));
    shop.no("campaign_closed", operator(), of("close_campaign"));
    shop.no("campaign_closed", operator(), of_order("ship_order", 10));
    shop.no(
        "campaign_closed",
        buyer(BUYER),
        json!({"place_order": {"order": id(12),
        "campaign": id(CAMPAIGN), "buyer": id(BUYER), "seller": id(SELLER), "lines": eggs(1),
        "way": "courier"}}),
    );
    suspended(&mut shop, pay(51, 11, "30.00"), "campaign_refunding");
    shop.ok(system(), of_order("refund_unformed", 10));
    shop.has("refund_due", BUYER, "60.00");
    is(&shop, "cancelled");
    shop.later(1);
    shop.ok(system(), of_order("expire_order", 11));
    assert_eq!(available(&shop), 20);
}

#[test]
fn a_campaign_is_cancelled_no_more_once_anything_is_shipped() {
    let mut shop = shop(&json!({}));
    shop.paid(10, &eggs(2), &json!({}));
    shop.ok(operator(), of("close_campaign"));
    shop.ok(
        supplier(SUPPLIER),
        json!({"ship_order": {"order": id(10), "parcel": id(30),
        "lines": eggs(1)}}),
    );
    shop.no("already_shipped", operator(), of("cancel_campaign"));
}

fn presale(min_interest: u32) -> Value {
    json!({"presale": {"min_interest": min_interest, "decide_at": "2026-01-10T00:00:00Z"}})
}

fn interest(n: u32) -> Value {
    json!({"express_interest": {"campaign": id(CAMPAIGN), "buyer": id(n)}})
}

#[test]
fn enough_interest_opens_a_presale() {
    let mut shop = shop(&presale(2));
    is(&shop, "presale");
    let place = json!({"place_order": {"order": id(10), "campaign": id(CAMPAIGN),
        "buyer": id(BUYER), "seller": id(SELLER), "lines": eggs(1), "way": "courier"}});
    shop.no("campaign_not_open", buyer(BUYER), place.clone());
    shop.no("campaign_not_open", operator(), of("close_campaign"));
    shop.no("campaign_not_open", operator(), of("declare_formed"));
    shop.ok(buyer(BUYER), interest(BUYER));
    let position = shop.book.position().get();
    shop.repeated(position, operator(), interest(BUYER));
    shop.no("not_allowed", buyer(BUYER), interest(OTHER));
    shop.ok(operator(), interest(OTHER));
    shop.no("not_due", operator(), of("decide_presale"));
    shop.at = "2026-01-10T00:00:00Z".parse().unwrap();
    shop.no("not_allowed", leader(OWNER), of("decide_presale"));
    shop.ok(system(), of("decide_presale"));
    let position = shop.book.position().get();
    shop.repeated(position, operator(), of("decide_presale"));
    is(&shop, "open");
    shop.no("already_decided", operator(), interest(9));
    shop.ok(buyer(BUYER), place);
}

#[test]
fn too_little_interest_drops_it() {
    let mut shop = shop(&presale(2));
    shop.ok(operator(), interest(OTHER));
    shop.at = "2026-01-10T00:00:00Z".parse().unwrap();
    shop.ok(operator(), of("decide_presale"));
    is(&shop, "dropped");
    for (actor, command) in [
        (operator(), interest(BUYER)),
        (operator(), of("close_campaign")),
        (leader(OWNER), of("cancel_campaign")),
        (operator(), of("declare_formed")),
        (
            operator(),
            json!({"add_stock": {"addition": id(40), "campaign": id(CAMPAIGN),
            "sku": "egg", "quantity": 1}}),
        ),
    ] {
        shop.no("campaign_closed", actor, command);
    }
}

#[test]
fn a_presale_may_be_cancelled_and_is_then_decided_no_more() {
    let mut shop = shop(&presale(2));
    shop.ok(leader(OWNER), of("cancel_campaign"));
    is(&shop, "cancelled");
    shop.later(20);
    shop.no("campaign_closed", system(), of("decide_presale"));
}

#[test]
fn a_campaign_without_presale_has_none_to_decide() {
    let mut shop = shop(&json!({}));
    shop.no("bad_terms", operator(), interest(BUYER));
    shop.no("bad_terms", system(), of("decide_presale"));
}

#[test]
fn minimums_have_ranges() {
    for changes in [
        json!({"formation": {"min_buyers": -1}}),
        json!({"formation": {"min_quantity": 1_000_000_000_001_i64}}),
        json!({"presale": {"min_interest": -1, "decide_at": "2026-01-10T00:00:00Z"}}),
        json!({"presale": {"min_interest": 1, "decide_at": "2026-02-01T00:00:00Z"}}),
    ] {
        let mut shop = Shop::new();
        let campaign = campaign(&items(), &owner_12(), &changes);
        shop.no("bad_terms", leader(OWNER), json!({ "open_campaign": campaign }));
    }
}
