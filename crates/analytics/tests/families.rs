//! Each family of figures against numbers computed by hand, where its definition draws a line: the first and the last
//! day, ties, what was undone, who is counted twice.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

mod shop;

use std::sync::Arc;

use shop::{LEADER, Shop, buyer, campaign, happened, name, number, text};
use tuanzhang_analytics::{Day, Period, Report, Settings, Utc, Value, Window, Zone};
use tuanzhang_core::accounting::{ExpenseKind, RecordCost, RecordUnmatched};
use tuanzhang_core::activity::{Left, Shortlisted, Visited};
use tuanzhang_core::campaign::{
    AllowSeller, CloseCampaign, DecidePresale, ExpressInterest, OpenCampaign, PresaleText,
    ShareText, TakeText,
};
use tuanzhang_core::command::{Direction, GoodsBorneBy, RefundKind, SkuQuantity};
use tuanzhang_core::order::{ReceiveOrder, SettleOrder, ShipOrder};
use tuanzhang_core::party::RegisterLeader;
use tuanzhang_core::refund::{ApproveRefund, LapseReturn, RequestRefund};
use tuanzhang_core::{Actor, CostId, Money, ParcelId, PartyId, RefundId, Role, Time, UnmatchedId};

const DAY_MICROS: i64 = 86_400_000_000;
/// A Monday.
const START: i64 = 18_960;

/// Noon of a day of the story.
fn noon(day: i32) -> Time {
    Time::from_micros((START + i64::from(day)) * DAY_MICROS + DAY_MICROS / 2)
}

fn window(from: i32, through: i32) -> Window {
    let day = |day: i32| Day::new(i32::try_from(START).unwrap() + day);
    Window::of(day(from), day(through))
}

fn between(from: i32, through: i32) -> Settings {
    Settings { window: window(from, through), ..Settings::default() }
}

/// A shop with one campaign: `it` at 10.00.
fn shop() -> Shop {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign(noon(0), 1, &[("it", "10.00")]);
    shop
}

fn counts(report: &Report, table: &str, row: usize, keys: &[&str]) -> Vec<i128> {
    keys.iter().map(|key| number(report, table, row, key)).collect()
}

fn texts(report: &Report, table: &str, row: usize, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| text(report, table, row, key)).collect()
}

