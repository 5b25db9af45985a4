//! Path independence (`domain.md` 2.3): any order of partial refunds with the same end gives the same
//! balances, whatever the split, the discount and the tier, before and after settlement.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::redundant_closure_for_method_calls,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::wildcard_imports,
    reason = "tests"
)]

use std::collections::BTreeMap;

use crate::shop::*;
use proptest::prelude::*;
use serde_json::json;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::{Book, Line, Order};
use tuanzhang_core::money::Money;

/// A line of the order: price and supply price in minor units, units, units that come back.
#[derive(Clone, Debug)]
struct Ordered {
    price: i64,
    supply_price: i64,
    units: usize,
    back: usize,
}

/// An order, and the terms that it is under.
#[derive(Clone, Debug)]
struct Case {
    lines: Vec<Ordered>,
    /// In thousandths: seller, upline of the seller's, operator. What one unit brings the owner.
    rates: (i64, i64, i64),
    owner_gets: i64,
    remainder: &'static str,
    by_supply_price: bool,
    has_upline: bool,
    /// In thousandths of the list amount, and who funds it.
    discount: (i64, &'static str),
    shipping: i64,
    shipped: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let line = (0_i64..20_000, 0_i64..20_000, 1_usize..=9).prop_flat_map(|given| {
        let (price, supply_price, units) = given;
        (0..=units).prop_map(move |back| Ordered { price, supply_price, units, back })
    });
    let terms = (
        (0_i64..=400, 0_i64..=1_000, 0_i64..=300),
        0_i64..=900,
        prop::sample::select(vec!["supplier", "owner", "seller", "operator"]),
        (any::<bool>(), any::<bool>()),
    );
    let funders = vec!["shared", "supplier", "owner", "seller", "operator"];
    let order = ((0_i64..=1_000, prop::sample::select(funders)), 0_i64..900, any::<bool>());
    (prop::collection::vec(line, 1..=3), terms, order).prop_map(|(lines, terms, order)| Case {
        lines,
        rates: terms.0,
        owner_gets: terms.1,
        remainder: terms.2,
        by_supply_price: terms.3.0,
        has_upline: terms.3.1,
        discount: order.0,
        shipping: order.1,
        shipped: order.2,
    })
}

/// A way to the case's end: its returned units in some order, cut into refunds, settled after so many.
#[derive(Clone, Debug)]
struct Way {
    refunds: Vec<Vec<usize>>,
    settled_after: usize,
}

fn way(units: Vec<usize>) -> impl Strategy<Value = Way> {
    let cuts = prop::collection::vec(any::<bool>(), units.len());
    (Just(units).prop_shuffle(), cuts, 0_usize..8).prop_map(|(units, cuts, settled_after)| {
        let mut refunds: Vec<Vec<usize>> = Vec::new();
        for (line, cut) in units.into_iter().zip(cuts) {
            match refunds.last_mut() {
                Some(refund) if !cut => refund.push(line),
                _ => refunds.push(vec![line]),
            }
        }
        Way { refunds, settled_after }
    })
}

/// A case of which every unit comes back before anything is shipped.
fn wholly_returned() -> impl Strategy<Value = Case> {
    case().prop_map(|mut case| {
        case.lines.iter_mut().for_each(|line| line.back = line.units);
        Case { shipped: false, ..case }
    })
}

/// A case, and two ways to its end.
fn two_ways(case: impl Strategy<Value = Case>) -> impl Strategy<Value = (Case, Way, Way)> {
    case.prop_flat_map(|case| {
        let lines = case.lines.iter().enumerate();
        let units: Vec<usize> =
            lines.flat_map(|(at, line)| std::iter::repeat_n(at, line.back)).collect();
        (Just(case), way(units.clone()), way(units))
    })
}

/// The order of a shop.
fn order(shop: &Shop) -> &Order {
    shop.get::<Order>(&id(ORDER).parse().unwrap())
}

fn opened(case: &Case) -> Shop {
    let mut shop = Shop::open();
    shop.ok(json!({"register_leader": {"leader": id(UPLINE)}}));
    let mut seller = json!({"leader": id(SELLER)});
    if case.has_upline {
        seller["upline"] = json!(id(UPLINE));
    }
    shop.ok(json!({ "register_leader": seller }));
    let rate = |thousandths: i64| json!({"rate": format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)});
    let (to_seller, to_upline, to_operator) = case.rates;
    let upline = format!("{}.{:03}", to_upline / 1_000, to_upline % 1_000);
    let mut shares = vec![
        json!({"to": "seller", "take": rate(to_seller)}),
        json!({"to": "upline", "take": {"rate_of_seller": upline}}),
        json!({"to": "operator", "take": rate(to_operator)}),
        json!({"to": "owner", "take": {"per_unit": money(case.owner_gets)}}),
    ];
    if case.by_supply_price {
        shares.insert(0, json!({"to": "supplier", "take": "supply_price"}));
    }
    let items = case.lines.iter().enumerate().map(|(at, line)| {
        json!({"sku": format!("item-{at}"), "title": "", "price": money(line.price),
            "supply_price": money(line.supply_price)})
    });
    let shipping = json!({"fee": money(case.shipping), "to": "supplier", "ways": ["courier"]});
    let split = json!({"shares": shares, "remainder": case.remainder});
    shop.campaign(items.collect(), split, json!({ "shipping": shipping }));
    shop.ok(json!({"allow_seller": {"campaign": id(CAMPAIGN), "seller": id(SELLER)}}));
    shop
}

