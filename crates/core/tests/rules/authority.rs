//! Who may do what (`domain.md` §7, §11 *Authority*, *Within the terms*): every actor, every command.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;

use crate::common::*;
use serde_json::{Value, json};

/// A supplier and a buyer who have nothing to do with the campaign.
const STRANGE_SUPPLIER: u32 = 7;
const STRANGE_BUYER: u32 = 8;
/// A campaign that is open still, one that was closed unformed, one in presale.
const OPEN: u32 = 101;
const UNFORMED: u32 = 103;
const PRESALE: u32 = 104;
const TIERED: u32 = 107;

const OPERATOR_ONLY: &[&str] = &["operator"];
const SHIPPERS: &[&str] = &["operator", "owner", "supplier"];
const OWNERS: &[&str] = &["operator", "owner"];
const DUTY: &[&str] = &["operator", "system"];

fn actors() -> Vec<(&'static str, Value)> {
    vec![
        ("operator", operator()),
        ("system", system()),
        ("owner", leader(OWNER)),
        ("seller", leader(SELLER)),
        ("upline", leader(UPLINE)),
        ("supplier", supplier(SUPPLIER)),
        ("strange supplier", supplier(STRANGE_SUPPLIER)),
        ("buyer", buyer(BUYER)),
        ("strange buyer", buyer(STRANGE_BUYER)),
        // The owner's id in another role is another actor.
        ("owner as buyer", buyer(OWNER)),
        ("owner as supplier", supplier(OWNER)),
        ("supplier as leader", leader(SUPPLIER)),
    ]
}

fn split() -> Value {
    json!({"shares": [{"to": "owner", "take": {"rate": "0.12"}}, {"to": "seller", "take": {"rate": "0.10"}}],
        "remainder": "supplier"})
}

fn one() -> Value {
    json!([{"sku": "tea", "quantity": 1}])
}

/// Orders in every state, and time has passed: everything below is due.
fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.ok(
        operator(),
        json!({"register_supplier": {"supplier": id(STRANGE_SUPPLIER), "terms_days": 0}}),
    );
    let items = json!([{"sku": "tea", "title": "", "price": "50.00", "stock": 50}]);
    shop.campaign(&items, &split(), &json!({}));
    let open = campaign(
        &items,
        &split(),
        &json!({"campaign": id(OPEN), "closes_at": "2027-01-01T00:00:00Z"}),
    );
    shop.ok(operator(), json!({ "open_campaign": open }));
    shop.ok(operator(), json!({"allow_seller": {"campaign": id(OPEN), "seller": id(SELLER)}}));
    for (n, changes) in [
        (UNFORMED, json!({"formation": {"min_buyers": 2}})),
        (PRESALE, json!({"presale": {"min_interest": 1, "decide_at": "2026-01-20T00:00:00Z"}})),
    ] {
        let mut other = campaign(&items, &split(), &changes);
        merge(&mut other, &json!({"campaign": id(n)}));
        shop.ok(operator(), json!({ "open_campaign": other }));
    }
    let courier = json!({});
    let pickup = json!({"way": "pickup"});
    for (order, way) in [
        (10, &courier),
        (12, &pickup),
        (13, &courier),
        (14, &courier),
        (15, &courier),
        (16, &courier),
    ] {
        shop.paid(order, &one(), way);
    }
    for order in [17, 19] {
        shop.paid(order, &one(), &courier);
    }
    shop.paid(18, &one(), &pickup);
    // Not paid; of a campaign that gives back.
    shop.placed(24, &one(), &courier);
    shop.paid(25, &one(), &json!({"campaign": id(UNFORMED), "seller": id(OWNER)}));
    shop.ok(operator(), json!({"close_campaign": {"campaign": id(UNFORMED)}}));
    // Of a campaign that closed at a lower price.
    let tiers = json!([{"sku": "tea", "title": "", "price": "50.00",
        "tiers": [{"at_quantity": 2, "price": "40.00"}]}]);
    let tiered = campaign(&tiers, &split(), &json!({"campaign": id(TIERED)}));
    shop.ok(operator(), json!({ "open_campaign": tiered }));
    for order in [26, 27] {
        shop.paid(order, &one(), &json!({"campaign": id(TIERED), "seller": id(OWNER)}));
    }
    shop.ok(operator(), json!({"close_campaign": {"campaign": id(TIERED)}}));
    // Money that nothing explains; a debt.
    shop.ok(
        operator(),
        json!({"record_unmatched": {"unmatched": id(46), "channel": "bank",
        "direction": "in", "amount": "1.00", "reference": ""}}),
    );
    let debt = json!([{"account": format!("available:{}", id(UPLINE)), "amount": "1.00"},
        {"account": "channel:bank", "amount": "-1.00"}]);
    shop.ok(operator(), json!({"adjust": {"adjustment": id(47), "postings": debt, "reason": ""}}));
    shop.ok(operator(), json!({"arrive_at_pickup": {"order": id(12)}}));
    shop.ok(operator(), json!({"ship_order": {"order": id(13)}}));
    shop.requested(20, 14, "refund_only", &one(), &json!({}));
    for order in [15, 16, 17] {
        shop.received(order);
    }
    shop.requested(21, 15, "return", &one(), &json!({"return_shipping": "5.00"}));
    shop.ok(operator(), json!({"approve_refund": {"refund": id(21)}}));
    shop.refunded(22, 19, &one(), &json!({}));
    shop.later(8);
    shop.ok(system(), json!({"settle_order": {"order": id(16)}}));
    shop.ok(
        leader(SELLER),
        json!({"request_payout": {"payout": id(30), "party": id(SELLER), "amount": "2.00"}}),
    );
    shop.later(40);
    shop
}

