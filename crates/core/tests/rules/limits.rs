//! Sizes and terms at their limits: what is at a limit is taken, what is one past it refused. `domain.md` §2.6, §3.1, §11 *Sizes*.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use crate::common::*;
use serde_json::{Value, json};
use tuanzhang_core::event::{ChannelPayment, Event, OutOfSuspense};
use tuanzhang_core::{Command, Record};

fn owner_12() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}], "remainder": "supplier"})
}

fn items(count: u32) -> Value {
    (0..count).map(|n| json!({"sku": format!("s{n}"), "title": "", "price": "1.00"})).collect()
}

fn lines(count: u32) -> Value {
    (0..count).map(|n| json!({"sku": format!("s{n}"), "quantity": 1})).collect()
}

fn tea(changes: &Value) -> Value {
    let mut tea = json!({"sku": "tea", "title": "", "price": "50.00"});
    merge(&mut tea, changes);
    json!([tea])
}

fn open(items: &Value, split: &Value, changes: &Value) -> Value {
    json!({ "open_campaign": campaign(items, split, changes) })
}

/// What becomes of a campaign with these items, split and other terms.
fn opened(items: &Value, split: &Value, changes: &Value) -> Outcome {
    Shop::new().send(leader(OWNER), open(items, split, changes))
}

#[test]
fn a_campaign_has_up_to_10_000_items_and_an_order_2_000_lines() {
    let mut shop = Shop::new();
    shop.no("too_large", leader(OWNER), open(&items(10_001), &owner_12(), &json!({})));
    shop.campaign(&items(10_000), &owner_12(), &json!({}));
    shop.placed(10, &lines(2_000), &json!({}));
    let place = json!({"place_order": {"order": id(11), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
        "seller": id(SELLER), "lines": lines(2_001), "way": "courier"}});
    shop.no("too_large", operator(), place);
}

#[test]
fn a_sku_stands_once_in_few_lines_and_in_many() {
    for count in [2, 8, 9, 40] {
        let mut shop = Shop::new();
        shop.campaign(&items(50), &owner_12(), &json!({}));
        shop.placed(10, &lines(count), &json!({}));
        let mut twice = lines(count);
        let first = twice[0].clone();
        twice.as_array_mut().unwrap()[usize::try_from(count).unwrap() - 1] = first;
        let place = json!({"place_order": {"order": id(11), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
            "seller": id(SELLER), "lines": twice, "way": "courier"}});
        shop.no("bad_lines", operator(), place);
        let mut listed = items(count);
        let first = listed[0].clone();
        listed.as_array_mut().unwrap()[usize::try_from(count).unwrap() - 1] = first;
        assert_ne!(opened(&listed, &owner_12(), &json!({})), Outcome::Accepted, "{count} items");
    }
}

#[test]
fn a_split_has_up_to_20_shares_and_its_remainder_goes_to_a_role_that_is_there() {
    let shares = |count| {
        let share = json!({"to": "operator", "take": {"per_unit": "0.01"}});
        json!({"shares": vec![share; count], "remainder": "supplier"})
    };
    let taken = |split: &Value, changes: &Value| opened(&tea(&json!({})), split, changes);
    assert_eq!(taken(&shares(20), &json!({})), Outcome::Accepted);
    assert_eq!(taken(&shares(21), &json!({})), Outcome::Rejected("bad_terms"));
    let to = |role: &str| json!({"shares": [], "remainder": role});
    for role in ["supplier", "owner", "seller", "operator"] {
        assert_eq!(taken(&to(role), &json!({})), Outcome::Accepted, "{role}");
    }
    assert_eq!(taken(&to("upline"), &json!({})), Outcome::Rejected("bad_terms"));
    let shipping = |to: &str| json!({"fee": "0.00", "to": to, "ways": ["courier"]});
    let nobody = json!({"supplier": null, "shipping": shipping("owner")});
    assert_eq!(taken(&to("supplier"), &nobody), Outcome::Rejected("bad_terms"));
    assert_eq!(taken(&to("owner"), &nobody), Outcome::Accepted);
    let nobody = json!({"supplier": null, "shipping": shipping("supplier")});
    assert_eq!(taken(&to("owner"), &nobody), Outcome::Rejected("bad_terms"));
}

#[test]
fn a_split_by_supply_price_needs_one_of_each_item_that_follows_it() {
    let split =
        json!({"shares": [{"to": "supplier", "take": "supply_price"}], "remainder": "owner"});
    let taken = |item: &Value| opened(&tea(item), &split, &json!({}));
    assert_eq!(taken(&json!({})), Outcome::Rejected("bad_terms"));
    assert_eq!(taken(&json!({"supply_price": "20.00"})), Outcome::Accepted);
    assert_eq!(taken(&json!({ "split": owner_12() })), Outcome::Accepted);
    // A seller's own split is looked at in the same way.
    for (item, outcome) in [
        (json!({}), Outcome::Rejected("bad_terms")),
        (json!({"supply_price": "20.00"}), Outcome::Accepted),
        (json!({ "split": owner_12() }), Outcome::Accepted),
    ] {
        let mut shop = Shop::new();
        shop.campaign(&tea(&item), &owner_12(), &json!({}));
        let allow = json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(OWNER), "split": split}});
        assert_eq!(shop.send(operator(), allow), outcome, "{item} {:?}", shop.last);
    }
}

