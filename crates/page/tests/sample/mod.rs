//! A report built by hand: every table filled, titles by strangers; and one of an empty book.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests; each test file uses a part of it"
)]

mod columns;

use columns::{FUNNEL, REFUNDS, SALES, columns};
use tuanzhang_analytics::{
    Column, Covered, Day, HEADINGS, Heading, Ratio, Report, Shape, Table, Total, Value, Window,
};
use tuanzhang_core::money::Decimals;
use tuanzhang_core::{BookId, CampaignId, PartyId, Position, Time};

/// What a hostile leader types: markup, quotes, and a direction that turns the text around.
pub(crate) const HOSTILE: &str =
    "<script>alert('土豆')</script>\"><img src=x onerror=alert(1)> & 'quoted' \u{202E}gnp.exe";

/// Whatever a table's key sets off beside its rows, in one place.
pub(crate) fn many(
    key: &'static str,
    chinese: &'static str,
    keys: &[&str],
    rows: Vec<Vec<Value>>,
) -> Table {
    Table::many(heading(key, chinese), columns(keys), rows)
}

/// As the catalogue has it, but for the titles; what it lacks is made up.
fn heading(key: &'static str, chinese: &'static str) -> Heading {
    let known = HEADINGS.iter().find(|heading| heading.key == key).copied();
    let made_up = Heading {
        key,
        english: "",
        chinese: "",
        meaning: "a row for each, in the order of the first column",
        chinese_meaning: "一行一项，按首列排序",
    };
    Heading { english: title(key), chinese, ..known.unwrap_or(made_up) }
}