/// Places and pays the order; ships and receives it where the case says so.
fn sold(case: &Case) -> Shop {
    let mut shop = opened(case);
    let lines = case.lines.iter().enumerate();
    let lines =
        lines.map(|(at, line)| json!({"sku": format!("item-{at}"), "quantity": line.units}));
    let list: i64 =
        case.lines.iter().map(|line| line.price * i64::try_from(line.units).unwrap()).sum();
    let mut place = json!({"order": id(ORDER), "campaign": id(CAMPAIGN), "buyer": id(BUYER),
        "seller": id(SELLER), "lines": lines.collect::<Vec<_>>(), "way": "courier"});
    let (thousandths, funded_by) = case.discount;
    place["discount"] =
        json!({"amount": money(list * thousandths / 1_000), "funded_by": funded_by});
    shop.ok(json!({ "place_order": place }));
    let due = order(&shop).due.minor();
    if due > 0 {
        shop.ok(json!({"record_payment": {"payment": id(ORDER), "order": id(ORDER),
            "channel": "wechat", "amount": money(due), "fee": "0.00", "reference": ""}}));
    }
    if case.shipped {
        shop.ok(json!({"ship_order": {"order": id(ORDER)}}));
        shop.ok(json!({"receive_order": {"order": id(ORDER)}}));
    }
    shop
}

/// Refunds the case's units on this way, each whole and paid; settles on the way where that is asked for.
fn gone(case: &Case, way: &Way, settles: bool) -> Shop {
    let mut shop = sold(case);
    for number in 0..=way.refunds.len() {
        let last = number == way.refunds.len();
        let settled = order(&shop).settled.is_some();
        if settles && case.shipped && !settled && (number == way.settled_after || last) {
            shop.ok(json!({"settle_order": {"order": id(ORDER)}}));
        }
        let Some(refund) = way.refunds.get(number) else { break };
        let mut units: BTreeMap<usize, u32> = BTreeMap::new();
        for line in refund {
            *units.entry(*line).or_default() += 1;
        }
        let lines = units.iter().map(|(at, n)| json!({"sku": format!("item-{at}"), "quantity": n}));
        let refund = id(100 + u32::try_from(number).unwrap());
        let before = shop.core.book.balance(&Account::RefundDue(Some(id(BUYER).parse().unwrap())));
        shop.ok(json!({"request_refund": {"refund": refund, "order": id(ORDER),
            "kind": "refund_only", "lines": lines.collect::<Vec<_>>()}}));
        shop.ok(json!({"approve_refund": {"refund": refund}}));
        let after = shop.core.book.balance(&Account::RefundDue(Some(id(BUYER).parse().unwrap())));
        let due = before.minor() - after.minor();
        if due > 0 {
            shop.ok(json!({"record_refund_payment": {"refund_payment": refund, "refund": refund,
                "by": "transfer", "channel": "bank", "amount": money(due), "reference": ""}}));
        }
    }
    shop
}

/// What each has, wherever it stands: pending, term and available are one, and so is what the operator
/// has pending and earned.
fn holdings(book: &Book) -> BTreeMap<String, i64> {
    let mut holdings = BTreeMap::new();
    for (account, amount) in book.balances() {
        let whose = match &account {
            Account::Pending(p) | Account::Term(p) | Account::Available(p) => p.to_string(),
            Account::Income(_) => id(OPERATOR),
            _ => account.to_string(),
        };
        *holdings.entry(whose).or_insert(0) += amount.minor();
    }
    holdings.retain(|_, amount| *amount != 0);
    holdings
}