#[test]
fn stock_and_tiers_lie_within_their_limits() {
    let taken = |item: &Value| opened(&tea(item), &owner_12(), &json!({}));
    let (most, past) = (1_000_000_000_000_i64, 1_000_000_000_001_i64);
    assert_eq!(taken(&json!({ "stock": most })), Outcome::Accepted);
    assert_eq!(taken(&json!({ "stock": past })), Outcome::Rejected("bad_terms"));
    assert_eq!(taken(&json!({"stock": -1})), Outcome::Rejected("bad_terms"));
    let tiers = |tiers: &[(i64, &str)]| {
        let tier = |(at, price): &(i64, &str)| json!({"at_quantity": at, "price": price});
        taken(&json!({"tiers": tiers.iter().map(tier).collect::<Vec<_>>()}))
    };
    for good in [&[(1, "50.00")][..], &[(most, "1.00")], &[(2, "40.00"), (3, "39.99")]] {
        assert_eq!(tiers(good), Outcome::Accepted, "{good:?}");
    }
    for refused in [
        &[(0, "40.00")][..],
        &[(past, "1.00")],
        &[(2, "50.01")],
        &[(2, "40.00"), (2, "39.00")],
        &[(3, "40.00"), (2, "39.00")],
        &[(2, "40.00"), (3, "40.00")],
        &[(2, "40.00"), (3, "41.00")],
    ] {
        assert_eq!(tiers(refused), Outcome::Rejected("bad_terms"), "{refused:?}");
    }
    let many = |count: i64| {
        let tier = |n: i64| json!({"at_quantity": n, "price": format!("{}.00", 200 - n)});
        let tiers: Vec<_> = (1..=count).map(tier).collect();
        taken(&json!({"price": "500.00", "tiers": tiers}))
    };
    assert_eq!(many(100), Outcome::Accepted);
    assert_eq!(many(101), Outcome::Rejected("bad_terms"));
}

#[test]
fn a_pickup_code_belongs_to_an_order_for_pickup() {
    let mut shop = Shop::new();
    shop.campaign(&tea(&json!({})), &owner_12(), &json!({}));
    let place = |order: u32, way: &str| {
        json!({"place_order": {"order": id(order), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
            "seller": id(SELLER), "lines": [{"sku": "tea", "quantity": 1}], "way": way,
            "pickup_code_digest": "ab".repeat(32)}})
    };
    shop.no("bad_terms", operator(), place(10, "courier"));
    shop.ok(operator(), place(10, "pickup"));
}

#[test]
fn a_period_may_be_sealed_again_through_the_same_instant_and_not_through_an_earlier_one() {
    let mut shop = Shop::new();
    let seal = |through: &str| json!({"seal_period": {"through": through}});
    shop.later(30);
    shop.ok(operator(), seal("2026-01-10T00:00:00Z"));
    let again = shop.send(operator(), seal("2026-01-10T00:00:00Z"));
    assert!(!matches!(again, Outcome::Rejected(_)), "{again:?}");
    shop.no("bad_terms", operator(), seal("2026-01-09T23:59:59.999999Z"));
    shop.ok(operator(), seal("2026-01-10T00:00:00.000001Z"));
}

/// Money comes before its order is known, and is resolved: it is in suspense in between, and no payment of
/// an order is.
#[test]
fn a_payment_is_in_suspense_from_when_it_fits_nothing_until_it_is_resolved() {
    let mut shop = Shop::new();
    shop.campaign(&tea(&json!({})), &owner_12(), &json!({}));
    shop.paid(10, &json!([{"sku": "tea", "quantity": 1}]), &json!({}));
    let waiting =
        |shop: &Shop| shop.book.payments().filter(|(_, payment)| payment.in_suspense()).count();
    assert_eq!(waiting(&shop), 0);
    let payment = json!({"payment": id(70), "order": id(99), "channel": "wechat", "amount": "5.00", "reference": "r"});
    shop.ok(operator(), json!({ "record_payment": payment }));
    assert_eq!(waiting(&shop), 1);
    let to = json!({"account": "equity:operator"});
    let resolve = json!({"resolve_unmatched": {"unmatched": id(70), "to": to, "reason": "found"}});
    shop.ok(operator(), resolve);
    assert_eq!(waiting(&shop), 0);
}

/// Events that stand together in no record that a command writes are no command's.
#[test]
fn only_the_events_of_one_command_are_read_back_as_one() {
    let mut shop = Shop::new();
    shop.campaign(&tea(&json!({})), &owner_12(), &json!({}));
    let line = json!([{"sku": "tea", "quantity": 1}]);
    shop.paid(10, &line, &json!({}));
    let decimals = shop.decimals();
    let read = |record: &Record| Command::from_record(record, decimals);
    assert!(shop.records.iter().all(|record| read(record).is_ok()));
    let of = |wanted: fn(&Event) -> bool| {
        shop.records.iter().find(|record| record.events.iter().any(wanted)).unwrap().clone()
    };
    let placed = of(|event| matches!(event, Event::OrderPlaced(_)));
    let paid = of(|event| matches!(event, Event::OrderPaid(_)));
    // Paid by a payment of its own: two commands, never one record.
    let mut both = placed.clone();
    both.events.extend(paid.events.clone());
    assert!(read(&both).is_err());
    let mut twice = placed.clone();
    twice.events.extend(placed.events.clone());
    assert!(read(&twice).is_err());
    // As if it were paid out of suspense, without what was resolved.
    let mut alone = paid.clone();
    for event in &mut alone.events {
        if let Event::OrderPaid(paid) = event {
            let ChannelPayment { channel, amount, .. } = paid.payment.take().unwrap();
            paid.out_of_suspense = Some(OutOfSuspense { payment: None, channel, amount });
        }
    }
    assert!(read(&alone).is_err());
    both.events = [placed.events.clone(), alone.events].concat();
    assert!(read(&both).is_err());
}