#[test]
fn a_state_of_the_lifecycle_begins_and_ends_with_its_day() {
    let mut shop = shop();
    let bought = [
        (0, 3),
        (60, 6), // 40 days ago: lost
        (61, 5), // 39: sleeping
        (80, 4), // 20: sleeping
        (81, 3), // 19, not the first: active
        (90, 2), // 10: active, no more new
        (91, 1), // 9: new
        (95, 7),
        (95, 8),
        (95, 9),
        (95, 10),
        (95, 11),
    ];
    for (day, who) in bought {
        shop.buy(noon(day), who, 1, "it", 1, "10.00");
    }
    let left = |day: i32, who: u64| happened(noon(day), Left { member: buyer(who) });
    let joined = |day: i32, who: u64| {
        let joined = tuanzhang_core::activity::Joined { member: buyer(who), invited_by: None };
        happened(noon(day), joined)
    };
    shop.happened(&[
        left(96, 7), // lost, before new
        left(94, 8), // before the last order: new
        left(96, 9), // and back: new
        joined(97, 9),
        left(101, 10), // after the last day covered: new
        left(95, 11),  // in the same instant: lost
    ]);
    let settings =
        Settings { new_days: 10, active_days: 20, sleeping_days: 40, ..between(50, 100) };
    let report = Report::of(&shop.facts, &settings);
    let states: Vec<_> = (0..4)
        .map(|row| {
            let of = |key: &str| text(&report, "lifecycle", row, key);
            (of("state"), of("buyers_so_far"), of("lifecycle_share"))
        })
        .collect();
    let known = [
        ("new", "4", "36.36"),
        ("active", "2", "18.18"),
        ("sleeping", "2", "18.18"),
        ("lost", "3", "27.27"),
    ];
    assert_eq!(states, known.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
}

#[test]
fn equal_buyers_have_equal_scores() {
    let mut shop = shop();
    // Last day, orders and money: 1 and 2 (0, 1, 10), 3 (1, 1, 20), 4 (2, 2, 30), 5 (3, 3, 30).
    for (day, who, units) in
        [(0, 1, 1), (0, 2, 1), (0, 5, 1), (1, 3, 2), (1, 4, 1), (1, 5, 1), (2, 4, 2), (3, 5, 1)]
    {
        shop.buy(noon(day), who, 1, "it", units, &format!("{units}0.00"));
    }
    let report = shop.report();
    let keys =
        ["recency_score", "frequency_score", "monetary_score", "buyers_so_far", "net_of_buyers"];
    let rows: Vec<_> = (0..4).map(|row| counts(&report, "rfm", row, &keys)).collect();
    let known = [[5, 5, 4, 1, 3000], [4, 4, 4, 1, 3000], [3, 1, 3, 1, 2000], [1, 1, 1, 2, 2000]];
    assert_eq!(rows, known);
    assert_eq!(report.table("rfm").unwrap().rows.len(), 4);
}

const SECOND: PartyId = PartyId::from_bytes([0x21; 16]);
const THIRD: PartyId = PartyId::from_bytes([0x22; 16]);

#[test]
fn leaders_who_are_equal_share_a_rank_and_none_of_them_is_ahead() {
    let mut shop = shop();
    for leader in [SECOND, THIRD] {
        shop.send(noon(0), RegisterLeader::new(leader));
        shop.send(noon(0), AllowSeller::new(campaign(1), leader));
    }
    shop.buy_from(LEADER, noon(0), 1, 1, ("it", 2, "20.00"));
    shop.buy_from(SECOND, noon(0), 1, 1, ("it", 1, "10.00"));
    shop.buy_from(SECOND, noon(1), 2, 1, ("it", 1, "10.00"));
    shop.buy_from(THIRD, noon(1), 2, 1, ("it", 1, "10.00"));
    let settings = Settings { pk: Some((LEADER, SECOND)), ..Settings::default() };
    let report = Report::of(&shop.facts, &settings);
    let keys = ["rank", "net_sales", "units", "new_buyers", "rank_by_units", "rank_by_new_buyers"];
    let board: Vec<_> = (0..3).map(|row| counts(&report, "leaderboard", row, &keys)).collect();
    assert_eq!(board, [[1, 2000, 2, 1, 1, 1], [1, 2000, 2, 1, 1, 1], [3, 1000, 1, 0, 3, 3]]);
    // On the second day alone the first is not there, and her buyer is no new one.
    let second = Report::of(&shop.facts, &between(1, 1));
    let board: Vec<_> = (0..2)
        .map(|row| counts(&second, "leaderboard", row, &["net_sales", "new_buyers"]))
        .collect();
    assert_eq!(board, [[1000, 1], [1000, 0]]);
    assert_eq!(second.table("leaderboard").unwrap().rows.len(), 2);
    // Behind in orders and buyers, equal in net sales, units and new buyers.
    let keys = ["net_sales", "units", "paid_orders", "buyers", "new_buyers", "wins"];
    let pk: Vec<_> = (0..2).map(|row| counts(&report, "pk", row, &keys)).collect();
    assert_eq!(pk, [[2000, 2, 1, 1, 1, 0], [2000, 2, 2, 2, 1, 2]]);
    // The first on one day, the second on two, the third on one.
    assert_eq!(number(&report, "leader_efficiency", 0, "active_leader_days"), 4);
    assert_eq!(text(&report, "leader_efficiency", 0, "leader_efficiency"), "12.50");
}

#[test]
fn a_leader_with_nothing_but_refunds_is_on_the_board() {
    let mut shop = shop();
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 1, "10.00"));
    shop.deliver(noon(0), order);
    refund(&mut shop, noon(3), RefundKind::RefundOnly, order, 1, None);
    let report = Report::of(&shop.facts, &between(2, 5));
    assert_eq!(counts(&report, "leaderboard", 0, &["rank", "net_sales", "units"]), [1, -1000, -1]);
    assert_eq!(counts(&report, "item_board", 0, &["rank", "net_goods", "units"]), [1, -1000, -1]);
    assert_eq!(number(&report, "sales", 0, "paid_orders"), 0);
    assert!(matches!(report.table("sales").unwrap().get(0, "net_sales"), Value::Money(_)));
}

