//! Both judges accept the journals of whole lives, compute the balances that core has, and refuse one fen that is
//! missing, wherever it is.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;
use std::io::Write as _;

use common::{Lived, journal, lived};
use tuanzhang_core::accounting::postings;
use tuanzhang_core::book::OpenBook;
use tuanzhang_core::command::Direction;
use tuanzhang_core::money::Amount;
use tuanzhang_core::{Actor, BookId, DrawId, Event, PartyId, Record, Time, TransferId};
use tuanzhang_plaintext::Tool;
use tuanzhang_testkit::judges::{Judge, Program, Verdict};

/// Every event that can move money.
const MOVES: [&str; 19] = [
    "adjusted",
    "cost_recorded",
    "drawn",
    "order_paid",
    "order_settled",
    "payable_matured",
    "payment_suspended",
    "payout_failed",
    "payout_paid",
    "payout_requested",
    "price_adjusted",
    "refund_approved",
    "refund_paid",
    "refund_withdrawn",
    "return_lapsed",
    "transferred",
    "unmatched_recorded",
    "unmatched_resolved",
    "written_off",
];

fn moves(records: &[Record]) -> BTreeSet<&'static str> {
    let events = records.iter().flat_map(|record| &record.events);
    events.filter(|event| !postings(event).is_empty()).map(Event::name).collect()
}

fn tool(judge: &Judge) -> Tool {
    match judge.tool {
        Program::Beancount => Tool::Beancount,
        Program::Hledger => Tool::Hledger,
    }
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn accepts(judge: &Judge, text: &str) {
    if let Verdict::Refused(why) = judge.judge(file(text).path()) {
        panic!("{:?} refused: {why}", judge.tool);
    }
}

fn refuses(judge: &Judge, text: &str, what: &str) {
    let Verdict::Refused(why) = judge.judge(file(text).path()) else {
        panic!("{:?} accepted {what}", judge.tool);
    };
    let named = match judge.tool {
        Program::Beancount => ["does not balance", "Balance failed"],
        Program::Hledger => ["could not balance", "balance assertion"],
    };
    assert!(named.iter().any(|reason| why.contains(reason)), "{what}: {why}");
}

/// Lives with every event that moves money, each told to every judge that is here.
#[test]
fn whole_lives_are_accepted_and_come_to_the_books_balances() {
    let (judges, mut seen) = (Judge::all(), BTreeSet::new());
    let lives = std::env::var("TUANZHANG_JUDGED_LIVES").map_or(6, |text| text.parse().unwrap());
    let (mut transactions, mut assertions) = (0, 0);
    for seed in 0..lives {
        let life = lived(seed, seed % 2 == 1, 3_000);
        if life.records.is_empty() {
            continue;
        }
        seen.extend(moves(&life.records));
        for judge in &judges {
            let (text, written) = journal(tool(judge), &life.records);
            accepts(judge, &text);
            assert_eq!(
                judge.balances(file(&text).path()),
                life.balances(),
                "{:?}, seed {seed}",
                judge.tool
            );
            transactions += written.transactions;
            assertions += written.assertions;
        }
    }
    println!(
        "{lives} lives, {} judges: {transactions} transactions, {assertions} balances",
        judges.len()
    );
    let missing: Vec<_> = MOVES.into_iter().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "no life has {missing:?}");
}

/// A text with one line replaced.
fn with_line(text: &str, at: usize, line: &str) -> String {
    let lines = text.lines().enumerate();
    lines.map(|(n, old)| if n == at { line } else { old }).flat_map(|line| [line, "\n"]).collect()
}

/// A line with its first amount changed by so many of its last digits.
fn off_by(line: &str, cents: i64) -> String {
    let amount = line.split_whitespace().find(|word| is_amount(word)).unwrap();
    let minor: i64 = amount.replace('.', "").parse().unwrap();
    let decimals = amount.split_once('.').map_or(0, |(_, part)| part.len());
    let unit = 10_i64.pow(u32::try_from(decimals).unwrap());
    let (moved, sign) = (minor + cents, if minor + cents < 0 { "-" } else { "" });
    let (whole, part) = (moved.abs() / unit, moved.abs() % unit);
    let changed = match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0decimals$}"),
    };
    let at = line.rfind(&format!(" {amount} ")).unwrap() + 1;
    format!("{}{changed}{}", &line[..at], &line[at + amount.len()..])
}

fn is_amount(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// The lines with the postings of transactions, and those with asserted balances.
fn amounts(tool: Tool, text: &str) -> (Vec<usize>, Vec<usize>) {
    let (mut posted, mut asserted) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let is_assertion = match tool {
            Tool::Beancount => line.contains(" balance "),
            Tool::Hledger => line.contains(" == "),
        };
        if is_assertion {
            asserted.push(at);
        } else if line.starts_with("    ") && !line.trim_start().starts_with(';') {
            posted.push(at);
        }
    }
    (posted, asserted)
}

/// Some of the places, first and last with them.
fn some(places: &[usize], most: usize) -> Vec<usize> {
    let step = (places.len() / most).max(1);
    let last = places.last().copied();
    places.iter().copied().step_by(step).chain(last).collect()
}