/// Each command, and who may send it in [`shop`].
fn table() -> Vec<(Value, &'static [&'static str])> {
    let open = campaign(
        &json!([{"sku": "tea", "title": "", "price": "1.00"}]),
        &split(),
        &json!({"campaign": id(102)}),
    );
    let place = json!({"order": id(11), "campaign": id(OPEN), "buyer": id(BUYER), "seller": id(SELLER),
        "lines": one(), "way": "courier"});
    let mut walk_in = place.clone();
    merge(&mut walk_in, &json!({"buyer": null}));
    let mut own = place.clone();
    merge(&mut own, &json!({"seller": id(OWNER)}));
    let payment = json!({"payment": id(40), "order": id(10), "channel": "wechat", "amount": "1.00", "reference": ""});
    let back = json!({"refund_payment": id(41), "refund": id(22), "by": "transfer", "channel": "bank",
        "amount": "1.00", "reference": ""});
    let unmatched = json!({"unmatched": id(42), "channel": "bank", "direction": "in", "amount": "1.00", "reference": ""});
    let postings = json!([{"account": "channel:bank", "amount": "1.00"}, {"account": "equity:operator", "amount": "-1.00"}]);
    let ask = json!({"refund": id(23), "order": id(10), "kind": "refund_only", "lines": one()});
    vec![
        (json!({"register_leader": {"leader": id(50)}}), OPERATOR_ONLY),
        (json!({"register_supplier": {"supplier": id(50), "terms_days": 0}}), OPERATOR_ONLY),
        (json!({ "open_campaign": open }), OWNERS),
        (json!({"allow_seller": {"campaign": id(OPEN), "seller": id(UPLINE)}}), OWNERS),
        (
            json!({"add_stock": {"addition": id(43), "campaign": id(OPEN), "sku": "tea", "quantity": 1}}),
            SHIPPERS,
        ),
        (json!({"close_campaign": {"campaign": id(CAMPAIGN)}}), &["operator", "owner", "system"]),
        (json!({"cancel_campaign": {"campaign": id(OPEN)}}), OWNERS),
        (json!({"declare_formed": {"campaign": id(OPEN)}}), OPERATOR_ONLY),
        (
            json!({"express_interest": {"campaign": id(PRESALE), "buyer": id(BUYER)}}),
            &["operator", "buyer"],
        ),
        (json!({"decide_presale": {"campaign": id(PRESALE)}}), DUTY),
        (json!({ "place_order": place }), &["operator", "seller", "buyer"]),
        (json!({ "place_order": walk_in }), &["operator", "seller"]),
        (json!({ "place_order": own }), &["operator", "owner", "buyer"]),
        (json!({"cancel_order": {"order": id(10)}}), &["operator", "buyer"]),
        (json!({"expire_order": {"order": id(24)}}), DUTY),
        (json!({"adjust_price": {"order": id(26), "sku": "tea"}}), DUTY),
        (json!({ "record_payment": payment }), OPERATOR_ONLY),
        (json!({"ship_order": {"order": id(10)}}), SHIPPERS),
        (json!({"arrive_at_pickup": {"order": id(18)}}), SHIPPERS),
        (json!({"receive_order": {"order": id(13)}}), &["operator", "buyer", "system"]),
        (json!({"pick_up_order": {"order": id(12)}}), &["operator", "owner", "seller", "buyer"]),
        (json!({"settle_order": {"order": id(17)}}), DUTY),
        (json!({"mature_payable": {"order": id(16)}}), DUTY),
        (json!({ "request_refund": ask }), &["operator", "seller", "buyer"]),
        (json!({"approve_refund": {"refund": id(20)}}), OWNERS),
        (json!({"reject_refund": {"refund": id(20)}}), OWNERS),
        (json!({"withdraw_refund": {"refund": id(20)}}), &["operator", "buyer"]),
        (json!({"receive_return": {"refund": id(21)}}), SHIPPERS),
        (json!({"lapse_return": {"refund": id(21)}}), DUTY),
        (json!({"refund_unformed": {"order": id(25)}}), DUTY),
        (json!({ "record_refund_payment": back }), OPERATOR_ONLY),
        (
            json!({"request_payout": {"payout": id(31), "party": id(SELLER), "amount": "1.00"}}),
            &["seller"],
        ),
        (
            json!({"record_payout": {"payout": id(30), "channel": "bank", "reference": ""}}),
            OPERATOR_ONLY,
        ),
        (json!({"fail_payout": {"payout": id(30), "reason": ""}}), OPERATOR_ONLY),
        (json!({ "record_unmatched": unmatched }), OPERATOR_ONLY),
        (
            json!({"record_cost": {"cost": id(44), "category": "labour", "channel": "bank", "amount": "1.00"}}),
            OPERATOR_ONLY,
        ),
        (
            json!({"adjust": {"adjustment": id(45), "postings": postings, "reason": ""}}),
            OPERATOR_ONLY,
        ),
        (
            json!({"resolve_unmatched": {"unmatched": id(46), "to": {"account": "equity:operator"}, "reason": ""}}),
            OPERATOR_ONLY,
        ),
        (
            json!({"write_off": {"write_off": id(48), "party": id(UPLINE), "amount": "1.00", "reason": ""}}),
            OPERATOR_ONLY,
        ),
        (
            json!({"record_transfer": {"transfer": id(49), "from": "wechat", "to": "bank", "amount": "1.00", "reference": ""}}),
            OPERATOR_ONLY,
        ),
        (
            json!({"record_draw": {"draw": id(51), "direction": "out", "channel": "bank", "amount": "1.00", "reference": ""}}),
            OPERATOR_ONLY,
        ),
        (json!({"seal_period": {"through": "2026-01-31T15:59:59.999999Z"}}), OPERATOR_ONLY),
    ]
}