/// Asks for a refund of units of `it` and approves it.
fn refund(
    shop: &mut Shop,
    at: Time,
    kind: RefundKind,
    order: tuanzhang_core::OrderId,
    units: i64,
    return_shipping: Option<&str>,
) -> RefundId {
    let refund = RefundId::from_bytes(shop::id(5, u64::try_from(at.micros()).unwrap()));
    let lines = vec![SkuQuantity::new("it", units)];
    let mut ask = RequestRefund::new(refund, order, kind).lines(lines);
    if let Some(amount) = return_shipping {
        ask = ask.return_shipping(amount.into());
    }
    shop.send(at, ask);
    shop.send(at, ApproveRefund::new(refund));
    refund
}

#[test]
fn a_lapsed_return_is_taken_back_on_the_day_it_lapsed() {
    let mut shop = shop();
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 2, "20.00"));
    shop.buy(noon(0), 2, 1, "it", 1, "10.00");
    shop.deliver(noon(1), order);
    let refund = refund(&mut shop, noon(3), RefundKind::Return, order, 1, Some("8.00"));
    shop.send(noon(20), LapseReturn::new(refund));
    let rates = ["refund_rate_orders", "refund_rate_units", "refund_rate_amount"];
    let money = ["return_shipping", "return_shipping_per_100_orders"];
    let sales = ["refunded", "refunds", "refund_extras", "units"];
    let by = ["role", "returns_reimbursed", "return_shipping"];

    let before = Report::of(&shop.facts, &between(0, 10));
    assert_eq!(texts(&before, "refund_rates", 0, &rates), ["50.00", "33.33", "33.33"]);
    assert_eq!(texts(&before, "refund_rates", 0, &money), ["8.00", "400.00"]);
    assert_eq!(texts(&before, "sales", 0, &sales), ["10.00", "1", "8.00", "2"]);
    assert_eq!(texts(&before, "return_shipping_by_bearer", 0, &by), ["owner", "1", "8.00"]);

    let after = Report::of(&shop.facts, &between(11, 30));
    assert_eq!(texts(&after, "refund_rates", 0, &rates), ["", "", ""]);
    assert_eq!(texts(&after, "refund_rates", 0, &money), ["-8.00", ""]);
    assert_eq!(texts(&after, "sales", 0, &sales), ["-10.00", "0", "-8.00", "1"]);
    assert_eq!(texts(&after, "return_shipping_by_item", 0, &by[1..]), ["-1", "-8.00"]);

    let whole = shop.report();
    assert_eq!(texts(&whole, "refund_rates", 0, &rates), ["0.00", "0.00", "0.00"]);
    assert_eq!(texts(&whole, "sales", 0, &sales), ["0.00", "1", "0.00", "3"]);
    assert!(whole.table("return_shipping_by_bearer").unwrap().rows.is_empty());
    // Of the orders paid on the first day, whenever it was approved and taken back.
    assert_eq!(text(&before, "by_day", 0, "refunded_of_orders"), "10.00");
    assert_eq!(text(&whole, "by_day", 0, "refunded_of_orders"), "0.00");
}

#[test]
fn an_order_is_exposed_while_its_window_is_open_and_it_is_not_settled() {
    let mut shop = shop();
    shop.buy(noon(0), 1, 1, "it", 1, "10.00"); // never received
    let received = shop.buy_from(LEADER, noon(0), 2, 1, ("it", 1, "10.00"));
    let settled = shop.buy_from(LEADER, noon(0), 3, 1, ("it", 1, "10.00"));
    let given_back = shop.buy_from(LEADER, noon(0), 4, 1, ("it", 1, "10.00"));
    for order in [received, settled, given_back] {
        shop.deliver(noon(2), order);
    }
    refund(&mut shop, noon(2), RefundKind::RefundOnly, given_back, 1, None);
    let of = |shop: &Shop, through: i32| {
        let report = Report::of(&shop.facts, &between(0, through));
        let keys = ["exposed_orders", "exposed_goods", "exposed_return_shipping"];
        counts(&report, "exposure_total", 0, &keys)
    };
    // Received on day 2, so until noon of day 9: open on day 9, no more on day 10.
    shop.visit(noon(10));
    assert_eq!(of(&shop, 9), [3, 3000, 3000]);
    assert_eq!(of(&shop, 10), [1, 1000, 0]);
    // A window that still runs is told as of what is known.
    assert_eq!(of(&shop, 30), [1, 1000, 0]);
    let report = Report::of(&shop.facts, &between(0, 9));
    let keys =
        ["role", "party", "exposed_goods", "exposed_shipping_fee", "exposed_return_shipping"];
    let bearer = texts(&report, "exposure", 0, &keys);
    assert_eq!(bearer, ["owner", &LEADER.to_string(), "30.00", "0.00", "30.00"]);
    // Settled is as of the last record, also for a window that ends before.
    shop.send(noon(10), SettleOrder::new(settled));
    assert_eq!(of(&shop, 9), [2, 2000, 1500]);
}

