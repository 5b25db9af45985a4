//! Statements of account in a browser: fit, print, and show the statement's numbers; nobody's text runs.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use tuanzhang_core::accounting::Account;
use tuanzhang_core::book::PartyKind;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_core::{OrderId, PartyId, PayoutId, Position, Time};
use tuanzhang_page::{Labels, render_statement};
use tuanzhang_statement::{
    AccountPeriod, Kind, Late, Lates, Row, Sealing, Span, Statement, Subject,
};

use crate::sample::HOSTILE;
use crate::{BEYOND, browser, decode, keep, keep_strips, none};

/// A4 upright without its margins, at 96 dots an inch.
const SHEET: u32 = 703;

fn id(n: u64) -> [u8; 16] {
    u128::from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_be_bytes()
}

fn row(orders: u64, minor: i128) -> Row {
    let mut row = Row::default();
    for n in 0..orders {
        let subject = Subject::Order(OrderId::from_bytes(id(n + 1)));
        row.subjects.insert(subject, (1, Total::from_minor(minor)));
        row.count += 1;
        row.sum = row.sum.plus(Total::from_minor(minor));
    }
    row
}

fn period(opening: i128, rows: Vec<(Kind, Row)>) -> AccountPeriod {
    let rows: BTreeMap<_, _> = rows.into_iter().collect();
    let opening = Total::from_minor(opening);
    let closing = rows.values().fold(opening, |sum, row| sum.plus(row.sum));
    AccountPeriod { opening, rows, closing }
}

/// A leader with many orders, a debt, and records that came late.
fn full() -> Statement {
    let party = PartyId::from_bytes(id(77));
    let time = |text: &str| text.parse::<Time>().unwrap();
    let mut payout = Row::default();
    payout
        .subjects
        .insert(Subject::Payout(PayoutId::from_bytes(id(5))), (1, Total::from_minor(99_999_999)));
    payout.count = 1;
    payout.sum = Total::from_minor(99_999_999);
    let accounts = [
        (
            Account::Pending(party),
            period(
                -1_234_567,
                vec![
                    (Kind::Earned, row(450, -321)),
                    (Kind::Refunded, row(3, 321)),
                    (Kind::Settled, row(120, 300)),
                ],
            ),
        ),
        (
            Account::Available(party),
            period(
                -5_000_000,
                vec![
                    (Kind::Settled, row(120, -300)),
                    (Kind::Goodwill, row(2, 590_000)),
                    (Kind::PayoutRequested, payout),
                ],
            ),
        ),
    ];
    let late = Late {
        position: Position::new(123_456),
        at: time("2022-01-03T02:00:00.123456Z"),
        happened_at: time("2021-12-31T14:00:00Z"),
        event: "order_paid",
        subject: Subject::Order(OrderId::from_bytes(id(9))),
    };
    Statement {
        party,
        kind: Some(PartyKind::Leader { upline: None }),
        operator: false,
        span: Span { from: time("2021-11-30T16:00:00Z"), to: time("2021-12-31T16:00:00Z") },
        sealing: Sealing::Sealed {
            position: Position::new(123_999),
            at: time("2022-01-05T02:00:00Z"),
        },
        position: Position::new(200_000),
        accounts: accounts.into_iter().collect(),
        late: std::iter::repeat_n(late, 40).collect(),
        opening_changed: std::iter::repeat_n(late, 3).collect(),
    }
}

fn empty() -> Statement {
    let accounts = BTreeMap::new();
    Statement {
        accounts,
        late: Lates::default(),
        opening_changed: Lates::default(),
        sealing: Sealing::Open,
        ..full()
    }
}

fn labels(name: Option<&str>) -> Labels {
    Labels {
        name: name.map(str::to_owned),
        from: "2021-12-01".into(),
        through: "2021-12-31".into(),
        zone: "Asia/Shanghai".into(),
        currency: "CNY".into(),
        decimals: Decimals::USUAL,
    }
}

#[test]
fn a_statement_fits_prints_and_shows_its_numbers() {
    let statement = full();
    statement.check().unwrap();
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let pages = [
        ("statement", full(), labels(Some("刘团长"))),
        ("statement-hostile", full(), labels(Some(HOSTILE))),
        ("statement-empty", empty(), labels(None)),
    ];
    for (name, statement, labels) in pages {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, render_statement(&statement, &labels)).unwrap();
        for (window, width, height, phone) in
            [("phone", 390, 844, true), ("small", 320, 640, true), ("desk", 1280, 900, false)]
        {
            browser.open(&file, width, height, phone);
            let across = browser.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(across.as_i64(), Some(0), "{name} on a {window} scrolls sideways");
            none(&browser.evaluate(BEYOND), "beyond the edge");
            keep(&format!("{name}-{window}.png"), &browser.picture(None));
            keep_strips(&mut browser, &format!("{name}-{window}"));
        }
        for (account, of) in &statement.accounts {
            let shown = browser.evaluate(&format!(
                "[...document.querySelectorAll('[data-table=\"{account}\"] tr[data-row]')].map(row => [
                    row.dataset.row, row.querySelector('[data-value]').dataset.value, row.lastElementChild.textContent.trim()])"
            ));
            let value = |total: Total| total.negated().display(Decimals::USUAL);
            let rows = of.rows.iter().map(|(kind, row)| (kind.key(), row.sum));
            let rows = std::iter::once(("opening", of.opening))
                .chain(rows)
                .chain([("closing", of.closing)]);
            for (at, (key, sum)) in rows.enumerate() {
                assert_eq!(shown[at][0], key);
                assert_eq!(shown[at][1], json!(value(sum)));
                assert_eq!(shown[at][2].as_str().unwrap().replace(',', ""), value(sum));
            }
        }
        browser.open(&file, SHEET, 1000, false);
        browser.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
        let wider = format!(
            "[...document.querySelectorAll('table')].filter(table => table.getBoundingClientRect().right > {SHEET} + 1)
                .map(table => table.outerHTML.slice(0, 200))"
        );
        none(&browser.evaluate(&wider), "wider than a sheet");
        keep_strips(&mut browser, &format!("{name}-a4"));
        browser.call("Emulation.setEmulatedMedia", json!({ "media": "" }));
        let pdf = browser.print();
        assert!(decode(&pdf).starts_with(b"%PDF"));
        keep(&format!("{name}.pdf"), &pdf);
        assert!(browser.complaints().is_empty(), "{name}: {:#?}", browser.complaints());
    }
}

#[test]
fn a_strangers_name_stays_a_text() {
    let page = render_statement(&full(), &labels(Some(HOSTILE)));
    assert!(!page.contains("<script>") && !page.contains("<img"), "a name became markup");
    assert!(page.contains("U+202E"), "what turns text around is shown");
    assert!(!page.contains('\u{202E}'), "in the title too");
    for word in ["对账单", "已封账", "Carried debt", "补记", "50 "] {
        assert!(page.contains(word), "{word}");
    }
}