#[track_caller]
fn only(shop: &Shop, command: &Value, may: &[&str]) {
    for (name, actor) in actors() {
        let mut shop = shop.clone();
        let (records, before) = (shop.records.len(), shop.book.balances());
        let outcome = shop.send(actor, command.clone());
        if may.contains(&name) {
            assert_eq!(outcome, Outcome::Accepted, "{name} may {command}\n{:?}", shop.last);
        } else {
            assert_eq!(outcome, Outcome::Rejected("not_allowed"), "{name} may not {command}");
            assert_eq!((records, before), (shop.records.len(), shop.book.balances()));
        }
    }
}

#[test]
fn each_command_is_for_those_who_are_listed_and_leaves_no_trace_of_others() {
    let shop = shop();
    for (command, may) in table() {
        only(&shop, &command, may);
    }
}

#[test]
fn a_book_is_opened_by_its_operator() {
    let open = json!({"open_book": {"book": id(999), "currency": "CNY", "timezone": "Asia/Shanghai", "operator": id(1)}});
    only(&Shop::empty(), &open, OPERATOR_ONLY);
}

#[test]
fn the_table_above_has_every_command() {
    let source = source("command.rs");
    let block = source.split("\ncommands! {\n").nth(1).unwrap();
    let lines = block.lines().take_while(|line| *line != "}");
    let all: BTreeSet<&str> = lines.map(|line| line.split('"').nth(1).unwrap()).collect();
    let table = table();
    let mut tried: BTreeSet<&str> = table
        .iter()
        .map(|(command, _)| command.as_object().unwrap().keys().next().unwrap().as_str())
        .collect();
    tried.insert("open_book");
    assert_eq!(tried, all);
}