#[test]
fn what_was_on_sale_on_the_windows_first_day_is_in_the_sell_through() {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign(noon(0), 1, &[("a", "10.00"), ("b", "10.00")]);
    shop.campaign_until(noon(0), noon(5), 2, &[("c", "10.00")]);
    shop.buy(noon(1), 1, 2, "c", 1, "10.00");
    // Closed before its time: the terms count.
    shop.send(noon(2), CloseCampaign::new(campaign(2)));
    shop.buy(noon(6), 1, 1, "a", 1, "10.00");
    let of = |from: i32| {
        let report = Report::of(&shop.facts, &between(from, 9));
        texts(&report, "sell_through", 0, &["items_on_sale", "items_sold", "sell_through"])
    };
    assert_eq!(of(0), ["3", "2", "66.67"]);
    assert_eq!(of(5), ["3", "1", "33.33"]);
    assert_eq!(of(6), ["2", "1", "50.00"]);
}

#[test]
fn a_window_has_both_its_days_whole_and_a_target_its_days_so_far() {
    /// Eight hours ahead.
    #[derive(Debug)]
    struct East;
    impl Zone for East {
        fn name(&self) -> &'static str {
            "Asia/Shanghai"
        }
        fn day(&self, at: Time) -> Day {
            Utc.day(Time::from_micros(at.micros() + 8 * 3_600_000_000))
        }
    }
    let midnight = |day: i64| (START + day) * DAY_MICROS - 8 * 3_600_000_000;
    let mut shop = Shop::open("CNY", Time::from_micros(midnight(0)), Arc::new(East));
    shop.campaign(Time::from_micros(midnight(0)), 1, &[("it", "10.00")]);
    for at in [midnight(2) - 1, midnight(2), midnight(6) - 1, midnight(6)] {
        shop.buy(Time::from_micros(at), 1, 1, "it", 1, "10.00");
    }
    let target = Money::from_minor(8_000).ok();
    let report = Report::of(&shop.facts, &Settings { target, ..between(2, 5) });
    assert_eq!(number(&report, "sales", 0, "paid_orders"), 2);
    assert_eq!(report.table("by_day").unwrap().rows.len(), 2);
    let keys = ["target", "target_reached", "target_share", "target_days", "target_days_gone"];
    let progress = |settings: &Settings| {
        texts(&Report::of(&shop.facts, settings), "target_progress", 0, &keys)
    };
    assert_eq!(
        progress(&Settings { target, ..between(2, 5) }),
        ["80.00", "20.00", "25.00", "4", "4"]
    );
    assert_eq!(
        progress(&Settings { target, ..between(2, 21) }),
        ["80.00", "30.00", "37.50", "20", "5"]
    );
    // An end that is open has no days to count.
    let all = Settings { target, ..Settings::default() };
    assert_eq!(progress(&all), ["80.00", "40.00", "50.00", "", ""]);
    let from = Window { from: window(2, 2).from, through: None };
    let from = Settings { target, window: from, ..Settings::default() };
    assert_eq!(progress(&from), ["80.00", "30.00", "37.50", "", ""]);
    let through = Window { from: None, through: window(5, 5).through };
    let through = Settings { target, window: through, ..Settings::default() };
    assert_eq!(progress(&through), ["80.00", "30.00", "37.50", "", ""]);
}

