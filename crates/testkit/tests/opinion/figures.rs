//! Figures against the accounts, on whole lives: between any two positions what the report says of sales, refunds,
//! parts and margin is what moved on the accounts; a fold that was saved and gone on with ends as one that ran
//! through; books merge to their sum; an order exposes what core would owe for a refund of everything that is left.
//!
//! The control: facts that miss something (a refund's shipping fee, price adjustments, what undoes an approval, a
//! party's part, a cost's category) don't reconcile.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use tuanzhang_analytics::{
    Facts, FoldError, MergeError, Projection as _, Report, Settings, Utc, Value, Window, Zone as _,
};
use tuanzhang_core::accounting::{Account, Posting};
use tuanzhang_core::book::{Book, Decision, Order, apply, decide};
use tuanzhang_core::command::{Direction, RefundKind, SkuQuantity};
use tuanzhang_core::event::{Event, ResolvedTo};
use tuanzhang_core::order::CancelOrder;
use tuanzhang_core::refund::{ApproveRefund, RequestRefund};
use tuanzhang_core::{
    Actor, CampaignId, Command, Head, Money, OrderId, PartyId, Record, RefundId, RulesVersion,
};
use tuanzhang_testkit::agree::Core;
use tuanzhang_testkit::life::{Life, choices_of};

/// A life's records, and its balances after each.
struct Lived {
    book: Book,
    records: Vec<Record>,
    balances: Vec<BTreeMap<Account, Money>>,
    operator: PartyId,
}

fn lived(life: Life, commands: usize) -> Lived {
    let rules = |book: &Book, at, occurred_at, actor, command: &_| {
        decide(book, at, occurred_at, actor, command)
    };
    let mut core = Core::new(rules);
    let mut balances = vec![BTreeMap::new()];
    for sent in life.take(commands) {
        if core.submit(&sent).unwrap().1.is_some() {
            balances.push(core.book.balances());
        }
    }
    let operator = core.book.head().map(|head| head.opened.operator).unwrap();
    Lived { book: core.book, records: core.records, balances, operator }
}

fn lives(seeds: std::ops::Range<u64>, commands: usize) -> impl Iterator<Item = (u64, Lived)> {
    let both = move |seed| {
        let chosen = Life::of_choices(choices_of(seed, commands));
        [(seed, lived(Life::new(seed), commands)), (seed, lived(chosen, commands))]
    };
    seeds.flat_map(both)
}

fn fold(records: &[Record]) -> Facts {
    let mut facts = Facts::new(Arc::new(Utc));
    for record in records {
        facts.record(record).unwrap();
    }
    facts
}

/// What a report says, summed for the comparison.
#[derive(Default)]
struct Said {
    gmv_paid: i128,
    refunded: i128,
    extras: i128,
    /// By party, channel fees apart.
    parts: BTreeMap<String, i128>,
    fees: BTreeMap<String, i128>,
    margin: BTreeMap<String, i128>,
}

fn minor(value: &Value) -> i128 {
    match value {
        Value::Money(total) => total.minor(),
        other => panic!("{other:?} is no money"),
    }
}

fn said(facts: &Facts) -> Said {
    let report = Report::of(facts, &Settings::default());
    let sales = report.table("sales").unwrap();
    let mut said = Said {
        gmv_paid: minor(sales.get(0, "gmv_paid")),
        refunded: minor(sales.get(0, "refunded")),
        extras: minor(sales.get(0, "refund_extras")),
        ..Said::default()
    };
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    };
    let rows = report.table("commissions").unwrap();
    for row in 0..rows.rows.len() {
        let (whose, fee) = (text(rows.get(row, "party")), minor(rows.get(row, "fee_part")));
        *said.parts.entry(whose.clone()).or_default() += minor(rows.get(row, "part_total")) - fee;
        *said.fees.entry(whose).or_default() += fee;
    }
    let margin = report.table("margin_by_account").unwrap();
    for row in 0..margin.rows.len() {
        let account = text(margin.get(row, "account"));
        said.margin.insert(account, minor(margin.get(row, "result")));
    }
    let whole: i128 = said.margin.values().sum();
    assert_eq!(minor(report.table("margin_total").unwrap().get(0, "margin")), whole);
    said
}

/// What else moves parties' and buyers' accounts: payouts, write-offs, adjustments, money explained.
#[derive(Default)]
struct Beside {
    /// Credits positive.
    parties: BTreeMap<String, i128>,
    paid_back: i128,
}