#[test]
fn known_ids_answer_those_only_who_could_have_sent_them() {
    let shop = shop();
    for (command, may) in table() {
        let mut done = shop.clone();
        let first = actors().into_iter().find(|(name, _)| may.contains(name)).unwrap();
        done.ok(first.1, command.clone());
        let position = done.records.last().unwrap().head.position.get();
        for (name, actor) in actors() {
            let outcome = done.clone().send(actor, command.clone());
            let expected = if may.contains(&name) {
                Outcome::Repeated(position)
            } else {
                Outcome::Rejected("not_allowed")
            };
            assert_eq!(outcome, expected, "{name}: {command}");
        }
    }
}

#[test]
fn who_names_something_unknown_under_a_known_id_is_judged_by_what_was_recorded() {
    let mut shop = shop();
    let place = |campaign: u32, buyer: u32| {
        json!({"place_order": {"order": id(11), "campaign": id(campaign), "buyer": id(buyer), "seller": id(SELLER),
            "lines": one(), "way": "courier"}})
    };
    shop.ok(buyer(BUYER), place(OPEN, BUYER));
    // The campaign that they name is unknown, so only the recorded order says whose it is.
    shop.no("id_reused", buyer(BUYER), place(9_999, BUYER));
    shop.no("not_allowed", buyer(9_998), place(9_999, 9_998));
    shop.no("not_allowed", buyer(9_998), place(9_999, BUYER));
}

#[test]
fn the_system_is_bound_to_the_time_of_its_duties_and_others_are_not() {
    let mut shop = Shop::new();
    shop.campaign(&json!([{"sku": "tea", "title": "", "price": "50.00"}]), &split(), &json!({}));
    shop.paid(10, &one(), &json!({}));
    shop.ok(operator(), json!({"ship_order": {"order": id(10)}}));
    let receive = json!({"receive_order": {"order": id(10)}});
    let close = json!({"close_campaign": {"campaign": id(CAMPAIGN)}});
    shop.no("not_due", system(), close.clone());
    shop.no("not_due", system(), receive.clone());
    for (actor, command) in [(leader(OWNER), close), (buyer(BUYER), receive)] {
        shop.clone().ok(operator(), command.clone());
        shop.ok(actor, command);
    }
    let settle = json!({"settle_order": {"order": id(10)}});
    shop.no("not_due", operator(), settle.clone());
    shop.no("not_due", system(), settle);
}

/// A returned order whose refund the buyer, or somebody else, asked for.
fn asked(by: Value, buyer_is: u32, changes: &Value) -> Shop {
    let mut shop = Shop::new();
    let items = json!([{"sku": "tea", "title": "", "price": "50.00"}]);
    shop.campaign(&items, &split(), changes);
    shop.paid(10, &one(), &json!({"buyer": id(buyer_is)}));
    shop.received(10);
    let ask = json!({"refund": id(20), "order": id(10), "kind": "return", "lines": one(), "return_shipping": "5.00"});
    shop.ok(by, json!({ "request_refund": ask }));
    shop
}

fn approve(changes: &Value) -> Value {
    let mut approve = json!({ "refund": id(20) });
    merge(&mut approve, changes);
    json!({ "approve_refund": approve })
}

#[test]
fn the_owner_approves_within_the_terms_and_the_seller_what_she_bears() {
    // Return shipping is the supplier's by these terms, the shipping fee the supplier's too.
    let terms = json!({"return_shipping": {"cap": "15.00", "borne_by": "supplier"},
        "shipping": {"fee": "6.00", "to": "supplier", "ways": ["courier"]}});
    let shop = asked(buyer(BUYER), BUYER, &terms);
    let both = &["operator", "owner"][..];
    let seller_too = &["operator", "seller"][..];
    for (changes, may) in [
        (json!({}), both),
        (json!({"goods_borne_by": "reverse", "waive_return": true}), both),
        (json!({"goods_borne_by": "owner"}), both),
        (json!({"goods_borne_by": "supplier"}), OPERATOR_ONLY),
        (json!({"goods_borne_by": "operator"}), OPERATOR_ONLY),
        (json!({"goods_borne_by": "upline"}), OPERATOR_ONLY),
        (json!({"return_shipping_borne_by": "supplier"}), both),
        (json!({"return_shipping_borne_by": "owner"}), both),
        (json!({"return_shipping_borne_by": "operator"}), both),
        (json!({"return_shipping_borne_by": "seller"}), OPERATOR_ONLY),
        (json!({"return_shipping": "0.00"}), both),
        (json!({"with_shipping_fee": true}), OPERATOR_ONLY),
        (json!({"with_shipping_fee": false}), both),
        // The seller: goods and return shipping that she bears herself, and nothing else.
        (json!({"goods_borne_by": "seller"}), OPERATOR_ONLY),
        (json!({"goods_borne_by": "seller", "return_shipping_borne_by": "owner"}), OPERATOR_ONLY),
        (json!({"goods_borne_by": "seller", "return_shipping_borne_by": "seller"}), seller_too),
        (json!({"goods_borne_by": "seller", "return_shipping": "0"}), seller_too),
        (
            json!({"goods_borne_by": "seller", "return_shipping_borne_by": "seller", "with_shipping_fee": true}),
            OPERATOR_ONLY,
        ),
    ] {
        only(&shop, &approve(&changes), may);
    }
}