#[test]
fn a_visitor_of_two_sources_is_in_both_and_a_buyer_without_a_visit_in_none() {
    let mut shop = shop();
    let visit = |who: u64, source: Option<&str>| {
        let source = source.map(name);
        happened(noon(1), Visited { visitor: buyer(who), campaign: None, source })
    };
    shop.happened(&[
        visit(1, Some("a")),
        visit(1, Some("b")),
        visit(2, None),
        visit(3, Some("a")),
        visit(3, Some("a")),
        happened(noon(1), Shortlisted { visitor: buyer(3), campaign: None }),
    ]);
    shop.buy(noon(1), 1, 1, "it", 1, "10.00");
    shop.buy(noon(1), 4, 1, "it", 1, "10.00");
    let report = shop.report();
    let keys = ["source", "pv", "visitors", "shortlisters", "placers", "payers"];
    let rows: Vec<_> = (0..3).map(|row| texts(&report, "funnel_by_source", row, &keys)).collect();
    assert_eq!(
        rows,
        [
            ["", "1", "1", "0", "0", "0"],
            ["a", "3", "2", "1", "1", "1"],
            ["b", "1", "1", "0", "1", "1"]
        ]
    );
    let keys = ["uv", "buyers_without_visit", "visitors", "payers", "paying_conversion"];
    assert_eq!(texts(&report, "funnel", 0, &keys), ["3", "1", "4", "2", "50.00"]);
}

#[test]
fn who_pays_on_a_later_day_than_the_order_makes_more_than_all_of_the_placers() {
    let mut shop = shop();
    shop.buy(noon(1), 1, 1, "it", 1, "0.00");
    let order = tuanzhang_core::OrderId::from_bytes(shop::id(1, 1));
    let payment = tuanzhang_core::PaymentId::from_bytes(shop::id(2, 1));
    let pay = tuanzhang_core::order::RecordPayment::new(
        payment,
        order,
        "shop".into(),
        "10.00".into(),
        "late".into(),
    );
    shop.send(noon(2), pay);
    let keys = ["placers", "payers", "place_to_pay"];
    let of = |day: i32| texts(&Report::of(&shop.facts, &between(day, day)), "funnel", 0, &keys);
    assert_eq!(of(1), ["1", "0", "0.00"]);
    assert_eq!(of(2), ["0", "1", ""]);
}

#[test]
fn a_week_begins_on_monday_for_cohorts_too() {
    let mut shop = shop();
    shop.buy(noon(6), 1, 1, "it", 1, "10.00");
    shop.buy(noon(7), 1, 1, "it", 1, "10.00");
    shop.buy(noon(7), 2, 1, "it", 1, "10.00");
    shop.buy(noon(20), 2, 1, "it", 1, "10.00");
    let settings = Settings { cohorts: Period::Week, ..Settings::default() };
    let report = Report::of(&shop.facts, &settings);
    let keys = ["cohort", "size", "period", "active", "cohort_share"];
    let rows: Vec<_> = (0..5).map(|row| texts(&report, "cohorts", row, &keys)).collect();
    let known = [
        ["2021-11-29", "1", "0", "1", "100.00"],
        ["2021-11-29", "1", "1", "1", "100.00"],
        ["2021-11-29", "1", "2", "0", "0.00"],
        ["2021-12-06", "1", "0", "1", "100.00"],
        ["2021-12-06", "1", "1", "1", "100.00"],
    ];
    assert_eq!(rows, known);
}

#[test]
fn a_buyer_of_two_groups_is_one_in_the_whole_and_one_in_each() {
    let mut books = [shop(), Shop::of_book(9, noon(0))];
    books[1].campaign(noon(0), 2, &[("it", "10.00")]);
    books[0].buy(noon(1), 1, 1, "it", 1, "10.00");
    books[0].buy(noon(1), 2, 1, "it", 1, "10.00");
    books[1].buy(noon(1), 1, 2, "it", 2, "20.00");
    let facts = books.map(|shop| shop.facts);
    let report = Report::of_books(&facts, &Settings::default()).unwrap();
    let keys = ["gmv_paid", "paid_orders", "buyers", "repeat_buyers"];
    assert_eq!(counts(&report, "groups", 0, &keys), [2000, 2, 2, 0]);
    assert_eq!(counts(&report, "groups", 1, &keys), [2000, 1, 1, 0]);
    assert_eq!(counts(&report, "sales", 0, &keys), [4000, 3, 2, 1]);
}