fn title(key: &'static str) -> &'static str {
    match key {
        "by_day" => "Sales by day",
        "cohorts" => "Cohorts by month of the first paid order",
        "rfm" => "Recency, frequency, money",
        "pk" => "Two leaders, one window",
        other => other,
    }
}

fn one(key: &'static str, chinese: &'static str, keys: &[&str], values: Vec<Value>) -> Table {
    let figures = columns(keys).into_iter().zip(values).collect();
    Table::one(heading(key, chinese), figures)
}

pub(crate) fn decimals() -> Decimals {
    Decimals::new(2).unwrap()
}

fn money(fen: i64) -> Value {
    Value::Money(Total::from_minor(i128::from(fen)))
}

fn count(number: i64) -> Value {
    Value::Count(number)
}

fn share(part: i64, whole: i64) -> Value {
    Value::Share(ratio(part, whole))
}

fn average(fen: i64, number: i64) -> Value {
    Value::Average(ratio(fen, number))
}

fn ratio(part: i64, whole: i64) -> Ratio {
    Ratio { numerator: i128::from(part), denominator: i128::from(whole) }
}

fn leader(number: u8) -> Value {
    Value::text(PartyId::from_bytes([
        0x4e, 0x3a, number, 7, 0x91, 0x44, 0x40, 1, 0x8a, 2, 3, 4, 5, 6, 7, number,
    ]))
}

fn campaign(number: u8) -> Value {
    Value::text(CampaignId::from_bytes([
        number, 0xc0, 3, 7, 0x91, 0x44, 0x40, 1, 0x8a, 2, 3, 4, 5, 6, 7, number,
    ]))
}

fn name(number: u8) -> Value {
    match number {
        0 => Value::text(HOSTILE),
        1 => Value::text(
            "云南高原红皮土豆五斤装（产地直发，坏果包赔）每户限两份，周五截团周日自提，雨天顺延，感谢大家一直支持我们团长和果农合作社真的很不容易呀",
        ),
        2 => Value::text("阳山水蜜桃 8 只礼盒"),
        _ => Value::text(format!("第 {number} 团 · organic eggs ×30")),
    }
}

/// The columns of sales for so many orders; `tilt` makes rows differ.
fn sales(orders: i64, tilt: i64) -> Vec<Value> {
    let paid = orders * (9_250 + tilt * 37);
    let refunded = paid / (11 + tilt % 5);
    let buyers = (orders * 2 / 3).max(i64::from(orders > 0));
    vec![
        money(paid * 21 / 20),
        count(orders * 21 / 20),
        money(paid),
        count(orders),
        count(orders / 30),
        money(paid / 30),
        count(orders / 11),
        money(refunded),
        money(orders * 41),
        money(paid - refunded),
        count(buyers),
        count(buyers * 2 / 5),
        share(buyers * 2 / 5, buyers),
        average(paid, orders),
        average(paid - paid / 30, buyers),
        count(orders * 3),
    ]
}

fn sales_of(first: Vec<Value>, orders: i64, tilt: i64) -> Vec<Value> {
    let mut row = first;
    row.extend(sales(orders, tilt));
    row.push(money(orders * 710));
    row.push(money(orders * 8_540));
    row
}

fn funnel(visitors: i64) -> Vec<Value> {
    let (placers, payers) = (visitors * 41 / 100, visitors * 38 / 100);
    vec![
        count(visitors * 5),
        count(visitors - visitors / 12),
        count(visitors / 12),
        count(visitors),
        count(visitors * 3 / 5),
        count(placers),
        count(payers),
        share(placers, visitors),
        share(payers, visitors),
        share(payers, placers),
    ]
}

fn refunds(orders: i64) -> Vec<Value> {
    vec![
        share(orders / 14, orders),
        share(orders / 9, orders * 3),
        Value::MoneyShare(ratio(orders * 700, orders * 9_400)),
        money(orders * 24),
        average(orders * 2_400, orders),
        money(orders * 17),
    ]
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn with(first: &[&'static str], then: &[&'static str]) -> Vec<&'static str> {
    first.iter().chain(then).copied().collect()
}

fn with_orders(first: &[&'static str]) -> Vec<&'static str> {
    let mut all = with(first, SALES);
    all.extend(["refunded_of_orders", "net_of_orders"]);
    all
}

/// Every table, filled.
pub(crate) fn full() -> Report {
    let first = day("2024-03-01");
    let days = || (0..40).map(|number| (number, Value::text(first.plus(number))));
    let orders = |number: i32| {
        let wave = [38, 44, 52, 71, 96, 140, 61][usize::try_from(number).unwrap() % 7];
        i64::from(if number == 17 { 0 } else { wave + number })
    };
    let mut tables = vec![
        one("funnel", "漏斗", FUNNEL, funnel(731)),
        many(
            "funnel_by_day",
            "每日漏斗",
            &with(&["day"], FUNNEL),
            days().map(|(number, day)| [vec![day], funnel(orders(number) * 2)].concat()).collect(),
        ),
        many(
            "funnel_by_campaign",
            "各团漏斗",
            &with(&["campaign", "title"], FUNNEL),
            (0..4)
                .map(|number| {
                    [vec![campaign(number), name(number)], funnel(300 - 50 * i64::from(number))]
                        .concat()
                })
                .collect(),
        ),
        many(
            "funnel_by_source",
            "来源漏斗",
            &with(&["source"], FUNNEL),
            ["wechat_group", "mini_program", "朋友圈"]
                .iter()
                .zip([420, 211, 100])
                .map(|(source, visitors)| [vec![Value::text(source)], funnel(visitors)].concat())
                .collect(),
        ),
        one("sales", "销售", SALES, sales(2_234, 4)),
        many(
            "by_day",
            "每日",
            &with_orders(&["day"]),
            days()
                .map(|(number, day)| sales_of(vec![day], orders(number), i64::from(number % 9)))
                .collect(),
        ),
        many(
            "by_month",
            "每月",
            &with_orders(&["month"]),
            ["2024-03", "2024-04"]
                .iter()
                .zip([1_700, 534])
                .map(|(month, orders)| sales_of(vec![Value::text(month)], orders, 3))
                .collect(),
        ),
        many(
            "by_campaign",
            "各团",
            &with_orders(&["campaign", "title"]),
            (0..62)
                .map(|number| {
                    sales_of(
                        vec![campaign(number), name(number)],
                        900 / (i64::from(number) + 1),
                        i64::from(number),
                    )
                })
                .collect(),
        ),
        many(
            "by_leader",
            "各团长",
            &with_orders(&["leader"]),
            (0..6)
                .map(|number| {
                    sales_of(vec![leader(number)], 700 - 100 * i64::from(number), i64::from(number))
                })
                .collect(),
        ),
    ];
    tables.extend(repeat());
    tables.extend(boards());
    tables.extend(money_tables());
    Report {
        books: vec![
            Covered {
                book: BookId::from_bytes([0x5a; 16]),
                position: Position::new(18_342),
                at: Some(Time::from_micros(1_712_650_000_000_000)),
                activity: Position::new(9_120),
            },
            Covered {
                book: BookId::from_bytes([0x6b; 16]),
                position: Position::new(2_017),
                at: Some(Time::from_micros(1_712_660_000_000_000)),
                activity: Position::START,
            },
        ],
        currency: "CNY".into(),
        decimals: decimals(),
        zone: "Asia/Shanghai".into(),
        window: Window::of(first, first.plus(39)),
        as_of: Some(first.plus(39)),
        first_bought: Some(first),
        tables,
    }
}

fn repeat() -> Vec<Table> {
    let mut cohorts = Vec::new();
    for (index, cohort) in (0..13_i64).zip([
        "2023-04", "2023-05", "2023-06", "2023-07", "2023-08", "2023-09", "2023-10", "2023-11",
        "2023-12", "2024-01", "2024-02", "2024-03", "2024-04",
    ]) {
        let size = 118 - index * 6;
        for period in 0..=(12 - index) {
            let active = if period == 0 {
                size
            } else {
                (size * (46 - period * 3) / 100 + (index * period) % 7).max(0)
            };
            cohorts.push(vec![
                Value::text(cohort),
                count(size),
                count(period),
                count(active),
                share(active, size),
            ]);
        }
    }
    let mut rfm = Vec::new();
    for recency in (1..=5_i64).rev() {
        for frequency in (1..=5_i64).rev() {
            for monetary in (1..=5_i64).rev() {
                let distance = (recency - frequency).abs() + (frequency - monetary).abs();
                if distance < 4 {
                    let buyers = 9 - 2 * distance + recency % 2;
                    rfm.push(vec![
                        count(recency),
                        count(frequency),
                        count(monetary),
                        count(buyers),
                        money(buyers * monetary * 21_350),
                    ]);
                }
            }
        }
    }
    vec![
        many(
            "cohorts",
            "首单月份留存",
            &["cohort", "size", "period", "active", "cohort_share"],
            cohorts,
        ),
        many(
            "repeat_curve",
            "复购曲线",
            &[
                "days",
                "buyers_so_far",
                "again_within",
                "again_share",
                "later_day_within",
                "later_day_share",
            ],
            [(7, 61), (30, 96), (60, 110), (90, 117), (180, 118)]
                .iter()
                .map(|(days, again)| {
                    vec![
                        count(*days),
                        count(295),
                        count(*again),
                        share(*again, 295),
                        count(again - 14),
                        share(again - 14, 295),
                    ]
                })
                .collect(),
        ),
        many(
            "orders_per_buyer",
            "每人笔数",
            &["orders", "buyers_with_so_many"],
            (1..=9).map(|orders| vec![count(orders), count(177 / orders)]).collect(),
        ),
        many(
            "lifecycle",
            "生命周期",
            &["state", "buyers_so_far", "lifecycle_share"],
            [("new", 64), ("active", 141), ("sleeping", 58), ("lost", 32)]
                .iter()
                .map(|(state, buyers)| {
                    vec![Value::text(state), count(*buyers), share(*buyers, 295)]
                })
                .collect(),
        ),
        many(
            "rfm",
            "RFM 分层",
            &[
                "recency_score",
                "frequency_score",
                "monetary_score",
                "buyers_so_far",
                "net_of_buyers",
            ],
            rfm,
        ),
    ]
}

fn boards() -> Vec<Table> {
    let rank = |number: u8| count(i64::from(number) + 1);
    let fallen = |number: u8| 6_120_050 / (i64::from(number) + 1);
    let groups = [0x5a_u8, 0x6b].iter().zip([700, 160]).map(|(book, orders)| {
        [
            vec![Value::text(BookId::from_bytes([*book; 16]))],
            funnel(orders),
            sales(orders, 2),
            refunds(orders),
        ]
        .concat()
    });
    let group_keys = [&["book"][..], FUNNEL, SALES, REFUNDS].concat();
    vec![
        many(
            "leaderboard",
            "团长榜",
            &[
                "rank",
                "leader",
                "net_sales",
                "units",
                "new_buyers",
                "rank_by_units",
                "rank_by_new_buyers",
            ],
            (0..24)
                .map(|number| {
                    vec![
                        rank(number),
                        leader(number),
                        money(fallen(number)),
                        count(fallen(number) / 3_000),
                        count(40 - i64::from(number)),
                        rank(number),
                        rank(23 - number),
                    ]
                })
                .collect(),
        ),
        many(
            "campaign_board",
            "团榜",
            &["rank", "campaign", "title", "net_sales", "units", "buyers"],
            (0..8)
                .map(|number| {
                    vec![
                        rank(number),
                        campaign(number),
                        name(number),
                        money(fallen(number)),
                        count(fallen(number) / 3_000),
                        count(120 - i64::from(number)),
                    ]
                })
                .collect(),
        ),
        many(
            "item_board",
            "商品榜",
            &["rank", "campaign", "title", "sku", "item", "net_goods", "units"],
            (0..8)
                .map(|number| {
                    vec![
                        rank(number),
                        campaign(number),
                        name(3),
                        Value::text(format!("SKU-{number:04}")),
                        name(number),
                        money(fallen(number) / 2),
                        count(fallen(number) / 6_000),
                    ]
                })
                .collect(),
        ),
        many(
            "pk",
            "团长 PK",
            &["leader", "net_sales", "units", "paid_orders", "buyers", "new_buyers", "wins"],
            vec![
                vec![
                    leader(1),
                    money(6_120_050),
                    count(2_040),
                    count(660),
                    count(121),
                    count(31),
                    count(3),
                ],
                vec![
                    leader(2),
                    money(5_480_900),
                    count(2_310),
                    count(612),
                    count(118),
                    count(44),
                    count(2),
                ],
            ],
        ),
        one(
            "leader_efficiency",
            "团效",
            &["leader_efficiency", "active_leader_days"],
            vec![average(19_540_112, 212), count(212)],
        ),
        one(
            "sell_through",
            "动销率",
            &["items_on_sale", "items_sold", "sell_through"],
            vec![count(46), count(39), share(39, 46)],
        ),
        many("groups", "各群", &group_keys, groups.collect()),
    ]
}

fn money_tables() -> Vec<Table> {
    let first = day("2024-03-01");
    let bearers = [("supplier", 9), ("seller", 1), ("operator", 8)];
    let party = |role: &str, number: u8| vec![Value::text(role), leader(number)];
    let signed = |number: u8| [412_000, -31_450, 96_020, -120_900, 4_120][usize::from(number)];
    vec![
        one("refund_rates", "退款率", REFUNDS, refunds(2_234)),
        many(
            "return_shipping_by_bearer",
            "退货运费承担",
            &["role", "party", "returns_reimbursed", "return_shipping"],
            bearers
                .iter()
                .map(|(role, number)| {
                    [
                        party(role, *number),
                        vec![count(i64::from(*number) + 3), money(i64::from(*number) * 1_200)],
                    ]
                    .concat()
                })
                .collect(),
        ),
        many(
            "return_shipping_by_item",
            "退货运费按商品",
            &["campaign", "title", "sku", "item", "returns_reimbursed", "return_shipping"],
            (0..3)
                .map(|number| {
                    vec![
                        campaign(number),
                        name(2),
                        Value::text("SKU-0001"),
                        name(number),
                        count(4),
                        money(4_800),
                    ]
                })
                .collect(),
        ),
        one(
            "community",
            "社群",
            &[
                "members",
                "joins",
                "leaves",
                "invitations",
                "invited_joins",
                "buyers_among_members",
                "never_bought",
                "silent_members",
                "reviews",
                "good_reviews",
                "neutral_reviews",
                "bad_reviews",
                "good_rate",
                "complaints",
                "complaints_resolved",
                "complaint_rate",
                "suggestions",
                "suggestion_rate",
                "received_orders",
            ],
            vec![
                count(486),
                count(121),
                count(35),
                count(210),
                count(64),
                count(268),
                count(218),
                count(154),
                count(330),
                count(301),
                count(17),
                count(12),
                share(301, 330),
                count(23),
                count(21),
                share(23, 2_051),
                count(41),
                share(41, 2_051),
                count(2_051),
            ],
        ),
        many(
            "growth_by_day",
            "群成长",
            &["day", "joins", "leaves", "members_at_end"],
            (0..40)
                .map(|number| {
                    vec![
                        Value::text(first.plus(number)),
                        count(i64::from(number % 6)),
                        count(i64::from(number % 3)),
                        count(400 + i64::from(number) * 2),
                    ]
                })
                .collect(),
        ),
        many(
            "inviters",
            "邀请榜",
            &["inviter_rank", "inviter", "invited_joins", "invited_buyers"],
            (0..5)
                .map(|number| {
                    vec![
                        count(i64::from(number) + 1),
                        leader(40 + number),
                        count(20 - i64::from(number)),
                        count(11 - i64::from(number)),
                    ]
                })
                .collect(),
        ),
        one(
            "margin_total",
            "毛利",
            &["income", "expense", "margin", "margin_rate"],
            vec![
                money(1_912_044),
                money(1_240_310),
                money(671_734),
                Value::MoneyShare(ratio(671_734, 1_912_044)),
            ],
        ),
        many(
            "margin_by_campaign",
            "各团毛利",
            &["campaign", "title", "income", "expense", "margin"],
            (0..5)
                .map(|number| {
                    vec![
                        campaign(number),
                        name(number),
                        money(500_000),
                        money(500_000 - signed(number)),
                        money(signed(number)),
                    ]
                })
                .collect(),
        ),
        many(
            "margin_by_account",
            "毛利按科目",
            &["account", "result"],
            [
                ("income:commission", 1_780_044),
                ("income:fee", 132_000),
                ("expense:labour", -640_000),
                ("expense:marketing", -212_310),
                ("expense:logistics", -388_000),
            ]
            .iter()
            .map(|(account, amount)| vec![Value::text(account), money(*amount)])
            .collect(),
        ),
        many(
            "commissions",
            "佣金",
            &[
                "role",
                "party",
                "goods_part",
                "shipping_part",
                "discount_part",
                "goodwill_part",
                "return_shipping_part",
                "compensation_part",
                "fee_part",
                "part_total",
            ],
            bearers
                .iter()
                .map(|(role, number)| {
                    [
                        party(role, *number),
                        (0..8)
                            .map(|column| money(i64::from(*number) * 40_000 - column * 11_000))
                            .collect(),
                    ]
                    .concat()
                })
                .collect(),
        ),
        one(
            "suspense",
            "待查款",
            &["suspense_change", "suspense_balance"],
            vec![money(-12_300), money(5_000)],
        ),
        many(
            "suspense_by_month",
            "待查款按月",
            &["month", "suspense_change"],
            vec![
                vec![Value::text("2024-03"), money(7_700)],
                vec![Value::text("2024-04"), money(-20_000)],
            ],
        ),
        one(
            "exposure_total",
            "退货敞口合计",
            &["exposed_orders", "exposed_goods", "exposed_shipping_fee", "exposed_return_shipping"],
            vec![count(188), money(1_740_200), money(43_200), money(225_600)],
        ),
        many(
            "exposure",
            "退货敞口",
            &["role", "party", "exposed_goods", "exposed_shipping_fee", "exposed_return_shipping"],
            bearers
                .iter()
                .map(|(role, number)| {
                    [
                        party(role, *number),
                        vec![
                            money(i64::from(*number) * 96_000),
                            money(i64::from(*number) * 600),
                            money(i64::from(*number) * 12_000),
                        ],
                    ]
                    .concat()
                })
                .collect(),
        ),
        one(
            "target_progress",
            "目标",
            &["target", "target_reached", "target_share", "target_days", "target_days_gone"],
            vec![
                money(26_000_000),
                money(19_318_015),
                Value::MoneyShare(ratio(19_318_015, 26_000_000)),
                count(60),
                count(40),
            ],
        ),
    ]
}

/// Five hundred days of a platform's amounts, some of them with more refunds than sales.
pub(crate) fn long() -> Report {
    let mut report = full();
    let first = day("2023-11-20");
    let row = |number: i32| {
        let orders = i64::from(number % 90) * 40_000;
        let mut row = sales_of(vec![Value::text(first.plus(number))], orders, 5);
        if number % 50 == 0 {
            row[10] = money(-9_000_000_000);
        }
        row
    };
    let by_day = many("by_day", "每日", &with_orders(&["day"]), (0..500).map(row).collect());
    report.tables = vec![by_day];
    report
}

/// The same tables of a book in which nothing happened.
pub(crate) fn empty() -> Report {
    let mut report = full();
    report.books.truncate(1);
    report.books[0].at = None;
    report.books[0].position = Position::START;
    (report.window, report.as_of, report.first_bought) = (Window::default(), None, None);
    for table in &mut report.tables {
        table.rows = match table.shape {
            Shape::Many => Vec::new(),
            Shape::One => vec![table.rows[0].iter().map(nothing_of).collect()],
        };
    }
    report
}

fn nothing_of(value: &Value) -> Value {
    match value {
        Value::None | Value::Text(_) => Value::None,
        Value::Count(_) => Value::Count(0),
        Value::Money(_) => Value::Money(Total::ZERO),
        Value::Average(_) => Value::Average(ratio(0, 0)),
        Value::Share(_) => Value::Share(ratio(0, 0)),
        Value::MoneyShare(_) => Value::MoneyShare(ratio(0, 0)),
        Value::Rate(_) => Value::Rate(ratio(0, 0)),
    }
}

/// Every column of every table.
pub(crate) fn all_columns(report: &Report) -> impl Iterator<Item = &Column> {
    report.tables.iter().flat_map(|table| &table.columns)
}