#[test]
fn the_owner_gives_the_shipping_fee_back_where_she_earns_it() {
    let terms = json!({"shipping": {"fee": "6.00", "to": "owner", "ways": ["courier"]}});
    only(
        &asked(buyer(BUYER), BUYER, &terms),
        &approve(&json!({"with_shipping_fee": true})),
        OWNERS,
    );
}

#[test]
fn a_compensation_is_granted_by_the_operator_or_by_the_owner_who_bears_it() {
    let mut shop = asked(buyer(BUYER), BUYER, &json!({}));
    let ask = json!({"refund": id(21), "order": id(10), "kind": "compensation", "amount": "5.00"});
    shop.ok(buyer(BUYER), json!({ "request_refund": ask }));
    for (changes, may) in [
        (json!({}), OPERATOR_ONLY),
        (json!({"compensation_borne_by": "operator"}), OPERATOR_ONLY),
        (json!({"compensation_borne_by": "owner"}), OWNERS),
        (json!({"compensation_borne_by": "supplier"}), OPERATOR_ONLY),
        // A seller grants none, even out of her own pocket.
        (json!({"goods_borne_by": "seller", "compensation_borne_by": "seller"}), OPERATOR_ONLY),
    ] {
        let mut approve = json!({ "refund": id(21) });
        merge(&mut approve, &changes);
        only(&shop, &json!({ "approve_refund": approve }), may);
    }
}