/// What the lines come to.
fn ends(order: &Order) -> Vec<impl PartialEq + std::fmt::Debug> {
    let end = |line: &Line| {
        (line.returned(), line.refunded, line.split_value, line.split_quantity, line.parts)
    };
    order.lines.iter().map(end).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_partial_refunds_gives_the_same_balances((case, one, other) in two_ways(case())) {
        let (one, other) = (gone(&case, &one, false), gone(&case, &other, false));
        prop_assert_eq!(one.core.book.balances(), other.core.book.balances());
        prop_assert_eq!(ends(order(&one)), ends(order(&other)));
        // At once is a way, too.
        let all = case.lines.iter().enumerate();
        let all = all.flat_map(|(at, line)| std::iter::repeat_n(at, line.back)).collect::<Vec<_>>();
        let refunds = if all.is_empty() { vec![] } else { vec![all] };
        let at_once = gone(&case, &Way { refunds, settled_after: 0 }, false);
        prop_assert_eq!(one.core.book.balances(), at_once.core.book.balances());
    }

    #[test]
    fn and_so_does_any_moment_of_settling((case, one, other) in two_ways(case())) {
        let (one, other) = (gone(&case, &one, true), gone(&case, &other, true));
        prop_assert_eq!(holdings(&one.core.book), holdings(&other.core.book));
        prop_assert_eq!(ends(order(&one)), ends(order(&other)));
    }

    #[test]
    fn nothing_is_left_where_everything_came_back((case, way, _) in two_ways(wholly_returned())) {
        let shop = gone(&case, &way, false);
        let kept = holdings(&shop.core.book);
        let channels = kept.keys().all(|account| account.starts_with("channel:"));
        prop_assert!(channels, "{:?}", kept);
    }
}

/// Where the way does matter, by a fen: an approval that is undone adds its own amounts again (11,
/// *Reopened orders*) and not what 3.1 asks for what remains. Until the next refund of the line the parts
/// sum to its value, and one may lie below zero; the invariants of `agree` allow no more than that.
#[test]
fn an_approval_that_is_undone_can_leave_a_part_a_fen_below_zero() {
    let mut shop = Shop::open();
    let half = json!({"rate": "0.5"});
    let shares = json!([{"to": "owner", "take": half}, {"to": "operator", "take": half}]);
    let split = json!({"shares": shares, "remainder": "supplier"});
    shop.campaign(vec![json!({"sku": "item", "title": "", "price": "0.01"})], split, json!({}));
    let lines = |units: u32| json!([{"sku": "item", "quantity": units}]);
    shop.ok(json!({"place_order": {"order": id(ORDER), "campaign": id(CAMPAIGN),
        "buyer": id(BUYER), "seller": id(OWNER), "lines": lines(2), "way": "courier"}}));
    shop.ok(json!({"record_payment": {"payment": id(ORDER), "order": id(ORDER),
        "channel": "wechat", "amount": "0.02", "reference": ""}}));
    shop.ok(json!({"ship_order": {"order": id(ORDER)}}));
    // supplier, owner, seller, upline, operator
    let parts = |shop: &Shop| order(shop).lines[0].parts.map(Money::minor);
    assert_eq!(parts(&shop), [0, 1, 0, 0, 1]);
    for refund in [100, 101] {
        shop.ok(json!({"request_refund": {"refund": id(refund), "order": id(ORDER),
            "kind": "return", "lines": lines(1)}}));
        shop.ok(json!({"approve_refund": {"refund": id(refund)}}));
    }
    assert_eq!(parts(&shop), [0; 5]);
    shop.ok(json!({"withdraw_refund": {"refund": id(100)}}));
    assert_eq!(parts(&shop), [-1, 1, 0, 0, 1]);
    assert_eq!(order(&shop).lines[0].split_value.minor(), 1);
    // The next refund of the line ends it.
    shop.ok(json!({"request_refund": {"refund": id(102), "order": id(ORDER),
        "kind": "return", "lines": lines(1)}}));
    shop.ok(json!({"approve_refund": {"refund": id(102)}}));
    assert_eq!(parts(&shop), [0; 5]);
}