#[test]
fn a_cost_stands_with_its_campaign_and_a_part_with_its_party() {
    let mut shop = shop();
    shop.buy(noon(1), 1, 1, "it", 2, "20.00");
    let cost = |n: u64, kind: ExpenseKind, amount: &str| {
        RecordCost::new(CostId::from_bytes(shop::id(6, n)), kind, "shop".into(), amount.into())
    };
    shop.send(noon(2), cost(1, ExpenseKind::Labour, "5.00").campaign(campaign(1)));
    shop.send(noon(3), cost(2, ExpenseKind::Marketing, "3.00"));
    let report = shop.report();
    let keys = ["income", "expense", "margin", "margin_rate"];
    // Nothing was earned, so there is nothing to divide by.
    assert_eq!(texts(&report, "margin_total", 0, &keys), ["0.00", "8.00", "-8.00", ""]);
    let rows: Vec<_> = (0..2)
        .map(|row| texts(&report, "margin_by_campaign", row, &["campaign", "margin"]))
        .collect();
    let own = campaign(1).to_string();
    assert_eq!(rows, [["", "-3.00"], [own.as_str(), "-5.00"]]);
    let keys = ["role", "party", "goods_part", "part_total"];
    let owner = LEADER.to_string();
    assert_eq!(texts(&report, "commissions", 0, &keys), ["owner", &owner, "20.00", "20.00"]);
    let day = Report::of(&shop.facts, &between(3, 3));
    assert_eq!(text(&day, "margin_total", 0, "expense"), "3.00");
}

/// 10 % to the seller and 15 % to the operator, the owner takes the rest; shipping costs 6.00, the operator's.
fn with_shares(open: &mut OpenCampaign) {
    let share = |to, rate: &str| ShareText { to, take: TakeText::Rate(rate.into()) };
    open.split.shares = vec![share(Role::Seller, "0.1"), share(Role::Operator, "0.15")];
    open.shipping.fee = "6".into();
}

/// By role: goods, shipping fees and return shipping.
fn exposed_by_role(report: &Report) -> Vec<(String, Vec<i128>)> {
    let keys = ["exposed_goods", "exposed_shipping_fee", "exposed_return_shipping"];
    let row = |row| (text(report, "exposure", row, "role"), counts(report, "exposure", row, &keys));
    (0..report.table("exposure").unwrap().rows.len()).map(row).collect()
}

fn named(rows: &[(&str, [i128; 3])]) -> Vec<(String, Vec<i128>)> {
    rows.iter().map(|(role, sums)| ((*role).to_owned(), sums.to_vec())).collect()
}

const FOREVER: Time = Time::from_micros(i64::MAX / 2);

#[test]
fn a_shipping_fee_is_exposed_until_something_is_shipped() {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign_with(noon(0), FOREVER, 1, &[("it", "10.00")], with_shares);
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 2, "26.00"));
    let parts = [("owner", [1500, 0, 0]), ("seller", [200, 0, 0]), ("operator", [300, 600, 0])];
    assert_eq!(exposed_by_role(&shop.report()), named(&parts));
    let keys = ["exposed_orders", "exposed_goods", "exposed_shipping_fee"];
    assert_eq!(counts(&shop.report(), "exposure_total", 0, &keys), [1, 2000, 600]);
    shop.send(noon(1), ShipOrder::new(order));
    let parts = [("owner", [1500, 0, 1500]), ("seller", [200, 0, 0]), ("operator", [300, 0, 0])];
    assert_eq!(exposed_by_role(&shop.report()), named(&parts));
}

#[test]
fn goods_that_one_party_gave_back_can_not_come_back_again() {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign_with(noon(0), FOREVER, 1, &[("it", "9.99")], with_shares);
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 3, "35.97"));
    shop.deliver(noon(1), order);
    let refund = RefundId::from_bytes(shop::id(5, 1));
    let lines = vec![SkuQuantity::new("it", 1)];
    shop.send(noon(2), RequestRefund::new(refund, order, RefundKind::RefundOnly).lines(lines));
    let borne = GoodsBorneBy::Role(Role::Owner);
    shop.send(noon(2), ApproveRefund::new(refund).goods_borne_by(borne));
    // They still hold 29.97: the seller 2.99, the operator 4.49, the owner the rest, 22.49. Of that 19.98 can
    // come back: 1499.33, 199.33, 299.33 of a fen, the one left to the lowest number.
    let report = shop.report();
    assert_eq!(number(&report, "exposure_total", 0, "exposed_goods"), 1998);
    let shares = [2249_i128, 299, 449].map(|held| (1998 * held / 2997, 1998 * held % 2997));
    assert_eq!(shares, [(1499, 999), (199, 999), (299, 999)]);
    let parts = [("owner", [1500, 0, 1500]), ("seller", [199, 0, 0]), ("operator", [299, 0, 0])];
    assert_eq!(exposed_by_role(&report), named(&parts));
}