#[test]
fn what_was_approved_is_taken_back_by_nobody_but_the_operator() {
    let mut shop = asked(buyer(BUYER), BUYER, &json!({}));
    shop.ok(operator(), approve(&json!({})));
    let withdraw = json!({"withdraw_refund": {"refund": id(20)}});
    for (name, actor) in actors() {
        let outcome = shop.clone().send(actor, withdraw.clone());
        let expected = match name {
            "operator" => Outcome::Accepted,
            // The buyer could have withdrawn the request.
            "buyer" => Outcome::Rejected("already_decided"),
            _ => Outcome::Rejected("not_allowed"),
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn nobody_approves_what_they_asked_for_whatever_the_role() {
    let bears = approve(&json!({"goods_borne_by": "seller", "return_shipping_borne_by": "seller"}));
    asked(leader(SELLER), BUYER, &json!({})).no("same_person", leader(SELLER), bears.clone());
    // The seller asked as the buyer that she is too.
    asked(buyer(SELLER), SELLER, &json!({})).no("same_person", leader(SELLER), bears);
    // So did the owner.
    let mut shop = asked(buyer(OWNER), OWNER, &json!({}));
    shop.no("same_person", leader(OWNER), approve(&json!({})));
    shop.ok(operator(), approve(&json!({})));
    // The operator may.
    asked(operator(), BUYER, &json!({})).ok(operator(), approve(&json!({})));
    // The owner may decide on what the seller asked for, and reject her own.
    asked(leader(SELLER), BUYER, &json!({})).ok(leader(OWNER), approve(&json!({})));
    asked(buyer(OWNER), OWNER, &json!({}))
        .ok(leader(OWNER), json!({"reject_refund": {"refund": id(20)}}));
}

#[test]
fn nobody_asks_for_another_partys_payout() {
    let shop = shop();
    for party in [OWNER, SELLER, UPLINE, SUPPLIER] {
        let ask =
            json!({"request_payout": {"payout": id(31), "party": id(party), "amount": "0.01"}});
        shop.clone().no("not_allowed", operator(), ask.clone());
        for (name, actor) in actors() {
            let own = actor == leader(party) && party != SUPPLIER
                || actor == supplier(party) && party == SUPPLIER;
            let outcome = shop.clone().send(actor, ask.clone());
            assert_eq!(
                outcome != Outcome::Rejected("not_allowed"),
                own,
                "{name} for {party}: {outcome:?}"
            );
        }
    }
    // The operator may ask for its own, and never has any.
    let own =
        json!({"request_payout": {"payout": id(31), "party": id(OPERATOR), "amount": "0.01"}});
    shop.clone().no("insufficient_balance", operator(), own);
}

#[test]
fn a_leader_who_is_not_allowed_doesnt_sell() {
    let place = json!({"order": id(11), "campaign": id(OPEN), "buyer": id(BUYER), "seller": id(UPLINE), "lines": one(), "way": "courier"});
    for (_, actor) in actors() {
        shop().no("not_allowed", actor, json!({ "place_order": place }));
    }
}

/// A refund of one unit of order 10, received, asked for by the buyer with 5.00 return shipping or nothing;
/// what a leader answers who approves it so.
fn approves(actor: u32, seller: u32, claims: bool, approval: &Value) -> Outcome {
    let mut shop = Shop::new();
    let items = json!([{"sku": "tea", "title": "", "price": "50.00"}]);
    shop.campaign(&items, &split(), &json!({}));
    shop.paid(10, &one(), &json!({"seller": id(seller)}));
    shop.received(10);
    let (kind, claim) = if claims {
        ("return", json!({"return_shipping": "5.00"}))
    } else {
        ("refund_only", json!({}))
    };
    shop.requested(20, 10, kind, &one(), &claim);
    let mut approve = json!({"refund": id(20)});
    merge(&mut approve, approval);
    shop.send(leader(actor), json!({ "approve_refund": approve }))
}

#[test]
fn a_seller_approves_what_she_bears_and_a_bearer_of_nothing_decides_nothing() {
    let by = |claims, approval: Value| approves(SELLER, SELLER, claims, &approval);
    let (yes, no) = (Outcome::Accepted, Outcome::Rejected("not_allowed"));
    assert_eq!(by(false, json!({})), no);
    assert_eq!(by(false, json!({"goods_borne_by": "reverse"})), no);
    assert_eq!(by(false, json!({"goods_borne_by": "owner"})), no);
    assert_eq!(by(false, json!({"goods_borne_by": "seller"})), yes);
    // Named or by default: where nothing is granted it is the same command.
    assert_eq!(
        by(false, json!({"goods_borne_by": "seller", "return_shipping_borne_by": "owner"})),
        yes
    );
    assert_eq!(by(false, json!({"goods_borne_by": "seller", "with_shipping_fee": true})), no);
    // The terms' bearer is the owner.
    assert_eq!(by(true, json!({"goods_borne_by": "seller"})), no);
    assert_eq!(
        by(true, json!({"goods_borne_by": "seller", "return_shipping_borne_by": "seller"})),
        yes
    );
    assert_eq!(by(true, json!({"goods_borne_by": "seller", "return_shipping": "0.00"})), yes);
    assert_eq!(by(true, json!({"goods_borne_by": "seller", "return_shipping": "0.01"})), no);
    // Somebody else's order.
    assert_eq!(approves(UPLINE, SELLER, false, &json!({"goods_borne_by": "upline"})), no);
}

#[test]
fn an_owner_who_sells_approves_as_either() {
    let by = |claims, approval: Value| approves(OWNER, OWNER, claims, &approval);
    let (yes, no) = (Outcome::Accepted, Outcome::Rejected("not_allowed"));
    assert_eq!(by(false, json!({})), yes);
    assert_eq!(by(true, json!({"goods_borne_by": "seller"})), yes);
    assert_eq!(by(false, json!({"goods_borne_by": "supplier"})), no);
    assert_eq!(by(true, json!({"return_shipping_borne_by": "operator"})), yes);
    assert_eq!(by(true, json!({"return_shipping_borne_by": "supplier"})), no);
    // As a seller she bears the goods, and nothing else is granted.
    let bears = json!({"goods_borne_by": "seller", "return_shipping_borne_by": "supplier"});
    assert_eq!(by(false, bears.clone()), yes);
    assert_eq!(by(true, bears), no);
    // The owner of another's order is not its seller.
    let bears = json!({"goods_borne_by": "owner", "return_shipping_borne_by": "supplier"});
    assert_eq!(approves(OWNER, SELLER, false, &bears), no);
    assert_eq!(approves(OWNER, SELLER, true, &json!({"goods_borne_by": "owner"})), yes);
    assert_eq!(approves(OWNER, SELLER, true, &json!({"goods_borne_by": "seller"})), no);
}