/// A fen that is missing in a posting, in an asserted balance, or on the way from one account to another; a
/// tenth of one; and a transaction that is left out: the control of everything above.
#[test]
fn a_missing_fen_is_refused() {
    let shop = lived(3, true, 1_200);
    let mut planted = 0;
    for judge in &Judge::all() {
        let (text, _) = journal(tool(judge), &shop.records);
        accepts(judge, &text);
        let lines: Vec<&str> = text.lines().collect();
        let (posted, asserted) = amounts(tool(judge), &text);
        for at in some(&posted, 5) {
            refuses(judge, &with_line(&text, at, &off_by(lines[at], -1)), "a posting less a fen");
            planted += 1;
        }
        for at in some(&asserted, 5) {
            let line = lines[at];
            let wrong = match line.split_once("== ") {
                Some((before, balance)) => {
                    format!("{before}==  {}", off_by(&format!(" {balance}"), 1).trim_start())
                }
                None => off_by(line, 1),
            };
            refuses(judge, &with_line(&text, at, &wrong), "a balance and a fen");
            planted += 1;
        }
        // Each transaction balances; only the balances that the book has can tell.
        let pairs = posted.windows(2).filter(|pair| pair[1] == pair[0] + 1);
        let pairs: Vec<usize> = pairs.map(|pair| pair[0]).collect();
        for at in some(&pairs, 5) {
            let one = with_line(&text, at, &off_by(lines[at], 1));
            let both = with_line(&one, at + 1, &off_by(lines[at + 1], -1));
            if lines[at].split_whitespace().next() != lines[at + 1].split_whitespace().next() {
                refuses(judge, &both, "a fen on another account");
                planted += 1;
            }
        }
        let (number, unit) = lines[posted[0]].rsplit_once(' ').unwrap();
        let point = if number.contains('.') { "" } else { "." };
        let finer = format!("{number}{point}1 {unit}");
        refuses(judge, &with_line(&text, posted[0], &finer), "a tenth of a fen");
        let paid = text.rfind(" * order_paid").or_else(|| text.rfind(" * \"order_paid\"")).unwrap();
        let begins = text[..paid].rfind('\n').unwrap();
        let ends = paid + text[paid..].find("\n\n").unwrap();
        let gone = format!("{}{}", &text[..begins], &text[ends..]);
        refuses(judge, &gone, "a transaction that is left out");
        planted += 2;
    }
    println!("{planted} planted errors, each refused");
}

fn opened(code: &str, decimals: i64) -> Lived {
    let mut lived = Lived::default();
    let (book, operator) = (BookId::from_bytes([9; 16]), PartyId::from_bytes([8; 16]));
    let open =
        OpenBook::new(book, code.into(), "Asia/Shanghai".into(), operator).decimals(decimals);
    let at: Time = "2024-02-28T16:00:00Z".parse().unwrap();
    assert!(lived.send(at, None, Actor::Operator, &open.into()), "{code}");
    lived
}

/// Channels and texts that look like the tools' own syntax.
const HOSTILE: [&str; 20] = [
    "wechat",
    "Wechat",
    "微信支付",
    "we:chat",
    "a  b",
    " a ",
    "-",
    ";",
    "%2C",
    "a,b",
    "\"quoted\" \\",
    "\\",
    "[2020-01-01]",
    "date:2020-01-01, x:1",
    "#tag ^link",
    "{1.00 CNY} @@ 1",
    "= 5 CNY",
    "😀é\u{3000}",
    "\u{2028}\u{200b}",
    "end comment",
];

/// What each transaction says of itself is read back by both tools as it was written.
#[test]
fn any_text_and_any_currency_come_through() {
    for (code, decimals) in
        [("CNY", 2), ("JPY", 0), ("KWD", 3), ("元", 4), ("TRUE", 2), ("a b", 0), ("X1-", 1)]
    {
        let mut life = opened(code, decimals);
        let scale = u32::try_from(decimals).unwrap();
        let at: Time = "2024-02-29T15:59:59.999999Z".parse().unwrap();
        for (n, text) in (1_u8..).zip(HOSTILE) {
            let (draw, amount) =
                (DrawId::from_bytes([n; 16]), Amount::new(i64::from(n) * 1_001, scale));
            let command = tuanzhang_core::accounting::RecordDraw::new(
                draw,
                Direction::In,
                text.into(),
                amount,
                text.into(),
            );
            let sent = life.send(at, Some(at.max(at)), Actor::Operator, &command.into());
            assert!(sent, "{text}");
        }
        let later: Time = "2024-02-29T16:00:00Z".parse().unwrap();
        let transfer = TransferId::from_bytes([1; 16]);
        let (one, other) = (HOSTILE[0].into(), HOSTILE[1].into());
        let amount = Amount::new(7, scale);
        let command = tuanzhang_core::accounting::RecordTransfer::new(
            transfer,
            one,
            other,
            amount,
            "".into(),
        );
        assert!(life.send(later, None, Actor::Operator, &command.into()));
        for judge in &Judge::all() {
            let (text, written) = journal(tool(judge), &life.records);
            accepts(judge, &text);
            assert_eq!(
                judge.balances(file(&text).path()),
                life.balances(),
                "{:?} {code}",
                judge.tool
            );
            // Two months: what moved until the end of February, then all.
            let accounts = u64::try_from(HOSTILE.len()).unwrap() + 1;
            assert_eq!((written.accounts, written.assertions), (accounts, 2 * accounts));
            let details = judge.details(file(&text).path());
            assert_eq!(details.len(), HOSTILE.len() + 1);
            for (of, text) in details.iter().zip(HOSTILE) {
                assert_eq!(of["reference"], text, "{:?}", judge.tool);
                assert_eq!(of["event"], "drawn");
                assert_eq!(of["at"], "2024-02-29T15:59:59.999999Z");
                assert_eq!(of["actor"], "operator");
            }
        }
    }
}