fn beside(records: &[Record]) -> Beside {
    let mut beside = Beside::default();
    let mut party = |party: &PartyId, credit: i64| {
        *beside.parties.entry(party.to_string()).or_default() += i128::from(credit);
    };
    let mut paid_back = 0;
    for event in records.iter().flat_map(|record| &record.events) {
        match event {
            Event::PayoutPaid(paid) => party(&paid.party, -paid.amount.minor()),
            Event::WrittenOff(given_up) => party(&given_up.party, given_up.amount.minor()),
            Event::Adjusted(adjusted) => {
                for Posting { account, amount } in &adjusted.postings {
                    if let Account::Available(of) = account {
                        party(of, -amount.minor());
                    }
                }
            }
            Event::RefundPaid(paid) => paid_back += i128::from(paid.amount.minor()),
            Event::UnmatchedResolved(resolved) => match (&resolved.to, resolved.direction) {
                (ResolvedTo::Account(Account::Available(of)), Direction::In) => {
                    party(of, resolved.amount.minor());
                }
                (ResolvedTo::Account(Account::Available(of)), Direction::Out) => {
                    party(of, -resolved.amount.minor());
                }
                (ResolvedTo::Refund(_), _) => paid_back += i128::from(resolved.amount.minor()),
                _ => (),
            },
            _ => (),
        }
    }
    beside.paid_back = paid_back;
    beside
}