#[test]
fn an_order_that_awaits_its_replacement_is_open() {
    let mut shop = shop();
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 2, "20.00"));
    shop.deliver(noon(1), order);
    let exposed = |shop: &Shop| {
        let report = Report::of(&shop.facts, &between(0, 30));
        counts(&report, "exposure_total", 0, &["exposed_orders", "exposed_goods"])
    };
    let refund = refund(&mut shop, noon(2), RefundKind::Exchange, order, 1, None);
    shop.visit(noon(12));
    assert_eq!(exposed(&shop), [1, 2000]);
    // The goods never came: the buyer keeps the first ones, received long ago.
    shop.send(noon(20), LapseReturn::new(refund));
    assert_eq!(exposed(&shop), [0, 0]);
}

#[test]
fn a_refunded_unit_is_no_longer_with_the_buyer() {
    let mut shop = shop();
    let order = shop.buy_from(LEADER, noon(0), 1, 1, ("it", 3, "30.00"));
    let two = vec![SkuQuantity::new("it", 2)];
    let parcel = ParcelId::from_bytes(shop::id(11, 1));
    shop.send(noon(1), ShipOrder::new(order).parcel(parcel).lines(two));
    shop.send(noon(1), ReceiveOrder::new(order));
    // One of the two that came is given back; the third is still to come.
    refund(&mut shop, noon(2), RefundKind::Return, order, 1, None);
    shop.visit(noon(12));
    let report = shop.report();
    let keys = ["exposed_orders", "exposed_goods"];
    assert_eq!(counts(&report, "exposure_total", 0, &keys), [1, 2000]);
}

#[test]
fn a_presale_is_on_sale_from_the_day_it_was_decided_open() {
    let mut shop = Shop::in_utc("CNY", noon(0));
    let presale = |min_interest: i64, day: i32| {
        move |open: &mut OpenCampaign| {
            open.presale = Some(PresaleText { min_interest, decide_at: noon(day) });
        }
    };
    shop.campaign_with(noon(0), FOREVER, 1, &[("a", "10.00")], presale(1, 4));
    shop.campaign_with(noon(0), FOREVER, 2, &[("b", "10.00")], presale(1, 4));
    shop.campaign_with(noon(0), FOREVER, 3, &[("c", "10.00")], presale(1, 9));
    shop.send_as(noon(1), Actor::Buyer(buyer(1)), ExpressInterest::new(campaign(1), buyer(1)));
    shop.send(noon(4), DecidePresale::new(campaign(1)));
    shop.send(noon(4), DecidePresale::new(campaign(2)));
    shop.buy(noon(5), 1, 1, "a", 1, "10.00");
    let of = |through: i32| {
        let report = Report::of(&shop.facts, &between(0, through));
        texts(&report, "sell_through", 0, &["items_on_sale", "items_sold"])
    };
    assert_eq!(of(3), ["0", "0"]);
    assert_eq!(of(4), ["1", "0"]);
    assert_eq!(of(5), ["1", "1"]);
}

#[test]
fn what_nothing_explains_stands_in_suspense_and_in_no_sales() {
    let mut shop = shop();
    let unmatched = |n: u64, direction: Direction, amount: &str| {
        let id = UnmatchedId::from_bytes(shop::id(10, n));
        RecordUnmatched::new(id, "shop".into(), direction, amount.into(), n.to_string().into())
    };
    shop.send(noon(1), unmatched(1, Direction::In, "30.00"));
    shop.send(noon(2), unmatched(2, Direction::Out, "12.50"));
    shop.send(noon(40), unmatched(3, Direction::Out, "20.00"));
    let keys = ["suspense_change", "suspense_balance"];
    assert_eq!(counts(&shop.report(), "suspense", 0, &keys), [-250, -250]);
    let second = Report::of(&shop.facts, &between(2, 5));
    assert_eq!(counts(&second, "suspense", 0, &keys), [-1250, 1750]);
    let keys = ["month", "suspense_change"];
    let months: Vec<_> =
        (0..3).map(|row| texts(&shop.report(), "suspense_by_month", row, &keys)).collect();
    assert_eq!(months, [["2021-11", "30.00"], ["2021-12", "-12.50"], ["2022-01", "-20.00"]]);
    let sales = ["gmv_paid", "refunded", "net_sales"];
    assert_eq!(counts(&shop.report(), "sales", 0, &sales), [0, 0, 0]);
}

