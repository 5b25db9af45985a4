//! Published vectors of other people's software, where they state a rule that this project has; the others
//! by name, with the reason why not. `TUANZHANG_DATA`, or `../shared/data` beside the workspace.
//!
//! The tables must name exactly what differs: a vector that comes to agree, or no longer does, is noticed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::shop::*;
use serde_json::{Value, json};
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Campaign, CampaignCount, CampaignStatus, ItemCount, Order};
use tuanzhang_core::money::{Amount, Decimals, Money, allocate, share_of};
use tuanzhang_testkit::model::Outcome;

/// A file of vectors; without it the test says so in a line that is seen.
fn vectors(file: &str) -> Option<Value> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("TUANZHANG_DATA").map_or_else(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(root.join(file)) else {
        // Past the harness's capture.
        let _ = writeln!(std::io::stderr(), "skipped: {file} is not there; set TUANZHANG_DATA");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn numbers(value: &Value) -> Vec<i64> {
    list(value).iter().map(|number| number.as_i64().unwrap()).collect()
}

/// What differs is what the table names, each with its reason.
fn differing_are(found: &[String], table: &[(&str, &str)]) {
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let named: BTreeSet<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, named);
    for (name, why) in table {
        println!("not ours: {name}: {why}");
    }
}

/// Whole numbers in the same proportion as decimal ratios; none where an amount can't be so large.
fn weights(ratios: &Value) -> Option<Vec<Money>> {
    let ratios = list(ratios).iter().map(text);
    let parts: Vec<(&str, &str)> =
        ratios.map(|ratio| ratio.split_once('.').unwrap_or((ratio, ""))).collect();
    let decimals = parts.iter().map(|(_, fraction)| fraction.len()).max().unwrap_or(0);
    let whole = |(whole, fraction): &(&str, &str)| {
        let digits = format!("{whole}{fraction:0<decimals$}");
        Money::from_minor(digits.parse().ok()?).ok()
    };
    parts.iter().map(whole).collect()
}

/// Our allocation. Of a negative amount its mirror: what goes back is what had come.
fn ours(amount: i64, ratios: &Value) -> Option<Vec<i64>> {
    let parts = allocate(Money::from_minor(amount.abs()).unwrap(), &weights(ratios)?).ok()?;
    Some(parts.into_iter().map(|part| part.minor() * amount.signum()).collect())
}

/// Who asserts it: the repository, or a book.
fn asserted_by(vector: &Value) -> &str {
    let source = text(&vector["source"]);
    source.split(['@', ' ']).next().unwrap_or(source)
}

/// Allocations that largest remainder with ties to the first (`domain.md` 3.2) doesn't give.
const OTHER_ALLOCATIONS: &[(&str, &str)] = &[
    (
        "moneyphp/money -5 over 7,3",
        "the two halves left over go to the first of a positive amount and the second of a negative one; a refund must mirror its payment: -4,-1",
    ),
    (
        "RubyMoney/money -700273 over 1.1818583143661,1.1818583143661,1.1818583143661,1.1818583143661,1.1818583143661,1.1818583143661,1.1818583143661,1.170126087450276,1.0,1.0,1.0,1.0",
        "ratios of 15 decimals are no list amounts: they sum beyond 10^15; and the first share is more than a unit off",
    ),
    (
        "formancehq/numscript 15 over 80,8,12",
        "all that is left over goes to the first in order; ours 12,1,2",
    ),
    (
        "formancehq/numscript 15 over 80,15,5",
        "all that is left over goes to the first in order; ours 12,2,1",
    ),
];

#[test]
fn allocations_sum_and_those_by_largest_remainder_are_ours() {
    let Some(file) = vectors("money_vectors/allocations.json") else { return };
    let (mut equal, mut differing) = (0, Vec::new());
    for vector in list(&file["vectors"]) {
        let amount = vector["amount_minor"].as_i64().unwrap();
        let expected = numbers(&vector["expected_minor"]);
        assert_eq!(expected.iter().sum::<i64>(), amount, "{vector}");
        let ours = ours(amount, &vector["ratios"]);
        if let Some(parts) = &ours {
            assert_eq!(parts.iter().sum::<i64>(), amount, "{vector}");
        }
        let by_ours = list(&vector["reproduced_by"]).contains(&json!("largest_remainder"));
        if by_ours {
            assert_eq!(ours.as_ref(), Some(&expected), "{vector}");
        }
        if ours == Some(expected) {
            equal += 1;
        } else {
            let ratios: Vec<&str> = list(&vector["ratios"]).iter().map(text).collect();
            differing.push(format!("{} {amount} over {}", asserted_by(vector), ratios.join(",")));
        }
    }
    println!("{equal} allocations are ours, {} are not", differing.len());
    differing_are(&differing, OTHER_ALLOCATIONS);
}

const A_HALF: &str = "a half goes up; ours is the floor, so that the last unit brings the rest";
const NEARER: &str = "what is nearer to the next unit goes up; ours is the floor";
const NEGATIVE: &str =
    "goes up to zero; ours is the floor, and nothing that is rounded is negative";

/// Roundings that are not the floor.
const OTHER_ROUNDINGS: &[(&str, &str)] = &[
    ("2.5 HALF_UP", A_HALF),
    ("2.5 HALF_ODD", A_HALF),
    ("2.5 HALF_POSITIVE_INFINITY", A_HALF),
    ("3.5 HALF_EVEN", A_HALF),
    ("12.50 HALF_POSITIVE_INFINITY", A_HALF),
    ("2.6 HALF_DOWN", NEARER),
    ("2.6 HALF_EVEN", NEARER),
    ("2.6 HALF_POSITIVE_INFINITY", NEARER),
    ("-2.1 HALF_ODD", NEGATIVE),
    ("-2.5 HALF_DOWN", NEGATIVE),
    ("-2.5 HALF_EVEN", NEGATIVE),
    ("-2.5 HALF_POSITIVE_INFINITY", NEGATIVE),
    ("-3.5 HALF_ODD", NEGATIVE),
    ("-12.50 HALF_DOWN", NEGATIVE),
    ("-12.50 HALF_POSITIVE_INFINITY", NEGATIVE),
    ("-8328.5 HALF_DOWN", NEGATIVE),
    ("-8328.5 HALF_POSITIVE_INFINITY", NEGATIVE),
];

#[test]
fn fractions_of_a_unit_are_refused_and_the_only_rounding_is_the_floor() {
    let Some(file) = vectors("money_vectors/rounding.json") else { return };
    let no_decimals = Decimals::new(0).unwrap();
    let (mut floors, mut differing) = (0, Vec::new());
    for vector in list(&file["vectors"]) {
        let (value, mode) = (text(&vector["value"]), text(&vector["mode"]));
        let expected: i64 = text(&vector["expected"]).parse().unwrap();
        // A sub-minor amount is a clear error, not a rounding (3).
        let read = Amount::from(value).money(no_decimals).ok().map(Money::minor);
        let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
        let is_whole = fraction.bytes().all(|digit| digit == b'0');
        assert_eq!(read, is_whole.then_some(expected), "{vector}");
        // floor(all x 1 / 10^decimals), as a part of a line's units is computed (3.3).
        let all = Money::from_minor(format!("{whole}{fraction}").parse().unwrap()).unwrap();
        let of = 10_u32.pow(u32::try_from(fraction.len()).unwrap());
        if share_of(all, 1, of).unwrap().minor() == expected {
            floors += 1;
        } else {
            differing.push(format!("{value} {mode}"));
        }
    }
    println!("{floors} roundings are also the floor, {} are not", differing.len());
    differing_are(&differing, OTHER_ROUNDINGS);
}

const TOLERANCE: &str =
    "units on top of what was ordered, if they fill a case: no order here has them";
const WHOLE: &str =
    "gives a part of an order; here an order is taken whole or not at all, out_of_stock";
const CASES: &str =
    "may a member change the order while a case is open; here it is cancelled, placed again";

/// Case lots that our stock, first come, first served, whole orders, doesn't give.
const OTHER_LOTS: &[(&str, &str)] = &[
    ("case_fill 0", TOLERANCE),
    ("case_fill 1", WHOLE),
    ("redistribute 0", TOLERANCE),
    ("redistribute 4", WHOLE),
    ("redistribute 5", TOLERANCE),
    ("first_come_first_served 0", WHOLE),
    ("first_come_first_served 1", TOLERANCE),
    ("boxfill_phase", CASES),
];

/// A shop that sells one thing at 1.00, so many of it, to be formed by so many units.
fn selling(stock: i64, min_quantity: Option<i64>) -> Shop {
    let mut shop = Shop::open();
    let item = json!({"sku": "item", "title": "", "price": "1.00", "stock": stock});
    let split = json!({"shares": [], "remainder": "supplier"});
    let formation = min_quantity.map(|least| json!({ "min_quantity": least }));
    let terms = formation.map_or(json!({}), |formation| json!({ "formation": formation }));
    shop.campaign(vec![item], split, terms);
    shop
}

/// A member's order, paid; whether it was taken.
fn ordered(shop: &mut Shop, member: u32, units: i64) -> bool {
    let (order, buyer) = (id(100 + member), id(200 + member));
    let lines = json!([{"sku": "item", "quantity": units}]);
    let answer = shop.send(json!({"place_order": {"order": order, "campaign": id(CAMPAIGN),
        "buyer": buyer, "seller": id(OWNER), "lines": lines, "way": "courier"}}));
    if answer == (Outcome::Rejected { code: "out_of_stock" }) {
        return false;
    }
    assert!(matches!(answer, Outcome::Accepted { .. }), "{answer:?}");
    shop.ok(json!({"record_payment": {"payment": order, "order": order, "channel": "wechat",
        "amount": money(100 * units), "reference": ""}}));
    true
}

/// What each member gets of so many units, first come, first served; and what is left.
fn shared_out(stock: i64, quantities: &[i64]) -> (Vec<i64>, i64) {
    let mut shop = selling(stock, None);
    let mut got = Vec::new();
    for (member, units) in (0..).zip(quantities) {
        got.push(if ordered(&mut shop, member, *units) { *units } else { 0 });
    }
    let count = shop.get::<ItemCount>(&(id(CAMPAIGN).parse().unwrap(), 0));
    (got, i64::try_from(count.available().unwrap()).unwrap())
}

#[test]
fn case_lots_that_are_stock_first_come_first_served_are_ours() {
    let Some(file) = vectors("groupbuy_vectors/foodsoft_case_lots.json") else { return };
    let first = |orders: &Value| list(orders).iter().map(|order| numbers(order)[0]).collect();
    let (mut equal, mut differing) = (0, vec!["boxfill_phase".to_owned()]);
    let mut compare = |name: String, ours: Vec<i64>, theirs: Vec<i64>| {
        if ours == theirs { equal += 1 } else { differing.push(name) }
    };
    for (number, vector) in list(&file["case_fill"]).iter().enumerate() {
        let quantities: Vec<i64> = first(&vector["orders"]);
        let (got, _) = shared_out(vector["ordered_units"].as_i64().unwrap(), &quantities);
        compare(format!("case_fill {number}"), got, numbers(&vector["results"]));
    }
    for (number, vector) in list(&file["redistribute"]).iter().enumerate() {
        let quantities: Vec<i64> = first(&vector["orders"]);
        let (got, left) = shared_out(vector["received"].as_i64().unwrap(), &quantities);
        if vector["strategy"] == json!([null]) {
            assert_eq!(numbers(&vector["leftover"]), [left], "{vector}");
        }
        compare(format!("redistribute {number}"), got, numbers(&vector["results"]));
    }
    for (number, vector) in list(&file["first_come_first_served"]).iter().enumerate() {
        let quantity = vector["quantity"].as_i64().unwrap();
        let (got, _) = shared_out(vector["available"].as_i64().unwrap(), &[quantity]);
        let theirs = vec![vector["result"]["total"].as_i64().unwrap()];
        compare(format!("first_come_first_served {number}"), got, theirs);
    }
    assert!(list(&file["boxfill_phase"]["cases"]).len() == 8, "a case that nobody looked at");
    println!("{equal} case lots are ours, {} are not", differing.len());
    differing_are(&differing, OTHER_LOTS);
}

/// Below the minimum nothing is ordered from the supplier: the campaign isn't formed, and everybody is
/// paid back.
#[test]
fn below_the_minimum_nothing_is_delivered() {
    let Some(file) = vectors("groupbuy_vectors/foodsoft_case_lots.json") else { return };
    let vectors = list(&file["minimum_order_quantity"]);
    assert!(!vectors.is_empty());
    for vector in vectors {
        let number = |field: &str| vector[field].as_i64().unwrap();
        let (least, units) = (number("minimum"), number("quantity"));
        assert_eq!((number("tolerance"), number("expected_units_to_order")), (0, 0), "{vector}");
        for (units, formed) in [(units, false), (least - 1, false), (least, true)] {
            let mut shop = selling(1_000, Some(least));
            assert!(ordered(&mut shop, 0, 1) && ordered(&mut shop, 1, units - 1));
            let sends = shop.send(json!({"ship_order": {"order": id(100)}}));
            assert_eq!(sends == Outcome::Rejected { code: "not_formed" }, !formed);
            shop.ok(json!({"close_campaign": {"campaign": id(CAMPAIGN)}}));
            let campaign = id(CAMPAIGN).parse().unwrap();
            assert_eq!(shop.get::<Campaign>(&campaign).closed_formed, formed);
            if formed {
                continue;
            }
            for order in [id(100), id(101)] {
                shop.ok(json!({"refund_unformed": {"order": order}}));
                assert_eq!(shop.get::<Order>(&order.parse().unwrap()).live(), 0);
            }
            let count = *shop.get::<CampaignCount>(&campaign);
            assert_eq!(shop.get::<Campaign>(&campaign).status(&count), CampaignStatus::Failed);
            let pending = Account::Pending(id(SUPPLIER).parse().unwrap());
            assert!(shop.core.book.balance(&pending).is_zero(), "{vector}");
        }
    }
}