/// Everything that doesn't reconcile between two positions.
fn differences(lived: &Lived, facts: [&Facts; 2], (from, to): (usize, usize)) -> Vec<String> {
    let [before, after] = facts.map(said);
    let beside = beside(&lived.records[from..to]);
    // Credits positive.
    let moved = |of: &dyn Fn(&Account) -> bool| -> i128 {
        let sum = |at: usize| -> i128 {
            let of = lived.balances[at].iter().filter(|(account, _)| of(account));
            of.map(|(_, balance)| -i128::from(balance.minor())).sum()
        };
        sum(to) - sum(from)
    };
    let mut wrong = Vec::new();
    let mut same = |what: String, report: i128, accounts: i128| {
        if report != accounts {
            wrong.push(format!("{what}: the report says {report}, the accounts {accounts}"));
        }
    };
    let of = |all: &BTreeMap<String, i128>, key: &String| all.get(key).copied().unwrap_or(0);
    let parties: Vec<String> = after.parts.keys().chain(beside.parties.keys()).cloned().collect();
    let mut all_parts = 0;
    for party in after.parts.keys() {
        all_parts += of(&after.parts, party) - of(&before.parts, party);
    }
    let net = after.gmv_paid - before.gmv_paid - (after.refunded - before.refunded);
    let extras = after.extras - before.extras;
    same("net sales less extras, all parts".into(), net - extras, all_parts);
    for party in parties.iter().filter(|party| **party != lived.operator.to_string()) {
        let parts = of(&after.parts, party) - of(&before.parts, party);
        let fees = of(&after.fees, party) - of(&before.fees, party);
        let held = moved(&|account| match account {
            Account::Pending(p)
            | Account::Term(p)
            | Account::Available(p)
            | Account::InTransit(p) => p.to_string() == *party,
            _ => false,
        });
        same(format!("parts of {party}"), parts + fees, held - of(&beside.parties, party));
    }
    let owed = moved(&|account| matches!(account, Account::RefundDue(_)));
    let granted = after.refunded - before.refunded + extras;
    same("refunds and extras, owed to buyers".into(), granted, owed + beside.paid_back);
    let accounts: std::collections::BTreeSet<_> =
        after.margin.keys().chain(before.margin.keys()).collect();
    for account in accounts {
        let report = of(&after.margin, account) - of(&before.margin, account);
        let moved = moved(&|other| other.to_string() == *account);
        same(format!("margin on {account}"), report, moved);
    }
    let result = after.margin.values().sum::<i128>() - before.margin.values().sum::<i128>();
    let moved = moved(&|account| matches!(account, Account::Income(_) | Account::Expense(_)));
    same("margin".into(), result, moved);
    wrong
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn between_any_two_positions_the_report_is_what_moved_on_the_accounts() {
    let seeds = setting("TUANZHANG_FIGURES_LIVES", 12);
    let (mut compared, mut counted) = (0, 0);
    for (seed, lived) in lives(1..seeds + 1, 1_000) {
        let length = lived.records.len();
        let mut at: Vec<usize> = (0..7).map(|part| length * part / 6).collect();
        at.push(length.saturating_sub(1));
        at.sort_unstable();
        let facts: Vec<_> = at.iter().map(|at| fold(&lived.records[..*at])).collect();
        for (i, from) in at.iter().enumerate() {
            for (j, to) in at.iter().enumerate().skip(i) {
                let wrong = differences(&lived, [&facts[i], &facts[j]], (*from, *to));
                assert!(wrong.is_empty(), "seed {seed}, {from} to {to}: {wrong:#?}");
                compared += 1;
            }
        }
        counted += 1;
    }
    println!("{counted} lives, {compared} pairs of positions, 0 differences");
}

/// An error planted in what the fold sees.
type Planted = (&'static str, fn(&mut Event) -> bool);

#[test]
fn an_error_in_the_fold_does_not_reconcile() {
    let planted: [Planted; 6] = [
        ("a refund's shipping fee is forgotten", |event| {
            if let Event::RefundApproved(refund) = event {
                refund.shipping_fee = Money::ZERO;
            }
            true
        }),
        ("prices are not adjusted", |event| !matches!(event, Event::PriceAdjusted(_))),
        ("a lapsed return stays refunded", |event| !matches!(event, Event::ReturnLapsed(_))),
        ("compensation is forgotten", |event| {
            if let Event::RefundApproved(refund) = event {
                refund.compensation = None;
            }
            true
        }),
        ("costs are forgotten", |event| !matches!(event, Event::CostRecorded(_))),
        ("a part goes to another party", |event| {
            if let Event::OrderPaid(paid) = event
                && paid.moved.parties.len() > 1
            {
                for part in &mut paid.moved.parts {
                    part.party = 0;
                }
            }
            true
        }),
    ];
    for (what, alter) in planted {
        let found = lives(1..40, 1_000).any(|(_, lived)| {
            let mut records = lived.records.clone();
            for record in &mut records {
                record.events.retain_mut(alter);
            }
            let (nothing, all) = (fold(&[]), fold(&records));
            let length = lived.records.len();
            !differences(&lived, [&nothing, &all], (0, length)).is_empty()
        });
        assert!(found, "{what}: every life reconciled");
    }
}

#[test]
fn a_fold_that_was_saved_and_gone_on_with_ends_as_one_that_ran_through() {
    for (seed, lived) in lives(1..4, 1_000) {
        let through = fold(&lived.records);
        let mut resumed = Facts::new(Arc::new(Utc));
        for chunk in lived.records.chunks(77) {
            let saved = serde_json::to_string(&resumed).unwrap();
            let read: Facts = serde_json::from_str(&saved).unwrap();
            resumed = read.restored(Arc::new(Utc)).unwrap();
            for record in chunk {
                resumed.record(record).unwrap();
            }
        }
        let of = |facts: &Facts| Report::of(facts, &Settings::default());
        assert_eq!(of(&resumed), of(&through), "seed {seed}");
        let json = |facts: &Facts| serde_json::to_string(facts).unwrap();
        assert_eq!(json(&resumed), json(&through), "seed {seed}");
        let last = lived.records.last().unwrap();
        let expected = last.head.position.next();
        let again = FoldError::OutOfOrder { expected, found: last.head.position };
        assert_eq!(resumed.record(last), Err(again));
    }
}

/// Two lives of one currency, and one of another.
fn of_one_currency() -> ([Lived; 2], Lived) {
    let currency = |lived: &Lived| lived.book.head().unwrap().opened.currency.clone();
    let mut all: Vec<_> = (1..20).map(|seed| lived(Life::new(seed), 1_000)).collect();
    let first = all.remove(0);
    let same = all.iter().position(|other| currency(other) == currency(&first)).unwrap();
    let second = all.remove(same);
    let other = all.into_iter().find(|other| currency(other) != currency(&first)).unwrap();
    ([first, second], other)
}

#[test]
fn merged_books_are_their_sum_and_a_buyer_of_both_is_one() {
    let (both, foreign) = of_one_currency();
    let [one, other] = &both.map(|lived| fold(&lived.records));
    let mut merged = one.clone();
    let refused = merged.merge(&fold(&foreign.records));
    assert!(matches!(refused, Err(MergeError::Currency { .. })), "{refused:?}");
    merged.merge(other).unwrap();
    let (a, b, both) = (said(one), said(other), said(&merged));
    assert_eq!(both.gmv_paid, a.gmv_paid + b.gmv_paid);
    assert_eq!(both.refunded, a.refunded + b.refunded);
    assert_eq!(merged.merge(one), Err(MergeError::SameBook(one.covered()[0].book)));
    // The same life twice under another id: every buyer is there once.
    let count = |facts: &Facts| {
        let report = Report::of(facts, &Settings::default());
        let sales = report.table("sales").unwrap();
        (sales.get(0, "buyers").clone(), sales.get(0, "paid_orders").clone())
    };
    let lived = lived(Life::new(5), 1_000);
    let mut renamed = lived.records.clone();
    for event in renamed.iter_mut().flat_map(|record| &mut record.events) {
        if let Event::BookOpened(opened) = event {
            opened.book = tuanzhang_core::BookId::from_bytes([9; 16]);
        }
    }
    let single = fold(&lived.records);
    let mut twice = single.clone();
    twice.merge(&fold(&renamed)).unwrap();
    let ((buyers, orders), (same_buyers, twice_orders)) = (count(&single), count(&twice));
    assert_eq!(same_buyers, buyers);
    let Value::Count(orders) = orders else { panic!("a count") };
    assert_eq!(twice_orders, Value::Count(2 * orders));
}

/// Gives the campaigns of a book the ids of another's, in the order in which they were opened.
fn with_campaigns_of(records: &[Record], other: &[Record]) -> (Vec<Record>, usize) {
    let opened = |records: &[Record]| -> Vec<CampaignId> {
        let events = records.iter().flat_map(|record| &record.events);
        events
            .filter_map(|event| match event {
                Event::CampaignOpened(opened) => Some(opened.campaign),
                _ => None,
            })
            .collect()
    };
    let ids: BTreeMap<_, _> = opened(records).into_iter().zip(opened(other)).collect();
    let mut renamed = records.to_vec();
    for event in renamed.iter_mut().flat_map(|record| &mut record.events) {
        let campaign = match event {
            Event::CampaignOpened(opened) => Some(&mut opened.campaign),
            Event::PresaleDecided(decided) => Some(&mut decided.campaign),
            Event::OrderPlaced(placed) => Some(&mut placed.campaign),
            Event::CostRecorded(cost) => cost.campaign.as_mut(),
            _ => None,
        };
        if let Some(campaign) = campaign {
            *campaign = ids.get(campaign).copied().unwrap_or(*campaign);
        }
    }
    (renamed, ids.len())
}

/// Every sum and count that adds up over books, by table, what a row is about, and column.
fn sums(
    facts: &Facts,
    settings: &Settings,
) -> BTreeMap<(&'static str, String, &'static str), i128> {
    let report = Report::of(facts, settings);
    let tables = [
        "sales",
        "by_day",
        "by_month",
        "by_leader",
        "by_campaign",
        "leaderboard",
        "campaign_board",
        "item_board",
        "margin_total",
        "margin_by_account",
        "margin_by_campaign",
        "commissions",
        "suspense",
        "suspense_by_month",
        "exposure_total",
        "exposure",
        "return_shipping_by_bearer",
        "return_shipping_by_item",
        "sell_through",
    ];
    let people = ["buyers", "repeat_buyers", "new_buyers"];
    let mut sums = BTreeMap::new();
    for table in tables.map(|key| report.table(key).unwrap()) {
        for (at, row) in table.rows.iter().enumerate() {
            let about: Vec<String> = row
                .iter()
                .filter_map(|value| match value {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect();
            for column in &table.columns {
                let sum = match table.get(at, column.key) {
                    Value::Count(count) => i128::from(*count),
                    Value::Money(total) => total.minor(),
                    _ => continue,
                };
                if !people.contains(&column.key) && !column.key.starts_with("rank") {
                    *sums.entry((table.key, about.join(" "), column.key)).or_default() += sum;
                }
            }
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

#[test]
fn books_that_share_campaign_ids_merge_to_their_sum() {
    let (lives, _) = of_one_currency();
    let (renamed, shared) = with_campaigns_of(&lives[1].records, &lives[0].records);
    assert!(shared > 3, "only {shared} campaigns are shared");
    let (one, other) = (fold(&lives[0].records), fold(&renamed));
    let mut merged = one.clone();
    merged.merge(&other).unwrap();
    // The last day covered is the same of all three.
    let through = one.last_day().min(other.last_day());
    let settings = Settings { window: Window { from: None, through }, ..Settings::default() };
    let mut expected = sums(&one, &settings);
    for (key, sum) in sums(&other, &settings) {
        *expected.entry(key).or_default() += sum;
    }
    expected.retain(|_, sum| *sum != 0);
    assert_eq!(sums(&merged, &settings), expected);
    println!("{shared} shared campaigns, {} sums", expected.len());
}

/// What a report says of one order: its exposed orders (none or one), and what goes back of goods and shipping fees.
fn exposed(records: &[Record], order: OrderId) -> [i128; 2] {
    let mut facts = Facts::new(Arc::new(Utc));
    for record in records {
        for event in &record.events {
            let another = matches!(event, Event::OrderPlaced(placed) if placed.order != order);
            if !another {
                facts.apply(&record.head, event);
            }
        }
    }
    let report = Report::of(&facts, &Settings::default());
    let table = report.table("exposure_total").unwrap();
    let Value::Count(orders) = table.get(0, "exposed_orders") else { panic!("a count") };
    let sum = |key: &str| minor(table.get(0, key));
    // By bearer it is the same.
    let by_role = report.table("exposure").unwrap();
    for key in ["exposed_goods", "exposed_shipping_fee", "exposed_return_shipping"] {
        let roles: i128 = (0..by_role.rows.len()).map(|row| minor(by_role.get(row, key))).sum();
        assert_eq!(roles, sum(key), "{order}: {key}");
    }
    [i128::from(*orders), sum("exposed_goods") + sum("exposed_shipping_fee")]
}

/// Whether core counts an order among those that can still come back on the day of its last record.
fn is_open(book: &Book, order: &Order, today: tuanzhang_analytics::Day) -> bool {
    let campaign = book.get::<tuanzhang_core::book::Campaign>(&order.campaign).unwrap();
    let over = order.cancelled.is_some() || order.expired.is_some() || order.settled.is_some();
    let ends = order.window_end(campaign).map(|ends| Utc.day(ends));
    order.paid.is_some() && !over && order.live() > 0 && ends.is_none_or(|ends| ends >= today)
}

/// What core would owe for all that is left of an order; none where it refuses to give it back at once.
fn owed(lived: &Lived, id: OrderId, order: &Order) -> Option<i128> {
    let at = lived.records.last()?.head.at;
    let mut book = lived.book.clone();
    let mut sent = |command: Command| {
        let actor = Actor::Operator;
        let Decision::Accepted(events) = decide(&book, at, None, actor, &command) else {
            return None;
        };
        let (position, rules) = (book.position().next(), RulesVersion::CURRENT);
        let head = Head { position, at, occurred_at: None, actor, rules };
        let record = Record { head, events };
        apply(&mut book, &record).unwrap();
        record.events.iter().find_map(|event| match event {
            Event::RefundApproved(approved) => Some(i128::from(approved.due.minor())),
            Event::RefundRequested(_) => Some(0),
            _ => None,
        })
    };
    if order.shipped.is_none() {
        return sent(CancelOrder::new(id).into());
    }
    let lines = order.lines.iter().filter(|line| line.left() > 0);
    let lines = lines.map(|line| SkuQuantity::new(line.sku.as_str(), i64::from(line.left())));
    let refund = RefundId::from_bytes([0x77; 16]);
    let ask = RequestRefund::new(refund, id, RefundKind::RefundOnly).lines(lines.collect());
    sent(ask.into())?;
    sent(ApproveRefund::new(refund).into())
}

#[test]
fn an_order_exposes_what_core_would_owe_for_all_that_is_left_of_it() {
    let seeds = setting("TUANZHANG_FIGURES_LIVES", 12);
    let (mut orders, mut open, mut compared, mut shipped) = (0, 0, 0, 0);
    for (seed, lived) in lives(1..seeds + 1, 400) {
        let today = Utc.day(lived.records.last().unwrap().head.at);
        for (id, order) in lived.book.orders() {
            let [count, sum] = exposed(&lived.records, *id);
            orders += 1;
            let is_open = is_open(&lived.book, order, today);
            assert_eq!(count, i128::from(is_open), "seed {seed}: {order:#?}");
            if !is_open {
                continue;
            }
            open += 1;
            if let Some(owed) = owed(&lived, *id, order) {
                assert_eq!(sum, owed, "seed {seed}: {order:#?}");
                compared += 1;
                shipped += u32::from(order.shipped.is_some());
            }
        }
    }
    println!("{orders} orders, {open} open, {compared} compared, {shipped} of them shipped");
    assert!(compared > 20 && shipped > 5, "{compared} compared, {shipped} of them shipped");
}