#[test]
fn a_buyer_is_new_where_the_first_paid_order_was() {
    let mut shop = Shop::in_utc("CNY", noon(0));
    shop.campaign(noon(0), 1, &[("a", "10.00"), ("b", "10.00")]);
    shop.campaign(noon(0), 2, &[("c", "10.00")]);
    shop.buy(noon(1), 1, 1, "a", 1, "10.00");
    shop.buy(noon(1), 2, 1, "a", 1, "10.00");
    shop.buy(noon(2), 1, 2, "c", 4, "40.00");
    shop.buy(noon(2), 3, 2, "c", 1, "10.00");
    shop.buy(noon(3), 2, 1, "b", 1, "10.00");
    let report = shop.report();
    let keys = ["rank", "net_sales", "units", "new_buyers", "rank_by_units", "rank_by_new_buyers"];
    let board: Vec<_> = (0..2).map(|row| counts(&report, "campaign_board", row, &keys)).collect();
    assert_eq!(board, [[1, 5000, 5, 1, 1, 2], [2, 3000, 3, 2, 2, 1]]);
    let keys = ["net_goods", "units", "new_buyers", "rank_by_units", "rank_by_new_buyers"];
    let board: Vec<_> = (0..3).map(|row| counts(&report, "item_board", row, &keys)).collect();
    assert_eq!(board, [[5000, 5, 1, 1, 2], [2000, 2, 2, 2, 1], [1000, 1, 0, 3, 3]]);
    // Who bought before the window is not new in it.
    let second = Report::of(&shop.facts, &between(2, 3));
    assert_eq!(counts(&second, "campaign_board", 0, &["net_sales", "new_buyers"]), [5000, 1]);
    assert_eq!(counts(&second, "campaign_board", 1, &["net_sales", "new_buyers"]), [1000, 0]);
    assert!(shop.facts.knows_leader(LEADER) && !shop.facts.knows_leader(SECOND));
    shop.send(noon(4), RegisterLeader::new(SECOND));
    assert!(shop.facts.knows_leader(SECOND));
}

#[test]
fn recency_is_counted_to_the_last_day_covered() {
    let mut shop = shop();
    shop.buy(noon(1), 1, 1, "it", 2, "20.00");
    shop.buy(noon(9), 2, 1, "it", 1, "10.00");
    let buyers = |settings: &Settings| {
        let table = Report::buyers(std::slice::from_ref(&shop.facts), settings).unwrap();
        (0..table.rows.len()).map(|row| table.get(row, "recency_days").clone()).collect::<Vec<_>>()
    };
    assert_eq!(buyers(&Settings::default()), [Value::Count(8), Value::Count(0)]);
    assert_eq!(buyers(&between(0, 5)), [Value::Count(4)]);
}

#[test]
fn a_campaign_id_that_two_books_have_is_two_campaigns() {
    let mut books = [shop(), Shop::of_book(9, noon(0))];
    // Another sku, shares and a shipping fee under the same id.
    books[1].campaign_with(noon(0), FOREVER, 1, &[("other", "20.00")], with_shares);
    books[0].buy(noon(1), 1, 1, "it", 1, "10.00");
    books[1].buy(noon(1), 2, 1, "other", 1, "26.00");
    let facts = books.map(|shop| shop.facts);
    let report = Report::of_books(&facts, &Settings::default()).unwrap();
    let board: Vec<_> = (0..2)
        .map(|row| texts(&report, "item_board", row, &["sku", "net_goods", "units"]))
        .collect();
    assert_eq!(board, [["other", "20.00", "1"], ["it", "10.00", "1"]]);
    let keys = ["campaign", "net_sales", "new_buyers"];
    let id = campaign(1).to_string();
    let board: Vec<_> = (0..2).map(|row| texts(&report, "campaign_board", row, &keys)).collect();
    assert_eq!(board, [[id.as_str(), "26.00", "1"], [id.as_str(), "10.00", "1"]]);
    let keys = ["exposed_orders", "exposed_goods", "exposed_shipping_fee"];
    assert_eq!(counts(&report, "exposure_total", 0, &keys), [2, 3000, 600]);
    // Visits name an id: it joins the two.
    assert_eq!(report.table("funnel_by_campaign").unwrap().rows.len(), 1);
}
